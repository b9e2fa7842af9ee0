// The words that are heard: they follow the player, and a click on one goes to it.

import { el, fill, iconButton } from "./dom.js";
import { clock } from "./time.js";
import { say } from "./words.js";

export class Transcript {
  element = el("div", { class: "transcript", id: "transcript" });
  #player;
  #cues = [];
  #rows = [];
  #current = -1;
  #word = null;
  #following = true;

  /** `correct(cue)` opens the correction of a line. */
  constructor(player, correct) {
    this.#player = player;
    this.correct = correct;
    player?.addEventListener("time", () => this.#follow());
    this.element.addEventListener("wheel", () => (this.#following = false), { passive: true });
    this.element.addEventListener("touchmove", () => (this.#following = false), { passive: true });
    player?.addEventListener("change", () => (this.#following ||= player.playing));
  }

  show({ language, cues }) {
    this.#cues = cues;
    this.#current = -1;
    this.element.lang = language ?? "";
    this.#rows = cues.map((cue) => this.#row(cue));
    if (cues.length) fill(this.element, el("ol", { role: "list" }, this.#rows));
    else fill(this.element, el("p", { class: "panel-none", lang: document.documentElement.lang }, say("no_transcript")));
    this.#follow();
  }

  /** Goes to the line before or after. */
  move(by) {
    const at = this.#index() + by;
    const cue = this.#cues[Math.min(this.#cues.length - 1, Math.max(0, at))];
    if (cue) this.#player.seek(cue.start_millis);
  }

  #row(cue) {
    const seek = (event) => {
      this.#following = true;
      this.#player?.seek(Number(event.target.closest("[data-at]")?.dataset.at ?? cue.start_millis));
    };
    return el(
      "li",
      { class: "cue", data: { start: cue.start_millis } },
      el("button", { type: "button", class: "cue-line", on: { click: seek } }, el("span", { class: "cue-time" }, clock(cue.start_millis)), " ", el("span", { class: "cue-text" }, words(cue)), cue.by_person ? el("span", { class: "by-person", title: say("by_person") }, "✓") : null),
      iconButton("edit", say("correct_line", { time: clock(cue.start_millis) }), () => this.correct(cue), { class: "icon-button cue-edit" }),
    );
  }

  #index() {
    const at = this.#player?.time ?? 0;
    let found = -1;
    for (let index = 0; index < this.#cues.length && this.#cues[index].start_millis <= at + 30; index += 1) found = index;
    return found;
  }

  #follow() {
    const index = this.#index();
    if (index !== this.#current) {
      this.#rows[this.#current]?.removeAttribute("aria-current");
      this.#current = index;
      const row = this.#rows[index];
      row?.setAttribute("aria-current", "true");
      if (row && this.#following) this.element.scrollTop += row.getBoundingClientRect().top - this.element.getBoundingClientRect().top - this.element.clientHeight / 3;
    }
    const at = this.#player?.time ?? 0;
    const spoken = [...(this.#rows[index]?.querySelectorAll("[data-at]") ?? [])].findLast((one) => Number(one.dataset.at) <= at + 30) ?? null;
    if (spoken === this.#word) return;
    this.#word?.classList.remove("spoken");
    this.#word = spoken;
    spoken?.classList.add("spoken");
  }
}

/** Single words where their times are known and still make up the line, as after a correction they may not. */
function words(cue) {
  const list = cue.words ?? [];
  const plain = (text) => text.replace(/\s+/g, "");
  if (!list.length || plain(list.map((word) => word.text).join("")) !== plain(cue.text)) return cue.text;
  return list.map((word) => [el("span", { data: { at: word.start_millis } }, word.text), " "]);
}
