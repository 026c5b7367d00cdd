"""A Dockerfile as data: its stages and their lines, with variables filled in."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_OPTION = re.compile(r"--([a-z-]+)=(\S+)\s+")
_VARIABLE = re.compile(r"\$\{?(\w+)\}?")


@dataclass(frozen=True)
class Instruction:
    """One line: `COPY --from=build /a /b` has the word COPY, the option `from` and the rest `/a /b`."""

    word: str
    options: Mapping[str, str]
    rest: str

    @property
    def command(self) -> list[str]:
        """Return the program of a RUN, CMD or ENTRYPOINT, whether it is written as a list or for the shell."""
        return json.loads(self.rest) if self.rest.startswith("[") else ["/bin/sh", "-c", self.rest]


@dataclass
class Stage:
    """A stage: the lines from one FROM to the next."""

    base: str
    name: str
    instructions: list[Instruction] = field(default_factory=list)

    def last(self, word: str) -> Instruction:
        """Return the last line of this kind, which replaces the earlier ones."""
        return [instruction for instruction in self.instructions if instruction.word == word][-1]

    def environment(self, inherited: Mapping[str, str]) -> dict[str, str]:
        """Return the variables that ENV sets, over those of the base image."""
        environment = dict(inherited)
        for instruction in self.instructions:
            if instruction.word == "ENV":
                pairs = (pair.partition("=") for pair in instruction.rest.split())
                environment |= {name: _filled(value, environment) for name, _, value in pairs}
        return environment


def read_dockerfile(path: Path) -> list[Stage]:
    """Return all stages, in order."""
    arguments: dict[str, str] = {}
    stages: list[Stage] = []
    for line in _lines(path):
        word, _, rest = line.partition(" ")
        rest = rest.strip()
        if word == "ARG" and not stages:
            name, _, default = rest.partition("=")
            arguments[name] = default
        elif word == "FROM":
            base, _, name = rest.partition(" AS ")
            stages.append(Stage(_filled(base, arguments), name.strip()))
        else:
            options = dict(_OPTION.findall(rest)) if word in ("COPY", "HEALTHCHECK") else {}
            stages[-1].instructions.append(Instruction(word, options, _OPTION.sub("", rest) if options else rest))
    return stages


def _lines(path: Path) -> Iterator[str]:
    """Return the lines without comments, each joined with its continuation."""
    text = "\n".join(line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    yield from filter(None, (line.strip() for line in re.sub(r"\\\n\s*", "", text).splitlines()))


def _filled(text: str, variables: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda found: variables[found[1]], text)
