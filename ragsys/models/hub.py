"""A model of the Hugging Face hub, at one commit: its listing by the hub's own client, its files by our own download.

The commit is resolved once and everything is fetched at that commit. A file stored with LFS is checked by the SHA-256
of the listing, any other by the name of its git blob. `HF_ENDPOINT` and `HF_TOKEN` mean what they mean to the client.
"""

from __future__ import annotations

import os
import re
import shutil
import urllib.error
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ragsys.errors import (
    ConfigError,
    DownloadError,
    ModelRejectedError,
    ModelUnknownError,
    OfflineError,
    RagsysError,
)
from ragsys.models.fetch import cannot_write, download, require_space
from ragsys.models.layout import choose, is_weights, kind_of
from ragsys.models.source import Taken

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ragsys.models.fetch import Progress
    from ragsys.models.store import Manifest

__all__ = ["HubSource", "Listing", "RemoteFile"]

_TIMEOUT = 30.0
_COMMIT = re.compile(r"[0-9a-f]{40}")
_DENIED = frozenset({401, 403})
_LOG_IN = "accept its terms on its page if it has any, and set HF_TOKEN to a token of yours"


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file of a repository. `digest` is a SHA-256, or the SHA-1 of its git blob."""

    path: str
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class Listing:
    """What the hub says of a repository at one commit."""

    repo: str
    commit: str
    licence: str
    notice: str | None
    files: tuple[RemoteFile, ...]


@dataclass(frozen=True, slots=True)
class HubSource:
    """A repository of the hub; without a revision, its main branch."""

    repo: str
    revision: str | None = None

    @property
    def name(self) -> str:
        """The repository's id."""
        return self.repo

    def matches(self, manifest: Manifest, *, offline: bool) -> bool:
        """Whether that commit is here; the hub is asked only for a revision that may have moved."""
        if self.revision in {None, manifest.commit} and manifest.commit is not None:
            return True
        return (
            manifest.commit is not None
            and _look_up(self.repo, self.revision, offline=offline).commit == manifest.commit
        )

    def fetch(self, downloads: Path, building: Path, report: Callable[[Progress], None], *, offline: bool) -> Taken:
        """Bring the files that `choose` takes; those that say what the model is come before its weights.

        Raises:
            OfflineError: `offline` is set; no socket was made.
            ModelUnknownError: no such repository or revision, or not for us to see.
            DownloadError: the hub cannot be reached, or wants a log-in.
            ModelRejectedError: no weights in a format that cannot run code, or no kind of model that is known.
            ModelHashError, DiskFullError: as `download`.
        """
        listing = _look_up(self.repo, self.revision, offline=offline)
        chosen = set(choose([file.path for file in listing.files], self.repo))
        wanted = sorted((f for f in listing.files if f.path in chosen), key=lambda f: (is_weights(f.path), f.path))
        folder = downloads / f"{_prefix(self.repo)}{listing.commit}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise cannot_write(folder, error) from None
        require_space(folder, sum(_rest(f, folder) for f in wanted), self.repo)
        gguf = any(file.path.endswith(".gguf") for file in wanted)
        kind = "generator" if gguf else ""
        for file in wanted:
            if is_weights(file.path) and not kind:
                kind = kind_of(folder, self.repo)
            self._get(listing, file, folder / file.path, report)
        for file in wanted:
            _link(folder / file.path, building / ("source.gguf" if file.path.endswith(".gguf") else file.path))
        return Taken(
            kind=kind,
            licence=listing.licence,
            notice=listing.notice,
            weights_sha256=next((f.digest for f in wanted if f.path.endswith(".gguf")), None),
            conversion="gguf" if gguf else "none",
            origin=tuple(f"{listing.repo}@{listing.commit}:{file.path}" for file in wanted),
            revision=self.revision,
            commit=listing.commit,
        )

    def _get(self, listing: Listing, file: RemoteFile, target: Path, report: Callable[[Progress], None]) -> None:
        from huggingface_hub import get_token, hf_hub_url

        if target.is_file():
            return  # complete: it had its hash when it got this name
        url = hf_hub_url(listing.repo, file.path, revision=listing.commit, endpoint=_endpoint())
        token = get_token()
        try:
            download(url, file.digest, target, report, headers={"Authorization": f"Bearer {token}"} if token else {})
        except DownloadError as error:
            cause = error.__cause__
            if isinstance(cause, urllib.error.HTTPError) and cause.code in _DENIED:
                raise DownloadError(f"the hub does not let us have {self.repo} ({cause.code})", hint=_LOG_IN) from None
            raise

    def forget(self, downloads: Path) -> None:
        """Remove what came of any commit of the repository."""
        for folder in downloads.glob(f"{_prefix(self.repo)}*"):
            shutil.rmtree(folder, ignore_errors=True)


def _prefix(repo: str) -> str:
    return f"{repo.replace('/', '--')}@"


def _endpoint() -> str | None:
    return os.environ.get("HF_ENDPOINT", "").rstrip("/") or None


def _rest(file: RemoteFile, folder: Path) -> int:
    """The bytes of a file that are still to come."""
    part = folder / f"{file.path}.part"
    if (folder / file.path).is_file():
        return 0
    return max(file.size - (part.stat().st_size if part.is_file() else 0), 0)


def _link(source: Path, target: Path) -> None:
    """Give a finished download its place as well; where the disk cannot link, copy it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        require_space(target.parent, source.stat().st_size, source.name)
        try:
            shutil.copyfile(source, target)
        except OSError as error:
            raise cannot_write(target, error) from None


def _look_up(repo: str, revision: str | None, *, offline: bool) -> Listing:
    """Ask the hub what is in a repository."""
    if offline:
        raise OfflineError(f"the hub would have to be asked for {repo}")
    from huggingface_hub import HfApi, constants
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        HFValidationError,
        OfflineModeIsEnabled,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    constants.HF_HUB_DISABLE_TELEMETRY = True  # or the client asks and tells the hub more than what a repository holds
    named = f"{repo}@{revision}" if revision else repo
    try:
        info = HfApi(endpoint=_endpoint()).model_info(repo, revision=revision, files_metadata=True, timeout=_TIMEOUT)
    except GatedRepoError:
        raise DownloadError(f"{repo} is gated: its owner decides who may have it", hint=_LOG_IN) from None
    except RepositoryNotFoundError:
        raise ModelUnknownError(
            f"the hub has no repository {repo}, or it is private",
            hint="check the spelling; for a private repository set HF_TOKEN to a token of yours",
        ) from None
    except RevisionNotFoundError:
        raise ModelUnknownError(
            f"{repo} has no revision {revision}", hint="name a branch, a tag or a whole commit hash"
        ) from None
    except HFValidationError:
        raise ConfigError(f"{repo!r} cannot be the id of a repository", hint="an id is org/name") from None
    except OfflineModeIsEnabled:
        raise OfflineError("HF_HUB_OFFLINE is set", hint="unset HF_HUB_OFFLINE and run it once more") from None
    except HfHubHTTPError as error:
        status = getattr(error.response, "status_code", None)
        raise DownloadError(
            f"the hub refuses {named}: HTTP {status}",
            hint=_LOG_IN if status in _DENIED else "run the command again later, or set HF_ENDPOINT to a mirror",
        ) from None
    except RagsysError:
        raise
    except Exception as error:  # noqa: BLE001 - of whichever HTTP library the client uses, or no listing at all
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise DownloadError(
            f"the hub cannot be asked for {named}: {reason}",
            hint="check the network, and HF_ENDPOINT if you set it; it resumes where it stopped",
        ) from None
    return _listing(info, repo)


def _listing(info: Any, repo: str) -> Listing:
    if not _COMMIT.fullmatch(info.sha or ""):
        raise DownloadError(f"the hub names no commit for {repo}", hint="check what HF_ENDPOINT points to")
    files = []
    for item in info.siblings or ():
        digest = item.lfs.sha256 if item.lfs else item.blob_id
        if digest is None or item.size is None:
            raise ModelRejectedError(
                f"the hub lists {item.rfilename} of {repo} without size and hash",
                hint="check what HF_ENDPOINT points to",
            )
        files.append(RemoteFile(item.rfilename, item.size, digest))
    card: dict[str, Any] = info.card_data.to_dict() if info.card_data else {}
    licence = card.get("license_name") or card.get("license") or "unknown"
    link = card.get("license_link")
    return Listing(
        repo=info.id or repo,
        commit=info.sha,
        licence=", ".join(licence) if isinstance(licence, list) else str(licence),
        notice=f"Licence {licence}: {link}" if link else None,
        files=tuple(files),
    )
