"""Correcting events and trying other rules, through the command line, on real files and databases."""

from __future__ import annotations

import json
import logging
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import select, text

from alerts.tables import Message
from crawler import search
from crawler.article import CleanArticle
from crawler.database import Database
from crawler.store import store_article
from crawler.tables import Article, Revision
from monitor import reader, reasons, schema
from monitor.cli import main
from monitor.detect.records import ArticleText, Evidence, Instrument, Party, Rejected
from monitor.detect.records import Event as Found
from monitor.detect.records import Reading as Detected
from monitor.settings import Settings, load
from monitor.tables import Mention

ROOT = Path(__file__).parents[2]
SCORE = ROOT.parent / "shared" / "cases" / "score.py"
NOW = datetime.now(UTC)
TODAY = NOW.date().isoformat()
CONFIG = """
[catalogue]
enable = []
[web]
listen = ""
[[sources]]
id = "bao-bien"
name = "Báo Biên Ải"
province = "lang-son"
home = "https://bien.example/"
[[sources]]
id = "cong-nui"
name = "Cổng Núi"
province = "cao-bang"
home = "https://nui.example/"
[[subscriptions]]
name = "Phòng Hợp tác"
to = ["json://someone:topsecret@127.0.0.1:9/hook"]
min_confidence = 0.1
"""
TALKS = Found(
    kind="meeting",
    subtype="talks",
    status="held",
    date=TODAY,
    place="Lạng Sơn",
    province="lang-son",
    country="CN",
    foreign_region="Quảng Tây",
    vietnamese_side=(Party("UBND tỉnh Lạng Sơn", "agency"), Party("Nguyễn Văn An", "person", "Phó Chủ tịch")),
    foreign_side=(Party("Quảng Tây", "locality"), Party("Lý Minh", "person")),
    evidence=(Evidence("Hai bên hội đàm.", 0, 16),),
    confidence=0.9,
    reason="strong-clause",
    code="043 CONSULT",
)
SIGNING = replace(
    TALKS,
    kind="signing",
    subtype="memorandum",
    instruments=(Instrument("memorandum", "Biên bản ghi nhớ về du lịch", "du lịch"),),
    reason="sign-clause",
)
OTHER = replace(
    TALKS,
    place="Cao Lộc",
    vietnamese_side=(Party("Huyện ủy Cao Lộc", "agency"), Party("Bế Thị Én", "person")),
    foreign_side=(Party("Bằng Tường", "locality"), Party("Vương Hà", "person")),
)
WORDS = "Hai bên hội đàm. Lãnh đạo tỉnh mong sớm gặp lại phía bạn."
Rules = Callable[[ArticleText], Detected]


class Doingoai:
    """Runs commands in a folder with a configuration, with rules that find what the test says."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self.folder, self.capture, self.patch = folder, capture, patch
        (folder / "doingoai.toml").write_text(CONFIG, encoding="utf-8")
        self.found: dict[str, tuple[Found, ...]] = {}
        self.refused: dict[str, tuple[Rejected, ...]] = {}
        self.rules("first")

    def __call__(self, *words: str) -> tuple[int, str, str]:
        self.capture.readouterr()
        with pytest.raises(SystemExit) as end:
            main(list(words))
        out, err = self.capture.readouterr()
        assert "Traceback" not in err
        assert "topsecret" not in out + err
        return int(end.value.code or 0), out, err

    def json(self, *words: str) -> Any:
        code, out, err = self(*words, "--json")
        assert (code, err) == (0, "")
        return json.loads(out)

    def lines(self, *words: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self(*words, "--json")[1].splitlines()]

    def ids(self, *options: str) -> list[int]:
        return sorted(event["id"] for event in self.json("events", *options))

    @property
    def settings(self) -> Settings:
        return load(self.folder / "doingoai.toml")

    def rules(self, name: str, **found: tuple[Found, ...]) -> None:
        """From now on these rules read: by the last word of an address, what they find there."""
        self.found = {**self.found, **found}
        self.patch.setattr("monitor.detect.RULES", name)
        self.patch.setattr("monitor.detect.read", self._read)

    def _read(self, article: ArticleText) -> Detected:
        name = article.url.rpartition("/")[2]
        return Detected(self.found.get(name, ()), self.refused.get(name, ()))

    def publishes(self, name: str, *found: Found, source: str = "bao-bien", **more: Any) -> int:
        """An article that tells of these; gives its number."""
        self.found[name] = found
        article = CleanArticle(
            url=f"https://bien.example/{name}",
            title=f"Tin {name}",
            lead="",
            text=f"{WORDS} Bài {name}.",
            captions=(),
            author="",
            published=more.get("published", NOW.astimezone().isoformat()),
            published_from="meta",
            language="vi",
        )
        with self.database() as database:
            with database.writing() as session:
                silent = more.get("silent", False)
                stored = store_article(session, source, article, b"", "", NOW, silent, ())
            reader.read_new(database, self.settings, NOW, read=self._read)
        return stored.article_id

    def database(self) -> Any:
        return _opened(self.folder / "doingoai.db")

    def messages(self) -> list[Message]:
        with self.database() as database, database.reading() as session:
            return list(session.scalars(select(Message).order_by(Message.id)))

    def dump(self) -> list[str]:
        with sqlite3.connect(self.folder / "doingoai.db") as connection:
            return list(connection.iterdump())


class _opened:
    def __init__(self, file: Path) -> None:
        self.database = Database(f"sqlite:///{file}")

    def __enter__(self) -> Database:
        schema.upgrade(self.database)
        return self.database

    def __exit__(self, *_: object) -> None:
        self.database.close()


@pytest.fixture
def doingoai(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Doingoai]:
    root = logging.getLogger()  # a command sets up logging for its whole process
    handlers, level = root.handlers[:], root.level
    monkeypatch.delenv("DOINGOAI_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    yield Doingoai(tmp_path, capsys, monkeypatch)
    root.handlers[:] = handlers
    root.setLevel(level)


# --- show and mark -------------------------------------------------------------------------------------------------


def test_it_marks_an_event_wrong_and_shows_it_only_when_asked(doingoai: Doingoai) -> None:
    doingoai.publishes("a", TALKS, SIGNING)
    code, out, _ = doingoai("events", "mark", "2", "wrong", "--note", "không ký gì", "--by", "Lan")
    assert (code, out) == (0, "event 2 is marked wrong\n1 waiting messages no longer tell of it\n")
    assert doingoai.ids() == [1]
    assert doingoai.json("signings") == []
    assert doingoai("events", "--format", "csv")[1].count("\n") == 2
    assert doingoai.ids("--all") == [1, 2]
    assert doingoai.ids("--marked") == [2]
    assert "marked wrong" in " ".join(doingoai("events", "--all")[1].split())
    doingoai("events", "mark", "2", "right")
    assert doingoai.ids() == [1, 2]
    assert len(doingoai.json("signings")) == 1


def test_it_shows_one_event_whole(doingoai: Doingoai) -> None:
    doingoai.publishes("a", TALKS, SIGNING)
    doingoai.publishes("b", TALKS, source="cong-nui")
    doingoai("events", "mark", "1", "right", "--note", "Đã hỏi lại", "--by", "Lan")
    record = doingoai.json("events", "show", "1")
    assert (record["id"], record["verdict"], record["reason"]) == (1, "right", "strong-clause")
    assert record["reason_words"] == "câu có từ ngữ rõ nghĩa về cuộc gặp; cả hai bên nêu ngay trong câu"
    assert record["evidence"][0]["text"] == "Hai bên hội đàm."
    assert [mention["outlet"] for mention in record["mentions"]] == ["bao-bien", "cong-nui"]
    assert record["mentions"][0]["why_words"] == "bài đầu tiên nêu sự kiện"
    assert "cùng người phía nước ngoài" in record["mentions"][1]["why_words"]
    assert (record["occasion"], record["merged"]) == ([2], [])
    assert [(mark["verdict"], mark["who"], mark["note"]) for mark in record["marks"]] == [
        ("right", "Lan", "Đã hỏi lại")
    ]
    assert [message["state"] for message in record["messages"]] == ["waiting"]
    code, out, _ = doingoai("events", "show", "1")
    assert code == 0
    for said in (
        "Hai bên hội đàm.",
        "strong-clause",
        "Đã hỏi lại",
        "https://bien.example/b",
        "event 2",
        "Phòng Hợp tác",
    ):
        assert said in out


def test_it_speaks_english_of_rules_where_the_configuration_does(doingoai: Doingoai) -> None:
    doingoai.publishes("a", TALKS)
    (doingoai.folder / "doingoai.toml").write_text('language = "en"\n' + CONFIG, encoding="utf-8")
    assert doingoai.json("events", "show", "1")["reason_words"].startswith("a clear word for a meeting")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("show", "7"), "there is no event 7"),
        (("show", str(2**70)), f"there is no event {2**70}"),
        (("mark", "7", "wrong"), "there is no event 7"),
        (("mark", "1", "perhaps"), "'perhaps' is none of right, wrong"),
        (("mark", "1", "missed"), "missed needs --article"),
        (("mark", "wrong"), "say which event"),
        (("mark", "1", "2", "wrong"), "say which event"),
        (("mark", "--article", "1", "missed"), "--kind"),
        (("mark", "--article", "1", "missed", "--kind", "party"), "party"),
        (("mark", "--article", "9", "missed", "--kind", "meeting"), "there is no article 9"),
        (("mark", "--article", "1", "wrong", "--kind", "meeting"), "'wrong' is none of missed, right"),
        (("split", "1"), "name the articles that do not belong to event 1"),
        (("split", "1", "1", "--undo"), "--undo"),
        (("split", "1", "--undo"), "event 1 has no split to undo"),
        (("split", "1", "1"), "event 1 has no other article"),
        (("merge", "1"), "name the other event"),
        (("merge", "1", "2"), "there is no event 2"),
        (("rejected", "--kind", "party"), "party"),
        (("rejected", "--since", "soon"), "--since"),
        (("nonsense",), "nonsense"),
    ],
)
def test_it_refuses_what_cannot_be_with_2_and_names_it(doingoai: Doingoai, words: tuple[str, ...], said: str) -> None:
    doingoai.publishes("a", TALKS)
    before = doingoai.dump()
    code, out, err = doingoai("events", *words)
    assert (code, out) == (2, "")
    assert said in err
    assert doingoai.dump() == before


def test_it_takes_the_configuration_before_and_behind_the_command(doingoai: Doingoai) -> None:
    doingoai.publishes("a", TALKS)
    file = str((doingoai.folder / "doingoai.toml").rename(doingoai.folder / "other.toml"))
    assert doingoai("events", "show", "1", "--config", file)[0] == 0
    assert doingoai("events", "--config", file, "show", "1")[0] == 0
    assert doingoai("--config", file, "events", "show", "1")[0] == 0


# --- split and merge -----------------------------------------------------------------------------------------------


def test_it_splits_and_undoes_by_command(doingoai: Doingoai) -> None:
    doingoai.publishes("a", TALKS)
    doingoai.publishes("b", replace(TALKS, subtype="courtesy_call"), source="cong-nui")
    code, out, _ = doingoai("events", "split", "1", "https://bien.example/b", "--note", "hai cuộc", "--by", "Lan")
    assert code == 0
    assert out.splitlines() == [
        "event 2 now has article 2; event 1 keeps the others",
        "event 2 is news; `doingoai run` sends the alerts",
    ]
    assert doingoai.ids() == [1, 2]
    assert len(doingoai.messages()) == 2
    [decision] = doingoai.json("events", "show", "2")["decisions"]
    assert (decision["what"], decision["articles"], decision["who"], decision["note"]) == (
        "split",
        [2],
        "Lan",
        "hai cuộc",
    )
    doingoai("reprocess")
    assert doingoai.ids() == [1, 2]
    assert doingoai("events", "split", "2", "--undo")[1] == "event 2 is part of event 1 again\n"
    assert doingoai.ids() == [1]
    assert len(doingoai.messages()) == 1
    assert "event 2 was merged into event 1" in doingoai("events", "show", "2")[1]


def test_it_splits_in_silence_when_asked(doingoai: Doingoai) -> None:
    doingoai.publishes("a", TALKS)
    doingoai.publishes("b", TALKS, source="cong-nui")
    doingoai("events", "split", "1", "2", "--quiet")
    assert doingoai.ids() == [1, 2]
    assert len(doingoai.messages()) == 1


def test_it_merges_and_undoes_by_command(doingoai: Doingoai) -> None:
    doingoai.publishes("a", TALKS)
    doingoai.publishes("b", OTHER, source="cong-nui")
    assert doingoai.ids() == [1, 2]
    assert doingoai("events", "merge", "2", "1")[:2] == (0, "event 2 is part of event 1 now\n")
    assert doingoai.ids() == [1]
    doingoai.rules("second")
    doingoai("reprocess")
    assert doingoai.ids() == [1]
    assert len(doingoai.json("events", "show", "2")["mentions"]) == 2
    assert doingoai("events", "merge", "1", "--undo")[:2] == (0, "event 2 and event 1 are two again\n")
    assert doingoai.ids() == [1, 2]


def test_it_keeps_the_database_whole_through_corrections(doingoai: Doingoai) -> None:
    doingoai.publishes("a", TALKS, SIGNING)
    doingoai.publishes("b", TALKS, source="cong-nui")
    doingoai.publishes("c", OTHER)
    for words in ("split 1 2", "merge 1 4", "mark 3 wrong", "split 1 --undo", "merge 4 --undo", "mark 3 right"):
        assert doingoai("events", *words.split())[0] in (0, 2), words
    assert doingoai("db", "check")[0] == 0


# --- what was rejected ---------------------------------------------------------------------------------------------


def refuse(doingoai: Doingoai) -> None:
    wish = WORDS.index(" Lãnh đạo")
    doingoai.refused = {
        "a": (Rejected("meeting", "wish:mong", "Lãnh đạo tỉnh mong sớm gặp lại phía bạn.", wish),),
        "b": (
            Rejected("signing", "no-instrument", "Tin b", 0),
            Rejected("meeting", "wish:hướng tới", "Ảnh: hướng tới cuộc gặp.", 0),
        ),
    }
    old, young = NOW - timedelta(days=40), NOW - timedelta(days=1)
    doingoai.publishes("a", published=old.isoformat())
    doingoai.publishes("b", source="cong-nui", published=young.isoformat())


def test_it_lists_what_was_rejected_with_its_reason_and_place(doingoai: Doingoai) -> None:
    refuse(doingoai)
    found = doingoai.json("events", "rejected")
    lines = [(one["article_id"], one["kind"], one["reason"], one["where"]) for one in found["rejected"]]
    assert lines == [
        (2, "signing", "no-instrument", "title"),
        (2, "meeting", "wish:hướng tới", "caption"),
        (1, "meeting", "wish:mong", "text"),
    ]
    assert (found["counts"], found["total"]) == ({"wish": 2, "no-instrument": 1}, 3)
    assert found["rejected"][0]["reason_words"] == "nói tới ký nhưng không nêu văn bản nào"
    assert "“hướng tới”" in found["rejected"][1]["reason_words"]
    code, out, _ = doingoai("events", "rejected")
    assert code == 0
    assert "Lãnh đạo tỉnh mong" in " ".join(out.split())
    assert "     2  wish: " in out
    assert out.rstrip().endswith("3  in all")


@pytest.mark.parametrize(
    ("options", "articles"),
    [
        (("--kind", "signing"), [2]),
        (("--source", "bao-bien"), [1]),
        (("--reason", "wish"), [2, 1]),
        (("--reason", "wish:mong"), [1]),
        (("--reason", "wis"), []),
        (("--since", (NOW - timedelta(days=9)).date().isoformat()), [2, 2]),
    ],
)
def test_it_lists_only_the_rejected_that_are_asked_for(
    doingoai: Doingoai, options: tuple[str, ...], articles: list[int]
) -> None:
    refuse(doingoai)
    assert [one["article_id"] for one in doingoai.json("events", "rejected", *options)["rejected"]] == articles


def test_it_counts_all_that_was_rejected_though_it_lists_few(doingoai: Doingoai) -> None:
    refuse(doingoai)
    code, out, err = doingoai("events", "rejected", "--limit", "1")
    assert (code, err) == (0, "1 of 3; --limit shows more\n")
    assert "3  in all" in out


def test_it_lists_only_what_the_last_reading_rejected(doingoai: Doingoai) -> None:
    refuse(doingoai)
    doingoai.refused = {"b": (Rejected("signing", "no-instrument", "Tin b", 0),)}
    doingoai.rules("second")
    doingoai("reprocess")
    assert [one["reason"] for one in doingoai.json("events", "rejected")["rejected"]] == ["no-instrument"]


def test_it_says_that_nothing_was_rejected(doingoai: Doingoai) -> None:
    assert doingoai("events", "rejected")[1] == "nothing was rejected yet\n"
    assert doingoai("events", "rejected", "--reason", "wish")[1] == "nothing was rejected like this\n"


@pytest.mark.parametrize("language", ["vi", "en"])
def test_it_has_plain_words_for_every_reason_of_the_reference(language: str) -> None:
    page = (ROOT / "docs" / "reference" / "events.md").read_text(encoding="utf-8")
    table = page.partition("## Reasons against")[2].partition("\n## ")[0]
    codes = [
        code for line in table.splitlines() if line.startswith("| `") for code in line.split("|")[1].split("`")[1::2]
    ]
    assert len(codes) > 10
    for code in codes:
        assert reasons.why_not(code.replace("…", "x"), language) != code.replace("…", "x")
    assert reasons.why_not("a-new-rule", language) == "a-new-rule"
    assert reasons.why_event("a-new-rule", language) == "a-new-rule"
    assert reasons.why_one("moon", language) == "moon"


# --- cases ---------------------------------------------------------------------------------------------------------


def label(doingoai: Doingoai) -> list[dict[str, Any]]:
    """Right, wrong, missed, nothing missed; and what nobody marked."""
    doingoai.publishes("right", TALKS, SIGNING)
    doingoai.publishes("wrong", OTHER, source="cong-nui", published="")
    doingoai.publishes("missed")
    doingoai.publishes("nothing")
    doingoai.publishes("unmarked", replace(OTHER, date="2021-03-04"))
    doingoai("events", "mark", "1", "right")
    doingoai("events", "mark", "3", "right")
    doingoai("events", "mark", "3", "wrong", "--note", "họp nội bộ")
    doingoai("events", "mark", "--article", "https://bien.example/missed", "missed", "--kind", "signing")
    doingoai("events", "mark", "--article", "4", "right", "--kind", "meeting")
    doingoai("events", "mark", "--article", "4", "right", "--kind", "signing")
    assert doingoai("events", "cases", "--out", "cases.jsonl")[1] == "4 cases written to cases.jsonl\n"
    written = (doingoai.folder / "cases.jsonl").read_text(encoding="utf-8")
    assert doingoai("events", "cases")[1] == written
    return [json.loads(line) for line in written.splitlines()]


def test_it_makes_cases_of_marks(doingoai: Doingoai) -> None:
    right, wrong, missed, nothing = label(doingoai)
    news = [
        (case["label"]["has_new_meeting"], case["label"]["has_new_signing"]) for case in (right, wrong, missed, nothing)
    ]
    assert news == [(True, None), (False, None), (None, True), (False, False)]
    assert [case["label"]["foreign_event"] for case in (right, wrong, missed, nothing)] == [True, False, True, False]
    assert (right["title"], right["province"], wrong["province"]) == ("Tin right", "Lạng Sơn", "Cao Bằng")
    assert (wrong["published"], wrong["label"]["note"], wrong["label"]["events"]) == (None, "họp nội bộ", [])
    [event] = right["label"]["events"]
    assert (event["kind"], event["date"], event["country"]) == ("meeting", TODAY, "CN")
    assert event["vn_side"] == ["UBND tỉnh Lạng Sơn", "Nguyễn Văn An (Phó Chủ tịch)"]
    assert right["text"].startswith("Hai bên hội đàm.")


def test_it_labels_a_plan_and_a_central_meeting_as_no_new_local_one(doingoai: Doingoai) -> None:
    doingoai.publishes("plan", replace(TALKS, status="upcoming", date=(NOW + timedelta(days=9)).date().isoformat()))
    doingoai.publishes("central", replace(OTHER, scope="national", date="2021-03-04"))
    for event in ("1", "2"):
        doingoai("events", "mark", event, "right")
    cases = [json.loads(line) for line in doingoai("events", "cases")[1].splitlines()]
    assert [case["label"]["has_new_meeting"] for case in cases] == [False, False]
    assert cases[0]["label"]["events"][0]["status"] == "upcoming"


def test_it_takes_a_missed_event_back(doingoai: Doingoai) -> None:
    doingoai.publishes("a")
    doingoai("events", "mark", "--article", "1", "missed", "--kind", "meeting")
    doingoai("events", "mark", "--article", "1", "right", "--kind", "meeting")
    [case] = [json.loads(line) for line in doingoai("events", "cases")[1].splitlines()]
    assert (case["label"]["has_new_meeting"], case["label"]["events"]) == (False, [])


@pytest.mark.skipif(not SCORE.exists(), reason="the scorer lies beside the project, not in it")
def test_it_writes_cases_that_the_scorer_takes(doingoai: Doingoai) -> None:
    cases = label(doingoai)
    predicted = doingoai.folder / "pred.jsonl"
    event = {
        "kind": "meeting",
        "status": "held",
        "scope": "provincial",
        "confidence": 0.9,
        "date": TODAY,
        "country": "CN",
    }
    lines = [json.dumps({"url": case["url"], "events": [event]}) for case in cases]
    predicted.write_text("\n".join(lines) + "\n", encoding="utf-8")
    told = subprocess.run(
        [sys.executable, str(SCORE), "cases.jsonl", "--pred", str(predicted)],
        cwd=doingoai.folder,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "(tp 1 fp 2 fn 0)" in told.splitlines()[0]  # right; wrong and nothing; missed says nothing of meetings
    assert "(tp 0 fp 0 fn 1)" in told.splitlines()[1]
    assert "scored 4 of 4" in told


# --- other rules ---------------------------------------------------------------------------------------------------


def differ(doingoai: Doingoai) -> None:
    """Four events, and then rules that find one otherwise, two no more, and a new one that two articles tell of."""
    doingoai.publishes("same", OTHER, silent=True)
    doingoai.publishes("changes", replace(TALKS, date="2021-03-04", place="Đồng Đăng"), silent=True)
    for name in ("gone1", "gone2"):
        doingoai.publishes(name, replace(TALKS, date="2022-03-04"), silent=True)
    doingoai.publishes("told", replace(TALKS, date=(NOW - timedelta(days=1)).date().isoformat()))
    for name in ("new1", "new2"):
        doingoai.publishes(name, silent=True)
    assert doingoai.ids() == [1, 2, 3, 4]
    better = replace(TALKS, date="2021-03-05", place="Hữu Nghị", vietnamese_side=TALKS.vietnamese_side[:1])
    new = (replace(TALKS, date="2023-03-04"),)
    doingoai.rules("second", changes=(better,), gone1=(), gone2=(), told=(), new1=new, new2=new)


def summary(lines: list[dict[str, Any]]) -> list[tuple[str, str, int | None, str]]:
    return [(line["url"].rpartition("/")[2], line["change"], line["event"], line["effect"]) for line in lines[:-1]]


def test_it_rehearses_what_other_rules_would_change(doingoai: Doingoai) -> None:
    differ(doingoai)
    before = doingoai.dump()
    lines = doingoai.lines("reprocess", "--dry-run")
    assert sorted(summary(lines)) == [
        ("changes", "changed", 2, "changes"),
        ("gone1", "lost", 3, "thins"),
        ("gone2", "lost", 3, "vanishes"),
        ("new1", "found", None, "appears"),
        ("new2", "found", None, "joins"),
        ("told", "lost", 4, "kept"),
    ]
    [changed] = [line for line in lines if line["change"] == "changed"]
    assert "place: Đồng Đăng → Hữu Nghị" in changed["event_fields"]
    assert "date: 2021-03-04 → 2021-03-05" in changed["event_fields"]
    assert any(field.startswith("vietnamese_side: ") for field in changed["event_fields"])
    assert doingoai.dump() == before


def test_it_does_what_it_rehearsed(doingoai: Doingoai) -> None:
    differ(doingoai)
    rehearsed = doingoai.lines("reprocess", "--dry-run")
    done = doingoai.lines("reprocess")
    for line in (*rehearsed, *done):
        line.pop("dry_run", None)
        line["event"] = "new" if line.get("effect") in ("appears", "joins") else line.get("event")
    assert done == rehearsed
    assert len(doingoai.ids()) == 4
    record = doingoai.json("events", "show", "2")
    assert (record["date"], record["place"]) == ("2021-03-05", "Hữu Nghị")
    assert [party["name"] for party in record["vietnamese_side"]] == ["UBND tỉnh Lạng Sơn"]
    assert len(doingoai.messages()) == 1  # nobody hears of it


def test_it_says_in_words_what_becomes_of_each_event(doingoai: Doingoai) -> None:
    differ(doingoai)
    out = doingoai("reprocess", "--dry-run")[1]
    for said in (
        "    event 2\n",
        "    place: Đồng Đăng → Hữu Nghị\n",
        "    event 3 stays, other articles tell of it\n",
        "    event 3 vanishes\n",
        "    a new event\n",
        "(people were told: kept)",
        "nothing was written (--dry-run)",
    ):
        assert said in out
    assert "    event 5 is new\n" in doingoai("reprocess")[1].replace("event 3 is new", "event 5 is new")


def test_it_keeps_marks_on_their_events_through_a_reprocess(doingoai: Doingoai) -> None:
    differ(doingoai)
    doingoai("events", "mark", "2", "wrong", "--by", "Lan")
    doingoai("events", "mark", "3", "right", "--by", "Lan")
    effects = {(line.get("event"), line.get("effect")) for line in doingoai.lines("reprocess")}
    assert (3, "minded") in effects
    assert 2 not in doingoai.ids()
    assert doingoai.ids("--marked") == [2, 3]
    record = doingoai.json("events", "show", "2")
    assert (record["verdict"], record["date"]) == ("wrong", "2021-03-05")
    assert record["marks"][0]["snapshot"]["date"] == "2021-03-04"


def test_it_resurrects_nothing_that_was_wrong_and_is_found_no_more(doingoai: Doingoai) -> None:
    doingoai.publishes("a", TALKS, silent=True)
    doingoai("events", "mark", "1", "wrong", "--by", "Lan")
    for rules, found in (("none", ()), ("again", (TALKS,))):
        doingoai.rules(rules, a=found)
        doingoai("reprocess")
        assert doingoai.ids() == []
        assert [mark["who"] for mark in doingoai.json("events", "show", "1")["marks"]] == ["Lan"]
    assert doingoai.ids("--all") == [1]


def test_it_changes_nothing_of_an_article_that_other_rules_cannot_read(
    doingoai: Doingoai, monkeypatch: pytest.MonkeyPatch
) -> None:
    doingoai.publishes("a", TALKS)

    def breaks(_: ArticleText) -> Detected:
        raise ValueError("no such tone")

    before = doingoai.dump()
    doingoai.rules("broken")
    monkeypatch.setattr("monitor.detect.read", breaks)
    code, _, err = doingoai("reprocess")
    assert code == 1
    assert "ValueError: no such tone" in err
    assert doingoai.dump() == before


# --- the tables ----------------------------------------------------------------------------------------------------


def test_it_brings_a_database_of_the_first_version_along_with_all_it_holds(doingoai: Doingoai) -> None:
    file = doingoai.folder / "doingoai.db"
    old = Database(f"sqlite:///{file}")
    config = Config()
    config.set_main_option("script_location", str(schema.FOLDER))
    with old.writer.connect() as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    with old.writing() as session:
        article = Article(
            source_id="s", url="u", title="t", text="x", seen_at=NOW, checked_at=NOW, text_hash="h", published=TODAY
        )
        session.add(article)
        session.flush()
        session.add(Revision(article_id=1, number=1, title="t", text="x", text_hash="h", seen_at=NOW))
        search.index(session, article)
        columns = "id, occasion_id, kind, subtype, status, scope, date, date_end, place, province, country, "
        columns += "foreign_region, vietnamese_side, foreign_side, instruments, evidence, confidence, reason, code, "
        columns += "created_at, updated_at, told"
        values = (
            "1, 'meeting', 'talks', 'held', 'provincial', '', '', '', '', '', '', '[]', '[]', '[]', '[]', 0.9, '', "
        )
        values += f"'', '{NOW:%Y-%m-%d %H:%M:%S.%f}', '{NOW:%Y-%m-%d %H:%M:%S.%f}', '{{}}'"
        for number in (1, 2):
            session.execute(text(f"INSERT INTO event ({columns}) VALUES ({number}, {values})"))
        session.add(Mention(event_id=2, article_id=1, revision_id=1, created_at=NOW))
    old.close()
    assert doingoai.ids() == [1, 2]
    assert [mention["url"] for mention in doingoai.json("events", "show", "2")["mentions"]] == ["u"]
    assert doingoai("events", "mark", "2", "wrong")[0] == 0
    assert doingoai.ids() == [1]
    assert doingoai("db", "check")[0] == 0
