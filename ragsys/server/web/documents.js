// Documents: the list, uploads with their progress, and deletion.

import { events, get, remove, upload } from "/web/api.js";
import { failure, find, make, nameOf } from "/web/dom.js";
import { openDocument } from "/web/source.js";
import { t } from "/web/words.js";

const PAGE = 100;
let indexOf = () => "";

/** Wire the view; `index` says which index is chosen. */
export function setUp(index) {
  indexOf = index;
  const zone = find("drop");
  find("list-form").addEventListener("submit", (event) => {
    event.preventDefault();
    list();
  });
  find("files").addEventListener("change", (event) => {
    add(event.target.files);
    event.target.value = "";
  });
  zone.addEventListener("dragover", (event) => {
    event.preventDefault();
    zone.classList.add("over");
  });
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    add(event.dataTransfer.files);
  });
}

/** Show the documents from the first one on, or those after `offset`. */
export async function list(offset = 0) {
  const index = indexOf();
  const body = find("list").querySelector("tbody");
  try {
    const found = await get("/v1/documents", { index, filter: find("list-filter").value.trim(), offset, limit: PAGE });
    if (!offset) body.replaceChildren();
    body.append(...found.documents.map((document_) => rowOf(document_, index)));
    find("list-status").textContent = found.total ? t("totals", found.total, body.children.length) : t("noDocuments");
    find("more").hidden = body.children.length >= found.total;
    find("more").onclick = () => list(body.children.length);
  } catch (error) {
    find("list-status").replaceChildren(failure(error));
  }
}

function rowOf(document_, index) {
  const open = make("button", { type: "button", className: "open", title: document_.source },
    make("span", { className: "name" }, document_.title || nameOf(document_.source)),
    make("span", { className: "where" }, document_.source));
  open.addEventListener("click", () => openDocument(document_, index, open));
  const gone = make("button", { type: "button", className: "plain danger" }, t("delete"));
  const row = make("tr", {}, make("td", {}, open), make("td", {}, document_.metadata.lang ?? ""),
    make("td", { className: "number" }, String(document_.passages)), make("td", {}, gone));
  gone.addEventListener("click", async () => {
    if (!gone.dataset.sure) {
      gone.dataset.sure = "yes";
      gone.textContent = t("really");
      return;
    }
    try {
      await remove(`/v1/documents/${encodeURIComponent(document_.id)}`, { index });
      list();
    } catch (error) {
      find("list-status").replaceChildren(failure(error));
    }
  });
  return row;
}

function add(files) {
  for (const file of files) send(file);
}

async function send(file) {
  const index = indexOf();
  const state = make("span", { className: "where" }, t("uploading"));
  const bar = make("progress", {});
  const row = make("li", {}, make("span", { className: "name" }, file.name), bar, state);
  find("uploads").prepend(row);
  try {
    const { uploads, refused } = await upload("/v1/documents", file, { index });
    if (refused.length) throw refused[0];
    for await (const { data } of events(`/v1/uploads/${uploads[0].id}/events`, { parameters: { index } })) {
      state.textContent = data.state === "indexing" ? t("indexing", data.embedded, data.passages) : t(data.state);
      if (data.state === "indexing" && data.passages) Object.assign(bar, { max: data.passages, value: data.embedded });
      if (data.state === "failed") throw data;
    }
    bar.remove();
    row.classList.add("good");
    list();
  } catch (error) {
    bar.remove();
    state.replaceChildren(failure(error));
  }
}
