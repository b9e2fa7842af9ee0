// The basket: moments that a curator keeps, in this browser; lists of them to take along.

import { el, fill, icon, iconButton } from "./dom.js";
import { write } from "./address.js";
import { thumbnail } from "./card.js";
import { announce, copy } from "./notice.js";
import { clock, length } from "./time.js";
import { say } from "./words.js";

const PLACE = "reeldex.basket";
let moments = read();

function read() {
  try {
    const list = JSON.parse(localStorage.getItem(PLACE) ?? "[]");
    return Array.isArray(list) ? list.filter((one) => /^[0-9a-f]{64}$/.test(one?.asset_id ?? "")) : [];
  } catch {
    return [];
  }
}

function change(list) {
  moments = list;
  try {
    localStorage.setItem(PLACE, JSON.stringify(list));
  } catch {
    announce(say("basket_not_kept"), true);
  }
  dispatchEvent(new Event("basketchange"));
}

// Another window of this browser may keep moments too.
addEventListener("storage", (event) => {
  if (event.key !== PLACE) return;
  moments = read();
  dispatchEvent(new Event("basketchange"));
});

const same = (a, b) => a.asset_id === b.asset_id && a.start_millis === b.start_millis && a.end_millis === b.end_millis;

export const all = () => moments;
export const has = (moment) => moments.some((one) => same(one, moment));

/** Keeps a moment, or lets go of it; gives whether it is kept now. */
export function toggle(moment) {
  const kept = has(moment);
  const { asset_id, kind, name, collection, start_millis, end_millis, timecode, thumbnail: picture } = moment;
  change(kept ? moments.filter((one) => !same(one, moment)) : [...moments, { asset_id, kind, name, collection, start_millis, end_millis, timecode: timecode ?? null, thumbnail: picture ?? null }]);
  return !kept;
}

/** The view of the basket. */
export function showBasket(place, page) {
  document.title = `${say("basket")} – Reeldex`;
  const draw = () => fill(place, view(page, draw));
  draw();
  addEventListener("storage", draw);
  return () => removeEventListener("storage", draw);
}

function view(page, draw) {
  const total = moments.reduce((sum, one) => sum + Math.max(0, one.end_millis - one.start_millis), 0);
  const head = el("header", { class: "view-head" }, iconButton("left", say("back"), page.back, { class: "icon-button back-button" }), el("h1", {}, say("basket")));
  if (!moments.length) return el("section", { class: "view" }, head, el("div", { class: "state" }, el("div", { class: "state-icon" }, icon("keep")), el("p", {}, say("basket_empty"))));
  const move = (index, by) => {
    const list = [...moments];
    const [one] = list.splice(index, 1);
    list.splice(index + by, 0, one);
    change(list);
    draw();
    document.querySelectorAll(".kept")[index + by]?.querySelector(by < 0 ? ".kept-up" : ".kept-down").focus();
  };
  const row = (one, index) =>
    el(
      "li",
      { class: "kept" },
      el("span", { class: "kept-number numbers" }, String(index + 1)),
      el("a", { class: "kept-link", href: write({ ...page.state, view: null, moment: one }) }, thumbnail(one.thumbnail, one.kind), el("span", { class: "kept-words" }, el("span", { class: "card-name" }, one.name), el("span", { class: "numbers" }, one.kind === "image" ? say("kind.image") : `${one.timecode ?? clock(one.start_millis, true)} · ${length(one.end_millis - one.start_millis)}`))),
      iconButton("up", say("move_up", { name: one.name }), () => move(index, -1), { class: "icon-button kept-up", disabled: index === 0 }),
      iconButton("down", say("move_down", { name: one.name }), () => move(index, 1), { class: "icon-button kept-down", disabled: index === moments.length - 1 }),
      iconButton("close", say("remove", { name: one.name }), () => (toggle(one), draw()), { class: "icon-button kept-remove" }),
    );
  return el(
    "section",
    { class: "view" },
    head,
    el(
      "div",
      { class: "view-actions" },
      el("span", { class: "numbers" }, `${say("moments", { count: moments.length })} · ${length(total)}`),
      el("span", { class: "spread" }),
      el("button", { type: "button", class: "button", on: { click: () => copy(asText(), say("list_copied")) } }, icon("link"), say("copy_list")),
      el("button", { type: "button", class: "button", on: { click: download } }, icon("download"), "JSON"),
      el("button", { type: "button", class: "button", on: { click: () => (change([]), draw()) } }, icon("close"), say("empty_basket")),
    ),
    el("ol", { class: "kept-list", role: "list" }, moments.map(row)),
  );
}

const asText = () => moments.map((one, index) => [index + 1, one.timecode ?? clock(one.start_millis, true), length(one.end_millis - one.start_millis), one.name, location.origin + write({ moment: one })].join("\t")).join("\n");

function download() {
  const address = URL.createObjectURL(new Blob([JSON.stringify({ moments }, null, 2)], { type: "application/json" }));
  const link = el("a", { href: address, download: "reeldex-basket.json" });
  link.click();
  URL.revokeObjectURL(address);
}
