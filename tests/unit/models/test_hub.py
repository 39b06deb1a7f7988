"""The hub: listed, chosen, fetched at one commit, checked, resumed, and refused with a reason. Over real HTTP."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from ragsys.config import Settings
from ragsys.errors import (
    ConfigError,
    DiskFullError,
    DownloadError,
    ModelHashError,
    ModelMissingError,
    ModelRejectedError,
    ModelUnknownError,
    OfflineError,
    UsageError,
)
from ragsys.models import load_embedder, local, pull, resolve, verify
from ragsys.models.fetch import hash_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def own(tmp_path: Path, tiny_embedder: Path) -> Path:
    """A copy of the tiny embedder, with things in it that must never come along."""
    folder = tmp_path / "published"
    shutil.copytree(tiny_embedder, folder)
    for name in ("pytorch_model.bin", "modeling_own.py", "onnx/model.onnx", "openvino/config.json"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"never to be fetched")
    (folder / "LICENSE.txt").write_text("do what you like")
    return folder


def _manifest(models: Path, folder: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((models / folder / "manifest.json").read_text(encoding="utf-8"))
    return loaded


def test_an_embedder_is_pulled_with_its_int8_copy(tmp_path: Path, hub: Any, own: Path) -> None:
    """Commit, licence and hashes are recorded, the copy is checked, nothing that can run code is even asked for."""
    commit = hub.add("acme/words", own, card={"license": "mit"})
    model = pull("acme/words", models_dir=tmp_path / "models")
    assert (model.name, model.path.name) == ("acme/words", "acme--words")
    manifest = _manifest(tmp_path / "models", "acme--words")
    assert (manifest["kind"], manifest["licence"], manifest["commit"]) == ("embedder", "mit", commit)
    assert f"acme/words@{commit}:model.safetensors" in manifest["origin"]
    assert manifest["files"]["model.safetensors"] == hash_of(own / "model.safetensors")
    assert {"int8.onnx", "LICENSE.txt", "1_Pooling/config.json"} <= manifest["files"].keys()
    assert manifest["int8"]["cosine_mean"] > 0.985
    assert not [r.path for r in hub.requests if r.path.endswith((".bin", ".py", ".onnx")) or "openvino" in r.path]
    assert all(commit in r.path for r in hub.requests if not r.path.startswith("/api/"))
    assert not list((tmp_path / "models" / "downloads").iterdir())
    settings = Settings(embedder="acme/words", models_dir=str(tmp_path / "models"))
    assert type(load_embedder(settings)).__name__ == "OnnxEmbedder"


def test_the_identity_is_that_of_the_same_folder_used_directly(tmp_path: Path, hub: Any, tiny_embedder: Path) -> None:
    """Pulled or pointed at, the same weights in the same precision are one space."""
    hub.add("acme/words", tiny_embedder)
    pull("acme/words", models_dir=tmp_path)
    both = [
        load_embedder(Settings(embedder=name, models_dir=str(tmp_path), embed_backend="torch", device="cpu"))
        for name in ("acme/words", str(tiny_embedder))
    ]
    assert both[0].space.digest == both[1].space.digest


def test_a_causal_model_becomes_a_generator(tmp_path: Path, hub: Any, tiny_generator: Path) -> None:
    """Its kind comes out of config.json, its licence's own name and address out of the card."""
    card = {"license": "other", "license_name": "acme-terms", "license_link": "https://example.org/terms"}
    hub.add("acme/babble", tiny_generator, card=card)
    manifest = pull("acme/babble", models_dir=tmp_path).manifest
    assert (manifest.kind, manifest.licence, dict(manifest.int8)) == ("generator", "acme-terms", {})
    assert manifest.notice == "Licence acme-terms: https://example.org/terms"
    assert [m.name for m in local(tmp_path)] == ["acme/babble"]
    assert all(result.ok for result in verify(tmp_path, "acme/babble"))


def test_a_revision_is_resolved_to_its_commit_and_kept_apart(tmp_path: Path, hub: Any, tiny_generator: Path) -> None:
    """Another revision than the one that is here is refused, until --force puts it in its place."""
    newer = tmp_path / "newer"
    shutil.copytree(tiny_generator, newer)
    (newer / "README.md").write_text("newer")
    hub.add("acme/babble", newer)
    first = hub.add("acme/babble", tiny_generator, revision="v1")
    models = tmp_path / "models"
    pull("acme/babble@v1", models_dir=models)
    assert resolve("acme/babble@v1", models).manifest.commit == first
    assert resolve(f"acme/babble@{first}", models).manifest.revision == "v1"
    before = len(hub.requests)
    pull("acme/babble", models_dir=models)
    pull(f"acme/babble@{first}", models_dir=models)
    assert len(hub.requests) == before, "the hub was asked for what is here"
    with pytest.raises(ModelMissingError, match="v1"):
        resolve("acme/babble@main", models)
    with pytest.raises(UsageError, match="another model"):
        pull("acme/babble@main", models_dir=models)
    pull("acme/babble@main", models_dir=models, force=True)
    assert (resolve("acme/babble", models).path / "README.md").read_text() == "newer"


def test_a_pull_that_was_cut_resumes(tmp_path: Path, hub: Any, tiny_generator: Path) -> None:
    """After a cut connection, what came is kept, and only the rest is asked for."""
    hub.add("acme/babble", tiny_generator)
    hub.cut["model.safetensors"] = 5000
    with pytest.raises(DownloadError, match=r"model\.safetensors"):
        pull("acme/babble", models_dir=tmp_path)
    assert local(tmp_path) == []
    before = len(hub.requests)
    pull("acme/babble", models_dir=tmp_path)
    files = [r for r in hub.requests[before:] if not r.path.startswith("/api/")]
    assert {r.path.rsplit("/", 1)[-1] for r in files} == {"model.safetensors"}
    assert files[-1].range == "bytes=5000-"


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
def test_other_bytes_than_were_listed_are_thrown_away(
    tmp_path: Path, hub: Any, tiny_generator: Path, name: str
) -> None:
    """A file without the SHA-256 (LFS) or the git name (the rest) of the listing never becomes part of a model."""
    hub.add("acme/babble", tiny_generator)
    hub.forged.add(name)
    with pytest.raises(ModelHashError, match=name):
        pull("acme/babble", models_dir=tmp_path)
    assert not [p for p in tmp_path.rglob("*") if p.name.startswith(name)]
    hub.forged.clear()
    pull("acme/babble", models_dir=tmp_path)


def test_a_repository_of_pickles_is_refused_with_the_reason(tmp_path: Path, hub: Any, own: Path) -> None:
    """No safetensors: nothing is fetched, and the error names the file, why, and what to do."""
    (own / "model.safetensors").unlink()
    hub.add("acme/words", own)
    with pytest.raises(ModelRejectedError, match=r"pytorch_model\.bin.*can run code") as caught:
        pull("acme/words", models_dir=tmp_path / "models")
    assert "safetensors" in caught.value.hint
    assert all(r.path.startswith("/api/") for r in hub.requests)


def test_what_the_model_is_shows_before_its_weights_are_fetched(tmp_path: Path, hub: Any, own: Path) -> None:
    """A model that needs code of its own is refused while only its small files have been fetched."""
    modules = json.loads((own / "modules.json").read_text())
    modules[0]["type"] = "modeling_own.Model"
    (own / "modules.json").write_text(json.dumps(modules))
    hub.add("acme/words", own)
    with pytest.raises(ModelRejectedError, match="code of its own"):
        pull("acme/words", models_dir=tmp_path / "models")
    assert not hub.asked("safetensors")


def test_offline_makes_no_connection(tmp_path: Path, hub: Any, tiny_generator: Path) -> None:
    """Offline, the hub hears nothing."""
    hub.add("acme/babble", tiny_generator)
    with pytest.raises(OfflineError):
        pull("acme/babble", models_dir=tmp_path, offline=True)
    assert hub.requests == []


def test_what_the_hub_does_not_have_is_named(tmp_path: Path, hub: Any, tiny_generator: Path) -> None:
    """A repository, and a revision, that do not exist are different errors, each with a next step."""
    hub.add("acme/babble", tiny_generator)
    with pytest.raises(ModelUnknownError, match="acme/nothing") as repo:
        pull("acme/nothing", models_dir=tmp_path)
    with pytest.raises(ModelUnknownError, match="v9") as revision:
        pull("acme/babble@v9", models_dir=tmp_path)
    assert repo.value.hint
    assert revision.value.hint


def test_a_gated_repository_asks_for_a_token(
    tmp_path: Path, hub: Any, tiny_generator: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the right token the error says how to get in; with it the pull works, and the token goes nowhere else."""
    hub.add("acme/babble", tiny_generator)
    hub.gated.add("acme/babble")
    for token in (None, "wrong"):
        if token:
            monkeypatch.setenv("HF_TOKEN", token)
        with pytest.raises(DownloadError, match="does not let us have acme/babble") as caught:
            pull("acme/babble", models_dir=tmp_path)
        assert "HF_TOKEN" in caught.value.hint
    monkeypatch.setenv("HF_TOKEN", "let-me-in")
    pull("acme/babble", models_dir=tmp_path)
    assert all(r.authorization is None for r in hub.asked("/cdn/"))
    assert hub.asked("/cdn/")


def test_no_hub_is_a_typed_error(tmp_path: Path, hub: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hub that does not answer, and an address that is none, are DownloadErrors with a next step."""
    del hub
    for address in ("http://127.0.0.1:9", "nowhere"):
        monkeypatch.setenv("HF_ENDPOINT", address)
        with pytest.raises(DownloadError) as caught:
            pull("acme/babble", models_dir=tmp_path)
        assert "HF_ENDPOINT" in caught.value.hint


def test_a_name_that_no_repository_can_have_is_a_typed_error(tmp_path: Path, hub: Any) -> None:
    """What the hub's own client refuses is not a traceback."""
    del hub
    with pytest.raises(ConfigError, match="acme/a--b"):
        pull("acme/a--b", models_dir=tmp_path)


def test_what_cannot_fit_is_refused_before_anything_is_fetched(tmp_path: Path, hub: Any, tiny_generator: Path) -> None:
    """The sizes of the listing are compared with the free space: bytes and folder are named."""
    hub.add("acme/babble", tiny_generator)
    hub.sizes["model.safetensors"] = 10**18
    with pytest.raises(DiskFullError, match=str(10**18)[:3]) as caught:
        pull("acme/babble", models_dir=tmp_path)
    assert str(tmp_path) in caught.value.message
    assert all(r.path.startswith("/api/") for r in hub.requests)


def test_a_gguf_file_is_taken_where_there_are_no_safetensors(tmp_path: Path, hub: Any) -> None:
    """Of several quantisations the most exact of the small ones is fetched, alone; damage in it is a typed error."""
    folder = tmp_path / "gguf"
    folder.mkdir()
    for name in ("toy-Q4_K_M.gguf", "toy-Q8_0.gguf", "toy-Q2_K.gguf"):
        (folder / name).write_bytes(b"GGUF but damaged")
    hub.add("acme/toy-gguf", folder)
    with pytest.raises(ModelRejectedError):
        pull("acme/toy-gguf", models_dir=tmp_path / "models")
    assert {r.path.rsplit("/", 1)[-1] for r in hub.asked("/cdn/")} == {"toy-Q8_0.gguf"}
    assert local(tmp_path / "models") == []


def _start(models: Path, repo: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "ragsys", "models", "pull", repo, "--models-dir", str(models)],
        env={**os.environ, "RAGSYS_OFFLINE": "0"},
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )


def _wait_for(process: subprocess.Popen[bytes], files: Path, pattern: str) -> Path:
    """The first file of that name with something in it, while the process runs."""
    while process.poll() is None:
        found = next((p for p in files.rglob(pattern) if p.stat().st_size), None)
        if found is not None:
            return found
    raise AssertionError("the pull ended before it could be killed")


def test_a_pull_killed_while_it_downloads_leaves_only_what_resumes(
    tmp_path: Path, hub: Any, tiny_generator: Path
) -> None:
    """SIGKILL in the middle of the weights: no model, and the next pull goes on where this one stopped."""
    hub.add("acme/babble", tiny_generator)
    hub.pause = 0.1
    process = _start(tmp_path, "acme/babble")
    part = _wait_for(process, tmp_path, "model.safetensors.part")
    process.kill()
    process.wait()
    hub.pause = 0.0
    have = part.stat().st_size
    assert have < (tiny_generator / "model.safetensors").stat().st_size
    assert local(tmp_path) == []
    assert {p.name for p in tmp_path.iterdir()} <= {"downloads", "acme--babble.lock"}
    pull("acme/babble", models_dir=tmp_path)
    assert hub.asked("/cdn/")[-1].range == f"bytes={have}-"
    assert not list((tmp_path / "downloads").iterdir())


def test_a_pull_killed_while_it_converts_keeps_its_downloads(tmp_path: Path, hub: Any, tiny_embedder: Path) -> None:
    """SIGKILL during the conversion: no model, and the next pull fetches nothing again."""
    hub.add("acme/words", tiny_embedder)
    process = _start(tmp_path, "acme/words")
    _wait_for(process, tmp_path / "downloads" / "acme--words.building", "model.safetensors")
    process.kill()
    process.wait()
    assert local(tmp_path) == []
    before = len(hub.requests)
    pull("acme/words", models_dir=tmp_path)
    assert all(r.path.startswith("/api/") for r in hub.requests[before:])
    assert not list((tmp_path / "downloads").iterdir())
