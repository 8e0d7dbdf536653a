// The middle: the roster of one account with both sides of each subscription, and the diagram of the states.

import { arrows, byId, make } from "./element.js";

const LABELS = {
  "none": "None", "none-out": "None + Pending Out", "none-in": "None + Pending In",
  "none-out-in": "None + Pending Out/In", "to": "To", "to-in": "To + Pending In", "from": "From",
  "from-out": "From + Pending Out", "both": "Both",
};

function row(jid, pair, chosen, choose) {
  const is = jid === chosen;
  const button = make("button", {
    type: "button", "data-contact": jid, tabindex: is ? 0 : -1, onclick: () => choose(jid),
  }, jid);
  const own = [LABELS[pair.state], pair.approved ? "approved" : "", pair.listed ? "" : "not in the roster"];
  const theirs = pair.theirs === null ? "not here" : LABELS[pair.theirs];
  return make("tr", { "aria-current": is ? "true" : null },
    make("td", {}, button), make("td", {}, pair.name ?? ""), make("td", {}, pair.groups.join(", ")),
    make("td", {}, own.filter(Boolean).join(", ")),
    make("td", { class: pair.agree === false ? "differs" : "" }, pair.agree === false ? `${theirs} ≠` : theirs));
}

// Show the pairs of an account; `choose(jid)` chooses one of them.
export function showRoster(account, chosen, choose) {
  const body = byId("entries");
  const focus = document.activeElement?.dataset?.contact;
  const pairs = account === null ? [] : Object.entries(account.pairs);
  const names = pairs.map(([jid]) => jid);
  const reachable = names.includes(chosen) ? chosen : names[0];
  body.replaceChildren(...pairs.map(([jid, pair]) => row(jid, pair, chosen, choose)));
  const buttons = [...body.querySelectorAll("button")];
  for (const button of buttons) button.tabIndex = button.dataset.contact === reachable ? 0 : -1;
  buttons.find((button) => button.dataset.contact === focus)?.focus();
  byId("roster-title").textContent = account === null ? "Roster" : account.jid;
  byId("roster-about").textContent = account === null
    ? "Choose an account."
    : `${account.count} entries, ${account.requests} pending requests, ver ${account.ver}`;
  showPair(account?.jid, chosen, account?.pairs[chosen]);
}

function showPair(jid, contact, pair) {
  byId("pair").hidden = pair === undefined;
  if (pair === undefined) return;
  byId("pair-title").textContent = `${jid} and ${contact}`;
  if (document.activeElement !== byId("rename-name")) byId("rename-name").value = pair.name ?? "";
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
  const theirs = pair.theirs === null ? "unknown" : LABELS[pair.theirs];
  diagram.setAttribute("aria-label", `This side: ${LABELS[pair.state]}. Other side: ${theirs}.`);
}

// Bring the diagram into the page, once.
export async function loadDiagram() {
  const text = await (await fetch("/inspector/states.svg")).text();
  const image = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  byId("diagram").replaceChildren(document.importNode(image, true));
}

arrows(byId("entries"), "button");
