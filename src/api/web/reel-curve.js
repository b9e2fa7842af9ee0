// How exciting a source is over a stretch of it: a curve for the eyes, its figures in words for all.

import * as api from "./api.js";
import { el } from "./dom.js";
import { clock, millisOf } from "./time.js";
import { number, say, sayOr } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 100;
// More points than a screen has are not drawn.
const MOST_POINTS = 400;

const known = new Map();

/** An asset's curve, asked for once; `null` where it has none. */
export function curveOf(id) {
  if (!known.has(id)) known.set(id, api.excitement(id).catch(() => null));
  return known.get(id);
}

/** A share as a percentage. */
export const percent = (share) => `${number(Math.round(share * 100))} %`;

export class Curve {
  element = document.createElementNS(SVG, "svg");
  #area = document.createElementNS(SVG, "path");
  #line = document.createElementNS(SVG, "path");
  #wanted = 0;

  constructor() {
    for (const [name, value] of Object.entries({ viewBox: `0 0 ${MOST_POINTS} ${HEIGHT}`, preserveAspectRatio: "none", class: "curve", role: "img", id: "curve" })) this.element.setAttribute(name, value);
    this.#area.setAttribute("class", "curve-area");
    this.#line.setAttribute("class", "curve-line");
    this.#line.setAttribute("vector-effect", "non-scaling-stroke");
    this.element.append(this.#area, this.#line);
    this.#clear();
  }

  close() {
    this.#wanted += 1;
  }

  /** Draws the frames `view.from` to `view.to` of an asset; the words tell of `span`. */
  async show(id, source, view, span) {
    const wanted = ++this.#wanted;
    const curve = source.kind === "image" ? null : await curveOf(id);
    if (wanted !== this.#wanted) return;
    if (!curve?.values?.length) return this.#clear();
    const { step_millis: step, values } = curve;
    const at = (millis) => values[Math.min(values.length - 1, Math.max(0, Math.floor(millis / step)))];
    const [from, to] = [millisOf(view.from, source.rate), millisOf(view.to, source.rate)];
    const points = Array.from({ length: MOST_POINTS + 1 }, (_, x) => `${x} ${(HEIGHT * (1 - at(from + ((to - from) * x) / MOST_POINTS))).toFixed(1)}`);
    this.#line.setAttribute("d", `M${points.join("L")}`);
    this.#area.setAttribute("d", `M0 ${HEIGHT}L${points.join("L")}L${MOST_POINTS} ${HEIGHT}Z`);
    this.element.setAttribute("aria-label", inWords(curve, millisOf(span.in, source.rate), millisOf(span.out, source.rate)));
    this.element.classList.remove("none");
  }

  #clear() {
    this.#line.removeAttribute("d");
    this.#area.removeAttribute("d");
    this.element.setAttribute("aria-label", say("curve_none"));
    this.element.classList.add("none");
  }
}

function inWords({ step_millis: step, values, signals }, start, end) {
  const first = Math.min(values.length - 1, Math.floor(start / step));
  const part = values.slice(first, Math.max(first + 1, Math.ceil(end / step)));
  const mean = part.reduce((sum, one) => sum + one, 0) / part.length;
  const peak = Math.max(...part);
  const all = values.reduce((sum, one) => sum + one, 0) / values.length;
  const names = signals.map((one) => sayOr(`signal.${one.name}`, one.name)).join(", ");
  return say("curve_words", { mean: percent(mean), peak: percent(peak), when: clock((first + part.indexOf(peak)) * step, true), all: percent(all), signals: names });
}

/** A bar for a share of 1, with its figure. */
export function bar(name, share, detail = "") {
  return el("div", { class: "share" }, el("dt", {}, name), el("dd", {}, el("span", { class: "share-bar", "aria-hidden": "true" }, el("i", { style: { width: `${Math.round(Math.min(1, Math.max(0, share)) * 100)}%` } })), el("span", { class: "numbers share-figure" }, percent(share)), detail ? el("span", { class: "share-detail numbers" }, detail) : null));
}
