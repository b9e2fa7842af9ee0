// What stands in the place of results: first visit, empty library, nothing fits, loading, problems.

import * as api from "./api.js";
import { write } from "./address.js";
import { thumbnail } from "./card.js";
import { el, icon } from "./dom.js";
import { announce } from "./notice.js";
import { clock } from "./time.js";
import { day, knows, number, say } from "./words.js";

const EXAMPLES = ["plain", "said", "text", "sequence", "filter", "exclude"];

function state(kind, shape, ...children) {
  return el("div", { class: `state state-${kind}` }, el("div", { class: "state-icon" }, icon(shape)), children);
}

/** Grey cards while results are on their way. */
export function skeletons() {
  return [
    el("div", { class: "facets skeleton-facets", "aria-hidden": "true" }, Array.from({ length: 9 }, () => el("i", { class: "bone" }))),
    el("div", { class: "grid", "aria-hidden": "true" }, Array.from({ length: 12 }, () => el("div", { class: "card skeleton" }, el("i", { class: "thumb bone" }), el("i", { class: "bone" }), el("i", { class: "bone short" })))),
    el("p", { class: "hidden" }, say("loading")),
  ];
}

/** Nothing was asked yet: what can be asked, and what is there. `ask` gives more of it. */
export function firstVisit({ assets, total, next_cursor }, ask) {
  const example = (name) =>
    el("li", {}, el("a", { class: "example", href: write({ q: say(`example.${name}`) }) }, el("code", {}, say(`example.${name}`)), el("span", {}, say(`example.${name}.means`))));
  const card = (asset) =>
    el(
      "li",
      {},
      el(
        "a",
        { class: "asset-card", href: `/?asset=${asset.asset_id}` },
        thumbnail(asset.thumbnail, asset.kind),
        el("span", { class: "card-name", title: asset.path ?? asset.name }, asset.name),
        el("span", { class: "asset-line" }, asset.duration_millis ? el("span", {}, clock(asset.duration_millis)) : null, el("span", {}, asset.collection), asset.created ? el("span", {}, day(asset.created)) : null),
      ),
    );
  const list = el("ul", { class: "grid", role: "list" }, assets.map(card));
  let cursor = next_cursor;
  const more = el("button", { type: "button", class: "button more" }, say("more_assets"));
  more.addEventListener("click", async () => {
    more.disabled = true;
    try {
      const next = await ask(cursor);
      const first = list.childElementCount;
      list.append(...next.assets.map(card));
      list.children[first]?.querySelector("a").focus();
      cursor = next.next_cursor;
    } catch (error) {
      announce(error.message || say("error"), true);
    }
    more.disabled = false;
    more.hidden = !cursor;
  });
  more.hidden = !cursor;
  return el(
    "div",
    { class: "start" },
    el("section", { "aria-labelledby": "examples-title" }, el("h1", { id: "examples-title" }, say("start_title")), el("p", { class: "lead" }, say("start_lead", { count: total })), el("ul", { class: "examples", role: "list" }, EXAMPLES.map(example))),
    el("section", { "aria-labelledby": "recent-title" }, el("h2", { id: "recent-title" }, say("recent"), el("span", { class: "count" }, number(total))), list, more),
  );
}

/** The library holds nothing. */
export function emptyLibrary() {
  return state(
    "empty",
    "video",
    el("h1", {}, say("empty_title")),
    el("p", {}, say("empty_lead")),
    el("pre", { class: "command" }, el("code", {}, "reeldex models pull balanced\nreeldex index --models balanced /archive")),
    el("p", {}, el("a", { href: "/?view=jobs" }, say("empty_jobs"))),
  );
}

/** The honest answer: nothing matches well; the nearest are one press away. */
export function nothingFits(shown, page) {
  const filters = { kind: "", collection: "", lang: "", tag: "", after: "", before: "" };
  const filtered = Object.keys(filters).some((name) => shown[name]);
  return state(
    "none",
    "search",
    el("h1", {}, say("nothing_fits")),
    el("p", {}, say(shown.weak ? "nothing_at_all" : "nothing_lead")),
    el(
      "p",
      { class: "state-actions" },
      shown.weak ? null : el("button", { type: "button", class: "button primary", id: "nearest", on: { click: () => page.go({ q: shown.q, weak: true }) } }, say("show_nearest")),
      filtered ? el("button", { type: "button", class: "button", on: { click: () => page.go({ q: shown.q, ...filters }) } }, say("clear_filters")) : null,
    ),
    el("ul", { class: "tips" }, ["tip_fewer", "tip_channel", "tip_spelling"].map((tip) => el("li", {}, say(tip)))),
  );
}

/** What went wrong, in the page's language where it has words for it; else in the server's. */
export function told(error) {
  if (error.status === 0) return say("unreachable");
  return knows(`problem.${error.code}`) ? say(`problem.${error.code}`) : error.message || say("error");
}

/** Something went wrong: what, and what to do. */
export function problemState(error, { query = "", again = null, back = null } = {}) {
  if (error.status === 401 || error.status === 403) return signInState(error);
  const unreachable = error.status === 0;
  // Below its first line a problem may show the query and point into it.
  const [first, ...shown] = (unreachable ? say("unreachable_hint") : told(error)).split("\n");
  const column = shown.length ? el("pre", { class: "command" }, el("code", {}, shown.join("\n"))) : error.column && query ? el("pre", { class: "command" }, el("code", {}, query.slice(0, error.column - 1), el("mark", {}, query.slice(error.column - 1, error.column) || "▏"), query.slice(error.column))) : null;
  return state(
    "error",
    "info",
    el("h1", {}, unreachable ? say("unreachable") : error.status === 400 ? say("unreadable_query") : say("error")),
    el("p", { class: "state-detail", role: "alert" }, first),
    column,
    error.hint ? el("p", { class: "state-hint" }, el("strong", {}, say("hint"), " "), error.hint) : null,
    el(
      "p",
      { class: "state-actions" },
      again && error.status !== 400 ? el("button", { type: "button", class: "button primary", on: { click: again } }, say("again")) : null,
      back ? el("button", { type: "button", class: "button", on: { click: back } }, say("start_over")) : null,
    ),
  );
}

function signInState(error) {
  const lead = el("p", { class: "state-detail", role: "alert" }, error.status === 403 ? told(error) : say("sign_in_lead"));
  const token = el("input", { type: "password", id: "token", name: "token", autocomplete: "current-password", required: true });
  const submit = async (event) => {
    event.preventDefault();
    try {
      await api.signIn(token.value.trim());
      location.reload();
    } catch (problem) {
      lead.textContent = told(problem);
    }
  };
  return state("error", "keys", el("h1", {}, say("sign_in")), lead, el("form", { class: "sign-in", on: { submit } }, el("label", { for: "token" }, say("token")), token, el("button", { class: "button primary" }, say("sign_in"))));
}
