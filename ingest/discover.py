"""Which files are meant: folders walked safely, in a fixed order, each file once. Opens no file but `.gitignore`."""

from __future__ import annotations

import errno
import hashlib
import os
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ragsys.errors import DocumentError, FileNameError, FileUnreadableError, FileVanishedError, LinkRefusedError
from ragsys.ingest.beir import about_corpus

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pathspec import GitIgnoreSpec

    Ignored = tuple[tuple[Path, GitIgnoreSpec], ...]

__all__ = ["Found", "count", "discover", "document_id", "root_of"]

_IGNORE_FILE = ".gitignore"
_IGNORE_BYTES = 1_000_000
# What makes a folder an index: it is left out, or an index inside a collection would be added to itself.
_INDEX_FILE = "ragsys.db"
_Kind = Literal["file", "folder", "link"]


@dataclass(frozen=True, slots=True)
class Found:
    """A file to read, or the reason why it is not to be read."""

    path: Path
    error: DocumentError | None = None

    @property
    def source(self) -> str:
        r"""The path as the index holds it; bytes that are not UTF-8 (which `error` then says) appear as "\xff"."""
        return _shown(self.path)


def document_id(source: str) -> str:
    """The stable id of the document at a source path."""
    return hashlib.blake2b(source.encode("utf-8", "surrogateescape"), digest_size=8).hexdigest()


def root_of(path: Path) -> Path:
    """A path as it was given, with `~` and `~user` replaced where there is such a user."""
    try:
        return path.expanduser()
    except RuntimeError:
        return path


def count(paths: Sequence[Path], most: int) -> int | None:
    """How many files `discover` will find, or None if they are more than `most`: then counting would take too long."""
    found = sum(1 for _ in islice(discover(paths), most + 1))
    return found if found <= most else None


def discover(paths: Sequence[Path], left_out: list[Path] | None = None) -> Iterator[Found]:
    """The files at and under `paths`, by resolved path, each once.

    In folders, hidden entries, indexes and what `.gitignore` files name are left out, and a link is followed only where
    it leads to a file inside the folder that was given. Pipes, sockets and devices in folders are passed over.
    `left_out` gets what of data sets in BEIR's layout is not their corpus. A file that is named itself is always taken.
    """
    left_out = [] if left_out is None else left_out
    seen: set[Path] = set()
    for path in paths:
        root = root_of(path)
        resolved = _resolve(root)
        if isinstance(resolved, DocumentError):
            yield Found(root.absolute(), resolved)
            continue
        for found in _walk(resolved, left_out) if resolved.is_dir() else (Found(resolved),):
            if found.path not in seen:
                seen.add(found.path)
                yield found


def _resolve(path: Path) -> Path | DocumentError:
    """Where a path really is, or why that cannot be told."""
    shown = _shown(path)
    try:
        resolved = path.resolve(strict=True)
    except (FileNotFoundError, NotADirectoryError):
        dangling = path.is_symlink()
        return FileVanishedError(f"{shown} is a link to nothing" if dangling else f"{shown} does not exist")
    except (OSError, RuntimeError) as error:
        if isinstance(error, RuntimeError) or error.errno == errno.ELOOP:
            return LinkRefusedError(f"{shown} is a link that leads back to itself")
        return FileUnreadableError(f"cannot reach {shown}: {error.strerror}")
    except ValueError:
        return FileNameError(f"{shown!r} cannot be a path")
    return _checked(resolved) or resolved


def _walk(root: Path, left_out: list[Path]) -> Iterator[Found]:
    """Files under `root`, sorted within each folder. Links to folders are not followed, so a walk always ends."""
    # A stack of our own: folders may be nested deeper than Python's calls.
    todo: list[tuple[Path, _Kind, Ignored]] = [(root, "folder", ())]
    while todo:
        path, kind, ignored = todo.pop()
        error = _checked(path)
        if error is not None:
            yield Found(path, error)
        elif kind == "file":
            yield Found(path)
        elif kind == "link":
            yield from _follow(path, root)
        else:
            try:
                todo.extend(reversed(_list(path, ignored, left_out)))
            except OSError as refused:
                yield Found(path, FileUnreadableError(f"cannot list {path}: {refused.strerror}"))


def _list(folder: Path, ignored: Ignored, left_out: list[Path]) -> list[tuple[Path, _Kind, Ignored]]:
    """What a folder holds, hidden and ignored entries and special files left out. Raises `OSError`."""
    with os.scandir(folder) as listing:
        entries = sorted(listing, key=lambda entry: entry.name)
    if any(entry.name == _INDEX_FILE for entry in entries):
        return []
    spec = _read_ignore(folder)
    if spec is not None:
        ignored = (*ignored, (folder, spec))
    kept = []
    about = about_corpus(entry.name for entry in entries)
    for entry in entries:
        path, kind = Path(entry.path), _kind(entry)
        if kind is None or entry.name.startswith(".") or _is_ignored(path, ignored, is_folder=kind == "folder"):
            continue
        if entry.name in about:
            left_out.append(path)
        else:
            kept.append((path, kind, ignored))
    return kept


def _kind(entry: os.DirEntry[str]) -> _Kind | None:
    if entry.is_symlink():
        return "link"
    if entry.is_dir(follow_symlinks=False):
        return "folder"
    return "file" if entry.is_file(follow_symlinks=False) else None


def _follow(link: Path, root: Path) -> Iterator[Found]:
    """What a link inside a folder stands for: a file inside the folder, nothing, or a refusal."""
    target = _resolve(link)
    if isinstance(target, DocumentError):
        yield Found(link, target)
    elif not target.is_relative_to(root):
        yield Found(link, LinkRefusedError(f"{link} leads out of {root}"))
    elif target.is_file():  # a folder inside is walked under its own name
        yield Found(target)


def _read_ignore(folder: Path) -> GitIgnoreSpec | None:
    """The rules of a folder's own `.gitignore`; a line that is no rule is passed over, as git does."""
    path = folder / _IGNORE_FILE
    try:
        if not path.is_file():  # a pipe of that name would never answer
            return None
        with path.open(encoding="utf-8", errors="replace") as file:
            lines = file.read(_IGNORE_BYTES).splitlines()
    except OSError:
        return None
    from pathspec import GitIgnoreSpec

    try:
        return GitIgnoreSpec.from_lines(lines)
    except ValueError:
        return GitIgnoreSpec.from_lines(line for line in lines if _is_rule(line))


def _is_rule(line: str) -> bool:
    from pathspec import GitIgnoreSpec

    try:
        GitIgnoreSpec.from_lines([line])
    except ValueError:
        return False
    return True


def _is_ignored(path: Path, ignored: Ignored, *, is_folder: bool) -> bool:
    """Whether the nearest `.gitignore` with an opinion leaves `path` out."""
    for folder, spec in reversed(ignored):
        name = path.relative_to(folder).as_posix() + ("/" if is_folder else "")
        include = spec.check_file(name).include
        if include is not None:
            return bool(include)
    return False


def _checked(path: Path) -> FileNameError | None:
    """An error where the path could not be stored as text."""
    try:
        str(path).encode("utf-8")
    except UnicodeEncodeError:
        return FileNameError(f"the name {_shown(path)} is not valid Unicode")
    return None


def _shown(path: Path) -> str:
    return os.fsencode(path).decode("utf-8", "backslashreplace")
