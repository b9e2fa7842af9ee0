// Builds elements. Data only ever becomes text nodes and properties, never markup.

const SVG = "http://www.w3.org/2000/svg";

/** An element with properties and children; `false`, `null` and `undefined` are left out. */
export function el(name, properties = {}, ...children) {
  const element = document.createElement(name);
  set(element, properties);
  append(element, children);
  return element;
}

/** Sets attributes; `on` holds listeners, `data` the data set, `class` and `text` what they say. */
export function set(element, properties) {
  for (const [key, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "on") for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    else if (key === "data") Object.assign(element.dataset, value);
    else if (key === "text") element.textContent = value;
    else if (key === "style") for (const [name, setting] of Object.entries(value)) element.style.setProperty(name, setting);
    else if (/^on/i.test(key)) throw new TypeError(`no handler as an attribute: ${key}`);
    else element.setAttribute(key, value === true ? "" : String(value));
  }
  return element;
}

/** Adds children, lists of them included. */
export function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : String(child));
  }
  return element;
}

/** Puts these children in place of what there is. */
export function fill(element, ...children) {
  element.replaceChildren();
  return append(element, children);
}

// Drawn on a 16 by 16 grid, so that they stay sharp at the size they are used.
const SHAPES = {
  search: "M7 2.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 0 0 0-9z M10.4 10.4l3.6 3.6",
  speech: "M2.5 3h11v7.5h-6l-3 2.8v-2.8h-2z",
  picture: "M2 3.5h12v9H2z M2 11l3.6-3.6 3 3 2-2L14 11.5",
  text: "M3 4.5v-1.5h10v1.5 M8 3v10 M6 13h4",
  tag: "M2.5 2.5h5.2l5.8 5.8-5.2 5.2-5.8-5.8z M5.4 5.4h.01",
  sound: "M3 6v4 M5.5 4v8 M8 2.5v11 M10.5 5v6 M13 6.5v3",
  play: "M4.5 2.8l8.5 5.2-8.5 5.2z",
  pause: "M5 3v10 M11 3v10",
  back: "M10.5 3L5 8l5.5 5 M3.5 3v10",
  forward: "M5.5 3L11 8l-5.5 5 M12.5 3v10",
  keep: "M4 2.5h8v11L8 10.6l-4 2.9z",
  close: "M3.5 3.5l9 9 M12.5 3.5l-9 9",
  left: "M10 3L5 8l5 5",
  up: "M3.5 10L8 5.5l4.5 4.5",
  down: "M3.5 6L8 10.5 12.5 6",
  edit: "M3 13l.6-2.8 7-7 2.2 2.2-7 7z",
  wrong: "M8 2a6 6 0 1 0 0 12a6 6 0 0 0 0-12z M3.8 3.8l8.4 8.4",
  jobs: "M2.5 4h11 M2.5 8h7 M2.5 12h9",
  theme: "M8 2a6 6 0 1 0 0 12z M8 2a6 6 0 0 1 0 12",
  keys: "M1.5 4h13v8h-13z M4 6.6h.01 M6.6 6.6h.01 M9.2 6.6h.01 M12 6.6h.01 M5 9.6h6",
  link: "M6.5 9.5l3-3 M7 4.5l1.6-1.6a2.7 2.7 0 0 1 3.8 3.8L10.8 8.3 M9 11.5l-1.6 1.6a2.7 2.7 0 0 1-3.8-3.8L5.2 7.7",
  download: "M8 2v8 M4.5 7L8 10.5 11.5 7 M2.5 13.5h11",
  clock: "M8 2a6 6 0 1 0 0 12a6 6 0 0 0 0-12z M8 4.5V8l2.4 1.6",
  image: "M2 3.5h12v9H2z M5.5 6.5h.01 M2 11l3.6-3.2 3 2.6 2-1.6L14 11.5",
  video: "M2 4h8.5v8H2z M10.5 7l3.5-2v6l-3.5-2",
  audio: "M3 6v4 M5.5 4v8 M8 2.5v11 M10.5 5v6 M13 6.5v3",
  info: "M8 2a6 6 0 1 0 0 12a6 6 0 0 0 0-12z M8 7.3v3.7 M8 5.1h.01",
  loop: "M4 10.5A4.5 4.5 0 0 1 8 3.5h4 M10 1.5l2 2-2 2 M12 6a4.5 4.5 0 0 1-4 6.5H4 M6 14.5l-2-2 2-2",
  mute: "M2.5 6v4h2.5l3.5 3V3L5 6z M11 6l3 4 M14 6l-3 4",
  volume: "M2.5 6v4h2.5l3.5 3V3L5 6z M11 5.6a3.4 3.4 0 0 1 0 4.8",
  full: "M2.5 6V2.5H6 M10 2.5h3.5V6 M13.5 10v3.5H10 M6 13.5H2.5V10",
  filter: "M2 3.5h12 M4.5 8h7 M6.5 12.5h3",
  plus: "M8 3v10 M3 8h10",
  minus: "M3 8h10",
  undo: "M5.5 3L2.5 6l3 3 M2.5 6h7a4 4 0 0 1 0 8H6",
  redo: "M10.5 3l3 3-3 3 M13.5 6h-7a4 4 0 0 0 0 8H10",
  locked: "M3.5 7.5h9v6h-9z M5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5",
  unlocked: "M3.5 7.5h9v6h-9z M5.5 7.5V5a2.5 2.5 0 0 1 4.8-1",
  reel: "M2 3h12v10H2z M2 5.5h12 M2 10.5h12 M5 3v2.5 M8 3v2.5 M11 3v2.5 M5 10.5V13 M8 10.5V13 M11 10.5V13",
  replace: "M2.5 6h9 M9 3l3 3-3 3 M13.5 10h-9 M7 7l-3 3 3 3",
  refresh: "M13 4v3h-3 M12.7 7A5 5 0 1 0 13 9.4",
  render: "M2.5 3h11v7h-11z M6.7 5v3l2.6-1.5z M5 13h6",
  right: "M6 3l5 5-5 5",
  melt: "M2 3.5h12v9H2z M2 12.5l12-9 M2 3.5l12 9",
};

/** A line drawing; for eyes only, so its control needs a name of its own. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  set(svg, { viewBox: "0 0 16 16", class: `icon icon-${name}`, "aria-hidden": "true", focusable: "false" });
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", SHAPES[name] ?? SHAPES.info);
  svg.append(path);
  return svg;
}

/** A button that shows an icon, with its name for those who don't see it and as a tip. */
export function iconButton(name, label, click, more = {}) {
  return el("button", { type: "button", class: "icon-button", "aria-label": label, title: label, ...more, on: { click, ...more.on } }, icon(name));
}

/** Text whose marked ranges of UTF-8 bytes stand out. */
export function marked({ text, marked: ranges }) {
  const bytes = new TextEncoder().encode(text);
  const decoder = new TextDecoder();
  const parts = [];
  let at = 0;
  for (const [from, to] of ranges) {
    parts.push(decoder.decode(bytes.subarray(at, from)), el("mark", {}, decoder.decode(bytes.subarray(from, to))));
    at = to;
  }
  parts.push(decoder.decode(bytes.subarray(at)));
  return parts;
}
