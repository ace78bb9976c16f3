"""Tells whether two texts are the same or nearly so: a hash for equal ones, MinHash signatures for reprints.

A signature is 128 numbers; two texts share about as many of them as they share five-syllable runs. The seeds and the
hashing are part of what is stored: change them only together with VERSION, and sign the stored articles again.
"""

from __future__ import annotations

import re
import unicodedata
from hashlib import blake2b, sha256

import numpy as np

VERSION = 1
NUMBERS = 128
BANDS = 21
ROWS = 6
RUN = 5  # syllables in a shingle
SHORTEST = 60  # syllables; below it a signature says too little, and only equal texts count as the same
ALIKE = 0.7  # from here on two articles are taken for one text

_rng = np.random.Generator(np.random.PCG64(20240509))
_FACTORS = _rng.integers(1, 2**63, size=NUMBERS, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
_OFFSETS = _rng.integers(0, 2**63, size=NUMBERS, dtype=np.uint64)
_PLAIN_D = str.maketrans("đĐ", "dD")
# Counters change with every visit and say nothing of the article.
_COUNTERS = re.compile(
    r"\b(?:luot (?:xem|doc|truy cap)|view count|views?)\b\W*\d[\d.,]*|\d[\d.,]* (?:luot (?:xem|doc)|views?)\b(?!\W*\d)"
)


def fold(text: str) -> str:
    """The text without marks and capitals, so that `duong` finds `Đường`."""
    plain = unicodedata.normalize("NFD", text.translate(_PLAIN_D))
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).lower()


def syllables(text: str) -> list[str]:
    """The words of a text, folded, without view counters."""
    return re.findall(r"\w+", _COUNTERS.sub(" ", fold(text)))


def text_hash(title: str, text: str) -> str:
    """Equal for texts that differ in nothing a reader would call a change."""
    return sha256("\x00".join(" ".join(syllables(part)) for part in (title, text)).encode()).hexdigest()


def signature(text: str) -> bytes | None:
    """128 little-endian uint32, or None for a text too short to be compared by parts."""
    words = syllables(text)
    if len(words) < SHORTEST:
        return None
    runs = {" ".join(words[at : at + RUN]) for at in range(len(words) - RUN + 1)}
    hashes = np.frombuffer(b"".join(blake2b(run.encode(), digest_size=8).digest() for run in runs), dtype="<u8")
    lowest = [(hashes * factor + offset).min() for factor, offset in zip(_FACTORS, _OFFSETS, strict=True)]
    return (np.array(lowest, dtype=np.uint64) >> np.uint64(32)).astype("<u4").tobytes()


def bands(signed: bytes) -> list[int]:
    """The keys under which look-alikes meet: signed 64-bit numbers, as databases keep them."""
    size = ROWS * 4
    return [_band_key(band, signed[band * size : (band + 1) * size]) for band in range(BANDS)]


def _band_key(band: int, rows: bytes) -> int:
    digest = blake2b(bytes([VERSION, band]) + rows, digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)


def similarity(first: bytes, second: bytes) -> float:
    """About the share of five-syllable runs that two texts have in common."""
    same = np.frombuffer(first, dtype="<u4") == np.frombuffer(second, dtype="<u4")
    return float(same.mean())
