"""The error hierarchy: stable codes, and the drawing at the top of the file."""

import inspect
import re

import pytest

from ragsys import errors
from ragsys.errors import RagsysError

CLASSES = [value for value in vars(errors).values() if inspect.isclass(value) and issubclass(value, RagsysError)]


def test_codes_are_unique():
    """No two errors share a code, so a code is enough to look an error up."""
    codes = [cls.code for cls in CLASSES]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_the_drawing_tells_the_truth(cls):
    """The tree in the module's docstring shows each class with its own code, exit code and HTTP status."""
    line = next((row for row in errors.__doc__.splitlines() if re.search(rf"\b{cls.__name__}\b", row)), None)
    assert line is not None
    if cls is not RagsysError:
        assert re.search(rf"\s{re.escape(cls.code)}(\s|$)", line)
        numbers = re.findall(r"\b\d+\b", line)
        assert numbers in ([], [str(cls.exit_code), str(cls.http_status)])


def test_an_error_carries_message_and_hint():
    """A hint given with an error replaces the class's own."""
    assert RagsysError("what happened", hint="do this").hint == "do this"
    assert RagsysError("what happened").message == "what happened"
    assert errors.IndexBusyError("busy").hint == errors.IndexBusyError.hint != ""
