// Asking: a conversation of questions and answers, each streamed as it is written.

import { events, get, post, remove } from "/web/api.js";
import { answerOf } from "/web/answer.js";
import { failure, find, make } from "/web/dom.js";
import { closeSource } from "/web/source.js";
import { t } from "/web/words.js";

let talk = null;
let running = null;
let indexOf = () => "";

/** Wire the view; `index` says which index is chosen. */
export function setUp(index) {
  indexOf = index;
  const question = find("question");
  find("ask-form").addEventListener("submit", (event) => {
    event.preventDefault();
    ask(question.value.trim());
  });
  question.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      find("ask-form").requestSubmit();
    }
  });
  find("ask-stop").addEventListener("click", () => running?.abort());
  find("new-talk").addEventListener("click", begin);
  find("sessions").addEventListener("toggle", () => find("sessions").open && list());
}

/** Begin a new conversation. */
export function begin() {
  running?.abort();
  talk = null;
  find("turns").replaceChildren();
  closeSource();
  find("question").focus();
}

async function ask(question) {
  if (!question || running) return;
  const index = indexOf();
  const body = make("div", { className: "answer" }, make("p", { className: "hint" }, t("reading")));
  const turn = make("article", { className: "turn" }, make("h2", {}, question), body);
  find("turns").append(turn);
  find("question").value = "";
  busy(new AbortController());
  turn.scrollIntoView({ block: "start" });
  try {
    talk ??= await post("/v1/sessions", {}, { index });
    const asked = { question, stream: true };
    if (find("mode").value) asked.mode = find("mode").value;
    if (find("ask-filter").value.trim()) asked.filter = find("ask-filter").value.trim();
    const path = talk.kept ? `/v1/sessions/${talk.id}/ask` : "/v1/ask";
    const stream = { body: talk.kept ? asked : { ...asked, index: index || undefined }, signal: running.signal };
    if (talk.kept) stream.parameters = { index };
    await follow(events(path, stream), turn, body, index);
  } catch (error) {
    body.replaceChildren(error.name === "AbortError" ? make("p", { className: "hint" }, t("stopped")) : failure(error));
  } finally {
    busy(null);
  }
}

async function follow(stream, turn, body, index) {
  const draft = make("p", { className: "draft" });
  for await (const { name, data } of stream) {
    if (name === "rewritten" && data.standalone !== data.question) {
      turn.insertBefore(make("p", { className: "hint" }, t("understood", data.standalone)), body);
    } else if (name === "draft") {
      if (!draft.isConnected) body.replaceChildren(make("p", { className: "hint" }, t("draft")), draft);
      draft.append(data.text);
    } else if (name === "answer") {
      body.replaceChildren(...answerOf(data, index));
      find("live").textContent = data.status === "abstained" ? t("notAnswered") : data.text;
    } else if (name === "error") {
      body.replaceChildren(failure(data.error));
    }
  }
}

function busy(controller) {
  running = controller;
  find("ask-go").hidden = controller !== null;
  find("ask-stop").hidden = controller === null;
}

async function list() {
  const index = indexOf();
  const target = find("sessions").querySelector("ul");
  try {
    const { sessions } = await get("/v1/sessions", { index });
    target.replaceChildren(...sessions.map((session) => rowOf(session, index)));
  } catch (error) {
    target.replaceChildren(failure(error));
  }
}

function rowOf(session, index) {
  const open = make("button", { type: "button", className: "plain" }, session.first ?? session.id);
  const gone = make("button", { type: "button", className: "plain danger" }, t("delete"));
  const row = make("li", {}, open, make("span", { className: "where" }, t("kept", session.turns)), gone);
  open.addEventListener("click", () => resume(session.id, index));
  gone.addEventListener("click", async () => {
    await remove(`/v1/sessions/${session.id}`, { index });
    if (talk?.id === session.id) begin();
    row.remove();
  });
  return row;
}

async function resume(id, index) {
  begin();
  find("sessions").open = false;
  try {
    const { turns } = await get(`/v1/sessions/${id}`, { index });
    talk = { id, kept: true };
    find("turns").replaceChildren(...turns.map((turn) => turnOf(turn, index)));
  } catch (error) {
    find("turns").replaceChildren(failure(error));
  }
}

function turnOf(turn, index) {
  const parts = [make("h2", {}, turn.question)];
  if (turn.standalone && turn.standalone !== turn.question) parts.push(make("p", { className: "hint" }, t("understood", turn.standalone)));
  if (turn.state === "changed") parts.push(make("p", { className: "warning" }, t("changed")));
  parts.push(make("div", { className: "answer" }, ...(turn.answer ? answerOf(turn.answer, index) : [make("p", { className: "hint" }, t("withheld"))])));
  return make("article", { className: "turn" }, ...parts);
}
