// An answer as elements: its sentences with their markers, what supports them, and what is known of it.

import { byCodePoints, make, nameOf, whereOf } from "/web/dom.js";
import { openSource } from "/web/source.js";
import { t } from "/web/words.js";

/** The elements of an answer, as `/v1/ask` and a kept turn hold it. */
export function answerOf(answer, index) {
  const parts = [];
  if (answer.status === "abstained") {
    parts.push(make("p", { className: "refusal" }, t("notAnswered")));
    if (answer.reason) parts.push(make("p", { className: "hint" }, answer.reason));
    if (answer.passages?.length) {
      parts.push(make("h3", {}, t("nearest")), make("ol", { className: "nearest" }, ...answer.passages.slice(0, 3).map((hit) => passageOf(hit, index))));
    }
  } else {
    parts.push(make("p", { className: "text" }, ...sentencesOf(answer, index)));
    if (answer.citations.length) {
      parts.push(make("ol", { className: "citations" }, ...unique(answer.citations).map((citation) => citationOf(citation, index))));
    }
  }
  if (answer.translation) {
    parts.push(make("p", { className: "hint" }, t("translation")), make("p", { lang: answer.translation.language }, answer.translation.text));
  }
  for (const warning of answer.warnings ?? []) parts.push(make("p", { className: "warning" }, warning.message));
  parts.push(make("p", { className: "about" }, aboutOf(answer)));
  return parts;
}

function aboutOf(answer) {
  const seconds = answer.timings?.total;
  const known = [t("confidence", answer.confidence.toFixed(2)), answer.profile?.name, answer.models?.generator];
  if (seconds) known.push(t("seconds", seconds.toFixed(1)));
  if (answer.coverage) known.push(t("searched", answer.coverage.searched, answer.coverage.documents));
  if (answer.coverage?.failed) known.push(t("failedFiles", answer.coverage.failed));
  return known.filter(Boolean).join(" · ");
}

function sentencesOf(answer, index) {
  const cut = byCodePoints(answer.text);
  const found = [];
  let at = 0;
  for (const sentence of answer.sentences) {
    found.push(...marked(cut(at, sentence.start), answer, index));
    found.push(sentence.supported ? cut(sentence.start, sentence.end)
      : make("span", { className: "unsupported", title: t("unsupported") }, cut(sentence.start, sentence.end)));
    at = sentence.end;
  }
  found.push(...marked(cut(at), answer, index));
  return found;
}

/** What stands between sentences is white space and markers: each marker becomes a button. */
function marked(text, answer, index) {
  return text.split(/(\[\d+\])/).map((piece) => {
    const number = /^\[(\d+)\]$/.exec(piece)?.[1];
    const citation = answer.citations.find((one) => one.marker === Number(number));
    if (!citation) return piece;
    const button = make("button", { type: "button", className: "marker" }, number);
    button.setAttribute("aria-label", `${t("source")} ${number}: ${nameOf(citation.document.source)}`);
    button.addEventListener("click", () => openSource(citation, index, button));
    return button;
  });
}

function unique(citations) {
  return [...new Map(citations.map((citation) => [citation.marker, citation])).values()];
}

function citationOf(citation, index) {
  const button = make("button", { type: "button", className: "open" },
    make("span", { className: "name" }, citation.document.title || nameOf(citation.document.source)),
    make("span", { className: "where" }, whereOf(citation)),
    make("q", {}, citation.quote));
  button.addEventListener("click", () => openSource(citation, index, button));
  return make("li", { value: citation.marker }, button);
}

function passageOf(hit, index) {
  const button = make("button", { type: "button", className: "open" },
    make("span", { className: "name" }, hit.document.title || nameOf(hit.document.source)),
    make("span", { className: "where" }, whereOf(hit)),
    make("span", { className: "excerpt" }, hit.text.trim().slice(0, 300)));
  button.addEventListener("click", () => openSource(hit, index, button));
  return make("li", {}, button);
}
