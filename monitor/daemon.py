"""`doingoai run`: the clock, the reader, the sender and the web page in one process, and a calm stop.

Jobs run in threads and leave rows, so whatever is cut off is found again at the next start. Crawls are child
processes; Scrapy and trafilatura are never imported here.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvicorn
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy import text

from alerts import channels
from alerts.recipients import redact
from crawler.database import Database
from monitor import jobs, schema
from monitor.errors import AlreadyRunning, DatabaseTrouble, MonitorError, PortTaken, SettingsError
from monitor.settings import Settings

log = logging.getLogger("doingoai")

TICK = 5.0  # seconds; each tick looks for what is due, which costs one small query
CHECK = 60.0
IMPATIENCE = 1.0  # seconds after which a second signal means: at once
CALM = 8.5  # seconds that jobs have to end after SIGTERM; what then still runs is cut off
ADVISORY_LOCK = 0x72756E  # PostgreSQL: one daemon a database


def run(settings: Settings) -> int:
    """Watches until SIGTERM or SIGINT. 0 after a calm stop, 1 when the database fails, 2 when it may not start."""
    set_up_logging()
    try:
        check_recipients(settings)
        database = Database(settings.database)
        with only_one(database):
            schema.upgrade(database)
            jobs.note_start(database, jobs.utc_now())
            if back := jobs.take_back(database):
                log.info("messages=%d were in the hands of a killed sender", back)
            with listening(settings) as page:
                return asyncio.run(Daemon(settings, database, page).watch())
    except DatabaseTrouble as error:
        log.error("%s", error)
        return 1
    except MonitorError as error:
        for line in str(error).splitlines():
            log.error("%s", line)
        return 2


def check_recipients(settings: Settings) -> None:
    """Raises SettingsError when an address of the configuration cannot be used; names it without its secrets."""
    broken = channels.problems(settings.subscriptions, settings.operators.to)
    if broken:
        raise SettingsError("\n".join(f"{settings.file}: {line}" for line in broken))


class Daemon:
    """The running watch: its clock, its jobs in threads, its web page."""

    def __init__(self, settings: Settings, database: Database, page: socket.socket | None) -> None:
        self.settings, self.database, self.page = settings, database, page
        self.stop = threading.Event()
        self.pool = ThreadPoolExecutor(max_workers=8, thread_name_prefix="job")
        self.running: dict[str, Future[None]] = {}
        self.again: set[str] = set()  # asked for while they ran
        self.troubles: dict[str, str] = {}
        self.asked_at = 0.0
        self.scheduler: Any = AsyncIOScheduler(  # type: ignore[no-untyped-call]  # APScheduler 3 has no types
            timezone=settings.zone,
            job_defaults={"max_instances": 1, "coalesce": True, "misfire_grace_time": 60},
        )

    async def watch(self) -> int:
        """Runs until a signal asks to stop."""
        self.loop = asyncio.get_running_loop()
        asked = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            self.loop.add_signal_handler(number, self._ask, asked, number)
        server = self._serve()
        self._set_the_clock()
        log.info("watching sources=%d database=%s", len(self.settings.watched), self._database_name())
        await asked.wait()
        await self._wind_down(server)
        return 0

    # --- jobs --------------------------------------------------------------------------------------------------

    def _set_the_clock(self) -> None:
        tick = min(TICK, max(self.settings.polling.interval / 4, 0.2))
        for name, seconds in (("poll", tick), ("read", tick), ("send", tick), ("check", CHECK)):
            first = datetime.now(UTC) + timedelta(seconds=CHECK if name == "check" else 0)
            self.scheduler.add_job(self.begin, "interval", [name], seconds=seconds, id=name, next_run_time=first)
        self.scheduler.start()

    def begin(self, name: str) -> None:
        """Starts a job in a thread. One that still runs is not started twice; it will be once more when it ends."""
        if self.stop.is_set():
            return
        if name in self.running:
            self.again.add(name)
            return
        self.again.discard(name)
        future = self.pool.submit(self._run_job, name)
        self.running[name] = future
        future.add_done_callback(lambda _: self._tell_loop(self._ended, name))

    def soon(self, name: str) -> None:
        """Begin a job now rather than at its next tick; callable from any thread."""
        self._tell_loop(self.begin, name)

    def _tell_loop(self, function: Callable[[str], None], name: str) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has been closed: the daemon is gone
            self.loop.call_soon_threadsafe(function, name)

    def _ended(self, name: str) -> None:
        self.running.pop(name, None)
        if name in self.again and name != "poll":
            self.begin(name)

    def _run_job(self, name: str) -> None:
        """One run of a job; its trouble is told once, not at every tick."""
        try:
            getattr(self, f"_{name}")()
        except Exception as error:
            words = str(error) if isinstance(error, MonitorError) else f"{type(error).__name__}: {error}"
            if self.troubles.get(name) != words:
                log.error("job=%s %s", name, words, exc_info=not isinstance(error, MonitorError))
            self.troubles[name] = words
        else:
            if self.troubles.pop(name, ""):
                log.info("job=%s works again", name)

    def _poll(self) -> None:
        report = jobs.poll(self.database, self.settings, jobs.utc_now(), self.stop, self._heard)
        if report.sources:
            numbers = (report.sources, report.new, report.revised, len(report.failed))
            log.info("job=poll sources=%d new=%d revised=%d failed=%d", *numbers)
            self.soon("read")
            self.soon("poll")  # the next batch may be due already

    def _heard(self, line: dict[str, Any]) -> None:
        """An article that is in need not wait for the end of its crawl."""
        if line.get("type") == "article" and line.get("outcome") in ("new", "revised"):
            self.soon("read")

    def _read(self) -> None:
        report = jobs.read(self.database, self.settings, jobs.utc_now(), self.stop.is_set)
        if report.read:
            numbers = (report.read, report.events, report.notices, report.failed)
            log.info("job=read read=%d events=%d notices=%d failed=%d", *numbers)
        if report.notices:
            self.soon("send")

    def _send(self) -> None:
        report = jobs.send(self.database, self.settings, jobs.utc_now(), self.stop.is_set)
        if report.tried:
            log.info("job=send sent=%d deferred=%d given_up=%d", report.sent, report.deferred, report.given_up)

    def _check(self) -> None:
        jobs.check(self.database, self.settings, jobs.utc_now())

    # --- web page ----------------------------------------------------------------------------------------------

    def _serve(self) -> tuple[uvicorn.Server, asyncio.Task[None]] | None:
        if self.page is None:
            return None
        from monitor.web.app import create_app  # only a daemon with a page needs its templates

        app = create_app(self.database, self.settings)
        config = uvicorn.Config(
            app, log_config=None, lifespan="off", access_log=False, timeout_graceful_shutdown=2, server_header=False
        )
        server = _QuietServer(config)
        host, port = self.page.getsockname()[:2]
        log.info("page=http://%s:%d/", f"[{host}]" if ":" in host else host, port)
        return server, asyncio.create_task(server.serve(sockets=[self.page]))

    # --- the end -----------------------------------------------------------------------------------------------

    def _ask(self, asked: asyncio.Event, number: int) -> None:
        if asked.is_set() and self.loop.time() - self.asked_at < IMPATIENCE:
            return  # make, timeout and terminals send one wish twice
        if asked.is_set():
            log.warning("asked twice, leaving at once")
            _leave(1)
        log.info("stopping signal=%s", signal.Signals(number).name)
        self.asked_at = self.loop.time()
        asked.set()

    async def _wind_down(self, server: tuple[uvicorn.Server, asyncio.Task[None]] | None) -> None:
        self.stop.set()
        self.scheduler.shutdown(wait=False)
        jobs_ended = [asyncio.wrap_future(future) for future in self.running.values()]
        waiting: list[asyncio.Future[None]] = list(jobs_ended)
        if server is not None:
            server[0].should_exit = True
            waiting.append(server[1])
        if waiting:
            _, late = await asyncio.wait(waiting, timeout=CALM)
            if late:
                log.warning("cut off jobs=%s; what they had in hand is done again", ",".join(self.running) or "page")
                _leave(0)
        self.pool.shutdown(wait=False)
        self.database.close()
        log.info("stopped")

    def _database_name(self) -> str:
        return self.database.url.render_as_string(hide_password=True)


class _QuietServer(uvicorn.Server):
    """Leaves the signals to the daemon."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


def _leave(code: int) -> None:
    """Ends the process although a thread still hangs; every row is either committed or not there."""
    logging.shutdown()
    os._exit(code)


# --- what a daemon holds -----------------------------------------------------------------------------------------


@contextmanager
def only_one(database: Database) -> Iterator[None]:
    """Holds the database for this daemon; raises AlreadyRunning when another has it. A crash lets go of it."""
    with _lock_file(database) if database.is_sqlite else _lock_row(database):
        yield


@contextmanager
def _lock_file(database: Database) -> Iterator[None]:
    path = Path(f"{database.url.database}.lock")
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise DatabaseTrouble(f"database {database.url.database}: cannot make {path}: {error.strerror}") from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = os.read(descriptor, 20).decode("ascii", "replace").strip()
            raise AlreadyRunning(f"another doingoai (pid {pid or 'unknown'}) runs on {database.url.database}") from None
        with contextlib.suppress(OSError):  # a full disk keeps the lock, only nobody can read whose it is
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)  # the file stays: removing it would let two daemons hold two files of one name


@contextmanager
def _lock_row(database: Database) -> Iterator[None]:
    with schema.plain_words(database):
        connection = database.writer.connect()
    try:
        if not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": ADVISORY_LOCK}):
            raise AlreadyRunning(f"another doingoai runs on {database.url.render_as_string(hide_password=True)}")
        connection.commit()
        yield
    finally:
        connection.close()


@contextmanager
def listening(settings: Settings) -> Iterator[socket.socket | None]:
    """The socket of the web page, had before anything starts, since uvicorn would end the process without one."""
    address = settings.web.address
    if address is None:
        yield None
        return
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    try:
        page = socket.create_server(address, family=family)
    except OSError as error:
        reason = error.strerror or str(error)
        raise PortTaken(f"{settings.file}: web.listen: cannot listen on {settings.web.listen}: {reason}") from None
    with page:
        yield page


# --- logs --------------------------------------------------------------------------------------------------------


class _Redacting(logging.Formatter):
    """Times in UTC, one line a record where it can be, and no secret in any."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


def set_up_logging(level: int = logging.INFO) -> None:
    """Logs go to standard error, where systemd and Docker look for them."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Redacting("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("apscheduler", "uvicorn", "alembic"):
        logging.getLogger(noisy).setLevel(logging.ERROR if noisy == "apscheduler" else logging.WARNING)
