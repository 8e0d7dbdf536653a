// Elements made of text: whatever a user of the server wrote can never become markup here, nor hide what it is.

export const byId = (id) => document.getElementById(id);

// What nobody sees, or what turns the text beside it around; U+FE0F stays, as it stands in many an emoji.
const HIDDEN = /(?![ \n\ufe0f])[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]/gu;
const MOST_NAMED = 500; // each is an element; a stanza may hold a hundred thousand

const named = (one) => {
  const element = document.createElement("b");
  element.className = "char";
  element.textContent = `U+${one.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
  return element;
};

// A text as nodes, what is hidden in it named by its number: U+202E.
function visible(text) {
  const nodes = [];
  let from = 0;
  for (const found of text.matchAll(HIDDEN)) {
    if (nodes.length >= 2 * MOST_NAMED) break;
    nodes.push(text.slice(from, found.index), named(found[0]));
    from = found.index + found[0].length;
  }
  return [...nodes, text.slice(from).replaceAll(HIDDEN, "\u25af")];
}

// Let an element hold a text and nothing else.
export const say = (element, text) => element.replaceChildren(...visible(text));

// An element with attributes (`class`, `data-...`, `aria-...`, listeners as `onclick`) and children, which are
// elements or texts.
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  for (const child of children) {
    if (typeof child === "string") element.append(...visible(child));
    else if (child !== null && child !== undefined) element.append(child);
  }
  return element;
}

// Let the children of `parent` be these, in this order.  One that stays where it is is not touched: the focus in it, a
// text that is selected in it and a click on it that has begun outlive whatever happens beside it.
export function arrange(parent, children) {
  const wanted = new Set(children);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  let next = parent.firstElementChild;
  for (const child of children) {
    if (child === next) next = next.nextElementSibling;
    else parent.insertBefore(child, next);
  }
}

const known = new WeakMap(); // of each parent, by key, what was shown and the element that shows it

// Let `parent` show `all`, each [key, what, build]: only where `what` is not what it was under this key its element is
// built anew, by `build(what)`.  A button in it that had the focus has it afterwards.
export function renew(parent, all) {
  const before = known.get(parent) ?? new Map();
  const after = new Map();
  let focus = null;
  for (const [key, what, build] of all) {
    const seen = JSON.stringify(what);
    const old = before.get(key);
    if (old?.seen === seen) {
      after.set(key, old);
      continue;
    }
    const element = build(what);
    after.set(key, { seen, element });
    if (old?.element.contains(document.activeElement)) {
      const at = [...old.element.querySelectorAll("button")].indexOf(document.activeElement);
      focus = element.querySelectorAll("button")[at] ?? element.querySelector("button");
    }
  }
  known.set(parent, after);
  arrange(parent, [...after.values()].map(({ element }) => element));
  focus?.focus({ preventScroll: true });
}

// Let Up, Down, Home and End move the focus among the elements of `list` that `selector` finds; one of them can be
// reached by Tab.
export function arrows(list, selector) {
  list.addEventListener("keydown", (event) => {
    const all = [...list.querySelectorAll(selector)];
    const at = all.indexOf(document.activeElement);
    const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: all.length - 1 }[event.key];
    if (at < 0 || to === undefined || !all[to]) return;
    event.preventDefault();
    all[to].focus();
  });
}
