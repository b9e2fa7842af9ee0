// What is known of the chosen pick: why it is there, where it comes from, and what can be done with it.

import { write } from "./address.js";
import { append, el, fill, icon, iconButton } from "./dom.js";
import { bar } from "./reel-curve.js";
import { Look } from "./reel-look.js";
import { current, number, say, sayOr } from "./words.js";

export class PickPanel {
  element = el("aside", { class: "pick-panel", "aria-label": say("pick_panel") });
  #acts;
  #above = el("div", { class: "pick-part" });
  #below = el("div", { class: "pick-part" });
  #look;

  /** `acts`: as for the strip and for the look, and `replace(id)`. */
  constructor(acts) {
    this.#acts = acts;
    this.#look = new Look(acts);
    append(this.element, [this.#above, this.#look.element, this.#below]);
  }

  show(reel, pick) {
    const held = this.#above.contains(document.activeElement) ? document.activeElement.dataset.act : null;
    // Its fields stay where they are, and with them what is being typed.
    this.#look.show(reel, pick);
    this.#below.hidden = !pick;
    if (!pick) return fill(this.#above, el("p", { class: "panel-none" }, say(reel.picks.length ? "choose_pick" : "reel_empty")));
    fill(this.#above, this.#head(reel, pick), this.#actions(reel, pick));
    fill(this.#below, why(pick.reason), about(pick, reel.sources[pick.asset_id]));
    if (!held) return;
    const again = this.element.querySelector(`[data-act="${held}"]:not(:disabled)`) ?? this.element.querySelector("[data-act]:not(:disabled)");
    again?.focus();
  }

  #head(reel, pick) {
    return el(
      "header",
      { class: "pick-head" },
      el("span", { class: "pick-number numbers" }, say("pick_of", { position: pick.position, count: reel.picks.length })),
      el("h2", { id: "pick-name" }, pick.name),
      pick.media === "here" ? null : el("p", { class: "card-missing" }, say(`media.${pick.media}`)),
    );
  }

  #actions(reel, pick) {
    const { id, position } = pick;
    const act = (name, shape, click, more = {}) => el("button", { type: "button", class: "button", data: { act: name }, ...more, on: { click } }, icon(shape), el("span", {}, say(`pick.${name}`)));
    return el(
      "div",
      { class: "pick-actions" },
      iconButton("left", say("pick.earlier"), () => this.#acts.move(id, position - 1), { class: "icon-button framed", data: { act: "earlier" }, disabled: position === 1 }),
      iconButton("right", say("pick.later"), () => this.#acts.move(id, position + 1), { class: "icon-button framed", data: { act: "later" }, disabled: position === reel.picks.length }),
      act("lock", pick.is_locked ? "locked" : "unlocked", () => this.#acts.lock(id), { "aria-pressed": String(pick.is_locked) }),
      act("replace", "replace", () => this.#acts.replace(id), { disabled: pick.is_locked }),
      act("drop", "close", () => this.#acts.drop(id)),
    );
  }
}

function why(reason) {
  const evidence = reason.evidence.filter((one) => one.text);
  return el(
    "section",
    { class: "pick-why", "aria-labelledby": "why-title" },
    el("h3", { id: "why-title" }, say("why")),
    el("p", { id: "pick-reason" }, sentence(reason)),
    reason.query ? el("p", { class: "pick-query" }, el("code", {}, reason.query)) : null,
    el("dl", { class: "shares" }, reason.query ? bar(say("relevance"), reason.relevance) : null, bar(say("excitement"), reason.excitement)),
    reason.signals.length
      ? el("details", { class: "pick-signals" }, el("summary", {}, say("signals", { count: reason.signals.length })), el("dl", { class: "shares" }, reason.signals.map((one) => bar(sayOr(`signal.${one.signal}`, one.signal), one.level, say("weight", { weight: number(Math.round(one.weight * 100) / 100) })))))
      : null,
    evidence.length ? el("ul", { class: "pick-evidence" }, evidence.slice(0, 3).map((one) => el("li", {}, el("span", { class: "pick-source" }, sayOr(`source.${one.source}`, one.source)), " ", one.text))) : null,
  );
}

/** The server gives its reason in English; in other languages it is told from the same figures. */
function sentence(reason) {
  if (current() === "en" && reason.text) return reason.text;
  const sources = [...new Set(reason.evidence.map((one) => sayOr(`source.${one.source}`, one.source)))];
  const signals = reason.signals.slice(0, 3).map((one) => sayOr(`signal.${one.signal}`, one.signal));
  const parts = [sources.length ? say("why_found", { sources: sources.join(", ") }) : "", signals.length ? say("why_exciting", { signals: signals.join(", ") }) : ""].filter(Boolean);
  return parts.join(" ") || say("why_by_hand");
}

function about(pick, source) {
  const { asset_id, start_millis, end_millis } = pick;
  const facts = [
    ["source", el("a", { href: write({ moment: { asset_id, start_millis, end_millis } }), id: "pick-source" }, source.name)],
    ["source_time", `${pick.in_timecode} – ${pick.out_timecode}`],
    ["record_time", pick.record_timecode],
    ["handles", say("frames_beside", { head: pick.head_handle_frames, tail: pick.tail_handle_frames })],
    ["section", pick.section],
  ];
  return el("dl", { class: "facts pick-facts" }, facts.filter(([, value]) => value).map(([key, value]) => el("div", {}, el("dt", {}, say(`pick_fact.${key}`)), el("dd", {}, value))));
}
