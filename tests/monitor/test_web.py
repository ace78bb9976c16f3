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

from alerts.tables import Attempt, Message
from crawler import search
from crawler.database import Database
from crawler.tables import Article, Revision, SourceState
from monitor import schema, settings
from monitor.tables import Event, Mention, Reading
from monitor.web import create_app
from monitor.web.words import ENGLISH

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
