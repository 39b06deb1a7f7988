"""The real `ragsys` command with the hashing embedder and a generator that never ends: no model, nothing else changed.

HASH_CLI_DELAY is how many seconds each embedded passage takes.
"""

import os
import time

import ragsys.generate
import ragsys.models
from ragsys.cli.main import main
from ragsys.testing import HashEmbedder, ScriptedGenerator

DELAY = float(os.environ.get("HASH_CLI_DELAY", "0"))


class SlowEmbedder(HashEmbedder):
    """Takes its time over every passage."""

    def embed_passages(self, texts):
        """The vectors, later."""
        time.sleep(DELAY * len(texts))
        return super().embed_passages(texts)


class EndlessGenerator(ScriptedGenerator):
    """Goes on until it is stopped."""

    def stream(self, messages, decoding):
        """A word now and then."""
        while True:
            yield "word "
            time.sleep(0.05)


ragsys.models.load_embedder = lambda settings: SlowEmbedder()
ragsys.generate.load_generator = lambda settings: EndlessGenerator([])

main()
