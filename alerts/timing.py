"""When a message may go out: at once, at the hour of a digest, and never in quiet hours.

Everything here is pure: `now` and the zone come in, a moment goes out. Hours are those of the clock on the wall, so
a recipient in a zone with summer time gets the digest at the same hour all year.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from alerts.subscriptions import Subscription

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def zone(timezone: str | tzinfo) -> tzinfo:
    """The zone behind a name of the configuration."""
    return ZoneInfo(timezone) if isinstance(timezone, str) else timezone


def due(subscription: Subscription, now: datetime, timezone: str | tzinfo) -> datetime:
    """When a message that is written now should reach this subscription."""
    moment = now if subscription.send == "now" else _next_digest(subscription.send, now, zone(timezone))
    return after_quiet(subscription.quiet_hours, moment, timezone)


def after_quiet(quiet_hours: str, moment: datetime, timezone: str | tzinfo) -> datetime:
    """The moment itself, or the end of the quiet hours it falls into. The first minute is quiet, the last is not."""
    if not quiet_hours:
        return moment
    begin, end = (time.fromisoformat(clock) for clock in quiet_hours.split("-"))
    local = moment.astimezone(zone(timezone))
    if not _within(local.time(), begin, end):
        return moment
    over_midnight = local.time() >= end
    return _at(local, end, days=1 if over_midnight else 0)


def _within(clock: time, begin: time, end: time) -> bool:
    """Whether a clock shows quiet hours; a span such as 21:30-06:30 goes over midnight."""
    if begin == end:
        return False
    return begin <= clock < end if begin < end else clock >= begin or clock < end


def _next_digest(send: str, now: datetime, local_zone: tzinfo) -> datetime:
    words = send.split()
    clock, local = time.fromisoformat(words[-1]), now.astimezone(local_zone)
    for days in range(9):  # a week and a day, and one more for the hour that has just passed
        moment = _at(local, clock, days)
        right_day = words[0] == "daily" or WEEKDAYS[moment.astimezone(local_zone).weekday()] == words[1]
        if right_day and moment > now:
            return moment
    raise AssertionError(f"no day found for {send!r}")


def _at(local: datetime, clock: time, days: int) -> datetime:
    """The given clock, `days` after the local day; an hour that summer time skips moves with it."""
    day = local.date() + timedelta(days=days)
    return datetime.combine(day, clock, tzinfo=local.tzinfo).astimezone(UTC)
