// Searching: hits, and on demand the numbers behind each score.

import { post } from "/web/api.js";
import { failure, find, make, nameOf, whereOf } from "/web/dom.js";
import { openSource } from "/web/source.js";
import { t } from "/web/words.js";

/** Wire the view; `index` says which index is chosen. */
export function setUp(index) {
  find("search-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const query = find("words").value.trim();
    if (!query) return;
    const wanted = { query, k: Number(find("k").value) || 8, explain: find("explain").checked };
    if (find("search-filter").value.trim()) wanted.filter = find("search-filter").value.trim();
    if (index()) wanted.index = index();
    const status = find("search-status");
    try {
      const found = await post("/v1/search", wanted);
      const { searched, documents, failed } = found.coverage;
      const known = [t("searched", searched, documents), failed ? t("failedFiles", failed) : null, ...found.warnings.map((one) => one.message)];
      status.replaceChildren(found.hits.length ? "" : `${t("nothing")} `, known.filter(Boolean).join(" · "));
      find("hits").replaceChildren(...found.hits.map((hit) => hitOf(hit, index())));
    } catch (error) {
      status.replaceChildren(failure(error));
      find("hits").replaceChildren();
    }
  });
}

function hitOf(hit, index) {
  const open = make("button", { type: "button", className: "open" },
    make("span", { className: "name" }, hit.document.title || nameOf(hit.document.source)),
    make("span", { className: "where" }, [whereOf(hit), hit.heading.join(" › ")].filter(Boolean).join(" · ")),
    make("span", { className: "excerpt" }, hit.text.trim()));
  open.addEventListener("click", () => openSource(hit, index, open));
  const parts = [open, make("p", { className: "about" }, scoresOf(hit))];
  if (hit.copies.length) parts.push(make("p", { className: "about" }, t("copies", hit.copies.map((copy) => nameOf(copy.source)).join(", "))));
  if (hit.explanation) parts.push(explanationOf(hit.explanation));
  return make("li", {}, ...parts);
}

function scoresOf(hit) {
  const { dense, lexical, rerank } = hit.scores;
  const parts = [hit.score.toFixed(3)];
  if (dense !== null) parts.push(`${t("meaning")} ${dense.toFixed(3)}`);
  if (lexical !== null) parts.push(`${t("words")} ${lexical.toFixed(2)}`);
  if (rerank !== null) parts.push(`${t("rerank")} ${rerank.toFixed(3)}`);
  return parts.join(" · ");
}

function explanationOf(explanation) {
  const whole = Math.max(explanation.dense_adds, 0) + Math.max(explanation.lexical_adds, 0) || 1;
  const bar = (name, value) => {
    const meter = make("meter", { min: 0, max: 1, value: Math.max(value, 0) / whole });
    return make("div", { className: "part" }, make("span", {}, t(name)), meter, make("span", { className: "number" }, value.toFixed(2)));
  };
  const rows = Object.entries(explanation.terms).sort(([, a], [, b]) => b.adds - a.adds).map(([term, own]) => make("tr", {},
    make("td", {}, term), make("td", { className: "number" }, own.adds.toFixed(2)), make("td", { className: "number" }, String(own.passages))));
  const head = make("tr", {}, make("th", {}, t("term")), make("th", { className: "number" }, t("adds")), make("th", { className: "number" }, t("inPassages")));
  return make("div", { className: "explanation" }, bar("meaning", explanation.dense_adds), bar("words", explanation.lexical_adds),
    rows.length ? make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows)) : null);
}
