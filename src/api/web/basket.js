// The basket: moments that a curator keeps, in this browser.

import { announce } from "./notice.js";
import { say } from "./words.js";

const PLACE = "reeldex.basket";
let moments = read();

function read() {
  try {
    const list = JSON.parse(localStorage.getItem(PLACE) ?? "[]");
    return Array.isArray(list) ? list.filter((one) => /^[0-9a-f]{64}$/.test(one?.asset_id ?? "")) : [];
  } catch {
    return [];
  }
}

function change(list) {
  moments = list;
  try {
    localStorage.setItem(PLACE, JSON.stringify(list));
  } catch {
    announce(say("basket_not_kept"), true);
  }
  dispatchEvent(new Event("basketchange"));
}

// Another window of this browser may keep moments too.
addEventListener("storage", (event) => {
  if (event.key !== PLACE) return;
  moments = read();
  dispatchEvent(new Event("basketchange"));
});

/** Keeps these moments, in this order. */
export const keepAll = change;

const same = (a, b) => a.asset_id === b.asset_id && a.start_millis === b.start_millis && a.end_millis === b.end_millis;

export const all = () => moments;
export const has = (moment) => moments.some((one) => same(one, moment));

/** Keeps a moment, or lets go of it; gives whether it is kept now. */
export function toggle(moment) {
  const kept = has(moment);
  const { asset_id, kind, name, collection, start_millis, end_millis, timecode, thumbnail: picture } = moment;
  change(kept ? moments.filter((one) => !same(one, moment)) : [...moments, { asset_id, kind, name, collection, start_millis, end_millis, timecode: timecode ?? null, thumbnail: picture ?? null }]);
  return !kept;
}
