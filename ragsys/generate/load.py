"""From a setting to a generator: a model that is here, or one behind an address."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from ragsys.config import is_address
from ragsys.errors import ConfigError, ModelRejectedError, OfflineError
from ragsys.generate.adapting import adapter_of
from ragsys.models import resolve

if TYPE_CHECKING:
    from ragsys.config import Settings
    from ragsys.generate.endpoint import Api, EndpointGenerator
    from ragsys.protocols import Generator

__all__ = ["load_generator"]

_PORTS = {"http": 80, "https": 443}


def load_generator(settings: Settings) -> Generator:
    """The configured generator, on the device that the settings name or the best that there is.

    Raises:
        ModelMissingError, ModelUnknownError, ModelHashError: as `ragsys.models.resolve`.
        ModelRejectedError: the model is an embedder.
        AdapterError: the adapter is damaged, or was trained for another model.
        DiskFullError: the model with its adapter, which is made once, does not fit into the model folder.
        ConfigError: no such device, or a setting of the endpoint that cannot be.
        GenerationError: the model is there and cannot be loaded.
        OfflineError: an address beyond this machine, while offline.
        EndpointError: the server had to be asked which model it has, and did not say.
    """
    adapter = adapter_of(settings)
    if is_address(settings.generator):
        return _endpoint(settings)
    model = resolve(settings.generator, Path(settings.models_dir))
    if model.manifest.kind == "embedder":
        raise ModelRejectedError(
            f"{model.name} is an embedder, not a generator", hint="run `ragsys models list` to see which are generators"
        )
    if adapter is not None:
        from ragsys.models.merging import merged

        model = merged(model, adapter, Path(settings.models_dir))
    from ragsys.generate.transformers_backend import TransformersGenerator

    converted = any(".gguf" in file for file in model.manifest.origin)
    return TransformersGenerator(
        model.path, model.name, device=settings.device, threads=settings.threads, converted=converted
    )


def _endpoint(settings: Settings) -> EndpointGenerator:
    """The generator behind the configured address. Offline, it has to be on this machine."""
    from ragsys.generate.endpoint import EndpointGenerator, is_loopback, parse_address
    from ragsys.generate.transport import Transport

    base = parse_address(settings.generator)
    local = is_loopback(base)
    if settings.generator_api not in {"chat", "completions"}:
        raise ConfigError(f"generator_api cannot be {settings.generator_api!r}: it is chat or completions")
    if settings.offline:
        if not local:
            raise OfflineError(
                f"the generator is {base}, which is not on this machine",
                hint="use a server on 127.0.0.1 or a model of this machine, or run it without --offline",
            )
        from ragsys.offline import allow_loopback

        parts = urlsplit(base)
        allow_loopback(parts.port or _PORTS[parts.scheme])
    key = _key(settings.generator_key_env)
    if key and not local and base.startswith("http:"):
        raise ConfigError(
            f"the key would travel to {base} unencrypted",
            hint="use the server's https address, or reach it through a tunnel that ends on 127.0.0.1",
        )
    transport = Transport(
        base, key, silence=settings.generator_timeout, deadline=settings.generator_deadline, local=local
    )
    return EndpointGenerator(
        transport,
        settings.generator_model,
        api=cast("Api", settings.generator_api),
        context_tokens=settings.generator_context,
    )


def _key(variable: str) -> str:
    """The key that a variable holds; no message ever shows it."""
    if not variable:
        return ""
    key = os.environ.get(variable, "").strip()
    if not key:
        raise ConfigError(
            f"generator_key_env names {variable!r}, and the environment has no such variable",
            hint="it is the name of a variable, never the key itself",
        )
    if not (key.isascii() and key.isprintable()):
        raise ConfigError(f"what {variable} holds cannot be a key: it has characters that no header may have")
    return key
