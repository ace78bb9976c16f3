"""What staff decide stands: marks, splits and merges, through reading again, new revisions and undoing."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from alerts.notice import Notice
from alerts.tables import Message
from crawler.database import Database
from crawler.store import Stored
from crawler.tables import Revision
from monitor import corrections, queries
from monitor.corrections import CorrectionRefused
from monitor.detect.records import ArticleText, Evidence, Instrument, Party
from monitor.detect.records import Event as Found
from monitor.detect.records import Reading as Detected
from monitor.queries import EventFilter
from monitor.reader import read_new, read_revision
from monitor.settings import Settings
from monitor.tables import Apart, Event, Mark, Mention

Publish = Callable[..., Stored]

TALKS = Found(
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
    reason="strong-clause",
    code="043 CONSULT",
)
# So like the talks that rules take it for the same; whoever was there knows better.
RECEPTION = replace(TALKS, subtype="courtesy_call", place="Đồng Đăng", evidence=(Evidence("Tiếp đoàn.", 0, 10),))
SIGNING = replace(
    TALKS,
    kind="signing",
    subtype="memorandum",
    instruments=(Instrument("memorandum", "Biên bản ghi nhớ về du lịch", "du lịch"),),
)
OTHER = replace(
    TALKS,
    date="2024-05-07",
    place="Cao Lộc",
    vietnamese_side=(Party("Huyện ủy Cao Lộc", "agency"), Party("Bế Thị Én", "person")),
    foreign_side=(Party("Bằng Tường", "locality"), Party("Vương Hà", "person")),
)


class Desk:
    """A newsroom whose detection finds what it is told to."""

    def __init__(self, database: Database, settings: Settings, publish: Publish, now: datetime) -> None:
        self.database, self.settings, self.publish, self.now = database, settings, publish, now
        self.versions = itertools.count()

    def hears(self, url: str, *found: Found, **more: Any) -> int:
        """An article, new or revised, that tells of these; gives its number."""
        words = f"bản tin {url} số {next(self.versions)}"
        stored = self.publish(url, words, **more)
        read_new(self.database, self.settings, self.now, read=lambda _: Detected(found))
        return stored.article_id

    def rereads(self, article: int, *found: Found, rules: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("monitor.detect.RULES", rules)
        with self.database.reading() as session:
            newest = session.scalars(select(Revision.id).where(Revision.article_id == article)).all()[-1]

        def read(_: ArticleText) -> Detected:
            return Detected(found)

        read_revision(self.database, self.settings, newest, self.now, read, quiet=True)

    def does(self, what: Callable[..., Any], *given: Any, **more: Any) -> Any:
        with self.database.writing() as session:
            return what(session, *given, now=self.now, **more)

    def marks(self, event: int, verdict: str, **more: Any) -> Any:
        return self.does(corrections.mark, event, verdict, **more)

    def undoes(self, what: str, event: int) -> Any:
        return self.does(corrections.undo, what, event)

    @property
    def events(self) -> dict[int, list[int]]:
        """What is shown: events and the articles that tell of each."""
        with self.database.reading() as session:
            found = queries.events(session, EventFilter())
        return {view.id: sorted(outlet.article_id for outlet in view.outlets) for view in found}

    @property
    def why(self) -> dict[int, str]:
        """Why each article was taken to tell of its event."""
        with self.database.reading() as session:
            return {mention.article_id: mention.why for mention in session.scalars(select(Mention))}

    def view(self, event: int) -> queries.EventView:
        with self.database.reading() as session:
            view = queries.event(session, event, marked=True)
        assert view is not None
        return view

    @property
    def notices(self) -> list[Notice]:
        with self.database.reading() as session:
            rows = session.scalars(select(Message).order_by(Message.id))
            return [replace(Notice.from_dict(row.notice), key=row.notice_key) for row in rows]

    @property
    def told(self) -> list[list[int]]:
        """The events that each message tells of."""
        return [[happening.event_id for happening in notice.happenings] for notice in self.notices]

    def sends(self) -> None:
        with self.database.writing() as session:
            for row in session.scalars(select(Message)):
                row.sent_at = row.sent_at or self.now


@pytest.fixture
def desk(database: Database, settings: Settings, publish: Publish, now: datetime) -> Desk:
    return Desk(database, settings, publish, now)


# --- marks ---------------------------------------------------------------------------------------------------------


def test_it_hides_what_is_marked_wrong_everywhere_but_where_it_is_asked_for(desk: Desk) -> None:
    article = desk.hears("http://a/1", TALKS, SIGNING)
    desk.marks(2, "wrong", note="không có ký kết", who="Lan")
    with desk.database.reading() as session:
        assert [view.id for view in queries.events(session, EventFilter())] == [1]
        assert [view.id for view in queries.events(session, EventFilter(marked="all"))] == [2, 1]
        assert [view.id for view in queries.events(session, EventFilter(marked="only"))] == [2]
        assert queries.signings(session, EventFilter(kind="signing")) == []
        assert queries.count_events(session, EventFilter()) == 1
        assert queries.counts(session, desk.now).events == 1
        assert queries.event(session, 2) is None
        assert [view.id for view in queries.new_events(session, desk.now - timedelta(days=1))] == [1]
        assert queries.occasion(session, queries.events(session, EventFilter())[0]) == []
        page = queries.article(session, article)
        assert page is not None
        assert [view.id for view in page.events] == [1]
        assert queries.articles(session)[0].events == 1


def test_it_hides_a_wrong_plan_from_what_is_to_come(desk: Desk) -> None:
    desk.hears("http://a/1", replace(TALKS, status="upcoming", date="2024-05-20"))
    with desk.database.reading() as session:
        assert len(queries.upcoming(session, desk.now.date())) == 1
    desk.marks(1, "wrong")
    with desk.database.reading() as session:
        assert queries.upcoming(session, desk.now.date()) == []
        assert (queries.countries(session), queries.provinces(session)) == ([], [])


def test_it_takes_a_wrong_event_out_of_what_waits_to_be_sent(desk: Desk) -> None:
    desk.hears("http://a/1", TALKS, SIGNING)
    assert desk.told == [[1, 2]]
    assert desk.marks(2, "wrong").withdrawn == 1
    assert desk.told == [[1]]
    assert desk.marks(1, "wrong").withdrawn == 1
    assert desk.told == []


def test_it_leaves_what_was_sent_and_what_is_being_sent(desk: Desk) -> None:
    desk.hears("http://a/1", TALKS)
    with desk.database.writing() as session:
        session.scalars(select(Message)).one().claimed_until = desk.now + timedelta(minutes=1)
    made = desk.marks(1, "wrong")
    assert (made.withdrawn, made.in_hand) == (0, 1)
    desk.sends()
    made = desk.marks(1, "wrong")
    assert (made.withdrawn, made.in_hand, desk.told) == (0, 0, [[1]])


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_it_puts_waiting_messages_back_when_it_was_right_after_all(desk: Desk, order: tuple[int, int]) -> None:
    desk.hears("http://a/1", TALKS, SIGNING)
    with desk.database.reading() as session:
        before = session.scalars(select(Message)).one()
    desk.marks(1, "wrong")
    desk.marks(2, "wrong")
    assert desk.told == []
    for event in order:
        assert desk.marks(event, "right").put_back == 1
    assert sorted(desk.told[0]) == [1, 2]
    with desk.database.reading() as session:
        after = session.scalars(select(Message)).one()
    assert (after.key, after.due_at, after.message_id) == (before.key, before.due_at, before.message_id)
    assert desk.marks(1, "right").put_back == 0


def test_it_stays_silent_when_another_article_tells_of_a_wrong_event(desk: Desk) -> None:
    desk.hears("http://a/1", replace(TALKS, status="upcoming", date="2024-05-20"), silent=True)
    desk.marks(1, "wrong")
    desk.hears("http://b/1", replace(TALKS, date="2024-05-20"), source="beta")
    assert (desk.events, desk.told) == ({}, [])
    assert len(desk.view(1).outlets) == 2


def test_it_tells_of_a_signing_at_the_table_of_a_wrong_event(desk: Desk) -> None:
    desk.hears("http://a/1", TALKS)
    desk.sends()
    desk.marks(1, "wrong")
    desk.hears("http://b/1", SIGNING, source="beta")
    assert desk.told == [[1], [2]]
    assert desk.notices[1].change == "event"
    assert desk.view(2).occasion_id == 1


def test_it_numbers_updates_on_when_the_one_that_counted_them_was_wrong(desk: Desk) -> None:
    more = replace(SIGNING, instruments=(*SIGNING.instruments, Instrument("agreement", "Thỏa thuận về giáo dục", "gd")))
    third = (*more.instruments, Instrument("minutes", "Biên bản về cửa khẩu số", "cửa khẩu"))
    for number, found in enumerate(((TALKS, SIGNING), (TALKS, more))):
        desk.hears(f"http://a/{number}", *found)
        desk.sends()
    desk.marks(1, "wrong")
    desk.hears("http://a/9", replace(SIGNING, instruments=third))
    assert [notice.key for notice in desk.notices] == ["event:1", "event:1:1", "event:1:2"]


def test_it_keeps_every_mark_and_the_event_as_it_was(desk: Desk) -> None:
    desk.hears("http://a/1", TALKS)
    desk.marks(1, "wrong", note="nhầm", who="Lan")
    desk.hears("http://a/1", replace(TALKS, date="2024-05-08"))
    desk.marks(1, "right", note="đúng rồi", who="Hùng")
    with desk.database.reading() as session:
        first, last = corrections.marks(session, 1)
    assert (first.verdict, first.note, first.who, first.snapshot["date"]) == ("wrong", "nhầm", "Lan", "2024-05-09")
    assert (last.verdict, last.who, last.snapshot["date"]) == ("right", "Hùng", "2024-05-08")
    assert first.snapshot["articles"] == [{"id": 1, "url": "http://a/1"}]
    assert desk.view(1).verdict == "right"


def test_it_keeps_a_mark_when_the_article_is_revised_or_read_by_other_rules(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    article = desk.hears("http://a/1", TALKS)
    desk.marks(1, "wrong")
    desk.hears("http://a/1", replace(TALKS, place="Hữu Nghị"))
    desk.rereads(article, replace(TALKS, confidence=0.99), rules="newer", monkeypatch=monkeypatch)
    assert desk.events == {}
    with desk.database.reading() as session:
        assert [(event.id, event.verdict) for event in session.scalars(select(Event))] == [(1, "wrong")]


# --- one event that is two -----------------------------------------------------------------------------------------


def mixed(desk: Desk) -> tuple[int, int, int]:
    """Three articles of what rules take for one event; the last two tell of another."""
    numbers = (
        desk.hears("http://a/1", TALKS, silent=True),
        desk.hears("http://b/1", RECEPTION, source="beta", silent=True),
        desk.hears("http://b/2", replace(RECEPTION, confidence=0.95), source="beta", silent=True),
    )
    assert desk.events == {1: list(numbers)}
    return numbers


def test_it_tells_both_halves_of_a_split_anew_from_their_own_articles(desk: Desk) -> None:
    first, second, third = mixed(desk)
    desk.does(corrections.split, 1, [str(second), "http://b/2"], note="hai cuộc", who="Lan")
    assert desk.events == {1: [first], 2: [second, third]}
    talks, reception = desk.view(1), desk.view(2)
    assert (talks.subtype, talks.place, talks.confidence) == ("talks", "Lạng Sơn", 0.9)
    assert (reception.subtype, reception.place, reception.confidence) == ("courtesy_call", "Đồng Đăng", 0.95)
    assert reception.evidence[0]["text"] == "Tiếp đoàn."
    assert (talks.occasion_id, reception.occasion_id) == (1, 2)


def test_it_keeps_a_split_through_revisions_other_rules_and_reprints(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third = mixed(desk)
    desk.does(corrections.split, 1, [str(second), str(third)])
    apart = {1: [first], 2: [second, third]}
    # Word for word what the other event has, so that nothing but the decision speaks against it.
    desk.hears("http://b/1", TALKS, source="beta", silent=True)
    assert desk.events == apart
    desk.hears("http://a/1", RECEPTION, silent=True)
    assert desk.events == apart
    for article, found in ((second, TALKS), (first, RECEPTION), (third, TALKS)):
        desk.rereads(article, found, rules=f"rules {article}", monkeypatch=monkeypatch)
    assert desk.events == apart


def test_it_obeys_a_split_even_where_the_article_now_tells_what_only_the_other_event_is(desk: Desk) -> None:
    _, second, third = mixed(desk)
    desk.does(corrections.split, 1, [str(second), str(third)])
    with desk.database.writing() as session:  # the new event is about another day now: it cannot be found again
        session.get_one(Event, 2).date = "2024-04-01"
        for mention in session.scalars(select(Mention).where(Mention.event_id == 2)):
            mention.found = {**mention.found, "date": "2024-04-01"}
    desk.hears("http://b/1", TALKS, source="beta", silent=True)
    assert second not in desk.events[1]


def test_it_gives_a_reprint_what_its_original_was_given(desk: Desk) -> None:
    text = " ".join(f"chữ{number}" for number in range(200))
    desk.hears("http://a/1", TALKS, silent=True)
    second = desk.publish("http://b/1", text, source="beta", silent=True)
    read_new(desk.database, desk.settings, desk.now, read=lambda _: Detected((RECEPTION,)))
    desk.does(corrections.split, 1, [str(second.article_id)])
    reprint = desk.publish("http://a/9", text, silent=True)
    assert reprint.original_id == second.article_id
    read_new(desk.database, desk.settings, desk.now, read=lambda _: Detected((TALKS,)))
    assert desk.events == {1: [1], 2: [2, 3]}


def test_it_takes_an_article_that_nobody_decided_on_to_either(desk: Desk) -> None:
    _, second, third = mixed(desk)
    desk.does(corrections.split, 1, [str(second), str(third)])
    fourth = desk.hears("http://a/4", RECEPTION, silent=True)
    assert fourth in desk.events[2]


def test_it_takes_along_what_only_the_split_articles_tell(desk: Desk) -> None:
    first = desk.hears("http://a/1", TALKS, silent=True)
    second = desk.hears("http://b/1", RECEPTION, SIGNING, source="beta", silent=True)
    assert desk.events == {1: [first, second], 2: [second]}
    assert desk.view(2).occasion_id == 1
    desk.does(corrections.split, 1, [str(second)])
    assert (desk.view(1).occasion_id, desk.view(2).occasion_id, desk.view(3).occasion_id) == (1, 3, 3)
    desk.undoes("split", 1)
    assert (desk.view(1).occasion_id, desk.view(2).occasion_id) == (1, 1)


def test_it_tells_of_what_a_wrong_merge_had_swallowed(desk: Desk) -> None:
    desk.hears("http://a/1", TALKS)
    second = desk.hears("http://b/1", RECEPTION, source="beta")
    assert desk.told == [[1]]
    made = desk.does(corrections.split, 1, [str(second)], settings=desk.settings)
    assert (made.told, desk.told) == (1, [[1], [2]])
    desk.undoes("split", 2)
    assert desk.told == [[1]]


def test_it_tells_nobody_of_a_split_of_old_articles(desk: Desk) -> None:
    _, second, _ = mixed(desk)
    assert desk.does(corrections.split, 1, [str(second)], settings=desk.settings).told == 0
    assert desk.told == []


def test_it_brings_waiting_messages_to_what_a_split_leaves(desk: Desk) -> None:
    desk.hears("http://a/1", replace(TALKS, place=None))
    second = desk.hears("http://b/1", RECEPTION, source="beta")
    with desk.database.writing() as session:  # as if it were told again with all that is known
        message = session.scalars(select(Message)).one()
        [happening] = message.notice["happenings"]
        message.notice = {**message.notice, "happenings": [{**happening, "place": "Đồng Đăng"}]}
    desk.does(corrections.split, 1, [str(second)])
    assert desk.notices[0].happenings[0].place == ""


def test_it_hears_that_a_plan_was_held_after_another_event_was_split_off_it(
    desk: Desk, make_settings: Callable[..., Settings]
) -> None:
    wish = {"name": "Phòng", "to": ["json://127.0.0.1:9/h"], "include_upcoming": True}
    desk.settings = make_settings(subscriptions=[wish])
    plan = replace(TALKS, status="upcoming", date="2024-05-12")
    desk.hears("http://a/1", plan)
    second = desk.hears("http://b/1", replace(RECEPTION, date="2024-05-12"), source="beta")
    desk.sends()
    assert [notice.changed for notice in desk.notices] == [(), ("held",)]
    desk.does(corrections.split, 1, [str(second)])
    assert desk.view(1).status == "upcoming"
    desk.hears("http://a/3", replace(plan, status="held"))
    assert desk.notices[-1].changed == ("held",)
    assert [notice.key for notice in desk.notices] == ["event:1", "event:1:1", "event:1:2"]


def test_it_undoes_a_split(desk: Desk) -> None:
    first, second, third = mixed(desk)
    before, why = desk.view(1), desk.why
    desk.does(corrections.split, 1, [str(second), str(third)])
    assert [desk.why[article] for article in (second, third)] == ["split", "split"]
    fourth = desk.hears("http://a/4", RECEPTION, silent=True)
    made = desk.undoes("split", 2)
    assert (made.event.id, made.other.id) == (1, 2)
    assert desk.events == {1: [first, second, third, fourth]}
    after = desk.view(1)
    assert {article: desk.why[article] for article in why} == why
    facts = ("subtype", "place", "date", "confidence", "vietnamese_side", "evidence")
    assert [getattr(after, name) for name in facts] == [getattr(before, name) for name in facts]
    with desk.database.reading() as session:
        assert session.scalars(select(Apart)).all() == []
        assert queries.event(session, 2) == queries.event(session, 1)
    desk.hears("http://b/1", TALKS, source="beta", silent=True)
    assert list(desk.events) == [1]
    desk.does(corrections.split, 1, [str(third)])
    assert desk.events == {1: [first, second, fourth], 3: [third]}


@pytest.mark.parametrize(
    ("event", "articles", "said"),
    [
        (7, ["1"], "there is no event 7"),
        (1, ["99"], "there is no article 99"),
        (1, ["http://nowhere/"], "there is no article http://nowhere/"),
        (1, ["4"], "article 4 does not tell of event 1"),
        (1, ["1", "2", "3"], "event 1 has no other article; nothing would be left of it"),
        (2**40, ["1"], f"there is no event {2**40}"),
        (1, [str(2**40)], f"there is no article {2**40}"),
    ],
)
def test_it_refuses_a_split_that_cannot_be_and_changes_nothing(
    desk: Desk, event: int, articles: list[str], said: str
) -> None:
    numbers = mixed(desk)
    desk.hears("http://a/9", OTHER, silent=True)
    with pytest.raises(CorrectionRefused, match=said):
        desk.does(corrections.split, event, articles)
    assert desk.events == {1: list(numbers), 2: [4]}


# --- two events that are one ---------------------------------------------------------------------------------------


def two(desk: Desk, **more: Any) -> tuple[int, int]:
    """Two articles of one event that no rule could know to be one."""
    numbers = desk.hears("http://a/1", TALKS, **more), desk.hears("http://b/1", OTHER, source="beta", **more)
    assert desk.events == {1: [numbers[0]], 2: [numbers[1]]}
    return numbers


def test_it_makes_one_event_of_two_and_tells_it_from_the_articles_of_both(desk: Desk) -> None:
    first, second = two(desk, silent=True)
    desk.does(corrections.merge, 2, 1, note="một cuộc", who="Lan")
    assert desk.events == {1: [first, second]}
    view = desk.view(1)
    assert [party["name"] for party in view.vietnamese_side if party["type"] == "person"] == [
        "Nguyễn Văn An",
        "Bế Thị Én",
    ]
    with desk.database.reading() as session:
        assert queries.event(session, 2) == view
        assert [line.events for line in queries.articles(session)] == [1, 1]
        assert queries.count_events(session, EventFilter(source="beta")) == 1
        page = queries.article(session, second)
        assert page is not None
        assert [view.id for view in page.events] == [1]


def test_it_keeps_a_merge_through_revisions_other_rules_and_new_articles(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = two(desk, silent=True)
    desk.does(corrections.merge, 1, 2)
    desk.hears("http://b/1", replace(OTHER, place="Tân Thanh"), source="beta", silent=True)
    desk.rereads(second, OTHER, rules="newer", monkeypatch=monkeypatch)
    desk.rereads(first, TALKS, rules="newer", monkeypatch=monkeypatch)
    third = desk.hears("http://a/3", OTHER, silent=True)
    assert desk.events == {1: [first, second, third]}


def test_it_learns_from_what_is_told_of_the_merged_one(desk: Desk) -> None:
    two(desk, silent=True)
    desk.does(corrections.merge, 1, 2)
    guest = (*OTHER.foreign_side, Party("Triệu Vân", "person"))
    desk.hears("http://a/3", replace(OTHER, foreign_side=guest), silent=True)
    assert "Triệu Vân" in [party["name"] for party in desk.view(1).foreign_side]


def test_it_tells_of_a_merged_event_once(desk: Desk) -> None:
    two(desk)
    assert desk.told == [[1], [2]]
    desk.does(corrections.merge, 1, 2)
    assert desk.told == [[1]]
    desk.sends()
    desk.hears("http://a/3", OTHER)
    assert desk.told == [[1]]
    desk.undoes("merge", 1)
    assert desk.told == [[1], [2]]


def test_it_keeps_the_one_that_people_were_told_of(desk: Desk) -> None:
    desk.hears("http://a/1", TALKS, silent=True)
    desk.hears("http://b/1", OTHER, source="beta")
    desk.does(corrections.merge, 1, 2)
    assert desk.events == {2: [1, 2]}


def test_it_undoes_a_merge(desk: Desk) -> None:
    first, second = two(desk, silent=True)
    before = desk.view(1), desk.view(2)
    desk.does(corrections.merge, 1, 2)
    third = desk.hears("http://a/3", OTHER, silent=True)
    desk.undoes("merge", 2)
    assert desk.events == {1: [first], 2: [second, third]}
    after = desk.view(1), desk.view(2)
    for name in ("date", "place", "vietnamese_side", "foreign_side", "occasion_id"):
        assert [getattr(view, name) for view in after] == [getattr(view, name) for view in before]
    with pytest.raises(CorrectionRefused, match="event 1 has no merge to undo"):
        desk.undoes("merge", 1)


def test_it_undoes_merges_one_by_one_in_any_order(desk: Desk) -> None:
    two(desk, silent=True)
    far = replace(OTHER, date="2024-03-01", country="LA", foreign_side=(Party("Xay", "person"),), foreign_region=None)
    desk.hears("http://a/3", far, silent=True)
    desk.does(corrections.merge, 2, 3)
    desk.does(corrections.merge, 1, 2)
    assert desk.events == {1: [1, 2, 3]}
    desk.undoes("merge", 3)
    assert desk.events == {1: [1, 2], 3: [3]}
    desk.undoes("merge", 1)
    assert desk.events == {1: [1], 2: [2], 3: [3]}


def test_it_gives_the_aliases_back_when_the_outer_merge_is_undone_first(desk: Desk) -> None:
    two(desk, silent=True)
    far = replace(OTHER, date="2024-03-01", country="LA", foreign_side=(Party("Xay", "person"),), foreign_region=None)
    desk.hears("http://a/3", far, silent=True)
    desk.does(corrections.merge, 2, 3)
    desk.does(corrections.merge, 1, 2)
    desk.undoes("merge", 1)
    assert desk.events == {1: [1], 2: [2, 3]}


def test_it_splits_what_was_merged_by_articles_too(desk: Desk) -> None:
    first, second = two(desk, silent=True)
    third = desk.hears("http://a/3", OTHER, silent=True)
    desk.does(corrections.merge, 1, 2)
    desk.does(corrections.split, 1, [str(third)])
    assert desk.events == {1: [first, second], 3: [third]}
    desk.hears("http://a/3", OTHER, silent=True)  # as near to the merged one as to its own
    assert desk.events == {1: [first, second], 3: [third]}


def test_it_merges_a_split_event_with_its_other_half(desk: Desk) -> None:
    first, second, third = mixed(desk)
    desk.does(corrections.split, 1, [str(second)])
    desk.does(corrections.merge, 1, 2)
    desk.hears("http://b/1", TALKS, source="beta", silent=True)
    desk.hears("http://a/1", RECEPTION, silent=True)
    assert desk.events == {1: [first, second, third]}
    with pytest.raises(CorrectionRefused, match="doingoai events merge 2 --undo"):
        desk.undoes("split", 1)


@pytest.mark.parametrize(
    ("pair", "said"),
    [
        ((1, 1), "event 1 is one already"),
        ((1, 3), "event 1 is a meeting and event 3 a signing"),
        ((1, 9), "there is no event 9"),
        ((2, 4), "event 4 is marked wrong"),
    ],
)
def test_it_refuses_a_merge_that_cannot_be(desk: Desk, pair: tuple[int, int], said: str) -> None:
    two(desk, silent=True)
    desk.hears("http://a/3", replace(SIGNING, date="2024-01-05"), silent=True)
    desk.hears("http://a/4", replace(OTHER, date="2024-01-05"), silent=True)
    desk.marks(4, "wrong")
    with pytest.raises(CorrectionRefused, match=said):
        desk.does(corrections.merge, *pair)
    assert list(desk.events) == [1, 2, 3]


def test_it_names_the_event_that_another_was_merged_into(desk: Desk) -> None:
    two(desk, silent=True)
    desk.does(corrections.merge, 1, 2)
    with pytest.raises(CorrectionRefused, match="event 2 was merged into event 1; name that one"):
        desk.marks(2, "wrong")


def test_it_hides_all_of_a_merged_event_that_is_wrong(desk: Desk) -> None:
    two(desk, silent=True)
    desk.does(corrections.merge, 1, 2)
    desk.marks(1, "wrong")
    assert desk.events == {}
    with desk.database.reading() as session:
        assert [line.events for line in queries.articles(session)] == [0, 0]
        assert queries.event(session, 2) is None


def test_it_does_all_of_a_correction_or_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = mixed(desk)

    def breaks(*_: object, **__: object) -> bool:
        raise RuntimeError("half way")

    monkeypatch.setattr(corrections, "rebuild", breaks)
    with pytest.raises(RuntimeError, match="half way"):
        desk.does(corrections.split, 1, [str(numbers[1])])
    monkeypatch.undo()
    assert desk.events == {1: list(numbers)}
    with desk.database.reading() as session:
        assert session.scalars(select(Apart)).all() == []
        assert session.scalars(select(Mark)).all() == []
