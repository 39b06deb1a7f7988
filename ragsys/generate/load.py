"""From a setting to a generator."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ragsys.models import resolve

if TYPE_CHECKING:
    from ragsys.config import Settings
    from ragsys.protocols import Generator

__all__ = ["load_generator"]


def load_generator(settings: Settings) -> Generator:
    """The configured generator, on the device that the settings name or the best that there is.

    Raises:
        ModelMissingError, ModelUnknownError, ModelHashError: as `ragsys.models.resolve`.
        GenerationError: the model is there and cannot be loaded.
    """
    model = resolve(settings.generator, Path(settings.models_dir))
    from ragsys.generate.transformers_backend import TransformersGenerator

    return TransformersGenerator(model.path, model.name, device=settings.device, threads=settings.threads)
