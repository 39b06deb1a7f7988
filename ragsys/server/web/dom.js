// Elements out of texts. A document's text only ever becomes text: nothing here makes markup of a string.

import { t } from "/web/words.js";

/** An element with properties and children; strings become text. */
export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export const find = (id) => document.getElementById(id);

/** A file's name without its folders. */
export function nameOf(source) {
  return source.split(/[\\/]/).pop() || source;
}

/** Where a hit or a citation is: page or place, as far as the format has one. */
export function whereOf(item) {
  return item.place ?? (item.page === null || item.page === undefined ? "" : t("page", item.page));
}

/** An error as a reader needs it: what happened, its code, and what to do next. */
export function failure(error) {
  const known = error.code === "offline" ? t("offline") : error.message;
  return make("div", { className: "failure", role: "alert" },
    make("span", {}, t("failure", known, error.code ?? error.name)),
    error.hint ? make("span", { className: "hint" }, t("next", error.hint)) : null);
}

/** Cut a text by code points, which is what the server counts in. */
export function byCodePoints(text) {
  const points = Array.from(text);
  return (start, end) => points.slice(start, end).join("");
}
