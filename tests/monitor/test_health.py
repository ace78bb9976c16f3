"""What counts as a trouble of the watch, and what does not."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from alerts.tables import Message
from crawler.database import Database
from crawler.tables import CrawlRun, SourceState
from monitor.health import findings, is_well
from monitor.settings import Settings
from monitor.tables import JobRun


@pytest.fixture(autouse=True)
def _a_running_watch(database: Database, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """A daemon that ticks, two sources that answer, room on the disk."""
    free_bytes(monkeypatch, 10**10)
    with database.writing() as session:
        session.add_all(JobRun(job=job, started_at=now, finished_at=now, ok=True) for job in ("poll", "read", "send"))
        for source in ("alpha", "beta"):
            times = {"last_poll_at": now, "last_ok_at": now, "last_new_at": now, "first_crawled_at": now}
            session.add(SourceState(id=source, failures=0, last_error="", **times))


def free_bytes(monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    total = 10**12
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(total, total - free, free))


def change(database: Database, source: str, **values: Any) -> None:
    with database.writing() as session:
        for name, value in values.items():
            setattr(session.get_one(SourceState, source), name, value)


def found(database: Database, settings: Settings, now: datetime) -> dict[str, str]:
    return {finding.code: finding.level for finding in findings(database, settings, now)}


def message(now: datetime, **values: Any) -> Message:
    fields = {"key": "k", "notice_key": "n", "subscription": "s", "recipient": "r", "notice": {}, "message_id": "<m>"}
    fields |= {"thread": "n", "created_at": now, "due_at": now, "tries": 0, "error": ""}
    return Message(**{**fields, **values})


def test_it_is_well_when_all_is_well(database: Database, settings: Settings, now: datetime) -> None:
    assert found(database, settings, now) == {}
    assert is_well([])


def test_it_says_in_both_languages_which_source_fails_and_why(
    database: Database, settings: Settings, now: datetime
) -> None:
    change(database, "alpha", failures=2, last_error="timeout")
    assert found(database, settings, now) == {}
    change(database, "alpha", failures=3, last_error="timeout", last_ok_at=now - timedelta(days=1))
    [finding] = findings(database, settings, now)
    assert (finding.level, finding.code) == ("warning", "source-failing:alpha")
    expected = "Nguồn Báo Alpha (alpha) lỗi 3 lần liên tiếp, lần tốt gần nhất: 10:00 09/05/2024. timeout"
    assert finding.words("vi") == expected
    assert finding.words("en").startswith("Source Báo Alpha (alpha) failed 3 times in a row")
    assert is_well([finding])


def test_it_is_bad_when_no_source_answers(database: Database, settings: Settings, now: datetime) -> None:
    for source in ("alpha", "beta"):
        change(database, source, failures=3)
    assert found(database, settings, now)["nothing-reached"] == "bad"


def test_it_notices_a_source_that_fell_silent(database: Database, settings: Settings, now: datetime) -> None:
    change(database, "alpha", last_new_at=now - timedelta(days=9))
    assert found(database, settings, now) == {}
    change(database, "alpha", last_new_at=now - timedelta(days=10))
    assert found(database, settings, now) == {"source-silent:alpha": "warning"}


def test_it_notices_a_layout_that_can_no_longer_be_read(database: Database, settings: Settings, now: datetime) -> None:
    for _ in range(3):
        assert found(database, settings, now) == {}
        with database.writing() as session:
            session.add(CrawlRun(source_id="alpha", started_at=now, finished_at=now, failed=3, error=""))
    assert found(database, settings, now) == {"layout-broken:alpha": "warning"}
    with database.writing() as session:
        session.add(CrawlRun(source_id="alpha", started_at=now, finished_at=now, new=1, error=""))
    assert found(database, settings, now) == {}


def test_it_notices_articles_that_nobody_reads(
    database: Database, settings: Settings, publish: Callable[..., Any], now: datetime
) -> None:
    publish("http://a/1", "x", at=now - timedelta(minutes=10))
    assert found(database, settings, now) == {}
    publish("http://a/2", "y", at=now - timedelta(minutes=20))
    assert found(database, settings, now) == {"unread": "bad"}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"minutes": 10}, {}),
        ({"minutes": 40}, {"unsent": "bad"}),
        ({"minutes": 40, "due": 5}, {}),  # a digest, or held back in quiet hours
        ({"minutes": 40, "due": 1, "tries": 3}, {"delivery-failing": "warning"}),
        ({"minutes": 40, "sent": True}, {}),
        ({"minutes": 40, "given_up": True}, {"given-up": "warning"}),
    ],
)
def test_it_notices_messages_that_stay(
    database: Database, settings: Settings, now: datetime, values: dict[str, Any], expected: dict[str, str]
) -> None:
    created = now - timedelta(minutes=values["minutes"])
    row = message(
        created,
        tries=values.get("tries", 0),
        due_at=now + timedelta(hours=values["due"]) if "due" in values else created,
    )
    row.sent_at = now if values.get("sent") else None
    row.given_up_at = now if values.get("given_up") else None
    with database.writing() as session:
        session.add(row)
    assert found(database, settings, now) == expected


def test_it_notices_a_clock_that_stands_still(database: Database, settings: Settings, now: datetime) -> None:
    assert found(database, settings, now + timedelta(minutes=4)) == {}
    later = found(database, settings, now + timedelta(minutes=6))
    assert later == {"overdue:read": "bad", "overdue:send": "bad"}
    assert "overdue:poll" in found(database, settings, now + timedelta(minutes=11))


def test_it_notices_a_watch_that_never_ran(database: Database, settings: Settings, now: datetime) -> None:
    with database.writing() as session:
        session.query(JobRun).delete()
    assert set(found(database, settings, now)) == {"overdue:poll", "overdue:read", "overdue:send"}


@pytest.mark.parametrize(("megabytes", "level"), [(501, None), (499, "warning"), (99, "bad")])
def test_it_notices_a_disk_that_runs_full(
    database: Database, settings: Settings, now: datetime, monkeypatch: pytest.MonkeyPatch, megabytes: int, level: str
) -> None:
    free_bytes(monkeypatch, megabytes * 1024**2)
    assert found(database, settings, now).get("disk") == level


def test_it_puts_the_worst_first(
    database: Database, settings: Settings, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(database, "alpha", failures=3)
    free_bytes(monkeypatch, 1)
    found_now = findings(database, settings, now)
    assert [finding.level for finding in found_now] == ["bad", "warning"]
    assert not is_well(found_now)
