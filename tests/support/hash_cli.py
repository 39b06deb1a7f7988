"""The real `ragsys` command with the hashing embedder and a generator that never ends: no model, nothing else changed.

HASH_CLI_DELAY is how many seconds each embedded passage takes; HASH_CLI_EMBEDS a file to make when that begins, and
HASH_CLI_MARK one to make when an answer begins; HASH_CLI_SAY is what the generator says every time, instead of going on
without end. With HASH_CLI_CHATTER, the embedder prints, as libraries do. With HASH_CLI_HUMBLE, root has no more rights
over files than their owner has, so that permissions mean something.
"""

import ctypes
import os
import time
from pathlib import Path

import ragsys.generate
import ragsys.models
from ragsys.cli.main import main
from ragsys.testing import HashEmbedder, ScriptedGenerator

DELAY = float(os.environ.get("HASH_CLI_DELAY", "0"))


def give_up_overrides():
    """Drop CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH (capset(2))."""
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    data = (ctypes.c_uint32 * 6)()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.capget(header, data):
        raise OSError(ctypes.get_errno(), "capget")
    for word in (0, 1, 2):  # effective, permitted, inheritable
        data[word] &= ~0b110
    if libc.capset(header, data):
        raise OSError(ctypes.get_errno(), "capset")


class SlowEmbedder(HashEmbedder):
    """Takes its time over every passage."""

    def embed_passages(self, texts):
        """The vectors, later."""
        if "HASH_CLI_EMBEDS" in os.environ:
            Path(os.environ["HASH_CLI_EMBEDS"]).touch()
        time.sleep(DELAY * len(texts))
        return super().embed_passages(texts)

    def embed_queries(self, texts):
        """The vectors, with noise where that is asked for."""
        if "HASH_CLI_CHATTER" in os.environ:
            print("chatter of a library", flush=True)  # noqa: T201 - that is the point
        return super().embed_queries(texts)


class EndlessGenerator(ScriptedGenerator):
    """Goes on until it is stopped."""

    def stream(self, messages, decoding):
        """A word now and then."""
        if "HASH_CLI_MARK" in os.environ:
            Path(os.environ["HASH_CLI_MARK"]).touch()
        if "HASH_CLI_SAY" in os.environ:
            yield os.environ["HASH_CLI_SAY"]
            return
        while True:
            yield "word "
            time.sleep(0.05)


if __name__ == "__main__":  # tests look for doctests in every file, and must not be given the slow embedder
    ragsys.models.load_embedder = lambda settings: SlowEmbedder()
    ragsys.generate.load_generator = lambda settings: EndlessGenerator([])
    if os.environ.get("HASH_CLI_HUMBLE") and os.geteuid() == 0:
        give_up_overrides()
    main()
