// Plays a reel without rendering it: two slots take turns, and the next one waits at its first frame before the cut.

import { el } from "./dom.js";
import { blend, meltAt, part } from "./reel-melt.js";
import { Slot } from "./reel-slot.js";
import { framesPerSecond, millisOf } from "./time.js";
import { say } from "./words.js";

// A cut is made when the last frame has been shown for most of its time: a screen refreshes each 17 ms.
const CUT_EARLY_SECONDS = 0.012;

export class ReelPlayer extends EventTarget {
  element;
  #slots = [new Slot(), new Slot()];
  #active = 0;
  #reel = null;
  #at = 0;
  #playing = false;
  #waits = false;
  #muted = false;
  #timer = 0;
  #since = null;
  #order = 0;
  #preview = false;
  #melts = false;

  constructor() {
    super();
    this.message = el("p", { class: "player-message", hidden: true });
    this.element = el("div", { class: "player reel-player" }, this.#slots.map((slot) => slot.element), this.message);
    this.element.addEventListener("click", () => this.toggle());
    this.#turn(0);
    this.#tick();
  }

  /** Takes a reel up, or its next state; stays where it is as far as it can. */
  show(reel) {
    this.pause();
    this.#reel = reel;
    this.seek(this.#at);
  }

  /** The frame of the reel on show, from 0. */
  get frame() {
    return Math.floor(this.#at + 0.001);
  }

  get frames() {
    return this.#reel?.duration_frames ?? 0;
  }

  get playing() {
    return this.#playing;
  }

  get muted() {
    return this.#muted;
  }

  set muted(is) {
    this.#muted = is;
    for (const slot of this.#slots) slot.video.muted = is;
    this.#tell("change");
  }

  /** Which pick is on show; `null` in an empty reel. */
  get pick() {
    return this.#pickAt(this.#at);
  }

  /** The frame of the source on show. */
  get sourceFrame() {
    const { pick } = this;
    return pick ? this.#inSource(pick, this.#at) : 0;
  }

  seek(frame) {
    this.#preview = false;
    this.#at = Math.min(Math.max(0, frame), Math.max(0, this.frames - 1));
    const goesOn = this.#playing;
    this.#halt();
    const { pick } = this;
    if (!pick) {
      for (const slot of this.#slots) slot.clear();
      this.message.hidden = true;
    } else this.#present(pick, this.#inSource(pick, this.#at), () => goesOn && this.#playing && this.#run());
    this.#tell("time");
  }

  /** Shows a frame of a pick's source, as while it is trimmed; outside the reel's own time. */
  preview(pick, frame) {
    this.pause();
    this.#preview = true;
    this.#present(pick, frame);
  }

  play() {
    if (!this.frames || this.#playing) return;
    if (this.#preview || this.#at >= this.frames - 1) this.seek(this.#at >= this.frames - 1 ? 0 : this.#at);
    this.#playing = true;
    if (this.#slot.ready) this.#run();
    else this.#waits = true;
    this.#tell("change");
  }

  pause() {
    this.#playing = this.#waits = false;
    this.#halt();
    this.#at = Math.floor(this.#at + 0.001);
    this.#tell("change");
  }

  toggle() {
    this.#playing ? this.pause() : this.play();
  }

  step(frames) {
    this.pause();
    this.seek(this.frame + frames);
  }

  /** To the beginning of the pick before or after. */
  jump(by) {
    const { picks } = this.#reel;
    const now = picks.indexOf(this.pick);
    // Back goes to this pick's own beginning first.
    const to = by < 0 && this.frame > (picks[now]?.record_start_frame ?? 0) + 5 ? now : now + by;
    if (picks[to]) this.seek(picks[to].record_start_frame);
  }

  close() {
    cancelAnimationFrame(this.#timer);
    this.#playing = false;
    for (const slot of this.#slots) slot.clear();
  }

  get #slot() {
    return this.#slots[this.#active];
  }

  get #other() {
    return this.#slots[1 - this.#active];
  }

  #source(pick) {
    return this.#reel.sources[pick.asset_id];
  }

  /** The last that has begun: with a dissolve two are on show, and the later one counts. */
  #pickAt(frame) {
    return this.#reel?.picks.findLast((one) => one.record_start_frame <= frame && frame < one.record_end_frame) ?? null;
  }

  #inSource(pick, frame) {
    const source = this.#source(pick);
    const seconds = (frame - pick.record_start_frame) / framesPerSecond(this.#reel.timeline.rate) / (pick.slow_motion?.factor ?? 1);
    return Math.min(pick.out_frame - 1, Math.floor(pick.in_frame + seconds * framesPerSecond(source.rate) + 0.001));
  }

  /** Shows a frame; the picture before stays until it has come. */
  async #present(pick, frame, then = () => {}) {
    const order = ++this.#order;
    this.message.hidden = true;
    this.#part();
    const isSame = this.#slot.pick?.asset_id === pick.asset_id;
    const index = isSame || !this.#slot.pick ? this.#active : 1 - this.#active;
    const shown = await this.#slots[index].cue(pick, this.#source(pick), frame);
    if (order !== this.#order) return;
    this.#turn(index);
    if (!shown) this.#tellFailure(pick);
    const melt = this.#preview ? null : meltAt(this.#reel.picks, this.#at);
    if (melt && shown) {
      await this.#other.cue(melt.before, this.#source(melt.before), this.#inSource(melt.before, this.#at));
      if (order !== this.#order) return;
      this.#mix();
    } else this.#prepare(pick);
    if (this.#waits) {
      this.#waits = false;
      this.#run();
    }
    then();
  }

  /** Has the pick after this one wait in the other slot. */
  #prepare(pick) {
    const next = this.#reel.picks[this.#reel.picks.findIndex((one) => one.id === pick.id) + 1];
    if (next) this.#other.cue(next, this.#source(next), next.in_frame);
  }

  /** Shows the dissolve that the playhead is in, as far as it has come; a dissolve that is over leaves its slot to the next pick. */
  #mix() {
    const melt = meltAt(this.#reel.picks, this.#at);
    const below = this.#other;
    if (melt && below.pick?.id === melt.before.id && below.ready) {
      blend(this.#slot, below, melt.share);
      this.#melts = true;
    } else if (this.#melts) {
      this.#part();
      below.video.pause();
      this.#prepare(this.#slot.pick);
    }
  }

  #part() {
    this.#melts = false;
    part(...this.#slots);
  }

  #tellFailure(pick) {
    this.message.textContent = say(pick.media === "here" ? "play_failed" : `media.${pick.media}`);
    this.message.hidden = false;
  }

  #turn(index) {
    this.#active = index;
    this.#slots.forEach((slot, at) => {
      slot.element.classList.toggle("on-show", at === index);
      slot.video.muted = this.#muted;
    });
  }

  #halt() {
    this.#since = null;
    for (const slot of this.#slots) slot.video.pause();
  }

  #run() {
    const slot = this.#slot;
    this.#since = { time: performance.now(), frame: this.#at };
    // A browser may refuse, as before any gesture.
    if (!slot.video.hidden && slot.ready) slot.video.play().catch(() => this.#slot === slot && this.pause());
    if (this.#melts && !this.#other.video.hidden) this.#other.video.play().catch(() => {});
  }

  /** The reel's frame by the running picture's own clock; by the wall's where there is none. */
  #now(pick) {
    const rate = framesPerSecond(this.#reel.timeline.rate);
    const { video, ready } = this.#slot;
    if (video.hidden || !ready) return this.#since.frame + ((performance.now() - this.#since.time) / 1000) * rate;
    const began = millisOf(pick.in_frame, this.#source(pick).rate) / 1000;
    return pick.record_start_frame + (this.#slot.seconds - began) * (pick.slow_motion?.factor ?? 1) * rate;
  }

  // Every picture shown moves the playhead; `timeupdate` alone comes four times a second.
  #tick() {
    this.#timer = requestAnimationFrame(() => {
      if (this.#playing && this.#since) this.#follow();
      this.#tick();
    });
  }

  #follow() {
    const { pick } = this.#slot;
    const rate = framesPerSecond(this.#reel.timeline.rate);
    const at = this.#now(pick);
    const { picks } = this.#reel;
    const next = picks[picks.findIndex((one) => one.id === pick.id) + 1];
    // A dissolve begins where the next pick does, and the next pick counts from there.
    const end = next ? next.record_start_frame : pick.record_end_frame;
    if (at < end - CUT_EARLY_SECONDS * rate && !this.#slot.video.ended) {
      this.#at = Math.min(Math.max(this.#at, at), end - 0.01);
      this.#mix();
      this.#tell("time");
      return;
    }
    if (next) this.#cut(next);
    else {
      this.#at = this.frames - 1;
      this.pause();
      this.#tell("time");
    }
  }

  #cut(next) {
    this.#at = next.record_start_frame;
    const began = performance.now();
    if (this.#other.pick?.id !== next.id || !this.#other.ready) {
      this.#halt();
      this.#waits = true;
      this.#present(next, next.in_frame);
      return;
    }
    const before = this.#slot;
    // Too short a time since the dissolve before: that one ends here.
    if (this.#melts) this.#part();
    this.#turn(1 - this.#active);
    this.#mix();
    this.#run();
    if (!this.#melts) before.video.pause();
    const measured = () => performance.measure("reel-cut", { start: began, end: performance.now() });
    if (this.#slot.video.hidden) measured();
    else this.#slot.video.addEventListener("playing", measured, { once: true });
    if (!this.#melts) this.#prepare(next);
    this.#tell("change");
  }

  #tell(name) {
    this.dispatchEvent(new Event(name));
  }
}
