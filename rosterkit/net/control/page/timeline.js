// What has passed, as a list of which only the rows in view are in the page: 10,000 of them scroll as ten do.

import { call, networkPath } from "./api.js";
import { arrange, byId, make } from "./element.js";
import { line, pretty } from "./xml.js";

const ROW = 23; // pixels of a folded row
export const MOST = 20_000; // entries that are kept; the oldest go
const SLACK = 1000; // and so many more, before they go together
const BEYOND = 12; // rows in the page above and below those in view

const list = byId("timeline");
const space = make("div", { class: "space" });
list.append(space);

export const timeline = {
  network: null,
  account: null,
  entries: [],
  shown: [],
  tops: [0],
  heights: new Map(), // of open rows, by the number of their entry
  details: new Map(),
  current: 0, // the place among those that are shown
  owners: new Map(), // the account of each session, once it has logged in
  anchor: null, // the number of the entry at which a selection began
  chosen: null, // [first, last] entry number of a selection
};

const filters = {
  scope: byId("filter-scope"), kind: byId("filter-kind"), text: byId("filter-text"), follow: byId("follow"),
};
let pending = false;
let moved = 0; // pixels that have gone above what is in view since it was drawn
let ended = 0; // how far down the list was scrolled when it was last seen

// Begin with another network, or with its beginning.
export function clear(network) {
  Object.assign(timeline, { network, entries: [], shown: [], tops: [0], current: 0, anchor: null, chosen: null });
  timeline.heights.clear();
  timeline.details.clear();
  timeline.owners.clear();
  draw();
}

export function add(entries) {
  const known = timeline.owners.size;
  for (const entry of entries) {
    timeline.entries.push(entry);
    if (entry.session && entry.account) timeline.owners.set(entry.session, entry.account);
  }
  if (timeline.owners.size > known) refilter(); // what somebody sent before the login is theirs too
  else for (const entry of entries.filter(isWanted)) timeline.shown.push(entry);
  if (timeline.entries.length > MOST + SLACK) forget(timeline.entries.length - MOST);
  layOut();
  soon();
}

// Let the oldest entries go; what is in view stays where it is.
function forget(count) {
  const oldest = timeline.entries.splice(0, count);
  const next = oldest.at(-1).number + 1;
  const shown = timeline.shown.findIndex((entry) => entry.number >= next);
  const gone = shown < 0 ? timeline.shown.length : shown;
  const height = timeline.tops[Math.min(gone, timeline.tops.length - 1)];
  timeline.shown.splice(0, gone);
  timeline.current = Math.max(0, timeline.current - gone);
  for (const { number } of oldest) if (timeline.details.has(number)) close(number);
  if (!filters.follow.checked) moved += height;
}

export function refilter() {
  const number = timeline.shown[timeline.current]?.number;
  timeline.shown = timeline.entries.filter(isWanted);
  const at = timeline.shown.findIndex((entry) => entry.number >= number);
  timeline.current = at < 0 ? Math.max(0, timeline.shown.length - 1) : at;
  layOut();
  soon();
}

function isWanted(entry) {
  if (filters.scope.value === "account" && timeline.account && !concerns(entry, timeline.account)) return false;
  const kind = filters.kind.value;
  if (entry.kind === "call" && kind !== "note") return false; // what it did has a sentence of its own
  if (kind === "fault" && !entry.fault && entry.kind !== "fault") return false;
  if (kind === "note" && entry.direction !== "note") return false;
  if (kind === "roster" && !["roster", "push"].includes(entry.kind) && !isRosterSet(entry)) return false;
  if (["presence", "iq", "message", "stream"].includes(kind) && entry.kind !== kind) return false;
  const text = filters.text.value.toLowerCase();
  return !text || `${entry.xml}${entry.text}`.toLowerCase().includes(text);
}

// Whether it is of an account; what is nobody's concerns everybody.
function concerns(entry, account) {
  const owner = entry.account ?? timeline.owners.get(entry.session);
  return owner === account || (!owner && !entry.session);
}

const isRosterSet = (entry) => entry.kind === "iq" && entry.xml.includes("jabber:iq:roster");

function layOut() {
  const tops = [0];
  for (const entry of timeline.shown) tops.push(tops.at(-1) + (timeline.heights.get(entry.number) ?? ROW));
  timeline.tops = tops;
}

function soon() {
  if (pending) return;
  pending = true;
  requestAnimationFrame(() => {
    pending = false;
    if (filters.follow.checked) toEnd();
    draw();
  });
}

function toEnd() {
  space.style.height = `${timeline.tops.at(-1)}px`;
  list.scrollTop = list.scrollHeight;
  ended = list.scrollTop;
}

// The place of the row at a height, by halving.
function placeAt(height) {
  let [low, high] = [0, timeline.shown.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (timeline.tops[middle + 1] <= height) low = middle + 1;
    else high = middle;
  }
  return low;
}

function draw() {
  if (moved) list.scrollTop -= moved;
  moved = 0;
  space.style.height = `${timeline.tops.at(-1)}px`;
  const first = Math.max(0, placeAt(list.scrollTop) - BEYOND);
  const last = Math.min(timeline.shown.length, placeAt(list.scrollTop + list.clientHeight) + BEYOND);
  const kept = new Map([...space.children].map((row) => [Number(row.dataset.number), row]));
  const rows = [];
  for (let place = first; place < last; place += 1) {
    const entry = timeline.shown[place];
    const row = kept.get(entry.number) ?? makeRow(entry);
    mark(row, entry, place);
    rows.push(row);
  }
  arrange(space, rows);
  const all = timeline.entries.length;
  const count = `${timeline.shown.length} of ${all}${all >= MOST ? ", the newest" : ""}`;
  if (byId("count").textContent !== count) byId("count").textContent = count;
  sayChosen();
}

function makeRow(entry) {
  entry.line ??= line(entry);
  const who = [entry.session, (entry.jid ?? entry.account ?? "").split("/").pop()].filter(Boolean).join(" ");
  const fault = entry.fault ? `⚠ ${entry.fault}${entry.withheld ? " (not sent)" : ""}: ` : "";
  const row = make("div", { "data-number": entry.number, role: "option", id: `entry-${entry.number}` },
    make("span", { class: "at" }, entry.at.toFixed(3)),
    make("span", { class: "who", title: entry.jid ?? entry.account ?? "" }, who),
    make("span", { class: "line" }, fault + entry.line));
  if (timeline.details.has(entry.number)) row.append(timeline.details.get(entry.number));
  return row;
}

function mark(row, entry, place) {
  const open = timeline.details.has(entry.number);
  const selected = isChosen(entry);
  const names = ["row", entry.direction, entry.kind];
  if (entry.fault) names.push("faulty");
  if (entry.withheld) names.push("withheld");
  if (selected) names.push("selected");
  if (place === timeline.current) names.push("current");
  row.className = names.join(" ");
  row.style.top = `${timeline.tops[place]}px`;
  row.setAttribute("aria-selected", String(selected));
  row.setAttribute("aria-expanded", String(open));
  row.setAttribute("aria-setsize", String(timeline.shown.length));
  row.setAttribute("aria-posinset", String(place + 1));
  if (place === timeline.current) list.setAttribute("aria-activedescendant", row.id);
}

const isChosen = ({ number }) =>
  timeline.chosen !== null && number >= timeline.chosen[0] && number <= timeline.chosen[1];

const sizes = new ResizeObserver((changes) => {
  for (const { target } of changes) {
    const row = target.parentElement;
    if (row && target.isConnected) timeline.heights.set(Number(row.dataset.number), Math.ceil(ROW + target.getBoundingClientRect().height));
  }
  layOut();
  draw();
});

// Open a row, or close it.
export function toggle(place) {
  const entry = timeline.shown[place];
  if (!entry) return;
  if (timeline.details.has(entry.number)) close(entry.number);
  else {
    filters.follow.checked = false; // whoever reads it would lose it
    const detail = makeDetail(entry);
    timeline.details.set(entry.number, detail);
    space.querySelector(`#entry-${entry.number}`)?.append(detail);
    sizes.observe(detail);
  }
  layOut();
  draw();
}

function close(number) {
  const detail = timeline.details.get(number);
  sizes.unobserve(detail);
  detail.remove();
  timeline.details.delete(number);
  timeline.heights.delete(number);
}

function makeDetail(entry) {
  const detail = make("div", { class: "detail" });
  const about = [`entry ${entry.number}`, entry.session, entry.jid ?? entry.account].filter(Boolean).join(", ");
  detail.append(make("p", { class: "dim" }, about));
  if (entry.direction === "note") {
    detail.append(make("p", {}, entry.text));
    return detail;
  }
  if (entry.fault) detail.append(make("p", {}, `The fault ${entry.fault} touched it.`));
  const rule = make("p", { class: "rule" }, "…");
  detail.append(rule, make("pre", {}, entry.kind === "stream" ? entry.xml : pretty(entry.xml)));
  explain(entry, rule);
  return detail;
}

async function explain(entry, place) {
  try {
    const { rule, answers } = await call("GET", `${networkPath(timeline.network)}/journal/${entry.number}/rule`);
    if (rule === null) {
      place.remove();
      return;
    }
    place.replaceChildren(
      make("a", { href: `/rules#${rule.name}`, target: "_blank", rel: "noopener" }, rule.section), ` ${rule.says}`,
      answers === null ? "" : ` It answers entry ${answers}.`);
  } catch (error) {
    place.textContent = error.message;
  }
}

function move(to, extend) {
  const last = timeline.shown.length - 1;
  if (last < 0) return;
  timeline.anchor ??= timeline.shown[timeline.current].number;
  timeline.current = Math.min(last, Math.max(0, to));
  if (extend) choose();
  else timeline.anchor = null;
  const top = timeline.tops[timeline.current];
  const bottom = timeline.tops[timeline.current + 1];
  if (top < list.scrollTop) list.scrollTop = top;
  else if (bottom > list.scrollTop + list.clientHeight) list.scrollTop = Math.min(top, bottom - list.clientHeight);
  draw();
}

function choose() {
  timeline.chosen = [timeline.anchor, timeline.shown[timeline.current].number].sort((a, b) => a - b);
}

export function clearChoice() {
  timeline.chosen = timeline.anchor = null;
  draw();
}

function sayChosen() {
  const chosen = timeline.chosen;
  const all = filters.scope.value === "account" && timeline.account ? "everything of this account" : "everything";
  byId("selected").textContent = `Export ${chosen ? `entries ${chosen[0]} to ${chosen[1]}` : all} as`;
}

list.addEventListener("scroll", () => {
  const atEnd = list.scrollTop + list.clientHeight >= list.scrollHeight - ROW;
  if (!atEnd && list.scrollTop < ended) filters.follow.checked = false; // somebody has scrolled up
  ended = list.scrollTop;
  requestAnimationFrame(draw);
}, { passive: true });

list.addEventListener("click", (event) => {
  const row = event.target.closest(".row");
  if (!row || event.target.closest(".detail")) return;
  const place = timeline.shown.findIndex((entry) => entry.number === Number(row.dataset.number));
  if (event.shiftKey) {
    timeline.anchor ??= timeline.shown[timeline.current].number;
    timeline.current = place;
    choose();
    draw();
    return;
  }
  timeline.anchor = null;
  timeline.current = place;
  toggle(place);
});

list.addEventListener("keydown", (event) => {
  if (event.target !== list) return;
  const page = Math.max(1, Math.floor(list.clientHeight / ROW) - 1);
  const at = timeline.current;
  const to = {
    ArrowUp: at - 1, ArrowDown: at + 1, PageUp: at - page, PageDown: at + page, Home: 0, End: timeline.shown.length - 1,
  }[event.key];
  if (to !== undefined) {
    event.preventDefault();
    filters.follow.checked = false;
    move(to, event.shiftKey);
  } else if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    toggle(at);
  }
});

for (const control of [filters.scope, filters.kind]) control.addEventListener("change", refilter);
filters.text.addEventListener("input", refilter);
filters.follow.addEventListener("change", soon);
byId("filters").addEventListener("submit", (event) => event.preventDefault());
new ResizeObserver(() => draw()).observe(list);
