// The form of a wish: what a reel shows, in parts where that is wanted, and by which rules it is compiled.

import { searchFields } from "./address.js";
import { el, fill, icon, iconButton } from "./dom.js";
import { labelled, maker } from "./reel-maker.js";
import { length } from "./time.js";
import { say } from "./words.js";

const LENGTHS = [15, 30, 60, 90, 120, 180, 300, 600];
const ORDERS = ["chronological", "dramatic", "given"];
// More of them would be no quota.
const MOST_PICKS = 1000;
const MOST_NAME = 60;

/** What a part is called that has no name. */
const nameOf = (at) => say("part_number", { number: at + 1 });
/** A whole number that was typed; `null` for none. */
const whole = (input) => (input.value.trim() ? Math.min(MOST_PICKS, Math.max(1, Math.round(Number(input.value)) || 1)) : null);
const counted = (id, placeholder) => el("input", { type: "number", id, class: "counted", min: 1, max: MOST_PICKS, step: 1, inputmode: "numeric", placeholder });

/** The form that compiles a reel. */
export function wishForm(page) {
  const query = el("input", { type: "text", id: "wish-query", name: "query", autocomplete: "off", spellcheck: "false", placeholder: say("wish_query_empty"), value: page.state.q });
  const title = el("input", { type: "text", id: "wish-title", name: "title", autocomplete: "off", maxlength: 200, placeholder: say("wish_title_empty") });
  const lasts = el("select", { id: "wish-length", class: "select" }, LENGTHS.map((seconds) => el("option", { value: seconds, selected: seconds === 60 }, length(seconds * 1000))));
  const order = el("select", { id: "wish-order", class: "select" }, ORDERS.map((one) => el("option", { value: one }, say(`order.${one}`))));
  const most = counted("wish-most", say("wish_most_empty"));
  const oneAngle = el("input", { type: "checkbox", id: "wish-angle", checked: true });
  const oneQuery = labelled("wish-query", say("wish_query"), query, true);
  const parts = new Parts(query, oneQuery);
  const fields = () => {
    const asked = parts.isUsed ? "" : query.value.trim();
    const sections = parts.sections();
    // Filters of the search that is on show narrow the wish as well.
    const { collection } = searchFields(page.state);
    return {
      title: title.value.trim() || asked || sections.map((one) => one.name).join(", ").slice(0, 200) || say("best_of_all"),
      ...(asked ? { query: asked } : {}),
      ...(sections.length ? { sections } : {}),
      ...(collection && asked === page.state.q ? { collection } : {}),
      length_millis: Number(lasts.value) * 1000,
      order: order.value,
      ...(whole(most) ? { most_per_asset: whole(most) } : {}),
      all_angles: !oneAngle.checked,
    };
  };
  return maker(
    page,
    "wish",
    say("reel_of_wish"),
    el(
      "div",
      { class: "reel-fields" },
      oneQuery,
      parts.element,
      labelled("wish-title", say("reel_title"), title, true),
      labelled("wish-length", say("wish_length"), lasts),
      labelled("wish-order", say("wish_order"), order),
      labelled("wish-most", say("wish_most"), most),
      el("label", { class: "check wish-check" }, oneAngle, say("wish_angle")),
    ),
    say("compile"),
    fields,
  );
}

/** The parts of a reel, each with a query and a number of picks of its own; they take the place of the one query. */
class Parts {
  element = el("fieldset", { class: "wish-parts wide", id: "wish-parts" });
  #query;
  #whole;
  #rows = [];
  #made = 0;
  #list = el("ul", { role: "list", class: "part-list" });
  // For eyes: each field has a label of its own.
  #heads = el("div", { class: "part-heads", "aria-hidden": "true", hidden: true }, ["part_name", "part_query", "part_picks_head"].map((one) => el("span", {}, say(one))));
  #add = el("button", { type: "button", class: "button", id: "part-add", on: { click: () => this.#more() } }, icon("plus"), el("span", {}, say("parts_begin")));

  constructor(query, whole) {
    this.#query = query;
    this.#whole = whole;
    fill(this.element, el("legend", { class: "hidden" }, say("parts")), this.#heads, this.#list, this.#add);
  }

  get isUsed() {
    return this.#rows.length > 0;
  }

  /** As the server takes them. */
  sections() {
    return this.#rows.map(({ name, query, picks }, at) => ({ name: name.value.trim() || nameOf(at), query: query.value.trim() || null, picks: whole(picks) }));
  }

  #more() {
    const isFirst = !this.isUsed;
    const row = this.#row();
    if (isFirst) row.query.value = this.#query.value;
    this.#rows.push(row);
    this.#list.append(row.element);
    // One part alone divides nothing.
    if (isFirst) this.#more();
    this.#show();
    this.#rows.at(isFirst ? 0 : -1).name.focus();
  }

  #row() {
    const id = `part-${++this.#made}`;
    const text = (what, more) => el("input", { type: "text", id: `${id}-${what}`, class: `part-${what}`, autocomplete: "off", spellcheck: "false", "aria-label": say(`part_${what}`), ...more });
    const row = { name: text("name", { maxlength: MOST_NAME }), query: text("query", { placeholder: say("part_query_empty") }), picks: counted(`${id}-picks`, say("part_picks_rest")) };
    row.picks.setAttribute("aria-label", say("part_picks"));
    row.element = el("li", { class: "part" }, row.name, row.query, row.picks, iconButton("close", say("part_remove"), () => this.#less(row), { class: "icon-button part-remove" }));
    return row;
  }

  #less(row) {
    const at = this.#rows.indexOf(row);
    this.#rows.splice(at, 1);
    row.element.remove();
    if (this.isUsed) this.#rows[Math.min(at, this.#rows.length - 1)].name.focus();
    else this.#query.value = row.query.value;
    this.#show();
    if (!this.isUsed) this.#query.focus();
  }

  #show() {
    this.#whole.hidden = this.isUsed;
    this.#heads.hidden = !this.isUsed;
    this.#rows.forEach(({ name }, at) => (name.placeholder = nameOf(at)));
    this.#add.querySelector("span").textContent = say(this.isUsed ? "parts_more" : "parts_begin");
  }
}
