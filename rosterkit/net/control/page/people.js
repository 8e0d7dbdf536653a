// The left side: accounts with their sessions, connections that have not logged in, and the faults that are active.

import { arrows, byId, make, renew } from "./element.js";

const badge = (text, kind = "") => make("span", { class: `badge ${kind}` }, text);

function session(one, chosen, acts) {
  const badges = [badge("connected")];
  if (one.interested) badges.push(badge("interested", "interested"));
  if (one.available) badges.push(badge(one.priority ? `available ${one.priority}` : "available", "available"));
  const cut = chosen && one.id !== null
    ? make("button", { type: "button", onclick: () => acts.cut(one.id), title: "Break the connection off" }, "Cut")
    : null;
  return make("li", {}, make("span", {}, `${one.id ?? ""} ${one.resource}`), ...badges, cut);
}

function account({ one, is, reachable }, acts) {
  const button = make("button", {
    type: "button", class: "account", "aria-current": is ? "true" : "false", tabindex: reachable ? 0 : -1,
    "data-jid": one.jid, onclick: () => acts.choose(one.jid),
  }, one.jid, " ", make("small", {}, `${one.contacts}`));
  if (one.requests) button.append(" ", badge(`${one.requests} asking`, "request"));
  if (one.scripted) button.append(" ", badge("scripted"));
  const sessions = one.sessions.map((each) => session(each, is, acts));
  return make("li", {}, button, sessions.length ? make("ul", {}, ...sessions) : null);
}

const heading = (text) => ["heading", text, () => make("h3", {}, text)];

// Show an overview; `acts` are choose(jid) and cut(session id).
export function showPeople(overview, chosen, acts) {
  const jids = overview.accounts.map((one) => one.jid);
  const first = jids.includes(chosen) ? chosen : jids[0];
  const rows = overview.accounts.map((one) => [
    one.jid, { one, is: one.jid === chosen, reachable: one.jid === first }, (what) => account(what, acts),
  ]);
  if (jids.length < overview.count) {
    rows.push(["", `${jids.length} of ${overview.count}: the filter finds others`,
      (text) => make("li", { class: "dim" }, text)]);
  }
  renew(byId("accounts"), rows);
  byId("people-title").textContent = overview.domains.join(", ") || "Accounts";
  const waiting = overview.connections.map((one) => [one.id, one, () =>
    make("p", {}, `${one.id} ${one.account ?? ""}`, badge("no resource yet"))]);
  renew(byId("connections"), waiting.length ? [heading("Logging in"), ...waiting] : []);
}

// Show the active faults; `remove(id)` ends one.
export function showFaults(faults, remove) {
  const rows = faults.map((one) => [one.id, one, () => make("p", {},
    make("span", {}, `${one.id} ${one.fault}`),
    badge(one.session ?? one.account ?? "everybody"),
    badge(one.next === null ? "always" : `next ${one.next}`),
    make("button", { type: "button", onclick: () => remove(one.id) }, "Remove"))]);
  renew(byId("active-faults"), rows.length ? [heading("Lies"), ...rows] : []);
}

arrows(byId("accounts"), ".account");
