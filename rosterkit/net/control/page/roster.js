// The middle: the roster of one account with both sides of each subscription, and the diagram of the states.

import { arrows, byId, make, renew, say } from "./element.js";

// What a state is called is written in the diagram.
const label = (state) => byId("diagram").querySelector(`[data-state="${state}"] text`)?.textContent ?? state;

function row({ jid, pair, is, reachable }, choose) {
  const button = make("button", {
    type: "button", "data-contact": jid, tabindex: reachable ? 0 : -1, onclick: () => choose(jid),
  }, jid);
  const own = [label(pair.state), pair.approved ? "approved" : "", pair.listed ? "" : "not in the roster"];
  const theirs = pair.theirs === null ? "not here" : label(pair.theirs);
  return make("tr", { "aria-current": is ? "true" : null },
    make("td", {}, button), make("td", {}, pair.name ?? ""), make("td", {}, pair.groups.join(", ")),
    make("td", {}, own.filter(Boolean).join(", ")),
    make("td", { class: pair.agree === false ? "differs" : "" }, pair.agree === false ? `${theirs} ≠` : theirs));
}

// Show the pairs of an account; `choose(jid)` chooses one of them.
export function showRoster(account, chosen, choose) {
  const pairs = account === null ? [] : Object.entries(account.pairs);
  const names = pairs.map(([jid]) => jid);
  const reachable = names.includes(chosen) ? chosen : names[0];
  renew(byId("entries"), pairs.map(([jid, pair]) => [
    jid, { jid, pair, is: jid === chosen, reachable: jid === reachable }, (what) => row(what, choose),
  ]));
  say(byId("roster-title"), account === null ? "Roster" : account.jid);
  say(byId("roster-about"), account === null ? "Choose an account." : about(account));
  showPair(account?.jid, chosen, names.includes(chosen) ? account.pairs[chosen] : undefined);
}

function about({ count, requests, ver, pairs }) {
  const listed = Object.values(pairs).filter((pair) => pair.listed).length;
  const some = listed < count ? ` (${listed} shown: the filter finds others)` : "";
  return `${count} entries${some}, ${requests} pending requests, ver ${ver}`;
}

let named = null; // whose name stands in the field, and which: what somebody types over it stays

function showName(jid, contact, name) {
  const shown = JSON.stringify([jid, contact, name]);
  if (shown !== named) byId("rename-name").value = name ?? "";
  named = shown;
}

function showPair(jid, contact, pair) {
  byId("pair").hidden = pair === undefined;
  if (pair === undefined) return;
  say(byId("pair-title"), `${jid} and ${contact}`);
  showName(jid, contact, pair.name);
  const may = {
    subscribed: true, unsubscribed: true, subscribe: true, unsubscribe: true, push: pair.listed, remove: pair.listed,
  };
  for (const button of byId("pair-buttons").children) button.disabled = !may[button.dataset.act];
  byId("rename").querySelector("button").disabled = !pair.listed;
  light(pair);
}

function light(pair) {
  const diagram = byId("diagram");
  for (const state of diagram.querySelectorAll(".state")) {
    state.classList.toggle("lit", state.dataset.state === pair.state);
    state.classList.toggle("theirs", state.dataset.state === pair.theirs);
  }
  for (const move of diagram.querySelectorAll(".move")) {
    move.classList.toggle("from-here", move.dataset.from === pair.state);
  }
  const theirs = pair.theirs === null ? "unknown" : label(pair.theirs);
  diagram.setAttribute("aria-label", `This side: ${label(pair.state)}. Other side: ${theirs}.`);
}

// Bring the diagram into the page, once.
export async function loadDiagram() {
  const text = await (await fetch("/inspector/states.svg")).text();
  const image = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  byId("diagram").replaceChildren(document.importNode(image, true));
}

arrows(byId("entries"), "button");
