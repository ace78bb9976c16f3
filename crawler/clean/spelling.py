"""Small repairs of letters: NFC, odd spaces, broken entities; and the plain form in which texts are compared."""

from __future__ import annotations

import html
import re
import unicodedata

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f\u202a\u202b\u202c\u202d\u202e"))
# Portals of the 2000s lost the ampersand of their entities: "ph" + "ograve;" + "ng".
_NAMED = r"(?:[AEIOUYaeiouy](?:grave|acute|circ|tilde|uml)|[lr][ds]quo|[nm]dash|hellip|nbsp|quot|amp|lt|gt|middot|bull)"
_BROKEN = re.compile(rf"&?({_NAMED});")
_ESCAPED = re.compile(r"&(?:#\d{2,6}|#[xX][0-9a-fA-F]{2,5}|[A-Za-z]{2,8});")
_NOT_LETTERS = re.compile(r"[\W_]+")
_MARKED = frozenset("ăâđêôơưàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


def tidy(text: str) -> str:
    """One line of readable text: entities whole, spaces plain, letters composed."""
    if ";" in text:
        text = _BROKEN.sub(r"&\1;", text)
        text = _ESCAPED.sub(lambda found: html.unescape(found[0]), text)
    text = unicodedata.normalize("NFC", text.translate(_INVISIBLE))
    return " ".join(text.split())


def lines_of(text: str) -> list[str]:
    """The lines of a plain text, tidied, without the empty ones."""
    lines = (tidy(line) for line in re.split(r"[\r\n\u2028\u2029]+", text))
    return [line for line in lines if line]


def plain(text: str) -> str:
    """Letters and digits alone, small: equal for texts that differ in spaces, marks of punctuation and capitals."""
    return _NOT_LETTERS.sub(" ", unicodedata.normalize("NFC", text).casefold()).strip()


def language_of(text: str, declared: str = "") -> str:
    """`vi` by the share of its letters with marks, `zh` by its characters, else what the page declares of itself."""
    letters = [letter for letter in text[:5000].lower() if letter.isalpha()]
    if not letters:
        return ""
    if len(_CHINESE.findall(text[:5000])) > len(letters) * 0.3:
        return "zh"
    if sum(letter in _MARKED for letter in letters) > len(letters) * 0.08:
        return "vi"
    declared = declared.strip().lower().replace("_", "-").partition("-")[0]
    return declared if declared.isalpha() and len(declared) in (2, 3) and declared != "vi" else ""
