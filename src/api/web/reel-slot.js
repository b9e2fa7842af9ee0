// A picture of the reel's player: a frame of a pick's source, waiting or running.

import { address } from "./api.js";
import { el, icon } from "./dom.js";
import { part } from "./reel-melt.js";
import { millisOf } from "./time.js";
import { say } from "./words.js";

// Assets that this browser can't decode; they are played as clips that the server makes.
const unplayable = new Set();

/** The first of these events. */
const first = (target, ...names) =>
  new Promise((resolve) => {
    const done = (event) => {
      for (const name of names) target.removeEventListener(name, done);
      resolve(event.type);
    };
    for (const name of names) target.addEventListener(name, done);
  });

/** One of the two pictures that take turns. */
export class Slot {
  pick = null;
  source = null;
  ready = false;
  #offset = 0;
  #turn = 0;

  constructor() {
    this.video = el("video", { class: "player-picture", playsinline: true, preload: "auto", tabindex: -1, "aria-label": say("reel_picture") });
    this.still = el("img", { class: "player-picture", alt: "", hidden: true });
    this.sign = icon("audio");
    this.element = el("div", { class: "reel-slot" }, this.sign, this.video, this.still);
  }

  /** Shows a frame of a pick's source, and waits there; gives whether it is on show. */
  async cue(pick, source, frame) {
    const turn = ++this.#turn;
    Object.assign(this, { pick, source, ready: false });
    this.sign.style.display = source.kind === "audio" ? "" : "none";
    const millis = millisOf(frame + 0.5, source.rate);
    const inside = frame >= pick.in_frame && frame < pick.out_frame;
    let shown;
    if (source.kind === "image") shown = await this.#picture(address.media(pick.asset_id), pick.thumbnail);
    else if (unplayable.has(pick.asset_id) && !inside) shown = await this.#picture(address.frame(pick.asset_id, Math.round(millis)), pick.thumbnail);
    else shown = await this.#moving(pick, source, millis, () => turn === this.#turn);
    if (turn !== this.#turn) return false;
    this.ready = shown;
    return shown;
  }

  /** Seconds of the source's running time. */
  get seconds() {
    return this.#offset + this.video.currentTime;
  }

  clear() {
    this.#turn += 1;
    this.pick = null;
    this.video.removeAttribute("src");
    this.video.load();
  }

  async #picture(source, instead) {
    this.video.pause();
    this.video.hidden = true;
    this.still.hidden = false;
    if (this.still.getAttribute("src") !== source) {
      this.still.src = source;
      if ((await first(this.still, "load", "error")) === "error" && instead) {
        this.still.src = instead;
        return (await first(this.still, "load", "error")) === "load";
      }
    }
    return true;
  }

  async #moving(pick, source, millis, isWanted) {
    const { video } = this;
    const isClip = unplayable.has(pick.asset_id);
    const from = isClip ? address.clip(pick.asset_id, pick.start_millis, pick.end_millis) : address.media(pick.asset_id);
    video.hidden = false;
    this.still.hidden = true;
    video.pause();
    if (video.getAttribute("src") !== from) {
      video.src = from;
      const came = await first(video, "loadedmetadata", "error");
      if (!isWanted()) return false;
      // Sound without its picture means that the browser can't decode the picture.
      const isDark = came === "loadedmetadata" && source.kind === "video" && video.videoWidth === 0;
      if (came !== "loadedmetadata" || isDark) {
        if (isClip) return false;
        unplayable.add(pick.asset_id);
        return this.#moving(pick, source, millis, isWanted);
      }
    } else if (video.readyState < 1) {
      await first(video, "loadedmetadata", "error");
      if (!isWanted()) return false;
    }
    this.#offset = isClip ? pick.start_millis / 1000 : 0;
    video.playbackRate = 1 / (pick.slow_motion?.factor ?? 1);
    part(this);
    video.currentTime = Math.max(0, millis / 1000 - this.#offset);
    await first(video, "seeked", "error");
    return isWanted() && !video.error;
  }
}
