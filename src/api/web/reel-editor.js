// The editor of a reel: its player, the chosen pick, its trim, and the strip of all picks.

import * as api from "./api.js";
import { el, fill, icon, iconButton } from "./dom.js";
import { announce } from "./notice.js";
import { changesDialog } from "./reel-changes.js";
import { exportMenu, Renders } from "./reel-hand-over.js";
import { PickPanel } from "./reel-pick.js";
import { ReelPlayer } from "./reel-player.js";
import { Strip } from "./reel-strip.js";
import { Trim } from "./reel-trim.js";
import { problemState, told } from "./states.js";
import { frameTimecode, framesPerSecond, length } from "./time.js";
import { say } from "./words.js";

/** Fills `place`; gives what ends the view. */
export function showReel(place, page) {
  const name = page.state.reel;
  const stop = new AbortController();
  let editor = null;
  const load = () =>
    api.reel(name, stop.signal).then(
      (reel) => {
        if (stop.signal.aborted) return;
        editor?.close();
        editor = new Editor(page, reel);
        fill(place, editor.element);
      },
      (error) => error.name !== "AbortError" && fill(place, problemState(error, { again: load, back: () => page.go({ view: "reels" }) })),
    );
  fill(place, el("div", { class: "reel-editor" }, el("div", { class: "player bone" })));
  load();
  return () => {
    stop.abort();
    editor?.close();
  };
}

/** What limits the reel: a line, which opens where there are several. */
function notes(all) {
  if (!all.length) return null;
  if (all.length === 1) return el("p", { class: "reel-note" }, icon("info"), all[0]);
  return el("details", { class: "reel-note" }, el("summary", {}, icon("info"), el("span", {}, say("notes", { count: all.length })), el("span", { class: "reel-note-first" }, all[0])), el("ul", {}, all.map((one) => el("li", {}, one))));
}

class Editor {
  element;
  #page;
  #reel = null;
  #chosen = null;
  #turn = Promise.resolve();
  #waiting = 0;
  #player = new ReelPlayer();
  #strip;
  #panel;
  #trim;
  #renders;
  #parts = {};

  constructor(page, reel) {
    this.#page = page;
    const acts = {
      choose: (id) => this.#choose(id),
      move: (id, to) => this.#edit({ action: "move", pick: id, to }, () => say("told.move", { name: this.#name(id), position: to, count: this.#reel.picks.length }), () => this.#choose(id)),
      drop: (id) => this.#drop(id),
      lock: (id) => this.#lock(id),
      play: (id) => (this.#choose(id), this.#player.play()),
      preview: (frame) => this.#player.preview(this.#pick(), frame),
      trim: (id, in_frame, out_frame) => this.#edit({ action: "trim", pick: id, in_frame, out_frame }, () => say("told.trim", { name: this.#name(id), length: this.#length(id) }), () => this.#choose(id)),
      replace: (id) => this.#replace(id),
      name: (id, name) => this.#edit({ action: "rename", pick: id, name }, () => say("told.name", { name })),
      dissolve: (id, frames) => this.#edit({ action: "dissolve", pick: id, frames }, () => say(frames ? "told.dissolve" : "told.cut", { name: this.#name(id) }), () => this.#look(id)),
      slow: (id, slow_motion) => this.#edit({ action: "slow", pick: id, slow_motion }, () => say(slow_motion ? "told.slow" : "told.own_speed", { name: this.#name(id), factor: slow_motion?.factor, length: this.#length(id) }), () => this.#look(id)),
      letter: (id, text) => this.#edit({ action: "letter", pick: id, text }, () => say(text ? "told.letter" : "told.no_letter", { name: this.#name(id) })),
    };
    this.#strip = new Strip(acts);
    this.#panel = new PickPanel(acts);
    this.#trim = new Trim(acts);
    this.#renders = new Renders(reel.name);
    this.#build(reel);
    this.#player.addEventListener("time", () => this.#follow());
    this.#player.addEventListener("change", () => this.#change());
    addEventListener("keydown", this.#key);
    this.#show(reel);
  }

  close() {
    removeEventListener("keydown", this.#key);
    this.#player.close();
    this.#trim.close();
    this.#renders.close();
  }

  #build(reel) {
    const parts = this.#parts;
    parts.title = el("h1", { id: "reel-title" });
    parts.rename = iconButton("edit", say("rename_reel"), () => this.#rename());
    parts.facts = el("p", { class: "reel-facts numbers", id: "reel-facts" });
    parts.notes = el("div", { class: "reel-notes" });
    parts.undo = iconButton("undo", say("undo"), () => this.#undo("undo"), { class: "icon-button framed", id: "undo", "aria-keyshortcuts": "Control+Z" });
    parts.redo = iconButton("redo", say("redo"), () => this.#undo("redo"), { class: "icon-button framed", id: "redo", "aria-keyshortcuts": "Control+Shift+Z" });
    parts.update = el("button", { type: "button", class: "button", id: "update", "aria-label": say("update_reel"), title: say("update_reel"), on: { click: () => this.#update() } }, icon("refresh"), el("span", { class: "button-name" }, say("update_reel")));
    this.element = el(
      "article",
      { class: "reel-editor", "aria-label": say("reel_editor") },
      el(
        "header",
        { class: "reel-head" },
        iconButton("left", say("back"), () => this.#page.back(), { class: "icon-button back-button", id: "back" }),
        el("div", { class: "reel-heading" }, el("div", { class: "reel-title-line" }, parts.title, parts.rename), parts.facts),
        el("div", { class: "reel-tools" }, parts.undo, parts.redo, parts.update, exportMenu(reel.name), this.#renders.button),
      ),
      parts.notes,
      el("div", { class: "stage reel-stage" }, this.#player.element, this.#transport()),
      this.#panel.element,
      this.#trim.element,
      this.#strip.element,
      this.#renders.element,
    );
  }

  #transport() {
    const parts = this.#parts;
    const player = this.#player;
    parts.play = iconButton("play", say("play_reel"), () => player.toggle(), { id: "play", class: "icon-button play-button" });
    parts.code = el("output", { class: "timecode", id: "timecode", "aria-label": say("position") });
    parts.clock = el("span", { class: "running numbers", id: "clock" });
    parts.mute = iconButton("volume", say("mute"), () => (player.muted = !player.muted), { id: "mute", "aria-pressed": "false" });
    parts.seek = el("input", { type: "range", class: "reel-seek", id: "seek", min: 0, step: 1, value: 0, "aria-label": say("position"), on: { input: () => player.seek(Number(parts.seek.value)) } });
    const mark = (which) => el("button", { type: "button", class: "mark-button", id: `mark-${which}`, "aria-label": say(`trim_here_${which}`), title: say(`trim_here_${which}`), on: { click: () => this.#mark(which) } }, which === "in" ? "I" : "O");
    return el(
      "div",
      { class: "transport reel-transport", role: "group", "aria-label": say("player") },
      parts.seek,
      iconButton("back", say("pick_before"), () => player.jump(-1), { id: "pick-before" }),
      parts.play,
      iconButton("forward", say("pick_after"), () => player.jump(1), { id: "pick-after" }),
      parts.code,
      parts.clock,
      el("span", { class: "spread" }),
      mark("in"),
      mark("out"),
      parts.mute,
    );
  }

  /** Takes up a state of the reel. */
  #show(reel) {
    this.#reel = reel;
    const parts = this.#parts;
    document.title = `${reel.title} – Reeldex`;
    parts.title.textContent = reel.title;
    parts.facts.textContent = [say("picks", { count: reel.picks.length }), length(reel.duration_millis), `${Math.round(framesPerSecond(reel.timeline.rate) * 1000) / 1000} /s`, `${reel.timeline.width}×${reel.timeline.height}`].join(" · ");
    fill(parts.notes, notes(reel.notes));
    this.#enable(parts.undo, reel.can_undo, parts.redo);
    this.#enable(parts.redo, reel.can_redo, parts.undo);
    parts.seek.max = Math.max(0, reel.duration_frames - 1);
    if (!reel.picks.some((one) => one.id === this.#chosen)) this.#chosen = this.#neighbour(reel);
    this.#player.show(reel);
    this.#showChosen();
    this.#follow();
    this.#change();
  }

  /** A control that goes out of use passes its focus on. */
  #enable(button, is, other) {
    const focused = document.activeElement === button;
    button.disabled = !is;
    if (focused && !is) (other.disabled ? this.#parts.play : other).focus();
  }

  /** What stands where the chosen pick was. */
  #neighbour(reel) {
    const at = this.#parts.position ?? 0;
    return reel.picks[Math.min(at, reel.picks.length - 1)]?.id ?? null;
  }

  #showChosen() {
    const pick = this.#pick();
    this.#parts.position = pick ? pick.position - 1 : 0;
    this.#strip.show(this.#reel, this.#chosen);
    this.#panel.show(this.#reel, pick);
    this.#trim.show(pick, pick ? this.#reel.sources[pick.asset_id] : null);
  }

  #pick(id = this.#chosen) {
    return this.#reel.picks.find((one) => one.id === id) ?? null;
  }

  #name(id) {
    return this.#pick(id)?.name ?? "";
  }

  #length(id) {
    const pick = this.#pick(id);
    return pick ? length(pick.record_end_millis - pick.record_start_millis) : "";
  }

  #choose(id) {
    const pick = this.#pick(id);
    if (!pick) return;
    this.#chosen = id;
    if (!this.#player.playing) this.#player.seek(pick.record_start_frame);
    this.#showChosen();
    this.#follow();
  }

  /** Stands at the beginning of a pick whose place in the reel has changed. */
  #look(id) {
    const pick = this.#pick(id);
    if (pick && id === this.#chosen && !this.#player.playing) this.#player.seek(pick.record_start_frame);
  }

  /** Makes changes one after the other; `words` tells what was done. */
  #changeBy(ask, words, then = () => {}) {
    this.#waiting += 1;
    this.element.setAttribute("aria-busy", "true");
    this.#turn = this.#turn.then(async () => {
      try {
        const reel = await ask(this.#reel);
        if (reel) this.#show(reel);
        if (reel) then(reel);
        if (reel) announce(words(reel));
      } catch (error) {
        await this.#failed(error);
      }
      this.#waiting -= 1;
      if (!this.#waiting) this.element.setAttribute("aria-busy", "false");
    });
    return this.#turn;
  }

  #edit(edit, words, then) {
    return this.#changeBy((reel) => api.editReel(reel, edit), words, then);
  }

  async #failed(error) {
    announce(told(error), true);
    try {
      // Whatever was changed elsewhere, or was not taken, is shown as it is.
      this.#show(await api.reel(this.#reel.name));
    } catch {
      // It was told already.
    }
  }

  #undo(which) {
    if (!this.#reel[`can_${which}`] && !this.#waiting) return;
    this.#edit({ action: which }, (reel) => say(`told.${which}`, { change: reel.history[reel.revision].change }));
  }

  #drop(id) {
    const name = this.#name(id);
    this.#edit({ action: "drop", pick: id }, () => say("told.drop", { name }));
  }

  #lock(id) {
    const is_locked = !this.#pick(id).is_locked;
    this.#edit({ action: "lock", pick: id, is_locked }, () => say(is_locked ? "told.lock" : "told.unlock", { name: this.#name(id) }));
  }

  #replace(id) {
    const before = this.#pick(id);
    announce(say("replacing"), true);
    this.#changeBy(
      (reel) => api.replacePick(reel, id),
      () => say("told.replace", { name: before.name }),
      (reel) => {
        const now = reel.picks[before.position - 1];
        if (now) this.#choose(now.id);
      },
    );
  }

  #update() {
    announce(say("updating"), true);
    this.#changeBy(
      async (reel) => {
        const answer = await api.updateReel(reel);
        changesDialog(answer.changes, answer.reel);
        return answer.reel;
      },
      () => say("told.update"),
    );
  }

  #mark(which) {
    const { pick } = this.#player;
    if (!pick) return;
    const frame = this.#player.sourceFrame;
    this.#player.pause();
    if (pick.id !== this.#chosen) {
      this.#chosen = pick.id;
      this.#showChosen();
    }
    this.#trim.mark(which, which === "in" ? frame : frame + 1);
  }

  #rename() {
    const { title, rename } = this.#parts;
    const input = el("input", { type: "text", id: "new-title", maxlength: 200, value: this.#reel.title, "aria-label": say("reel_title") });
    const form = el("form", { class: "reel-rename" }, input, el("button", { type: "submit", class: "button primary" }, say("save")));
    const end = () => {
      form.replaceWith(title);
      rename.hidden = false;
      rename.focus();
    };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const name = input.value.trim();
      end();
      if (name && name !== this.#reel.title) this.#edit({ action: "rename", pick: null, name }, () => say("told.rename", { name }));
    });
    form.addEventListener("keydown", (event) => event.key === "Escape" && (event.preventDefault(), end()));
    title.replaceWith(form);
    rename.hidden = true;
    input.select();
    input.focus();
  }

  #follow() {
    const { frame, pick } = this.#player;
    const { rate, start_timecode } = this.#reel.timeline;
    this.#parts.code.textContent = frameTimecode(frame, rate, start_timecode);
    const all = frameTimecode(this.#player.frames, rate, "00:00:00:00");
    this.#parts.clock.textContent = `/ ${all}`;
    this.#parts.seek.value = String(frame);
    this.#parts.seek.setAttribute("aria-valuetext", this.#parts.code.textContent);
    this.#strip.follow(pick, pick ? (frame - pick.record_start_frame) / (pick.record_end_frame - pick.record_start_frame) : 0);
    this.#trim.follow(pick && pick.id === this.#chosen ? this.#player.sourceFrame : null);
  }

  #change() {
    const { play, mute } = this.#parts;
    const word = say(this.#player.playing ? "pause" : "play_reel");
    fill(play, icon(this.#player.playing ? "pause" : "play"));
    play.setAttribute("aria-label", word);
    play.title = word;
    fill(mute, icon(this.#player.muted ? "mute" : "volume"));
    mute.setAttribute("aria-pressed", String(this.#player.muted));
    if (this.#player.playing && this.#player.pick) this.#strip.reveal(this.#player.pick);
  }

  #key = (event) => {
    if (event.defaultPrevented || event.altKey || document.querySelector("dialog[open]") || event.target.closest("input:not([type=range]), textarea, select")) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (event.ctrlKey || event.metaKey) {
      if (key === "z") this.#undo(event.shiftKey ? "redo" : "undo");
      else if (key === "y") this.#undo("redo");
      else return;
      event.preventDefault();
      return;
    }
    // A focused control obeys its own keys.
    if (key === " " && event.target.closest("button:not(.strip-button), a, summary")) return;
    const act = {
      " ": () => this.#player.toggle(),
      k: () => this.#player.pause(),
      l: () => this.#player.play(),
      ",": () => this.#player.step(-1),
      ".": () => this.#player.step(1),
      i: () => this.#mark("in"),
      o: () => this.#mark("out"),
      m: () => (this.#player.muted = !this.#player.muted),
    }[key];
    if (!act) return;
    act();
    event.preventDefault();
  };
}
