"""Silence, and an end to it."""

from __future__ import annotations

import warnings

import pytest
import transformers.modeling_gguf_pytorch_utils as reader
from transformers.utils import logging

from ragsys.models.quiet import quiet


def test_all_is_as_it_was_afterwards() -> None:
    """Verbosity, bars and the GGUF reader's own bar are put back."""
    before = (logging.get_verbosity(), logging.is_progress_bar_enabled(), reader.tqdm)
    with quiet():
        assert logging.get_verbosity() == logging.ERROR
        assert not logging.is_progress_bar_enabled()
        assert list(reader.tqdm([1, 2], desc="nothing is drawn")) == [1, 2]
        warnings.warn("nobody hears this", stacklevel=1)
    assert (logging.get_verbosity(), logging.is_progress_bar_enabled(), reader.tqdm) == before


def test_an_error_ends_it_too() -> None:
    """What is raised inside comes out, and leaves no silence behind."""
    before = logging.get_verbosity()

    def fail() -> None:
        with quiet():
            raise ValueError("inside")

    with pytest.raises(ValueError, match="inside"):
        fail()
    assert logging.get_verbosity() == before
