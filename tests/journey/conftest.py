"""What a journey needs: the stand-in portals, a real mailbox, a stand-in Telegram, and the real daemon beside them."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from alerts.tables import Message
from crawler.database import Database
from crawler.tables import Article, Link, Revision, SourceState
from monitor.demo.mailbox import Mailbox
from monitor.demo.portals import Portals
from monitor.demo.show import configuration
from monitor.demo.telegram import Telegram
from monitor.tables import Reading


class Desk:
    """One watch in a folder of its own, its news and its recipients."""

    def __init__(self, folder: Path, portals: Portals, mailbox: Mailbox, telegram: Telegram) -> None:
        self.folder, self.portals, self.mailbox, self.telegram = folder, portals, mailbox, telegram
        self.file = folder / "doingoai.toml"
        address = f"sqlite:///{folder / 'doingoai.db'}"
        self.file.write_text(configuration(portals, mailbox, telegram, address), encoding="utf-8")
        self.database = Database(address)
        self.log = folder / "daemon.log"

    @contextlib.contextmanager
    def daemon(self) -> Iterator[subprocess.Popen[bytes]]:
        with self.log.open("ab") as out:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "monitor", "run", "--config", str(self.file)],
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """The command line, as a person types it."""
        return subprocess.run(
            [sys.executable, "-P", "-m", "monitor", *words, "--config", str(self.file)],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def count(self, query: object) -> int:
        with self.database.reading() as session:
            return session.scalar(query) or 0  # type: ignore[call-overload]

    def wait(self, done: Callable[[], bool], seconds: float, what: str) -> None:
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            with contextlib.suppress(SQLAlchemyError):  # the daemon is still laying out its tables
                if done():
                    return
            time.sleep(0.2)
        tail = self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:]
        pytest.fail(f"{what}: not within {seconds} s\n" + "\n".join(tail))

    def first_crawl_is_over(self) -> bool:
        crawled = select(func.count(SourceState.id)).where(SourceState.first_crawled_at.is_not(None))
        return self.count(crawled) == len(self.portals.outlets) and self.all_is_read()

    def all_is_stored(self) -> bool:
        pending = select(func.count(Link.url)).where(Link.state == "pending")
        return self.count(pending) == 0 and self.count(select(func.count(Article.id))) >= len(self.portals.stories())

    def all_is_read(self) -> bool:
        return self.count(select(func.count(Revision.id)).where(Revision.id.not_in(select(Reading.revision_id)))) == 0

    def all_is_sent(self) -> bool:
        open_ = select(func.count(Message.id)).where(Message.sent_at.is_(None), Message.given_up_at.is_(None))
        return self.count(open_) == 0

    def is_done(self) -> bool:
        return self.all_is_stored() and self.all_is_read() and self.all_is_sent()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Portals() as portals, Mailbox() as mailbox, Telegram() as telegram:
        desk = Desk(tmp_path, portals, mailbox, telegram)
        yield desk
        desk.database.close()
