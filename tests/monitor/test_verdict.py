"""The demo's own judgement: it sees what is missing, told twice, told wrongly."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime

import pytest

from monitor.demo import show, verdict
from monitor.demo.mailbox import Mailbox
from monitor.demo.portals import Portals, Visit
from monitor.demo.stories import load_events
from monitor.demo.telegram import Telegram
from monitor.demo.verdict import Alert
from monitor.settings import load

EVENTS = load_events()
UPDATE = "Có gì mới"


@pytest.fixture(scope="module")
def portals():
    with Portals() as running:
        running.release(running.last_step)
        yield running


def alert(portals: Portals, *keys: str, words: str = "", channel: str = "email") -> Alert:
    """A message that links to these articles and says these words."""
    links = " ".join(f'<a href="{portals.url(key)}">nguồn</a>' for key in keys)
    return Alert(channel, "Cảnh báo", f"{words}\n{links}")


def perfect(portals: Portals) -> list[Alert]:
    """One message for each table on each channel, and an update where the event was announced first."""
    tables: dict[str, list] = {}
    for event in EVENTS:
        if event.alerted:
            tables.setdefault(verdict.table_of(event), []).append(event)
    messages = []
    for events in tables.values():
        story = next(s for s in portals.stories() if set(s.events) == {event.id for event in events})
        for channel in ("email", "Telegram"):
            foreign = events[0].foreign[0]
            messages.append(alert(portals, story.key, words=foreign, channel=channel))
            if events[0].upcoming_first:
                messages.append(alert(portals, story.key, words=f"{UPDATE}: đã diễn ra\n{foreign}", channel=channel))
    return messages


def failures(checks) -> list[str]:
    return [wrong for check in checks for wrong in check.wrong]


def test_it_is_content_when_each_event_was_told_once(portals):
    assert failures(verdict.check_alerts(perfect(portals), portals, EVENTS)) == []


def test_it_sees_an_event_that_was_not_told(portals):
    missing = [one for one in perfect(portals) if portals.url("hd-nhat-ban") not in one.text]
    assert failures(verdict.check_alerts(missing, portals, EVENTS)) == [
        "email: tiep-doan-nhat-ban báo 0 lần, cập nhật 0 lần; cần 1 và 0",
        "Telegram: tiep-doan-nhat-ban báo 0 lần, cập nhật 0 lần; cần 1 và 0",
    ]


def test_it_sees_an_event_that_was_told_twice_by_two_outlets(portals):
    twice = [*perfect(portals), alert(portals, "bp-minamihama", words="thành phố Minamihama")]
    assert failures(verdict.check_alerts(twice, portals, EVENTS)) == [
        "email: tiep-doan-nhat-ban báo 2 lần, cập nhật 0 lần; cần 1 và 0"
    ]


def test_it_sees_a_held_event_that_was_told_as_if_it_were_another(portals):
    """Announced, then held: the second message has to be an update of the first."""
    twice = [
        one if UPDATE not in one.text else alert(portals, "bp-hoi-nghi", words="Quảng Tây", channel=one.channel)
        for one in perfect(portals)
    ]
    assert failures(verdict.check_alerts(twice, portals, EVENTS)) == [
        "email: hoi-nghi-uy-ban báo 2 lần, cập nhật 0 lần; cần 1 và 1",
        "Telegram: hoi-nghi-uy-ban báo 2 lần, cập nhật 0 lần; cần 1 và 1",
    ]


def test_it_sees_an_alert_of_what_is_no_event(portals):
    assert failures(verdict.check_alerts([*perfect(portals), alert(portals, "hd-vnpt")], portals, EVENTS)) == [
        "email: Cảnh báo"
    ]


def test_it_sees_an_alert_of_old_news(portals):
    told = [*perfect(portals), alert(portals, "sh-van-son")]
    assert failures(verdict.check_alerts(told, portals, EVENTS)) == ["email: hoi-dam-van-son"]


def test_it_tells_the_events_of_a_round_up_apart_by_their_names(portals):
    one = alert(portals, "bp-diem-tin", words="Cục Thương mại thành phố Phòng Thành Cảng")
    assert verdict.told_events(one, portals, EVENTS) == {"truc-tuyen-phong-thanh-cang"}


def test_it_takes_talks_and_signing_of_one_table_for_one_message(portals):
    one = alert(portals, "sh-hong-ha", words="châu Hồng Hà")
    assert verdict.told_events(one, portals, EVENTS) == {"hong-ha"}


def test_it_sees_articles_that_are_missing_or_stored_twice(portals):
    stored = [portals.url(story.key) for story in portals.stories()]
    assert verdict.check_articles(stored, portals).holds
    wrong = verdict.check_articles([*stored[1:], stored[1], "http://127.0.1.9:1/x"], portals).wrong
    assert len(wrong) == 3


def visit(portals: Portals, outlet: str, path: str = "/", status: int = 304, conditional: bool = True) -> Visit:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return Visit(at, outlet, portals.host(outlet), "GET", path, status, conditional, 0, 1)


def test_it_sees_a_second_poll_that_asks_without_conditions(portals):
    good = [visit(portals, "bao-non-nuoc"), visit(portals, "cong-quang-ninh", status=200, conditional=False)]
    assert verdict.check_second_poll(good, portals).holds
    assert not verdict.check_second_poll([], portals).holds
    assert not verdict.check_second_poll([*good, visit(portals, "bao-song-hong", status=200)], portals).holds
    path = portals.outlets["bao-non-nuoc"].path(portals.story("nn-hoi-dam"))
    assert not verdict.check_second_poll([*good, visit(portals, "bao-non-nuoc", path)], portals).holds


def test_it_writes_a_configuration_that_is_read_without_complaint(portals, tmp_path):
    with Mailbox() as mailbox, Telegram() as telegram:
        text = show.configuration(portals, mailbox, telegram, f"sqlite:///{tmp_path}/demo.db", "127.0.0.1:0")
        file = tmp_path / "doingoai.toml"
        file.write_text(text, encoding="utf-8")
        settings = load(file)
        assert settings.telegram.api_url == telegram.api_url
    assert [source.id for source in settings.watched] == list(portals.outlets)
    assert settings.watched[0].article_url == tomllib.loads(text)["sources"][0]["article_url"]
    assert len(settings.subscriptions) == 2
    assert settings.polling.interval == 1


def test_it_knows_why_each_quiet_article_is_quiet(portals):
    quiet = verdict.quiet_stories(portals.stories(), perfect(portals), portals)
    assert len(quiet) >= 10
    assert {story.negative for story in portals.stories() if story.negative} <= set(show.NEGATIVES)
