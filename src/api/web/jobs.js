// The view of the jobs: what is being indexed, live, and how to begin, halt and repeat it.

import * as api from "./api.js";
import { write } from "./address.js";
import { el, fill, icon, iconButton } from "./dom.js";
import { announce } from "./notice.js";
import { moment, number, say } from "./words.js";

const VERBS = { queued: ["cancel"], running: ["pause", "cancel"], paused: ["resume", "cancel"], done: ["retry"], failed: ["retry"], cancelled: ["retry"] };

/** Fills `place`; gives what ends the view. */
export function showJobs(place, page) {
  document.title = `${say("jobs")} – Reeldex`;
  const stop = new AbortController();
  const known = new Map();
  const list = el("ul", { class: "job-list", role: "list", id: "job-list" });
  const none = el("p", { class: "panel-none" }, say("no_jobs"));
  const live = el("span", { class: "live", id: "live" });
  // What answers a request may come after events that tell more.
  const take = (job, isAnswer = false) => {
    const before = known.get(job.job_id);
    if (before && isAnswer) return;
    const row = card(job, (error) => announce(error.message || say("error"), true));
    const focused = before?.contains(document.activeElement) ? document.activeElement.dataset.verb : null;
    if (before) before.replaceWith(row);
    else list.prepend(row);
    if (focused) row.querySelector(`[data-verb="${focused}"]`)?.focus();
    known.set(job.job_id, row);
    none.hidden = true;
  };
  fill(
    place,
    el("section", { class: "view" }, el("header", { class: "view-head" }, iconButton("left", say("back"), page.back, { class: "icon-button back-button" }), el("h1", {}, say("jobs")), live), newJob(take), none, list),
  );
  api
    .jobs(stop.signal)
    .then(({ jobs }) => {
      // The latest comes last and is shown first.
      for (const job of jobs) take(job, true);
    })
    .catch((error) => error.name !== "AbortError" && list.before(el("p", { class: "state-detail", role: "alert" }, error.message || say("error"))));
  const events = new EventSource("/jobs/events");
  events.addEventListener("open", () => (live.textContent = say("live")));
  events.addEventListener("error", () => (live.textContent = say("not_live")));
  events.addEventListener("job", (event) => take(JSON.parse(event.data)));
  return () => {
    stop.abort();
    events.close();
  };
}

function newJob(take) {
  const path = el("input", { type: "text", id: "job-path", name: "path", required: true, autocomplete: "off", spellcheck: "false", placeholder: "/archive/2024" });
  const collection = el("input", { type: "text", id: "job-collection", name: "collection", autocomplete: "off" });
  const submit = async (event) => {
    event.preventDefault();
    try {
      const job = await api.newJob({ paths: [path.value.trim()], ...(collection.value.trim() ? { collection: collection.value.trim() } : {}) });
      take(job, true);
      path.value = "";
      announce(say("job_started"), true);
    } catch (error) {
      announce([error.message, error.hint].filter(Boolean).join(" "), true);
    }
  };
  return el("form", { class: "new-job", on: { submit } }, el("div", {}, el("label", { for: "job-path" }, say("job_path")), path), el("div", {}, el("label", { for: "job-collection" }, say("job_collection")), collection), el("button", { type: "submit", class: "button primary" }, icon("plus"), say("index")));
}

function card(job, failed) {
  // Failed files are among those done with.
  const isRender = job.kind === "render";
  const finished = Math.min(job.files ?? 0, (job.done ?? 0) + (job.unchanged ?? 0));
  const share = isRender ? job.render.share : job.files ? Math.min(1, finished / job.files) : job.state === "done" ? 1 : 0;
  const act = (verb) => api.changeJob(job.job_id, verb).catch(failed);
  const name = isRender ? say("job_render", { reel: job.render.reel }) : (job.paths ?? []).join(", ") || job.job_id;
  const title = isRender ? el("a", { href: write({ view: "reels", reel: job.render.reel }) }, name) : name;
  // What is rendered is either given up or goes on.
  const verbs = (VERBS[job.state] ?? []).filter((verb) => !(isRender && verb === "pause") && !(isRender && job.state === "done"));
  const count = (key, value) => (value ? el("span", { class: key === "failed" ? "job-failed" : null }, say(`job.${key}`, { count: value })) : null);
  return el(
    "li",
    { class: `job job-${job.state}`, data: { job: job.job_id } },
    el("div", { class: "job-head" }, el("span", { class: "job-state" }, say(`state.${job.state}`)), el("span", { class: "job-name path" }, title), el("span", { class: "spread" }), isRender && job.render.file ? el("a", { class: "button", href: job.render.file, download: "" }, icon("download"), say("save_film")) : null, verbs.map((verb) => el("button", { type: "button", class: "button", data: { verb }, on: { click: () => act(verb) } }, say(`verb.${verb}`)))),
    el("progress", { max: 1, value: share, "aria-label": say("progress_of", { name }) }),
    el("div", { class: "job-counts numbers" }, el("span", {}, isRender ? `${Math.floor(share * 100)} %` : job.files ? `${number(finished)} / ${number(job.files)}` : "–"), count("done", job.done), count("unchanged", job.unchanged), count("failed", job.failed), job.collection ? el("span", {}, job.collection) : null, job.started ? el("span", {}, moment(job.started)) : null),
    job.message ? el("p", { class: "job-message" }, job.message) : null,
  );
}
