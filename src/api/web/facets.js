// Filters with counts at the side of the results; several values of a group may hold, of years one.

import { hasFilter, unfiltered } from "./address.js";
import { el, icon } from "./dom.js";
import { languageName, number, say, sayOr } from "./words.js";

const GROUPS = ["kind", "collection", "language", "tag", "year"];
const FIELD = { kind: "kind", collection: "collection", language: "lang", tag: "tag" };
const SHOWN = 8;

// What a search had before it was narrowed by a group, by group: a narrowed answer counts what is left of it.
let wide = { q: null, groups: {} };

function chosen(group, state) {
  if (group !== "year") return state[FIELD[group]].split(",").filter(Boolean);
  const year = /^(\d{4})-01-01$/.exec(state.after)?.[1];
  return year && state.before === `${Number(year) + 1}-01-01` ? [year] : [];
}

/** The state with a value taken in, or let go where it held. */
function changes(group, value, now) {
  const holds = now.includes(value);
  if (group !== "year") return { [FIELD[group]]: (holds ? now.filter((one) => one !== value) : [...now, value]).join(",") };
  return holds ? { after: "", before: "" } : { after: `${value}-01-01`, before: `${Number(value) + 1}-01-01` };
}

function label(group, value) {
  if (group === "kind") return sayOr(`kind.${value}`, value);
  return group === "language" ? languageName(value) : value;
}

/** The panel; on a narrow window it is folded. */
export function facetsPanel(facets, page) {
  const isOpen = matchMedia("(min-width: 900px)").matches;
  if (wide.q !== page.state.q) wide = { q: page.state.q, groups: {} };
  const groups = GROUPS.map((group) => facetGroup(group, facets[group] ?? [], page)).filter(Boolean);
  const active = GROUPS.filter((group) => chosen(group, page.state).length).length;
  return el(
    "details",
    { class: "facets", open: isOpen },
    el("summary", {}, icon("filter"), say("filters"), active ? el("span", { class: "count" }, String(active)) : null),
    hasFilter(page.state) ? el("button", { type: "button", class: "facet-clear", on: { click: () => page.go({ ...unfiltered(page.state), q: page.state.q }) } }, icon("close"), say("clear_filters")) : null,
    groups.length ? groups : el("p", { class: "facet-none" }, say("no_filters")),
  );
}

function facetGroup(group, found, page) {
  const now = chosen(group, page.state);
  const counted = found.map(({ value, count }) => ({ value: String(value), count }));
  if (!now.length) wide.groups[group] = counted;
  const values = now.length && group !== "year" ? [...(wide.groups[group] ?? counted)] : counted;
  for (const one of now) if (!values.some(({ value }) => value === one)) values.unshift({ value: one, count: null });
  if (!values.length) return null;
  const item = ({ value, count }) =>
    el(
      "li",
      {},
      el(
        "button",
        { type: "button", class: "facet", "aria-pressed": String(now.includes(value)), data: { facet: group, value }, on: { click: () => page.go({ q: page.state.q, ...changes(group, value, now) }) } },
        el("span", { class: "facet-name" }, label(group, value)),
        count === null ? null : el("span", { class: "facet-count" }, number(count)),
      ),
    );
  const list = el("ul", { role: "list" }, values.slice(0, SHOWN).map(item));
  const rest = values.slice(SHOWN);
  const more = rest.length
    ? el("button", { type: "button", class: "facet-more", on: { click: () => (list.append(...rest.map(item)), more.remove()) } }, say("facet_more", { count: rest.length }))
    : null;
  return el("section", { class: "facet-group", "aria-label": say(`facet.${group}`) }, el("h2", {}, say(`facet.${group}`)), list, more);
}
