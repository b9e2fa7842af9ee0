// Asks the server; every failure is one kind of error, with the problem's own words.

/** What the server refused, as RFC 9457 tells it. */
export class Problem extends Error {
  constructor(status, body) {
    super(body.detail ?? body.title ?? `HTTP ${status}`);
    this.status = status;
    this.code = body.code ?? "";
    this.title = body.title ?? "";
    this.hint = body.hint ?? "";
    this.column = body.column ?? null;
  }
}

/** The answer that first.js asked for, where it is the one wanted. */
function early(path) {
  const first = window.firstAnswer;
  window.firstAnswer = null;
  return first?.path === path ? first.response : null;
}

async function ask(path, options = {}) {
  let response;
  try {
    response = await (early(path) ?? fetch(path, { credentials: "same-origin", ...options }));
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, { title: "unreachable", detail: "" });
  }
  const text = await response.text();
  let body = {};
  try {
    body = text ? JSON.parse(text) : {};
  } catch {
    body = { title: response.statusText, detail: text.slice(0, 300) };
  }
  if (!response.ok) throw new Problem(response.status, body);
  return body;
}

function query(fields) {
  const list = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    if (value === null || value === undefined || value === "" || value === false) continue;
    for (const one of [value].flat()) list.append(name, String(one));
  }
  return list.toString();
}

const send = (method, path, body, headers = {}) =>
  ask(path, { method, headers: { "content-type": "application/json", ...headers }, body: body === undefined ? undefined : JSON.stringify(body) });

export const search = (fields, signal) => ask(`/search?${query(fields)}`, { signal });
export const suggest = (text, signal) => ask(`/suggest?${query({ q: text, limit: 8 })}`, { signal });
export const assets = (fields, signal) => ask(`/assets?${query(fields)}`, { signal });
export const asset = (id, signal) => ask(`/assets/${id}`, { signal });
export const segments = (id, signal) => ask(`/assets/${id}/segments`, { signal });
export const transcript = (id, signal) => ask(`/assets/${id}/transcript.json`, { signal });
export const loudness = (id, signal) => ask(`/assets/${id}/loudness.json`, { signal });
export const similar = (id, at, signal) => ask(`/assets/${id}/similar?${query({ at: String(at), limit: 12 })}`, { signal });
export const jobs = (signal) => ask("/jobs", { signal });
export const newJob = (fields) => send("POST", "/jobs", fields);
export const changeJob = (id, verb) => send("POST", `/jobs/${encodeURIComponent(id)}/${verb}`);
export const corrections = (id, signal) => ask(`/assets/${id}/corrections`, { signal });
export const correct = (fields) => send("POST", "/corrections", fields);
export const takeBack = (id) => send("DELETE", `/corrections/${encodeURIComponent(id)}`);
export const signIn = (token) => send("POST", "/session", { token });

const reelAddress = (name) => `/reels/${encodeURIComponent(name)}`;
// A change is refused where the reel is no longer what was seen.
const seen = ({ etag }) => ({ "if-match": etag });

export const reels = (signal) => ask("/reels", { signal });
export const reel = (name, signal) => ask(reelAddress(name), { signal });
export const makeReel = (fields) => send("POST", "/reels", fields);
export const removeReel = (reel) => send("DELETE", reelAddress(reel.name), undefined, reel.etag ? seen(reel) : {});
export const editReel = (reel, edit) => send("POST", `${reelAddress(reel.name)}/edits`, edit, seen(reel));
export const updateReel = (reel) => send("POST", `${reelAddress(reel.name)}/update`, {}, seen(reel));
export const replacePick = (reel, pick) => send("POST", `${reelAddress(reel.name)}/picks/${pick}/replace`, {}, seen(reel));
export const renderReel = (name, settings) => send("POST", `${reelAddress(name)}/renders`, settings);
export const excitement = (id, signal) => ask(`/assets/${id}/excitement.json`, { signal });

const boards = new Map();

/** The asset's storyboard, asked for once; `null` where it has none. */
export function storyboard(id) {
  if (!boards.has(id)) boards.set(id, ask(`/assets/${id}/storyboard.json`).catch(() => null));
  return boards.get(id);
}

export const address = {
  media: (id) => `/assets/${id}/media`,
  clip: (id, start, end) => `/moments/${id}/${start}-${end}.mp4`,
  frame: (id, at) => `/assets/${id}/frames/${at}.jpg`,
  storyboard: (id) => `/assets/${id}/storyboard.jpg`,
  reelExport: (name, format) => `${reelAddress(name)}/export/${format}`,
  rendered: (name, job) => `${reelAddress(name)}/renders/${job}/file`,
  subtitles: (id, form) => `/assets/${id}/transcript.${form}`,
};
