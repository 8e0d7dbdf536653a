// Lets `rosterkit check client` grade @xmpp/client.
//
//     rosterkit check client --exec 'node xmppjs_driver.mjs {jid} {password} {ws}'
//
// @xmpp/client reads, matches requests with answers, answers what nobody handles and logs in again by itself.  It has no
// roster: the Maps below are what a careful application adds, so that what fails is the library's.
import { createInterface } from "node:readline";
import { client, jid, xml } from "@xmpp/client";
import WebSocket from "ws";

globalThis.WebSocket ??= WebSocket; // Node has one of its own from version 22 on

const [account, password, service] = process.argv.slice(2);
const { local: username, domain } = jid(account);
const xmpp = client({ service, domain, username, password });
xmpp.reconnect.delay = 100;
xmpp.on("error", complain);

const ROSTER = "jabber:iq:roster";
const contacts = new Map();
const available = new Map();
const requests = new Set();
let early = []; // what is pushed while the roster is awaited; a promise fires only after the next stanzas

const bareOf = (address) => jid(address).bare().toString();

function take(item, pushed = true) {
  const { jid, name, ask, approved } = item.attrs;
  if (!jid) return;
  if (pushed && item.attrs.subscription === "remove") return void contacts.delete(jid);
  const subscription = ["to", "from", "both"].find((one) => one === item.attrs.subscription) ?? "none";
  const groups = [...new Set(item.getChildren("group").map((group) => group.text()))].filter(Boolean);
  contacts.set(jid, { jid, name, groups, subscription, ask, approved: approved === "true" || approved === "1" });
}

xmpp.iqCallee.set(ROSTER, "query", ({ stanza, element }) => {
  const { from } = stanza.attrs;
  if (from && from !== xmpp.jid.bare().toString()) return false; // answered with service-unavailable
  early.push(...element.getChildren("item"));
  element.getChildren("item").forEach((item) => take(item));
  return true;
});

xmpp.on("stanza", (stanza) => {
  if (!stanza.is("presence")) return;
  const { from, type } = stanza.attrs;
  const [bare, resource = ""] = (from ?? account).split(/\/(.*)/s);
  if (!type) available.set(bare, (available.get(bare) ?? new Set()).add(resource));
  else if (type === "unavailable") available.get(bare)?.delete(resource);
  else if (type === "subscribe") requests.add(bare);
  else if (type === "unsubscribe") requests.delete(bare);
});

async function start() {
  available.clear();
  requests.clear();
  early = [];
  const query = await xmpp.iqCaller.get(xml("query", { xmlns: ROSTER }));
  contacts.clear();
  (query?.getChildren("item") ?? []).forEach((item) => take(item, false));
  early.forEach((item) => take(item));
  await xmpp.send(xml("presence"));
}
xmpp.on("online", () => start().catch(complain));

function put(jid, attributes, groups = []) {
  const item = xml("item", { jid: bareOf(jid), ...attributes }, ...groups.map((group) => xml("group", {}, group)));
  xmpp.iqCaller.set(xml("query", { xmlns: ROSTER }, item)).catch(complain);
}

function say(type, to) {
  xmpp.send(xml("presence", { type, to: bareOf(to) })).catch(complain);
}

function settle(type, jid) {
  const asked = requests.delete(bareOf(jid));
  if (type === "subscribed" && !asked) throw new Error(`${jid} has not asked`); // it never approves beforehand
  say(type, jid);
}

const orders = {
  set: ({ jid, name, groups }) => put(jid, { name }, groups),
  rename: ({ jid, name }) => put(jid, { name }, contacts.get(jid).groups),
  regroup({ jid, group }) {
    const { name, groups } = contacts.get(jid);
    put(jid, { name }, [...groups, group]);
  },
  remove: ({ jid }) => put(jid, { subscription: "remove" }),
  subscribe: ({ jid }) => say("subscribe", jid),
  unsubscribe: ({ jid }) => say("unsubscribe", jid),
  approve: ({ jid }) => settle("subscribed", jid),
  deny: ({ jid }) => settle("unsubscribed", jid),
  roster: () => ({ roster: [...contacts.values()].map(entry), requests: [...requests] }),
};

function entry(contact) {
  return { ...contact, available: [...(available.get(contact.jid) ?? [])] };
}

createInterface({ input: process.stdin }).on("line", (line) => {
  const { order, do: what, ...values } = JSON.parse(line);
  const said = { done: order };
  try {
    const told = orders[what](values);
    if (what === "roster") Object.assign(said, told);
  } catch (error) {
    said.error = String(error);
  }
  process.stdout.write(`${JSON.stringify(said)}\n`);
});

function complain(error) {
  process.stderr.write(`${error.message ?? error}\n`);
}

xmpp.start().catch(complain);
