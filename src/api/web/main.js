// Starts the page, shows the view that the address names, and holds the keys that work everywhere.

import * as address from "./address.js";
import { fill } from "./dom.js";
import { buildTools, markTool } from "./header.js";
import { showKeys } from "./keys.js";
import { Results } from "./results.js";
import { SearchField } from "./search-field.js";
import { problemState } from "./states.js";
import { load, say } from "./words.js";

const main = document.getElementById("main");
const page = { state: address.read(), go, replace, back, rebuild, opened: 0 };
const results = new Results(page);
const field = new SearchField(document.getElementById("search"), page);
let leave = null;

/** Goes to a changed state: a new entry of the history. */
function go(changes) {
  page.opened += 1;
  travel(changes, "pushState");
}

/** Changes the state in place, as while typing. */
function replace(changes) {
  travel(changes, "replaceState");
}

function travel(changes, how) {
  const before = page.state;
  page.state = address.changed(before, changes);
  history[how]({ opened: page.opened }, "", address.write(page.state));
  show(before);
}

/** Leaves the view on top of the results. */
function back() {
  if (page.opened > 0) history.back();
  else replace({ moment: null });
}

/** What loads the view on top of the results; only the results are loaded with the page. */
function overlay(state) {
  if (state.moment) return async () => (await import("./moment.js")).showMoment;
  if (state.asset) return async () => (await import("./asset.js")).showAsset;
  if (state.view === "jobs") return async () => (await import("./jobs.js")).showJobs;
  if (state.view === "basket") return async () => (await import("./basket-view.js")).showBasket;
  if (state.view === "reels" && state.reel) return async () => (await import("./reel-editor.js")).showReel;
  if (state.view === "reels") return async () => (await import("./reels.js")).showReels;
  return null;
}

/** Shows the state; results stay alive under another view, so that Back finds them as they were left. */
function show(before = null) {
  leave?.();
  leave = null;
  document.title = page.state.q ? `${page.state.q} – Reeldex` : "Reeldex";
  field.show(page.state);
  markTool(page.state.view);
  const load = overlay(page.state);
  if (!load) {
    results.show(page.state);
    // Taken out and put back it would lose the keyboard's place.
    if (main.firstElementChild !== results.element) fill(main, results.element);
    if (before && overlay(before)) results.comeBack();
    return;
  }
  if (before && !overlay(before)) results.remember();
  const place = document.createElement("div");
  fill(main, place);
  window.scrollTo(0, 0);
  let left = false;
  leave = () => (left = true);
  load().then(
    (view) => {
      if (!left) leave = view(place, page);
    },
    (error) => fill(place, problemState(error)),
  );
  if (before) main.focus({ preventScroll: true });
}

/** Everything anew, in another language. */
function rebuild() {
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = say(element.dataset.word);
  for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", say(element.dataset.label));
  buildTools(document.getElementById("tools"), page);
  field.build();
  results.clear();
  show();
}

addEventListener("popstate", (event) => {
  page.opened = event.state?.opened ?? 0;
  const before = page.state;
  page.state = address.read();
  show(before);
});

addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const typing = event.target.closest("input, textarea, select");
  if (event.key === "Escape" && !typing && overlay(page.state)) back();
  else if (typing) return;
  else if (event.key === "/") field.focus();
  else if (event.key === "?") showKeys();
  else return;
  event.preventDefault();
});

// Links within the page open without loading it anew; with a modifier they stay links.
addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || link.hasAttribute("download") || link.target) return;
  const there = new URL(link.href);
  if (there.origin !== location.origin || there.pathname !== "/" || there.hash) return;
  event.preventDefault();
  const { moment, asset, view, reel, ...asked } = address.read(there.search);
  // A view opened on top of results leaves them as they are.
  const onTop = (moment || asset || view) && address.asksNothing(asked);
  go(onTop ? { moment, asset, view, reel } : { ...asked, moment, asset, view, reel });
});

// The first search starts beside the texts: neither waits for the other.
if (!overlay(page.state)) results.ask(page.state);
try {
  await load();
  rebuild();
} catch (error) {
  fill(main, problemState(error));
}
