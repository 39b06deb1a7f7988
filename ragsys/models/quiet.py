"""Silence of the model libraries: their bars and remarks are not what a user of ragsys is shown."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["quiet"]


@contextmanager
def quiet() -> Iterator[None]:
    """No bars and no remarks of transformers and sentence-transformers inside; afterwards all is as it was."""
    import logging as standard

    from transformers.utils import logging

    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    others = standard.getLogger("sentence_transformers")
    level = others.level
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    others.setLevel(standard.ERROR)
    try:
        with warnings.catch_warnings(), _no_gguf_bar():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.set_verbosity(verbosity)
        others.setLevel(level)
        if bars:
            logging.enable_progress_bar()


@contextmanager
def _no_gguf_bar() -> Iterator[None]:
    """Lend another function to the name that the GGUF reader draws its bar with: it goes past its own switch."""
    import transformers.modeling_gguf_pytorch_utils as reader

    drawn = getattr(reader, "tqdm", None)
    if drawn is None:
        yield
        return
    reader.tqdm = lambda tensors, **_options: tensors
    try:
        yield
    finally:
        reader.tqdm = drawn
