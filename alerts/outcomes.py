"""What goes to a channel and what comes back: a letter out, one of three outcomes in."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

BREAKS = ("Cc", "Zl", "Zp")
# Zero-width and direction marks let a title look like something else; halves of letters break every encoding.
NO_LETTERS = ("Cf", "Cs", "Co", "Cn")


@dataclass(frozen=True)
class Letter:
    """A message in words, ready for one kind of channel. `html` is empty where the channel takes only text."""

    subject: str
    text: str
    html: str = ""
    message_id: str = ""
    in_reply_to: str = ""
    language: str = ""


@dataclass(frozen=True)
class Delivered:
    """The receiving side accepted it; `detail` is what it said, worth keeping."""

    detail: str = ""
    warning: str = ""  # delivered, but somebody should change the configuration


@dataclass(frozen=True)
class Temporary:
    """Not now; `after` is in seconds when the far side named a time."""

    detail: str
    after: float | None = None


@dataclass(frozen=True)
class Permanent:
    """Never, unless somebody changes something; `cause` is a short word, the same for the same trouble."""

    detail: str
    cause: str = "refused"


Outcome = Delivered | Temporary | Permanent


def one_line(text: str) -> str:
    """The text as one clean line: no line breaks, no control letters, no invisible ones."""
    kinds = [(letter, unicodedata.category(letter)) for letter in unicodedata.normalize("NFC", text)]
    letters = (" " if kind in BREAKS else letter for letter, kind in kinds if kind not in NO_LETTERS)
    return " ".join("".join(letters).split())
