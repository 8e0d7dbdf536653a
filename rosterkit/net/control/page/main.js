// The inspector: which network and account are looked at, when they are asked for again, and what the buttons do.

import { CallError, call, follow, keepToken, networkPath, part, save } from "./api.js";
import { byId } from "./element.js";
import { fault, loadFaults } from "./lies.js";
import { showFaults, showPeople } from "./people.js";
import { loadDiagram, showRoster } from "./roster.js";
import { add, clear, clearChoice, MOST, refilter, timeline } from "./timeline.js";

const PAUSE = 150; // milliseconds between two looks at accounts and rosters, whatever passes
const AGAIN = 1000; // until a stream that ended is asked for again

const NOTHING = { accounts: [], count: 0, connections: [], domains: [] };

const place = { network: null, account: null, contact: null, overview: NOTHING, pairs: null };
let stream = new AbortController();
let due = null;
let looking = false; // one look at a time, however slow the server is
let again = false;
let inTrouble = false; // whether the message is one that is over as soon as the server answers again

const root = () => networkPath(place.network);
const accountPath = (jid) => `${root()}/accounts/${part(jid)}`;

// Messages

function say(sentence) {
  byId("message").textContent = sentence;
  byId("message").hidden = !sentence;
  inTrouble = false;
}

function trouble(sentence) {
  say(sentence);
  inTrouble = true;
}

function fine() {
  if (inTrouble) say("");
}

function live(text, kind) {
  byId("live").textContent = text;
  byId("live").className = kind;
}

// Do something that a button asks for; what is refused is said, and everything is looked at again.
async function act(what) {
  try {
    await what();
    say("");
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    if (error.status === 401) askForToken();
    say(error.message);
  }
  look();
}

function askForToken() {
  if (!byId("token").open) byId("token").showModal();
}

// Looking

function look() {
  if (looking) again = true;
  else due ??= setTimeout(lookOnce, PAUSE);
}

async function lookOnce() {
  [due, looking] = [null, true];
  try {
    await refresh();
    fine();
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    trouble(error.message);
  } finally {
    looking = false;
    if (again) {
      again = false;
      look();
    }
  }
}

async function refresh() {
  const name = place.network;
  if (name === null) return;
  const matching = query({ match: byId("people-filter").value });
  const [overview, active] = await Promise.all([call("GET", `${root()}/overview${matching}`), activeFaults()]);
  if (place.network !== name) return;
  place.overview = overview;
  if (place.account === null && overview.accounts.length) chooseAccount(overview.accounts[0].jid);
  showActive(active);
  const account = place.account;
  const found = await pairs();
  if (place.network !== name || place.account !== account) return; // another look has been asked for
  place.pairs = found;
  if (found && !Object.hasOwn(found.pairs, place.contact)) place.contact = Object.keys(found.pairs)[0] ?? null;
  show();
}

const showActive = (active) => showFaults(active, (id) => act(() => call("DELETE", `${root()}/faults/${part(id)}`)));

// What is wanted, as the end of a path; what is empty is not asked for.
function query(wanted) {
  const given = Object.entries(wanted).filter(([, value]) => value);
  return given.length ? `?${new URLSearchParams(given)}` : "";
}

async function pairs() {
  if (place.account === null) return null;
  try {
    const wanted = { match: byId("roster-filter").value, contact: place.contact };
    return await call("GET", `${accountPath(place.account)}/pairs${query(wanted)}`);
  } catch (error) {
    if (error.status !== 404) throw error;
    chooseAccount(null); // it is gone
    return null;
  }
}

async function activeFaults() {
  try {
    return (await call("GET", `${root()}/faults`)).faults;
  } catch (error) {
    if (error.status === 409) return []; // a network without a journal has none
    throw error;
  }
}

function show() {
  showPeople(place.overview, place.account, {
    choose: chooseAccount,
    cut: (id) => act(() => call("POST", `${root()}/sessions/${part(id)}/cut`)),
  });
  showRoster(place.pairs, place.contact, (jid) => {
    place.contact = jid;
    show();
    look();
  });
}

function chooseAccount(jid) {
  if (jid !== place.account) Object.assign(place, { contact: null, pairs: null });
  place.account = timeline.account = jid;
  refilter();
  show();
  look();
}

// Networks and their streams

async function loadNetworks() {
  const { networks: names } = await call("GET", "/v1");
  const select = byId("network");
  if (names.join("\n") !== [...select.options].map((one) => one.value).join("\n")) {
    select.replaceChildren(...names.map((name) => new Option(name, name)));
  }
  if (!names.includes(place.network)) chooseNetwork(names.includes(wanted()) ? wanted() : names[0]);
  select.value = place.network;
}

function wanted() {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return ""; // whoever wrote that link meant no network
  }
}

function chooseNetwork(name) {
  if (name === undefined) return;
  Object.assign(place, { network: name, account: null, contact: null, overview: NOTHING, pairs: null });
  location.hash = encodeURIComponent(name);
  clear(name);
  timeline.account = null;
  fine();
  show();
  showActive([]);
  stream.abort();
  stream = new AbortController();
  run(name, stream.signal);
  look();
}

async function run(name, signal) {
  let since = 0;
  let beginning = null;
  while (!signal.aborted) {
    try {
      const now = await call("GET", `${networkPath(name)}/overview?limit=0`, undefined, signal);
      since = await first(name, now.beginning === beginning ? since : -1, signal);
      beginning = now.beginning;
      await follow(`${networkPath(name)}/events?since=${since}`, signal, (entries) => {
        live("live", "on");
        since = entries.at(-1).number;
        add(entries);
        look();
      }, (sentence) => say(sentence));
    } catch (error) {
      if (signal.aborted) return;
      if (error.status === 401) askForToken();
      if (error.status === 409) {
        live("no journal here", "");
        return;
      }
      trouble(error.message);
    }
    if (signal.aborted) return;
    live("not connected", "off");
    await new Promise((resolve) => setTimeout(resolve, AGAIN));
  }
}

// The number after which the stream is read: no more than the page keeps, and nothing that fell out of the journal.
// `since` is the newest entry that the page has, -1 where those are of another network of that name, or of none.
async function first(name, since, signal) {
  const path = `${networkPath(name)}/journal`;
  const { entries: [oldest], cursor: begun } = await call("GET", `${path}?limit=1`, undefined, signal);
  const { cursor } = await call("GET", `${path}?limit=0`, undefined, signal);
  live("live", "on");
  fine();
  const from = Math.max(oldest ? oldest.number - 1 : begun, cursor - MOST);
  if (since >= from && since <= cursor) return since;
  clear(name); // it begins anew, or there is a gap
  return from;
}

// Buttons

const subscription = (type) => () =>
  call("POST", `${accountPath(place.account)}/subscription`, { contact: place.contact, type });

const entryPath = () => `${accountPath(place.account)}/roster/${part(place.contact)}`;

function pushAgain() {
  const { name, groups, subscription, ask, approved } = place.pairs.pairs[place.contact];
  const item = { jid: place.contact, subscription, ask, approved, groups, ...(name === null ? {} : { name }) };
  return call("POST", `${accountPath(place.account)}/push`, { item, ver: place.pairs.ver });
}

const acts = {
  subscribe: subscription("subscribe"),
  subscribed: subscription("subscribed"),
  unsubscribe: subscription("unsubscribe"),
  unsubscribed: subscription("unsubscribed"),
  push: pushAgain,
  remove: () => call("DELETE", entryPath()),
};

byId("pair-buttons").addEventListener("click", (event) => {
  const what = acts[event.target.dataset.act];
  if (what) act(what);
});

const onSubmit = (form, what) => byId(form).addEventListener("submit", (event) => {
  event.preventDefault();
  act(what);
});

onSubmit("rename", () => call("PATCH", entryPath(), { name: byId("rename-name").value }));
onSubmit("lie", () => call("POST", `${root()}/faults`, fault(place.account)));
onSubmit("add", async () => {
  const jid = byId("add-jid").value.trim();
  const name = byId("add-name").value;
  await call("PUT", `${accountPath(place.account)}/roster/${part(jid)}`, name ? { name } : {});
  place.contact = jid;
  byId("add").reset();
});

function exportAs(form, name) {
  const query = new URLSearchParams({ form });
  if (timeline.chosen) {
    query.set("since", timeline.chosen[0] - 1);
    query.set("until", timeline.chosen[1]);
  }
  if (byId("filter-scope").value === "account" && place.account) query.set("account", place.account);
  act(() => save(`${root()}/scenario?${query}`, name));
}

byId("export-scenario").addEventListener("click", () => exportAs("scenario", "scenario.json"));
byId("export-pytest").addEventListener("click", () => exportAs("pytest", "test_scenario.py"));
byId("clear-selection").addEventListener("click", clearChoice);
byId("export").addEventListener("submit", (event) => event.preventDefault());
byId("network").addEventListener("change", (event) => chooseNetwork(event.target.value));
byId("people-filter").addEventListener("input", look);
byId("roster-filter").addEventListener("input", look);
byId("keys-button").addEventListener("click", () => byId("keys").showModal());
byId("token").addEventListener("close", () => {
  keepToken(byId("token-value").value.trim());
  begin();
});

document.addEventListener("keydown", (event) => {
  if (document.querySelector("dialog[open]")) return; // which has keys of its own
  if (event.target.matches("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/") {
    event.preventDefault();
    byId("filter-text").focus();
  } else if (event.key === "?") byId("keys").showModal();
  else if (event.key === "Escape") clearChoice();
});

// Networks come and go without an event of their own, and so does whatever a network without a journal has.
setInterval(() => {
  if (document.hidden) return;
  loadNetworks().catch(() => live("not connected", "off"));
  look();
}, 2000);

async function begin() {
  await act(async () => {
    await Promise.all([loadDiagram(), loadFaults(), loadNetworks()]);
  });
}

begin();
