"""The jobs of the clock: which sources are polled when, what a lost crawl leaves, what operators hear."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from alerts.tables import Message
from crawler.database import Database
from crawler.tables import CrawlRun, SourceState
from monitor import crawls, jobs
from monitor.crawls import CrawlResult, order, run_crawl
from monitor.health import Finding, findings
from monitor.settings import Settings
from monitor.tables import JobRun

MakeSettings = Callable[..., Settings]


def state(database: Database, source: str) -> SourceState:
    with database.reading() as session:
        return session.get_one(SourceState, source)


def change(database: Database, source: str, **values: Any) -> None:
    with database.writing() as session:
        row = session.get(SourceState, source) or SourceState(id=source, failures=0)
        session.add(row)
        for name, value in values.items():
            setattr(row, name, value)


def runs(database: Database, job: str) -> list[JobRun]:
    with database.reading() as session:
        return list(session.scalars(select(JobRun).where(JobRun.job == job).order_by(JobRun.id)))


def child(code: str) -> tuple[str, ...]:
    """A stand-in for the crawl: our own few lines of Python."""
    return (sys.executable, "-c", code)


# --- which sources, and when ---------------------------------------------------------------------------------------


def test_it_takes_every_source_at_first(database: Database, settings: Settings, now: datetime) -> None:
    assert [source.id for source in jobs.due_batch(database, settings, now)] == ["alpha", "beta"]


def test_it_takes_only_what_is_due_the_longest_first(database: Database, settings: Settings, now: datetime) -> None:
    change(database, "alpha", due_at=now - timedelta(minutes=1))
    change(database, "beta", due_at=now - timedelta(minutes=2))
    change(database, "forgotten", due_at=now - timedelta(minutes=3))
    assert [source.id for source in jobs.due_batch(database, settings, now)] == ["beta", "alpha"]
    change(database, "beta", due_at=now + timedelta(seconds=1))
    assert [source.id for source in jobs.due_batch(database, settings, now)] == ["alpha"]


def test_it_takes_no_more_than_a_batch(database: Database, make_settings: MakeSettings, now: datetime) -> None:
    assert len(jobs.due_batch(database, make_settings(polling={"batch": 1}), now)) == 1


def test_it_gives_a_failing_source_a_child_of_its_own(database: Database, settings: Settings, now: datetime) -> None:
    change(database, "alpha", due_at=now - timedelta(minutes=2), failures=2)
    change(database, "beta", due_at=now - timedelta(minutes=1))
    assert [source.id for source in jobs.due_batch(database, settings, now)] == ["alpha"]
    change(database, "alpha", due_at=now)
    assert [source.id for source in jobs.due_batch(database, settings, now)] == ["beta"]


@pytest.mark.parametrize(("quiet", "wait"), [(0, 600), (3600, 600), (86400, 1800), (30 * 86400, 7200)])
def test_it_asks_a_quiet_source_less_often(settings: Settings, now: datetime, quiet: int, wait: int) -> None:
    [source, _] = settings.watched
    row = SourceState(id="alpha", failures=0, last_new_at=now - timedelta(seconds=quiet))
    assert jobs.next_poll(settings, source, row, now) == now + timedelta(seconds=wait)


@pytest.mark.parametrize(("failures", "wait"), [(1, 60), (2, 120), (5, 960), (40, 86400), (5000, 86400)])
def test_it_comes_back_to_a_failing_source_later_each_time(
    settings: Settings, now: datetime, failures: int, wait: int
) -> None:
    [source, _] = settings.watched
    later = jobs.next_poll(settings, source, SourceState(id="alpha", failures=failures), now) - now
    assert 0.8 * wait <= later.total_seconds() <= 1.2 * wait


def test_it_keeps_to_a_sources_own_interval(database: Database, make_settings: MakeSettings, now: datetime) -> None:
    own = {"id": "own", "name": "O", "home": "http://127.0.0.1:9/", "interval": "3s"}
    [source] = make_settings(sources=[own]).watched
    row = SourceState(id="own", failures=0, last_new_at=now - timedelta(days=9))
    assert jobs.next_poll(make_settings(sources=[own]), source, row, now) == now + timedelta(seconds=3)


# --- what a crawl leaves -------------------------------------------------------------------------------------------


def test_it_notes_sources_that_their_child_said_nothing_of(
    database: Database, settings: Settings, now: datetime
) -> None:
    batch = jobs.due_batch(database, settings, now)
    with database.writing() as session:
        session.add(CrawlRun(source_id="alpha", started_at=now))  # begun, never ended
    report = jobs.settle(database, settings, batch, CrawlResult(-9), now, now)
    assert report.failed == ("alpha", "beta")
    for source in ("alpha", "beta"):
        row = state(database, source)
        assert (row.failures, row.last_error) == (1, "the crawl was killed by signal 9")
        assert row.due_at is not None
        assert row.due_at > now
    with database.reading() as session:
        assert [run.finished_at for run in session.scalars(select(CrawlRun))] == [now, now]


def test_it_blames_no_source_when_it_was_asked_to_stop(database: Database, settings: Settings, now: datetime) -> None:
    batch = jobs.due_batch(database, settings, now)
    jobs.settle(database, settings, batch, CrawlResult(-15, stopped=True), now, now)
    row = state(database, "alpha")
    assert (row.failures, row.due_at) == (0, now)


def test_it_polls_with_a_real_crawl_and_records_what_cannot_be_reached(
    database: Database, make_settings: MakeSettings, now: datetime
) -> None:
    settings = make_settings(polling={"allow_private_hosts": ["127.0.0.1:9"], "page_delay": "0s"})
    report = jobs.poll(database, settings, now)
    assert report.failed == ("alpha", "beta")
    assert state(database, "alpha").last_error != ""
    [run] = runs(database, "poll")
    assert (run.ok, run.detail) == (True, "2 sources, 0 new, 0 revised, 2 failed")
    assert jobs.poll(database, settings, now) == jobs.PollReport()


def test_it_hears_each_line_of_its_child(settings: Settings) -> None:
    code = (
        "import json, sys; job = json.load(sys.stdin); print('no json'); "
        "print(json.dumps({'type': 'end', 'source': job['sources'][0]['id'], 'new': 3})); sys.exit(1)"
    )
    heard: list[dict[str, Any]] = []
    result = run_crawl(order(settings, settings.watched), heard.append, command=child(code))
    assert heard == [{"type": "end", "source": "alpha", "new": 3}]
    assert (result.code, result.count("new"), result.stopped, result.late) == (1, 3, False, False)


def test_it_orders_crawls_as_the_configuration_says(make_settings: Callable[..., Settings]) -> None:
    polling = {"recheck": ["90s", "1h"], "contact": "mailto-desk@so-ngoai-vu.vn", "page_delay": "2s"}
    job = order(make_settings(polling=polling), [])
    assert (job.recheck_hours, job.page_delay) == ((0.025, 1.0), 2.0)
    assert job.user_agent.startswith("doingoai/")
    assert job.user_agent.endswith("contact: mailto-desk@so-ngoai-vu.vn)")
    plain = order(make_settings(), [])
    assert (plain.recheck_hours, plain.user_agent) == ((1, 6, 24), "")


def test_it_kills_a_child_that_neither_ends_nor_listens(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crawls, "CALM", 0.5)
    code = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('{}', flush=True); time.sleep(600)"
    )
    began = time.monotonic()
    result = run_crawl(order(settings, settings.watched), deadline=1, command=child(code))
    assert result.late
    assert result.code == -signal.SIGKILL
    assert time.monotonic() - began < 60


def test_it_takes_the_childs_helpers_along(settings: Settings) -> None:
    code = (
        "import subprocess, sys; helper = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], "
        "stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL); "
        "print('{\"pid\": %d}' % helper.pid, flush=True)"
    )
    heard: list[dict[str, Any]] = []
    run_crawl(order(settings, settings.watched), heard.append, command=child(code))
    wait_until(lambda: is_gone(heard[0]["pid"]))


def test_it_stops_its_child_when_asked(settings: Settings) -> None:
    stop = threading.Event()
    code = 'import time; print(\'{"type": "start"}\', flush=True); time.sleep(600)'
    result = run_crawl(order(settings, settings.watched), lambda _: stop.set(), stop=stop, command=child(code))
    assert result.stopped
    assert result.code == -signal.SIGTERM


def test_it_leaves_no_child_when_the_listener_breaks(settings: Settings) -> None:
    code = "import os, time; print('{\"pid\": %d}' % os.getpid(), flush=True); time.sleep(600)"
    heard: list[int] = []

    def breaks(line: dict[str, Any]) -> None:
        heard.append(line["pid"])
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        run_crawl(order(settings, settings.watched), breaks, command=child(code))
    wait_until(lambda: is_gone(heard[0]))


def test_it_is_not_outlived_by_its_child(settings: Settings, tmp_path: Path) -> None:
    """The parent is killed the hard way; the kernel tells the child."""
    import subprocess

    note = tmp_path / "pid"
    code = f"import os, time; open({str(note)!r}, 'w').write(str(os.getpid())); time.sleep(600)"
    parent_code = (
        "import sys; from monitor.crawls import order, run_crawl; from monitor.settings import Settings; "
        f"s = Settings(); run_crawl(order(s, []), command=(sys.executable, '-c', {code!r}))"
    )
    parent = subprocess.Popen([sys.executable, "-c", parent_code])
    wait_until(lambda: note.exists() and note.read_text() != "")
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    wait_until(lambda: is_gone(int(note.read_text())))


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return Path(f"/proc/{pid}/stat").read_text().split(")")[-1].split()[0] == "Z"  # ended, nobody has looked yet


def wait_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


# --- notes and operators -------------------------------------------------------------------------------------------


def test_it_reads_and_notes_what_it_read(
    database: Database, settings: Settings, publish: Callable[..., Any], now: datetime
) -> None:
    for number in range(25):
        publish(f"http://a/{number}", f"Tin trong nước số {number}.")
    assert jobs.read(database, settings, now).read == 25
    assert jobs.read(database, settings, now).read == 0
    first, idle = runs(database, "read")
    assert first.detail == "25 read, 0 events, 0 notices, 0 failed"
    assert idle.detail == ""


def test_it_shares_one_row_among_idle_runs(database: Database, settings: Settings, now: datetime) -> None:
    for minutes in range(0, 60, 2):
        jobs.send(database, settings, now + timedelta(minutes=minutes))
    [run] = runs(database, "send")
    assert (run.started_at, run.finished_at) == (now, now + timedelta(minutes=58))
    jobs.send(database, settings, now + timedelta(minutes=61))
    assert len(runs(database, "send")) == 2


def test_it_is_not_overdue_while_the_first_poll_lasts(database: Database, settings: Settings, now: datetime) -> None:
    jobs.note_start(database, now)
    assert findings(database, settings, now + timedelta(minutes=4)) == []


def test_it_logs_only_what_the_crawl_did_not_expect(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    code = "import sys; sys.stderr.write('WARNING crawler.run: no answer\\nTraceback: out of paper\\n')"
    run_crawl(order(settings, settings.watched), command=child(code))
    wait_until(lambda: caplog.messages == ["Traceback: out of paper"])


def test_it_notes_a_run_that_broke_off(
    database: Database, settings: Settings, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise RuntimeError("no post today")

    monkeypatch.setattr(jobs, "send_due", breaks)
    with pytest.raises(RuntimeError):
        jobs.send(database, settings, now)
    [run] = runs(database, "send")
    assert (run.ok, run.detail) == (False, "RuntimeError: no post today")


def test_it_tells_operators_once_and_when_it_is_over(
    database: Database, make_settings: MakeSettings, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = make_settings(operators={"to": ["json://127.0.0.1:9/ops"]})
    found = [Finding("bad", "disk", "Ổ đĩa sắp đầy.", "The disk is nearly full.")]
    monkeypatch.setattr("monitor.health.findings", lambda *_: found)
    for minute in range(4):
        jobs.check(database, settings, now + timedelta(minutes=minute))
    found.clear()
    for minute in range(4, 6):
        jobs.check(database, settings, now + timedelta(minutes=minute))
    with database.reading() as session:
        told = [
            (row.notice_key, row.notice["subject"]) for row in session.scalars(select(Message).order_by(Message.id))
        ]
    assert told == [("trouble:1", "Sự cố: Ổ đĩa sắp đầy"), ("trouble:1:over", "Đã hết sự cố: Ổ đĩa sắp đầy")]


def test_it_wakes_nobody_for_a_passing_cloud(
    database: Database, make_settings: MakeSettings, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = make_settings(operators={"to": ["json://127.0.0.1:9/ops"]})
    found = [Finding("bad", "disk", "Ổ đĩa sắp đầy.", "The disk is nearly full.")]
    monkeypatch.setattr("monitor.health.findings", lambda *_: found)
    jobs.check(database, settings, now)
    found.clear()
    jobs.check(database, settings, now + timedelta(minutes=1))
    with database.reading() as session:
        assert session.scalars(select(Message)).all() == []
