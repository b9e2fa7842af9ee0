// What an update took in, let go of and kept, in a dialog.

import { el } from "./dom.js";
import { length } from "./time.js";
import { say } from "./words.js";

const GROUPS = ["added", "removed", "kept"];

/** Opens the dialog. */
export function changesDialog(changes) {
  const line = (one) => el("li", {}, el("span", { class: "change-name" }, one.name), el("span", { class: "numbers change-length" }, `${one.in_timecode} · ${length(one.millis)}`));
  const group = (name) => (changes[name]?.length ? el("section", { class: `change-group change-${name}` }, el("h3", {}, say(`changes.${name}`, { count: changes[name].length })), el("ul", { role: "list" }, changes[name].map(line))) : null);
  const isNone = !changes.added?.length && !changes.removed?.length;
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
