// Elements made of text: whatever a user of the server wrote can never become markup here.

export const byId = (id) => document.getElementById(id);

// An element with attributes (`class`, `data-...`, `aria-...`, listeners as `onclick`) and children, which are
// elements or texts.
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
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
