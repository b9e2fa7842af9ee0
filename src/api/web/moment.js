// The view of a moment: player, timeline, transcript, text and tags, similar moments, downloads.

import * as api from "./api.js";
import { write } from "./address.js";
import * as basket from "./basket.js";
import { momentCard } from "./card.js";
import { TagPanel, correctLine } from "./corrections.js";
import { el, fill, icon, iconButton } from "./dom.js";
import { announce, copy } from "./notice.js";
import { Player } from "./player.js";
import { problemState } from "./states.js";
import { tabs } from "./tabs.js";
import { clock, length, timecode } from "./time.js";
import { Timeline } from "./timeline.js";
import { Transcript } from "./transcript.js";
import { playerKey, transport } from "./transport.js";
import { say } from "./words.js";

/** Fills `place`; gives what ends the view. */
export function showMoment(place, page) {
  const { moment } = page.state;
  const stop = new AbortController();
  let close = () => {};
  fill(place, el("div", { class: "moment moment-waiting" }, el("div", { class: "player bone" })));
  api
    .asset(moment.asset_id, stop.signal)
    .then((asset) => {
      if (!stop.signal.aborted) close = build(place, page, asset, moment, stop.signal);
    })
    .catch((error) => error.name !== "AbortError" && fill(place, problemState(error, { again: () => page.replace({ moment }), back: page.back })));
  return () => {
    stop.abort();
    close();
  };
}

function build(place, page, asset, span, signal) {
  document.title = `${asset.name} – Reeldex`;
  const still = asset.kind === "image";
  const player = still ? null : new Player(asset, span);
  const timeline = still ? null : new Timeline(player, asset, span);
  const reload = () => loadWords(asset, player, transcript, screen, tags, timeline, signal);
  const transcript = new Transcript(player, (cue) => correctLine(asset.asset_id, cue, reload));
  const screen = new ScreenText(player);
  const tags = new TagPanel(asset.asset_id, reload);
  player?.addEventListener("time", () => tags.at(player.time));
  const range = () => player?.range ?? span;
  const code = () => (still ? asset.name : timecode(player.time, asset.frame_rate, asset.start_timecode));
  const kept = { ...span, kind: asset.kind, name: asset.name, collection: asset.collection, thumbnail: asset.thumbnail };
  const keep = () => {
    const { start_millis, end_millis } = range();
    const chosen = { ...kept, asset_id: asset.asset_id, start_millis, end_millis, timecode: still ? null : timecode(start_millis, asset.frame_rate, asset.start_timecode) };
    announce(say(basket.toggle(chosen) ? "kept" : "not_kept"), true);
  };
  const panels = still ? [["tags", tags.element], ["text", screen.element]] : [["transcript", transcript.element], ["text", screen.element], ["tags", tags.element]];
  const similar = el("section", { class: "similar", "aria-labelledby": "similar-title" });
  fill(
    place,
    el(
      "article",
      { class: `moment moment-${asset.kind}` },
      heading(asset, span, page),
      el(
        "div",
        { class: "stage" },
        still ? picture(asset) : player.element,
        still ? null : transport(player, asset),
        timeline?.element,
      ),
      el("aside", { class: "side", "aria-label": say("details") }, actions(asset, player, { range, code, keep, page }), tabs("panels", panels.map(([name, element]) => [name, say(`panel.${name}`), element]))),
      similar,
    ),
  );
  reload();
  if (timeline) api.loudness(asset.asset_id, signal).then((loudness) => timeline.showLoudness(loudness)).catch(() => {});
  loadSimilar(similar, asset, span, page, signal);
  const more = still
    ? {}
    : { b: keep, c: () => copy(code(), say("timecode_copied")), "+": () => timeline.zoom(0.5), "=": () => timeline.zoom(0.5), "-": () => timeline.zoom(2), ShiftArrowLeft: () => transcript.move(-1), ShiftArrowRight: () => transcript.move(1) };
  const key = (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]") || event.target.closest("input, textarea, select, [role=tab], .similar")) return;
    // A focused button is pressed by the space bar, as everywhere.
    if (event.key === " " && event.target.closest("button, a")) return;
    if (still ? event.key === "b" && (keep(), true) : playerKey(event, player, more)) event.preventDefault();
  };
  addEventListener("keydown", key);
  return () => {
    removeEventListener("keydown", key);
    timeline?.close();
    player?.close();
  };
}

function heading(asset, span, page) {
  const where = asset.kind === "image" ? say("kind.image") : `${timecode(span.start_millis, asset.frame_rate, asset.start_timecode)} – ${timecode(span.end_millis, asset.frame_rate, asset.start_timecode)}`;
  return el(
    "header",
    { class: "moment-head" },
    iconButton("left", say("back"), page.back, { class: "icon-button back-button", id: "back" }),
    el("div", {}, el("h1", { title: asset.path ?? asset.name }, asset.name), el("p", { class: "moment-where" }, el("span", { class: "numbers" }, where), span.end_millis > span.start_millis ? el("span", { class: "numbers" }, length(span.end_millis - span.start_millis)) : null, el("span", {}, asset.collection), asset.is_missing ? el("span", { class: "card-missing" }, say("missing")) : null)),
    el("a", { class: "button", href: `/?asset=${asset.asset_id}`, id: "about-asset" }, icon("info"), say("about_asset")),
  );
}

/** A still: the original where the browser shows it, else the picture that was kept of it. */
function picture(asset) {
  const image = el("img", { class: "still", src: api.address.media(asset.asset_id), alt: asset.name });
  image.addEventListener("error", () => asset.thumbnail && image.getAttribute("src") !== asset.thumbnail && (image.src = asset.thumbnail));
  return el("div", { class: "player player-image" }, image);
}

function actions(asset, player, { range, code, keep, page }) {
  const id = asset.asset_id;
  const link = () => {
    const { start_millis, end_millis } = range();
    copy(location.origin + write({ ...page.state, moment: { asset_id: id, start_millis, end_millis } }), say("link_copied"));
  };
  // Addresses are made when they are followed: marks and the playhead move.
  const download = (name, label, href) => {
    const anchor = el("a", { class: "button", id: `download-${name}`, download: "", href: href() }, icon("download"), label);
    const renew = () => (anchor.href = href());
    for (const event of ["pointerdown", "keydown", "focus"]) anchor.addEventListener(event, renew);
    player?.addEventListener("change", renew);
    return anchor;
  };
  const at = () => Math.round(player?.time ?? 0);
  return el(
    "div",
    { class: "actions" },
    el("button", { type: "button", class: "button primary", id: "keep", on: { click: keep } }, icon("keep"), say("keep")),
    el("button", { type: "button", class: "button", id: "copy-link", on: { click: link } }, icon("link"), say("copy_link")),
    player ? el("button", { type: "button", class: "button", id: "copy-timecode", on: { click: () => copy(code(), say("timecode_copied")) } }, icon("clock"), say("copy_timecode")) : null,
    player && asset.kind === "video" ? download("frame", say("frame"), () => api.address.frame(id, at())) : null,
    player ? download("clip", say("clip"), () => api.address.clip(id, range().start_millis, range().end_millis)) : null,
    player ? ["srt", "vtt"].map((form) => download(form, form.toUpperCase(), () => api.address.subtitles(id, form))) : null,
    player ? null : download("original", say("original"), () => api.address.media(id)),
  );
}

async function loadWords(asset, player, transcript, screen, tags, timeline, signal) {
  const id = asset.asset_id;
  const none = { language: null, cues: [] };
  try {
    const [{ segments }, words] = await Promise.all([api.segments(id, signal), player ? api.transcript(id, signal).catch(() => none) : none]);
    transcript.show(words);
    screen.show(segments);
    tags.show(segments, player?.time ?? 0);
    timeline?.show(segments);
  } catch (error) {
    if (error.name !== "AbortError") announce(error.message || say("error"), true);
  }
}

async function loadSimilar(section, asset, span, page, signal) {
  try {
    const middle = Math.round((span.start_millis + span.end_millis) / 2);
    const { moments } = await api.similar(asset.asset_id, middle, signal);
    const others = moments.filter((one) => one.asset_id !== asset.asset_id || one.end_millis <= span.start_millis || one.start_millis >= span.end_millis);
    if (others.length) fill(section, el("h2", { id: "similar-title" }, say("similar")), el("ul", { class: "grid similar-row", role: "list" }, others.slice(0, 8).map((one) => el("li", {}, momentCard(one, page)))));
  } catch {
    // Likeness needs a picture model; without one there is nothing to show.
  }
}

/** Runs of text on screen; a click goes to one. */
class ScreenText {
  element = el("div", { class: "panel-scroll", id: "screen-text" });
  #player;

  constructor(player) {
    this.#player = player;
  }

  show(segments) {
    const runs = segments.filter((segment) => segment.channel === "screen_text");
    const row = ({ start_millis, assertions }) =>
      el("li", { class: "cue" }, el("button", { type: "button", class: "cue-line", on: { click: () => this.#player?.seek(start_millis) } }, el("span", { class: "cue-time" }, clock(start_millis)), " ", el("span", { class: "cue-text" }, assertions.map((one) => one.value).join(" "))));
    fill(this.element, runs.length ? el("ol", { role: "list" }, runs.map(row)) : el("p", { class: "panel-none" }, say("no_screen_text")));
  }
}
