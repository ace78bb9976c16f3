"""`doingoai demo`: the whole trip, live and checked. Portals, a mailbox and a Telegram on loopback; the real daemon.

It ends by itself, needs no network, and says with its exit code whether everything came as it should.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text
from sqlalchemy import Select, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from alerts.tables import Message
from crawler.database import Database
from crawler.tables import Article, Link, Revision, SourceState
from monitor.demo import verdict
from monitor.demo.mailbox import Letter, Mailbox
from monitor.demo.portals import Portals, Visit
from monitor.demo.stories import HANOI, load_events
from monitor.demo.telegram import Chat, Telegram
from monitor.demo.verdict import Alert, Check
from monitor.tables import Event, Reading

RECIPIENT = "phong-htqt@so-ngoai-vu.example"
CHAT = "123456789"
CALM = 10.0  # seconds the daemon has to stop
HEAD, WIDE = 4, 160  # lines of an email that are shown, letters of a line
ADDRESS_LINE = re.compile(r"https?://\S+$")
ROOM = 75.0  # seconds that must be left for news to come step by step; on a busy machine it comes at once
RESERVE = 25.0  # seconds kept for what follows the news
NEGATIVES = {
    "domestic meeting": "cuộc họp trong nước",
    "domestic signing": "ký kết trong nước",
    "background": "nhắc lại chuyện đã qua",
    "proposal": "mới là đề xuất, kiến nghị",
    "national level only": "chỉ có cấp trung ương",
    "trade statistics": "số liệu thương mại",
    "festival": "lễ hội",
    "preparation meeting": "họp chuẩn bị (chỉ báo hội nghị sắp diễn ra)",
    "teaser text": "từ “ký kết” chỉ nằm ở khung tin liên quan",
    "foreign news": "tin nước ngoài với nước ngoài",
    "signing of a decision": "ký ban hành văn bản",
    "old news": "tin cũ, chỉ lưu trữ",
}


class DaemonEnded(Exception):
    """The daemon stopped although nobody asked it to."""


def run_demo(keep: bool = False, seconds: float = 110) -> int:
    """Plays the demo: 0 when all expectations hold, 1 when not, 130 after Ctrl-C. `keep` leaves its folder behind."""
    folder = Path(tempfile.mkdtemp(prefix="doingoai-demo-"))
    console = Console(highlight=False, soft_wrap=True)
    try:
        with _term_as_interrupt():
            return _play(folder, console, time.monotonic() + seconds)
    except KeyboardInterrupt:
        console.print("\nĐã dừng theo yêu cầu.")
        return 130
    except DaemonEnded as error:
        console.print(f"Trình canh tin dừng bất thường:\n{error}", markup=False)
        return 1
    finally:
        if keep:
            console.print(f"Thư mục của buổi trình diễn: {folder}", markup=False)
        else:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _term_as_interrupt() -> Iterator[None]:
    """SIGTERM ends the demo as Ctrl-C does, so that the daemon never stays behind."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


run = run_demo  # the name by which the command line knows it


def configuration(portals: Portals, mailbox: Mailbox, telegram: Telegram, database: str, listen: str = "") -> str:
    """A `doingoai.toml` that watches the stand-in portals and tells the stand-in recipients."""
    subscription = {"provinces": [], "kinds": ["meeting", "signing"], "include_upcoming": True}
    tables: list[tuple[str, dict[str, Any]]] = [
        ("", {"language": "vi", "database": database}),
        (
            "[polling]",
            {
                "interval": "1s",
                "max_interval": "2s",
                "page_delay": "50ms",
                "alert_max_age": "7d",
                "allow_private_hosts": portals.hosts(),
            },
        ),
        ("[catalogue]", {"enable": []}),
        *(("[[sources]]", source) for source in portals.sources()),
        ("[[subscriptions]]", {"name": "Phòng Hợp tác quốc tế", "to": [mailbox.url(RECIPIENT)]} | subscription),
        ("[[subscriptions]]", {"name": "Nhóm trực tin", "to": [telegram.url(CHAT)]} | subscription),
        ("[web]", {"listen": listen}),
        ("[telegram]", {"api_url": telegram.api_url}),
    ]
    return "\n".join(_table(head, entries) for head, entries in tables)


# --- the play -------------------------------------------------------------------------------------------------------


def _play(folder: Path, console: Console, until: float) -> int:
    arrivals: queue.SimpleQueue[Alert] = queue.SimpleQueue()
    with ExitStack() as stack:
        portals = stack.enter_context(Portals())
        mailbox = stack.enter_context(Mailbox(on_message=lambda letter: arrivals.put(_from_letter(letter))))
        telegram = stack.enter_context(Telegram(on_message=lambda chat: arrivals.put(_from_chat(chat))))
        file, listen = folder / "doingoai.toml", f"127.0.0.1:{_free_port()}"
        address = f"sqlite:///{folder / 'doingoai.db'}"
        file.write_text(configuration(portals, mailbox, telegram, address, listen), encoding="utf-8")
        stage = _Stage(console, portals, file, Database(address), arrivals, until)
        stack.callback(stage.database.close)
        console.print(f"[bold]Buổi trình diễn doingoai[/bold] · trang theo dõi: http://{listen}/ · chừng một phút")
        _say_cast(stage)
        with _daemon(file, folder / "daemon.log") as daemon:
            stage.daemon = daemon
            _first_crawl(stage)
            _news(stage)
            second = _second_poll(stage)
            console.print(f"Trình canh tin dừng êm sau {_stop(daemon):.1f} giây.")
        revised = _correction(stage)
        return _report(stage, second, revised)


@dataclass
class _Stage:
    """What the scenes share."""

    console: Console
    portals: Portals
    file: Path
    database: Database
    arrivals: queue.SimpleQueue[Alert]
    until: float
    alerts: list[Alert] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    daemon: subprocess.Popen[bytes] | None = None

    @property
    def left(self) -> float:
        return self.until - time.monotonic()

    def wait(self, done: Callable[[], bool], seconds: float) -> bool:
        """Shows what arrives until `done`, or until the time is up."""
        limit = min(time.monotonic() + seconds, self.until)
        while time.monotonic() < limit:
            self.show_arrivals()
            if done():
                self.show_arrivals()
                return True
            if self.daemon and self.daemon.poll() is not None:
                raise DaemonEnded(_tail(self.file.with_name("daemon.log")))
            time.sleep(0.1)
        return False

    def show_arrivals(self) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                alert = self.arrivals.get_nowait()
                self.alerts.append(alert)
                _show(self.console, alert)

    @contextmanager
    def rows(self) -> Iterator[Session]:
        """The daemon's database, to look into."""
        with self.database.reading() as session:
            yield session


def _say_cast(stage: _Stage) -> None:
    for outlet in stage.portals.outlets.values():
        stage.console.print(f"  · {outlet.name} ({stage.portals.base(outlet.id)}/)", style="dim")
    stage.console.print(f"  · hộp thư {RECIPIENT}, nhóm Telegram {CHAT} (đều chạy tại chỗ)\n", style="dim")


def _first_crawl(stage: _Stage) -> None:
    stage.console.print("[bold]1.[/bold] Lần quét đầu: lưu tin đã có, không báo ai.")
    crawled = stage.wait(lambda: _all_crawled(stage) and _all_read(stage), stage.left)
    count = _count(stage, select(func.count(Article.id))) if crawled else 0
    stage.console.print(f"   Đã lưu {count} bài; số cảnh báo: {len(stage.alerts)}.\n")
    loud = tuple(alert.subject for alert in stage.alerts)
    stage.checks.append(Check("lần quét đầu không báo ai", loud if crawled else ("chưa quét xong",)))


def _news(stage: _Stage) -> None:
    stage.console.print("[bold]2.[/bold] Tin mới xuất hiện.")
    portals = stage.portals
    while portals.step < portals.last_news:
        in_steps = portals.step == 0 or stage.left > ROOM
        new = portals.release(None if in_steps else portals.last_news)
        outlets = len({story.outlet for story in new})
        stage.console.print(f"\n   {_clock()}  {outlets} báo, cổng vừa đăng {len(new)} bài.", style="cyan")
        stage.wait(lambda: _all_fetched(stage) and _all_read(stage) and _all_sent(stage), stage.left - RESERVE)
    stage.wait(lambda: False, 1)  # a message too many would come now


def _second_poll(stage: _Stage) -> list[Visit]:
    """The requests of a poll of each outlet while nothing is new."""
    start = len(stage.portals.log)

    def again() -> bool:
        return {visit.outlet for visit in stage.portals.visits(since=start)} == set(stage.portals.outlets)

    stage.wait(again, stage.left)
    visits = stage.portals.visits(since=start)
    unchanged = sum(1 for visit in visits if visit.status == 304)
    plain = sorted({stage.portals.outlets[v.outlet].name for v in visits if not v.conditional})
    stage.console.print(
        f"\n[bold]3.[/bold] Quét lại khi không có gì mới: {len(visits)} yêu cầu, {unchanged} trả lời “304, không đổi”"
        + (f"; {', '.join(plain)} không cho cách hỏi có điều kiện." if plain else ".")
    )
    return visits


def _correction(stage: _Stage) -> Check:
    """An editor has corrected an article; it is fetched again by hand and kept as a revision."""
    corrected = next(story for story in stage.portals.stories() if story.correction)
    words = Check("bài được tòa soạn sửa được lưu thành bản sửa đổi")
    stage.portals.release(stage.portals.last_step)
    told = _count(stage, select(func.count(Message.id)))
    command = (*_program(), "crawl", "--url", stage.portals.url(corrected.key), "--config", str(stage.file))
    done = subprocess.run(command, env=_environment(), capture_output=True, timeout=60, check=False)  # noqa: S603
    title = stage.portals.shown(corrected).title
    count = _count(stage, select(func.count(Revision.id)).join(Article).where(Article.title == title))
    stage.console.print(f"   Bài “{title}” đã được sửa: lưu {count} phiên bản.")
    if count < 2:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()[-3:]
        return Check(words.words, (f"có {count} phiên bản, mã thoát {done.returncode}", *said))
    again = _count(stage, select(func.count(Message.id))) > told
    return Check(words.words, ("sửa xong lại báo lần nữa",) if again else ())


def _report(stage: _Stage, second: list[Visit], revised: Check) -> int:
    events = load_events()
    stories = stage.portals.stories()
    console = stage.console
    console.print("\n[bold]4.[/bold] Những bài không báo, và vì sao:")
    for story in verdict.quiet_stories(stories, stage.alerts, stage.portals):
        console.print(f"   – {stage.portals.calendar.words(story.title)} [dim]({NEGATIVES[story.negative]})[/dim]")
    with stage.rows() as session:
        stored = list(session.scalars(select(Article.url)))
        known = session.scalar(select(func.count(Event.id))) or 0
    checks = [
        *stage.checks,
        verdict.check_articles(stored, stage.portals),
        *verdict.check_alerts(stage.alerts, stage.portals, events),
        verdict.check_second_poll(second, stage.portals),
        revised,
    ]
    by_email = sum(1 for alert in stage.alerts if alert.channel == "email")
    console.print(
        f"\n[bold]Tổng cộng:[/bold] {len(stored)} bài từ {len(stage.portals.outlets)} báo, cổng; {known} sự kiện;"
        f" {by_email} email, {len(stage.alerts) - by_email} tin Telegram."
    )
    for check in checks:
        console.print(Text("   ✓ " if check.holds else "   ✗ ", style="green" if check.holds else "red") + check.words)
        for wrong in check.wrong:
            console.print(f"       {wrong}", markup=False, style="red")
    return 0 if all(check.holds for check in checks) else 1


# --- what the database knows ----------------------------------------------------------------------------------------


def _all_crawled(stage: _Stage) -> bool:
    if not stage.file.with_name("doingoai.db").exists():
        return False
    try:
        with stage.rows() as session:
            done = session.scalars(select(SourceState.id).where(SourceState.first_crawled_at.is_not(None))).all()
    except SQLAlchemyError:  # the daemon is still laying out its tables
        return False
    return set(stage.portals.outlets) <= set(done)


def _count(stage: _Stage, query: Select[int]) -> int:
    with stage.rows() as session:
        return session.scalar(query) or 0


def _all_fetched(stage: _Stage) -> bool:
    """Every article that stands at the portals was asked for, and no link is left over."""
    asked = {(visit.outlet, visit.path) for visit in stage.portals.visits()}
    paths = {(story.outlet, stage.portals.outlets[story.outlet].path(story)) for story in stage.portals.stories()}
    if not paths <= asked:
        return False
    return _count(stage, select(func.count(Link.url)).where(Link.state == "pending")) == 0


def _all_read(stage: _Stage) -> bool:
    read = select(Reading.revision_id)
    return _count(stage, select(func.count(Revision.id)).where(Revision.id.not_in(read))) == 0


def _all_sent(stage: _Stage) -> bool:
    waiting = select(func.count(Message.id)).where(Message.sent_at.is_(None), Message.given_up_at.is_(None))
    return _count(stage, waiting) == 0


# --- the daemon -----------------------------------------------------------------------------------------------------


@contextmanager
def _daemon(file: Path, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`doingoai run` as a child in a session of its own, so that Ctrl-C is ours to pass on."""
    with log.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603 - our own program
            (*_program(), "run", "--config", str(file)),
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> float:
    """Asks the daemon to stop and says how long it took."""
    began = time.monotonic()
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(CALM)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    return time.monotonic() - began


def _program() -> tuple[str, ...]:
    # -P: a folder called `monitor` where the demo was started must not stand in for ours.
    return sys.executable, "-P", "-m", "monitor"


def _environment() -> dict[str, str]:
    """Nothing on loopback goes through a proxy."""
    near = "127.0.0.1,localhost"
    return {**os.environ, "NO_PROXY": near, "no_proxy": near, "PYTHONUTF8": "1"}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as door:
        return int(door.getsockname()[1])


def _tail(log: Path, lines: int = 8) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


# --- what is shown --------------------------------------------------------------------------------------------------


def _from_letter(letter: Letter) -> Alert:
    return Alert("email", letter.subject, letter.text)


def _from_chat(chat: Chat) -> Alert:
    return Alert("Telegram", verdict.plain(chat.text).strip().splitlines()[0], chat.text)


def _show(console: Console, alert: Alert) -> None:
    mark = "✉  email   " if alert.channel == "email" else "✈  Telegram"
    console.print(Text(f"\n   {_clock()}  {mark}  ", style="yellow") + Text(alert.subject, style="bold"))
    if alert.channel == "email":
        for line in _short(alert.text):
            console.print(Text(f"      {line}"))


def _short(body: str) -> list[str]:
    """The head of an email, its evidence and its outlets."""
    lines = [line.strip() for line in body.split("\n--\n")[0].splitlines() if line.strip()]
    rest = [line for line in lines[HEAD:] if line.startswith("“") or ADDRESS_LINE.match(line)]
    return lines[:HEAD] + [line if len(line) <= WIDE else line[:WIDE] + "…" for line in rest]


def _clock() -> str:
    return datetime.now(HANOI).strftime("%H:%M:%S")


def _table(head: str, entries: dict[str, Any]) -> str:
    return "\n".join([*([head] if head else []), *(f"{name} = {_value(value)}" for name, value in entries.items()), ""])


def _value(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case dict():
            return "{ " + ", ".join(f"{name} = {_value(inner)}" for name, inner in value.items()) + " }"
        case list() | tuple():
            return "[" + ", ".join(_value(inner) for inner in value) + "]"
        case str():
            return re.sub(r"\$(?=\{)", "$$", json.dumps(value, ensure_ascii=False))
        case _:
            return str(value)
