// How the chosen pick is shown: what it is called, how it begins, how fast it runs, and what is written over it.

import { el, fill } from "./dom.js";
import { MOST_AUDIBLE, meltFrames } from "./reel-melt.js";
import { length, millisOf } from "./time.js";
import { number, say } from "./words.js";

const FACTORS = [2, 3, 4, 5, 6, 7, 8];
const SMOOTHINGS = ["blend", "interpolate"];
// As many as the manifest takes.
const MOST_FRAMES = 1000;
const MOST_SIGNS = 200;
// Steps by key come one after the other; they make one change.
const COMMIT_AFTER_MILLIS = 500;

export class Look {
  element;
  #pick = null;
  #name = el("input", { type: "text", id: "pick-title", autocomplete: "off", maxlength: MOST_SIGNS, "aria-describedby": "pick-title-hint" });
  #letter = el("input", { type: "text", id: "pick-letter", autocomplete: "off", maxlength: MOST_SIGNS, placeholder: say("letter_none") });
  #dissolve = el("input", { type: "number", id: "pick-dissolve", min: 0, max: MOST_FRAMES, step: 1, inputmode: "numeric", "aria-describedby": "pick-dissolve-hint" });
  #dissolveHint = el("span", { class: "look-hint numbers", id: "pick-dissolve-hint" });
  #speed = el("select", { id: "pick-speed", class: "select" }, el("option", { value: "1" }, say("speed_own")), FACTORS.map((factor) => el("option", { value: String(factor) }, say(factor > MOST_AUDIBLE ? "speed_silent" : "speed_slower", { factor }))));
  #smoothing = el("select", { id: "pick-smoothing", class: "select" }, SMOOTHINGS.map((one) => el("option", { value: one }, say(`smoothing.${one}`))));
  #smoothingRow;

  /** `acts`: `name(id, name)`, `dissolve(id, frames)`, `slow(id, slow_motion)`, `letter(id, text)`. */
  constructor(acts) {
    const row = (label, control, hint = null) => el("div", { class: "look-row" }, el("label", { for: control.id }, say(label)), el("div", { class: "look-control" }, control, hint));
    this.#smoothingRow = row("smoothing", this.#smoothing);
    this.element = el(
      "section",
      { class: "pick-look", "aria-labelledby": "look-title" },
      el("h3", { id: "look-title" }, say("look")),
      row("pick_title", this.#name, el("span", { class: "hidden", id: "pick-title-hint" }, say("pick_title_hint"))),
      row("letter", this.#letter),
      row("dissolve", this.#dissolve, this.#dissolveHint),
      row("speed", this.#speed),
      this.#smoothingRow,
    );
    this.#takes(this.#name, (pick, value) => value.trim() && value.trim() !== pick.name && acts.name(pick.id, value.trim()));
    this.#takes(this.#letter, (pick, value) => value.trim() !== (pick.lower_third ?? "") && acts.letter(pick.id, value.trim() || null));
    this.#takes(this.#dissolve, (pick, value) => {
      const frames = Math.min(MOST_FRAMES, Math.max(0, Math.round(Number(value) || 0)));
      return frames !== pick.dissolve_frames && acts.dissolve(pick.id, frames);
    });
    const slow = (pick) => acts.slow(pick.id, this.#speed.value === "1" ? null : { factor: Number(this.#speed.value), smoothing: this.#smoothing.value });
    this.#takes(this.#speed, slow);
    this.#takes(this.#smoothing, slow);
  }

  /** Hands a changed value on; one that changes nothing is put back as it was. */
  #takes(control, take) {
    let timer = 0;
    let waiting = null;
    const commit = () => {
      clearTimeout(timer);
      const pick = waiting;
      waiting = null;
      if (pick && !take(pick, control.value) && pick === this.#pick) this.#fill(control);
    };
    control.addEventListener("change", () => {
      waiting = this.#pick;
      clearTimeout(timer);
      if (control.type === "number") timer = setTimeout(commit, COMMIT_AFTER_MILLIS);
      else commit();
    });
    control.addEventListener("blur", commit);
    control.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !control.matches("input")) return;
      event.preventDefault();
      waiting = null;
      this.#fill(control);
    });
  }

  show(reel, pick) {
    const isOther = pick?.id !== this.#pick?.id;
    this.#pick = pick;
    this.element.hidden = !pick;
    if (!pick) return;
    const isMoving = reel.sources[pick.asset_id].kind === "video";
    const before = reel.picks[pick.position - 2];
    this.#dissolve.disabled = !before;
    this.#speed.disabled = !isMoving;
    this.#smoothingRow.hidden = !pick.slow_motion;
    const melts = meltFrames(before, pick);
    const lasts = length(millisOf(melts, reel.timeline.rate));
    const hint = !before ? say("dissolve_first") : melts < pick.dissolve_frames ? say("dissolve_short", { frames: melts }) : melts ? say("dissolve_lasts", { length: lasts }) : say("dissolve_cut");
    fill(this.#dissolveHint, hint);
    for (const control of [this.#name, this.#letter, this.#dissolve, this.#speed, this.#smoothing]) {
      // What is being typed is not taken away by the answer to the change before.
      const isTyped = !isOther && control === document.activeElement && control.matches("input") && control.value !== control.defaultValue;
      if (!isTyped) this.#fill(control);
    }
  }

  #fill(control) {
    const { name, lower_third, dissolve_frames, slow_motion } = this.#pick;
    const value = new Map([
      [this.#name, name],
      [this.#letter, lower_third ?? ""],
      [this.#dissolve, String(dissolve_frames)],
      [this.#speed, String(slow_motion?.factor ?? 1)],
      [this.#smoothing, slow_motion?.smoothing ?? SMOOTHINGS[0]],
    ]).get(control);
    control.value = value;
    if (control.matches("input")) control.defaultValue = value;
  }
}

/** How a pick is shown, in few signs, for the strip; each with its words. */
export function marks(reel, pick) {
  const melts = meltFrames(reel.picks[pick.position - 2], pick);
  return [
    melts ? ["melt", "", say("mark_dissolve", { frames: melts })] : null,
    pick.slow_motion ? ["slow", `1/${number(pick.slow_motion.factor)}`, say("speed_slower", { factor: pick.slow_motion.factor })] : null,
    pick.lower_third ? ["text", "", say("mark_letter", { text: pick.lower_third })] : null,
  ].filter(Boolean);
}
