// The search field: completions while typing, and chips that say where the words are looked for.

import * as api from "./api.js";
import { asksNothing } from "./address.js";
import { el, fill, icon, iconButton } from "./dom.js";
import { announce } from "./notice.js";
import * as picture from "./picture.js";
import { number, say, sayOr } from "./words.js";

const CHANNELS = [
  ["said", "speech"],
  ["seen", "picture"],
  ["text", "text"],
  ["tag", "tag"],
];
const ALL_OF_ONE = /^(said|seen|text|tag):(?:"([^"]*)"|(\S+))$/;
// Shorter than a pause in typing, longer than the time between two letters.
const TYPING_PAUSE_MILLIS = 280;

export class SearchField {
  #form;
  #page;
  #input;
  #list;
  #chips;
  #options = [];
  #active = -1;
  #asked = null;
  #pause = 0;

  constructor(form, page) {
    this.#form = form;
    this.#page = page;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#search();
    });
    // A picture may be dropped anywhere on the field, or pasted into it.
    const carried = ({ dataTransfer }) => [...(dataTransfer?.items ?? [])].some((item) => item.kind === "file");
    form.addEventListener("dragover", (event) => {
      if (!carried(event)) return;
      event.preventDefault();
      form.classList.add("dropping");
    });
    form.addEventListener("dragleave", () => form.classList.remove("dropping"));
    form.addEventListener("drop", (event) => {
      form.classList.remove("dropping");
      if (!carried(event)) return;
      event.preventDefault();
      this.#lookFor(event.dataTransfer.files[0]);
    });
    form.addEventListener("paste", (event) => {
      const file = event.clipboardData?.files[0];
      if (!file) return;
      event.preventDefault();
      this.#lookFor(file);
    });
  }

  build() {
    const value = this.#input?.value ?? this.#page.state.q;
    this.#input = el("input", {
      type: "text",
      id: "q",
      name: "q",
      role: "combobox",
      "aria-label": say("search"),
      "aria-expanded": "false",
      "aria-controls": "completions",
      "aria-autocomplete": "list",
      "aria-keyshortcuts": "/",
      placeholder: say("search_placeholder"),
      spellcheck: "false",
      autocapitalize: "off",
      enterkeyhint: "search",
      maxlength: 2000,
      on: {
        input: () => this.#typed(),
        keydown: (event) => this.#key(event),
        blur: () => setTimeout(() => this.#close(), 150),
      },
    });
    this.#input.value = value;
    this.#list = el("ul", { id: "completions", class: "completions", role: "listbox", "aria-label": say("completions"), hidden: true });
    this.#chips = el("div", { class: "chips", role: "group", "aria-label": say("look_in") });
    const clear = iconButton("close", say("clear"), () => {
      this.#input.value = "";
      this.#page.go({ q: "", weak: false });
      this.focus();
    });
    clear.id = "clear";
    const file = el("input", { type: "file", id: "picture", accept: "image/*", hidden: true, on: { change: () => this.#lookFor(file.files[0]) } });
    const choose = iconButton("image", say("by_picture"), () => file.click());
    choose.id = "by-picture";
    const key = el("kbd", { class: "field-key", "aria-hidden": "true" }, "/");
    fill(this.#form, el("div", { class: "field" }, icon("search"), this.#input, key, clear, choose, file), this.#list, this.#chips);
    this.#showChips();
  }

  /** Shows a state's query, unless somebody is typing another one. */
  show(state) {
    if (!this.#input) return;
    if (this.#input.value.trim() !== state.q.trim()) this.#input.value = state.q;
    this.#form.classList.toggle("filled", this.#input.value !== "");
    this.#showChips();
  }

  focus() {
    this.#input.focus();
    this.#input.select();
  }

  #search() {
    clearTimeout(this.#pause);
    this.#close();
    const q = this.#input.value.trim();
    if (q !== this.#page.state.q || this.#page.state.moment || this.#page.state.asset || this.#page.state.view) this.#page.go({ q, weak: false });
  }

  /** Looks for what is like a picture, beside the words that are there. */
  #lookFor(file) {
    if (!file) return;
    if (!file.type.startsWith("image/")) return announce(say("no_picture"), true);
    const q = this.#input.value.trim();
    picture.hold(file);
    this.#input.value = picture.names(q) ? q : `${q} ${picture.PICTURE}`.trim();
    this.#form.classList.add("filled");
    this.#showChips();
    this.#close();
    this.#page.go({ q: this.#input.value, weak: false });
  }

  #letGo() {
    picture.hold(null);
    this.#input.value = this.#input.value.replaceAll(picture.PICTURE, "").replace(/\s+/g, " ").trim();
    this.#showChips();
    this.#page.go({ q: this.#input.value, weak: false });
    this.focus();
  }

  #typed() {
    this.#form.classList.toggle("filled", this.#input.value !== "");
    this.#showChips();
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => {
      const q = this.#input.value.trim();
      this.#complete();
      // Only the list of results follows the typing; a player is not torn away.
      const { moment, asset, view } = this.#page.state;
      if (!moment && !asset && !view && q !== this.#page.state.q) (asksNothing(this.#page.state) ? this.#page.go : this.#page.replace)({ q, weak: false });
    }, TYPING_PAUSE_MILLIS);
  }

  async #complete() {
    const before = this.#input.value.slice(0, this.#input.selectionStart ?? undefined);
    this.#asked?.abort();
    if (!before.trim()) return this.#close();
    this.#asked = new AbortController();
    try {
      const { suggestions } = await api.suggest(before, this.#asked.signal);
      if (document.activeElement === this.#input && this.#input.value.startsWith(before)) this.#open(suggestions, before);
    } catch {
      // Completions are a help, and searching goes on without them.
      this.#close();
    }
  }

  #open(suggestions, before) {
    this.#options = suggestions.map((suggestion) => ({ ...suggestion, before }));
    this.#active = -1;
    fill(
      this.#list,
      this.#options.map((option, index) =>
        el(
          "li",
          { role: "option", id: `completion-${index}`, "aria-selected": "false", on: { pointerdown: (event) => (event.preventDefault(), this.#take(index)) } },
          el("span", { class: "completion-text" }, option.text),
          el("span", { class: "completion-kind" }, sayOr(`suggests.${option.kind}`, option.kind)),
          option.count ? el("span", { class: "completion-count" }, number(option.count)) : null,
        ),
      ),
    );
    const open = this.#options.length > 0;
    this.#list.hidden = !open;
    this.#input.setAttribute("aria-expanded", String(open));
  }

  #close() {
    this.#options = [];
    this.#active = -1;
    this.#list.hidden = true;
    this.#input.setAttribute("aria-expanded", "false");
    this.#input.removeAttribute("aria-activedescendant");
  }

  #key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && this.#options.length) {
      const count = this.#options.length + 1;
      this.#active = ((this.#active + 1 + step + count) % count) - 1;
      [...this.#list.children].forEach((item, index) => item.setAttribute("aria-selected", String(index === this.#active)));
      if (this.#active < 0) this.#input.removeAttribute("aria-activedescendant");
      else {
        this.#input.setAttribute("aria-activedescendant", `completion-${this.#active}`);
        this.#list.children[this.#active].scrollIntoView({ block: "nearest" });
      }
    } else if (event.key === "ArrowDown") document.querySelector("#main .card-link[tabindex='0']")?.focus();
    else if (event.key === "Enter" && this.#active >= 0) this.#take(this.#active);
    else if (event.key === "Tab" && this.#active >= 0) this.#take(this.#active);
    else if (event.key === "Escape" && this.#options.length) this.#close();
    else if (event.key === "Escape") this.#input.blur();
    else return;
    event.preventDefault();
  }

  /** Puts a completion in place; its range counts bytes of UTF-8. */
  #take(index) {
    const { text, replaces, before } = this.#options[index];
    const bytes = new TextEncoder().encode(before);
    const decoder = new TextDecoder();
    const start = decoder.decode(bytes.subarray(0, replaces[0])) + text;
    const rest = decoder.decode(bytes.subarray(replaces[1])) + this.#input.value.slice(before.length);
    this.#input.value = start + rest;
    this.#input.setSelectionRange(start.length, start.length);
    this.#close();
    this.#input.focus();
    this.#form.classList.add("filled");
    this.#showChips();
    if (!/[:"]$/.test(text)) this.#search();
  }

  #showChips() {
    const whole = ALL_OF_ONE.exec(this.#input.value.trim());
    const chosen = whole?.[1] ?? "";
    const chip = (channel, name, shape) =>
      el("button", { type: "button", class: "chip", "aria-pressed": String(chosen === channel), data: { channel }, on: { click: () => this.#lookIn(channel) } }, shape ? icon(shape) : null, name);
    const focused = document.activeElement?.dataset?.channel;
    fill(
      this.#chips,
      chip("", say("channel.all"), null),
      CHANNELS.map(([channel, shape]) => chip(channel, say(`channel.${channel}`), shape)),
      picture.names(this.#input.value) && picture.name()
        ? el("button", { type: "button", class: "chip", id: "pictured", "aria-pressed": "true", "aria-label": say("without_picture", { name: picture.name() }), on: { click: () => this.#letGo() } }, icon("image"), picture.name(), icon("close"))
        : null,
    );
    if (focused !== undefined) this.#chips.querySelector(`[data-channel="${CSS.escape(focused)}"]`)?.focus();
  }

  /** Looks for plain words in one channel; a longer query gets the channel's prefix where the cursor is. */
  #lookIn(channel) {
    const value = this.#input.value.trim();
    const whole = ALL_OF_ONE.exec(value);
    const words = whole ? (whole[2] ?? whole[3]) : value;
    const simple = whole || !/[":()+*]|(^|\s)(-|OR\b)/.test(value);
    if (simple) this.#input.value = channel && words ? `${channel}:"${words}"` : channel ? `${channel}:""` : words;
    else if (channel) this.#input.value = `${value} ${channel}:""`;
    else return;
    if (this.#input.value.endsWith('""')) {
      const inside = this.#input.value.length - 1;
      this.#input.focus();
      this.#input.setSelectionRange(inside, inside);
      this.#form.classList.add("filled");
      this.#showChips();
    } else this.#search();
  }
}
