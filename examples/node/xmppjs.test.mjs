// @xmpp/client over WebSocket.  It has no roster of its own: what an application adds is tested here.
import assert from "node:assert/strict";
import { after, before, beforeEach, afterEach, test } from "node:test";
import { client, xml } from "@xmpp/client";
import { startServer } from "./rosterkit.mjs";

let server, domain, xmpp, names;
before(async () => (server = await startServer()));
after(() => server.stop());

beforeEach(async () => {
  domain = await server.domain();
  names = new Map();
  xmpp = client({ service: domain.service, domain: domain.name, username: "juliet", password: "secret" });
  xmpp.on("error", () => {});
  xmpp.iqCallee.set("jabber:iq:roster", "query", ({ stanza, element }) => {
    const { from } = stanza.attrs;
    if (from && from !== xmpp.jid.bare().toString()) return false; // RFC 6121 2.1.6: not ours
    for (const item of element.getChildren("item")) names.set(item.attrs.jid, item.attrs.name);
    return true;
  });
  await xmpp.start();
  const query = await xmpp.iqCaller.get(xml("query", { xmlns: "jabber:iq:roster" }));
  for (const item of query.getChildren("item")) names.set(item.attrs.jid, item.attrs.name);
});
afterEach(() => xmpp.stop());

test("the roster is there", () => assert.equal(names.get("romeo@b.test"), "Romeo"));

test("a push is answered and counts", async () => {
  const id = await domain.rename("R.");
  await domain.expect(`<iq type='result' id='${id}'/>`);
  assert.equal(names.get("romeo@b.test"), "R.");
});

test("a stranger's push does not", async () => {
  await domain.fault("push-from-stranger");
  const id = await domain.rename("Spoofed");
  await domain.expect(`<iq type='error' id='${id}'/>`, [`<iq type='result' id='${id}'/>`]);
  assert.equal(names.get("romeo@b.test"), "Romeo");
});

test("a contact accepts", async () => {
  const accepted = new Promise((resolve) => xmpp.on("stanza", (stanza) => stanza.attrs.type === "subscribed" && resolve(stanza)));
  await xmpp.send(xml("presence", { to: "nurse@far.test", type: "subscribe" }));
  assert.equal((await accepted).attrs.from, "nurse@far.test");
});
