"""Where an index may lie: on a disk of this machine, because SQLite's write-ahead log is shared memory.

Over a network, two machines would each see their own (sqlite.org, "Write-Ahead Logging", section 1), and the locks that
protect the database are often not kept. Only Linux says what a folder is mounted on; elsewhere nothing is refused.
"""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["network_file_system"]

_NETWORK = frozenset(
    "9p afs beegfs ceph cifs coda davfs fuse.glusterfs fuse.sshfs gfs2 lustre ncpfs nfs nfs4 ocfs2 smb3 smbfs".split()  # noqa: SIM905
)
_MOUNTS = Path("/proc/self/mountinfo")


def network_file_system(folder: Path, mounts: str | None = None) -> str | None:
    """The kind of network file system that `folder` lies on, or None; `mounts` in the format of proc(5)."""
    if mounts is None:
        try:
            mounts = _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
        except OSError:
            return None
    here = folder.resolve()
    best: tuple[int, str] = (-1, "")
    for line in mounts.splitlines():
        left, _, right = line.partition(" - ")
        fields = left.split(" ")
        point = re.sub(r"\\([0-7]{3})", lambda match: chr(int(match.group(1), 8)), fields[4])
        # The longest mount point that holds the folder; of equals the last, which hides the others.
        if here.is_relative_to(point) and len(point) >= best[0]:
            best = len(point), right.split(" ")[0]
    return best[1] if best[1] in _NETWORK else None
