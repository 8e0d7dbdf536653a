// Stanzas as they are shown: in one line, and indented.  Only texts come out.

const NAMES = new Map([
  ["jabber:iq:roster", "roster"], ["urn:xmpp:ping", "ping"], ["urn:ietf:params:xml:ns:xmpp-bind", "bind"],
  ["urn:ietf:params:xml:ns:xmpp-session", "session"], ["jabber:iq:version", "version"],
  ["jabber:iq:register", "register"], ["urn:xmpp:blocking", "blocking"],
  ["http://jabber.org/protocol/disco#info", "disco"], ["http://jabber.org/protocol/disco#items", "disco"],
]);
const LONGEST = 240;
const MOST = 100_000; // characters of one stanza that are looked at; more would hold the whole page up

// The element of a stanza, or null where it is not one whole element.
export function parse(xml) {
  if (xml.length > MOST) return null;
  const wrapped = `<r xmlns="jabber:client" xmlns:stream="http://etherx.jabber.org/streams">${xml}</r>`;
  const root = new DOMParser().parseFromString(wrapped, "text/xml").documentElement;
  if (root.localName !== "r" || root.getElementsByTagName("parsererror").length) return null;
  return root.childElementCount === 1 ? root.firstElementChild : null;
}

const short = (text) => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);

const entry = (item) => {
  const said = [item.getAttribute("jid") ?? "no jid", item.getAttribute("subscription") ?? ""];
  if (item.getAttribute("ask")) said.push("asked");
  if (item.hasAttribute("name")) said.push(JSON.stringify(item.getAttribute("name")));
  return said.filter(Boolean).join(" ");
};

const ofRoster = (query, kind, out) => {
  const items = [...query.children].filter((child) => child.localName === "item");
  const version = query.hasAttribute("ver") ? ` ver ${JSON.stringify(query.getAttribute("ver"))}` : "";
  if (kind === "get") return `roster get${version}`;
  if (kind === "set") return `${out ? "push" : "roster set"} ${items.map(entry).join(", ") || "without an item"}`;
  const few = items.length > 3 ? `${items.length} entries` : items.map(entry).join(", ") || "no entries";
  return `roster: ${few}${version}`;
};

const ofIq = (iq, out) => {
  const kind = iq.getAttribute("type") ?? "";
  const payload = iq.firstElementChild;
  const id = iq.getAttribute("id") ?? "";
  if (kind === "error") {
    const condition = [...iq.getElementsByTagName("error")].at(-1)?.firstElementChild?.localName ?? "";
    return `error ${condition} (${id})`;
  }
  if (payload && payload.namespaceURI === "jabber:iq:roster") return ofRoster(payload, kind, out);
  if (!payload) return `${kind} (${id})`;
  return `${NAMES.get(payload.namespaceURI) ?? payload.localName} ${kind} (${id})`;
};

const text = (parent, name) => [...parent.children].find((child) => child.localName === name)?.textContent;

const ofPresence = (presence, out) => {
  const kind = presence.getAttribute("type") ?? "available";
  const other = presence.getAttribute(out ? "from" : "to");
  const more = [text(presence, "show"), text(presence, "status")].filter(Boolean).join(": ");
  return [`presence ${kind}`, other ? `${out ? "from" : "to"} ${other}` : "", more].filter(Boolean).join(" ");
};

const ofMessage = (message, out) => {
  const other = message.getAttribute(out ? "from" : "to") ?? "";
  return `message ${out ? "from" : "to"} ${other}: ${text(message, "body") ?? ""}`;
};

const ofStream = (xml) => {
  if (xml.startsWith("</") || xml.startsWith("<close ")) return "end of the stream";
  const names = [...xml.slice(0, MOST).matchAll(/<([A-Za-z][\w:.-]*)/g)].map((found) => found[1].replace("stream:", ""));
  return names.slice(0, 4).join(", ") || "…";
};

// One line that says what passed.
export function line(item) {
  if (item.direction === "note") return short(item.text);
  if (item.kind === "stream") return ofStream(item.xml);
  const element = parse(item.xml);
  const out = item.direction === "out";
  if (!element) return short(item.xml);
  const say = { iq: ofIq, presence: ofPresence, message: ofMessage }[element.localName];
  return short(say ? say(element, out) : item.xml);
}

// The stanza with each element on a line of its own, where that changes no text that matters.
export function pretty(xml) {
  if (xml.length > MOST) return `${xml.slice(0, MOST)}… and ${xml.length - MOST} characters more`;
  const element = parse(xml);
  if (!element) return xml;
  return indented(element, "");
}

const escaped = (value) => value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

function indented(element, indent) {
  const attributes = [...element.attributes].map((one) => ` ${one.name}="${escaped(one.value)}"`);
  const start = `${indent}<${element.nodeName}${attributes.join("")}`;
  if (!element.childNodes.length) return `${start}/>`;
  if (!element.childElementCount) return `${start}>${escaped(element.textContent)}</${element.nodeName}>`;
  const children = [...element.childNodes].map((child) =>
    child.nodeType === Node.ELEMENT_NODE ? indented(child, `${indent}  `) : loose(child.nodeValue ?? "", indent));
  return `${start}>\n${children.filter(Boolean).join("\n")}\n${indent}</${element.nodeName}>`;
}

const loose = (value, indent) => (value.trim() ? `${indent}  ${escaped(value.trim())}` : "");
