// The chat in somebody else's page: <script src=".../widget.js" data-index="papers" data-token="..." defer></script>
// Everything is inside one shadow root, so that neither page changes the other. The site has to be in `server_origins`.

(async () => {
  const script = document.currentScript;
  const origin = new URL(script.src).origin;
  const { index = "", token = "" } = script.dataset;
  const [api, words] = await Promise.all([import(`${origin}/web/api.js`), import(`${origin}/web/words.js`)]);
  const { t } = words;
  api.serveFrom(origin, token);

  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children.filter(Boolean));
    return element;
  };
  const host = make("div", { id: "ragsys-chat" });
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    :host { all: initial; position: fixed; right: 1rem; bottom: 1rem; z-index: 2147483000; color-scheme: light dark;
      font: 15px/1.5 system-ui, sans-serif; color: light-dark(#1c2024, #e6e9ec); }
    .panel { display: flex; flex-direction: column; width: min(24rem, calc(100vw - 2rem)); height: min(34rem, calc(100vh - 6rem));
      background: light-dark(#fff, #1e2226); border: 1px solid light-dark(#d9dde1, #363c42); border-radius: 10px;
      box-shadow: 0 6px 24px #0004; margin-bottom: .5rem; }
    [hidden] { display: none !important; }
    .turns { flex: 1; overflow: auto; padding: .75rem; }
    .asked { font-weight: 600; margin: .8rem 0 .2rem; }
    p { margin: .2rem 0; overflow-wrap: anywhere; }
    .soft, q { color: light-dark(#5b6570, #a0a9b2); font-size: .85em; }
    li { margin: .3rem 0; }
    form { display: flex; gap: .4rem; padding: .6rem; border-top: 1px solid light-dark(#d9dde1, #363c42); }
    input { flex: 1; min-width: 0; }
    input, button { font: inherit; padding: .35rem .6rem; border-radius: 6px; border: 1px solid light-dark(#d9dde1, #363c42);
      background: light-dark(#fff, #16191c); color: inherit; }
    button.open { float: right; background: light-dark(#1f5f8b, #6db3e2); color: light-dark(#fff, #10161b); }
    :focus-visible { outline: 2px solid light-dark(#1f5f8b, #6db3e2); }
  `);
  root.adoptedStyleSheets = [sheet];
  const turns = make("div", { className: "turns", role: "log" });
  const field = make("input", { placeholder: t("question"), maxLength: 4000 });
  field.setAttribute("aria-label", t("question"));
  const form = make("form", {}, field, make("button", {}, t("ask")));
  const panel = make("div", { className: "panel", hidden: true }, turns, form);
  const toggle = make("button", { type: "button", className: "open" }, t("ask"));
  root.append(panel, toggle);
  document.body.append(host);

  let talk = null;
  toggle.addEventListener("click", () => {
    panel.hidden = !panel.hidden;
    if (!panel.hidden) field.focus();
  });
  panel.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      panel.hidden = true;
      toggle.focus();
    }
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const question = field.value.trim();
    if (!question) return;
    field.value = "";
    const body = make("div", {}, make("p", { className: "soft" }, t("reading")));
    turns.append(make("p", { className: "asked" }, question), body);
    body.scrollIntoView({ block: "end" });
    try {
      talk ??= await api.post("/v1/sessions", {}, { index });
      const path = talk.kept ? `/v1/sessions/${talk.id}/ask` : "/v1/ask";
      const asked = { question, stream: true, ...(talk.kept || !index ? {} : { index }) };
      let draft = null;
      for await (const { name, data } of api.events(path, { body: asked, parameters: talk.kept ? { index } : {} })) {
        if (name === "draft") {
          if (!draft) body.replaceChildren(make("p", { className: "soft" }, t("draft")), (draft = make("p", { className: "soft" })));
          draft.append(data.text);
        } else if (name === "answer") {
          body.replaceChildren(...shown(data));
        } else if (name === "error") {
          throw data.error;
        }
      }
    } catch (error) {
      body.replaceChildren(make("p", {}, t("failure", error.code === "offline" ? t("offline") : error.message, error.code)));
    }
    body.scrollIntoView({ block: "end" });
  });

  function shown(answer) {
    if (answer.status === "abstained") return [make("p", {}, t("notAnswered")), make("p", { className: "soft" }, answer.reason ?? "")];
    const cited = [...new Map(answer.citations.map((citation) => [citation.marker, citation])).values()];
    const items = cited.map((citation) => make("li", { value: citation.marker },
      make("span", {}, `${citation.document.title || citation.document.source.split(/[\\/]/).pop()} `), make("q", {}, citation.quote)));
    return [make("p", { className: "text" }, answer.text), make("ol", {}, ...items)];
  }
})();
