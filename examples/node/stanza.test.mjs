// stanza over WebSocket: its own roster, its own answers.
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, beforeEach, afterEach, test } from "node:test";
import * as XMPP from "stanza";
import { startServer } from "./rosterkit.mjs";

let server, domain, client, items;
before(async () => (server = await startServer()));
after(() => server.stop());

beforeEach(async () => {
  domain = await server.domain();
  client = XMPP.createClient({
    jid: `juliet@${domain.name}`, password: "secret", transports: { websocket: domain.service, bosh: false },
  });
  const started = once(client, "session:started");
  client.connect();
  await started;
  ({ items } = await client.getRoster());
});
afterEach(() => client.disconnect());

test("the roster is there", () => assert.deepEqual(items.map(({ jid, name }) => [jid, name]), [["romeo@b.test", "Romeo"]]));

test("a push is answered and told", async () => {
  const told = once(client, "roster:update");
  const id = await domain.rename("R.");
  await domain.expect(`<iq type='result' id='${id}'/>`);
  const [{ roster }] = await told;
  assert.equal(roster.items[0].name, "R.");
});

test("a stranger's push is refused", async () => {
  client.on("roster:update", () => assert.fail("a stranger has changed the roster"));
  await domain.fault("push-from-stranger");
  const id = await domain.rename("Spoofed");
  await domain.expect(`<iq type='error' id='${id}'/>`, [`<iq type='result' id='${id}'/>`]);
});

test("a contact accepts", async () => {
  const accepted = once(client, "subscribed");
  client.subscribe("nurse@far.test");
  const [{ from }] = await accepted;
  assert.equal(from, "nurse@far.test");
});
