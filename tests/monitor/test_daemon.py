"""The daemon as a process: its start, its signals, its lock, and what a hard end leaves."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO

import pytest

from monitor.daemon import _Redacting
from monitor.errors import PortTaken
from monitor.settings import Settings

RUN = (
    "import sys; from pathlib import Path; from monitor import daemon, settings; "
    "sys.exit(daemon.run(settings.load(Path(sys.argv[1]))))"
)
PATIENCE = 120.0  # for a loaded machine; nothing here should take more than a few seconds

ARTICLE = """<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>{title}</title>
<meta property="article:published_time" content="{published}"></head><body><article><h1>{title}</h1>
<p class="sapo">{text}</p><p>{text}</p><p>Hai bên trao đổi về phối hợp quản lý cửa khẩu, thông quan hàng hóa,
phòng chống dịch bệnh và giao lưu nhân dân; thống nhất duy trì gặp gỡ thường kỳ trong thời gian tới.</p>
</article></body></html>"""


class Running:
    """A daemon in its own process, with its log as it comes."""

    def __init__(self, config: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", RUN, str(config)], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
        )
        self.lines: list[str] = []
        assert self.process.stderr is not None
        self._thread = threading.Thread(target=self._listen, args=(self.process.stderr,), daemon=True)
        self._thread.start()

    def _listen(self, stream: IO[str]) -> None:
        for line in stream:
            self.lines.append(line.rstrip())

    def wait_for(self, words: str) -> str:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            for line in list(self.lines):
                if words in line:
                    return line
            if self.process.poll() is not None and not self._thread.is_alive():
                break
            time.sleep(0.05)
        raise AssertionError(f"{words!r} did not come; the log:\n" + "\n".join(self.lines))

    def end(self, number: int = signal.SIGTERM) -> tuple[int, float]:
        """The exit code, and the seconds that the end took."""
        began = time.monotonic()
        self.process.send_signal(number)
        code = self.process.wait(PATIENCE)
        self._thread.join(PATIENCE)
        return code, time.monotonic() - began


@pytest.fixture
def start() -> Iterator[Callable[[Path], Running]]:
    started: list[Running] = []

    def launch(config: Path) -> Running:
        started.append(Running(config))
        return started[-1]

    yield launch
    for running in started:
        running.process.kill()
        running.process.wait()


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def written(folder: Path, port: int, more: str = "") -> Path:
    path = folder / "doingoai.toml"
    path.write_text(
        f"""
[polling]
interval = "1s"
page_delay = "0s"
alert_max_age = "3650d"
allow_private_hosts = ["127.0.0.1:{port}"]
[catalogue]
enable = []
[web]
listen = "127.0.0.1:0"
[[sources]]
id = "alpha"
name = "Báo Alpha"
province = "lang-son"
kind = "newspaper"
home = "http://127.0.0.1:{port}/"
listings = ["http://127.0.0.1:{port}/"]
article_url = "/bai-"
{more}
""",
        encoding="utf-8",
    )
    return path


class Portal(ThreadingHTTPServer):
    """A newspaper of a few pages; `slow` makes each answer take long."""

    daemon_threads = True

    def __init__(self) -> None:
        self.pages: dict[str, str] = {}
        self.slow = 0.0
        self.asked = threading.Event()
        super().__init__(("127.0.0.1", 0), _Answer)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def publish(self, name: str, title: str, text: str) -> None:
        self.pages[f"/bai-{name}.html"] = ARTICLE.format(title=title, text=text, published="2024-05-10T08:00:00+07:00")
        links = "".join(f'<li><a href="{path}">{title} số {path}</a></li>' for path in self.pages if path != "/")
        self.pages["/"] = f"<!doctype html><html><body><h1>Tin tức</h1><ul>{links}</ul></body></html>"


class _Answer(BaseHTTPRequestHandler):
    server: Portal

    def do_GET(self) -> None:
        self.server.asked.set()
        time.sleep(self.server.slow)
        page = self.server.pages.get(self.path)
        body = (page or "không có").encode()
        self.send_response(200 if page else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8" if page else "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def portal() -> Iterator[Portal]:
    portal = Portal()
    portal.publish("1", "Lạng Sơn họp thường kỳ", "Ngày 8/5, UBND tỉnh Lạng Sơn họp phiên thường kỳ tháng 5.")
    yield portal
    portal.shutdown()
    portal.server_close()


def rows(folder: Path, query: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(folder / "doingoai.db", timeout=20)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def test_it_never_imports_scrapy_or_trafilatura() -> None:
    code = (
        "import sys, monitor.daemon, monitor.web.app\n"
        "print([name for name in ('scrapy', 'twisted', 'trafilatura') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_it_comes_up_when_no_source_can_be_reached(tmp_path: Path, start: Callable[[Path], Running]) -> None:
    running = start(written(tmp_path, closed_port()))
    running.wait_for("watching sources=1")
    said = running.wait_for("source=alpha")
    assert "failed=1" in said
    assert "error=" in said
    page = running.wait_for("page=http://").split("page=")[1]
    with urllib.request.urlopen(page, timeout=PATIENCE) as answer:
        assert answer.status == 200
    code, took = running.end()
    assert (code, took < 10) == (0, True)
    [(failures, error)] = rows(tmp_path, "SELECT failures, last_error FROM source WHERE id = 'alpha'")
    assert isinstance(failures, int)
    assert failures >= 1
    assert error
    assert not [line for line in running.lines if "Traceback" in line]


def test_it_carries_an_article_from_the_portal_to_the_shelf(
    tmp_path: Path, start: Callable[[Path], Running], portal: Portal
) -> None:
    config = written(
        tmp_path,
        portal.server_port,
        f'[[subscriptions]]\nname = "Phòng"\nto = ["json://127.0.0.1:{closed_port()}/hook"]\n',
    )
    running = start(config)
    running.wait_for("job=read read=1")
    portal.publish(
        "2",
        "Lạng Sơn hội đàm với Quảng Tây",
        "Ngày 9/5, tại cửa khẩu Hữu Nghị, UBND tỉnh Lạng Sơn đã hội đàm với Chính phủ nhân dân Khu tự trị dân tộc "
        "Choang Quảng Tây (Trung Quốc).",
    )
    running.wait_for("notices=1")
    running.wait_for("job=send sent=0 deferred=1")
    assert running.end()[0] == 0
    assert rows(tmp_path, "SELECT kind, status FROM event") == [("meeting", "held")]
    assert rows(tmp_path, "SELECT notice_key, tries > 0, sent_at FROM message") == [("event:1", 1, None)]
    assert len(rows(tmp_path, "SELECT id FROM article")) == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_within_ten_seconds_in_the_middle_of_a_crawl(
    tmp_path: Path, start: Callable[[Path], Running], portal: Portal, number: int
) -> None:
    portal.slow = 20
    running = start(written(tmp_path, portal.server_port))
    running.wait_for("watching")
    assert portal.asked.wait(PATIENCE)
    code, took = running.end(number)
    assert code == 0
    assert took < 10
    assert rows(tmp_path, "SELECT failures FROM source") == [(0,)]  # the source was not at fault
    assert not children_of(tmp_path)


def test_it_refuses_a_second_daemon_on_the_same_database(tmp_path: Path, start: Callable[[Path], Running]) -> None:
    config = written(tmp_path, closed_port())
    first = start(config)
    first.wait_for("watching")
    second = start(config)
    said = second.wait_for("another doingoai")
    assert f"(pid {first.process.pid})" in said
    assert second.process.wait(PATIENCE) == 2
    assert first.end()[0] == 0
    third = start(config)
    third.wait_for("watching")
    assert third.end()[0] == 0


def test_it_leaves_a_usable_database_when_it_is_killed(
    tmp_path: Path, start: Callable[[Path], Running], portal: Portal
) -> None:
    portal.slow = 1.5
    config = written(tmp_path, portal.server_port)
    running = start(config)
    running.wait_for("watching")
    assert portal.asked.wait(PATIENCE)
    running.end(signal.SIGKILL)
    end = time.monotonic() + PATIENCE
    while children_of(tmp_path) and time.monotonic() < end:
        time.sleep(0.1)
    assert not children_of(tmp_path)
    assert rows(tmp_path, "PRAGMA integrity_check") == [("ok",)]
    portal.slow = 0
    again = start(config)
    again.wait_for("job=read read=1")
    assert again.end()[0] == 0
    assert len(rows(tmp_path, "SELECT id FROM article")) == 1


def test_it_sends_at_once_what_a_killed_daemon_had_in_hand(tmp_path: Path, start: Callable[[Path], Running]) -> None:
    config = written(tmp_path, closed_port())
    first = start(config)
    first.wait_for("watching sources=1")
    first.end(signal.SIGKILL)
    owner = f"{socket.gethostname()[:30]}:{first.process.pid}:1234"
    connection = sqlite3.connect(tmp_path / "doingoai.db")
    with connection:
        connection.execute(
            "INSERT INTO message (key, notice_key, thread, subscription, recipient, label, language, notice,"
            " message_id, in_reply_to, digest, digest_id, created_at, due_at, claimed_by, claimed_until, tries, error)"
            " VALUES"
            " ('k', 'n', 'n', 'Phòng', 'r', '', 'vi', '{}', '<m>', '', 0, '', datetime('now'), datetime('now'), ?,"
            " datetime('now', '+10 minutes'), 0, '')",
            (owner,),
        )
    connection.close()
    second = start(config)
    second.wait_for("messages=1 were in the hands of a killed sender")
    second.wait_for("job=send")  # its recipient is no longer configured: given up, but not left lying
    second.end()
    assert rows(tmp_path, "SELECT claimed_by, given_up_at IS NULL FROM message") == [("", 0)]


def test_it_says_which_address_is_taken(tmp_path: Path, start: Callable[[Path], Running]) -> None:
    config = written(tmp_path, closed_port())
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        config.write_text(config.read_text("utf-8").replace("127.0.0.1:0", f"127.0.0.1:{port}"), encoding="utf-8")
        running = start(config)
        running.wait_for(f"doingoai.toml: web.listen: cannot listen on 127.0.0.1:{port}: Address already in use")
        assert running.process.wait(PATIENCE) == 2


def test_it_names_a_subscription_with_a_broken_address(tmp_path: Path, start: Callable[[Path], Running]) -> None:
    more = '[[subscriptions]]\nname = "Phòng"\nto = ["nosuch://user:hunter2@host"]\n'
    running = start(written(tmp_path, closed_port(), more))
    said = running.wait_for("Phòng")
    assert said.split(" doingoai ")[1].startswith("doingoai.toml: ")
    assert "hunter2" not in "\n".join(running.lines)
    assert running.process.wait(PATIENCE) == 2


def test_it_says_when_the_databases_folder_is_not_there(tmp_path: Path, start: Callable[[Path], Running]) -> None:
    config = written(tmp_path, closed_port())
    config.write_text('database = "sqlite:///gone/a.db"\n' + config.read_text("utf-8"), encoding="utf-8")
    running = start(config)
    running.wait_for("gone/a.db")
    assert running.process.wait(PATIENCE) == 1


def test_it_blackens_secrets_in_its_log() -> None:
    import logging

    record = logging.LogRecord(
        "x", logging.INFO, "", 0, "to https://api.telegram.org/bot123456:%s/send", ("A" * 30,), None
    )
    assert "A" * 30 not in _Redacting("%(message)s").format(record)


def children_of(folder: Path) -> list[int]:
    """Crawls that run on the database of this folder: they hold it open."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and b"crawler" in (entry / "cmdline").read_bytes():
                targets = [os.readlink(link) for link in (entry / "fd").iterdir()]
                if any(target.startswith(str(folder)) for target in targets):
                    found.append(int(entry.name))
        except OSError:
            continue
    return found


def test_it_names_a_wrong_listening_host() -> None:
    from monitor.daemon import listening

    with (
        pytest.raises(PortTaken, match=r"web\.listen"),
        listening(Settings.model_validate({"web": {"listen": "no-such-host.invalid:80"}})),
    ):
        pass
