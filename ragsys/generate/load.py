"""From a setting to a generator."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ragsys.errors import ModelRejectedError
from ragsys.models import resolve

if TYPE_CHECKING:
    from ragsys.config import Settings
    from ragsys.protocols import Generator

__all__ = ["load_generator"]


def load_generator(settings: Settings) -> Generator:
    """The configured generator, on the device that the settings name or the best that there is.

    Raises:
        ModelMissingError, ModelUnknownError, ModelHashError: as `ragsys.models.resolve`.
        ModelRejectedError: the model is an embedder.
        ConfigError: no such device.
        GenerationError: the model is there and cannot be loaded.
    """
    model = resolve(settings.generator, Path(settings.models_dir))
    if model.manifest.kind == "embedder":
        raise ModelRejectedError(
            f"{model.name} is an embedder, not a generator", hint="run `ragsys models list` to see which are generators"
        )
    from ragsys.generate.transformers_backend import TransformersGenerator

    return TransformersGenerator(model.path, model.name, device=settings.device, threads=settings.threads)
