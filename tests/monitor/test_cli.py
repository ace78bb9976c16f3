"""The command line, through its entry point, on real files and databases."""

from __future__ import annotations

import csv
import io
import json
import logging
import re
import sqlite3
import threading
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from alerts.tables import Message
from crawler import search
from crawler.database import Database
from crawler.tables import Article, CrawlRun, FetchRecord, RawPage, Revision, SourceState
from monitor import schema
from monitor.cli import app, main
from monitor.demo.portals import Portals
from monitor.tables import Event, JobRun, Mention

ROOT = Path(__file__).parents[2]
NOW = datetime.now(UTC)
CONFIG = """
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
[[subscriptions]]
name = "Phòng Hợp tác"
to = ["json://someone:topsecret@127.0.0.1:9/hook"]
countries = ["LA"]
"""
COMMANDS = """
init run crawl reprocess analyze events signings articles search status check worker demo
events-show events-rejected events-mark events-split events-merge events-cases
sources-list sources-show sources-check sources-health alerts-list alerts-preview alerts-test alerts-retry
db-upgrade db-backup db-restore db-check db-prune
"""


class Doingoai:
    """Runs commands in a folder with a configuration."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capture = folder, capture
        self.config = folder / "doingoai.toml"
        self.config.write_text(CONFIG, encoding="utf-8")

    def __call__(self, *words: str, config: bool = True) -> tuple[int, str, str]:
        self.capture.readouterr()
        with pytest.raises(SystemExit) as end:
            main([*words, *(("--config", str(self.config)) if config else ())])
        out, err = self.capture.readouterr()
        assert "Traceback" not in err
        assert "topsecret" not in out + err
        return int(end.value.code or 0), out, err

    def json(self, *words: str) -> Any:
        return json.loads(self(*words)[1])

    def database(self) -> Database:
        database = Database(f"sqlite:///{self.folder / 'doingoai.db'}")
        schema.upgrade(database)
        return database


@pytest.fixture
def doingoai(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Doingoai]:
    root = logging.getLogger()  # a command sets up logging for its whole process
    handlers, level = root.handlers[:], root.level
    monkeypatch.delenv("DOINGOAI_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    yield Doingoai(tmp_path, capsys)
    root.handlers[:] = handlers
    root.setLevel(level)


def fill(doingoai: Doingoai, **changes: Any) -> int:
    """One article with one event; gives the event's number."""
    fields: dict[str, Any] = {
        "kind": "signing",
        "subtype": "minutes",
        "status": "held",
        "scope": "provincial",
        "date": "2026-11-20",
        "place": "cửa khẩu Hữu Nghị",
        "province": "lang-son",
        "country": "CN",
        "vietnamese_side": [{"name": "Sở Ngoại vụ", "type": "agency", "title": ""}],
        "foreign_side": [{"name": "Văn phòng Ngoại sự Quảng Tây", "type": "agency", "title": ""}],
        "instruments": [
            {"type": "minutes", "title": "Biên bản thứ nhất", "field": "", "parties": [[], []]},
            {"type": "memorandum", "title": "=HYPERLINK(1)", "field": "", "parties": [["A"], ["B"]]},
        ],
        "evidence": [{"text": "Hai bên ký biên bản.", "start": 0, "end": 20, "where": "text"}],
        "confidence": 0.9,
        "reason": "r",
        "code": "057",
        "created_at": NOW,
        "updated_at": NOW,
        **changes,
    }
    database = doingoai.database()
    with database.writing() as session:
        if session.get(SourceState, "bao-bien") is None:
            session.add(SourceState(id="bao-bien", name="Báo Biên Ải", last_ok_at=NOW, last_poll_at=NOW))
        number = session.query(Article).count() + 1
        page = RawPage(url="u", fetched_at=NOW - timedelta(days=400), body_hash="h", body=b"x" * 2000)
        article = Article(
            source_id="bao-bien",
            url=f"https://bien.example/{number}",
            title=f"Ký biên bản số {number} \x1b[31m",
            text="Hai bên ký biên bản.",
            published="2026-11-21T08:00:00+07:00",
            seen_at=NOW,
            checked_at=NOW,
            text_hash=str(number),
        )
        happening = Event(**fields)
        session.add_all([page, article, happening])
        session.flush()
        first = Revision(
            article_id=article.id, number=1, title="t", text="x", text_hash="1", seen_at=NOW, raw_page_id=page.id
        )
        session.add(first)
        session.flush()
        search.index(session, article)
        session.add(Mention(event_id=happening.id, article_id=article.id, revision_id=first.id, created_at=NOW))
    database.close()
    return happening.id


# --- the table of commands -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS.split())
def test_it_explains_every_command(doingoai: Doingoai, command: str):
    code, out, _ = doingoai(*command.split("-"), "--help", config=False)
    assert code == 0
    assert "Usage: doingoai" in out


def test_it_has_no_command_that_the_reference_leaves_out():
    reference = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    headings = set(re.findall(r"^### `doingoai ([a-z ]+?)(?: [\[A-Z].*)?`$", reference, re.MULTILINE))
    names = {str(c.name or c.callback.__name__) for c in app.registered_commands}  # type: ignore[union-attr]
    for group in app.registered_groups:
        assert group.typer_instance is not None
        if group.typer_instance.registered_callback is not None:
            names.add(str(group.name))  # does something by itself
        names |= {
            f"{group.name} {c.name or c.callback.__name__}"  # type: ignore[union-attr]
            for c in group.typer_instance.registered_commands
        }
    assert names == headings
    assert {name.replace(" ", "-") for name in names} == set(COMMANDS.split())


def test_it_tells_its_version(doingoai: Doingoai):
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert doingoai("--version", config=False)[:2] == (0, f"doingoai {version}\n")


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("worker",), "worker"),
        (("events", "--format", "xlsx"), "xlsx"),
        (("signings", "--format", "ics"), "ics"),
        (("crawl",), "--all"),
        (("crawl", "nobody"), "nobody"),
        (("reprocess", "--source", "nobody"), "nobody"),
        (("reprocess", "--since", "soon"), "--since"),
        (("alerts", "retry", "7"), "7"),
        (("db", "restore", "missing.db"), "missing.db"),
        (("analyze", "--config"), "--config"),
        (("crawl", "--url", "https://elsewhere.example/1"), "elsewhere.example"),
        (("events", "--since", "yesterday"), "--since"),
        (("events", "--kind", "party"), "party"),
        (("sources", "show", "nobody"), "nobody"),
        (("alerts", "preview", "7"), "7"),
        (("alerts", "test", "Nobody"), "Nobody"),
        (("db", "prune", "--older-than", "soon"), "--older-than"),
        (("nonsense",), "nonsense"),
    ],
)
def test_it_refuses_wrong_use_with_2_and_says_what(doingoai: Doingoai, words: tuple[str, ...], named: str):
    code, out, err = doingoai(*words)
    assert (code, out) == (2, "")
    assert named in err


def test_it_names_the_wrong_key_of_the_configuration(doingoai: Doingoai):
    doingoai.config.write_text('[polling]\nintervall = "10m"\n', encoding="utf-8")
    code, _, err = doingoai("status")
    assert code == 2
    assert err == "doingoai.toml: polling.intervall: unknown key, did you mean interval?\n"


def test_it_takes_the_configuration_from_before_the_command_and_from_the_environment(
    doingoai: Doingoai, monkeypatch: pytest.MonkeyPatch
):
    moved = doingoai.config.rename(doingoai.folder / "other.toml")
    assert "bao-bien" in doingoai("--config", str(moved), "sources", "list", config=False)[1]
    monkeypatch.setenv("DOINGOAI_CONFIG", str(moved))
    assert "bao-bien" in doingoai("sources", "list", config=False)[1]


def test_it_says_in_one_line_that_the_database_is_none(doingoai: Doingoai):
    (doingoai.folder / "doingoai.db").write_bytes(b"no database at all" * 100)
    code, _, err = doingoai("events")
    assert code == 1
    assert err.count("\n") == 1
    assert "is not a SQLite database" in err


def test_it_writes_a_configuration_that_works_and_never_over_one(doingoai: Doingoai):
    folder = doingoai.folder / "new"
    assert doingoai("init", str(folder), config=False)[0] == 0
    assert doingoai("sources", "list", "--config", str(folder / "doingoai.toml"), config=False)[0] == 0
    written = (folder / "doingoai.toml").read_text(encoding="utf-8")
    code, _, err = doingoai("init", str(folder), config=False)
    assert code == 2
    assert "is there already" in err
    assert (folder / "doingoai.toml").read_text(encoding="utf-8") == written


# --- the archive ---------------------------------------------------------------------------------------------------


def test_it_says_that_there_is_nothing_yet(doingoai: Doingoai):
    assert doingoai("events")[1].startswith("no events yet")
    assert doingoai("signings")[1].startswith("no signed documents yet")
    assert doingoai("articles")[1].startswith("no articles yet")
    assert doingoai("alerts", "list")[1].startswith("no alerts yet")
    assert doingoai("search", "gì")[1] == "nothing found\n"
    assert doingoai.json("events", "--json") == []


def test_it_prints_events_as_a_table_of_80_columns(doingoai: Doingoai):
    fill(doingoai)
    _, out, _ = doingoai("events")
    assert "Sở Ngoại vụ" in out
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ((), 2),
        (("--kind", "signing"), 1),
        (("--country", "la"), 1),
        (("--province", "cao-bang"), 1),
        (("--status", "upcoming"), 1),
        (("--since", "2026-11-20"), 1),
        (("--since", "21/11/2026"), 0),
        (("--until", "2025-12-31"), 1),
        (("--source", "bao-bien"), 2),
        (("--source", "other"), 0),
    ],
)
def test_it_filters_events(doingoai: Doingoai, words: tuple[str, ...], number: int):
    fill(doingoai)
    fill(
        doingoai, kind="meeting", subtype="talks", country="LA", province="cao-bang", status="upcoming", date="2025-03"
    )
    assert len(doingoai.json("events", "--format", "json", *words)) == number


def test_it_keeps_a_year_that_may_lie_after_the_day_asked_for(doingoai: Doingoai):
    fill(doingoai, date="2023")
    assert len(doingoai.json("events", "--json", "--since", "2023-05-01")) == 1
    assert len(doingoai.json("events", "--json", "--since", "2024-01-01")) == 0


def test_it_writes_csv_that_no_spreadsheet_runs(doingoai: Doingoai):
    fill(doingoai, place="@SUM(A1)")
    _, out, _ = doingoai("signings", "--format", "csv")
    assert out.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(out.removeprefix("\ufeff"))))
    assert [row["title"] for row in rows] == ["Biên bản thứ nhất", "'=HYPERLINK(1)"]
    assert rows[0]["place"] == "'@SUM(A1)"


def test_it_lists_a_line_for_each_signed_document(doingoai: Doingoai):
    fill(doingoai)
    fill(doingoai, status="upcoming")
    lines = doingoai.json("signings", "--json")
    assert [line["type"] for line in lines] == ["minutes", "memorandum"]
    assert lines[0]["vietnamese"] == ["Sở Ngoại vụ"]
    assert lines[1]["foreign"] == ["B"]
    assert len(doingoai.json("signings", "--json", "--kind", "memorandum")) == 1


def test_it_finds_words_with_and_without_marks(doingoai: Doingoai):
    fill(doingoai)
    for words in (["bien ban"], ["biên", "bản"], ['"ký biên bản"'], ["ky bien", "BAN"]):
        assert len(doingoai.json("search", "--json", *words)) == 1
    assert doingoai.json("search", "--json", "biển bán") == []


def test_it_lets_no_title_speak_to_the_terminal(doingoai: Doingoai):
    fill(doingoai)
    for words in (("articles",), ("search", "biên"), ("events",)):
        assert "\x1b[31m" not in doingoai(*words)[1]


def test_it_says_how_many_more_articles_there_are(doingoai: Doingoai):
    for _ in range(3):
        fill(doingoai)
    _, out, err = doingoai("articles", "--limit", "2")
    assert out.count("Ký biên bản") == 2
    assert "2 of 3" in err


# --- sources and alerts --------------------------------------------------------------------------------------------


def test_it_lists_and_shows_sources(doingoai: Doingoai):
    watched = [source for source in doingoai.json("sources", "list", "--json") if source["watched"]]
    assert [source["id"] for source in watched] == ["bao-bien"]
    assert "https://bien.example/" in doingoai("sources", "show", "bao-bien")[1]
    assert doingoai.json("sources", "show", "bao-bien", "--json")["kind"] == "newspaper"


def test_it_reports_failing_sources_with_1(doingoai: Doingoai):
    assert doingoai("sources", "health")[0] == 0
    database = doingoai.database()
    with database.writing() as session:
        session.add(SourceState(id="bao-bien", failures=2, last_error="HTTP 500"))
    database.close()
    code, out, err = doingoai("sources", "health")
    assert code == 1
    assert "HTTP 500" in out
    assert "bao-bien" in err


def test_it_previews_who_would_hear_of_an_event(doingoai: Doingoai):
    number = fill(doingoai)
    _, out, _ = doingoai("alerts", "preview", str(number))
    assert "Phòng Hợp tác: no: nước CN" in out
    told = doingoai.json("alerts", "preview", str(fill(doingoai, country="LA")), "--json")
    assert told["subscriptions"] == [{"subscription": "Phòng Hợp tác", "wanted": True, "against": []}]


def test_it_sends_a_sample_and_says_what_became_of_it(doingoai: Doingoai):
    heard: list[bytes] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    code, out, err = doingoai("alerts", "test")
    assert code == 1
    assert "not accepted now" in out
    assert "1 of 1 recipients" in err
    with ThreadingHTTPServer(("127.0.0.1", 0), Hook) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        text = doingoai.config.read_text(encoding="utf-8").replace("127.0.0.1:9/", f"127.0.0.1:{server.server_port}/")
        doingoai.config.write_text(text, encoding="utf-8")
        code, out, _ = doingoai("alerts", "test", "Phòng Hợp tác")
        server.shutdown()
    assert code == 0
    assert "accepted by the receiving side" in out
    assert len(heard) == 1


def test_it_puts_given_up_messages_back(doingoai: Doingoai):
    fields = {"notice_key": "k", "thread": "k", "subscription": "S", "recipient": "r", "message_id": "m", "notice": {}}
    database = doingoai.database()
    with database.writing() as session:
        session.add(Message(key="a", created_at=NOW, due_at=NOW, given_up_at=NOW, tries=5, **fields))
        session.add(Message(key="b", created_at=NOW, due_at=NOW, sent_at=NOW, **fields))
    database.close()
    assert [m["state"] for m in doingoai.json("alerts", "list", "--json")] == ["sent", "failed"]
    assert doingoai("alerts", "retry")[1].startswith("1 put back")
    assert [m["state"] for m in doingoai.json("alerts", "list", "--waiting", "--json")] == ["waiting"]
    assert doingoai("alerts", "retry", "2")[0] == 2


# --- health and database -------------------------------------------------------------------------------------------


def test_it_tells_health_by_exit_code(doingoai: Doingoai):
    code, _, err = doingoai("check")
    assert code == 3
    assert "has never run" in err
    database = doingoai.database()
    with database.writing() as session:
        for job in ("poll", "read", "send"):
            session.add(JobRun(job=job, started_at=datetime.now(UTC), finished_at=datetime.now(UTC), ok=True))
    database.close()
    assert doingoai("check")[:2] == (0, "well\n")
    assert doingoai.json("status", "--json")["well"] is True
    assert "1 watched" in doingoai("status")[1]


def test_it_checks_the_recipients_of_the_configuration(doingoai: Doingoai):
    doingoai.config.write_text(CONFIG.replace("json://", "jsno://"), encoding="utf-8")
    code, _, err = doingoai("check")
    assert code == 2
    assert "Phòng Hợp tác" in err


def test_it_backs_up_and_restores(doingoai: Doingoai):
    fill(doingoai)
    copy = doingoai.folder / "copy.db"
    assert doingoai("db", "backup", str(copy))[0] == 0
    assert doingoai("db", "backup", str(copy))[0] == 2  # there already
    code, _, err = doingoai("db", "restore", str(copy))
    assert code == 2
    assert "nothing was overwritten" in err
    for path in doingoai.folder.glob("doingoai.db*"):
        path.unlink()
    assert doingoai("db", "restore", str(copy))[0] == 0
    assert len(doingoai.json("events", "--json")) == 1
    assert doingoai("db", "check")[:2] == (0, "well\n")


def test_it_restores_only_backups_of_its_own(doingoai: Doingoai):
    other = doingoai.folder / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE x (y)")
    junk = doingoai.folder / "junk.db"
    junk.write_bytes(b"junk" * 1000)
    for path in (other, junk, doingoai.folder / "nothing.db"):
        code, _, err = doingoai("db", "restore", str(path))
        assert code == 2
        assert path.name in err
    assert not (doingoai.folder / "doingoai.db").exists()


def test_it_notices_damage(doingoai: Doingoai):
    fill(doingoai)
    with sqlite3.connect(doingoai.folder / "doingoai.db") as connection:
        connection.execute("DELETE FROM article_fts")
        connection.execute("DELETE FROM event")
    code, _, err = doingoai("db", "check")
    assert code == 1
    assert "1 articles cannot be searched" in err
    assert "orphans: 1 rows of mention without their event" in err


def test_it_prunes_old_pages_but_those_of_alerted_events(doingoai: Doingoai):
    fill(doingoai)
    fill(doingoai, announced_at=NOW)
    database = doingoai.database()
    with database.writing() as session:
        run = CrawlRun(
            source_id="bao-bien", started_at=NOW - timedelta(days=500), finished_at=NOW - timedelta(days=500)
        )
        session.add(run)
        session.flush()
        session.add(FetchRecord(run_id=run.id, url="u", at=NOW - timedelta(days=500), outcome="new"))
    would = doingoai.json("db", "prune", "--dry-run", "--json")
    assert (would["pages"], would["fetches"], would["runs"]) == (1, 1, 1)
    with database.reading() as session:
        assert session.query(RawPage).count() == 2
    assert doingoai("db", "prune")[0] == 0
    with database.reading() as session:
        assert session.query(RawPage).count() == 1
        assert session.query(FetchRecord).count() == session.query(CrawlRun).count() == 0
        assert session.query(Article).count() == 2
    database.close()
    assert doingoai("db", "check")[1] == "well\n"


# --- crawling ------------------------------------------------------------------------------------------------------


def toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name} = {toml(v)}" for name, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def watch(doingoai: Doingoai, portals: Portals, outlet: str) -> None:
    [source] = [source for source in portals.sources() if source["id"] == outlet]
    text = f'[polling]\npage_delay = "10ms"\nallow_private_hosts = {toml(portals.hosts())}\n[catalogue]\nenable = []\n'
    text += "[[sources]]\n" + "".join(f"{name} = {toml(value)}\n" for name, value in source.items())
    doingoai.config.write_text(text, encoding="utf-8")


def test_it_crawls_reads_and_counts(doingoai: Doingoai):
    with Portals() as portals:
        outlet = "bao-song-hong"
        watch(doingoai, portals, outlet)
        code, out, err = doingoai("crawl", outlet)
        assert (code, err) == (0, "")
        new = int(re.search(r"total: (\d+) new, 0 revised, 0 unchanged, 0 failed", out)[1])  # type: ignore[index]
        assert new > 2
        assert len(doingoai.json("articles", "--json", "--limit", "100")) == new
        assert doingoai.json("status", "--json")["articles"]["unread"] == 0

        code, out, _ = doingoai("crawl", "--all", "--json")
        lines = [json.loads(line) for line in out.splitlines()]
        assert code == 0
        assert (lines[-1]["type"], lines[-1]["new"]) == ("total", 0)

        url = doingoai.json("articles", "--json")[0]["url"]
        code, out, _ = doingoai("crawl", "--url", url, "--force")
        assert code == 0
        assert "total: 0 new, 0 revised, 1 unchanged, 0 failed" in out


@pytest.mark.parametrize("words", [("--all",), ("--all", "--verbose")])
def test_it_names_pages_that_could_not_be_had(doingoai: Doingoai, words: tuple[str, ...]):
    with Portals() as portals:
        outlet = "bao-song-hong"
        watch(doingoai, portals, outlet)
        story = next(story for story in portals.stories() if story.outlet == outlet)
        portals.trouble(outlet, "empty", path=portals.outlets[outlet].path(story))
        code, out, err = doingoai("crawl", *words)
        address = portals.url(story.key)
    assert code == 1
    assert ", 1 failed" in out
    assert err.splitlines()[-1] == f"{outlet}: {address}: empty page"
    assert ("WARNING" in err) == ("--verbose" in words)


def test_it_says_which_source_could_not_be_crawled(doingoai: Doingoai):
    with Portals() as portals:
        watch(doingoai, portals, "bao-song-hong")
        portals.refuse("bao-song-hong")
        code, _, err = doingoai("crawl", "--all")
    assert code == 1
    assert err.startswith("bao-song-hong: ")


def test_it_checks_a_source_field_by_field_and_stores_nothing(doingoai: Doingoai):
    with Portals() as portals:
        watch(doingoai, portals, "bao-song-hong")
        code, out, err = doingoai("sources", "check", "--json")
    [found] = json.loads(out)
    assert (code, err) == (0, "")
    assert found["links"] > 0
    assert found["article"]["title"]
    assert found["article"]["published"]
    assert not (doingoai.folder / "doingoai.db").exists()


def test_it_reprocesses_what_is_stored_and_names_the_difference(doingoai: Doingoai):
    with Portals() as portals:
        watch(doingoai, portals, "bao-song-hong")
        portals.release(portals.last_step)
        doingoai("crawl", "--all")
    before = doingoai.json("events", "--json")
    assert before
    assert ", 0 changes in events, " in doingoai("reprocess")[1]  # the same rules find the same
    database = doingoai.database()
    with database.writing() as session:
        mention = session.query(Mention).order_by(Mention.id).first()
        assert mention is not None
        mention.found = {**mention.found, "date": "1999-01-01"}
    _, out, _ = doingoai("reprocess", "--dry-run")
    assert "~ " in out
    assert "date: 1999-01-01 → " in out
    with database.reading() as session:
        assert session.get_one(Mention, mention.id).found["date"] == "1999-01-01"
    doingoai("reprocess")
    with database.reading() as session:
        assert session.get_one(Mention, mention.id).found["date"] != "1999-01-01"
    database.close()
    assert [event["id"] for event in doingoai.json("events", "--json")] == [event["id"] for event in before]


def test_it_lets_go_of_events_that_no_rule_finds_any_more(doingoai: Doingoai):
    kept = fill(doingoai, announced_at=NOW)
    lost = fill(doingoai)
    database = doingoai.database()
    with database.writing() as session:
        for event in (kept, lost):
            mention = session.query(Mention).filter_by(event_id=event).one()
            mention.found = {"kind": "signing", "subtype": "minutes", "date": "2026-11-20", "vietnamese_side": []}
        session.query(Revision).update({"raw_page_id": None})
        session.query(Article).update({"text": "Trời hôm nay nắng đẹp.", "title": "Thời tiết"})
    database.close()
    code, out, _ = doingoai("reprocess")
    assert code == 0
    assert out.count("- signing/minutes") == 2
    assert "(people were told: kept)" in out
    assert [event["id"] for event in doingoai.json("events", "--json")] == [kept]
