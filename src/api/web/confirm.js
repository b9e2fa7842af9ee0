// Asks before something is done that can't be undone.

import { el } from "./dom.js";
import { say } from "./words.js";

/** Whether the person wants it. */
export function confirm(title, lead, label) {
  return new Promise((resolve) => {
    let wanted = false;
    const dialog = el(
      "dialog",
      { class: "dialog", "aria-labelledby": "confirm-title" },
      el("h2", { id: "confirm-title" }, title),
      el("p", {}, lead),
      el(
        "div",
        { class: "dialog-actions" },
        el("button", { type: "button", class: "button primary", id: "confirm", on: { click: () => ((wanted = true), dialog.close()) } }, label),
        el("button", { type: "button", class: "button", on: { click: () => dialog.close() } }, say("leave_it")),
      ),
    );
    dialog.addEventListener("close", () => (dialog.remove(), resolve(wanted)));
    document.body.append(dialog);
    dialog.showModal();
  });
}
