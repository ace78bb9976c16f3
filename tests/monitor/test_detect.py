"""The labelled reports of tests/sentences, and what detection promises for every text."""

from __future__ import annotations

import time
import tomllib
import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.detect import RULES, read
from monitor.detect.records import ArticleText, Event
from monitor.detect.vietnamese import bare

SENTENCES = Path(__file__).parents[1] / "sentences"


def _cases() -> list:
    return [
        pytest.param(case, id=f"{file.stem}: {case['name']}")
        for file in sorted(SENTENCES.glob("*.toml"))
        for case in tomllib.loads(file.read_text("utf-8"))["case"]
    ]


def _article(case: dict) -> ArticleText:
    return ArticleText(case.get("title", ""), case["text"].strip(), case.get("published", ""))


def _shape(events: tuple[Event, ...]) -> list[tuple]:
    return sorted((e.kind, e.subtype, e.status, e.date or "", e.country or "", e.province or "") for e in events)


def _exact(article: ArticleText) -> None:
    for event in read(article).events:
        assert event.evidence, "an event without evidence"
        for quote in event.evidence:
            assert getattr(article, quote.where)[quote.start : quote.end] == quote.text
            assert quote.text.strip()


@pytest.mark.parametrize("case", _cases())
def test_it_reads_the_labelled_reports(case):
    events = read(_article(case)).events
    expected = case.get("expect", [])
    if case.get("national"):
        events = tuple(e for e in events if e.scope == "provincial")
    assert len(events) == len(expected), [(e.kind, e.subtype, e.reason, e.evidence[0].text) for e in events]
    for wanted, event in zip(expected, events, strict=True):
        for field in ("kind", "subtype", "status", "scope", "date", "date_end", "country", "province"):
            if field in wanted:
                assert getattr(event, field) == wanted[field], field
        if "region" in wanted:
            assert event.foreign_region == wanted["region"]
        if "place" in wanted:
            assert bare(wanted["place"]) in bare(event.place or "")
        for field, side in (("vn", event.vietnamese_side), ("foreign", event.foreign_side)):
            if field in wanted:
                names = [wanted[field]] if isinstance(wanted[field], str) else wanted[field]
                for name in names:
                    assert any(bare(name) in bare(p.name) for p in side), (name, side)
        if "instrument" in wanted:
            assert any(bare(wanted["instrument"]) in bare(i.title) for i in event.instruments)
        if "instruments" in wanted:
            titles = [bare(i.title) for i in event.instruments]
            assert len(titles) == len(wanted["instruments"]), titles
            assert all(any(bare(name) in title for title in titles) for name in wanted["instruments"]), titles
        assert 0.5 <= event.confidence < 1
        assert event.reason
        assert event.code


@pytest.mark.parametrize("case", _cases())
def test_it_quotes_the_text_exactly_also_when_it_is_decomposed(case):
    article = _article(case)
    _exact(article)
    _exact(
        ArticleText(
            unicodedata.normalize("NFD", article.title), unicodedata.normalize("NFD", article.text), article.published
        )
    )


@pytest.mark.parametrize("case", _cases())
def test_it_finds_the_same_in_decomposed_text(case):
    article = _article(case)
    decomposed = ArticleText(
        unicodedata.normalize("NFD", article.title), unicodedata.normalize("NFD", article.text), article.published
    )
    assert _shape(read(decomposed).events) == _shape(read(article).events)


@pytest.mark.parametrize("case", _cases())
def test_it_invents_nothing_under_an_upper_case_or_unmarked_headline(case):
    article = _article(case)
    known = {(e.kind, e.status) for e in read(article).events}
    for title in (article.title.upper(), bare(article.title).capitalize(), ""):
        found = read(ArticleText(title, article.text, article.published)).events
        assert {(e.kind, e.status) for e in found} <= known


@pytest.mark.parametrize("case", _cases())
def test_it_is_not_led_astray_by_spaces(case):
    article = _article(case)
    wide = ArticleText(article.title, article.text.replace(" ", " \u00a0").replace("\n", " \n \n"), article.published)
    _exact(wide)
    assert {(e.kind, e.status) for e in read(wide).events} == {(e.kind, e.status) for e in read(article).events}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.text(max_size=400),
    st.text(max_size=400),
    st.sampled_from(["", "2024", "2024-13-99", "2024-02-29T10:00:00+07:00", "x"]),
)
def test_it_bears_any_text(title, text, published):
    article = ArticleText(title, text, published)
    _exact(article)


_PIECES = st.lists(
    st.sampled_from(
        [
            "hội đàm",
            "ký",
            "bản ghi nhớ",
            "với",
            "giữa",
            "và",
            "UBND tỉnh Lạng Sơn",
            "Quảng Tây",
            "Trung Quốc",
            "(",
            ")",
            ",",
            ".",
            "\n",
            "“",
            "ngày 3/4",
            "29/2",
            "31/9/2023",
            "tỉnh",
            "Bí thư",
            "Nguyễn Thị Hồng",
            "Đoàn",
            "sẽ",
            "đã",
            "đề nghị",
            "TP.",
            "Lào",
            "tiếp",
            "thăm",
            "hai bên",
            "lễ kết nghĩa",
            "Tại Quảng Ninh",
            "từ ngày 5 đến 3/2",
            "-",
            ";",
            "\xa0",
            "é",
            "İ",
            "ß",
        ]
    ),
    max_size=60,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_PIECES, _PIECES, st.sampled_from(["", "2024-02-29", "2023-01-01"]))
def test_it_quotes_exactly_whatever_the_words_are(title, text, published):
    article = ArticleText(" ".join(title), " ".join(text), published)
    _exact(article)
    assert read(article) == read(article)


@pytest.mark.parametrize(
    "piece",
    [
        "a", " ", "(", "“", "1/", "ngày 1/1 ", "từ ngày 1 đến 2", "tỉnh ", "Đoàn ", "hội đàm ", "ký ",
        "UBND tỉnh Lạng Sơn, ", "Trung Quốc ", "A.", "\n",
        "ông Nguyễn Văn A, Phó Chủ tịch UBND tỉnh Lạng Sơn hội đàm với ông B, Bí thư Quảng Tây, ",
        "hai bên ký bản ghi nhớ và ", "Lạng Sơn - ", "e\u0301", "-", "năm 2008 ",
    ],
)  # fmt: skip
def test_it_takes_no_longer_per_letter_for_adversarial_text(piece):
    text = (piece * (100_000 // len(piece) + 1))[:100_000]
    start = time.monotonic()
    read(ArticleText("Lạng Sơn hội đàm với Quảng Tây", text, "2024-01-01"))
    assert time.monotonic() - start < 20


def test_it_reads_a_megabyte():
    line = "Ngày 3/4, lãnh đạo tỉnh Lạng Sơn làm việc với các sở, ngành về nông thôn mới và cải cách hành chính. "
    text = (line * 12 + "\n") * (1_000_000 // (len(line) * 12))
    start = time.monotonic()
    assert read(ArticleText("Tin trong tỉnh", text, "2024-04-04")).events == ()
    assert time.monotonic() - start < 60


def test_it_finds_nothing_in_nothing():
    assert read(ArticleText("", "")).events == ()


def test_it_says_why_a_candidate_was_refused():
    text = "Ngày 3/4, UBND tỉnh Lạng Sơn đề nghị xem xét việc ký kết thỏa thuận với thành phố Sùng Tả (Trung Quốc)."
    article = ArticleText("Lạng Sơn đề nghị", text, "2024-04-04")
    refused = [r for r in read(article).rejected if r.kind == "signing"]
    assert refused
    assert refused[0].reason.startswith("wish")
    assert article.text[refused[0].start :].startswith(refused[0].text[:20])


def test_it_names_its_rules_shortly_enough_for_the_database():
    assert 0 < len(RULES) <= 20
