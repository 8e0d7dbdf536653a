// strophe.js over WebSocket, with handlers as an application writes them.
import assert from "node:assert/strict";
import { after, before, beforeEach, afterEach, test } from "node:test";
import { startServer } from "./rosterkit.mjs";
const { Strophe, $iq, $pres } = await import("strophe.js");

let server, domain, connection, names;
before(async () => (server = await startServer()));
after(() => server.stop());

const take = (stanza) => {
  for (const item of Array.from(stanza.getElementsByTagName("item"))) names.set(item.getAttribute("jid"), item.getAttribute("name"));
};

beforeEach(async () => {
  domain = await server.domain();
  names = new Map();
  connection = new Strophe.Connection(domain.service);
  await new Promise((resolve) => {
    connection.connect(`juliet@${domain.name}`, "secret", (status) => status === Strophe.Status.CONNECTED && resolve());
  });
  connection.addHandler((push) => {
    const from = push.getAttribute("from");
    if (from && from !== Strophe.getBareJidFromJid(connection.jid)) return true; // RFC 6121 2.1.6: not ours
    take(push);
    connection.send($iq({ type: "result", id: push.getAttribute("id") }));
    return true;
  }, null, "iq", "set"); // in Node strophe.js 5 finds no namespace of a child
  take(await new Promise((resolve, reject) => {
    connection.sendIQ($iq({ type: "get" }).c("query", { xmlns: "jabber:iq:roster" }), resolve, reject);
  }));
});
afterEach(() => connection.disconnect());

test("the roster is there", () => assert.equal(names.get("romeo@b.test"), "Romeo"));

test("a push is answered and counts", async () => {
  const id = await domain.rename("R.");
  await domain.expect(`<iq type='result' id='${id}'/>`);
  assert.equal(names.get("romeo@b.test"), "R.");
});

test("a stranger's push does not", async () => {
  await domain.fault("push-from-stranger");
  const spoofed = await domain.rename("Spoofed");
  const good = await domain.rename("Good"); // what comes behind is answered, so the spoofed one was read
  await domain.expect(`<iq type='result' id='${good}'/>`, [`<iq type='result' id='${spoofed}'/>`]);
  assert.equal(names.get("romeo@b.test"), "Good");
});

test("a contact accepts", async () => {
  const accepted = new Promise((resolve) => connection.addHandler(resolve, null, "presence", "subscribed"));
  connection.send($pres({ to: "nurse@far.test", type: "subscribe" }));
  assert.equal((await accepted).getAttribute("from"), "nurse@far.test");
});
