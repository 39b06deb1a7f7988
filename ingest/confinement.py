"""What the process that reads files gives up before it sees the first one.

On Linux the kernel keeps it, where that is permitted (`unshare`), from every network; everywhere with `resource` it
can write to no file, and leaves no core dump. Beside that, an audit hook (PEP 578) refuses what Python code would ask
for: sockets, other programs, writing, deleting and renaming files. The hook sees Python's own calls only: native code
that a file has taken over is held by the kernel's limits and nothing else, and may read what the user may read. It
runs as the same user: this contains accidents and bombs, and is no sandbox for a determined intruder.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from typing import Any

__all__ = ["allow", "confine", "leave_network", "size_now"]

_NEWNET, _NEWUSER = 0x40000000, 0x10000000  # unshare(2)
_REFUSED = (
    "socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.startfile", "pty.",
    "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.truncate", "os.chmod", "os.chown",
    "os.kill", "os.putenv", "shutil.", "tempfile.", "ftplib.", "http.client.", "smtplib.", "urllib.", "webbrowser.",
)  # fmt: skip
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def confine() -> None:
    """Give up writing, other programs and Python's own ways to the network, for good."""
    sys.dont_write_bytecode = True
    try:
        import resource
    except ImportError:
        pass
    else:
        for limit in (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE):
            resource.setrlimit(limit, (0, 0))
    sys.addaudithook(_refuse)


def allow(memory: int, seconds: float) -> None:
    """Let the process have so much address space, and so many seconds of processor time from now on."""
    try:
        import resource
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    for limit, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime + seconds) + 1),
    ):
        hard = resource.getrlimit(limit)[1]
        # macOS refuses an address space below what is mapped already.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(limit, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


def size_now() -> int:
    """The address space that the process has, in bytes; 0 where that cannot be told."""
    try:
        with open("/proc/self/statm", "rb") as file:  # noqa: PTH123 - by the shortest way, thousands of times
            return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, AttributeError):
        return 0


def leave_network() -> None:
    """Go into a network of our own that has no way out; as a user's own root where that is needed.

    To be called before there are threads: the kernel gives a process with several no root of its own.
    """
    if sys.platform != "linux":
        return
    with contextlib.suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(_NEWNET):
            libc.unshare(_NEWUSER | _NEWNET)


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open":
        mode, flags = arguments[1], arguments[2]
        writes = isinstance(mode, str) and any(letter in mode for letter in "wax+")
        if writes or (isinstance(flags, int) and flags & _WRITING):
            raise PermissionError("a file that is read may not write")
    elif event.startswith(_REFUSED):
        raise PermissionError(f"a file that is read may not ask for this ({event})")
