"""What a loss of power leaves of the uploads: nothing that was not flushed.

A killed process loses nothing that it has written; a machine without power does. This takes away what the dead server
had written below `uploads` and not flushed: bytes of a file beyond its last fsync, and entries of a folder that were
not there at the folder's last fsync. A file that was moved from where it was durable stays, as it may. The database
flushes its own files, which are left alone; deletions that were not flushed are not undone.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(slots=True)
class Durable:
    """What would survive: the size of each file and the entries of each folder, by inode."""

    sizes: dict[int, int] = field(default_factory=dict)
    entries: dict[int, dict[str, int]] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path) -> Durable:
        """Everything that is there: what survived once is durable."""
        durable = cls()
        for here, folders, files in os.walk(folder):
            path = Path(here)
            durable.entries[path.stat().st_ino] = {name: (path / name).stat().st_ino for name in (*folders, *files)}
            durable.sizes |= {(path / name).stat().st_ino: (path / name).stat().st_size for name in files}
        return durable

    def read(self, log: Path) -> None:
        """Take in what a server flushed."""
        for line in log.read_text().splitlines():
            try:
                flushed = json.loads(line)
            except ValueError:
                continue  # it died while it wrote this
            if "entries" in flushed:
                self.entries[flushed["inode"]] = flushed["entries"]
            else:
                self.sizes[flushed["inode"]] = flushed["size"]

    def settle(self, index: Path) -> int:
        """Take away from the uploads in an index directory what is not durable; how much that was."""
        known = {inode for entries in self.entries.values() for inode in entries.values()}
        uploads = index / "uploads"
        if not uploads.is_dir():
            return 0
        if not self._holds(index, uploads):
            shutil.rmtree(uploads)
            return 1
        return self._settle(uploads, known)

    def _settle(self, folder: Path, known: set[int]) -> int:
        taken = 0
        for path in sorted(folder.iterdir()):
            inode = path.stat().st_ino
            if not self._holds(folder, path) and (path.is_dir() or inode not in known):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
                taken += 1
            elif path.is_dir():
                taken += self._settle(path, known)
            elif path.stat().st_size > (size := self.sizes.get(inode, 0)):
                os.truncate(path, size)
                taken += 1
        return taken

    def _holds(self, folder: Path, path: Path) -> bool:
        return self.entries.get(folder.stat().st_ino, {}).get(path.name) == path.stat().st_ino
