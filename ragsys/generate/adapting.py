"""Which adapter a generator gets, if any: the one that was named, or the one that comes with ragsys for it.

An adapter and the prompt that it was trained for are one thing: its card names a profile (`profile`), and what the two
make together has a name of its own, from which the profile follows.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from ragsys.config import is_address
from ragsys.errors import ConfigError
from ragsys.generate.profile import adapted_profile
from ragsys.models.adapter import CARD, read_adapter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ragsys.config import Settings
    from ragsys.models.adapter import Adapter

__all__ = ["ADAPTERS", "AUTO", "NONE", "adapter_of", "adapters_home", "name_of_generator"]

AUTO = "auto"
NONE = "none"
# Below the model folder, where what was tuned here is kept; beside this file, where what comes with ragsys lies.
ADAPTERS = "adapters"
# By base model, the SHA-256 of the card. scripts/train_adapter.py makes an adapter and prints its line.
_SHIPPED: Mapping[str, str] = {}


def adapters_home(settings: Settings) -> Path:
    """The folder that adapters are kept in that were tuned on this machine."""
    return Path(settings.models_dir) / ADAPTERS


def adapter_of(settings: Settings) -> Adapter | None:
    """The adapter for the configured generator, its files checked; None where it gets none.

    Raises:
        AdapterError: it is damaged, or was trained for a profile that this version does not have.
        ConfigError: an adapter was named, and the generator is behind an address.
    """
    wanted = settings.adapter
    if wanted == NONE or (wanted == AUTO and settings.generator not in _SHIPPED):
        return None
    if is_address(settings.generator):
        raise ConfigError(
            "an adapter changes weights, and those of a generator behind an address are not here",
            hint="set adapter to none, or generator to a model of this machine",
        )
    if wanted == AUTO:
        folder = Path(str(files("ragsys.generate").joinpath(ADAPTERS, settings.generator)))
        adapter = read_adapter(folder, _SHIPPED[settings.generator])
    else:
        tuned = adapters_home(settings) / wanted
        adapter = read_adapter(tuned if (tuned / CARD).is_file() else Path(wanted).expanduser())
    adapted_profile(adapter.profile)
    return adapter


def name_of_generator(settings: Settings) -> str:
    """The name that the configured generator will have, without loading it. Raises as `adapter_of`."""
    adapter = adapter_of(settings)
    return settings.generator if adapter is None else adapter.model_name
