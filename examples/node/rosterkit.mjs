// A rosterkit server for tests: started, called, stopped.  ROSTERKIT names the command where it is not on the PATH.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import WebSocket from "ws";

globalThis.WebSocket ??= WebSocket; // before Node 22

export async function startServer() {
  const options = ["--c2s-port", "0", "--tls-port", "none", "--websocket-port", "0", "--control-port", "0"];
  const child = spawn(process.env.ROSTERKIT ?? "rosterkit", ["serve", "--exit-with-stdin", ...options], {
    stdio: ["pipe", "pipe", "inherit"], // it ends with this process
  });
  child.on("error", (error) => { throw new Error(`rosterkit cannot be started (${error.code}): install it, or name it in ROSTERKIT`); });
  const { value: line } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  const ready = JSON.parse(line);
  const api = `http://127.0.0.1:${ready.control.port}/v1`;

  async function call(method, path, body = {}) {
    const options = { method, headers: { "content-type": "application/json" } };
    if (method !== "GET") options.body = JSON.stringify(body);
    const answer = await fetch(api + path, options);
    const text = await answer.text();
    if (!answer.ok) throw new Error(text);
    return text.startsWith("{") ? JSON.parse(text) : text;
  }

  // A fresh domain with juliet (password: secret), who knows romeo, and a nurse who accepts whoever asks.
  async function domain() {
    const { name } = await call("POST", "/networks", { contacts: { "nurse@far.test": {} } });
    const at = `/networks/${name}`;
    const roster = { "romeo@b.test": { subscription: "both", name: "Romeo" } };
    await call("PUT", `${at}/accounts/juliet`, { password: "secret", roster });
    return {
      name,
      service: `ws://127.0.0.1:${ready.websocket.port}/xmpp-websocket`,
      rename: async (to) => (await call("PUT", `${at}/accounts/juliet/roster/romeo@b.test`, { subscription: "both", name: to })).pushes[0].id,
      fault: (fault) => call("POST", `${at}/faults`, { fault, next: 1 }),
      // Resolves with the entry of the journal; rejects with a verdict and the dialogue.
      expect: async (match, not = []) => {
        const { outcome, verdict, entry } = await call("POST", `${at}/wait`, { match, not, within: 5 });
        if (outcome !== "met") throw new Error(`${verdict}\n${await call("GET", `${at}/transcript`)}`);
        return entry;
      },
    };
  }

  return { domain, stop: () => child.kill() };
}
