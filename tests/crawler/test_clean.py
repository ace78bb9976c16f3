"""Pages in the manner of every content system, each with what a reader would take from it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from crawler.catalogue import Source
from crawler.clean import clean
from crawler.errors import SkipPage

PAGES = Path(__file__).parents[1] / "pages"
EXPECTED = sorted(PAGES.glob("*/*.json"))


def page_of(expected: Path) -> bytes:
    return expected.with_suffix(".html").read_bytes()


def source_of(gold: dict[str, Any]) -> Source:
    return Source(id="test", name="Test", home="https://test.example/", **gold["source"])


def check(gold: dict[str, Any], html: bytes, source: Source | None = None) -> None:
    article = clean(html, gold["url"], source)
    assert article.title == gold["title"]
    if "lead" in gold:
        assert article.lead == gold["lead"]
        assert article.text.startswith(gold["lead"])
    if "author" in gold:
        assert article.author == gold["author"]
    assert article.published == gold["published"]
    assert list(article.captions) == gold["captions"]
    for piece in gold["has"]:
        assert piece in article.text
    for piece in gold["lacks"]:
        assert piece not in article.text
    for piece in gold.get("once", []):
        assert article.text.count(piece) == 1
    assert article.language == "vi"


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_it_reads_a_page_without_knowing_its_source(expected: Path) -> None:
    check(json.loads(expected.read_text(encoding="utf-8")), page_of(expected))


@pytest.mark.parametrize(
    "expected",
    [path for path in EXPECTED if '"source"' in path.read_text(encoding="utf-8")],
    ids=lambda path: path.stem,
)
def test_it_reads_a_page_by_its_sources_selectors(expected: Path) -> None:
    gold = json.loads(expected.read_text(encoding="utf-8"))
    check(gold, page_of(expected), source_of(gold))
    assert clean(page_of(expected), gold["url"], source_of(gold)).published_from == "selector"


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_it_reads_a_page_whose_selectors_find_nothing_any_more(expected: Path) -> None:
    gold = json.loads(expected.read_text(encoding="utf-8"))
    stale = Source(
        id="test", name="Test", home="https://test.example/", title="h1.gone", body="#gone", date=".gone", lead=".gone"
    )
    check(gold, page_of(expected), stale)


@pytest.mark.parametrize(
    ("name", "reason"),
    [("listing", "listing"), ("missing", "not found"), ("maintenance", "maintenance"), ("login", "login")],
)
def test_it_skips_a_page_that_is_no_article(name: str, reason: str) -> None:
    with pytest.raises(SkipPage, match=reason):
        clean((PAGES / "misfits" / f"{name}.html").read_bytes(), f"https://baovungbien.example/{name}-1234567.html")


@pytest.mark.parametrize(
    "body", [b"", b"   \n", b"%PDF-1.7 ...", b"\x89PNG\r\n\x1a\n....", b"PK\x03\x04zip", b"<html><body></body></html>"]
)
def test_it_skips_what_holds_no_text(body: bytes) -> None:
    with pytest.raises(SkipPage):
        clean(body, "https://a.example/bai-viet-123456.html")


def test_it_skips_a_page_of_too_many_elements() -> None:
    with pytest.raises(SkipPage, match="elements"):
        clean("<html><body>" + "<i></i>" * 200_001 + "</body></html>", "https://a.example/x-123456.html")


def test_it_reads_text_however_deep_it_is_nested() -> None:
    paragraph = (
        "<p>Ngày 3/5, hai bên họp bàn về việc mở chợ phiên vùng biên và chăm sóc cây trồng của bà con hai xã.</p>" * 3
    )
    page = "<html><body><h1>Hai xã họp bàn mở chợ phiên</h1>" + "<div>" * 1500 + paragraph + "</div>" * 1500
    article = clean(page + "</body></html>", "https://a.example/hai-xa-hop-ban-123456.html")
    assert "mở chợ phiên vùng biên" in article.text


def test_it_survives_a_page_nested_beyond_all_bounds() -> None:
    with pytest.raises(SkipPage):
        clean("<div>" * 100_000 + "x", "https://a.example/x-123456.html")


def test_it_takes_the_feeds_date_where_the_page_has_none() -> None:
    html = (
        "<html><head><title>Hai xã họp bàn</title></head><body><h1>Hai xã họp bàn</h1><p>" + "Bà con hai xã họp. " * 20
    )
    article = clean(html, "https://a.example/x-123456.html", feed_published="2024-05-03T08:00:00+07:00")
    assert (article.published, article.published_from) == ("2024-05-03T08:00:00+07:00", "feed")


@pytest.mark.parametrize("charset", ["utf-8", "windows-1258", "utf-16"])
def test_it_reads_pages_in_older_alphabets(charset: str) -> None:
    import unicodedata

    text = "Cuộc gặp gỡ hữu nghị giữa hai xã vùng biên diễn ra trong không khí vui vẻ, thân tình. " * 4
    page = (
        f"<html><head><meta charset={charset}></head><body><h1>Hai xã gặp gỡ cuối năm</h1><p>{text}</p></body></html>"
    )
    if charset == "windows-1258":  # it has letters and tone marks apart
        decomposed = unicodedata.normalize("NFD", page)
        for mark, letters in {"\u0302": "aeoAEO", "\u0306": "aA", "\u031b": "ouOU"}.items():
            for letter in letters:
                decomposed = decomposed.replace(letter + mark, unicodedata.normalize("NFC", letter + mark))
                for tone in "\u0323":
                    decomposed = decomposed.replace(
                        letter + tone + mark, unicodedata.normalize("NFC", letter + mark) + tone
                    )
        page = decomposed
    article = clean(page.encode(charset), "https://a.example/x-123456.html", charset=charset)
    assert "hữu nghị giữa hai xã vùng biên" in article.text


def test_it_keeps_a_follow_bar_and_the_signing_unit_out_of_the_text() -> None:
    words = "hai bên thống nhất mỗi quý gặp nhau một lần, trao đổi số điện thoại và cùng phát quang đường tuần tra."
    html = (
        "<html><head><title>Hai huyện hội đàm về đường tuần tra</title></head><body><article>"
        "<h1>Hai huyện hội đàm về đường tuần tra</h1><p>23/11/2026 10:20 GMT+7 aa Theo dõi Báo Biên Hà trên</p>"
        + "".join(f"<p>Phần {part}: {words}</p>" for part in range(1, 5))
        + "<p>Phòng Hợp tác quốc tế</p></article></body></html>"
    )
    article = clean(html, "https://bienha.example/bai-1.html")
    assert article.text.startswith("Phần 1: ")
    assert article.text.endswith(words)
    assert article.author == "Phòng Hợp tác quốc tế"
