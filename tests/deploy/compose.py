"""compose.yaml as data, with the variables of an env file filled in."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "compose.yaml"
ENV_EXAMPLE = ROOT / "deploy" / "env.example"

# ${NAME}, ${NAME:-default} and ${NAME:?complaint}; two dollars are one for the container.
VARIABLE = re.compile(r"(?<!\$)\$\{(\w+)(?::([-?])([^}]*))?\}")


class Missing(Exception):
    """A required variable is not set."""


def read_compose(variables: Mapping[str, str]) -> dict[str, Any]:
    """Return the whole file. Raises Missing."""

    def fill(found: re.Match[str]) -> str:
        name, kind, text = found.groups()
        value = variables.get(name, "")
        if not value and kind == "?":
            raise Missing(name)
        return value or (text or "")

    filled: dict[str, Any] = yaml.safe_load(VARIABLE.sub(fill, COMPOSE.read_text(encoding="utf-8")))
    return filled


def read_env_example() -> dict[str, str]:
    """Return the names and values of an env file."""
    lines = ENV_EXAMPLE.read_text(encoding="utf-8").splitlines()
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}


def filled_in() -> dict[str, str]:
    """Return the example with its required values filled in."""
    return read_env_example() | {
        "POSTGRES_PASSWORD": "9f" * 32,
        "GQL_CHAT_SECRET_KEY": "3a" * 32,
        "GQL_CHAT_MASTER_KEYS": f"main:{'A' * 43}=",
        "STORE_SECRET": "71" * 32,
    }
