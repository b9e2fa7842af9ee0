// The controls below the picture and the keys of the player.

import { el, fill, icon, iconButton } from "./dom.js";
import { clock, timecode } from "./time.js";
import { say } from "./words.js";

const RATES = [0.25, 0.5, 1, 1.5, 2, 4];

/** The row of controls. */
export function transport(player, asset) {
  const play = iconButton("play", say("play"), () => player.toggle(), { id: "play", class: "icon-button play-button" });
  const now = el("output", { class: "timecode", id: "timecode", "aria-label": say("position") });
  const running = el("span", { class: "running", id: "clock" });
  const rate = el("select", { id: "rate", class: "select", "aria-label": say("speed"), on: { change: () => player.setRate(Number(rate.value)) } }, RATES.map((one) => el("option", { value: one }, `${one}×`)));
  const mute = iconButton("volume", say("mute"), () => (player.video.muted = !player.video.muted), { id: "mute" });
  const loop = iconButton("loop", say("loop"), () => (player.loop = !player.loop, player.dispatchEvent(new Event("change"))), { id: "loop" });
  const mark = (which) => el("button", { type: "button", class: "mark-button", id: `mark-${which}`, "aria-label": say(`mark_${which}`), title: say(`mark_${which}`), on: { click: () => setMark(player, which) } }, which === "in" ? "I" : "O");
  const marks = el("span", { class: "marks", id: "marks" });
  const time = () => {
    now.textContent = timecode(player.time, asset.frame_rate, asset.start_timecode);
    running.textContent = `${clock(player.time, true)} / ${clock(player.duration, true)}`;
  };
  const change = () => {
    fill(play, icon(player.playing ? "pause" : "play"));
    play.setAttribute("aria-label", say(player.playing ? "pause" : "play"));
    play.title = say(player.playing ? "pause" : "play");
    rate.querySelector("[data-other]")?.remove();
    if (!RATES.includes(player.rate)) rate.append(el("option", { value: player.rate, data: { other: "" } }, `${player.rate}×`));
    rate.value = String(player.rate);
    fill(mute, icon(player.video.muted ? "mute" : "volume"));
    mute.setAttribute("aria-pressed", String(player.video.muted));
    loop.setAttribute("aria-pressed", String(player.loop));
    const { in: first, out: last } = player.marks;
    const write = (millis) => timecode(millis, asset.frame_rate, asset.start_timecode);
    marks.textContent = first === null && last === null ? "" : `${first === null ? "…" : write(first)} – ${last === null ? "…" : write(last)}`;
    time();
  };
  player.addEventListener("time", time);
  player.addEventListener("change", change);
  change();
  return el(
    "div",
    { class: "transport", role: "group", "aria-label": say("player") },
    iconButton("back", say("frame_back"), () => player.step(-1), { id: "frame-back" }),
    play,
    iconButton("forward", say("frame_forward"), () => player.step(1), { id: "frame-forward" }),
    now,
    running,
    el("span", { class: "spread" }),
    mark("in"),
    mark("out"),
    marks,
    loop,
    rate,
    mute,
    asset.kind === "video" ? iconButton("full", say("full"), () => fullScreen(player), { id: "full" }) : null,
  );
}

function setMark(player, which) {
  player.marks[which] = player.time;
  const { in: first, out: last } = player.marks;
  if (first !== null && last !== null && first >= last) player.marks[which === "in" ? "out" : "in"] = null;
  player.dispatchEvent(new Event("change"));
}

function fullScreen(player) {
  if (document.fullscreenElement) document.exitFullscreen();
  else player.element.requestFullscreen?.().catch(() => {});
}

/** Obeys a key of the player; gives whether it was one. `more` holds the view's own keys. */
export function playerKey(event, player, more = {}) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const faster = (by) => {
    const at = RATES.findIndex((rate) => rate >= player.rate);
    player.setRate(RATES[Math.min(RATES.length - 1, Math.max(0, (at < 0 ? RATES.length - 1 : at) + by))]);
  };
  const keys = {
    " ": () => player.toggle(),
    k: () => player.pause(),
    l: () => player.shuttle(1),
    j: () => player.shuttle(-1),
    ",": () => player.step(-1),
    ".": () => player.step(1),
    i: () => setMark(player, "in"),
    o: () => setMark(player, "out"),
    x: () => ((player.marks.in = player.marks.out = null), player.dispatchEvent(new Event("change"))),
    m: () => (player.video.muted = !player.video.muted),
    f: () => fullScreen(player),
    "<": () => faster(-1),
    ">": () => faster(1),
    ArrowLeft: () => player.seek(player.time - 1000),
    ArrowRight: () => player.seek(player.time + 1000),
    Home: () => player.seek(player.range.start_millis),
    End: () => player.seek(player.range.end_millis),
    ...more,
  };
  const act = keys[event.shiftKey && key.startsWith("Arrow") ? `Shift${key}` : key];
  act?.();
  return Boolean(act);
}
