// The left side: accounts with their sessions, connections that have not logged in, and the faults that are active.

import { arrows, byId, make } from "./element.js";

const badge = (text, kind = "") => make("span", { class: `badge ${kind}` }, text);

function session(one, account, chosen, acts) {
  const badges = [badge("connected")];
  if (one.interested) badges.push(badge("interested", "interested"));
  if (one.available) badges.push(badge(one.priority ? `available ${one.priority}` : "available", "available"));
  const cut = chosen && one.id !== null
    ? make("button", { type: "button", onclick: () => acts.cut(one.id), title: "Break the connection off" }, "Cut")
    : null;
  return make("li", {}, make("span", {}, `${one.id ?? ""} ${one.resource}`), ...badges, cut);
}

function account(one, chosen, acts) {
  const is = one.jid === chosen;
  const button = make("button", {
    type: "button", class: "account", "aria-current": is ? "true" : "false", tabindex: is ? 0 : -1,
    "data-jid": one.jid, onclick: () => acts.choose(one.jid),
  }, one.jid, " ", make("small", {}, `${one.contacts}`));
  if (one.requests) button.append(" ", badge(`${one.requests} asking`, "request"));
  if (one.scripted) button.append(" ", badge("scripted"));
  const sessions = one.sessions.map((each) => session(each, one.jid, is, acts));
  return make("li", {}, button, sessions.length ? make("ul", {}, ...sessions) : null);
}

// Show an overview; `acts` are choose(jid) and cut(session id).
export function showPeople(overview, chosen, acts) {
  const focus = document.activeElement?.dataset?.jid;
  const list = byId("accounts");
  list.replaceChildren(...overview.accounts.map((one) => account(one, chosen, acts)));
  if (overview.accounts.length < overview.count) {
    list.append(make("li", { class: "dim" }, `${overview.accounts.length} of ${overview.count}: the filter finds others`));
  }
  const buttons = [...list.querySelectorAll(".account")];
  if (buttons.length && !buttons.some((button) => button.tabIndex === 0)) buttons[0].tabIndex = 0;
  buttons.find((button) => button.dataset.jid === focus)?.focus();
  byId("people-title").textContent = overview.domains.join(", ");
  const waiting = overview.connections.map((one) =>
    make("li", {}, `${one.id} ${one.account ?? ""}`, badge("no resource yet")));
  byId("connections").replaceChildren(...(waiting.length ? [make("h3", {}, "Logging in"), make("ul", {}, ...waiting)] : []));
}

// Show the active faults; `remove(id)` ends one.
export function showFaults(faults, remove) {
  const rows = faults.map((one) => make("li", {},
    make("span", {}, `${one.id} ${one.fault}`),
    badge(one.session ?? one.account ?? "everybody"),
    badge(one.next === null ? "always" : `next ${one.next}`),
    make("button", { type: "button", onclick: () => remove(one.id) }, "Remove")));
  byId("active-faults").replaceChildren(...(rows.length ? [make("h3", {}, "Lies"), make("ul", {}, ...rows)] : []));
}

arrows(byId("accounts"), ".account");
