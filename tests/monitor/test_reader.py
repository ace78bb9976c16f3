"""From an unread revision to events, mentions and messages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from alerts.notice import Notice
from alerts.tables import Message
from crawler.database import Database
from monitor.detect.records import ArticleText, Evidence, Instrument, Party
from monitor.detect.records import Event as Found
from monitor.detect.records import Reading as Detected
from monitor.errors import DatabaseTrouble
from monitor.reader import ReadReport, read_new, read_revision
from monitor.settings import Settings
from monitor.tables import Event, Mention, Reading

Publish = Callable[..., Any]

TALKS_WORDS = (
    "Ngày 9/5, tại thành phố Lạng Sơn, UBND tỉnh Lạng Sơn do đồng chí Nguyễn Văn An, Phó Chủ tịch UBND tỉnh làm trưởng "
    "đoàn đã hội đàm với Đoàn đại biểu Chính phủ nhân dân Khu tự trị dân tộc Choang Quảng Tây (Trung Quốc) do ông Lý "
    "Minh, Phó Chủ tịch làm trưởng đoàn."
)
SIGNED_WORDS = "\nKết thúc hội đàm, hai bên đã ký kết Biên bản ghi nhớ về hợp tác phát triển du lịch."
OTHER_WORDS = (
    "Ngày 9/5, Phó Chủ tịch UBND tỉnh Lạng Sơn Nguyễn Văn An đã có buổi hội đàm với ông Lý Minh, Phó Chủ tịch Chính "
    "phủ nhân dân Khu tự trị dân tộc Choang Quảng Tây, Trung Quốc."
)
ANNOUNCED_WORDS = (
    "Ngày 20/5 tới, tại cửa khẩu Hữu Nghị, UBND tỉnh Lạng Sơn sẽ hội đàm với Chính phủ nhân dân Khu tự trị dân tộc "
    "Choang Quảng Tây (Trung Quốc)."
)
HELD_WORDS = (
    "Ngày 20/5, tại cửa khẩu Hữu Nghị, UBND tỉnh Lạng Sơn đã hội đàm với Chính phủ nhân dân Khu tự trị dân tộc "
    "Choang Quảng Tây (Trung Quốc)."
)

MEETING = Found(
    kind="meeting",
    subtype="talks",
    status="held",
    date="2024-05-09",
    place="Lạng Sơn",
    province="lang-son",
    country="CN",
    foreign_region="Quảng Tây",
    vietnamese_side=(Party("UBND tỉnh Lạng Sơn", "agency"), Party("Nguyễn Văn An", "person")),
    foreign_side=(Party("Quảng Tây", "locality"), Party("Lý Minh", "person")),
    evidence=(Evidence("Hai bên hội đàm.", 0, 16),),
    confidence=0.9,
    reason="test",
    code="040 CONSULT",
)
MEMORANDUM = Instrument("memorandum", "Biên bản ghi nhớ về du lịch", "du lịch")
SIGNING = replace(MEETING, kind="signing", subtype="memorandum", instruments=(MEMORANDUM,), code="057 SIGN")


def finds(*events: Found) -> Callable[[ArticleText], Detected]:
    """A detection that finds just these, to try linking and telling without depending on wording."""
    return lambda _article: Detected(events)


def events(database: Database) -> list[Event]:
    with database.reading() as session:
        return list(session.scalars(select(Event).order_by(Event.id)))


def notices(database: Database) -> list[Notice]:
    with database.reading() as session:
        rows = session.scalars(select(Message).order_by(Message.id))
        return [replace(Notice.from_dict(row.notice), key=row.notice_key) for row in rows]


def mentions(database: Database) -> list[tuple[int, int]]:
    with database.reading() as session:
        rows = session.scalars(select(Mention).order_by(Mention.id))
        return [(row.event_id, row.article_id) for row in rows]


def test_it_tells_talks_and_their_signing_in_one_message(
    database: Database, settings: Settings, publish: Publish, now: datetime
) -> None:
    publish("http://a/1", TALKS_WORDS + SIGNED_WORDS, "Lạng Sơn hội đàm với Quảng Tây")
    report = read_new(database, settings, now)
    assert report == ReadReport(read=1, events=2, notices=1)
    talks, signing = events(database)
    assert (talks.kind, signing.kind) == ("meeting", "signing")
    assert talks.occasion_id == signing.occasion_id == talks.id
    [notice] = notices(database)
    assert notice.key == f"event:{talks.id}"
    assert [happening.kind for happening in notice.happenings] == ["meeting", "signing"]
    assert notice.happenings[1].instruments[0]["title"] == "Biên bản ghi nhớ về hợp tác phát triển du lịch"
    assert [(outlet.name, outlet.url) for outlet in notice.outlets] == [("Báo Alpha", "http://a/1")]


def test_it_tells_talks_and_what_departments_signed_there_in_one_message(
    database: Database, settings: Settings, publish: Publish, now: datetime
) -> None:
    ours, theirs = (Party("Sở Y tế tỉnh Lạng Sơn", "agency"),), (Party("Ủy ban Y tế Bằng Tường", "agency"),)
    signing = replace(SIGNING, vietnamese_side=ours, foreign_side=theirs, place=None)
    publish("http://a/1", "x")
    assert read_new(database, settings, now, read=finds(MEETING, signing)) == ReadReport(read=1, events=2, notices=1)
    [notice] = notices(database)
    assert [happening.kind for happening in notice.happenings] == ["meeting", "signing"]


def test_it_hears_of_one_event_from_two_outlets_once(
    database: Database, settings: Settings, publish: Publish, now: datetime
) -> None:
    publish("http://a/1", TALKS_WORDS, "Lạng Sơn hội đàm với Quảng Tây")
    assert read_new(database, settings, now).notices == 1
    publish("http://b/1", OTHER_WORDS, "Quảng Tây làm việc tại Lạng Sơn", source="beta")
    assert read_new(database, settings, now) == ReadReport(read=1)
    assert len(events(database)) == 1
    assert mentions(database) == [(1, 1), (1, 2)]
    assert len(notices(database)) == 1


def test_it_follows_an_announced_event_until_it_is_held(
    database: Database, make_settings: Callable[..., Settings], publish: Publish, now: datetime
) -> None:
    settings = make_settings(
        subscriptions=[{"name": "Phòng", "to": ["json://127.0.0.1:9/h"], "include_upcoming": True}],
    )
    publish("http://a/1", ANNOUNCED_WORDS, "Lạng Sơn sẽ hội đàm với Quảng Tây")
    read_new(database, settings, now)
    publish("http://b/1", HELD_WORDS, "Lạng Sơn hội đàm", source="beta", published="2024-05-21T08:00:00+07:00")
    read_new(database, settings, now + timedelta(days=11))
    [event] = events(database)
    assert event.status == "held"
    first, update = notices(database)
    assert (first.change, update.change) == ("event", "update")
    assert update.key == f"event:{event.id}:1"
    assert update.refers_to == first.key
    assert update.changed == ("held",)


def test_it_makes_no_event_of_a_domestic_meeting(
    database: Database, settings: Settings, publish: Publish, now: datetime
) -> None:
    publish("http://a/1", "Ngày 9/5, UBND tỉnh Lạng Sơn họp phiên thường kỳ tháng 5.", "Phiên họp thường kỳ")
    assert read_new(database, settings, now) == ReadReport(read=1)
    assert events(database) == []


def test_it_reads_a_revision_once(database: Database, settings: Settings, publish: Publish, now: datetime) -> None:
    stored = publish("http://a/1", "x")
    read_new(database, settings, now, read=finds(MEETING))
    assert read_new(database, settings, now, read=finds(MEETING)) == ReadReport()
    assert read_revision(database, settings, stored.revision_id, now, finds(MEETING)) == ReadReport()
    assert len(events(database)) == 1


def test_it_leaves_what_older_rules_have_read(
    database: Database, settings: Settings, publish: Publish, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = publish("http://a/1", "x")
    read_new(database, settings, now, read=finds())
    monkeypatch.setattr("monitor.detect.RULES", "newer")
    assert read_new(database, settings, now, read=finds(MEETING)) == ReadReport()
    again = read_revision(database, settings, stored.revision_id, now, finds(MEETING), quiet=True)
    assert again == ReadReport(read=1, events=1)
    assert notices(database) == []


def test_it_keeps_one_event_when_an_article_is_edited(
    database: Database, settings: Settings, publish: Publish, now: datetime
) -> None:
    publish("http://a/1", "lần đầu")
    read_new(database, settings, now, read=finds(MEETING))
    publish("http://a/1", "sửa lại")
    corrected = replace(MEETING, date="2024-05-08", place="Hữu Nghị")
    assert read_new(database, settings, now, read=finds(corrected)) == ReadReport(read=1)
    [event] = events(database)
    assert event.date == "2024-05-08"
    assert len(notices(database)) == 1
    with database.reading() as session:
        assert [mention.revision_id for mention in session.scalars(select(Mention))] == [2]


def test_it_adds_a_mention_for_a_reprint(
    database: Database, settings: Settings, publish: Publish, now: datetime
) -> None:
    text = " ".join(f"chữ{number}" for number in range(200))
    publish("http://a/1", text)
    publish("http://b/1", text, source="beta")
    vague = replace(MEETING, vietnamese_side=(), place=None, foreign_side=())
    assert read_new(database, settings, now, read=finds(vague)) == ReadReport(read=2, events=1, notices=1)
    with database.reading() as session:
        assert [mention.why.split("+")[0] for mention in session.scalars(select(Mention))] == ["", "reprint"]


@pytest.mark.parametrize(
    "article",
    [
        {"silent": True},
        {"published": "2024-05-01T08:00:00+07:00"},
        {"published": "2024-05-02"},
    ],
)
def test_it_is_silent_about_archives_and_old_articles(
    database: Database, settings: Settings, publish: Publish, now: datetime, article: dict[str, Any]
) -> None:
    publish("http://a/1", "x", **article)
    assert read_new(database, settings, now, read=finds(MEETING)) == ReadReport(read=1, events=1)
    assert notices(database) == []
    assert events(database)[0].announced_at is None


@pytest.mark.parametrize("published", ["", "2024-05-10", "2024-05-03", "2024-05-04T08:00:00+07:00"])
def test_it_tells_of_young_and_undated_articles(
    database: Database, settings: Settings, publish: Publish, now: datetime, published: str
) -> None:
    publish("http://a/1", "x", published=published)
    assert read_new(database, settings, now, read=finds(MEETING)).notices == 1


def test_it_tells_later_of_an_event_that_the_archive_knew(
    database: Database, settings: Settings, publish: Publish, now: datetime
) -> None:
    publish("http://a/1", "x", silent=True)
    publish("http://b/1", "y", source="beta")
    assert read_new(database, settings, now, read=finds(MEETING)) == ReadReport(read=2, events=1, notices=1)
    [notice] = notices(database)
    assert [outlet.name for outlet in notice.outlets] == ["Báo Alpha", "Cổng Beta"]


def test_it_leaves_an_old_event_of_the_archive_alone(
    database: Database, settings: Settings, publish: Publish, now: datetime
) -> None:
    old = replace(MEETING, date="2024-04-20")
    publish("http://a/1", "x", silent=True)
    publish("http://b/1", "y", source="beta")
    assert read_new(database, settings, now, read=finds(old)) == ReadReport(read=2, events=1)


@pytest.mark.parametrize(
    ("date", "told"), [("2024-04-20", 1), ("2023-04-20", 0), ("2024-04", 1), ("2023", 0), (None, 1)]
)
def test_it_tells_of_a_late_report_but_not_of_history(
    database: Database, settings: Settings, publish: Publish, now: datetime, date: str | None, told: int
) -> None:
    publish("http://a/1", "x")
    assert read_new(database, settings, now, read=finds(replace(MEETING, date=date))).notices == told


def test_it_updates_when_another_outlet_knows_of_a_signing(
    database: Database, settings: Settings, publish: Publish, now: datetime
) -> None:
    publish("http://a/1", "x")
    read_new(database, settings, now, read=finds(MEETING))
    publish("http://b/1", "y", source="beta")
    assert read_new(database, settings, now, read=finds(SIGNING)) == ReadReport(read=1, events=1, notices=1)
    talks, signing = events(database)
    assert signing.occasion_id == talks.id
    update = notices(database)[-1]
    assert (update.key, update.refers_to, update.changed) == ("event:1:1", "event:1", ("signing",))
    assert [happening.kind for happening in update.happenings] == ["signing"]


def test_it_updates_once_for_a_new_document(
    database: Database, settings: Settings, publish: Publish, now: datetime
) -> None:
    more = replace(SIGNING, instruments=(MEMORANDUM, Instrument("agreement", "Thỏa thuận về giáo dục", "giáo dục")))
    for number, found in enumerate((SIGNING, more, more, SIGNING)):
        publish(f"http://a/{number}", f"x {number}")
        read_new(database, settings, now, read=finds(found))
    assert [notice.changed for notice in notices(database)] == [(), ("instrument",)]
    [event] = events(database)
    assert [document["type"] for document in event.instruments] == ["memorandum", "agreement"]


def test_it_takes_another_title_for_the_same_document(
    database: Database, settings: Settings, publish: Publish, now: datetime
) -> None:
    other = replace(SIGNING, instruments=(Instrument("memorandum", "Bản ghi nhớ hợp tác"),))
    for number, found in enumerate((SIGNING, other)):
        publish(f"http://a/{number}", f"x {number}")
        read_new(database, settings, now, read=finds(found))
    assert len(notices(database)) == 1
    assert len(events(database)[0].instruments) == 1


def test_it_hears_of_a_signing_once_though_the_second_outlet_names_only_the_signers(
    database: Database, settings: Settings, publish: Publish, now: datetime
) -> None:
    party = Party("Lạng Sơn", "locality")
    ceremony = replace(SIGNING, vietnamese_side=(party,), foreign_side=(Party("Quảng Tây", "locality"),))
    pen = replace(SIGNING, date=None, place=None, vietnamese_side=MEETING.vietnamese_side[1:], foreign_side=())
    pen = replace(pen, subtype="agreement", instruments=(Instrument("agreement", "thỏa thuận"),), foreign_region=None)
    for number, found in enumerate(((MEETING, ceremony), (pen,))):
        publish(f"http://a/{number}", f"x {number}")
        read_new(database, settings, now, read=finds(*found))
    assert [(event.kind, event.occasion_id) for event in events(database)] == [("meeting", 1), ("signing", 1)]
    assert mentions(database) == [(1, 1), (2, 1), (2, 2)]
    assert len(notices(database)) == 1


def test_it_updates_when_an_announced_event_is_called_off(
    database: Database, make_settings: Callable[..., Settings], publish: Publish, now: datetime
) -> None:
    settings = make_settings(
        subscriptions=[{"name": "Phòng", "to": ["json://127.0.0.1:9/h"], "include_upcoming": True}],
    )
    planned = replace(MEETING, status="upcoming", date="2024-05-20")
    for number, found in enumerate((planned, replace(planned, status="cancelled"), planned)):
        publish(f"http://a/{number}", f"x {number}")
        read_new(database, settings, now, read=finds(found))
    assert [notice.changed for notice in notices(database)] == [(), ("cancelled",)]


def test_it_keeps_silent_changes_for_the_next_loud_article(
    database: Database, make_settings: Callable[..., Settings], publish: Publish, now: datetime
) -> None:
    settings = make_settings(
        subscriptions=[{"name": "Phòng", "to": ["json://127.0.0.1:9/h"], "include_upcoming": True}],
    )
    planned = replace(MEETING, status="upcoming", date="2024-05-11")
    held = replace(planned, status="held")
    for number, (found, silent) in enumerate(((planned, False), (held, True), (held, False))):
        publish(f"http://a/{number}", f"x {number}", silent=silent)
        read_new(database, settings, now, read=finds(found))
    assert [notice.changed for notice in notices(database)] == [(), ("held",)]


def test_it_tells_the_demanding_when_an_event_becomes_sure(
    database: Database, make_settings: Callable[..., Settings], publish: Publish, now: datetime
) -> None:
    settings = make_settings(
        subscriptions=[
            {"name": "Dễ", "to": ["json://127.0.0.1:9/easy"], "min_confidence": 0.1},
            {"name": "Khó", "to": ["json://127.0.0.1:9/hard"], "min_confidence": 0.8},
        ],
    )
    for number, sure in enumerate((0.4, 0.95)):
        publish(f"http://a/{number}", f"x {number}")
        read_new(database, settings, now, read=finds(replace(MEETING, confidence=sure)))
    with database.reading() as session:
        rows = session.scalars(select(Message).order_by(Message.id)).all()
    assert [(row.subscription, row.notice_key) for row in rows] == [("Dễ", "event:1"), ("Khó", "event:1")]


def test_it_keeps_two_events_of_one_article_apart(
    database: Database, settings: Settings, publish: Publish, now: datetime
) -> None:
    reception = replace(
        MEETING,
        subtype="courtesy_call",
        vietnamese_side=(Party("Tỉnh ủy Lạng Sơn", "agency"), Party("Phạm Thị Cúc", "person")),
    )
    for number in range(2):
        publish(f"http://a/{number}", f"x {number}")
        read_new(database, settings, now, read=finds(MEETING, reception))
    assert [event.subtype for event in events(database)] == ["talks", "courtesy_call"]
    assert mentions(database) == [(1, 1), (2, 1), (1, 2), (2, 2)]
    assert [notice.key for notice in notices(database)] == ["event:1", "event:2"]


def test_it_gathers_what_each_report_adds(
    database: Database, settings: Settings, publish: Publish, now: datetime
) -> None:
    vague = replace(MEETING, date="2024-05", place=None, vietnamese_side=(Party("Nguyễn Văn An", "person"),))
    exact = replace(
        MEETING, vietnamese_side=(Party("NGUYỄN VĂN AN", "person", "Phó Chủ tịch"), Party("Bế Thị Én", "person"))
    )
    for number, found in enumerate((vague, exact)):
        publish(f"http://a/{number}", f"x {number}")
        read_new(database, settings, now, read=finds(found))
    [event] = events(database)
    assert (event.date, event.place) == ("2024-05-09", "Lạng Sơn")
    assert event.vietnamese_side == [
        {"name": "Nguyễn Văn An", "type": "person", "title": "Phó Chủ tịch"},
        {"name": "Bế Thị Én", "type": "person", "title": ""},
    ]


def test_it_notes_an_article_that_breaks_detection_and_goes_on(
    database: Database, settings: Settings, publish: Publish, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(article: ArticleText) -> Detected:
        if article.url.endswith("1"):
            raise ValueError("no such tone")
        return Detected((MEETING,))

    publish("http://a/1", "x")
    publish("http://a/2", "y")
    assert read_new(database, settings, now, read=breaks) == ReadReport(read=2, events=1, notices=1, failed=1)
    with database.reading() as session:
        errors = [reading.error for reading in session.scalars(select(Reading).order_by(Reading.id))]
    assert errors == ["ValueError: no such tone", ""]
    assert caplog.messages == ["cannot read http://a/1: ValueError: no such tone"]


def test_it_leaves_nothing_of_a_revision_that_fails_half_way(
    database: Database, settings: Settings, publish: Publish, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish("http://a/1", "x")

    def breaks(*_: object) -> int:
        raise RuntimeError("the shelf broke")

    monkeypatch.setattr("alerts.outbox.announce", breaks)
    assert read_new(database, settings, now, read=finds(MEETING)).failed == 1
    assert events(database) == []
    assert mentions(database) == []


def test_it_leaves_an_article_unread_when_the_database_fails(
    database: Database, settings: Settings, publish: Publish, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish("http://a/1", "x")

    def locked(*_: object) -> int:
        raise OperationalError("INSERT", {}, Exception("database is locked"))

    monkeypatch.setattr("alerts.outbox.announce", locked)
    with pytest.raises(DatabaseTrouble, match="database is locked"):
        read_new(database, settings, now, read=finds(MEETING))
    monkeypatch.undo()
    assert read_new(database, settings, now, read=finds(MEETING)) == ReadReport(read=1, events=1, notices=1)


def test_it_reads_the_oldest_first_and_no_more_than_asked(
    database: Database, settings: Settings, publish: Publish, now: datetime
) -> None:
    seen: list[str] = []

    def notes(article: ArticleText) -> Detected:
        seen.append(article.url)
        return Detected()

    for number in range(3):
        publish(f"http://a/{number}", f"x {number}")
    read_new(database, settings, now, limit=2, read=notes)
    assert seen == ["http://a/0", "http://a/1"]
