"""Which known events a found one is compared with: all that may be it, and no more of them as the archive grows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, event, insert, select, text
from sqlalchemy.orm import Session

from crawler.database import Database
from crawler.tables import Article, Base, Revision
from monitor import corrections, linking, reader, schema
from monitor.detect.records import ArticleText, Party
from monitor.detect.records import Event as Found
from monitor.detect.records import Reading as Detected
from monitor.reader import read_new, read_revision
from monitor.settings import Settings
from monitor.tables import Event, Mention

Publish = Callable[..., Any]

TALKS = Found(
    kind="meeting",
    subtype="talks",
    status="held",
    date=None,
    province="lang-son",
    country="CN",
    foreign_region="Quảng Tây",
    vietnamese_side=(Party("UBND tỉnh Lạng Sơn", "agency"), Party("Nguyễn Văn An", "person")),
    foreign_side=(Party("Quảng Tây", "locality"), Party("Lý Minh", "person")),
    confidence=0.9,
    reason="test",
    code="040 CONSULT",
)
PLANNED = replace(TALKS, status="upcoming")
DAY = date(2024, 5, 9)


def finds(*events: Found) -> Callable[[ArticleText], Detected]:
    return lambda _article: Detected(events)


def moment(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 1, tzinfo=UTC)


def fill(database: Database, told: Iterable[tuple[date, str]], found: Found = TALKS) -> None:
    """Puts events into the archive, each with its article: the day it was told of, and the date it was told with."""
    tables: dict[type[Base], list[dict[str, Any]]] = {Article: [], Revision: [], Event: [], Mention: []}
    with database.reading() as session:
        start = max(session.scalars(select(Event.id)), default=0)
    for number, (day, dated) in enumerate(told, start + 1):
        at = moment(day)
        page = {"id": number, "title": "t", "text": "x", "text_hash": str(number), "seen_at": at}
        report = replace(found, date=dated or None).as_dict()
        fields = {**corrections.as_fields(report), "first_told": day.isoformat(), "occasion_id": number}
        tables[Article].append({**page, "source_id": "a", "url": str(number), "published_at": at, "checked_at": at})
        tables[Revision].append({**page, "article_id": number, "number": 1})
        tables[Event].append({**fields, "id": number, "created_at": at, "updated_at": at, "told": {}})
        tells = {"event_id": number, "article_id": number, "revision_id": number}
        tables[Mention].append({**tells, "found": report, "created_at": at})
    with database.writing() as session:
        for table, rows in tables.items():
            session.execute(insert(table), rows)


def candidates(session: Session, found: Found, published: date = DAY) -> set[int]:
    facts = linking.facts(found.as_dict(), published)
    return {row.id for row, _ in reader._candidates(session, facts, facts.kind)}


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    said: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield said
    event.remove(engine, "before_cursor_execute", note)


@contextmanager
def loads() -> Iterator[list[int]]:
    """The ids of the event rows that are loaded."""
    loaded: list[int] = []

    def note(row: Event, _context: object) -> None:
        loaded.append(row.id)

    event.listen(Event, "load", note)
    yield loaded
    event.remove(Event, "load", note)


def rows(database: Database) -> list[Event]:
    with database.reading() as session:
        return list(session.scalars(select(Event).order_by(Event.id)))


# --- how many ------------------------------------------------------------------------------------------------------


def test_it_loads_no_more_rows_when_the_archive_is_full_of_old_undated_events(
    database: Database, settings: Settings, publish: Publish, now: datetime
) -> None:
    fill(database, [(DAY, ""), (DAY, "2024-05"), (DAY, "2024"), (DAY, DAY.isoformat())])
    fill(
        database, ((DAY - timedelta(days=200 + number), ("", "2019", "2020-03")[number % 3]) for number in range(3000))
    )
    for found in (TALKS, replace(TALKS, date=DAY.isoformat()), replace(TALKS, date="2024-05"), PLANNED):
        with database.reading() as session, statements(database.reader) as said, loads() as loaded:
            assert candidates(session, found) == {1, 2, 3, 4}
        assert sorted(loaded) == [1, 2, 3, 4]
        assert [statement.split()[0] for statement in said] == ["BEGIN", "SELECT"]
    stored = publish("http://a/1", "x")
    with loads() as loaded:
        assert read_revision(database, settings, stored.revision_id, now, finds(TALKS)).read == 1
    assert set(loaded) <= {1, 2, 3, 4}


def test_it_finds_them_by_the_index(database: Database) -> None:
    for dated in ("", "2024", "2024-05", "2024-05-09"):
        wanted = select(Event.id).where(reader._near(linking.Facts("meeting", date=dated, published=DAY), "meeting"))
        sql = wanted.compile(database.reader, compile_kwargs={"literal_binds": True})
        with database.reading() as session:
            plan = [row[3] for row in session.execute(text(f"EXPLAIN QUERY PLAN {sql}"))]
        ways = [line for line in plan if "event" in line]
        assert len(ways) == 3
        assert all("ix_event_kind_date_first_told (kind=? AND date" in way for way in ways)


# --- none too few --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("known", [TALKS, PLANNED])
@pytest.mark.parametrize(
    "found", [TALKS, PLANNED, *(replace(TALKS, date=dated) for dated in ("2024-05-09", "2024-05", "2024"))]
)
def test_it_leaves_out_no_undated_event_that_could_be_the_found_one(
    database: Database, found: Found, known: Found
) -> None:
    fill(database, [(DAY + timedelta(days=day), "") for day in range(-400, 500)], known)
    facts = linking.facts(found.as_dict(), DAY)
    with database.reading() as session:
        taken = candidates(session, found)
        possible = {
            row.id
            for row in session.scalars(select(Event))
            if linking._close_in_time(
                facts, linking.facts(known.as_dict(), date.fromisoformat(row.first_told)), linking.SLIPPED
            )
        }
    assert possible
    assert possible <= taken


def test_it_compares_with_a_month_that_began_before_the_days_it_looks_at(database: Database) -> None:
    fill(database, [(date(2024, 2, 5), "2024-02"), (date(2024, 2, 5), "2024-01")])
    with database.reading() as session:
        assert candidates(session, replace(TALKS, date="2024-04-12"), date(2024, 4, 12)) == {1}


def test_it_compares_with_a_year_that_was_told_within_a_year(database: Database) -> None:
    told = (DAY - timedelta(days=360), DAY + timedelta(days=360), DAY + timedelta(days=800))
    fill(database, [(day, "2024") for day in told])
    with database.reading() as session:
        assert candidates(session, replace(TALKS, date=DAY.isoformat())) == {1, 2}


def test_it_tells_one_event_of_what_was_announced_long_before_it_was_held(
    database: Database, settings: Settings, publish: Publish, now: datetime
) -> None:
    told = (("2024-03-20", PLANNED), ("2024-05-08", TALKS), ("2024-05-10", TALKS))
    for number, (published, found) in enumerate(told):
        publish(f"http://a/{number}", f"x {number}", published=f"{published}T08:00:00+07:00")
        read_new(database, settings, now, read=finds(found))
    assert len(rows(database)) == 1


# --- when it was first told ----------------------------------------------------------------------------------------


def test_it_keeps_the_day_of_the_earliest_report_whatever_comes_first(
    database: Database, settings: Settings, publish: Publish, now: datetime
) -> None:
    days = []
    for number, published in enumerate(("2024-05-10T08:00", "2024-05-09T23:30", "2024-05-11T08:00")):
        publish(f"http://a/{number}", f"x {number}", published=f"{published}:00+07:00")
        read_new(database, settings, now, read=finds(TALKS))
        days.append([row.first_told for row in rows(database)])
    assert days == [["2024-05-10"], ["2024-05-09"], ["2024-05-09"]]


def test_it_goes_by_the_day_it_was_seen_where_none_is_given(
    database: Database, settings: Settings, publish: Publish, now: datetime
) -> None:
    publish("http://a/1", "x", published="", at=datetime(2024, 5, 9, 18, 0, tzinfo=UTC))
    read_new(database, settings, now, read=finds(TALKS))
    assert [row.first_told for row in rows(database)] == ["2024-05-10"]


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 0, 1), (1, 2, 0)])
def test_it_takes_the_day_of_what_was_held_though_it_was_announced_before(
    database: Database, settings: Settings, publish: Publish, now: datetime, order: tuple[int, ...]
) -> None:
    told = (("2024-03-20", PLANNED), ("2024-05-08", TALKS), ("2024-05-10", TALKS))
    for number in order:
        published, found = told[number]
        publish(f"http://a/{number}", f"x {number}", published=f"{published}T08:00:00+07:00")
        read_new(database, settings, now, read=finds(found))
    assert [(row.status, row.first_told) for row in rows(database)] == [("held", "2024-05-08")]


def test_it_dates_both_anew_when_one_is_split_off(
    database: Database, settings: Settings, publish: Publish, now: datetime
) -> None:
    for number, published in enumerate(("2024-05-08", "2024-05-10")):
        publish(f"http://a/{number}", f"x {number}", published=f"{published}T08:00:00+07:00")
        read_new(database, settings, now, read=finds(TALKS))
    with database.writing() as session:
        corrections.split(session, 1, ["http://a/0"], now)
    assert [row.first_told for row in rows(database)] == ["2024-05-10", "2024-05-08"]
    with database.writing() as session:
        corrections.undo(session, "split", 1, now)
    assert rows(database)[0].first_told == "2024-05-08"


def test_it_keeps_every_sign_of_a_link(
    database: Database, settings: Settings, publish: Publish, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    why = "+".join(("guests", "hosts", "documents", "vietnamese", "foreign", "counterpart", "place", "day", "words"))
    monkeypatch.setattr("monitor.linking.weigh", lambda *_: (9, why))
    for number in range(2):
        publish(f"http://a/{number}", f"x {number}")
        read_new(database, settings, now, read=finds(TALKS))
    with database.reading() as session:
        assert [mention.why for mention in session.scalars(select(Mention))] == ["", why]


def test_it_dates_the_events_of_an_older_database(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/old.db")
    config = Config()
    config.set_main_option("script_location", str(schema.FOLDER))
    with database.writer.connect() as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    told = [(1, "upcoming", "2024-03-20 01:00"), (1, "held", "2024-05-08 18:00"), (1, "held", "2024-05-12 01:00")]
    told += [(2, "upcoming", "2024-04-01 01:00")]
    with database.writing() as session:
        for number in (1, 2, 3):
            session.execute(text(OLD_EVENT), {"id": number})
        for number, (event_id, status, at) in enumerate(told, 1):
            seen = datetime.fromisoformat(f"{at}+00:00")
            page = {"title": "t", "text": "x", "text_hash": str(number), "seen_at": seen}
            article = Article(source_id="s", url=f"u{number}", checked_at=seen, **page)
            article.published_at = seen if number != 4 else None
            session.add(article)
            session.flush()
            session.add(Revision(article_id=number, number=1, **page))
            session.flush()
            report = {"status": status}
            mention = Mention(event_id=event_id, article_id=number, revision_id=number, found=report, created_at=seen)
            session.add(mention)
    schema.upgrade(database)
    # What is told of as held happened about then; an event whose status no report gives goes by its first report.
    assert [row.first_told for row in rows(database)] == ["2024-05-09", "2024-04-01", ""]
    assert schema.differences(database) == []
    database.close()


OLD_EVENT = """
INSERT INTO event (id, kind, subtype, status, scope, date, date_end, place, province, country, foreign_region,
    vietnamese_side, foreign_side, instruments, evidence, confidence, reason, code, created_at, updated_at, told)
VALUES (:id, 'meeting', 'talks', 'held', 'provincial', '', '', '', '', '', '',
    '[]', '[]', '[]', '[]', 0.9, '', '', '2024-05-09 00:00:00.000000', '2024-05-09 00:00:00.000000', '{}')
"""
