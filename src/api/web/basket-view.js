// The view of the basket: its order, and lists of it to take along.

import { write } from "./address.js";
import { all, keepAll, toggle } from "./basket.js";
import { thumbnail } from "./card.js";
import { el, fill, icon, iconButton } from "./dom.js";
import { copy } from "./notice.js";
import { basketForm } from "./reels.js";
import { clock, length } from "./time.js";
import { say } from "./words.js";

/** The view of the basket. */
export function showBasket(place, page) {
  document.title = `${say("basket")} – Reeldex`;
  const draw = () => fill(place, view(page, draw));
  draw();
  addEventListener("storage", draw);
  return () => removeEventListener("storage", draw);
}

function view(page, draw) {
  const total = all().reduce((sum, one) => sum + Math.max(0, one.end_millis - one.start_millis), 0);
  const head = el("header", { class: "view-head" }, iconButton("left", say("back"), page.back, { class: "icon-button back-button" }), el("h1", {}, say("basket")));
  if (!all().length) return el("section", { class: "view" }, head, el("div", { class: "state" }, el("div", { class: "state-icon" }, icon("keep")), el("p", {}, say("basket_empty"))));
  const move = (index, by) => {
    const list = [...all()];
    const [one] = list.splice(index, 1);
    list.splice(index + by, 0, one);
    keepAll(list);
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
      iconButton("down", say("move_down", { name: one.name }), () => move(index, 1), { class: "icon-button kept-down", disabled: index === all().length - 1 }),
      iconButton("close", say("remove", { name: one.name }), () => (toggle(one), draw()), { class: "icon-button kept-remove" }),
    );
  return el(
    "section",
    { class: "view" },
    head,
    el(
      "div",
      { class: "view-actions" },
      el("span", { class: "numbers" }, `${say("moments", { count: all().length })} · ${length(total)}`),
      el("span", { class: "spread" }),
      el("button", { type: "button", class: "button", on: { click: () => copy(asText(), say("list_copied")) } }, icon("link"), say("copy_list")),
      el("button", { type: "button", class: "button", on: { click: download } }, icon("download"), "JSON"),
      el("button", { type: "button", class: "button", on: { click: () => (keepAll([]), draw()) } }, icon("close"), say("empty_basket")),
    ),
    el("ol", { class: "kept-list", role: "list" }, all().map(row)),
    el("div", { class: "basket-maker" }, basketForm(page)),
  );
}

const asText = () => all().map((one, index) => [index + 1, one.timecode ?? clock(one.start_millis, true), length(one.end_millis - one.start_millis), one.name, location.origin + write({ moment: one })].join("\t")).join("\n");

function download() {
  const address = URL.createObjectURL(new Blob([JSON.stringify({ moments: all() }, null, 2)], { type: "application/json" }));
  const link = el("a", { href: address, download: "reeldex-basket.json" });
  link.click();
  URL.revokeObjectURL(address);
}
