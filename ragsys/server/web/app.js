// The page: which view is shown, in which language, of which index, and whether the server wants a token.

import * as api from "/web/api.js";
import * as ask from "/web/ask.js";
import * as documents from "/web/documents.js";
import { failure, find, make } from "/web/dom.js";
import * as search from "/web/search.js";
import { closeSource } from "/web/source.js";
import { change, other, t, translate } from "/web/words.js";

const VIEWS = ["ask", "search", "documents"];
const THEME = "ragsys.theme";
const chosen = () => find("index").value;

function show() {
  const view = VIEWS.includes(location.hash.slice(1)) ? location.hash.slice(1) : VIEWS[0];
  for (const name of VIEWS) find(name).hidden = name !== view;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.dataset.view === view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (view === "documents") documents.list();
  const first = { ask: "question", search: "words", documents: "list-filter" }[view];
  find(first).focus({ preventScroll: true });
}

function speak() {
  translate();
  find("language").textContent = other();
}

function paint(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
}

async function connect() {
  try {
    const { data } = await api.get("/v1/models");
    find("index").replaceChildren(...data.map((model) => make("option", { value: model.id }, model.id)));
    find("index-pick").hidden = data.length < 2;
    find("token-form").hidden = true;
    await watch(data);
    show();
  } catch (error) {
    const wanted = error.status === 401;
    find("token-form").hidden = !wanted;
    if (wanted) find("token").focus();
    else find("status").replaceChildren(failure(error));
    return wanted;
  }
  return false;
}

async function watch(models) {
  const { ready } = await api.get("/ready").catch(() => ({ ready: false }));
  const names = [...new Set(models.flatMap((model) => [model.ragsys.embedder, model.ragsys.generator]))];
  find("status").textContent = [t(ready ? "ready" : "loading"), ...names, models[0] && `ragsys ${models[0].ragsys.version}`].filter(Boolean).join(" · ");
  if (!ready) setTimeout(() => watch(models), 1000);
}

paint(localStorage.getItem(THEME));
speak();
ask.setUp(chosen);
search.setUp(chosen);
documents.setUp(chosen);
find("language").addEventListener("click", () => {
  change();
  speak();
  connect();
});
find("theme").addEventListener("click", () => {
  const dark = getComputedStyle(document.documentElement).colorScheme.trim() === "dark";
  localStorage.setItem(THEME, dark ? "light" : "dark");
  paint(dark ? "light" : "dark");
});
find("index").addEventListener("change", () => {
  ask.begin();
  show();
});
find("token-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  api.useToken(find("token").value.trim());
  find("token").value = "";
  find("token-error").textContent = (await connect()) ? t("tokenWrong") : "";
});
find("source-close").addEventListener("click", closeSource);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") closeSource();
  if (event.key === "/" && !["INPUT", "TEXTAREA", "SELECT"].includes(document.activeElement.tagName)) {
    event.preventDefault();
    show();
  }
});
window.addEventListener("hashchange", show);
// A file that misses the zone must not replace the page.
for (const name of ["dragover", "drop"]) window.addEventListener(name, (event) => event.preventDefault());
connect();
