"""Reads a Dockerfile: its instructions, its stages, and what is wrong with it by the rules of this repository.

Knows as much of the format as our own file uses, and says so where there is more. Runs nothing.
"""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Instruction", "Stage", "expand", "problems", "read", "stages"]

_KNOWN = frozenset(
    {
        *("ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK"),
        *("RUN", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"),
    }
)
_VERSION = re.compile(r":[0-9]+\.[0-9]+\.[0-9]+[\w.-]*(@sha256:[0-9a-f]{64})?$|@sha256:[0-9a-f]{64}$")
_SECRET = re.compile(r"passw|secret|token|api_?key|credential|://[^/\s]*@", re.IGNORECASE)
_VARIABLE = re.compile(r"\$\{?(\w+)\}?")


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction: its flags (`--from=build`) and the rest of it, as it is written."""

    line: int
    keyword: str
    flags: tuple[str, ...]
    rest: str

    @property
    def words(self) -> list[str]:
        """The rest as words, or the list that it is as JSON."""
        return [str(word) for word in json.loads(self.rest)] if self.rest.startswith("[") else shlex.split(self.rest)

    def flag(self, name: str) -> str | None:
        """The value of a flag, None where it is not given."""
        return next((flag.partition("=")[2] for flag in self.flags if flag.startswith(f"--{name}=")), None)


@dataclass(frozen=True, slots=True)
class Stage:
    """A FROM and what follows it; `variables` are the ARGs before the first FROM."""

    base: str
    name: str | None
    instructions: tuple[Instruction, ...]
    variables: dict[str, str]


def read(text: str) -> list[Instruction]:
    """The instructions. Raises `ValueError` for one that is not known here, and for heredocs."""
    found: list[Instruction] = []
    pending, begun = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("#") or not (line.strip() or pending):
            continue
        begun = begun or number
        if line.rstrip().endswith("\\"):
            pending += line.rstrip()[:-1].strip() + " "
            continue
        keyword, _, rest = (pending + line.strip()).partition(" ")
        flags: list[str] = []
        while rest.startswith("--"):
            flag, _, rest = rest.partition(" ")
            flags.append(flag)
            rest = rest.lstrip()
        if keyword.upper() not in _KNOWN or rest.startswith("<<"):
            raise ValueError(f"line {begun}: {keyword} is not read here")
        found.append(Instruction(begun, keyword.upper(), tuple(flags), rest))
        pending, begun = "", 0
    return found


def stages(instructions: list[Instruction], given: dict[str, str] | None = None) -> list[Stage]:
    """The stages, with build arguments that are `given` in the place of defaults."""
    variables: dict[str, str] = {}
    cut = [at for at, instruction in enumerate(instructions) if instruction.keyword == "FROM"]
    for instruction in instructions[: cut[0]]:
        name, _, default = instruction.rest.partition("=")
        variables[name] = (given or {}).get(name, default.strip('"'))
    found = []
    for begin, end in zip(cut, [*cut[1:], len(instructions)], strict=True):
        words = instructions[begin].words
        named = words[2] if len(words) > 2 else None  # noqa: PLR2004 - FROM base AS name
        found.append(Stage(expand(words[0], variables), named, tuple(instructions[begin + 1 : end]), variables))
    return found


def expand(text: str, variables: dict[str, str]) -> str:
    """`text` with its variables, as outside of RUN, where no shell does it."""
    return _VARIABLE.sub(lambda match: variables.get(match[1], ""), text)


def problems(text: str, context: Path) -> list[str]:
    """What is wrong with a Dockerfile whose build context is the folder `context`; nothing where the list is empty."""
    found = []
    all_stages = stages(read(text))
    for stage in all_stages:
        if stage.base not in {other.name for other in all_stages} and not _VERSION.search(stage.base):
            found.append(f"the base {stage.base} is pinned by neither a full version nor a digest")
        for instruction in stage.instructions:
            found += [f"line {instruction.line}: {problem}" for problem in _wrong(instruction, all_stages, context)]
    last = all_stages[-1].instructions
    users = [instruction.rest for instruction in last if instruction.keyword == "USER"]
    if not users or not users[-1].isdigit() or int(users[-1]) == 0:
        found.append("the last stage does not end as a user other than root, by number")
    for keyword in ("HEALTHCHECK", "ENTRYPOINT", "STOPSIGNAL"):
        if not any(instruction.keyword == keyword for instruction in last):
            found.append(f"the last stage has no {keyword}")
    return found


def _wrong(instruction: Instruction, all_stages: list[Stage], context: Path) -> list[str]:
    found = []
    if instruction.keyword in {"ENV", "ARG"} and _SECRET.search(re.sub(r"\w+_TOKENS=/\S+", "", instruction.rest)):
        found.append("something like a secret, which the image would keep")
    if instruction.keyword == "RUN" and re.search(
        r"\b(sudo|curl|wget)\b|chmod\s+(-R\s+)?777|https?://", instruction.rest
    ):
        found.append("a download, an open permission or sudo")
    if instruction.keyword == "RUN" and re.search(r"apt-get install(?!.*--no-install-recommends)", instruction.rest):
        found.append("apt-get install without --no-install-recommends")
    if instruction.keyword in {"CMD", "ENTRYPOINT"} and not instruction.rest.startswith("["):
        found.append(f"{instruction.keyword} in shell form: signals would not arrive")
    if instruction.keyword == "COPY":
        origin = instruction.flag("from")
        if origin is not None and origin not in {stage.name for stage in all_stages}:
            found.append(f"no stage is called {origin}")
        found += [
            f"{source} is not in the build context"
            for source in (instruction.words[:-1] if origin is None else ())
            if ".." in source or source.startswith("/") or not (context / source).exists()
        ]
    return found
