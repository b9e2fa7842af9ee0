// Begin and end of a pick on a filmstrip of its source, to the frame, with its excitement below.

import * as api from "./api.js";
import { el, fill } from "./dom.js";
import { Curve } from "./reel-curve.js";
import { framesPerSecond, frameTimecode, length, millisOf } from "./time.js";
import { say } from "./words.js";

// What is shown beside the pick: enough to lengthen it by half, and to see where it comes from.
const BESIDE_SECONDS = 3;
const TILE_HEIGHT = 58;
// Keys may come one after the other; they make one change.
const COMMIT_AFTER_MILLIS = 600;
// Who only passes by a pick asks the server for no frames of it.
const REFINE_AFTER_MILLIS = 400;

export class Trim {
  element;
  #acts;
  #area;
  #tiles = el("div", { class: "trim-tiles", "aria-hidden": "true" });
  #curve = new Curve();
  #chosen = el("div", { class: "trim-chosen", "aria-hidden": "true" });
  #head = el("div", { class: "playhead", "aria-hidden": "true", hidden: true });
  #handles;
  #facts = el("div", { class: "trim-facts numbers", id: "trim-facts" });
  #pick = null;
  #source = null;
  #span = null;
  #view = null;
  #timer = 0;
  #observer;

  /** `acts`: `preview(frame)`, `trim(in_frame, out_frame)`. */
  constructor(acts) {
    this.#acts = acts;
    this.#handles = { in: this.#handle("in"), out: this.#handle("out") };
    this.#area = el("div", { class: "trim-area" }, this.#tiles, this.#curve.element, this.#chosen, this.#head, this.#handles.in, this.#handles.out);
    this.element = el("section", { class: "trim", "aria-labelledby": "trim-title" }, el("div", { class: "trim-line" }, el("h2", { id: "trim-title" }, say("trim")), this.#facts), this.#area);
    this.#observer = new ResizeObserver(() => this.#draw());
    this.#observer.observe(this.#area);
    this.#area.addEventListener("pointerdown", (event) => this.#pressArea(event));
  }

  show(pick, source) {
    const isOther = pick?.id !== this.#pick?.id || pick?.asset_id !== this.#pick?.asset_id;
    clearTimeout(this.#timer);
    this.#pick = pick;
    this.#source = source;
    this.element.hidden = !pick;
    if (!pick) return;
    this.#span = { in: pick.in_frame, out: pick.out_frame };
    const { from, to } = this.#view ?? { from: 0, to: 0 };
    // The view stays while a pick is trimmed within it.
    if (isOther || this.#span.in < from || this.#span.out > to || this.#span.out - this.#span.in < (to - from) / 6) this.#view = this.#around();
    this.#curve.show(pick.asset_id, source, this.#view, this.#span);
    this.#draw();
  }

  /** Where the source is played; `null` where it is not this pick that plays. */
  follow(frame) {
    this.#head.hidden = frame === null || !this.#view || frame < this.#view.from || frame > this.#view.to;
    if (!this.#head.hidden) this.#head.style.left = `${this.#share(frame) * 100}%`;
  }

  /** Sets begin or end where the playhead is. */
  mark(which, frame) {
    this.#set(which, frame);
    this.#commit();
  }

  close() {
    this.#observer.disconnect();
    clearTimeout(this.#timer);
    this.#curve.close();
  }

  #around() {
    const { in: first, out: last } = this.#span;
    const beside = Math.round(Math.max(BESIDE_SECONDS * framesPerSecond(this.#source.rate), (last - first) / 2));
    return { from: Math.max(0, first - beside), to: this.#limit(last + beside) };
  }

  /** A still lasts as long as is wanted. */
  #limit(frame) {
    return this.#source.frames > 0 ? Math.min(frame, this.#source.frames) : frame;
  }

  #share(frame) {
    return Math.min(1, Math.max(0, (frame - this.#view.from) / (this.#view.to - this.#view.from)));
  }

  #handle(which) {
    const handle = el("div", { class: `trim-handle trim-${which}`, role: "slider", tabindex: 0, id: `trim-${which}`, "aria-label": say(`trim_${which}`) });
    handle.addEventListener("keydown", (event) => this.#key(which, event));
    handle.addEventListener("blur", () => this.#commit());
    handle.addEventListener("pointerdown", (event) => this.#drag(which, handle, event));
    return handle;
  }

  #drag(which, handle, event) {
    if (event.button) return;
    event.preventDefault();
    event.stopPropagation();
    handle.focus({ preventScroll: true });
    handle.setPointerCapture(event.pointerId);
    const before = { ...this.#span };
    const move = (moved) => this.#set(which, this.#frameAt(moved));
    const end = (ended) => {
      handle.removeEventListener("pointermove", move);
      handle.removeEventListener("pointerup", end);
      handle.removeEventListener("pointercancel", end);
      if (ended.type === "pointercancel") this.#span = before;
      this.#draw();
      this.#commit();
    };
    handle.addEventListener("pointermove", move);
    handle.addEventListener("pointerup", end);
    handle.addEventListener("pointercancel", end);
  }

  #frameAt(event) {
    const { left, width } = this.#area.getBoundingClientRect();
    return Math.round(this.#view.from + ((event.clientX - left) / width) * (this.#view.to - this.#view.from));
  }

  /** A press on the film looks at that frame. */
  #pressArea(event) {
    if (event.button || !this.#pick) return;
    this.#area.setPointerCapture(event.pointerId);
    const look = (moved) => this.#look(Math.min(this.#view.to - 1, Math.max(this.#view.from, this.#frameAt(moved))));
    const end = () => {
      this.#area.removeEventListener("pointermove", look);
      this.#area.removeEventListener("pointerup", end);
      this.#area.removeEventListener("pointercancel", end);
    };
    this.#area.addEventListener("pointermove", look);
    this.#area.addEventListener("pointerup", end);
    this.#area.addEventListener("pointercancel", end);
    look(event);
  }

  #look(frame) {
    this.#acts.preview(frame);
    this.follow(frame);
  }

  #key(which, event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const second = Math.round(framesPerSecond(this.#source.rate));
    const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -second, PageUp: second }[event.key];
    if (by !== undefined) this.#set(which, this.#span[which] + by * (event.shiftKey ? 10 : 1));
    else if (event.key === "Home") this.#set(which, which === "in" ? 0 : this.#span.in + 1);
    else if (event.key === "End") this.#set(which, which === "in" ? this.#span.out - 1 : this.#limit(this.#view.to));
    else if (event.key === "Enter") return this.#commit();
    else if (event.key === "Escape" && this.#isChanged()) {
      this.#span = { in: this.#pick.in_frame, out: this.#pick.out_frame };
      this.#draw();
    } else return;
    event.preventDefault();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#commit(), COMMIT_AFTER_MILLIS);
  }

  #set(which, wanted) {
    const { in: first, out: last } = this.#span;
    this.#span[which] = which === "in" ? Math.min(Math.max(0, wanted), last - 1) : Math.max(first + 1, this.#limit(wanted));
    this.#acts.preview(which === "in" ? this.#span.in : this.#span.out - 1);
    const { from, to } = this.#view;
    if (this.#span.in < from || this.#span.out > to) {
      this.#view = this.#around();
      this.#curve.show(this.#pick.asset_id, this.#source, this.#view, this.#span);
    }
    this.#draw();
    this.follow(which === "in" ? this.#span.in : this.#span.out - 1);
  }

  #isChanged() {
    return this.#pick && (this.#span.in !== this.#pick.in_frame || this.#span.out !== this.#pick.out_frame);
  }

  #commit() {
    clearTimeout(this.#timer);
    if (this.#isChanged()) this.#acts.trim(this.#pick.id, this.#span.in === this.#pick.in_frame ? null : this.#span.in, this.#span.out === this.#pick.out_frame ? null : this.#span.out);
  }

  #draw() {
    if (!this.#pick || !this.#area.clientWidth) return;
    const { rate, start_timecode } = this.#source;
    const { in: first, out: last } = this.#span;
    const code = (frame) => frameTimecode(frame, rate, start_timecode);
    const lasts = length(millisOf(last - first, rate));
    const [left, right] = [this.#share(first) * 100, this.#share(last) * 100];
    this.#chosen.style.left = `${left}%`;
    this.#chosen.style.width = `${right - left}%`;
    for (const [which, at, frame] of [["in", left, first], ["out", right, last]]) {
      const handle = this.#handles[which];
      handle.style.left = `${at}%`;
      handle.setAttribute("aria-valuemin", which === "in" ? 0 : first + 1);
      handle.setAttribute("aria-valuemax", which === "in" ? last - 1 : this.#source.frames || this.#view.to);
      handle.setAttribute("aria-valuenow", frame);
      handle.setAttribute("aria-valuetext", `${code(frame)}, ${lasts}`);
    }
    fill(this.#facts, el("span", { id: "trim-in-code" }, code(first)), el("span", { "aria-hidden": "true" }, "–"), el("span", { id: "trim-out-code" }, code(last)), el("span", { class: "trim-length", id: "trim-length" }, say("trim_length", { length: lasts, frames: last - first })));
    this.#drawTiles();
  }

  async #drawTiles() {
    const { asset_id, thumbnail } = this.#pick;
    const { from, to } = this.#view;
    const width = this.#area.clientWidth;
    const key = `${asset_id} ${from} ${to} ${width}`;
    if (this.#tiles.dataset.key === key) return;
    // Another film's pictures would be taken for this one's while the right ones come.
    if (!this.#tiles.dataset.key?.startsWith(asset_id)) fill(this.#tiles);
    this.#tiles.dataset.key = key;
    if (this.#source.kind !== "video") {
      fill(this.#tiles, this.#source.kind === "image" && thumbnail ? el("span", { class: "trim-tile trim-still", style: { "background-image": `url("${thumbnail}")` } }) : null);
      return;
    }
    const board = await api.storyboard(asset_id);
    if (this.#tiles.dataset.key !== key) return;
    if (!board?.tiles?.length) return fill(this.#tiles);
    const scale = TILE_HEIGHT / board.tile_height;
    const tileWidth = board.tile_width * scale;
    const times = Array.from({ length: Math.ceil(width / tileWidth) }, (_, number) => millisOf(Math.min(to - 1, from + ((number + 0.5) * tileWidth * (to - from)) / width), this.#source.rate));
    fill(
      this.#tiles,
      times.map((millis) => {
        const index = nearest(board.tiles, millis);
        return el("span", {
          class: "trim-tile",
          style: {
            width: `${tileWidth}px`,
            height: `${TILE_HEIGHT}px`,
            "background-image": `url("${api.address.storyboard(asset_id)}")`,
            "background-size": `${board.columns * tileWidth}px ${board.rows * TILE_HEIGHT}px`,
            "background-position": `${-(index % board.columns) * tileWidth}px ${-Math.floor(index / board.columns) * TILE_HEIGHT}px`,
          },
        });
      }),
    );
    const isCoarse = board.tiles.length > 1 && board.tiles[1] - board.tiles[0] > (times[1] ?? Infinity) - times[0];
    if (isCoarse) setTimeout(() => this.#refine(key, asset_id, times), REFINE_AFTER_MILLIS);
  }

  /** Puts the very frames in the place of the storyboard's, one after the other, for as long as they are wanted. */
  async #refine(key, id, times) {
    const tiles = [...this.#tiles.children];
    for (const [number, millis] of times.entries()) {
      if (this.#tiles.dataset.key !== key || !this.#tiles.isConnected) return;
      const picture = new Image();
      picture.src = api.address.frame(id, Math.round(millis));
      try {
        await picture.decode();
      } catch {
        // What can't be decoded stays as the storyboard has it.
        continue;
      }
      Object.assign(tiles[number].style, { backgroundImage: `url("${picture.src}")`, backgroundSize: "cover", backgroundPosition: "center" });
    }
  }
}

/** The tile whose time lies nearest. */
function nearest(tiles, millis) {
  const after = tiles.findIndex((one) => one > millis);
  if (after <= 0) return after < 0 ? tiles.length - 1 : 0;
  return tiles[after] - millis < millis - tiles[after - 1] ? after : after - 1;
}
