"""Starts a crawl as a child process and follows it: JSON lines come in, a hard end is kept.

The child is tethered: when this process dies, even by SIGKILL, the kernel asks the child to stop. Scrapy is never
imported here.
"""

from __future__ import annotations

import json
import logging
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO, Any

from crawler.catalogue import Source
from crawler.job import CrawlJob, user_agent
from monitor.settings import Settings

log = logging.getLogger(__name__)
child_log = logging.getLogger("crawl")

CALM = 6.0  # seconds a child has to stop by itself once asked
GRACE = 15.0  # seconds past its own deadline before it is asked
LONGEST_LINE = 1 << 20

# Runs in the child, before the crawl: PR_SET_PDEATHSIG (1) with SIGTERM (15), which survives exec. The parent may
# have died before that, so its number is compared as well. Systems without prctl go untethered.
TETHER = """\
import ctypes, os, sys
try:
    ctypes.CDLL(None).prctl(1, 15, 0, 0, 0)
except (OSError, AttributeError):
    pass
if os.getppid() != int(sys.argv[1]):
    sys.exit(1)
os.execv(sys.argv[2], sys.argv[2:])
"""
# -P: a folder called `crawler` where the daemon was started must not stand in for ours.
CRAWLER = (sys.executable, "-P", "-m", "crawler", "--job", "-")

OnLine = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class CrawlResult:
    """How a child ended. `ends` holds the last word on each source that got that far."""

    code: int
    ends: dict[str, dict[str, Any]] = field(default_factory=dict)
    stopped: bool = False  # we were asked to stop
    late: bool = False  # it ran past its deadline and was stopped

    @property
    def why(self) -> str:
        """Why a source may have no last word, for its record."""
        if self.late:
            return "the crawl ran past its deadline and was stopped"
        if self.code < 0:
            return f"the crawl was killed by signal {-self.code}"
        return f"the crawl ended early with code {self.code}"

    def count(self, name: str) -> int:
        return sum(int(end.get(name) or 0) for end in self.ends.values())


def order(settings: Settings, sources: Sequence[Source], **more: Any) -> CrawlJob:
    """A job for these sources under these settings; `more` are further fields of CrawlJob."""
    fields: dict[str, Any] = {
        "database": settings.database,
        "sources": tuple(sources),
        "page_delay": settings.polling.page_delay,
        "deadline": settings.polling.deadline,
        "allow_private_hosts": settings.polling.allow_private_hosts,
        "recheck_hours": tuple(age / 3600 for age in settings.polling.recheck),
    }
    if settings.polling.contact:
        fields["user_agent"] = user_agent(settings.polling.contact)
    return CrawlJob(**{**fields, **more})


def run_crawl(
    job: CrawlJob,
    on_line: OnLine | None = None,
    deadline: float | None = None,
    stop: threading.Event | None = None,
    command: Sequence[str] = CRAWLER,
) -> CrawlResult:
    """Runs one child to its end and gives what it said. `on_line` is called here, in the caller's thread.

    Past `deadline` (the job's own, with some grace, unless given) or when `stop` is set, the child is asked to stop,
    then killed.
    """
    child = _Child(job, command)
    ends: dict[str, dict[str, Any]] = {}
    hard = time.monotonic() + (job.deadline + GRACE if deadline is None else deadline)
    stopped = late = False
    try:
        for line in child.lines():
            if line is not None:
                if line.get("type") == "end":
                    ends[str(line.get("source"))] = line
                if on_line is not None:
                    on_line(line)
            if stop is not None and stop.is_set() and not stopped:
                stopped = True
                child.ask_to_stop()
            if time.monotonic() > hard and not late:
                late = True
                child.ask_to_stop()
        return CrawlResult(child.wait(), ends, stopped, late)
    except BaseException:
        child.ask_to_stop()
        child.wait()
        raise
    finally:
        child.kill()


class _Child:
    """A running crawl: its process group, and its words as they come."""

    def __init__(self, job: CrawlJob, command: Sequence[str]) -> None:
        tether = (sys.executable, "-I", "-S", "-c", TETHER, str(os.getpid()))
        self.process = subprocess.Popen(  # noqa: S603 (our own program)
            [*tether, *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"},
            start_new_session=True,  # Ctrl+C is ours to pass on, and the whole group can be killed
        )
        self._kill_at: float | None = None
        self._words: queue.Queue[bytes | None] = queue.Queue()
        for target, stream in ((self._hear, self.process.stdout), (self._hear_log, self.process.stderr)):
            threading.Thread(target=target, args=(stream,), daemon=True).start()
        with suppress(BrokenPipeError):  # it ended at once; its code will tell
            assert self.process.stdin is not None
            self.process.stdin.write(job.model_dump_json().encode())
            self.process.stdin.close()

    def lines(self) -> Iterator[dict[str, Any] | None]:
        """What the child says, and None now and then so that the caller can look at the clock."""
        while True:
            try:
                word = self._words.get(timeout=0.1)
            except queue.Empty:
                if self._is_over():
                    return
                yield None
                continue
            if word is None:
                return
            yield _parsed(word)

    def ask_to_stop(self) -> None:
        self._kill_at = self._kill_at or time.monotonic() + CALM
        with suppress(ProcessLookupError):
            self.process.terminate()

    def wait(self) -> int:
        """The exit code; a child that was asked and does not stop is killed."""
        try:
            return self.process.wait(timeout=CALM)
        except subprocess.TimeoutExpired:
            self.kill()
            return self.process.wait()

    def kill(self) -> None:
        """Ends the whole group: the child, and helpers of its own that it may have left."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def _is_over(self) -> bool:
        if self._kill_at is not None and time.monotonic() > self._kill_at:
            self.kill()
        return self.process.poll() is not None and self._words.empty()

    def _hear(self, stream: IO[bytes]) -> None:
        for line in iter(lambda: stream.readline(LONGEST_LINE), b""):
            self._words.put(line)
        self._words.put(None)

    def _hear_log(self, stream: IO[bytes]) -> None:
        for line in iter(lambda: stream.readline(LONGEST_LINE), b""):
            if text := line.decode("utf-8", "replace").rstrip():
                _log(text)


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        word = json.loads(line)
    except ValueError:
        word = None
    if isinstance(word, dict):
        return word
    if line.strip():
        _log(line.decode("utf-8", "replace").strip())
    return None


def _log(text: str) -> None:
    """What a child logs of single requests is in the database too; only what it did not expect is worth a line."""
    expected = text.startswith(("DEBUG ", "INFO ", "WARNING "))
    child_log.log(logging.DEBUG if expected else logging.WARNING, "%s", text)
