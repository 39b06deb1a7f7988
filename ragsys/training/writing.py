"""A trained adapter as a folder: peft's two files, and the card that says what it is and what it is worth."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

from ragsys.models.adapter import CARD, CONFIG, FORMAT, WEIGHTS, read_adapter
from ragsys.models.fetch import cannot_write, hash_of
from ragsys.models.placing import swap

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ragsys.generate.profile import Profile
    from ragsys.models.adapter import Adapter
    from ragsys.models.store import LocalModel
    from ragsys.training.lora import LowRank

__all__ = ["write_adapter"]

_FOR_PEOPLE = "README.md"


def write_adapter(
    folder: Path,
    model: LowRank,
    tensors: Mapping[str, Any],
    *,
    name: str,
    base: LocalModel,
    profile: Profile,
    licence: str,
    about: Mapping[str, Any],
) -> Adapter:
    """Write an adapter into `folder`, in place of one that is there, and read it again.

    `about` is what else the card says: data, script, recipe, seed, metrics, limits.

    Raises:
        DiskFullError, ModelError: it cannot be written; what was there before still is.
    """
    from safetensors.torch import save_file

    building = folder.with_name(f"{folder.name}.building")
    try:
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir(parents=True)
        plain = {key: value.detach().cpu().contiguous() for key, value in model.adapter(tensors).items()}
        save_file(plain, building / WEIGHTS, metadata={"format": "pt"})
        (building / CONFIG).write_text(_text(model.settings()), encoding="utf-8")
        card = {
            "format": FORMAT,
            "name": name,
            "base": {"name": base.manifest.name, "weights_sha256": base.manifest.weights_sha256},
            "profile": profile.name,
            "licence": licence,
            "files": {file: hash_of(building / file) for file in (CONFIG, WEIGHTS)},
            **about,
        }
        (building / CARD).write_text(_text(card), encoding="utf-8")
        (building / _FOR_PEOPLE).write_text(_for_people(card), encoding="utf-8")
    except OSError as error:
        raise cannot_write(building, error) from None
    swap(building, folder)
    return read_adapter(folder)


def _text(values: Mapping[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _for_people(card: Mapping[str, Any]) -> str:
    """The card as a page: what it is for, what it was made of, what it is worth, and its limits."""
    lines = [
        f"# {card['name']}",
        "",
        f"A low-rank adapter for {card['base']['name']} (weights {card['base']['weights_sha256']}), for answering",
        f"questions from numbered passages in the prompt of the profile {card['profile']}, and in no other prompt.",
        "",
        f"Licence: {card['licence']}",
        "",
    ]
    if card.get("limits"):
        lines += ["## Limits", "", *(f"- {limit}" for limit in card["limits"]), ""]
    if card.get("data"):
        lines += ["## Data", "", *(f"- {d['name']}: {d['rows']} rows, {d['licence']}" for d in card["data"]), ""]
    for name in ("metrics", "training"):
        if card.get(name):
            lines += [f"## {name.capitalize()}", "", "```json", _text(card[name]).rstrip(), "```", ""]
    return "\n".join(lines)
