// The picks of a reel as a filmstrip: chosen, moved by drag or by keys, locked and dropped.

import { thumbnail } from "./card.js";
import { el, fill, icon } from "./dom.js";
import { marks } from "./reel-look.js";
import { length } from "./time.js";
import { say } from "./words.js";

const NARROWEST = 108;
const WIDEST = 320;
// Seconds are drawn so wide, between the two.
const PIXELS_PER_SECOND = 34;
// A press that moves less is no drag.
const SLACK = 6;
// A finger that rests so long on a pick takes it up; one that moves before scrolls the strip.
const HOLD_MILLIS = 350;

export class Strip {
  element;
  #list;
  #acts;
  #reel = null;
  #chosen = null;
  #touched = null;

  /** `acts`: `choose(id)`, `move(id, position)`, `drop(id)`, `lock(id)`, `play(id)`. */
  constructor(acts) {
    this.#acts = acts;
    this.#list = el("ol", { class: "strip", role: "list", id: "strip", on: { keydown: (event) => this.#key(event), keyup: (event) => event.key === " " && event.preventDefault(), pointerdown: (event) => this.#press(event) } });
    this.element = el("section", { class: "strip-place", "aria-label": say("strip") }, this.#list, el("p", { class: "hidden", id: "strip-keys" }, say("strip_keys")));
    // Else the browser would scroll, or open its menu, in the middle of a finger's drag.
    this.#list.addEventListener("touchmove", (event) => this.#touched?.isHeld && event.cancelable && event.preventDefault(), { passive: false });
    this.#list.addEventListener("contextmenu", (event) => this.#touched && event.preventDefault());
    this.#list.addEventListener("click", (event) => {
      const id = idOf(event.target);
      if (id !== null) this.#acts.choose(id);
    });
  }

  show(reel, chosen) {
    const focused = this.#list.contains(document.activeElement);
    const left = this.#list.scrollLeft;
    this.#reel = reel;
    this.#chosen = chosen;
    fill(this.#list, reel.picks.length ? reel.picks.map((pick) => this.#pick(pick)) : el("li", { class: "panel-none" }, say("reel_empty")));
    this.#list.scrollLeft = left;
    if (focused) this.focus();
  }

  focus() {
    const button = this.#button(this.#chosen) ?? this.#list.querySelector(".strip-button");
    button?.focus({ preventScroll: true });
    button?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  /** Marks what is played; `share` of it was. */
  follow(pick, share) {
    for (const item of this.#list.children) {
      const plays = pick !== null && item.dataset.pick === String(pick.id);
      item.classList.toggle("plays", plays);
      if (plays) item.style.setProperty("--played", `${Math.min(100, share * 100)}%`);
    }
  }

  /** Brings what is played into sight. */
  reveal(pick) {
    const item = this.#button(pick.id)?.parentElement;
    if (!item) return;
    const { left, right } = item.getBoundingClientRect();
    const place = this.#list.getBoundingClientRect();
    if (left < place.left || right > place.right) this.#list.scrollLeft += left - place.left - 40;
  }

  #button(id) {
    return this.#list.querySelector(`[data-pick="${id}"] .strip-button`);
  }

  #pick(pick) {
    const source = this.#reel.sources[pick.asset_id];
    const millis = pick.record_end_millis - pick.record_start_millis;
    const lasts = length(millis);
    const isChosen = pick.id === this.#chosen;
    const picture = thumbnail(pick.thumbnail, source?.kind, true);
    const shown = marks(this.#reel, pick);
    picture.append(el("span", { class: "strip-marks" }, shown.map(([name, sign]) => (sign ? el("span", { class: `strip-mark mark-${name} numbers` }, sign) : el("span", { class: `strip-mark mark-${name}` }, icon(name))))), el("span", { class: "thumb-length" }, lasts), pick.is_locked ? el("span", { class: "strip-lock" }, icon("locked")) : "", pick.media === "here" ? "" : el("span", { class: "strip-gone" }, icon("wrong")));
    const state = [pick.is_locked ? say("is_locked") : "", pick.media === "here" ? "" : say(`media.${pick.media}`), ...shown.map(([, , words]) => words)].filter(Boolean);
    const width = Math.min(WIDEST, Math.max(NARROWEST, (millis / 1000) * PIXELS_PER_SECOND));
    return el(
      "li",
      { class: "strip-pick", data: { pick: pick.id }, style: { width: `${width}px` } },
      el(
        "button",
        {
          type: "button",
          class: "strip-button",
          tabindex: isChosen || (this.#chosen === null && pick.position === 1) ? 0 : -1,
          "aria-current": isChosen ? "true" : null,
          "aria-label": [say("strip_pick", { position: pick.position, name: pick.name, length: lasts }), ...state].join(", "),
          "aria-describedby": "strip-keys",
          title: pick.name,
        },
        picture,
        el("span", { class: "strip-line" }, el("span", { class: "strip-number numbers" }, String(pick.position)), el("span", { class: "strip-name" }, pick.name)),
        el("span", { class: "strip-time numbers" }, pick.record_timecode),
      ),
    );
  }

  #key(event) {
    const id = idOf(event.target);
    if (id === null || event.ctrlKey || event.metaKey) return;
    const { picks } = this.#reel;
    const at = picks.findIndex((one) => one.id === id);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: picks.length - 1 }[event.key];
    if (event.altKey) {
      if (to === undefined || !picks[to]) return;
      this.#acts.move(id, to + 1);
    } else if (to !== undefined) {
      if (!picks[to]) return;
      this.#acts.choose(picks[to].id);
      this.focus();
    } else if (event.key === "Delete" || event.key === "Backspace") this.#acts.drop(id);
    else if (event.key === "l") this.#acts.lock(id);
    else if (event.key === "Enter") this.#acts.play(id);
    else return;
    event.preventDefault();
  }

  #press(event) {
    const item = event.target.closest(".strip-pick");
    if (!item || event.button || !event.isPrimary) return;
    const id = idOf(item);
    const isTouch = event.pointerType === "touch";
    const begun = { id, item, x: event.clientX, scroll: this.#list.scrollLeft, to: null, moves: false, isHeld: !isTouch };
    const hold = () => {
      begun.isHeld = true;
      item.classList.add("dragged");
      navigator.vibrate?.(12);
    };
    const timer = isTouch ? setTimeout(hold, HOLD_MILLIS) : 0;
    const move = (moved) => {
      if (begun.isHeld) this.#pull(begun, moved);
      else if (Math.hypot(moved.clientX - event.clientX, moved.clientY - event.clientY) > SLACK) clearTimeout(timer);
    };
    this.#touched = isTouch ? begun : null;
    const end = (ended) => {
      clearTimeout(timer);
      this.#touched = null;
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", end);
      removeEventListener("pointercancel", end);
      removeEventListener("keydown", escape, true);
      item.classList.remove("dragged");
      item.style.transform = "";
      for (const one of this.#list.children) one.classList.remove("gap-before", "gap-after");
      if (!begun.moves) return;
      // The press was no choice.
      const swallow = (click) => (click.stopPropagation(), click.preventDefault());
      addEventListener("click", swallow, { capture: true, once: true });
      setTimeout(() => removeEventListener("click", swallow, { capture: true }));
      if (ended.type === "pointerup" && begun.to !== null) this.#acts.move(id, begun.to);
    };
    const escape = (pressed) => {
      if (pressed.key !== "Escape") return;
      pressed.preventDefault();
      pressed.stopPropagation();
      end(pressed);
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", end);
    addEventListener("pointercancel", end);
    addEventListener("keydown", escape, true);
  }

  #pull(drag, event) {
    const by = event.clientX - drag.x + this.#list.scrollLeft - drag.scroll;
    if (!drag.moves && Math.abs(by) < SLACK) return;
    drag.moves = true;
    event.preventDefault();
    drag.item.classList.add("dragged");
    drag.item.style.transform = `translateX(${by}px)`;
    const place = this.#list.getBoundingClientRect();
    if (event.clientX < place.left + 40) this.#list.scrollLeft -= 12;
    if (event.clientX > place.right - 40) this.#list.scrollLeft += 12;
    const items = [...this.#list.children];
    const own = items.indexOf(drag.item);
    const others = items.filter((one) => one !== drag.item);
    // Before the first whose middle lies to the right of the pointer.
    let to = others.findIndex((one) => {
      const { left, width } = one.getBoundingClientRect();
      return event.clientX < left + width / 2;
    });
    if (to < 0) to = others.length;
    for (const one of items) one.classList.remove("gap-before", "gap-after");
    if (to !== own) {
      if (others[to]) others[to].classList.add("gap-before");
      else others.at(-1)?.classList.add("gap-after");
    }
    drag.to = to === own ? null : to + 1;
  }
}

function idOf(element) {
  const item = element.closest(".strip-pick");
  return item ? Number(item.dataset.pick) : null;
}
