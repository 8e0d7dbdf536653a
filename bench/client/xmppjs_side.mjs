// xmpp.js, unmodified: a whole @xmpp/client whose TCP transport has a socket in memory.
//
// The library binds, parses, finds the answer to a request, calls the handler of a push and sends what that returns.
// It keeps no roster.  This side adds the least that an application needs for a complete state: a Map of entries with
// name, subscription and a Set of groups, an index by group, the presence of each resource, and an EventEmitter that
// tells of each thing that has changed.  JIDs stay the strings that came.
//
//     node xmppjs_side.mjs FOLDER_OF_THE_BYTES FOLDER_WITH_NODE_MODULES

import { createHash } from "node:crypto";
import { EventEmitter } from "node:events";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { pathToFileURL } from "node:url";

const [, , folder, modules] = process.argv;
const require = createRequire(join(resolve(modules), "any.js"));
const load = (name) => import(pathToFileURL(require.resolve(name)));
const { client, xml } = await load("@xmpp/client");
const { default: ConnectionTCP } = await load("@xmpp/tcp/lib/Connection.js");

const CHUNK = 65_536;
const NAMESPACE = "jabber:iq:roster";
const ACCOUNT = "juliet@example.com";
const expected = JSON.parse(readFileSync(join(folder, "expected.json"), "utf8"));
const figures = { name: "xmpp.js" };

// What is measured and checked.

function chunks(phase, id = "") {
  const data = readFileSync(join(folder, `${phase}.xml`));
  const count = Math.ceil(data.length / CHUNK);
  const cut = Array.from({ length: count }, (_, at) => data.subarray(at * CHUNK, (at + 1) * CHUNK));
  cut[0] = Buffer.from(cut[0].toString("latin1").replace("@ID@", id), "latin1");
  return cut;
}

function memory(field) {
  return Number(readFileSync("/proc/self/status", "latin1").match(new RegExp(`^${field}:\\s*(\\d+)`, "m"))[1]);
}

// Feeds a phase and waits until `done` says that it is complete.  Between two chunks the loop goes around once, as it
// does to read a socket.
async function measure(phase, socket, done, id) {
  const data = chunks(phase, id);
  figures.base_kib ??= memory("VmRSS");
  const before = process.cpuUsage();
  for (const chunk of data) {
    socket.emit("data", chunk);
    await turn();
  }
  while (!done()) await turn();
  const { user, system } = process.cpuUsage(before);
  figures[`${phase}_ms`] = (user + system) / 1000;
  figures.peak_kib = memory("VmHWM");
}

function check(what, seen, wanted) {
  if (seen !== wanted) {
    process.stderr.write(`xmpp.js: ${what}: ${seen}, but it should be ${wanted}.\n`);
    process.exit(1);
  }
}

function digest(lines) {
  const hash = createHash("sha256");
  for (const line of lines.sort()) hash.update(line);
  return hash.digest("hex");
}

// The application.

class Roster extends EventEmitter {
  entries = new Map();
  groups = new Map();
  version = null;
  presences = new Map();
  available = 0;

  fetched(query) {
    this.version = query.attrs.ver;
    for (const item of query.getChildren("item")) this.apply(item);
    this.emit("received");
  }

  pushed(query) {
    const item = query.getChild("item");
    if (item.attrs.subscription === "remove") this.remove(item.attrs.jid);
    else this.apply(item);
    this.version = query.attrs.ver;
  }

  apply(item) {
    const { jid, name, subscription = "none", ask, approved } = item.attrs;
    const groups = new Set();
    for (const group of item.getChildren("group")) groups.add(group.getText());
    const entry = this.entries.get(jid);
    if (!entry) this.add({ jid, name, subscription, ask, approved, groups });
    else this.change(entry, { name, subscription, ask, approved, groups });
  }

  add(entry) {
    this.entries.set(entry.jid, entry);
    for (const group of entry.groups) this.enter(entry, group);
    this.emit("entry-added", entry);
  }

  change(entry, { name, subscription, ask, approved, groups }) {
    const old = entry.groups;
    const renamed = entry.name !== name;
    const state = entry.subscription !== subscription || entry.ask !== ask || entry.approved !== approved;
    Object.assign(entry, { name, subscription, ask, approved, groups });
    if (renamed) this.emit("entry-name-changed", entry);
    if (state) this.emit("entry-subscription-state-changed", entry);
    for (const group of groups) {
      if (old.has(group)) continue;
      this.enter(entry, group);
      this.emit("entry-added-to-group", entry, group);
    }
    for (const group of old) {
      if (groups.has(group)) continue;
      this.leave(entry, group);
      this.emit("entry-removed-from-group", entry, group);
    }
  }

  remove(jid) {
    const entry = this.entries.get(jid);
    if (!entry) return;
    this.entries.delete(jid);
    for (const group of entry.groups) this.leave(entry, group);
    this.emit("entry-removed", entry);
  }

  enter(entry, group) {
    let members = this.groups.get(group);
    if (!members) {
      members = new Set();
      this.groups.set(group, members);
      this.emit("group-added", group);
    }
    members.add(entry);
  }

  leave(entry, group) {
    const members = this.groups.get(group);
    members.delete(entry);
    if (members.size > 0) return;
    this.groups.delete(group);
    this.emit("group-removed", group);
  }

  presence(stanza) {
    const { from, type } = stanza.attrs;
    if (type) return; // nobody leaves or subscribes here
    const slash = from.indexOf("/");
    const jid = from.slice(0, slash);
    let resources = this.presences.get(jid);
    if (!resources) {
      resources = new Map();
      this.presences.set(jid, resources);
    }
    const priority = Number(stanza.getChildText("priority") ?? 0);
    const status = stanza.getChildText("status");
    resources.set(from.slice(slash + 1), { show: stanza.getChildText("show"), status, priority });
    this.available += 1;
    this.emit("presence-changed", this.entries.get(jid));
  }

  checked(phase) {
    const lines = [...this.entries.values()].map(
      ({ jid, name, subscription, groups }) => `${jid}\t${name}\t${subscription}\t${[...groups].sort().join(",")}\n`,
    );
    check(`roster after the ${phase}`, digest(lines), expected[phase]);
    const members = [...this.groups.values()].reduce((sum, { size }) => sum + size, 0);
    check(`groups after the ${phase}`, this.groups.size, expected.groups);
    check(`members of groups after the ${phase}`, members, 2 * expected.entries);
  }
}

const EVENTS = [
  "entry-added",
  "entry-name-changed",
  "entry-subscription-state-changed",
  "entry-added-to-group",
  "entry-removed-from-group",
  "entry-removed",
  "group-added",
  "group-removed",
  "presence-changed",
];

// The connection.

const written = [];

class MemorySocket extends EventEmitter {
  secure = false;

  connect() {
    queueMicrotask(() => this.emit("connect"));
  }

  write(data, sent) {
    written.push(data);
    sent();
  }
}

class MemoryConnection extends ConnectionTCP {}
MemoryConnection.prototype.Socket = MemorySocket;

// The id of the one request that has been written since the last call.
function requestId() {
  const found = written.splice(0).join("").match(/<iq\b[^>]*\bid="([^"]+)/);
  return found[1];
}

async function logIn(xmpp) {
  xmpp.transports.splice(0, Infinity, MemoryConnection);
  const online = xmpp.start();
  while (!written.length) await turn();
  written.length = 0;
  let id = "";
  for (const phase of ["header", "bound"]) {
    for (const chunk of chunks(phase, id)) xmpp.socket.emit("data", chunk);
    while (phase === "header" && !written.length) await turn();
    id = phase === "header" && requestId();
  }
  await online;
}

const xmpp = client({ service: "xmpp://example.com", domain: "example.com", resource: "bench" });
xmpp.on("error", (error) => check("error", String(error), ""));
const roster = new Roster();
const heard = Object.fromEntries(EVENTS.map((event) => [event, 0]));
for (const event of EVENTS) roster.on(event, () => (heard[event] += 1));
xmpp.iqCallee.set(NAMESPACE, "query", ({ stanza, element }) => {
  const { from } = stanza.attrs;
  if (from && from !== ACCOUNT) return undefined; // answered with service-unavailable
  roster.pushed(element);
  return true;
});
xmpp.on("stanza", (stanza) => stanza.is("presence") && roster.presence(stanza));

await logIn(xmpp);
let received = false;
roster.on("received", () => (received = true));
xmpp.iqCaller.get(xml("query", { xmlns: NAMESPACE, ver: "" })).then((query) => roster.fetched(query));
while (!written.length) await turn();

await measure("roster", xmpp.socket, () => received, requestId());
roster.checked("roster");

await measure("pushes", xmpp.socket, () => written.length >= expected.entries);
roster.checked("pushes");
const replies = written.splice(0).map((reply) => /type="result"/.test(reply) && reply.match(/id="(push-\d+)"/)?.[1]);
check("replies", new Set(replies.filter(Boolean)).size, expected.entries);
check("version", roster.version, expected.version);
const changes = ["entry-name-changed", "entry-added-to-group", "entry-removed-from-group"].map((name) => heard[name]);
check("events", `${changes}`, `${Array(3).fill(expected.entries)}`);

await measure("presences", xmpp.socket, () => roster.available >= expected.entries);
const seen = [...roster.presences].flatMap(([jid, resources]) =>
  [...resources].map(([name, { show, status, priority }]) => `${jid}/${name}\t${show}\t${status}\t${priority}\n`),
);
check("presences", digest(seen), expected.presences);
check("presence events", heard["presence-changed"], expected.entries);

process.stdout.write(`${JSON.stringify(figures)}\n`);
process.exit(0);
