// The picture that is looked for: the page alone has it, and sends it with each search that names it.

import * as api from "./api.js";

/** What stands for the picture in a query. */
export const PICTURE = "like:./upload";

let held = null;

/** Whether a query names the picture. */
export const names = (q) => q.includes(PICTURE);

/** The picture's own name; empty where there is none, as after the page was loaded anew. */
export const name = () => held?.name ?? "";

/** Takes a file as the picture; `null` lets it go. */
export function hold(file) {
  held = file;
  // What was found by the one before is another answer.
  dispatchEvent(new Event("pictured"));
}

/** Moments, as api.search has them, with the picture where the query names it. */
export async function search(fields, signal) {
  if (!held || !names(fields.q ?? "")) return api.search(fields, signal);
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    if (value === null || value === undefined || value === "" || value === false) continue;
    form.append(name, [value].flat().join(","));
  }
  form.append("picture", held);
  let response;
  try {
    response = await fetch("/search", { method: "POST", body: form, signal, credentials: "same-origin" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new api.Problem(0, { title: "unreachable", detail: "" });
  }
  const body = await response.json().catch(() => ({ title: response.statusText }));
  if (!response.ok) throw new api.Problem(response.status, body);
  return body;
}
