// Lets `rosterkit check client` grade stanza.
//
//     rosterkit check client --exec 'node stanza_driver.mjs {jid} {password} {ws}'
//
// stanza asks for the roster with the last version that it has seen, decides whose pushes count and answers them.  It
// keeps no contacts: the Maps below are what an application adds, and hold what stanza says.
import { createInterface } from "node:readline";
import * as XMPP from "stanza";

const [account, password, websocket] = process.argv.slice(2);
const client = XMPP.createClient({ jid: account, password, transports: { websocket, bosh: false } });
const contacts = new Map();
const available = new Map();
const requests = new Set();
let early = []; // what is pushed while the roster is awaited; a promise fires only after the next stanzas

const take = (item) => (item.subscription === "remove" ? contacts.delete(item.jid) : contacts.set(item.jid, item));
const bare = (stanza) => XMPP.JID.toBare(stanza.from ?? account);
const resource = (stanza) => XMPP.JID.getResource(stanza.from ?? account) ?? "";

async function start() {
  available.clear();
  requests.clear();
  early = [];
  const presented = client.config.rosterVer;
  const { items, version } = await client.getRoster();
  const unchanged = presented && version === undefined && !items.length; // stanza has no other word for that
  if (!unchanged) contacts.clear();
  [...items, ...early].forEach(take);
  client.sendPresence();
}

client.on("session:started", () => start().catch(complain));
client.on("roster:update", ({ roster: { items = [] } }) => {
  early.push(...items);
  items.forEach(take);
});
client.on("available", (it) => available.set(bare(it), (available.get(bare(it)) ?? new Set()).add(resource(it))));
client.on("unavailable", (it) => available.get(bare(it))?.delete(resource(it)));
client.on("subscribe", (it) => requests.add(bare(it)));
client.on("unsubscribe", (it) => requests.delete(bare(it)));
client.on("disconnected", () => setTimeout(() => client.connect(), 100));

const put = (item) => client.updateRosterItem(item).catch(complain);

const orders = {
  set: ({ jid, name, groups }) => put({ jid, name, groups }),
  rename: ({ jid, name }) => put({ jid, name, groups: contacts.get(jid).groups }),
  regroup({ jid, group }) {
    const { name, groups = [] } = contacts.get(jid);
    put({ jid, name, groups: [...groups, group] });
  },
  remove: ({ jid }) => client.removeRosterItem(jid).catch(complain),
  subscribe: ({ jid }) => client.subscribe(jid),
  unsubscribe: ({ jid }) => client.unsubscribe(jid),
  approve({ jid }) {
    requests.delete(jid);
    client.acceptSubscription(jid);
  },
  deny({ jid }) {
    requests.delete(jid);
    client.denySubscription(jid);
  },
  roster: () => ({ roster: [...contacts.values()].map(entry), requests: [...requests] }),
};

function entry({ jid, name, groups, subscription, pending: ask, preApproved: approved }) {
  return { jid: jid ?? "", name, groups, subscription, ask, approved, available: [...(available.get(jid) ?? [])] };
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
  process.stderr.write(`${error.message ?? JSON.stringify(error.error ?? error)}\n`);
}

client.connect();
