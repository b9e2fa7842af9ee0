// What leaves the editor: lists for edit suites, and the rendered film with its progress.

import * as api from "./api.js";
import { el, fill, icon } from "./dom.js";
import { announce } from "./notice.js";
import { told } from "./states.js";
import { moment, say } from "./words.js";

// Each with what opens it.
const FORMATS = ["otio", "edl", "fcpxml", "xmeml", "ale", "markers", "vtt", "srt", "csv", "html"];
const PICTURES = ["h264", "prores", "dnxhr"];
const LOUDNESS = ["-23", "-14", "off"];
const FILLS = ["letterbox", "blur"];
const SUBTITLES = ["none", "soft", "burnt"];

/** The menu of formats: links, so that a browser saves what they lead to. */
export function exportMenu(name) {
  const give = async (event, format) => {
    event.preventDefault();
    menu.open = false;
    menu.querySelector("summary").focus();
    try {
      const { file, warnings } = await save(api.address.reelExport(name, format));
      announce([say("exported", { file }), ...warnings].join(" "), true);
      if (warnings.length) warningsDialog(file, warnings);
    } catch (error) {
      announce([told(error), error.hint].filter(Boolean).join(" "), true);
    }
  };
  const item = (format) => el("li", {}, el("a", { href: api.address.reelExport(name, format), download: "", class: "menu-item", data: { format }, on: { click: (event) => give(event, format) } }, el("span", {}, say(`export.${format}`)), el("span", { class: "menu-detail" }, say(`export.${format}.for`))));
  const manifest = el("li", {}, el("a", { href: `/reels/${encodeURIComponent(name)}/manifest.json`, download: `${name}.reel.json`, class: "menu-item" }, el("span", {}, "Reeldex"), el("span", { class: "menu-detail" }, say("export.manifest.for"))));
  const menu = el("details", { class: "menu", id: "export" }, el("summary", { class: "button" }, icon("download"), say("export"), icon("down")), el("ul", { class: "menu-list", role: "list" }, FORMATS.map(item), manifest));
  menu.addEventListener("keydown", (event) => {
    const items = [...menu.querySelectorAll(".menu-item")];
    const at = items.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (event.key === "Escape" && menu.open) {
      menu.open = false;
      menu.querySelector("summary").focus();
    } else if (to !== undefined && menu.open) items[(to + items.length) % items.length].focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  menu.addEventListener("focusout", (event) => !menu.contains(event.relatedTarget) && event.relatedTarget && (menu.open = false));
  addEventListener("click", (event) => !menu.contains(event.target) && (menu.open = false));
  return menu;
}

/** Saves what an address gives, which a link alone would save even where it is a refusal. */
async function save(address) {
  const response = await fetch(address, { credentials: "same-origin" });
  if (!response.ok) throw new api.Problem(response.status, await response.json().catch(() => ({})));
  const said = response.headers.get("content-disposition") ?? "";
  const file = decodeURIComponent(/filename\*=UTF-8''([^;]+)/.exec(said)?.[1] ?? "reel");
  const warnings = (response.headers.get("reeldex-warning") ?? "").split(",").map((one) => decodeURIComponent(one.trim())).filter(Boolean);
  const place = URL.createObjectURL(await response.blob());
  el("a", { href: place, download: file }).click();
  // The browser takes hold of it before the next turn, and is given time for that.
  setTimeout(() => URL.revokeObjectURL(place), 60_000);
  return { file, warnings };
}

function warningsDialog(file, warnings) {
  const dialog = el(
    "dialog",
    { class: "dialog", id: "export-warnings", "aria-labelledby": "warnings-title" },
    el("h2", { id: "warnings-title" }, say("export_warnings", { file })),
    el("ul", { class: "warning-list" }, warnings.map((one) => el("li", {}, one))),
    el("div", { class: "dialog-actions" }, el("button", { type: "button", class: "button primary", on: { click: () => dialog.close() } }, say("close"))),
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

/** The rendering of a reel: its button, and the list of what is and was rendered. */
export class Renders {
  button = el("button", { type: "button", class: "button primary", id: "render", on: { click: () => this.#ask() } }, icon("render"), say("render"));
  element = el("section", { class: "renders", "aria-labelledby": "renders-title", hidden: true });
  #name;
  #rows = new Map();
  #list = el("ul", { role: "list", id: "renders" });
  #events;

  constructor(name) {
    this.#name = name;
    fill(this.element, el("h2", { id: "renders-title" }, say("renders")), this.#list);
    // Each job is told as it stands first.
    this.#events = new EventSource("/jobs/events");
    this.#events.addEventListener("job", (event) => this.#take(JSON.parse(event.data)));
  }

  close() {
    this.#events.close();
  }

  #take(job) {
    if (job.kind !== "render" || job.render?.reel !== this.#name) return;
    const before = this.#rows.get(job.job_id);
    const row = before ?? new RenderRow(this.#name);
    if (!before) {
      this.#rows.set(job.job_id, row);
      this.#list.prepend(row.element);
    }
    this.element.hidden = false;
    row.show(job);
  }

  #ask() {
    const select = (id, options, label) => [el("label", { for: id }, say(label)), el("select", { id, class: "select" }, options.map((one) => el("option", { value: one }, say(`${label}.${one}`))))];
    const check = (id, label) => el("label", { class: "check" }, el("input", { type: "checkbox", id }), say(label));
    const problem = el("p", { class: "form-problem", role: "alert", hidden: true });
    const send = el("button", { type: "submit", class: "button primary", id: "render-start" }, icon("render"), say("render"));
    const submit = async (event) => {
      event.preventDefault();
      send.disabled = true;
      try {
        this.#take(await api.renderReel(this.#name, settings(form)));
        announce(say("render_queued"), true);
        dialog.close();
      } catch (error) {
        problem.textContent = [told(error), error.hint].filter(Boolean).join(" ");
        problem.hidden = false;
      }
      send.disabled = false;
    };
    const form = el(
      "form",
      { on: { submit } },
      el("div", { class: "render-fields" }, select("render-picture", PICTURES, "render_picture"), select("render-loudness", LOUDNESS, "render_loudness"), select("render-fill", FILLS, "render_fill"), select("render-subtitles", SUBTITLES, "render_subtitles")),
      check("render-thirds", "render_thirds"),
      check("render-slates", "render_slates"),
      problem,
      el("div", { class: "dialog-actions" }, send, el("button", { type: "button", class: "button", on: { click: () => dialog.close() } }, say("cancel"))),
    );
    const dialog = el("dialog", { class: "dialog", id: "render-dialog", "aria-labelledby": "render-title" }, el("h2", { id: "render-title" }, say("render_title")), form);
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }
}

/** The settings as the server takes them. */
function settings(form) {
  const of = (name) => form.querySelector(`#render-${name}`);
  return { codec: of("picture").value, loudness: of("loudness").value, fill: of("fill").value, subtitles: of("subtitles").value, lower_thirds: of("thirds").checked, slates: of("slates").checked };
}

/** One rendering; its parts are changed in place, so that focus and progress stay steady. */
class RenderRow {
  #name;
  #state = el("span", { class: "job-state" });
  #when = el("span", { class: "numbers render-when" });
  #progress = el("progress", { max: 1, value: 0 });
  #figure = el("span", { class: "numbers render-figure" });
  #message = el("p", { class: "job-message", hidden: true });
  #acts = el("span", { class: "render-acts" });
  #film = el("div", { class: "render-film" });
  #stands = "";

  constructor(name) {
    this.#name = name;
    this.element = el("li", { class: "job render" }, el("div", { class: "job-head" }, this.#state, this.#when, el("span", { class: "spread" }), this.#figure, this.#acts), this.#progress, this.#message, this.#film);
  }

  show(job) {
    const share = job.state === "done" ? 1 : (job.render.share ?? 0);
    this.element.dataset.state = job.state;
    this.element.dataset.job = job.job_id;
    this.#state.textContent = say(`state.${job.state}`);
    this.#when.textContent = job.started ? moment(job.started) : "";
    this.#progress.value = share;
    this.#progress.setAttribute("aria-label", say("progress_of", { name: say("render") }));
    this.#progress.hidden = job.state === "done" || job.state === "cancelled";
    this.#figure.textContent = job.state === "running" ? `${Math.floor(share * 100)} %` : "";
    this.#message.textContent = job.message ?? "";
    this.#message.hidden = !job.message;
    if (this.#stands === job.state) return;
    const was = this.#stands;
    this.#stands = job.state;
    this.#showActs(job);
    // What ended while the editor is open is said; what had ended before is not.
    if (was && ["done", "failed", "cancelled"].includes(job.state)) announce(say(`render_told.${job.state}`), true);
  }

  #showActs(job) {
    const focused = this.#acts.contains(document.activeElement);
    const verb = { queued: "cancel", running: "cancel", failed: "retry", cancelled: "retry" }[job.state];
    const act = (name) => el("button", { type: "button", class: "button", data: { verb: name }, on: { click: () => api.changeJob(job.job_id, name).catch((error) => announce(told(error), true)) } }, say(`verb.${name}`));
    const file = api.address.rendered(this.#name, job.job_id);
    const watch = el("button", { type: "button", class: "button", data: { verb: "watch" }, on: { click: () => this.#watch(file) } }, icon("play"), say("watch"));
    fill(this.#acts, verb ? act(verb) : null, job.state === "done" ? [watch, el("a", { class: "button", href: file, download: "", data: { verb: "save" } }, icon("download"), say("save_film"))] : null);
    if (focused) this.#acts.querySelector("button, a")?.focus();
  }

  #watch(file) {
    const video = el("video", { class: "render-video", controls: true, playsinline: true, src: file, "aria-label": say("render_result") });
    video.addEventListener("error", () => fill(this.#film, el("p", { class: "panel-none" }, say("play_failed"))));
    fill(this.#film, video);
    video.play().catch(() => {});
    video.focus();
  }
}
