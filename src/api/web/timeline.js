// Lanes over time: shots with their pictures, speech, on-screen text, tags, loudness.

import { el, iconButton } from "./dom.js";
import { clock, timecode } from "./time.js";
import { say } from "./words.js";

const RULER = 20;
const LANES = [
  ["shots", 46],
  ["speech", 24],
  ["text", 20],
  ["tags", 20],
  ["loudness", 38],
];
const GAP = 3;
const SHORTEST_VIEW_MILLIS = 2000;
// Below this the room at -60 LUFS is as good as silent.
const QUIETEST_DB = -60;

/** What each lane shows, out of an asset's segments. */
function lanesOf(segments) {
  const said = (segment, ...kinds) => segment.assertions.filter((one) => kinds.includes(one.kind)).map((one) => one.value).join(" · ");
  const on = (channel, ...kinds) => segments.filter((segment) => segment.channel === channel).map((segment) => ({ ...segment, text: said(segment, ...kinds) }));
  const subtitles = on("subtitle", "transcript");
  const shots = on("shot", "tag");
  const sounds = on("sound", "tag");
  return {
    shots,
    // Both say the same; a person's subtitles say it better.
    speech: subtitles.length ? subtitles : on("speech", "transcript"),
    text: on("screen_text", "text"),
    tags: (shots.length ? shots : sounds).filter((segment) => segment.text),
    loudness: sounds,
  };
}

export class Timeline {
  element;
  #canvas = el("canvas", { class: "lanes", "aria-hidden": "true" });
  #head = el("div", { class: "playhead", "aria-hidden": "true" });
  #tip = el("div", { class: "lane-tip", hidden: true, "aria-hidden": "true" });
  #area;
  #player;
  #asset;
  #span;
  #lanes = lanesOf([]);
  #loudness = null;
  #pictures = new Map();
  #view;
  #observer;

  constructor(player, asset, span) {
    this.#player = player;
    this.#asset = asset;
    this.#span = span;
    this.#view = { from: 0, to: Math.max(1, player.duration) };
    this.#area = el("div", { class: "lane-area", role: "slider", tabindex: 0, "aria-label": say("timeline"), "aria-valuemin": 0, "aria-valuemax": Math.round(player.duration) }, this.#canvas, this.#head, this.#tip);
    this.element = el(
      "div",
      { class: "timeline" },
      el("div", { class: "lane-names" }, el("span", { class: "zoom" }, iconButton("minus", say("zoom_out"), () => this.zoom(2)), iconButton("plus", say("zoom_in"), () => this.zoom(0.5))), LANES.map(([name, height]) => el("span", { style: { height: `${height}px` } }, say(`lane.${name}`)))),
      this.#area,
    );
    this.#listen();
  }

  show(segments) {
    this.#lanes = lanesOf(segments);
    this.#draw();
  }

  showLoudness(loudness) {
    this.#loudness = loudness;
    this.#draw();
  }

  /** Shows half or twice as much time around the playhead. */
  zoom(factor) {
    const whole = Math.max(1, this.#player.duration);
    const length = Math.min(whole, Math.max(Math.min(SHORTEST_VIEW_MILLIS, whole), (this.#view.to - this.#view.from) * factor));
    const from = Math.min(Math.max(0, this.#player.time - length / 2), whole - length);
    this.#view = { from, to: from + length };
    this.#draw();
  }

  close() {
    this.#observer.disconnect();
    removeEventListener("themechange", this.#redraw);
  }

  #redraw = () => this.#draw();

  #listen() {
    this.#observer = new ResizeObserver(() => this.#draw());
    this.#observer.observe(this.#area);
    addEventListener("themechange", this.#redraw);
    this.#player.addEventListener("time", () => this.#follow());
    this.#player.addEventListener("change", this.#redraw);
    const at = (event) => {
      const { left, width } = this.#area.getBoundingClientRect();
      return this.#view.from + (Math.min(1, Math.max(0, (event.clientX - left) / width))) * (this.#view.to - this.#view.from);
    };
    this.#area.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      this.#area.setPointerCapture(event.pointerId);
      this.#player.seek(at(event));
    });
    this.#area.addEventListener("pointermove", (event) => {
      if (this.#area.hasPointerCapture(event.pointerId)) this.#player.seek(at(event));
      this.#hover(event, at(event));
    });
    this.#area.addEventListener("pointerleave", () => (this.#tip.hidden = true));
  }

  #x(millis, width) {
    return ((millis - this.#view.from) / (this.#view.to - this.#view.from)) * width;
  }

  #follow() {
    const { time } = this.#player;
    const { from, to } = this.#view;
    if ((time < from || time > to) && to - from < this.#player.duration) this.zoom(1);
    this.#head.style.transform = `translateX(${this.#x(time, this.#area.clientWidth)}px)`;
    this.#area.setAttribute("aria-valuenow", Math.round(time));
    this.#area.setAttribute("aria-valuetext", timecode(time, this.#asset.frame_rate, this.#asset.start_timecode));
  }

  #hover(event, millis) {
    const { top, left, width } = this.#area.getBoundingClientRect();
    let y = RULER;
    let text = "";
    for (const [name, height] of LANES) {
      if (event.clientY - top >= y && event.clientY - top < y + height) text = this.#lanes[name].find((one) => one.start_millis <= millis && millis < one.end_millis)?.text ?? "";
      y += height + GAP;
    }
    this.#tip.textContent = text ? `${clock(millis, true)}  ${text}` : clock(millis, true);
    this.#tip.hidden = false;
    const x = event.clientX - left;
    this.#tip.style.left = `${Math.min(Math.max(0, x - this.#tip.offsetWidth / 2), Math.max(0, width - this.#tip.offsetWidth))}px`;
  }

  #draw() {
    const width = this.#area.clientWidth;
    if (!width) return;
    const height = RULER + LANES.reduce((sum, [, one]) => sum + one + GAP, 0);
    const scale = devicePixelRatio || 1;
    this.#canvas.width = Math.round(width * scale);
    this.#canvas.height = Math.round(height * scale);
    this.#canvas.style.height = `${height}px`;
    const to = this.#canvas.getContext("2d");
    to.scale(scale, scale);
    const style = getComputedStyle(this.#area);
    const colour = (name) => style.getPropertyValue(`--${name}`).trim();
    to.font = `11px ${style.fontFamily}`;
    to.textBaseline = "middle";
    this.#drawRuler(to, width, colour);
    let y = RULER;
    for (const [name, laneHeight] of LANES) {
      to.fillStyle = colour("lane");
      to.fillRect(0, y, width, laneHeight);
      for (const one of this.#lanes[name]) this.#drawSegment(to, name, one, y, laneHeight, width, colour);
      if (name === "loudness") this.#drawLoudness(to, y, laneHeight, width, colour);
      y += laneHeight + GAP;
    }
    this.#drawSpans(to, width, y - GAP, colour);
    this.#follow();
  }

  #drawRuler(to, width, colour) {
    const wanted = ((this.#view.to - this.#view.from) * 90) / width;
    const step = [100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000].find((one) => one >= wanted) ?? 7_200_000;
    to.fillStyle = colour("muted");
    for (let at = Math.ceil(this.#view.from / step) * step; at < this.#view.to; at += step) {
      const x = Math.round(this.#x(at, width));
      to.fillRect(x, RULER - 5, 1, 5);
      if (x + 40 < width) to.fillText(clock(at, step < 1000), x + 4, RULER - 10);
    }
  }

  #drawSegment(to, lane, segment, y, height, width, colour) {
    const from = this.#x(segment.start_millis, width);
    const end = this.#x(segment.end_millis, width);
    if (end < 0 || from > width) return;
    const wide = Math.max(1, end - from - 1);
    to.save();
    to.beginPath();
    to.rect(from, y, wide, height);
    to.clip();
    to.fillStyle = colour(lane === "loudness" ? "lane-sound" : `lane-${lane}`);
    to.fillRect(from, y, wide, height);
    if (lane === "shots") this.#drawPictures(to, segment, y, height, width);
    else if (lane !== "loudness" && wide > 26 && segment.text) {
      to.fillStyle = colour("lane-ink");
      to.fillText(segment.text.replaceAll("\n", " "), Math.max(from, 0) + 5, y + height / 2 + 1);
    }
    to.restore();
  }

  #drawPictures(to, segment, y, height, width) {
    let free = -Infinity;
    for (const keyframe of segment.keyframes) {
      const x = this.#x(Math.max(keyframe.at_millis === segment.keyframes[0].at_millis ? segment.start_millis : keyframe.at_millis, segment.start_millis), width);
      if (!keyframe.thumbnail || x < free || x > width) continue;
      const picture = this.#picture(keyframe.thumbnail);
      if (!picture) continue;
      const wide = (picture.naturalWidth / picture.naturalHeight) * height;
      to.drawImage(picture, x, y, wide, height);
      free = x + wide;
    }
  }

  #picture(address) {
    let picture = this.#pictures.get(address);
    if (!picture) {
      picture = new Image();
      picture.addEventListener("load", this.#redraw);
      picture.src = address;
      this.#pictures.set(address, picture);
    }
    return picture.complete && picture.naturalWidth ? picture : null;
  }

  #drawLoudness(to, y, height, width, colour) {
    if (!this.#loudness?.levels_db?.length) return;
    const { step_millis: step, levels_db: levels } = this.#loudness;
    to.fillStyle = colour("lane-loudness");
    for (let x = 0; x < width; x += 2) {
      const at = (pixel) => (this.#view.from + (pixel / width) * (this.#view.to - this.#view.from)) / step;
      const first = Math.floor(at(x));
      const last = Math.max(first + 1, Math.ceil(at(x + 2)));
      let level = QUIETEST_DB;
      for (let index = Math.max(0, first); index < Math.min(levels.length, last); index += 1) level = Math.max(level, levels[index] ?? QUIETEST_DB);
      const tall = (1 - Math.min(0, level) / QUIETEST_DB) * (height - 4);
      to.fillRect(x, y + height / 2 - tall / 2, 1.4, tall);
    }
  }

  /** The moment that was found, and the marks. */
  #drawSpans(to, width, bottom, colour) {
    to.fillStyle = colour("accent");
    if (this.#span.end_millis > this.#span.start_millis) to.fillRect(this.#x(this.#span.start_millis, width), 0, Math.max(2, this.#x(this.#span.end_millis, width) - this.#x(this.#span.start_millis, width)), 3);
    const { in: first, out: last } = this.#player.marks;
    if (first === null && last === null) return;
    const from = first === null ? 0 : this.#x(first, width);
    const end = last === null ? width : this.#x(last, width);
    to.globalAlpha = 0.14;
    to.fillRect(from, RULER, end - from, bottom - RULER);
    to.globalAlpha = 1;
    for (const x of [first === null ? null : from, last === null ? null : end]) if (x !== null) to.fillRect(Math.round(x), 3, 2, bottom - 3);
  }
}
