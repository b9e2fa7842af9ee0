// The frame of a form that makes a reel.

import * as api from "./api.js";
import { el, icon } from "./dom.js";
import { announce } from "./notice.js";
import { told } from "./states.js";
import { say } from "./words.js";

/** A form that makes a reel and opens it; `fields` gives what is asked for. */
export function maker(page, id, title, parts, label, fields) {
  const problem = el("p", { class: "form-problem", role: "alert", hidden: true });
  const button = el("button", { type: "submit", class: "button primary" }, icon("reel"), el("span", {}, label));
  const submit = async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    button.disabled = true;
    problem.hidden = true;
    announce(say("compiling"));
    try {
      const { name } = await api.makeReel(fields());
      announce(say("reel_made"));
      page.go({ view: "reels", reel: name });
    } catch (error) {
      problem.textContent = [told(error), error.status === 422 || error.status === 409 ? "" : error.hint].filter(Boolean).join(" ");
      problem.hidden = false;
    }
    button.disabled = false;
  };
  return el("form", { class: "reel-maker", "aria-labelledby": `${id}-heading`, id, on: { submit } }, el("h2", { id: `${id}-heading` }, title), parts, problem, el("div", { class: "reel-maker-end" }, button));
}

/** A control with its name above it. */
export const labelled = (id, label, control, wide = false) => el("div", { class: wide ? "reel-field wide" : "reel-field" }, el("label", { for: id }, label), control);
