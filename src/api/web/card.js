// One moment as a card: picture, span, strength, reason; moving over it scrubs through the asset.

import * as api from "./api.js";
import { write } from "./address.js";
import * as basket from "./basket.js";
import { el, icon, iconButton, marked } from "./dom.js";
import { clock, length } from "./time.js";
import { say, sayOr } from "./words.js";

const SHAPE_OF_SOURCE = { speech_words: "speech", screen_words: "text", metadata_words: "tag", picture: "picture", passage: "speech" };

/** Three bars, filled by strength; the word goes with it, so that colour is never alone. */
export function strengthMark(strength) {
  return el("span", { class: `strength strength-${strength}` }, el("span", { class: "bars", "aria-hidden": "true" }, el("i"), el("i"), el("i")), say(`strength.${strength}`));
}

/** A picture in a box of fixed shape, so that nothing moves when it arrives. */
export function thumbnail(address, kind, eager = false) {
  const box = el("span", { class: `thumb thumb-${kind ?? "none"}` });
  if (!address) return box.append(icon(kind ?? "image")), box;
  const picture = el("img", { src: address, alt: "", loading: eager ? "eager" : "lazy", decoding: "async", draggable: "false" });
  picture.addEventListener("error", () => picture.replaceWith(icon(kind ?? "image")));
  box.append(picture);
  return box;
}

/** The card of a moment; `ordinal` counts from 0, and the first ones load their pictures at once. */
export function momentCard(moment, page, tabIndex = 0, ordinal = 0) {
  const still = moment.kind === "image" || moment.end_millis <= moment.start_millis;
  const box = thumbnail(moment.thumbnail, moment.kind, ordinal < 12);
  box.append(
    el("span", { class: "thumb-kind" }, icon(moment.kind ?? "image")),
    still ? "" : el("span", { class: "thumb-length" }, length(moment.end_millis - moment.start_millis)),
    moment.stands_for > 1 ? el("span", { class: "thumb-copies", title: say("stands_for", { count: moment.stands_for }) }, `×${moment.stands_for}`) : "",
  );
  if (moment.kind === "video") scrub(box, moment);
  const place = still ? say("still") : (moment.timecode ?? clock(moment.start_millis, true));
  const { asset_id, start_millis, end_millis } = moment;
  const link = el(
    "a",
    { class: "card-link", href: write({ ...page.state, asset: null, view: null, moment: { asset_id, start_millis, end_millis } }), tabindex: tabIndex },
    box,
    el("span", { class: "card-line" }, el("span", { class: "card-time" }, place), moment.strength ? strengthMark(moment.strength) : null),
    el("span", { class: "card-name", title: moment.path ?? moment.name }, moment.name),
    reason(moment),
    moment.is_missing ? el("span", { class: "card-missing" }, say("missing")) : null,
  );
  return el("article", { class: "card", data: { asset: asset_id } }, link, keepButton(moment, tabIndex));
}

function keepButton(moment, tabIndex) {
  const kept = () => basket.has(moment);
  const button = iconButton("keep", "", () => show(basket.toggle(moment)), { class: "icon-button card-keep", tabindex: tabIndex < 0 ? -1 : null });
  const show = (is) => {
    button.setAttribute("aria-pressed", String(is));
    button.setAttribute("aria-label", say("keep_this", { name: moment.name }));
    button.title = say(is ? "kept" : "keep");
  };
  show(kept());
  return button;
}

function reason(moment) {
  const evidence = moment.evidence?.[0];
  const shape = SHAPE_OF_SOURCE[evidence?.source] ?? "search";
  const others = new Set((moment.evidence ?? []).map((one) => one.source));
  others.delete(evidence?.source);
  const text = evidence?.snippet ? marked(evidence.snippet) : (moment.reason ?? "");
  return el(
    "span",
    { class: "card-reason" },
    el("span", { class: "card-source", title: sayOr(`source.${evidence?.source}`, "") }, icon(shape)),
    el("span", { class: "card-text" }, evidence?.snippet ? el("span", { class: "hidden" }, `${sayOr(`source.${evidence.source}`, "")}: `) : null, text),
    [...others].slice(0, 3).map((source) => el("span", { class: "card-also", title: sayOr(`source.${source}`, source) }, icon(SHAPE_OF_SOURCE[source] ?? "search"))),
  );
}

/** Shows the storyboard's tile under the pointer. */
function scrub(box, moment) {
  let board = null;
  const tile = el("span", { class: "scrub", hidden: true });
  const line = el("span", { class: "scrub-line", hidden: true });
  box.append(tile, line);
  box.addEventListener("pointerenter", async (event) => {
    if (event.pointerType !== "touch") board ??= await api.storyboard(moment.asset_id);
  });
  box.addEventListener("pointermove", (event) => {
    if (!board?.tiles?.length || event.pointerType === "touch") return;
    const { left, width, height } = box.getBoundingClientRect();
    const share = Math.min(0.999, Math.max(0, (event.clientX - left) / width));
    // Each tile stands at the beginning of its part of the asset.
    const last = board.tiles.at(-1);
    const total = last + (last - board.tiles[0]) / Math.max(1, board.tiles.length - 1);
    const index = nearest(board.tiles, share * total);
    // The tile is scaled to the box, by the side that fills it less.
    const scale = Math.min(width / board.tile_width, height / board.tile_height);
    tile.hidden = line.hidden = false;
    tile.style.width = `${board.tile_width * scale}px`;
    tile.style.height = `${board.tile_height * scale}px`;
    tile.style.backgroundImage = `url("${api.address.storyboard(moment.asset_id)}")`;
    tile.style.backgroundSize = `${board.columns * board.tile_width * scale}px ${board.rows * board.tile_height * scale}px`;
    tile.style.backgroundPosition = `${-(index % board.columns) * board.tile_width * scale}px ${-Math.floor(index / board.columns) * board.tile_height * scale}px`;
    line.style.left = `${share * 100}%`;
    line.dataset.time = clock(share * total);
  });
  box.addEventListener("pointerleave", () => (tile.hidden = line.hidden = true));
}

function nearest(times, wanted) {
  let best = 0;
  for (let index = 1; index < times.length; index += 1) if (Math.abs(times[index] - wanted) <= Math.abs(times[best] - wanted)) best = index;
  return best;
}
