// Panels behind tabs, after the pattern of the ARIA authoring practices.

import { el } from "./dom.js";

/** `panels` are triples of name, label and element; the first is shown. */
export function tabs(id, panels) {
  const select = (index, focus) => {
    buttons.forEach((button, at) => {
      button.setAttribute("aria-selected", String(at === index));
      button.tabIndex = at === index ? 0 : -1;
      panels[at][2].parentElement.hidden = at !== index;
    });
    if (focus) buttons[index].focus();
  };
  const buttons = panels.map(([name, label], index) =>
    el("button", { type: "button", role: "tab", id: `${id}-${name}`, "aria-controls": `${id}-${name}-panel`, on: { click: () => select(index) } }, label),
  );
  const key = (event) => {
    const at = buttons.indexOf(event.target);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    select((to + buttons.length) % buttons.length, true);
    event.preventDefault();
  };
  const element = el(
    "div",
    { class: "tabs" },
    el("div", { class: "tab-list", role: "tablist", on: { keydown: key } }, buttons),
    panels.map(([name, , panel]) => el("div", { class: "tab-panel", role: "tabpanel", id: `${id}-${name}-panel`, "aria-labelledby": `${id}-${name}`, tabindex: 0 }, panel)),
  );
  select(0, false);
  return element;
}
