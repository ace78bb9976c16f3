"""The words that detection knows, as files that an editor can change; each is read once."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent


@cache
def table(name: str) -> dict[str, Any]:
    """The contents of lexicon/<name>.toml."""
    with (_HERE / f"{name}.toml").open("rb") as file:
        return tomllib.load(file)
