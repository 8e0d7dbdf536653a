// Lets `rosterkit check client` grade strophe.js with strophejs-plugin-roster.
//
//     rosterkit check client --exec 'node strophe_driver.mjs {jid} {password} {ws}'
//
// The plugin keeps the roster, asks for it with the version that it is given, decides whose pushes count and answers
// them.  It tells of requests, which are kept here, and never that one was taken back.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(import.meta.url); // the plugin requires strophe.js, and it has to be the same one
const { Strophe, $pres } = require("strophe.js");
require("strophejs-plugin-roster");

// In Node strophe.js uses xmldom, whose elements have no `children`, where its handlers look for a stanza's namespace.
// In browsers, for which it is made, every DOM has them.
const { DOMImplementation } = require("@xmldom/xmldom");
const Element = Object.getPrototypeOf(new DOMImplementation().createDocument(null, "any").documentElement);
Object.defineProperty(Element, "children", {
  get() {
    return Array.from(this.childNodes).filter((node) => node.nodeType === 1);
  },
});

const [account, password, service] = process.argv.slice(2);
Strophe.setLogLevel(Strophe.LogLevel.WARN); // the levels below go to standard output
const connection = new Strophe.Connection(service);
const { roster } = connection;
const requests = new Set();
roster.registerRequestCallback((from) => requests.add(from));

function connect() {
  connection.reset();
  connection.connect(account, password, (status) => {
    if (status === Strophe.Status.CONNECTED) start();
    if (status === Strophe.Status.DISCONNECTED) setTimeout(connect, 100);
  });
}

function start() {
  requests.clear();
  roster.get(() => connection.send($pres()), roster.ver, roster.items);
}

const orders = {
  set: ({ jid, name, groups }) => roster.add(jid, name, groups),
  rename: ({ jid, name }) => roster.update(jid, name),
  regroup: ({ jid, group }) => roster.update(jid, undefined, [...roster.findItem(jid).groups, group]),
  remove: ({ jid }) => roster.remove(jid),
  subscribe: ({ jid }) => roster.subscribe(jid),
  unsubscribe: ({ jid }) => roster.unsubscribe(jid),
  approve({ jid }) {
    requests.delete(jid);
    roster.authorize(jid);
  },
  deny({ jid }) {
    requests.delete(jid);
    roster.unauthorize(jid);
  },
  roster: () => ({ roster: roster.items.map(entry), requests: [...requests] }),
};
function entry({ resources, jid, ...kept }) {
  return { ...kept, jid: jid ?? "", available: Object.keys(resources) };
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

connect();
