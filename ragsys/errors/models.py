"""A model cannot be had, or did not do its work."""

from __future__ import annotations

from ragsys.errors.base import RagsysError

__all__ = [
    "AdapterBaseError",
    "AdapterError",
    "DownloadError",
    "GenerationError",
    "ModelError",
    "ModelHashError",
    "ModelMissingError",
    "ModelRejectedError",
    "ModelUnknownError",
    "OfflineError",
]


class ModelError(RagsysError):
    """A model cannot be had or used."""

    code = "model-error"
    exit_code = 5


class ModelUnknownError(ModelError):
    """A model name that is neither in the catalogue, nor a folder, nor a hub id."""

    code = "model-unknown"
    http_status = 404
    hint = "run `ragsys models list` to see the catalogue"


class ModelMissingError(ModelError):
    """A model that is known but not on this machine."""

    code = "model-missing"
    http_status = 503


class ModelHashError(ModelError):
    """A model file whose bytes are not the pinned ones."""

    code = "model-hash"
    hint = "run `ragsys models pull NAME --force` to fetch it again; never use the file as it is"


class ModelRejectedError(ModelError):
    """A converted model that does not agree with its reference closely enough to be used."""

    code = "model-rejected"


class AdapterError(ModelError):
    """An adapter that is damaged, is not what it says, or is of a kind that is not applied."""

    code = "adapter-invalid"
    hint = "get it again from where it came; `--no-adapter` answers without one"


class AdapterBaseError(AdapterError):
    """An adapter that was trained for other weights than those that it was to be applied to."""

    code = "adapter-base"
    hint = "use the model that it was trained for; `--no-adapter` answers without it"


class DownloadError(ModelError):
    """A download that failed; what had arrived is kept and resumed."""

    code = "download-failed"
    exit_code = 6
    http_status = 502
    hint = "check the network and run the command again: it resumes where it stopped"


class OfflineError(ModelError):
    """Something asked for the network while ragsys is offline."""

    code = "offline"
    exit_code = 6
    http_status = 503
    hint = "run it once without --offline (and without RAGSYS_OFFLINE=1)"


class GenerationError(RagsysError):
    """The generator could not produce an answer."""

    code = "generation-failed"
    exit_code = 5
