"""The page, over a real server and a real database."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from alerts.tables import Attempt, Message
from crawler import search
from crawler.database import Database
from crawler.tables import Article, Revision, SourceState
from monitor import schema, settings
from monitor.tables import Event, JobRun, Mention, Reading
from monitor.web import create_app, sayings, words

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
NASTY = '<script>alert("1")</script>'
SENTENCE = "Sáng 20/11, Sở Ngoại vụ tỉnh hội đàm với Văn phòng Ngoại sự Quảng Tây."
CONFIG = """
database = "sqlite:///page.db"
[catalogue]
enable = []
[web]
listen = ""
[[sources]]
id = "bao-bien"
name = "Báo Biên Ải"
province = "lang-son"
kind = "newspaper"
home = "https://bien.example/"
[[sources]]
id = "cong-tt"
name = "Cổng thông tin tỉnh"
province = "cao-bang"
home = "https://cong.example/"
[[subscriptions]]
name = "Phòng Hợp tác"
to = ["json://user:topsecret@127.0.0.1:9/"]
"""


@dataclass(frozen=True)
class Page:
    status: int
    text: str
    headers: Any


@dataclass(frozen=True)
class Site:
    base: str
    database: Database

    def get(self, path: str, method: str = "GET") -> Page:
        request = urllib.request.Request(self.base + path, method=method)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return Page(answer.status, answer.read().decode("utf-8"), answer.headers)
        except urllib.error.HTTPError as error:
            return Page(error.code, error.read().decode("utf-8"), error.headers)


@pytest.fixture
def site(tmp_path: Path):
    (tmp_path / "doingoai.toml").write_text(CONFIG, encoding="utf-8")
    read = settings.load(tmp_path / "doingoai.toml")
    database = Database(read.database)
    schema.upgrade(database)
    listener = socket.create_server(("127.0.0.1", 0))
    app = create_app(database, read, now=lambda: NOW)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield Site(f"http://127.0.0.1:{listener.getsockname()[1]}", database)
    server.should_exit = True
    thread.join(10)
    database.close()


def event(**changes: Any) -> Event:
    fields: dict[str, Any] = {
        "kind": "meeting",
        "subtype": "talks",
        "status": "held",
        "scope": "provincial",
        "date": "2026-11-20",
        "place": "cửa khẩu Hữu Nghị",
        "province": "lang-son",
        "country": "CN",
        "foreign_region": "Quảng Tây",
        "vietnamese_side": [
            {"name": "Sở Ngoại vụ", "type": "agency", "title": ""},
            {"name": "Lý Thị Ban", "type": "person", "title": "Giám đốc"},
        ],
        "foreign_side": [{"name": "Văn phòng Ngoại sự Quảng Tây", "type": "agency", "title": ""}],
        "instruments": [],
        "evidence": [{"text": SENTENCE, "start": 0, "end": len(SENTENCE), "where": "text"}],
        "confidence": 0.9,
        "reason": "talks-verb",
        "code": "040",
        "created_at": NOW - timedelta(hours=1),
        "updated_at": NOW - timedelta(hours=1),
    }
    return Event(**{**fields, **changes})


def article(number: int, **changes: Any) -> Article:
    fields: dict[str, Any] = {
        "source_id": "bao-bien",
        "url": f"https://bien.example/bai-{number}.html",
        "title": f"Hội đàm lần thứ {number}",
        "lead": SENTENCE,
        "text": f"{SENTENCE}\nHai bên trao đổi về giao thương.",
        "published": "2026-11-21T08:15:00+07:00",
        "published_at": NOW - timedelta(days=2),
        "seen_at": NOW - timedelta(hours=2),
        "checked_at": NOW,
        "text_hash": str(number),
        "language": "vi",
    }
    return Article(**{**fields, **changes})


def keep(site: Site, *, story: Article | None = None, happening: Event | None = None) -> tuple[int, int]:
    """Store one article, what was read in it, and its source; give back the numbers of event and article."""
    story, happening = story or article(1), happening or event()
    with site.database.writing() as session:
        if session.get(SourceState, story.source_id) is None:
            session.add(SourceState(id=story.source_id, name="Báo Biên Ải", last_ok_at=NOW, last_poll_at=NOW))
        session.add_all([story, happening])
        session.flush()
        first = Revision(article_id=story.id, number=1, title=story.title, text=story.text, text_hash="1", seen_at=NOW)
        session.add(first)
        session.flush()
        search.index(session, story)
        rejected = [{"kind": "signing", "reason": "background", "text": "đã ký từ năm 2008", "start": 3}]
        session.add(Reading(revision_id=first.id, rules="1", read_at=NOW, found=1, rejected=rejected))
        found = {"evidence": happening.evidence}
        session.add(
            Mention(event_id=happening.id, article_id=story.id, revision_id=first.id, found=found, created_at=NOW)
        )
    return happening.id, story.id


def message(**changes: Any) -> Message:
    fields: dict[str, Any] = {
        "key": "event:1|abc",
        "notice_key": "event:1",
        "thread": "event:1",
        "subscription": "Phòng Hợp tác",
        "recipient": "abc",
        "label": "json://user:****@127.0.0.1",
        "notice": {
            "key": "event:1",
            "change": "event",
            "happenings": [
                {
                    "event_id": 1,
                    "kind": "meeting",
                    "subtype": "talks",
                    "country": "CN",
                    "province": "lang-son",
                    "foreign_region": "",
                    "vietnamese_side": [],
                    "foreign_side": [],
                }
            ],
        },
        "message_id": "<1@x>",
        "created_at": NOW,
        "due_at": NOW + timedelta(minutes=5),
    }
    return Message(**{**fields, **changes})


PAGES = ("/", "/events", "/articles", "/sources", "/alerts", "/search", "/search?q=bien+ban")


@pytest.mark.parametrize("path", PAGES)
def test_it_shows_every_page_on_an_empty_database(site: Site, path: str):
    page = site.get(path)
    assert page.status == 200
    assert '<html lang="vi">' in page.text
    assert "Traceback" not in page.text


def test_it_says_in_vietnamese_what_to_expect_where_nothing_is(site: Site):
    assert "Chưa có sự kiện nào" in site.get("/").text
    assert "Chưa có bài nào" in site.get("/articles").text
    assert "Chưa có thông báo nào" in site.get("/alerts").text
    assert "Chờ lượt đọc đầu tiên" in site.get("/sources").text


def test_it_shows_a_new_event_with_evidence_sides_and_outlet(site: Site):
    number, _ = keep(site)
    text = site.get("/").text
    for expected in (
        "Hội đàm",
        "Sở Ngoại vụ",
        "Văn phòng Ngoại sự Quảng Tây",
        "cửa khẩu Hữu Nghị",
        "20/11/2026",
        SENTENCE,
    ):
        assert expected in text
    assert 'href="https://bien.example/bai-1.html"' in text
    detail = site.get(f"/events/{number}").text
    assert "Lý Thị Ban" in detail
    assert "Giám đốc" in detail
    assert "Trung Quốc" in detail


def test_it_keeps_archive_finds_out_of_today(site: Site):
    keep(site, story=article(1, silent=True))
    text = site.get("/").text
    assert "Chưa có sự kiện mới trong 7 ngày qua" in text
    assert SENTENCE in text


def test_it_marks_the_evidence_in_the_article(site: Site):
    _, number = keep(site)
    text = site.get(f"/articles/{number}").text
    assert f"<mark>{SENTENCE}</mark>" in text
    assert "<p>Hai bên trao đổi về giao thương.</p>" in text
    assert "đã ký từ năm 2008" in text


def test_it_escapes_whatever_the_internet_wrote(site: Site):
    story = article(1, title=NASTY, lead=NASTY, text=f"{NASTY} {SENTENCE}", author=NASTY)
    sides = [{"name": NASTY, "type": "agency", "title": NASTY}]
    papers = [{"type": "minutes", "title": NASTY, "field": NASTY, "parties": [[NASTY], [NASTY]]}]
    proof = [{"text": NASTY, "start": 0, "end": len(NASTY), "where": "text"}]
    number, story_number = keep(
        site,
        story=story,
        happening=event(vietnamese_side=sides, foreign_side=sides, instruments=papers, evidence=proof, place=NASTY),
    )
    with site.database.writing() as session:
        session.add(message(label=NASTY, subscription=NASTY, error=NASTY))
    for path in (*PAGES, f"/events/{number}", f"/articles/{story_number}", "/search?q=" + urllib.parse.quote(NASTY)):
        assert "<script" not in site.get(path).text


def test_it_links_only_to_web_addresses(site: Site):
    keep(site, story=article(1, url="javascript:alert(1)"))
    for path in ("/", "/events/1", "/articles/1"):
        assert 'href="javascript' not in site.get(path).text


@pytest.mark.parametrize("path", ["/", "/nothing-here", "/static/style.css", "/healthz", "/events/99"])
def test_it_sends_strict_headers_with_every_answer(site: Site, path: str):
    headers = site.get(path).headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "script-src" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"


def test_it_needs_no_script_and_nothing_from_elsewhere(site: Site):
    keep(site)
    text = site.get("/").text
    assert "<script" not in text
    assert " style=" not in text
    assert not re.findall(r'(?:src|<link[^>]*href)="(?:https?:)?//', text)


def test_it_answers_404_in_vietnamese(site: Site):
    for path in ("/events/99999999999999999999", "/articles/7", "/nope"):
        page = site.get(path)
        assert page.status == 404
        assert "Không có trang này" in page.text


def test_it_takes_odd_questions_calmly(site: Site):
    keep(site)
    for query in (
        "page=-1",
        "page=99999999999999",
        "page=x",
        "since=banana",
        "since=0000-00-00",
        "kind=%00",
        "province='%22",
    ):
        assert site.get(f"/events?{query}").status == 200
    assert site.get("/search?q=" + urllib.parse.quote('" OR * NEAR(')).status == 200


def test_it_only_reads(site: Site):
    assert site.get("/events", method="POST").status in (404, 405)
    assert site.get("/events", method="HEAD").status == 200


def test_it_turns_pages(site: Site):
    with site.database.writing() as session:
        session.add_all([article(n, title=f"Bài số {n:03}", text_hash=str(n)) for n in range(65)])
    first, last = site.get("/articles").text, site.get("/articles?page=3").text
    assert "Trang 1/3" in first
    assert "page=2" in first
    assert last.count('class="line"') == 5


def test_it_filters_events(site: Site):
    keep(site)
    keep(site, story=article(2), happening=event(kind="signing", subtype="minutes", country="LA", date="2025-01-02"))
    assert site.get("/events").text.count('class="card ') == 2
    for query, number in (("kind=signing", 1), ("country=CN", 1), ("since=2026-01-01", 1), ("source=nobody", 0)):
        assert site.get(f"/events?{query}").text.count('class="card ') == number


def test_it_tells_a_sources_trouble_in_plain_words(site: Site):
    with site.database.writing() as session:
        session.add(SourceState(id="bao-bien", last_poll_at=NOW, failures=4, last_error="timed out after 25 s"))
    text = site.get("/sources").text
    assert "Trang trả lời quá chậm." in text
    assert "timed out after 25 s" in text


def test_it_shows_messages_with_attempts_and_no_secret(site: Site):
    with site.database.writing() as session:
        sent = message(sent_at=NOW, tries=1)
        session.add(sent)
        session.flush()
        session.add(Attempt(message_id=sent.id, at=NOW, ok=True, detail="250 queued"))
        session.add(message(key="b", given_up_at=NOW, tries=9, error="535"))
    text = site.get("/alerts").text
    assert "Đã gửi 10:00 23/11/2026" in text
    assert "250 queued" in text
    assert "Không gửi được, đã dừng" in text
    assert "topsecret" not in text


def test_it_finds_articles_without_marks(site: Site):
    keep(site)
    text = site.get("/search?q=hoi+dam").text
    assert "Hội đàm lần thứ 1" in text
    assert "Không tìm thấy bài nào" in site.get("/search?q=khongcogi").text


def test_it_reports_health_as_json(site: Site):
    page = site.get("/healthz")
    assert page.status == 503  # no job has run
    assert json.loads(page.text)["well"] is False
    with site.database.writing() as session:
        session.add_all([JobRun(job=job, started_at=NOW, finished_at=NOW, ok=True) for job in ("read", "send", "poll")])
    page = site.get("/healthz")
    assert (page.status, json.loads(page.text)["well"]) == (200, True)


def test_it_stays_up_without_its_tables(site: Site):
    with site.database.writer.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE event RENAME TO elsewhere")
    page = site.get("/events")
    assert page.status == 503
    assert "Cơ sở dữ liệu chưa sẵn sàng" in page.text


def test_it_has_english_for_every_phrase():
    folder = Path(words.__file__).parent / "templates"
    source = "\n".join(path.read_text(encoding="utf-8") for path in folder.glob("*.html"))
    asked = set(re.findall(r"""_\((?:"([^"]+)"|'([^']+)')\)""", source))
    phrases = {double or single for double, single in asked}
    tables = (words.KINDS, words.SUBTYPES, words.INSTRUMENTS, words.STATUSES, words.SCOPES, words.SOURCE_KINDS)
    phrases |= {phrase for table in tables for phrase in table.values()}
    phrases |= {*words.WEEKDAYS, words.UNKNOWN_TROUBLE, *(trouble for _, trouble in words.TROUBLES)}
    assert phrases - set(words.ENGLISH) == set()


TEXTS = st.text(max_size=60)


@hypothesis(deadline=None)
@given(text=TEXTS, proof=st.lists(st.tuples(TEXTS, st.integers(-5, 70)), max_size=4))
def test_it_loses_no_letter_when_marking(text: str, proof: list[tuple[str, int]]):
    evidence = [{"text": words_, "start": max(start, 0), "where": "title"} for words_, start in proof]
    cut = sayings.pieces(text, evidence)
    assert "".join(piece.text for piece in cut) == text
    for piece in cut:
        assert not piece.marked or any(words_ for words_, _ in proof)


@hypothesis(deadline=None)
@given(url=st.text(max_size=40))
def test_it_never_makes_a_link_of_another_scheme(url: str):
    safe = sayings.web_link(url)
    assert safe == "" or safe.lower().startswith(("http://", "https://"))
