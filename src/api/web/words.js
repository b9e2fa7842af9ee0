// Texts of the page in the reader's language, all from words.json.

const LANGUAGES = ["en", "fr"];
let texts = {};
let language = "en";
// Dates and numbers as the reader's own country writes them, such as en-GB.
let locale = "en";

function kept() {
  try {
    return localStorage.getItem("reeldex.language");
  } catch {
    return null;
  }
}

/** Reads the texts and chooses the language: the one chosen here, else the browser's first that there is. */
export async function load() {
  const response = await fetch("/page/words.json", { credentials: "same-origin" });
  texts = await response.json();
  const wished = [kept(), ...navigator.languages.map((one) => one.slice(0, 2))];
  use(wished.find((one) => LANGUAGES.includes(one)) ?? "en");
}

function use(wanted) {
  language = wanted;
  locale = navigator.languages.find((one) => one.slice(0, 2) === wanted) ?? wanted;
  document.documentElement.lang = wanted;
}

/** Changes to the other language and remembers it. */
export function switchLanguage() {
  use(language === "en" ? "fr" : "en");
  try {
    localStorage.setItem("reeldex.language", language);
  } catch {
    // It holds until the page is left.
  }
}

export const current = () => language;

/** The text of a key, with `{name}` filled in; `count` chooses between `key.one` and `key.other`. */
export function say(key, values = {}) {
  const all = texts[language] ?? {};
  let text = all[key];
  if (text === undefined && "count" in values) text = all[`${key}.${new Intl.PluralRules(language).select(values.count)}`] ?? all[`${key}.other`];
  if (text === undefined) return key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? (typeof values[name] === "number" ? number(values[name]) : values[name]) : whole));
}

/** Whether there is such a text. */
export const knows = (key) => (texts[language] ?? {})[key] !== undefined;
/** The text of a key where there is one, else the word itself, as for tags and models that others named. */
export const sayOr = (key, word) => (knows(key) ? say(key) : word);
export const number = (value) => new Intl.NumberFormat(locale).format(value);
export const day = (text) => {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? text : new Intl.DateTimeFormat(locale, { dateStyle: "medium" }).format(date);
};
/** Day and time; a number is milliseconds since 1970. */
export const moment = (text) => {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? String(text) : new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" }).format(date);
};
const regions = {};
/** A language's name in the page's language. */
export function languageName(code) {
  try {
    regions[language] ??= new Intl.DisplayNames(language, { type: "language" });
    return regions[language].of(code) ?? code;
  } catch {
    return code;
  }
}
