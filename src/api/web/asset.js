// The view of an asset: its streams, where it lies, what became of each step, and who said what.

import * as api from "./api.js";
import { thumbnail } from "./card.js";
import { history } from "./corrections.js";
import { el, fill, icon, iconButton } from "./dom.js";
import { problemState } from "./states.js";
import { clock, framesPerSecond, length, size } from "./time.js";
import { languageName, moment, number, say, sayOr } from "./words.js";

/** Fills `place`; gives what ends the view. */
export function showAsset(place, page) {
  const stop = new AbortController();
  const load = async () => {
    const id = page.state.asset;
    try {
      const [asset, { segments }, corrected] = await Promise.all([api.asset(id, stop.signal), api.segments(id, stop.signal), api.corrections(id, stop.signal).catch(() => ({ corrections: [] }))]);
      if (stop.signal.aborted) return;
      document.title = `${asset.name} – Reeldex`;
      fill(place, view(asset, segments, corrected.corrections ?? [], page, load));
    } catch (error) {
      if (error.name !== "AbortError") fill(place, problemState(error, { again: load, back: page.back }));
    }
  };
  fill(place, el("div", { class: "view" }, Array.from({ length: 6 }, () => el("i", { class: "bone" }))));
  load();
  return () => stop.abort();
}

function view(asset, segments, corrected, page, reload) {
  const end = asset.duration_millis ?? 0;
  return el(
    "article",
    { class: "view asset" },
    el(
      "header",
      { class: "view-head" },
      iconButton("left", say("back"), page.back, { class: "icon-button back-button" }),
      el("h1", {}, asset.name),
      el("span", { class: "spread" }),
      el("a", { class: "button primary", href: `/?moment=${asset.asset_id}@0-${end}`, id: "open-asset" }, icon("play"), say("open_asset")),
    ),
    el("div", { class: "asset-top" }, thumbnail(asset.thumbnail, asset.kind, true), facts(asset)),
    table("locations", ["name", "collection", "there"], asset.locations ?? [], (one) => [el("span", { class: "path" }, one.path ?? one.name), one.collection, say(one.is_missing ? "missing" : "present")]),
    table("streams", ["stream", "codec", "language", "detail"], asset.streams ?? [], stream),
    table("steps", ["step", "outcome", "why", "made_with", "took"], asset.steps ?? [], step, "steps"),
    table("provenance", ["maker", "version", "settings", "said"], provenances(segments), (one) => [one.maker, el("span", { class: "version" }, one.version), one.settings, number(one.count)]),
    el("section", { class: "block" }, el("h2", {}, say("corrections")), corrected.length ? history(corrected, reload) : el("p", { class: "panel-none" }, say("no_corrections"))),
  );
}

function facts(asset) {
  const rate = framesPerSecond(asset.frame_rate);
  const pairs = [
    ["kind", sayOr(`kind.${asset.kind}`, asset.kind ?? "–")],
    ["duration", asset.duration_millis ? `${clock(asset.duration_millis, true)} (${length(asset.duration_millis)})` : null],
    ["size", size(asset.size_bytes ?? 0)],
    ["container", asset.container],
    ["frame_rate", rate && asset.kind === "video" ? `${number(Math.round(rate * 1000) / 1000)} /s` : null],
    ["start_timecode", asset.start_timecode],
    ["created", asset.created ? moment(asset.created) : null],
    ["collection", asset.collection],
    ["id", el("code", { class: "id" }, asset.asset_id)],
    ["warnings", (asset.warnings ?? []).join("; ")],
  ];
  return el("dl", { class: "facts" }, pairs.filter(([, value]) => value).map(([key, value]) => el("div", {}, el("dt", {}, say(`fact.${key}`)), el("dd", {}, value))));
}

function table(title, columns, rows, cells, kind = "") {
  if (!rows.length) return null;
  return el(
    "section",
    { class: "block" },
    el("h2", { id: `${title}-title` }, say(`table.${title}`)),
    el(
      "div",
      { class: "table-scroll", role: "region", tabindex: 0, "aria-labelledby": `${title}-title` },
      el(
        "table",
        { class: kind || null, "aria-labelledby": `${title}-title` },
        el("thead", {}, el("tr", {}, columns.map((column) => el("th", { scope: "col" }, say(`column.${column}`))))),
        el("tbody", {}, rows.map((row) => el("tr", {}, cells(row).map((cell) => el("td", {}, cell ?? "–"))))),
      ),
    ),
  );
}

function stream(one) {
  const { video, audio } = one.detail;
  const rate = framesPerSecond(video?.frame_rate);
  const words = video
    ? [`${video.display_width}×${video.display_height}`, rate ? `${number(Math.round(rate * 1000) / 1000)} /s` : "", video.pixel_format]
    : audio
      ? [`${number(audio.sample_rate_hz)} Hz`, say("channels", { count: audio.channels })]
      : [];
  return [String(one.index), one.codec, one.language ? languageName(one.language) : null, words.filter(Boolean).join(", ") || null];
}

function step(one) {
  const mark = { done: "✓", failed: "✗", skipped: "–" }[one.outcome] ?? "";
  return [sayOr(`step.${one.step}`, one.step), el("span", { class: `outcome outcome-${one.outcome}` }, mark, " ", sayOr(`outcome.${one.outcome}`, one.outcome)), [one.reason, one.hint ? el("span", { class: "step-hint" }, one.hint) : null], el("span", { class: "version" }, one.version), one.took_millis ? `${number(one.took_millis)} ms` : null];
}

/** Who said how much, most first. */
function provenances(segments) {
  const found = new Map();
  for (const { assertions } of segments)
    for (const { provenance, kind } of assertions) {
      const key = JSON.stringify([provenance, kind]);
      const one = found.get(key) ?? { ...provenance, maker: `${provenance.maker} · ${sayOr(`assertion.${kind}`, kind)}`, count: 0 };
      one.count += 1;
      found.set(key, one);
    }
  return [...found.values()].sort((a, b) => b.count - a.count);
}
