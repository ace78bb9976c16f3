"""What tests of the monitor start from: a database in a file, settings, and a newsroom that puts articles into it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crawler.article import CleanArticle
from crawler.database import Database
from crawler.store import Stored, store_article
from monitor import schema
from monitor.settings import Settings

NOW = datetime(2024, 5, 10, 3, 0, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path}/test.db")
    schema.upgrade(database)
    yield database
    database.close()


@pytest.fixture
def make_settings(database: Database) -> Callable[..., Settings]:
    """Settings on the test's database with two sources; keyword arguments are top-level keys of the file."""

    def make(**tree: Any) -> Settings:
        sources = [
            {"id": "alpha", "name": "Báo Alpha", "home": "http://127.0.0.1:9/", "province": "lang-son"},
            {"id": "beta", "name": "Cổng Beta", "home": "http://127.0.0.1:9/", "province": "lang-son"},
        ]
        base = {
            "database": database.url.render_as_string(hide_password=False),
            "catalogue": {"enable": []},
            "sources": sources,
        }
        return Settings.model_validate({**base, **tree})

    return make


@pytest.fixture
def settings(make_settings: Callable[..., Settings]) -> Settings:
    return make_settings(subscriptions=[{"name": "Phòng", "to": ["json://127.0.0.1:9/hook"], "min_confidence": 0.5}])


@pytest.fixture
def publish(database: Database) -> Callable[..., Stored]:
    """Stores an article the way the crawler does."""

    def store(url: str, text: str, title: str = "Tin", **more: Any) -> Stored:
        fields = {"published": "2024-05-10T08:00:00+07:00", **more}
        source = fields.pop("source", "alpha")
        at = fields.pop("at", NOW)
        silent = fields.pop("silent", False)
        article = CleanArticle(
            url=url,
            title=title,
            lead="",
            text=text,
            captions=(),
            author="",
            published_from="meta",
            language="vi",
            **fields,
        )
        with database.writing() as session:
            return store_article(session, source, article, b"<html></html>", "utf-8", at, silent, ())

    return store
