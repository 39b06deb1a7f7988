"""One settings value, resolved once: flags over environment over file over defaults.

The environment variable of a setting is `RAGSYS_` and its name in capitals. Files are TOML: first the
user's (`$XDG_CONFIG_HOME/ragsys/config.toml`), then the index's own (`<index>/config.toml`), which wins.
Knows nothing about what the settings are used for.
"""

from __future__ import annotations

import json
import os
import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_type_hints

from ragsys.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "DATABASE",
    "INDEX_DIR",
    "Settings",
    "find_index",
    "is_address",
    "load_settings",
    "models_home",
    "restore_settings",
    "setting_help",
    "tokens_file",
    "write_settings",
]

INDEX_DIR = ".ragsys"
DATABASE = "ragsys.db"
_FILE, _BEFORE = "config.toml", "config.before.toml"
_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off", ""})


def models_home() -> str:
    """Where models are kept when nothing else is said: the user's cache directory."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return str(Path(base) / "ragsys" / "models")


def tokens_file() -> str:
    """Where the hashes of tokens are kept when nothing else is said: beside the user's settings."""
    base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return str(Path(base) / "ragsys" / "tokens.json")


def _setting(default: Any, text: str, *, least: float | None = None) -> Any:
    """Declare a setting with its default (or the function that makes it), its one-line help and its least value."""
    metadata = {"help": text, "least": least}
    if callable(default):
        return field(default_factory=default, metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting of ragsys, with its default."""

    embedder: str = _setting("multilingual-e5-small", "embedding model: a catalogue name, a hub id or a folder")
    generator: str = _setting(
        "gemma-3-270m", "generator: a catalogue name, a hub id, a folder, or the address of an OpenAI-compatible server"
    )
    adapter: str = _setting(
        "auto", "auto (what ragsys brings for the generator), none, or a tuned one: a name or a folder"
    )
    generator_model: str = _setting("", "the model to ask that server for; empty: the only one that it has")
    generator_api: str = _setting("chat", "chat, or completions for a base model behind that server")
    generator_key_env: str = _setting("", "environment variable that holds that server's key; empty: no key")
    generator_context: int = _setting(4096, "tokens that the model behind that server reads and writes", least=256)
    generator_timeout: float = _setting(60.0, "seconds that server may be silent", least=0.001)
    generator_deadline: float = _setting(
        300.0, "seconds for a whole answer of that server, retries included", least=0.001
    )
    embed_backend: str = _setting("auto", "auto, onnx (int8, no torch) or torch (fp32, the reference)")
    device: str = _setting("auto", "auto, cpu, cuda or mps; what torch models run on")
    threads: int = _setting(0, "CPU threads for models; 0 takes every core that this process may use", least=0)
    models_dir: str = _setting(models_home, "folder that models are kept in")
    offline: bool = _setting(default=False, text="refuse every network connection")
    allow_network: bool = _setting(default=False, text="let `add` and `update` fetch web pages and sitemaps")
    allowed_hosts: str = _setting(
        "", "hosts whose pages may come from private addresses, with commas between: wiki.intern, 10.0.0.8:8080"
    )
    max_pages: int = _setting(1000, "the most pages that are taken of a sitemap", least=1)
    page_seconds: float = _setting(30.0, "seconds for a page, redirects included", least=0.001)
    page_pause: float = _setting(0.5, "seconds between two requests to one host; robots.txt may ask for more", least=0)
    chunk_tokens: int = _setting(256, "the most tokens in a passage, by the embedder's own tokenizer", least=1)
    chunk_overlap: int = _setting(32, "the most tokens of whole sentences repeated where a paragraph is cut", least=0)
    batch_passages: int = _setting(256, "passages embedded and committed together", least=1)
    json_text_fields: str = _setting(
        "", "fields of JSON records that are their text, by comma: body,comments.text; empty: all"
    )
    json_title_field: str = _setting("", "the field of JSON records that is their title; empty: none")
    max_file_bytes: int = _setting(64 * 1024 * 1024, "files larger than this are refused", least=1)
    max_text_bytes: int = _setting(128 * 1024 * 1024, "documents of more text than this are refused", least=1)
    max_members: int = _setting(50_000, "archives and mailboxes of more files than this are refused", least=1)
    max_unpacked_bytes: int = _setting(2**30, "archives that unpack to more than this are refused", least=1)
    max_unpacked_ratio: int = _setting(200, "archives that unpack to so many times their size are refused", least=1)
    max_nesting: int = _setting(4, "how deep archives in archives, attachments in messages and so on are read", least=0)
    parser_memory: int = _setting(
        192 * 1024 * 1024, "bytes that reading a file may take, beside 16 for each byte of it", least=2**24
    )
    parser_seconds: float = _setting(
        10.0, "seconds that reading one document may take, beside 2 for each MiB of its file", least=0.1
    )
    ocr: str = _setting("auto", "auto, or off: whether text in scans and images is recognised, if tesseract is here")
    ocr_languages: str = _setting("eng+chi_sim", "the languages of that text, as tesseract calls them")
    redact: str = _setting(
        "", "personal data that is replaced before anything is stored: all, or some of email, phone, ...; none"
    )
    vector_index: str = _setting("auto", "auto (by size) or a faiss factory string, such as Flat or HNSW32")
    top_k: int = _setting(8, "passages that a search returns", least=1)
    lexical_weight: float = _setting(4.0, "how loudly words speak against meaning; 0 is meaning alone", least=0)
    per_source: int = _setting(0, "the most hits of one document; 0 is as many as there are", least=0)
    diversity: float = _setting(0.0, "0 (by score alone) to 1: how unlike each other hits are to be", least=0)
    context: int = _setting(0, "neighbouring passages that a hit brings along on either side", least=0)
    reranker: str = _setting("", "cross-encoder that orders the best candidates: a hub id or a folder; none if empty")
    rerank_depth: int = _setting(30, "candidates that a reranker reads", least=1)
    traces: bool = _setting(default=False, text="send traces to where the variables OTEL_... say (OTLP over HTTP)")
    lock_timeout: float = _setting(10.0, "seconds to wait for another writer", least=0)
    answer_mode: str = _setting("auto", "generate, extract (the best sentence, without a generator) or auto")
    unsupported: str = _setting(
        "drop", "drop, mark or keep: what becomes of a drafted sentence that no passage supports"
    )
    answer_language: str = _setting("auto", "auto (the question's) or an ISO 639-1 code: the language of answers")
    min_confidence: float = _setting(-1.0, "answer from this probability on; -1 takes the calibrated one", least=-1)
    entailment: str = _setting("", "folder of an entailment model that checks what is cited; none if empty")
    max_new_tokens: int = _setting(128, "the most tokens in an answer", least=1)
    server_host: str = _setting("127.0.0.1", "address that `ragsys serve` listens on; another needs a token")
    server_port: int = _setting(8765, "port that it listens on; 0 is any", least=0)
    server_hosts: str = _setting("", "names that it goes by, with commas between; localhost and addresses always do")
    server_origins: str = _setting("", "origins whose pages may hold the chat, with commas between; none by default")
    server_tokens: str = _setting(tokens_file, "file that holds the hashes of tokens")
    server_workers: int = _setting(2, "searches at a time, each with a copy of the vectors in memory", least=1)
    server_generations: int = _setting(2, "answers that are generated at a time", least=1)
    server_queue: int = _setting(16, "requests that may wait for either", least=0)
    server_rate: int = _setting(0, "requests a minute of one token; 0 is any number", least=0)
    server_deadline: float = _setting(120.0, "seconds for a whole request, waiting included", least=0.001)
    server_body_bytes: int = _setting(1024 * 1024, "bytes of a request that is no upload", least=1)


def setting_help() -> dict[str, str]:
    """The one-line help of each setting."""
    return {f.name: f.metadata["help"] for f in fields(Settings)}


def is_address(generator: str) -> bool:
    """Whether the setting `generator` names a server instead of a model on this machine."""
    return generator.lower().startswith(("http://", "https://"))


def find_index(start: Path | None = None) -> Path | None:
    """The nearest index directory at or above `start` (the working directory), as git finds its own."""
    here = (start or Path.cwd()).resolve()
    return next((d / INDEX_DIR for d in (here, *here.parents) if (d / INDEX_DIR / DATABASE).is_file()), None)


def _refuse(value: object) -> bool:
    raise ValueError(value)


def _convert(name: str, value: object, kind: type, origin: str) -> Any:
    """`value` as `kind`, or a `ConfigError` that names the setting and where the value came from."""
    try:
        if kind is bool:
            if isinstance(value, bool):
                return value
            text = str(value).strip().lower()
            return text in _TRUE or (text not in _FALSE and _refuse(text))
        if isinstance(value, bool) or (kind is str and not isinstance(value, str)):
            _refuse(value)
        return kind(value)
    except (TypeError, ValueError):
        raise ConfigError(f"{name} cannot be {value!r} ({origin}): it takes a {kind.__name__}") from None


def _read_file(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"cannot read {path}: {error}") from None


def load_settings(
    flags: Mapping[str, object] | None = None,
    *,
    index: Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> tuple[Settings, dict[str, str]]:
    """Resolve the settings and say where each came from: "default", a file, a variable or "flag".

    Flags that are None count as not given.

    Raises:
        ConfigError: a value of the wrong type or too small, an unknown name in a file, or an unreadable file.
    """
    env = os.environ if environ is None else environ
    kinds: dict[str, type] = get_type_hints(Settings)
    user = Path(env.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "ragsys" / "config.toml"
    values: dict[str, Any] = {}
    origins = dict.fromkeys(kinds, "default")
    least = {f.name: f.metadata["least"] for f in fields(Settings)}

    def take(name: str, value: object, origin: str) -> None:
        if name not in kinds:
            raise ConfigError(f"unknown setting {name!r} ({origin})")
        values[name] = _convert(name, value, kinds[name], origin)
        if least[name] is not None and not values[name] >= least[name]:
            raise ConfigError(f"{name} cannot be {value!r} ({origin}): the least is {least[name]}")
        origins[name] = origin

    for path in (user, index / _FILE) if index else (user,):
        for name, value in _read_file(path).items():
            take(name, value, str(path))
    for name in kinds:
        variable = f"RAGSYS_{name.upper()}"
        if variable in env:
            take(name, env[variable], variable)
    for name, value in (flags or {}).items():
        if value is not None:
            take(name, value, "flag")
    return Settings(**values), origins


def write_settings(index: Path, changes: Mapping[str, str | int | float | bool]) -> Path:
    """Write settings into the index's own file, beside those that are there; `restore_settings` takes it back.

    Raises:
        ConfigError: the file that is there cannot be read, or none can be written.
    """
    path = index / _FILE
    values = {**_read_file(path), **changes}
    # A JSON string, number or boolean is a TOML one too.
    lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in sorted(values.items())]
    try:
        before = path.read_bytes() if path.is_file() else b""
        (index / _BEFORE).write_bytes(before)
        fresh = path.with_suffix(".tmp")
        fresh.write_text("".join(lines), encoding="utf-8")
        fresh.replace(path)
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}") from None
    return path


def restore_settings(index: Path) -> bool:
    """Put the index's own file back as it was before `write_settings`; whether there was anything to put back."""
    before, path = index / _BEFORE, index / _FILE
    if not before.is_file():
        return False
    try:
        if before.stat().st_size:
            before.replace(path)
        else:
            path.unlink(missing_ok=True)
            before.unlink()
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}") from None
    return True
