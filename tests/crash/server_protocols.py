"""Deliberately broken ways to keep uploads. The harness has to catch every one of them, or it proves nothing."""

from __future__ import annotations

import io
import os
import threading
from dataclasses import replace

# Where each is most likely to be seen to be broken, so that few kills are enough, and whether power has to be lost.
WEAK_POINTS = {
    "acknowledges-early": ("acknowledged", False),
    "finishes-before-commit": ("put", False),
    "deletes-late": ("removed", False),
    "leaves-pending": ("removed", False),
    "no-file-sync": ("acknowledged", True),
    "no-folder-sync": ("acknowledged", True),
    "turns-late": ("answered", False),
}
_LATE = 0.5


def follow(name: str) -> None:
    """Put the named protocol in place of the sound one, in this process."""
    if name != "sound":
        _BROKEN[name]()


def _acknowledges_early() -> None:
    """Uploads stay in memory until they are indexed."""
    from ragsys.server import spool

    held: dict[str, bytes] = {}
    store = spool.Spool.store

    def stored(self, name, data, *, namespace, acl, most_bytes):
        text = data.read()
        kept = store(self, name, io.BytesIO(text), namespace=namespace, acl=acl, most_bytes=most_bytes)
        held[kept.id] = text
        spool.shutil.rmtree(self._pending / kept.id)
        return kept

    def placed(self, kept):
        path = self._files / kept.namespace / kept.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(held[kept.id])
        return path

    spool.Spool.store, spool.Spool.place = stored, placed


def _finishes_before_commit() -> None:
    """An upload is no longer pending as soon as its file is in its place."""
    from ragsys.server import spool

    place = spool.Spool.place

    def placed(self, stored):
        path = place(self, stored)
        self.finish(stored)
        return path

    spool.Spool.place = placed


def _deletes_late() -> None:
    """A removal is acknowledged before it is carried out."""
    from ragsys.server import uploads

    remove = uploads.Uploads.remove

    def removed(self, source, document, action):
        threading.Timer(_LATE, remove, (self, source, document, action)).start()

    uploads.Uploads.remove = removed


def _leaves_pending() -> None:
    """A removal leaves what is pending of the document for the next start."""
    from ragsys.server import uploads

    remove = uploads.Uploads.remove

    def removed(self, source, document, action):
        finish, self._spool.finish = self._spool.finish, lambda stored: None
        try:
            remove(self, source, document, action)
        finally:
            self._spool.finish = finish

    uploads.Uploads.remove = removed


class _Unflushed:
    """The module `os` of a spool that does not flush its files."""

    def __getattr__(self, name):
        return (lambda handle: None) if name == "fsync" else getattr(os, name)


def _no_file_sync() -> None:
    """Neither files nor folders are flushed."""
    from ragsys.server import spool

    spool.os = _Unflushed()


def _no_folder_sync() -> None:
    """Files are flushed, their entries are not."""
    from ragsys.server import spool

    spool._sync = lambda folder: None


def _turns_late() -> None:
    """A turn of a conversation is answered before it is kept."""
    from ragsys.indexes.conversations import Conversations

    append = Conversations.append

    def appended(self, session, new):
        threading.Timer(_LATE, append, (self, session, new)).start()
        return replace(new, number=1)

    Conversations.append = appended


_BROKEN = {
    "acknowledges-early": _acknowledges_early,
    "finishes-before-commit": _finishes_before_commit,
    "deletes-late": _deletes_late,
    "leaves-pending": _leaves_pending,
    "no-file-sync": _no_file_sync,
    "no-folder-sync": _no_folder_sync,
    "turns-late": _turns_late,
}
