"""What every command shares: the common options, the resolved settings, the open engine."""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ragsys.config import DATABASE, INDEX_DIR, Settings, find_index, load_settings
from ragsys.errors import IndexNotFoundError, UsageError
from ragsys.ingest.web.urls import is_url

if TYPE_CHECKING:
    from collections.abc import Callable

    from ragsys.engine import QueryEngine

__all__ = [
    "App",
    "PathOrUrl",
    "acting_as",
    "common_options",
    "examples",
    "fetching",
    "shaping_answers",
    "shaping_hits",
]


# What goes on until it is stopped is no one piece of work; the server tells of each request.
_ENDLESS = frozenset({"mcp", "serve", "watch"})


@dataclass(frozen=True, slots=True)
class App:
    """The settings of one call, where each came from, and how to print."""

    settings: Settings
    origins: dict[str, str]
    index: Path | None
    json: bool
    color: bool
    principals: tuple[str, ...] | None = None

    @property
    def existing_index(self) -> Path | None:
        """The index directory, or None where there is no index yet."""
        return self.index if self.index is not None and (self.index / DATABASE).is_file() else None

    def open(self, *, create: bool = False) -> QueryEngine:
        """Open the engine. Raises `IndexNotFoundError` where there is no index and none may be created."""
        if self.index is None and not create:
            raise IndexNotFoundError("there is no index here or in any folder above")
        from ragsys.engine import QueryEngine

        return QueryEngine.open(
            self.index or Path.cwd() / INDEX_DIR, settings=self.settings, create=create, principals=self.principals
        )


def common_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --index, --offline, --embedder, --models-dir, --json and --no-color, and pass an `App` first.

    Any other option that is named as a setting ends up in `App.settings`, not in the command's arguments.
    """

    @click.option("--index", "index_path", type=click.Path(path_type=Path), help="Index directory [env: RAGSYS_INDEX].")
    @click.option("--offline", is_flag=True, default=None, help="Refuse every network connection.")
    @click.option("--embedder", help="Embedding model: catalogue name, hub id or folder.")
    @click.option("--models-dir", help="Folder that models are kept in.")
    @click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for machines.")
    @click.option("--no-color", is_flag=True, help="Print without colours [env: NO_COLOR].")
    @functools.wraps(command)
    def wrapper(
        *args: Any,
        index_path: Path | None,
        offline: bool | None,
        embedder: str | None,
        models_dir: str | None,
        as_json: bool,
        no_color: bool,
        **options: Any,
    ) -> Any:
        _check_unicode(args, options)
        named = index_path or (Path(os.environ["RAGSYS_INDEX"]) if os.environ.get("RAGSYS_INDEX") else None)
        index = named or find_index()
        flags = {"offline": offline, "embedder": embedder, "models_dir": models_dir}
        flags |= {name: options.pop(name) for name in tuple(options) if name in Settings.__dataclass_fields__}
        settings, origins = load_settings(flags, index=index)
        if settings.offline:
            from ragsys.offline import forbid_network

            forbid_network()
        color = not (no_color or os.environ.get("NO_COLOR"))
        principals = options.pop("principals", ()) or None
        app = App(settings, origins, index, json=as_json, color=color, principals=principals)
        name = click.get_current_context().command_path.partition(" ")[2]
        if not settings.traces or name in _ENDLESS:
            return command(app, *args, **options)
        from ragsys.traces import traced

        with traced(settings, f"ragsys {name}"):
            return command(app, *args, **options)

    return wrapper


class PathOrUrl(click.Path):
    """A path, or a web address as it was typed: a path would lose one of its slashes."""

    name = "path or URL"

    def __init__(self, *, allow_dash: bool = False) -> None:
        super().__init__(path_type=Path, allow_dash=allow_dash)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """A `Path`, or a `str` for a web address."""
        return value if is_url(value) else super().convert(value, param, ctx)


def fetching(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --allow-network and --allowed-hosts: whether pages may be fetched, and from which private hosts, too."""
    for option in (
        click.option(
            "--allowed-hosts", metavar="NAMES", help="Hosts that may have private addresses: wiki.intern,10.0.0.8:8080."
        ),
        click.option("--allow-network", is_flag=True, default=None, help="Fetch web pages and sitemaps."),
    ):
        command = option(command)
    return command


def acting_as(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --as, which ends up in `App.principals`."""
    option = click.option(
        "--as", "principals", multiple=True, metavar="NAME", help="See only what NAME may see (user:ann); repeatable."
    )
    return option(command)


def shaping_answers(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what `ask` and `chat` share: from which passages to answer, how, in which language and by which generator."""
    for option in (
        click.option("--seed", type=int, help="Seed of the sampling."),
        click.option("--temperature", type=click.FloatRange(0.0, 5.0), default=0.0, help="0 is greedy, the default."),
        click.option("--max-new-tokens", type=click.IntRange(1, 4096), help="The most tokens in an answer."),
        click.option(
            "--no-adapter",
            "adapter",
            flag_value="none",
            default=None,
            help="Let the generator answer as it is, without the adapter that it was given.",
        ),
        click.option("--generator", help="Generator: catalogue name, hub id or folder."),
        click.option(
            "--lang",
            "--answer-language",
            "answer_language",
            metavar="CODE",
            help="Language of an answer (auto: the question's); a quotation in another is followed by a translation.",
        ),
        click.option(
            "--unsupported",
            type=click.Choice(["drop", "mark", "keep"]),
            help="What becomes of a drafted sentence that no passage supports.",
        ),
        click.option(
            "--mode",
            "answer_mode",
            type=click.Choice(["auto", "generate", "extract"]),
            help="Let the generator write, or show the best sentence (quick, no generator). auto generates.",
        ),
        click.option("--filter", "where", help="Answer only from documents that match."),
        click.option("-k", "--top-k", type=click.IntRange(1, 100), help="Passages to answer from."),
    ):
        command = option(command)
    return command


def shaping_hits(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --per-source, --diversity, --context and --reranker: which of the found passages are shown, and how much."""
    for option in (
        click.option("--reranker", help="Cross-encoder that orders the best candidates: hub id or folder."),
        click.option("--context", type=click.IntRange(0, 50), help="Neighbouring passages to show around each hit."),
        click.option("--diversity", type=click.FloatRange(0, 1), help="0 is by score alone; 1 as varied as can be."),
        click.option("--per-source", type=click.IntRange(0), help="The most hits of one document; 0 is any number."),
    ):
        command = option(command)
    return command


def examples(*lines: str) -> str:
    """The end of a command's help: commands as they are typed, each on its line."""
    # Click wraps a paragraph unless it begins with this mark.
    return "\n".join(["\b", "Examples:" if len(lines) > 1 else "Example:", *(f"  {line}" for line in lines)])


def _check_unicode(args: tuple[Any, ...], options: dict[str, Any]) -> None:
    """Refuse words that are not valid Unicode: nothing in an index could be like them. Paths may be anything."""
    for value in (*args, *options.values()):
        for word in value if isinstance(value, tuple) else (value,):
            if isinstance(word, str) and word != word.encode("utf-8", "replace").decode("utf-8"):
                raise UsageError("an argument is not valid UTF-8")
