// A person's corrections: tags, lines of the transcript, and the mark that something is wrong.

import * as api from "./api.js";
import { el, fill, icon, iconButton } from "./dom.js";
import { announce } from "./notice.js";
import { clock } from "./time.js";
import { moment, say, sayOr } from "./words.js";

/** Sends a correction, says how it went, and gives whether it was kept. */
async function send(fields, done) {
  try {
    const { notes } = await api.correct(fields);
    dispatchEvent(new Event("corrected"));
    announce([say("corrected"), ...notes].join(". "), true);
    await done();
    return true;
  } catch (error) {
    announce([error.message || say("error"), error.hint].filter(Boolean).join(" "), true);
    return false;
  }
}

/** A dialog to write a line of the transcript anew, or to mark it as wrong. */
export function correctLine(assetId, cue, done) {
  const text = el("textarea", { id: "line", name: "line", rows: 4, required: true });
  text.value = cue.text;
  const fields = { asset_id: assetId, segment_id: cue.segment_id, kind: "transcript", old_value: cue.text };
  const save = async (event) => {
    event.preventDefault();
    const value = text.value.trim();
    if (!value || value === cue.text || (await send({ ...fields, action: "replace", value }, done))) dialog.close();
  };
  const wrong = async () => (await send({ ...fields, action: "wrong" }, done)) && dialog.close();
  const dialog = el(
    "dialog",
    { class: "dialog", "aria-labelledby": "line-title" },
    el(
      "form",
      { on: { submit: save } },
      el("h2", { id: "line-title" }, say("correct_line", { time: clock(cue.start_millis) })),
      el("label", { for: "line", class: "hidden" }, say("line")),
      text,
      el(
        "div",
        { class: "dialog-actions" },
        el("button", { type: "button", class: "button", id: "line-wrong", on: { click: wrong } }, icon("wrong"), say("wrong")),
        el("span", { class: "spread" }),
        el("button", { type: "button", class: "button", on: { click: () => dialog.close() } }, say("cancel")),
        el("button", { type: "submit", class: "button primary", id: "line-save" }, say("save")),
      ),
    ),
  );
  dialog.addEventListener("close", () => {
    dialog.remove();
    // The button that opened it was built anew with its line.
    if (document.activeElement === document.body) document.querySelector(`.cue[data-start="${cue.start_millis}"] .cue-edit`)?.focus();
  });
  document.body.append(dialog);
  dialog.showModal();
}

/** The tags at a time, with ways to say that one is wrong and to add another. */
export class TagPanel {
  element = el("div", { class: "panel-scroll", id: "tags" });
  #assetId;
  #done;
  #segments = [];
  #shown = "";

  constructor(assetId, done) {
    this.#assetId = assetId;
    this.#done = done;
  }

  show(segments, millis) {
    this.#segments = segments;
    this.#shown = "";
    this.at(millis);
  }

  /** Shows the tags of what is played now; builds nothing anew while it stays the same. */
  at(millis) {
    const order = ["shot", "sound", "asset"];
    const here = this.#segments.filter(({ channel, start_millis, end_millis }) => channel === "asset" || (["shot", "sound"].includes(channel) && (end_millis <= start_millis || (start_millis <= millis && millis < end_millis)))).sort((a, b) => order.indexOf(a.channel) - order.indexOf(b.channel));
    const key = here.map((segment) => segment.segment_id).join();
    if (key === this.#shown && this.element.childElementCount) return;
    // A tag that is being written is not torn away when the next shot comes.
    if (this.#shown && this.element.querySelector("#new-tag:focus")?.value) return;
    const held = this.element.contains(document.activeElement);
    this.#shown = key;
    const shot = here.find((segment) => segment.channel === "shot") ?? here.find((segment) => segment.channel === "asset") ?? here[0];
    const groups = here.map((segment, index) => this.#group(segment, here[index - 1])).filter(Boolean);
    fill(this.element, groups.length ? groups : el("p", { class: "panel-none" }, say("no_tags")), shot ? this.#form(shot) : null);
    if (held) this.element.querySelector("#new-tag")?.focus();
  }

  #group(segment, before) {
    const tags = segment.assertions.filter((one) => one.kind === "tag" || one.kind === "name");
    if (!tags.length) return null;
    const place = segment.channel === "asset" ? say("whole_asset") : segment.end_millis <= segment.start_millis ? say("kind.image") : `${sayOr(`lane.one.${segment.channel}`, segment.channel)} ${clock(segment.start_millis, true)} – ${clock(segment.end_millis, true)}`;
    return el("section", { class: "tag-group" }, before?.channel === "asset" ? null : el("h3", {}, place), el("ul", { class: "tags", role: "list" }, tags.map((one) => this.#tag(segment, one))));
  }

  #tag(segment, { kind, value, confidence, by_person, provenance }) {
    const fields = { asset_id: this.#assetId, segment_id: segment.segment_id, kind, old_value: value, action: "wrong" };
    const made = [provenance?.maker, provenance?.version, confidence ? `${Math.round(confidence * 100)} %` : ""].filter(Boolean).join(" ");
    return el(
      "li",
      { class: by_person ? "tag tag-person" : "tag", title: by_person ? say("by_person") : made },
      el("span", { class: "tag-value" }, value),
      by_person ? el("span", { class: "by-person" }, "✓", el("span", { class: "hidden" }, say("by_person"))) : null,
      iconButton("wrong", say("tag_wrong", { tag: value }), () => send(fields, this.#done), { class: "icon-button tag-wrong" }),
    );
  }

  #form(segment) {
    const value = el("input", { type: "text", id: "new-tag", name: "tag", required: true, maxlength: 200, autocomplete: "off", placeholder: say("new_tag"), "aria-label": say("new_tag") });
    const submit = async (event) => {
      event.preventDefault();
      const tag = value.value.trim();
      if (tag) await send({ asset_id: this.#assetId, segment_id: segment.segment_id, action: "add", kind: "tag", value: tag }, this.#done);
    };
    return el("form", { class: "new-tag", on: { submit } }, value, el("button", { type: "submit", class: "button" }, icon("plus"), say("add")));
  }
}

/** What people corrected in an asset, newest first, each to be taken back. */
export function history(list, done) {
  const undo = async (id) => {
    try {
      await api.takeBack(id);
      dispatchEvent(new Event("corrected"));
      announce(say("taken_back"), true);
      await done();
    } catch (error) {
      announce(error.message || say("error"), true);
    }
  };
  return el(
    "ul",
    { class: "history", role: "list" },
    list.map((one) =>
      el(
        "li",
        {},
        el("span", { class: "history-what" }, sayOr(`action.${one.action}`, one.action), " ", sayOr(`assertion.${one.kind}`, one.kind), ": "),
        one.old_value ? el("del", {}, one.old_value) : null,
        one.old_value && one.value ? " → " : null,
        one.value ? el("ins", {}, one.value) : null,
        el("span", { class: "history-who" }, [one.author, one.made ? moment(one.made) : ""].filter(Boolean).join(", ")),
        el("button", { type: "button", class: "link-button", on: { click: () => undo(one.correction_id) } }, say("take_back")),
      ),
    ),
  );
}
