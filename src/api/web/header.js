// The tools at the right of the header: basket, jobs, language, theme, keys.

import * as basket from "./basket.js";
import { el, fill, icon, iconButton } from "./dom.js";
import { showKeys } from "./keys.js";
import { current, say, switchLanguage } from "./words.js";

function switchTheme() {
  const root = document.documentElement;
  const next = root.dataset.theme === "dark" ? "light" : "dark";
  root.dataset.theme = next;
  try {
    localStorage.setItem("reeldex.theme", next);
  } catch {
    // It holds until the page is left.
  }
  dispatchEvent(new Event("themechange"));
}

function count() {
  return el("span", { class: "count", id: "basket-count" }, String(basket.all().length));
}

/** Says which of the tools is open. */
export function markTool(view) {
  for (const link of document.querySelectorAll("#tools a[href]")) {
    if (link.dataset.view === view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

/** Fills the navigation. */
export function buildTools(place, page) {
  fill(
    place,
    el("a", { class: "tool", href: "/?view=basket", "aria-label": say("basket"), data: { view: "basket" }, title: say("basket") }, icon("keep"), el("span", { class: "tool-name" }, say("basket")), count()),
    el("a", { class: "tool", href: "/?view=reels", "aria-label": say("reels"), data: { view: "reels" }, title: say("reels") }, icon("reel"), el("span", { class: "tool-name" }, say("reels"))),
    el("a", { class: "tool", href: "/?view=jobs", "aria-label": say("jobs"), data: { view: "jobs" }, title: say("jobs") }, icon("jobs"), el("span", { class: "tool-name" }, say("jobs"))),
    el(
      "button",
      {
        type: "button",
        class: "tool language",
        id: "language",
        lang: current() === "en" ? "fr" : "en",
        "aria-label": say("other_language"),
        title: say("other_language"),
        on: {
          click: () => {
            switchLanguage();
            page.rebuild();
            document.getElementById("language").focus();
          },
        },
      },
      current() === "en" ? "FR" : "EN",
    ),
    iconButton("theme", say("switch_theme"), switchTheme, { class: "tool", id: "theme" }),
    iconButton("keys", say("keys"), showKeys, { class: "tool keys-tool", id: "keys" }),
  );
}

addEventListener("basketchange", () => {
  const place = document.getElementById("basket-count");
  if (place) place.textContent = String(basket.all().length);
});
