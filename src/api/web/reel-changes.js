// What an update took in, let go of and kept, in a dialog.

import { el } from "./dom.js";
import { length, millisOf } from "./time.js";
import { say } from "./words.js";

const GROUPS = ["added", "removed", "moved", "retimed"];

/** Opens the dialog; `reel` is the one after the changes. */
export function changesDialog(changes, reel) {
  const name = (id) => reel.picks.find((one) => one.id === id)?.name ?? String(id);
  const lasts = ({ asset_id, in_frame, out_frame }) => length(millisOf(out_frame - in_frame, reel.sources[asset_id].rate));
  const lines = {
    added: (one) => [one.name, `${one.in_timecode} · ${lasts(one)}`],
    removed: (one) => [one.name, `${one.in_timecode} · ${lasts(one)}`],
    moved: (one) => [name(one.pick), `${one.from} → ${one.to}`],
    retimed: (one) => [name(one.pick), `${one.from.join("–")} → ${one.to.join("–")}`],
  };
  const line = (group, one) => {
    const [what, detail] = lines[group](one);
    return el("li", {}, el("span", { class: "change-name" }, what), el("span", { class: "numbers change-length" }, detail));
  };
  const group = (name) => (changes[name]?.length ? el("section", { class: `change-group change-${name}` }, el("h3", {}, say(`changes.${name}`, { count: changes[name].length })), el("ul", { role: "list" }, changes[name].map((one) => line(name, one)))) : null);
  const isNone = GROUPS.every((name) => !changes[name]?.length);
  const dialog = el(
    "dialog",
    { class: "dialog", id: "changes", "aria-labelledby": "changes-title" },
    el("h2", { id: "changes-title" }, say(isNone ? "changes_none" : "changes")),
    isNone ? null : GROUPS.map(group),
    el("div", { class: "dialog-actions" }, el("button", { type: "button", class: "button primary", on: { click: () => dialog.close() } }, say("close"))),
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
