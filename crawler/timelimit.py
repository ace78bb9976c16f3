"""A time limit for work that cannot be trusted to end, in the main thread of the process."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class TooSlow(BaseException):
    """The time is up. No `Exception`, so that no `except Exception` inside the work swallows it."""


def _ring(_signal: int, _frame: FrameType | None) -> None:
    raise TooSlow


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Let the block work so long, then raise TooSlow inside it."""
    before = signal.signal(signal.SIGALRM, _ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


_hurried = False


def hurry(seconds: float) -> None:
    """Shorten what a running block has left, as the process wants to end."""
    global _hurried
    _hurried = True
    left, _ = signal.getitimer(signal.ITIMER_REAL)
    if left > seconds:
        signal.setitimer(signal.ITIMER_REAL, seconds)


def is_hurried() -> bool:
    """True where a block that was too slow may only have been cut short."""
    return _hurried
