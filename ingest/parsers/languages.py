"""How definitions begin in the common programming languages, line by line. Knows nothing about files or offsets.

Patterns find what is written as most people write it; a definition that they miss is text like any other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["LANGUAGES", "Language", "language_of"]

# A longer line is no definition that anybody wrote.
_LONGEST = 300
_NAME = r"(?P<name>[A-Za-z_$][\w$]*)"
_QUALIFIED = r"(?P<name>[A-Za-z_$~][\w$~]*(?:(?:<[^<>]*>)?(?:\.|::)[\w$~]+)*)"
# Words before a parenthesis that define nothing.
_NO_CALL = r"(?!(?:if|for|while|switch|catch|return|else|do|new|throw|sizeof|using|lock|await|delete|case|defined)\b)"
_WORDS = (
    r"(?:(?:public|private|protected|internal|static|final|abstract|sealed|partial|export|default|declare|async|open|"
    r"override|inline|unsafe|extern|pub(?:\([^)]*\))?|data|inner|suspend|const|virtual|readonly|case|implicit|typedef|"
    r"fileprivate|mutating|required|convenience|external|actual|expect|annotation|get|set|local|final|lazy)\s+)*"
)
_TYPED = rf"{_NO_CALL}(?:[\w$:.<>,&*~\[\]?@]+\s+)+[*&]*{_NO_CALL}{_QUALIFIED}\s*\([^;{{]*(?:\{{.*)?$"
_METHOD = rf"{_WORDS}[#*]?\s*{_NO_CALL}{_NAME}\s*(?:<[^>]*>)?\([^;]*\)\s*(?::\s*[^;={{]+)?\{{"
# C as it is often written: the type on the line before the name, the brace on the line after it.
_BARE = re.compile(r"(?P<name>[A-Za-z_]\w*)\s*\([^;{]*\)\s*$")


@dataclass(frozen=True, slots=True)
class Language:
    """A language: the patterns of its definitions, and what comments and annotations before one begin with."""

    name: str
    patterns: tuple[re.Pattern[str], ...]
    before: tuple[str, ...]

    def definition(self, line: str, following: str) -> str | None:
        """The name of what is defined on a line, if anything is; `following` is the next line."""
        if len(line) > _LONGEST:
            return None
        for pattern in self.patterns:
            match = pattern.match(line)
            if match:
                return match.group("name")
        bare = _BARE.match(line) if self.name in _WITH_BARE and following.startswith("{") else None
        return bare.group("name") if bare else None

    @property
    def block_comments(self) -> bool:
        """Whether `/*` begins a comment that may have many lines."""
        return "/*" in self.before


def _language(name: str, *forms: str, before: tuple[str, ...] = ("//", "/*", "*", "@")) -> Language:
    return Language(name, tuple(re.compile(r"[ \t]*" + form) for form in forms), before)


def _keyword(words: str, name: str = _QUALIFIED) -> str:
    """Key words and a name after them."""
    return rf"{_WORDS}(?:{words})\s+{name}"


_HASH = ("#",)
_WITH_BARE = frozenset({"c", "cpp"})
_CURLY = "class|interface|enum|struct|union|record|trait|namespace"
_SCRIPT = (
    _keyword(r"class|interface|enum|namespace|type(?=\s+\w+(?:<[^>]*>)?\s*=)|function\*?"),
    rf"{_WORDS}(?:const|let|var)\s+{_NAME}\s*(?::[^=]+)?=\s*(?:async\s*)?(?:function\b|\([^;]*=>|\w+\s*=>)",
    _METHOD,
)
_LANGUAGES = (
    _language("python", r"(?:async\s+)?(?:def|class)\s+(?P<name>\w+)", before=("#", "@")),
    _language("javascript", *_SCRIPT),
    _language("typescript", *_SCRIPT),
    _language("java", _keyword(_CURLY + "|@interface"), _TYPED),
    _language("csharp", _keyword(_CURLY), _TYPED, before=("//", "/*", "*", "[")),
    _language("c", _keyword("(?:struct|enum|union)(?=[^;()=]*(?:{|$))"), _TYPED, before=("//", "/*", "*", "#")),
    _language("cpp", r"template\b.*>\s*" + _keyword(_CURLY), _keyword(f"(?:{_CURLY})(?=[^;()=]*(?:{{|$))"), _TYPED),
    _language("go", r"func\s+(?:\([^)]*\)\s*)?(?P<name>\w+)", r"type\s+(?P<name>\w+)\s+(?:struct|interface|func)\b"),
    _language(
        "rust",
        _keyword("fn|struct|enum|trait|mod|union|type|macro_rules!"),
        r"(?:unsafe\s+)?impl\b(?:<[^>]*>)?\s*(?:[\w:<>', ]+\s+for\s+)?(?P<name>[\w:]+)",
        before=("//", "/*", "*", "#["),
    ),
    _language("kotlin", _keyword(r"class|interface|object|enum\s+class|fun(?:\s+<[^>]*>)?")),
    _language("swift", _keyword("class|struct|enum|protocol|extension|actor|func")),
    _language("scala", _keyword("class|object|trait|def|enum")),
    _language("dart", _keyword("class|mixin|enum|extension"), _TYPED),
    _language("php", _keyword("class|interface|trait|enum|function"), before=("//", "/*", "*", "#", "@")),
    _language("ruby", r"(?:class|module)\s+(?P<name>[\w:]+)", r"def\s+(?P<name>[\w.]+[?!=]?)", before=_HASH),
    _language("lua", r"(?:local\s+)?function\s+(?P<name>[\w.:]+)", before=("--",)),
    _language("shell", r"(?:function\s+)?(?P<name>[\w:-]+)\s*\(\)", r"function\s+(?P<name>[\w:-]+)", before=_HASH),
    _language("perl", r"(?<![ \t])(?:sub|package)\s+(?P<name>[\w:]+)", before=_HASH),
    _language("r", r"(?P<name>[\w.]+)\s*(?:<-|=)\s*function\s*\(", before=_HASH),
    _language("julia", r"(?:function|(?:mutable\s+)?struct|module|macro)\s+(?P<name>[\w.!]+)", before=(*_HASH, '"')),
    _language("elixir", r"(?:defmodule|defp?|defmacrop?|defprotocol)\s+(?P<name>[\w.?!]+)", before=("#", "@")),
    _language(
        "sql",
        r"(?i:create\s+(?:or\s+replace\s+)?(?:temp(?:orary)?\s+|unique\s+|materialized\s+)*"
        r"(?:table|view|function|procedure|trigger|index|type)\s+(?:if\s+not\s+exists\s+)?)(?P<name>[\w.\"`\[\]]+)",
        before=("--", "/*", "*"),
    ),
    _language("protobuf", r"(?:message|service|enum|rpc)\s+(?P<name>\w+)"),
    _language("powershell", r"(?i:function|filter|class)\s+(?P<name>[\w:-]+)", before=_HASH),
)
LANGUAGES = {language.name: language for language in _LANGUAGES}
_SUFFIXES = {
    "python": "py pyi pyw", "javascript": "js mjs cjs jsx", "typescript": "ts mts cts tsx", "java": "java",
    "csharp": "cs", "c": "c h", "cpp": "cc cpp cxx hh hpp hxx cu cuh", "go": "go", "rust": "rs", "kotlin": "kt kts",
    "swift": "swift", "scala": "scala", "dart": "dart", "php": "php", "ruby": "rb", "lua": "lua",
    "shell": "sh bash zsh", "perl": "pl pm", "r": "r", "julia": "jl", "elixir": "ex exs", "sql": "sql",
    "protobuf": "proto", "powershell": "ps1 psm1",
}  # fmt: skip
_BY_SUFFIX = {f".{suffix}": name for name, suffixes in _SUFFIXES.items() for suffix in suffixes.split()}


def language_of(suffix: str) -> Language | None:
    """The language of files whose names end so (".py"), if it is one of those known here."""
    return LANGUAGES.get(_BY_SUFFIX.get(suffix.lower(), ""))
