// The source beside the answer: the text around a quote, and the quote marked in its place.

import { get } from "/web/api.js";
import { byCodePoints, failure, find, make, nameOf, whereOf } from "/web/dom.js";
import { t } from "/web/words.js";

const AROUND = 1500;
let opener = null;
let shown = null;

/** Open the source of a citation or a hit: `{document, start, end, page, place, quote?}`. */
export async function openSource(item, index, from = null) {
  opener = from;
  shown = { item, index };
  const panel = find("source");
  panel.hidden = false;
  document.body.classList.add("with-source");
  find("source-title").textContent = item.document.title || nameOf(item.document.source);
  find("source-where").textContent = [item.document.source, whereOf(item)].filter(Boolean).join(" · ");
  find("source-check").textContent = "";
  find("source-more").hidden = true;
  const body = find("source-text");
  body.replaceChildren();
  try {
    const parameters = { index, start: item.start, end: item.end, context: AROUND };
    const found = await get(`/v1/documents/${encodeURIComponent(item.document.id)}/text`, parameters);
    if (shown.item !== item) return;
    show(body, found, item);
  } catch (error) {
    body.replaceChildren(failure(error));
  }
  find("source-close").focus({ preventScroll: true });
}

function show(body, found, item) {
  const cut = byCodePoints(found.text);
  const first = found.quote.start - found.start;
  const last = found.quote.end - found.start;
  const mark = make("mark", {}, cut(first, last));
  body.replaceChildren(
    found.start > 0 ? "… " : "", cut(0, first), mark, cut(last), found.end < found.characters ? " …" : "");
  mark.scrollIntoView({ block: "center" });
  if (item.quote !== undefined) {
    const same = found.quote.text === item.quote;
    find("source-check").textContent = t(same ? "stands" : "differs");
    find("source-check").className = same ? "good" : "bad";
  }
}

/** Open a whole document, piece by piece. */
export async function openDocument(document_, index, from = null) {
  opener = from;
  shown = { item: document_, index };
  find("source").hidden = false;
  document.body.classList.add("with-source");
  find("source-title").textContent = document_.title || nameOf(document_.source);
  find("source-where").textContent = document_.source;
  find("source-check").textContent = "";
  find("source-text").replaceChildren();
  await append(document_, index, 0);
  find("source-close").focus({ preventScroll: true });
}

async function append(document_, index, start) {
  const more = find("source-more");
  try {
    const found = await get(`/v1/documents/${encodeURIComponent(document_.id)}/text`, { index, start });
    if (shown.item !== document_) return;
    find("source-text").append(found.text);
    more.hidden = found.next === null;
    more.onclick = () => append(document_, index, found.next);
  } catch (error) {
    find("source-text").append(failure(error));
  }
}

/** Close the panel and go back to where it was opened from. */
export function closeSource() {
  if (find("source").hidden) return;
  find("source").hidden = true;
  document.body.classList.remove("with-source");
  shown = null;
  opener?.focus();
}
