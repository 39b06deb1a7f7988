// What the page says, in English and in Chinese, and which of them is in use.

const WORDS = {
  en: {
    skip: "Skip to the content", nav: "Views", ask: "Ask", search: "Search", documents: "Documents", index: "Index",
    theme: "Light / dark", tokenNeeded: "This server needs a token:", use: "Use it", tokenWrong: "This token is not valid.",
    newTalk: "New conversation", earlier: "Earlier conversations", question: "Question",
    questionHint: "What do you want to know? Enter asks, Shift+Enter is a new line.", mode: "Answer",
    modeDefault: "as set", modeGenerate: "generated", modeExtract: "best sentence", filter: "Only documents where",
    filterHint: "source ~ '*/notes/*' AND year >= 2020", stop: "Stop", searchHint: "Words, or a whole question", hits: "Hits",
    explain: "explain scores", filterHelp: "How filters are written",
    filterHelpText: "A field (source, title, id, lang, or any metadata key), one of = != < <= > >= ~ IN, and a value; " +
      "joined by AND, OR, NOT and parentheses. ~ takes a glob such as '*/reports/*'.",
    drop: "Drop files here to add them", choose: "Choose files", show: "Show", document: "Document", language: "Language",
    passages: "Passages", more: "More", close: "Close", delete: "Delete", really: "Delete for good?", noDocuments: "No documents.",
    nothing: "Nothing found.", reading: "Looking for passages and writing …", draft: "Draft, not checked yet",
    notAnswered: "Not answered from your documents.", nearest: "The nearest passages", confidence: "confidence {0}",
    understood: "Understood as: {0}", unsupported: "no passage supports this", seconds: "{0} s",
    searched: "{0} of {1} documents searched", failedFiles: "{0} files could not be read", copies: "also in {0}",
    page: "page {0}", stands: "The quote stands there, letter for letter.",
    differs: "The document has changed: this is not what was quoted.",
    meaning: "by meaning", words: "by words", rerank: "reranked", term: "term", adds: "adds", inPassages: "in passages",
    totals: "{0} documents, {1} shown", uploading: "uploading", stored: "stored, waiting", indexing: "indexing {0} of {1}",
    indexed: "indexed", failed: "failed", stopped: "Stopped.", offline: "The server does not answer.",
    ready: "ready", loading: "models are loading", translation: "Translation, an aid to reading:", by: "{0} · {1}",
    withheld: "This answer is not shown: what it cites is gone or not for you.", changed: "A document cited here has changed since.",
    kept: "{0} questions", failure: "{0} ({1})", next: "Next: {0}", source: "Source",
  },
  zh: {
    skip: "跳到正文", nav: "视图", ask: "提问", search: "检索", documents: "文档", index: "索引", theme: "浅色 / 深色",
    tokenNeeded: "此服务需要令牌：", use: "使用", tokenWrong: "令牌无效。", newTalk: "新对话", earlier: "以前的对话", question: "问题",
    questionHint: "想知道什么？回车提问，Shift+回车换行。", mode: "回答方式", modeDefault: "按设置", modeGenerate: "生成",
    modeExtract: "最佳原句", filter: "只看符合条件的文档", filterHint: "source ~ '*/notes/*' AND year >= 2020", stop: "停止",
    searchHint: "词语，或整个问题", hits: "条数", explain: "说明得分", filterHelp: "过滤条件怎么写",
    filterHelpText: "字段（source、title、id、lang 或任何元数据键）、运算符（= != < <= > >= ~ IN）和值；用 AND、OR、NOT 和括号连接。" +
      "~ 后是通配模式，如 '*/reports/*'。",
    drop: "把文件拖到这里即可添加", choose: "选择文件", show: "显示", document: "文档", language: "语言", passages: "段落数",
    more: "更多", close: "关闭", delete: "删除", really: "确定删除？", noDocuments: "没有文档。", nothing: "没有找到。",
    reading: "正在查找段落并作答……", draft: "草稿，尚未核对", notAnswered: "您的文档中没有答案。", nearest: "最接近的段落",
    confidence: "置信度 {0}", understood: "理解为：{0}", unsupported: "没有段落支持这句话", seconds: "{0} 秒",
    searched: "检索了 {1} 篇文档中的 {0} 篇", failedFiles: "{0} 个文件无法读取", copies: "另见于 {0}", page: "第 {0} 页",
    stands: "引文与原文逐字相符。", differs: "文档已改动：与当时的引文不同。", meaning: "按语义", words: "按词语", rerank: "重排",
    term: "词", adds: "贡献", inPassages: "所在段落数", totals: "共 {0} 篇，显示 {1} 篇", uploading: "上传中", stored: "已保存，等待中",
    indexing: "正在索引 {0} / {1}", indexed: "已索引", failed: "失败", stopped: "已停止。", offline: "服务没有响应。", ready: "就绪",
    loading: "模型加载中", translation: "译文，仅供阅读参考：", by: "{0} · {1}",
    withheld: "此回答不显示：所引内容已不存在，或您无权查看。", changed: "所引文档此后有改动。", kept: "{0} 个问题", failure: "{0}（{1}）",
    next: "下一步：{0}", source: "来源",
  },
};

const STORED = "ragsys.language";
let language = localStorage.getItem(STORED) ?? (navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en");

/** A text of the page in the language in use; `{0}` and so on are filled in. */
export function t(key, ...values) {
  return WORDS[language][key].replace(/\{(\d)\}/g, (_, n) => String(values[Number(n)] ?? ""));
}

/** Write the page's own texts in the language in use. */
export function translate(root = document) {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  for (const element of root.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
  for (const element of root.querySelectorAll("[data-hint]")) element.placeholder = t(element.dataset.hint);
  for (const element of root.querySelectorAll("[data-label]")) element.setAttribute("aria-label", t(element.dataset.label));
}

/** The name of the other language, as a button says it. */
export function other() {
  return language === "zh" ? "English" : "中文";
}

/** Change to the other language. */
export function change() {
  language = language === "zh" ? "en" : "zh";
  localStorage.setItem(STORED, language);
}
