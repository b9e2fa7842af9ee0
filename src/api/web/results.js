// The results: asks for moments, shows them as a grid with facets, and knows every state between.

import * as address from "./address.js";
import * as api from "./api.js";
import { momentCard } from "./card.js";
import { el, fill } from "./dom.js";
import { facetsPanel } from "./facets.js";
import { emptyLibrary, firstVisit, nothingFits, problemState, skeletons } from "./states.js";
import { announce } from "./notice.js";
import * as picture from "./picture.js";
import { say } from "./words.js";

const PAGE = 24;

/** What the keyboard is on, in words that find it again when all is built anew; `null` where it is elsewhere. */
function focusOf(element) {
  const at = document.activeElement;
  if (!element.contains(at)) return null;
  const { facet, value } = at.dataset;
  return facet ? `[data-facet="${CSS.escape(facet)}"][data-value="${CSS.escape(value)}"]` : ".card-link";
}

/** Gives the keyboard back, should it have lost its place meanwhile. */
function focusAgain(element, held) {
  if (!held || (document.activeElement !== document.body && document.activeElement?.isConnected)) return;
  (element.querySelector(held) ?? element.querySelector(".facet, .card-link, button, a") ?? document.getElementById("main")).focus({ preventScroll: true });
}

export class Results {
  element = el("div", { class: "results" });
  #page;
  #asked = null;
  #promise = null;
  #abort = null;
  #grid = null;
  #scroll = 0;
  #focused = null;

  constructor(page) {
    this.#page = page;
    // What was found may be another answer by now.
    addEventListener("corrected", () => (this.#asked = null));
    addEventListener("pictured", () => (this.#asked = null));
  }

  /** Starts the question of a state, once. */
  ask(state) {
    if (this.#asked && address.sameSearch(this.#asked, state)) return false;
    this.#asked = state;
    this.#abort?.abort();
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.#promise = address.asksNothing(state) ? api.assets({ limit: PAGE }, signal) : picture.search({ ...address.searchFields(state), limit: PAGE, facets: true }, signal);
    // Shown when it is waited for.
    this.#promise.catch(() => {});
    return true;
  }

  async show(state) {
    const fresh = this.ask(state);
    if (!fresh && this.element.childElementCount) return;
    const promise = this.#promise;
    const held = focusOf(this.element);
    this.element.setAttribute("aria-busy", "true");
    // Results that come at once replace the old ones without a flicker in between.
    const waiting = setTimeout(() => fill(this.element, skeletons()), this.element.childElementCount ? 150 : 0);
    try {
      const answer = await promise;
      if (promise !== this.#promise) return;
      if (address.asksNothing(state)) this.#showStart(answer);
      else this.#showAnswer(state, answer);
      focusAgain(this.element, held);
    } catch (error) {
      if (error.name === "AbortError" || promise !== this.#promise) return;
      this.#asked = null;
      fill(this.element, problemState(error, { query: state.q, again: () => this.show(state), back: () => this.#page.go({ ...address.unfiltered(state), q: "" }) }));
      announce(error.message || say("error"));
    } finally {
      clearTimeout(waiting);
      if (promise === this.#promise) this.element.setAttribute("aria-busy", "false");
    }
  }

  #showStart(answer) {
    fill(this.element, answer.total === 0 ? emptyLibrary() : firstVisit(answer, (cursor) => api.assets({ limit: PAGE, cursor })));
    this.#painted();
  }

  #showAnswer(state, answer) {
    this.#grid = el("ul", { class: "grid", role: "list", id: "grid", "aria-label": say("results"), on: { keydown: (event) => this.#key(event), focusin: (event) => this.#rove(event) } });
    this.#add(answer.moments);
    const none = answer.moments.length === 0;
    fill(
      this.element,
      facetsPanel(answer.facets ?? {}, this.#page),
      el(
        "section",
        { class: "found", "aria-label": say("results") },
        this.#summary(state, answer),
        none ? nothingFits(state, this.#page) : this.#grid,
        this.#more(state, answer),
      ),
    );
    announce(none ? say("nothing_fits") : say("moments", { count: answer.total ?? answer.moments.length }));
    this.#painted();
  }

  #summary(state, answer) {
    const count = answer.total ?? answer.moments.length;
    const notes = answer.notes ?? [];
    const near = state.weak || answer.verdict === "weak" || answer.verdict === "none";
    return el(
      "div",
      { class: "summary" },
      el(answer.moments.length ? "h1" : "p", { class: "summary-count" }, say("moments", { count })),
      el("span", { class: "summary-took" }, say("took", { millis: answer.took_millis ?? 0 })),
      near && answer.moments.length ? el("span", { class: "summary-weak" }, say("only_near")) : null,
      notes.length ? el("details", { class: "summary-notes" }, el("summary", {}, say("notes", { count: notes.length })), notes.map((note) => el("p", {}, note))) : null,
    );
  }

  #more(state, answer) {
    if (!answer.next_cursor) return null;
    const button = el("button", { type: "button", class: "button more" }, say("more"));
    let cursor = answer.next_cursor;
    button.addEventListener("click", async () => {
      button.disabled = true;
      try {
        const next = await picture.search({ ...address.searchFields(state), limit: PAGE, cursor, facets: false });
        const first = this.#grid.childElementCount;
        this.#add(next.moments);
        this.#grid.children[first]?.querySelector(".card-link").focus();
        cursor = next.next_cursor;
        if (!cursor) button.remove();
      } catch (error) {
        announce(error.message || say("error"), true);
      }
      button.disabled = false;
    });
    return button;
  }

  #add(moments) {
    for (const moment of moments) this.#grid.append(el("li", {}, momentCard(moment, this.#page, this.#grid.childElementCount === 0 ? 0 : -1, this.#grid.childElementCount)));
  }

  /** Once, when the first picture can be seen: how long it took since the page began to load. */
  #painted() {
    if (performance.getEntriesByName("first-result").length) return;
    requestAnimationFrame(() => setTimeout(() => performance.mark("first-result")));
  }

  #links() {
    return [...this.#grid.querySelectorAll(".card-link")];
  }

  #rove(event) {
    if (!event.target.matches(".card-link")) return;
    for (const link of this.#links()) link.tabIndex = link === event.target ? 0 : -1;
  }

  /** Arrows move through the grid as it is laid out. */
  #key(event) {
    if (!event.target.matches(".card-link") || event.ctrlKey || event.metaKey || event.altKey) return;
    const links = this.#links();
    const at = links.indexOf(event.target);
    const columns = links.filter((link) => Math.abs(link.getBoundingClientRect().top - links[0].getBoundingClientRect().top) < 4).length;
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, ArrowDown: at + columns, ArrowUp: at - columns, Home: 0, End: links.length - 1 }[event.key];
    if (event.key === "b") event.target.closest(".card").querySelector(".card-keep").click();
    else if (to === undefined) return;
    else if (event.key === "ArrowUp" && to < 0) document.getElementById("q").focus();
    else links[Math.min(links.length - 1, Math.max(0, to))].focus();
    event.preventDefault();
  }

  /** Draws anew what was answered, as in another language. */
  clear() {
    fill(this.element);
  }

  remember() {
    this.#scroll = scrollY;
    this.#focused = this.element.contains(document.activeElement) ? document.activeElement : null;
  }

  comeBack() {
    scrollTo(0, this.#scroll);
    this.#focused?.focus({ preventScroll: true });
  }
}
