"""Which files are meant: folders walked safely, in a fixed order, each file once. Opens no file."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ragsys.errors import DocumentError, FileUnreadableError, FileVanishedError, LinkRefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathspec import GitIgnoreSpec

__all__ = ["Found", "discover", "document_id"]

_IGNORE_FILE = ".gitignore"


@dataclass(frozen=True, slots=True)
class Found:
    """A file to read, or the reason why it is not to be read."""

    path: Path
    error: DocumentError | None = None


def document_id(source: str) -> str:
    """The stable id of the document at a source path."""
    return hashlib.blake2b(source.encode("utf-8", "surrogateescape"), digest_size=8).hexdigest()


def discover(paths: list[Path]) -> Iterator[Found]:
    """The files at and under `paths`, by resolved path, each once.

    In folders, hidden entries and what `.gitignore` files name are left out, and a link is followed only where it leads
    to a file inside the folder that was given. A file that is named itself is always taken.
    """
    seen: set[Path] = set()
    for path in paths:
        root = path.expanduser()
        try:
            resolved = root.resolve(strict=True)
        except FileNotFoundError:
            yield Found(root.absolute(), FileVanishedError(f"{root} does not exist"))
            continue
        except (OSError, RuntimeError):
            yield Found(root.absolute(), LinkRefusedError(f"{root} is a link that leads back to itself"))
            continue
        for found in _walk(resolved, resolved, []) if resolved.is_dir() else (Found(resolved),):
            if found.path not in seen:
                seen.add(found.path)
                yield found


def _walk(folder: Path, root: Path, ignored: list[tuple[Path, GitIgnoreSpec]]) -> Iterator[Found]:
    """Files under `folder`, sorted; links to folders are not followed, so a walk always ends."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        yield Found(folder, FileUnreadableError(f"cannot list {folder}: {error.strerror}"))
        return
    spec = _read_ignore(folder)
    ignored = [*ignored, (folder, spec)] if spec is not None else ignored
    for entry in entries:
        path = Path(entry.path)
        is_folder = entry.is_dir(follow_symlinks=False)
        if entry.name.startswith(".") or _is_ignored(path, ignored, is_folder=is_folder):
            continue
        if entry.is_symlink():
            found = _follow(path, root)
            if found is not None:
                yield found
        elif is_folder:
            yield from _walk(path, root, ignored)
        elif entry.is_file(follow_symlinks=False):
            yield Found(path)


def _follow(link: Path, root: Path) -> Found | None:
    """What a link inside a folder stands for: a file inside the folder, nothing, or a refusal."""
    try:
        target = link.resolve(strict=True)
    except FileNotFoundError:
        return Found(link, FileVanishedError(f"{link} is a link to nothing"))
    except (OSError, RuntimeError):
        return Found(link, LinkRefusedError(f"{link} is a link that leads back to itself"))
    if not target.is_relative_to(root):
        return Found(link, LinkRefusedError(f"{link} leads out of {root}"))
    return Found(target) if target.is_file() else None  # a folder inside is walked under its own name


def _read_ignore(folder: Path) -> GitIgnoreSpec | None:
    try:
        lines = (folder / _IGNORE_FILE).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(lines)


def _is_ignored(path: Path, ignored: list[tuple[Path, GitIgnoreSpec]], *, is_folder: bool) -> bool:
    """Whether the nearest `.gitignore` with an opinion leaves `path` out."""
    for folder, spec in reversed(ignored):
        name = path.relative_to(folder).as_posix() + ("/" if is_folder else "")
        include = spec.check_file(name).include
        if include is not None:
            return bool(include)
    return False
