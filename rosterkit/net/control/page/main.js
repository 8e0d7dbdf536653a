// The inspector: which network and account are looked at, when they are asked for again, and what the buttons do.

import { CallError, call, follow, keepToken, networkPath, part, save } from "./api.js";
import { byId } from "./element.js";
import { fault, loadFaults } from "./lies.js";
import { showFaults, showPeople } from "./people.js";
import { loadDiagram, showRoster } from "./roster.js";
import { add, clear, clearChoice, refilter, timeline } from "./timeline.js";

const PAUSE = 150; // milliseconds between two looks at accounts and rosters, whatever passes
const AGAIN = 1000; // until a stream that ended is asked for again

const place = { network: null, account: null, contact: null, overview: null, pairs: null };
let stream = new AbortController();
let due = null;

const root = () => networkPath(place.network);
const accountPath = (jid) => `${root()}/accounts/${part(jid)}`;

// Messages

function say(sentence) {
  byId("message").textContent = sentence;
  byId("message").hidden = !sentence;
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
  due ??= setTimeout(async () => {
    due = null;
    try {
      await refresh();
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      say(error.message);
    }
  }, PAUSE);
}

async function refresh() {
  const name = place.network;
  if (name === null) return;
  const matching = query({ match: byId("people-filter").value });
  const [overview, active] = await Promise.all([call("GET", `${root()}/overview${matching}`), activeFaults()]);
  if (place.network !== name) return;
  place.overview = overview;
  if (place.account === null && overview.accounts.length) chooseAccount(overview.accounts[0].jid, false);
  place.pairs = await pairs();
  if (place.pairs && !(place.contact in place.pairs.pairs)) place.contact = Object.keys(place.pairs.pairs)[0] ?? null;
  show();
  showFaults(active, (id) => act(() => call("DELETE", `${root()}/faults/${part(id)}`)));
}

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
    chooseAccount(null, true); // it is gone
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
    choose: (jid) => chooseAccount(jid, true),
    cut: (id) => act(() => call("POST", `${root()}/sessions/${part(id)}/cut`)),
  });
  showRoster(place.pairs, place.contact, (jid) => {
    place.contact = jid;
    showRoster(place.pairs, place.contact, () => {});
    look();
  });
}

function chooseAccount(jid, again) {
  if (jid !== place.account) place.contact = null;
  place.account = timeline.account = jid;
  refilter();
  if (again) look();
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

const wanted = () => decodeURIComponent(location.hash.slice(1));

function chooseNetwork(name) {
  if (name === undefined) return;
  Object.assign(place, { network: name, account: null, contact: null });
  location.hash = encodeURIComponent(name);
  clear(name);
  timeline.account = null;
  stream.abort();
  stream = new AbortController();
  run(name, stream.signal);
  look();
}

async function run(name, signal) {
  let since = 0;
  while (!signal.aborted) {
    try {
      since = await first(name, since);
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
      say(error.message);
    }
    if (signal.aborted) return;
    live("not connected", "off");
    await new Promise((resolve) => setTimeout(resolve, AGAIN));
  }
}

// The cursor from which on the stream can be read: what fell out of the journal is not asked for.
async function first(name, since) {
  try {
    const { entries, cursor } = await call("GET", `${networkPath(name)}/journal?limit=1${since ? `&since=${since}` : ""}`);
    live("live", "on");
    if (since > cursor) clear(name); // the network begins anew
    return entries.length ? entries[0].number - 1 : cursor;
  } catch (error) {
    if (error.status !== 410) throw error;
    clear(name);
    return first(name, 0);
  }
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
  if (event.target.matches("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/") {
    event.preventDefault();
    byId("filter-text").focus();
  } else if (event.key === "?") byId("keys").showModal();
  else if (event.key === "Escape") clearChoice();
});

// Networks come and go without an event of their own.
setInterval(() => {
  if (!document.hidden) loadNetworks().catch(() => live("not connected", "off"));
}, 2000);

async function begin() {
  await act(async () => {
    await Promise.all([loadDiagram(), loadFaults(), loadNetworks()]);
  });
}

begin();
