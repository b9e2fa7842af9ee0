// Plays an asset from a span on: the original where the browser can, else clips that the server makes.

import { address } from "./api.js";
import { el, icon } from "./dom.js";
import { framesPerSecond } from "./time.js";
import { say } from "./words.js";

// How much of a clip is made at once: long enough to watch, short enough to begin at once.
const CLIP_MILLIS = 30_000;
const SHUTTLE_RATES = [1, 2, 4, 8];

export class Player extends EventTarget {
  element;
  video;
  loop = false;
  marks = { in: null, out: null };
  #asset;
  #span;
  #offset = 0;
  #clip = null;
  #wanted = null;
  #backwards = 0;
  #timer = 0;

  constructor(asset, span) {
    super();
    this.#asset = asset;
    this.#span = span;
    this.video = el("video", { class: "player-picture", playsinline: true, preload: "auto", "aria-label": asset.name, poster: asset.thumbnail, tabindex: -1 });
    this.message = el("p", { class: "player-message", hidden: true });
    this.element = el("div", { class: `player player-${asset.kind}` }, asset.kind === "audio" && !asset.thumbnail ? icon("audio") : null, this.video, this.message);
    const { video } = this;
    video.addEventListener("loadedmetadata", () => this.#loaded());
    video.addEventListener("error", () => this.#failed());
    video.addEventListener("ended", () => this.#ended());
    video.addEventListener("click", () => this.toggle());
    for (const event of ["play", "pause", "ratechange", "volumechange"]) video.addEventListener(event, () => this.#tell("change"));
    for (const event of ["timeupdate", "seeked", "seeking"]) video.addEventListener(event, () => this.#tell("time"));
    this.#wanted = span.start_millis;
    video.src = address.media(asset.asset_id);
    this.#tick();
  }

  /** Where the asset is played, in milliseconds. */
  get time() {
    return this.#wanted ?? this.#offset + this.video.currentTime * 1000;
  }

  get duration() {
    return this.#asset.duration_millis || (Number.isFinite(this.video.duration) ? this.video.duration * 1000 : this.#span.end_millis);
  }

  get playing() {
    return !this.video.paused || this.#backwards > 0;
  }

  get rate() {
    return this.#backwards ? -this.#backwards : this.video.playbackRate;
  }

  /** What loops, and what is downloaded: the marks, else the moment. */
  get range() {
    const start = this.marks.in ?? (this.marks.out !== null && this.marks.out <= this.#span.start_millis ? 0 : this.#span.start_millis);
    const end = this.marks.out ?? (this.#span.end_millis > start ? this.#span.end_millis : this.duration);
    return { start_millis: Math.round(start), end_millis: Math.round(Math.max(end, start + 1)) };
  }

  seek(millis) {
    const to = Math.min(Math.max(0, millis), Math.max(0, this.duration - 1));
    if (this.#clip && (to < this.#clip.start || to >= this.#clip.end)) this.#loadClip(to);
    else if (this.video.readyState === 0) this.#wanted = to;
    else this.video.currentTime = (to - this.#offset) / 1000;
    this.#tell("time");
  }

  play() {
    this.#stopBackwards();
    // A browser may refuse, as before any gesture; the button still shows the truth.
    this.video.play().catch(() => {});
  }

  pause() {
    this.#stopBackwards();
    this.video.pause();
  }

  toggle() {
    this.playing ? this.pause() : this.play();
  }

  /** Frames forward or back; a frame is aimed at in its middle, so that rounding never lands in its neighbour. */
  step(frames) {
    this.pause();
    const perSecond = framesPerSecond(this.#asset.frame_rate) || 25;
    const frame = Math.floor((this.time / 1000) * perSecond + 0.06) + frames;
    this.seek(((frame + 0.5) / perSecond) * 1000);
  }

  /** L and J: forward or backward, faster each time. */
  shuttle(direction) {
    const next = (rate) => SHUTTLE_RATES[Math.min(SHUTTLE_RATES.length - 1, SHUTTLE_RATES.indexOf(rate) + 1)];
    if (direction > 0) {
      this.video.playbackRate = this.#backwards || this.video.paused ? 1 : next(this.video.playbackRate);
      this.play();
      return;
    }
    this.video.pause();
    this.video.playbackRate = 1;
    this.#backwards = this.#backwards ? next(this.#backwards) : 1;
    this.#runBackwards(performance.now(), this.time);
    this.#tell("change");
  }

  setRate(rate) {
    this.#stopBackwards();
    this.video.playbackRate = rate;
  }

  /** Lets go of the file. */
  close() {
    this.pause();
    cancelAnimationFrame(this.#timer);
    this.video.removeAttribute("src");
    this.video.load();
  }

  // Browsers don't play backwards: pictures are sought one by one, as fast as they come.
  #runBackwards(since, from) {
    const rate = this.#backwards;
    const run = () => {
      if (this.#backwards !== rate) return;
      const at = from - (performance.now() - since) * rate;
      if (!this.video.seeking) this.seek(at);
      if (at <= 0) this.pause();
      else requestAnimationFrame(run);
    };
    requestAnimationFrame(run);
  }

  #stopBackwards() {
    if (!this.#backwards) return;
    this.#backwards = 0;
    this.#tell("change");
  }

  #loaded() {
    // Sound without its picture means that the browser can't decode the picture.
    if (!this.#clip && this.#asset.kind === "video" && this.video.videoWidth === 0) return this.#loadClip(this.#wanted ?? 0);
    const wanted = this.#wanted ?? this.#offset;
    this.#wanted = null;
    this.message.hidden = true;
    this.video.currentTime = Math.max(0, wanted - this.#offset) / 1000;
    this.#tell("change");
  }

  #loadClip(from) {
    const goesOn = !this.video.paused;
    const rate = this.video.playbackRate;
    const start = Math.max(0, Math.floor(from));
    const end = Math.max(start + 1, Math.min(Math.ceil(this.#asset.duration_millis || start + CLIP_MILLIS), start + CLIP_MILLIS));
    this.#clip = { start, end };
    this.#offset = start;
    this.#wanted = from;
    this.video.src = address.clip(this.#asset.asset_id, start, end);
    this.video.playbackRate = rate;
    if (goesOn) this.play();
  }

  #failed() {
    if (!this.video.getAttribute("src")) return;
    if (!this.#clip) return this.#loadClip(this.#wanted ?? this.#span.start_millis);
    this.message.textContent = say(this.#asset.is_missing ? "play_missing" : "play_failed");
    this.message.hidden = false;
  }

  #ended() {
    if (this.#clip && this.#clip.end < this.duration - 40) {
      this.#loadClip(this.#clip.end);
      this.play();
    }
  }

  // Every picture shown moves the playhead; `timeupdate` alone comes four times a second.
  #tick() {
    this.#timer = requestAnimationFrame(() => {
      if (this.playing) {
        const { start_millis, end_millis } = this.range;
        if (this.loop && this.rate > 0 && this.time >= end_millis) this.seek(start_millis);
        this.#tell("time");
      }
      this.#tick();
    });
  }

  #tell(name) {
    this.dispatchEvent(new Event(name));
  }
}
