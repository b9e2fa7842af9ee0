// The view of the reels: those there are, and the two ways to a new one, out of a wish or of the basket.

import * as api from "./api.js";
import { write } from "./address.js";
import * as basket from "./basket.js";
import { thumbnail } from "./card.js";
import { confirm } from "./confirm.js";
import { el, fill, iconButton } from "./dom.js";
import { announce } from "./notice.js";
import { labelled, maker } from "./reel-maker.js";
import { wishForm } from "./reel-wish.js";
import { problemState, told } from "./states.js";
import { length } from "./time.js";
import { moment, say } from "./words.js";

const STILL_MILLIS = 3000;

/** Fills `place`; gives what ends the view. */
export function showReels(place, page) {
  document.title = `${say("reels")} – Reeldex`;
  const stop = new AbortController();
  const list = el("div", { class: "reel-list-place", "aria-busy": "true" }, Array.from({ length: 3 }, () => el("i", { class: "bone" })));
  const load = async () => {
    try {
      const { reels } = await api.reels(stop.signal);
      fill(list, reels.length ? el("ul", { class: "reel-list", role: "list" }, reels.map((one) => row(one, load))) : el("p", { class: "panel-none" }, say("no_reels")));
    } catch (error) {
      if (error.name !== "AbortError") fill(list, problemState(error, { again: load }));
    }
    list.setAttribute("aria-busy", "false");
  };
  fill(
    place,
    el(
      "section",
      { class: "view" },
      el("header", { class: "view-head" }, iconButton("left", say("back"), page.back, { class: "icon-button back-button" }), el("h1", {}, say("reels"))),
      el("div", { class: "reel-makers" }, wishForm(page), basketForm(page)),
      el("h2", { class: "reel-list-title" }, say("reels_here")),
      list,
    ),
  );
  load();
  return () => stop.abort();
}

function row(reel, reload) {
  const remove = async () => {
    if (!(await confirm(say("remove_reel_title", { name: reel.title }), say("remove_reel_lead"), say("remove_reel")))) return;
    try {
      await api.removeReel(reel);
      announce(say("reel_removed", { name: reel.title }), true);
    } catch (error) {
      announce(told(error), true);
    }
    await reload();
    document.querySelector(".reel-row a, .reel-makers input")?.focus();
  };
  const words = reel.problem ? el("span", { class: "card-missing" }, reel.problem) : el("span", { class: "numbers" }, say("picks", { count: reel.picks }), " · ", length(reel.duration_millis), reel.changed ? ` · ${moment(reel.changed)}` : "");
  return el(
    "li",
    { class: "kept reel-row" },
    el(reel.problem ? "span" : "a", { class: "kept-link", href: reel.problem ? null : write({ view: "reels", reel: reel.name }) }, thumbnail(reel.thumbnail, "video"), el("span", { class: "kept-words" }, el("span", { class: "card-name" }, reel.title), words)),
    iconButton("close", say("remove", { name: reel.title }), remove, { class: "icon-button reel-remove" }),
  );
}

/** What a reel of the basket is asked for with. */
export function basketFields(title) {
  // A still has no length of its own.
  const given = basket.all().map(({ asset_id, kind, start_millis, end_millis }) => (kind === "image" ? { asset_id, start_millis: 0, end_millis: STILL_MILLIS } : { asset_id, start_millis, end_millis: Math.max(end_millis, start_millis + 1) }));
  return { title: title.trim() || say("reel_of_basket_title"), given, order: "given" };
}

/** The form that makes a reel of the basket. */
export function basketForm(page) {
  const count = basket.all().length;
  if (!count) return el("section", { class: "reel-maker" }, el("h2", {}, say("reel_of_basket")), el("p", { class: "reel-maker-none" }, say("basket_empty")));
  const total = basket.all().reduce((sum, one) => sum + Math.max(0, one.end_millis - one.start_millis), 0);
  const title = el("input", { type: "text", id: "basket-title", name: "title", autocomplete: "off", maxlength: 200, placeholder: say("reel_of_basket_title") });
  return maker(
    page,
    "of-basket",
    say("reel_of_basket"),
    el("div", { class: "reel-fields" }, labelled("basket-title", say("reel_title"), title, true), el("p", { class: "reel-maker-none numbers wide" }, `${say("moments", { count })} · ${length(total)}`)),
    say("make_reel"),
    () => basketFields(title.value),
  );
}
