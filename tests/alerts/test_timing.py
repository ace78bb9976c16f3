"""When a message may go out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.subscriptions import Subscription
from alerts.timing import after_quiet, due

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
moments = st.datetimes(datetime(2023, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
clocks = st.times().map(lambda t: f"{t:%H:%M}")


def hanoi(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HANOI)


def wish(**more) -> Subscription:
    return Subscription(name="n", to=("json://h",), **more)


def test_it_sends_now_when_nothing_speaks_against_it(now):
    assert due(wish(), now, HANOI) == now


@pytest.mark.parametrize(
    ("at", "until"),
    [
        ("2024-05-10 21:29", "2024-05-10 21:29"),
        ("2024-05-10 21:30", "2024-05-11 06:30"),
        ("2024-05-10 23:59", "2024-05-11 06:30"),
        ("2024-05-11 00:00", "2024-05-11 06:30"),
        ("2024-05-11 06:29", "2024-05-11 06:30"),
        ("2024-05-11 06:30", "2024-05-11 06:30"),
    ],
)
def test_it_holds_back_across_midnight(at, until):
    assert after_quiet("21:30-06:30", hanoi(at), HANOI) == hanoi(until)


def test_it_holds_back_within_a_day():
    assert after_quiet("12:00-13:30", hanoi("2024-05-10 12:15"), HANOI) == hanoi("2024-05-10 13:30")
    assert after_quiet("12:00-13:30", hanoi("2024-05-10 23:15"), HANOI) == hanoi("2024-05-10 23:15")


@pytest.mark.parametrize(
    ("send", "at", "when"),
    [
        ("daily 07:30", "2024-05-10 07:29", "2024-05-10 07:30"),
        ("daily 07:30", "2024-05-10 07:30", "2024-05-11 07:30"),
        ("weekly fri 09:00", "2024-05-10 08:00", "2024-05-10 09:00"),
        ("weekly fri 09:00", "2024-05-10 09:00", "2024-05-17 09:00"),
        ("weekly mon 07:30", "2024-05-10 09:00", "2024-05-13 07:30"),
    ],
)
def test_it_waits_for_the_next_digest(send, at, when):
    assert due(wish(send=send), hanoi(at), HANOI) == hanoi(when)


def test_it_keeps_the_hour_when_the_clocks_change():
    berlin = ZoneInfo("Europe/Berlin")
    before = datetime(2024, 3, 30, 12, 0, tzinfo=berlin)
    moment = due(wish(send="daily 07:30"), before, berlin)
    assert moment.astimezone(berlin).strftime("%d %H:%M") == "31 07:30"


def test_it_holds_a_digest_back_in_quiet_hours():
    moment = due(wish(send="daily 05:00", quiet_hours="21:30-06:30"), hanoi("2024-05-10 20:00"), HANOI)
    assert moment == hanoi("2024-05-11 06:30")


@given(moments, clocks, clocks)
def test_it_never_sends_in_quiet_hours_and_never_waits_a_day(moment, begin, end):
    until = after_quiet(f"{begin}-{end}", moment, HANOI)
    clock = f"{until.astimezone(HANOI):%H:%M}"
    quiet = begin <= clock < end if begin < end else begin != end and (clock >= begin or clock < end)
    assert not quiet
    assert moment <= until < moment + timedelta(days=1)


@given(moments, clocks, st.sampled_from(["daily", "weekly mon", "weekly sun"]))
def test_it_finds_a_digest_after_now_and_within_its_rhythm(moment, clock, rhythm):
    until = due(wish(send=f"{rhythm} {clock}"), moment, HANOI)
    assert moment < until <= moment + timedelta(days=1 if rhythm == "daily" else 7)
    assert f"{until.astimezone(HANOI):%H:%M}" == clock
