// The list of keys, in a dialog.

import { el } from "./dom.js";
import { say } from "./words.js";

const KEYS = [
  ["everywhere", [["/", "search"], ["?", "help"], ["Esc", "back"]]],
  ["grid", [["← ↑ → ↓", "move"], ["Enter", "open"], ["B", "keep"]]],
  ["player", [["Space", "play"], ["J K L", "shuttle"], [", .", "frame"], ["← →", "second"], ["Shift ← →", "cue"], ["I O", "marks"], ["X", "unmark"], ["< >", "speed"], ["+ −", "zoom"], ["M", "mute"], ["B", "keep"], ["C", "timecode"], ["F", "full"]]],
  ["reel", [["Space", "play"], ["← →", "choose"], ["Alt ← →", "reorder"], ["I O", "trim"], ["L", "lock"], ["Del", "take_out"], ["Ctrl Z", "undo"], ["Ctrl Shift Z", "redo"]]],
];

/** Opens the dialog; it closes by Escape or its button, and focus returns to where it was. */
export function showKeys() {
  const close = el("button", { type: "button", class: "button", on: { click: () => dialog.close() } }, say("close"));
  const dialog = el(
    "dialog",
    { class: "dialog keys-dialog", "aria-labelledby": "keys-title" },
    el("h2", { id: "keys-title" }, say("keys")),
    el(
      "div",
      { class: "keys-columns" },
      KEYS.map(([group, keys]) =>
        el("section", {}, el("h3", {}, say(`keys.${group}`)), el("dl", {}, keys.map(([key, name]) => el("div", {}, el("dt", {}, key.split(" ").map((one) => el("kbd", {}, one))), el("dd", {}, say(`key.${name}`)))))),
      ),
    ),
    close,
  );
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);
  dialog.showModal();
}
