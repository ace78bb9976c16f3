"""What is kept of links, articles, pages, hosts and runs, on a real database."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from crawler import hosts, links, runs, search, store, validators
from crawler.article import CleanArticle
from crawler.database import Database
from crawler.store import store_article
from crawler.tables import Article, Base, CrawlRun, FetchRecord, Link, MinhashBand, RawPage, Revision, SourceState

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
STORY = CleanArticle(
    url="https://a.example/hai-tinh-hoi-dam-100001.html",
    title="Hai tỉnh hội đàm về cửa khẩu",
    lead="Sáng 23/11, hai tỉnh hội đàm.",
    text="Sáng 23/11, hai tỉnh hội đàm.\n"
    + "\n".join(f"Nội dung thứ {n} bàn về tuyến đường số {n * 7} và chợ phiên ở thôn {n * 13}." for n in range(12)),
    author="Hà Thu",
    published="2026-11-23T14:00:00+07:00",
    published_from="meta",
    language="vi",
)


@dataclass(frozen=True)
class Found:
    url: str
    title: str = ""
    published: str = ""


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path}/kept.db")
    Base.metadata.create_all(database.writer)
    with database.writer.begin() as connection:
        search.create(connection)
    yield database
    database.close()


def put(
    database: Database,
    article: CleanArticle,
    now: datetime = NOW,
    source: str = "a",
    silent: bool = False,
    raw: bytes = b"<p>",
):
    with database.writing() as session:
        return store_article(session, source, article, raw, "utf-8", now, silent, (1, 6, 24))


def test_it_keeps_a_new_article_with_its_page(kept: Database) -> None:
    stored = put(kept, STORY, raw="<p>Cửa khẩu</p>".encode())
    assert stored.outcome == "new"
    with kept.reading() as session:
        article = session.get_one(Article, stored.article_id)
        assert article.text == STORY.text
        assert article.published_at == datetime(2026, 11, 23, 7, tzinfo=UTC)
        assert not article.silent
        revision = session.get_one(Revision, stored.revision_id)
        assert (revision.number, revision.title) == (1, STORY.title)
        page = session.get_one(RawPage, revision.raw_page_id)
        assert store.raw_html(page).decode() == "<p>Cửa khẩu</p>"


@pytest.mark.parametrize(
    "trivial",
    [
        STORY,
        replace(STORY, text=STORY.text + "\nLượt xem: 1.024"),
        replace(STORY, text=STORY.text.replace(".", " .")),
        replace(STORY, title=STORY.title.upper()),
        replace(STORY, captions=("Hai đoàn chụp ảnh",)),
    ],
)
def test_it_makes_no_revision_of_a_trivial_edit(kept: Database, trivial: CleanArticle) -> None:
    first = put(kept, STORY)
    again = put(kept, trivial, NOW + HOUR)
    assert (again.outcome, again.article_id, again.revision_id) == ("unchanged", first.article_id, None)
    with kept.reading() as session:
        assert session.scalar(select(func.count(Revision.id))) == 1
        assert session.scalar(select(func.count(RawPage.id))) == 1
        assert session.get_one(Article, first.article_id).checked_at == NOW + HOUR


def test_it_keeps_every_revision_and_shows_the_newest(kept: Database) -> None:
    first = put(kept, STORY)
    changed = replace(STORY, text=STORY.text + "\nHai bên ký bản ghi nhớ.")
    second = put(kept, changed, NOW + HOUR, raw=b"<p>2")
    assert (second.outcome, second.article_id) == ("revised", first.article_id)
    with kept.reading() as session:
        article = session.get_one(Article, first.article_id)
        assert article.text == changed.text
        assert [(each.number, each.text) for each in article.revisions] == [(1, STORY.text), (2, changed.text)]
        assert article.seen_at == NOW


def test_it_keeps_the_page_of_a_revision_cleaned_again(kept: Database) -> None:
    put(kept, STORY, raw=b"<p>as it came")
    stored = put(kept, replace(STORY, title="Hai tỉnh hội đàm"), NOW + HOUR, raw=b"")
    with kept.reading() as session:
        revision = session.get_one(Revision, stored.revision_id)
        assert revision.number == 2
        assert store.raw_html(session.get_one(RawPage, revision.raw_page_id)) == b"<p>as it came"


def test_it_takes_over_a_date_learnt_later_without_a_revision(kept: Database) -> None:
    stored = put(kept, replace(STORY, published="", published_from="", author=""))
    assert put(kept, STORY, NOW + HOUR).outcome == "unchanged"
    with kept.reading() as session:
        article = session.get_one(Article, stored.article_id)
        assert (article.published, article.author) == (STORY.published, "Hà Thu")
        assert article.published_at is not None


def test_it_points_a_reprint_to_the_earliest(kept: Database) -> None:
    first = put(kept, STORY)
    reprint = replace(STORY, url="https://b.example/x-1.html", title="Tin khác", text=STORY.text + "\nTheo báo A.")
    second = put(kept, reprint, NOW + HOUR, source="b")
    third = put(kept, replace(reprint, url="https://a.example/y-2.html"), NOW + 2 * HOUR)
    assert (second.outcome, second.original_id) == ("new", first.article_id)
    assert third.original_id == first.article_id


def test_it_lets_an_article_grow_out_of_being_a_reprint(kept: Database) -> None:
    put(kept, STORY)
    reprint = put(kept, replace(STORY, url="https://b.example/x-1.html"), source="b")
    assert reprint.original_id is not None
    other = "\n".join(f"Chuyện khác hẳn thứ {n * 3} kể về mùa gặt ở bản {n * 11}." for n in range(14))
    grown = put(kept, replace(STORY, url="https://b.example/x-1.html", text=other), NOW + HOUR, source="b")
    assert (grown.outcome, grown.original_id) == ("revised", None)


def test_it_takes_nothing_for_a_reprint_after_a_month(kept: Database) -> None:
    put(kept, STORY)
    later = replace(STORY, url="https://a.example/nam-sau-2.html", published="2026-12-30T08:00:00+07:00")
    assert put(kept, later, NOW + timedelta(days=37)).original_id is None


def test_it_compares_short_articles_by_their_words(kept: Database) -> None:
    short = replace(STORY, text="Hai bên gặp gỡ đầu năm.", url="https://a.example/1.html")
    first = put(kept, short)
    same = put(kept, replace(short, url="https://b.example/1.html"), source="b")
    other = put(kept, replace(short, url="https://b.example/2.html", text="Hai bên gặp gỡ cuối năm."), source="b")
    assert (same.original_id, other.original_id) == (first.article_id, None)


def test_it_keeps_the_bands_of_the_newest_revision(kept: Database) -> None:
    stored = put(kept, STORY)
    put(kept, replace(STORY, text="Bài đã rút."), NOW + HOUR)
    with kept.reading() as session:
        bands = select(func.count()).where(MinhashBand.article_id == stored.article_id)
        assert session.scalar(bands) == 0


def test_it_appoints_rechecks_while_an_article_is_young(kept: Database) -> None:
    stored = put(kept, STORY)
    times = []
    for hours in (0, 1, 6, 24):
        put(kept, STORY, NOW + hours * HOUR)
        with kept.reading() as session:
            times.append(session.get_one(Article, stored.article_id).next_check_at)
    assert times == [NOW + HOUR, NOW + 6 * HOUR, NOW + 24 * HOUR, None]


def test_it_gives_the_articles_whose_turn_has_come(kept: Database) -> None:
    put(kept, STORY)
    put(kept, replace(STORY, url="https://a.example/cu-1.html", published="2019-01-01", text="Bài cũ trong kho."))
    with kept.reading() as session:
        assert store.due_rechecks(session, "a", NOW, 9) == []
        assert [each.url for each in store.due_rechecks(session, "a", NOW + HOUR, 9)] == [STORY.url]
        assert store.due_rechecks(session, "b", NOW + HOUR, 9) == []


def test_it_stores_where_the_search_table_is_missing(kept: Database) -> None:
    with kept.writing() as session:
        session.execute(text("DROP TABLE article_fts"))
    assert put(kept, STORY).outcome == "new"
    with kept.reading() as session:
        assert search.search(session, "hội đàm", 5) == []


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("cửa khẩu", True),
        ("cua khau", True),
        ('"hai tỉnh hội đàm"', True),
        ('"tỉnh hai"', False),
        ("cứa khẩu", False),
        ("duong", True),
        ("đường", True),
        ("dương", False),
        ("ĐƯỜNG", True),
        ("hội OR xyz", False),
        ('hội" AND "đàm', False),
        ("fold : x*", False),
        ("( )", False),
        ("", False),
        ("-", False),
    ],
)
def test_it_searches_with_and_without_marks(kept: Database, words: str, found: bool) -> None:
    put(kept, STORY)
    with kept.reading() as session:
        hits = search.search(session, words, 5)
        assert bool(hits) is found
        assert all(hit.article.url == STORY.url and hit.snippet for hit in hits)


def test_it_finds_decomposed_words_and_forgets_old_ones(kept: Database) -> None:
    put(kept, STORY)
    put(kept, replace(STORY, text="Bài đã được viết lại."), NOW + HOUR)
    with kept.reading() as session:
        assert search.search(session, "vie\u0302\u0301t lại", 5)
        assert not search.search(session, "chợ phiên", 5)


def test_it_remembers_a_link_once(kept: Database) -> None:
    found = [
        Found("https://a.example/1.html", "Một"),
        Found("https://a.example/2.html"),
        Found("https://a.example/1.html"),
    ]
    with kept.writing() as session:
        assert links.remember_links(session, "a", found, NOW, silent=True) == 2
        assert links.remember_links(session, "a", [*found, Found("https://a.example/3.html")], NOW, silent=False) == 1
        assert links.remember_links(session, "a", [], NOW, silent=False) == 0
        assert session.get_one(Link, "https://a.example/1.html").silent


def test_it_remembers_thousands_of_links_at_once(kept: Database) -> None:
    with kept.writing() as session:
        found = [Found(f"https://a.example/{n}.html") for n in range(3000)]
        assert links.remember_links(session, "a", found, NOW, silent=True) == 3000
        assert links.remember_links(session, "a", found, NOW, silent=True) == 0


def test_it_gives_links_until_they_are_settled(kept: Database) -> None:
    urls = [f"https://a.example/{n}.html" for n in range(5)]
    with kept.writing() as session:
        links.remember_links(session, "a", [Found(url) for url in urls], NOW, silent=False)
        links.remember_links(session, "b", [Found("https://b.example/1.html")], NOW, silent=False)
        links.link_done(session, urls[0])
        links.link_skipped(session, urls[1], "listing")
        links.link_failed(session, urls[2], "gone")
        links.link_failed(session, urls[3], "busy", NOW + HOUR)
    with kept.reading() as session:
        assert [each.url for each in links.due_links(session, "a", NOW, 9)] == [urls[4]]
        assert [each.url for each in links.due_links(session, "a", NOW + HOUR, 9)] == urls[3:]
        assert len(links.due_links(session, "a", NOW + HOUR, 1)) == 1
        states = {url: session.get_one(Link, url).state for url in urls}
        assert list(states.values()) == ["done", "skipped", "failed", "pending", "pending"]
        assert (session.get_one(Link, urls[3]).tries, session.get_one(Link, urls[2]).reason) == (1, "gone")


def test_it_gives_what_may_be_news_first(kept: Database) -> None:
    with kept.writing() as session:
        links.remember_links(session, "a", [Found("https://a.example/old.html")], NOW, silent=True)
        links.remember_links(session, "a", [Found("https://a.example/new.html")], NOW + HOUR, silent=False)
        assert links.due_links(session, "a", NOW + HOUR, 1)[0].url == "https://a.example/new.html"


def test_it_keeps_what_a_304_does_not_repeat(kept: Database) -> None:
    url = "https://a.example/rss"
    with kept.writing() as session:
        validators.save_validator(session, url, "a", '"e1"', "Mon", "h1", NOW, full=True)
        validators.save_validator(session, url, "a", "", "", "", NOW + HOUR, full=False)
        kept_row = validators.validators(session, [url, "https://a.example/other"])[url]
        assert (kept_row.etag, kept_row.last_modified, kept_row.body_hash) == ('"e1"', "Mon", "h1")
        assert (kept_row.full_at, kept_row.checked_at) == (NOW, NOW + HOUR)
        validators.save_validator(session, url, "a", "", "Tue", "h2", NOW + 2 * HOUR, full=True)
        assert validators.validators(session, [url])[url].etag == ""


def test_it_lets_one_process_hold_a_host(kept: Database) -> None:
    with kept.writing() as session:
        assert hosts.claim_host(session, "a.example", "one", NOW, 60)
        assert not hosts.claim_host(session, "a.example", "two", NOW, 60)
        assert hosts.claim_host(session, "b.example", "two", NOW, 60)
        assert hosts.claim_host(session, "a.example", "one", NOW + HOUR / 90, 60)
        hosts.release_host(session, "a.example", "two")
        assert not hosts.claim_host(session, "a.example", "two", NOW + HOUR / 80, 60)
        hosts.release_host(session, "a.example", "one")
        assert hosts.claim_host(session, "a.example", "two", NOW + HOUR / 80, 60)
        assert hosts.claim_host(session, "a.example", "one", NOW + HOUR, 60)


def test_it_leaves_a_host_alone_for_as_long_as_it_asked(kept: Database) -> None:
    with kept.writing() as session:
        hosts.defer_host(session, "a.example", NOW + HOUR)
        hosts.defer_host(session, "a.example", NOW + HOUR / 2)
        assert not hosts.claim_host(session, "a.example", "one", NOW + HOUR * 0.9, 60)
        assert hosts.claim_host(session, "a.example", "one", NOW + HOUR, 60)


def test_it_gives_a_host_to_one_of_many_who_ask_at_once(kept: Database) -> None:
    won: list[str] = []
    start = threading.Barrier(8)

    def ask(owner: str) -> None:
        start.wait()
        with kept.writing() as session:
            if hosts.claim_host(session, "a.example", owner, NOW, 60):
                won.append(owner)

    askers = [threading.Thread(target=ask, args=(f"owner{n}",)) for n in range(8)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert len(won) == 1


def test_it_counts_a_source_as_crawled_after_its_first_good_run(kept: Database) -> None:
    with kept.writing() as session:
        assert runs.never_crawled(session, "a")
        run = runs.start_run(session, "a", NOW, name="Báo A")
        runs.record_fetch(session, run, "https://a.example/", NOW, ms=12, status=200, bytes=9, outcome="listing")
        runs.finish_run(session, run, NOW + HOUR, error="no answer")
        assert runs.never_crawled(session, "a")
        state = session.get_one(SourceState, "a")
        assert (state.failures, state.last_error, state.last_ok_at) == (1, "no answer", None)
        run = runs.start_run(session, "a", NOW + HOUR)
        runs.finish_run(session, run, NOW + 2 * HOUR, new=3, requests=5, bytes=100)
        assert not runs.never_crawled(session, "a")
        assert (state.failures, state.last_error, state.last_new_at) == (0, "", NOW + 2 * HOUR)
        assert session.get_one(CrawlRun, run).new == 3
        assert session.scalar(select(FetchRecord.outcome)) == "listing"
