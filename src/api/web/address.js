// Keeps what is seen in the page's address, so that every view is a link and Back goes back.

const FILTERS = ["kind", "collection", "lang", "tag", "after", "before"];

/** What an address says: query, filters, and the view on top of the results. */
export function read(address = location.search) {
  const fields = new URLSearchParams(address);
  const state = { q: fields.get("q") ?? "", weak: fields.get("weak") === "true", moment: null, asset: null, view: null, reel: null };
  for (const name of FILTERS) state[name] = fields.get(name) ?? "";
  const moment = /^([0-9a-f]{64})@(\d+)-(\d+)$/.exec(fields.get("moment") ?? "");
  if (moment) state.moment = { asset_id: moment[1], start_millis: Number(moment[2]), end_millis: Number(moment[3]) };
  if (/^[0-9a-f]{64}$/.test(fields.get("asset") ?? "")) state.asset = fields.get("asset");
  if (["jobs", "basket", "reels"].includes(fields.get("view"))) state.view = fields.get("view");
  if (state.view === "reels" && fields.get("reel")) state.reel = fields.get("reel");
  return state;
}

/** The address of a state. */
export function write(state) {
  const fields = new URLSearchParams();
  if (state.q) fields.set("q", state.q);
  for (const name of FILTERS) if (state[name]) fields.set(name, state[name]);
  if (state.weak) fields.set("weak", "true");
  if (state.moment) fields.set("moment", `${state.moment.asset_id}@${state.moment.start_millis}-${state.moment.end_millis}`);
  else if (state.asset) fields.set("asset", state.asset);
  else if (state.view) {
    fields.set("view", state.view);
    if (state.reel) fields.set("reel", state.reel);
  }
  const text = fields.toString().replaceAll("%40", "@").replaceAll("%3A", ":");
  return text ? `/?${text}` : "/";
}

/** The state with these changes; opening one view closes the others. */
export function changed(state, changes) {
  const closed = "moment" in changes || "asset" in changes || "view" in changes || "q" in changes ? { moment: null, asset: null, view: null, reel: null } : {};
  return { ...state, ...closed, ...changes };
}

/** The same without any filter. */
export function unfiltered(state) {
  const plain = { ...state };
  for (const name of FILTERS) plain[name] = "";
  return plain;
}

/** The fields of a search, as the server takes them. */
export function searchFields(state) {
  const fields = { q: state.q, weak: state.weak };
  for (const name of FILTERS) fields[name] = state[name];
  return fields;
}

export const hasFilter = (state) => FILTERS.some((name) => state[name]);
export const asksNothing = (state) => state.q.trim() === "" && !hasFilter(state);
export const sameSearch = (a, b) => a.weak === b.weak && a.q.trim() === b.q.trim() && FILTERS.every((name) => a[name] === b[name]);
