"""`doingoai analyze`: lines in, lines out."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor import analysis

SHARED = Path(__file__).parents[3] / "shared"
TEXT = (
    "Ngày 12/5/2024, tại thành phố Lạng Sơn, Sở Ngoại vụ tỉnh Lạng Sơn hội đàm với đoàn đại biểu Văn phòng Ngoại sự "
    "thành phố Sùng Tả (Quảng Tây, Trung Quốc) do ông Lý Minh dẫn đầu."
)
TITLE = "Sở Ngoại vụ Lạng Sơn hội đàm với Văn phòng Ngoại sự Sùng Tả"
PAGE = f"""<!DOCTYPE html><html lang="vi"><head><title>{TITLE}</title>
<meta property="article:published_time" content="2024-05-13T08:00:00+07:00"></head><body>
<nav><a href="/">Trang chủ</a></nav><article><h1>{TITLE}</h1><p>{TEXT}</p>
<p>Hai bên trao đổi về công tác quản lý biên giới, thông quan hàng hóa và giao lưu nhân dân trong thời gian tới.</p>
<p>Kết thúc buổi hội đàm, hai bên nhất trí duy trì cơ chế gặp gỡ định kỳ hằng quý giữa hai cơ quan.</p></article>
</body></html>"""
ARTICLE = {
    "url",
    "title",
    "lead",
    "text",
    "captions",
    "author",
    "published",
    "published_from",
    "language",
}
EVENT = {
    "kind",
    "subtype",
    "status",
    "scope",
    "date",
    "date_end",
    "place",
    "province",
    "country",
    "foreign_region",
    "vietnamese_side",
    "foreign_side",
    "instruments",
    "evidence",
    "confidence",
    "reason",
    "code",
}


def ask(**question: object) -> dict[str, object]:
    return json.loads(next(analysis.analyze([json.dumps(question)])))


def test_it_reads_a_text_and_finds_the_meeting():
    found = ask(url="https://a.vn/1", title=TITLE, text=TEXT, published="2024-05-13")
    assert set(found) == {"url", "article", "events"}
    assert set(found["article"]) == ARTICLE
    assert found["article"]["title"] == TITLE
    assert found["article"]["text"] == TEXT
    [event] = found["events"]
    assert set(event) == EVENT
    assert (event["kind"], event["status"], event["date"], event["country"]) == ("meeting", "held", "2024-05-12", "CN")


def test_it_reads_a_page():
    found = ask(url="https://a.vn/1.html", html=PAGE)
    assert found["article"]["title"] == TITLE
    assert found["article"]["published"] == "2024-05-13T08:00:00+07:00"
    assert TEXT in found["article"]["text"]
    assert [event["kind"] for event in found["events"]] == ["meeting"]


def test_it_quotes_its_evidence_exactly():
    found = ask(url="https://a.vn/1.html", html=PAGE)
    article = found["article"]
    assert found["events"][0]["evidence"]
    for proof in found["events"][0]["evidence"]:
        assert article[proof["where"]][proof["start"] : proof["end"]] == proof["text"]


def test_it_says_null_for_what_is_unknown():
    article = ask(url="https://a.vn/1", text=TEXT)["article"]
    assert article["author"] is None
    assert article["published_from"] is None


def test_it_keeps_a_text_of_one_line_whole():
    assert ask(url="u", text=TEXT)["article"]["text"] == TEXT
    assert ask(url="u", title=TITLE, text="Họp.")["article"]["text"] == "Họp."


def test_it_lists_the_links_of_a_listing():
    links = "".join(
        f'<li><a href="/tin/bai-viet-so-{n}-ve-doi-ngoai-post10{n}.html">Bài viết số {n} về đối ngoại</a></li>'
        for n in range(8)
    )
    found = ask(url="https://a.vn/tin/", html=f"<html><body><ul>{links}</ul></body></html>", **{"as": "listing"})
    assert set(found) == {"url", "links"}
    assert {
        "url": "https://a.vn/tin/bai-viet-so-1-ve-doi-ngoai-post101.html",
        "title": "Bài viết số 1 về đối ngoại",
    } in found["links"]


def test_it_gives_further_keys_back_untouched():
    found = ask(url="u", text=TEXT, label={"a": [1, None, "đ"]}, id=7, half="\ud800")
    assert (found["label"], found["id"], found["half"]) == ({"a": [1, None, "đ"]}, 7, "\ud800")


def test_it_goes_on_after_a_bad_line_in_the_same_order():
    lines = [
        json.dumps({"url": "1", "text": TEXT}),
        "{broken",
        "[1, 2]",
        b"\xff\xfe\xfa",
        json.dumps({"url": "5"}),
        json.dumps({"url": "6", "html": 3, "note": "x"}),
        json.dumps({"url": "7", "html": ""}),
        "",
        json.dumps({"url": "8", "html": PAGE, "as": "poem"}),
        json.dumps({"url": 9, "text": TEXT}),
        json.dumps({"url": "10", "text": TEXT}),
    ]
    found = [json.loads(line) for line in analysis.analyze(lines)]
    assert [one["url"] for one in found] == ["1", None, None, None, "5", "6", "7", "8", None, "10"]
    assert all("error" in one and "events" not in one for one in found[1:-1])
    assert found[5]["note"] == "x"
    assert "events" in found[0]
    assert "events" in found[-1]


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e999"])
def test_it_gives_no_number_back_that_is_no_json(number: str):
    [found] = analysis.analyze([f'{{"url": "u", "text": "Tin.", "n": {number}}}'])
    assert json.loads(found, parse_constant=pytest.fail)["error"].startswith("not JSON: ")


def test_it_survives_as_a_command_whatever_bytes_come():
    """One run on everything at once: as many answers as lines that are not blank, in order, and no complaint."""
    lines = {
        b"{broken": "error",
        b'{"url": "a"}': "error",
        b'{"text": "T\xe0i li\xeau"}': "error",  # Latin-1
        b'{"url": "b", "text": "a\x00b"}': "error",
        b"\x00\x00": "error",
        b'{"url": "c", "html": "' + b"x" * analysis.LONGEST_LINE + b'"}': "error",
        b"[" * 100_000: "error",
        b'\xef\xbb\xbf{"url": "d", "text": "Tin."}': "events",
        b'{"url": "e", "html": "<p>x", "as": "listing"}\r': "links",
        b'{"url": "f", "text": "cut off': "error",
    }
    command = [sys.executable, "-P", "-m", "monitor", "analyze"]
    done = subprocess.run(command, input=b"\n\n".join(lines), capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [list(answer)[-1] for answer in answers] == list(lines.values())
    assert all(answer.get("error", "") != "" for answer in answers if "error" in answer)
    assert subprocess.run(command, input=b"", capture_output=True, check=True).stdout == b""


def test_it_writes_text_in_nfc():
    found = ask(url="u", title=unicodedata.normalize("NFD", TITLE), text=unicodedata.normalize("NFD", TEXT))
    assert found["article"]["title"] == TITLE
    assert found["article"]["text"] == TEXT
    assert found["events"]


def test_it_answers_while_more_is_coming():
    """Each answer leaves before the next line is read."""
    process = subprocess.Popen(
        [sys.executable, "-m", "monitor", "analyze"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdin
    assert process.stdout
    process.stdin.write(json.dumps({"url": "1", "text": TEXT}).encode() + b"\n")
    process.stdin.flush()
    assert json.loads(process.stdout.readline())["url"] == "1"
    process.stdin.close()
    assert process.wait(60) == 0


@settings(deadline=None)
@given(line=st.one_of(st.text(max_size=200), st.binary(max_size=200)))
def test_it_survives_any_line(line: str | bytes):
    for answer in analysis.analyze([line]):
        assert "url" in json.loads(answer)


@settings(deadline=None)
@given(html=st.text(max_size=400), as_=st.sampled_from([None, "listing"]))
def test_it_survives_any_page(html: str, as_: str | None):
    found = ask(url="https://a.vn/x", html=html, **{"as": as_})
    assert set(found) in ({"url", "error"}, {"url", "article", "events"}, {"url", "links"})


@pytest.mark.skipif(
    not (SHARED / "seeds" / "gold.json").exists(), reason="the founding documents are not beside the repository"
)
def test_it_reads_the_founding_documents():
    gold = json.loads((SHARED / "seeds" / "gold.json").read_text(encoding="utf-8"))
    for document in gold["documents"]:
        text = (SHARED / "seeds" / document["file"]).read_text(encoding="utf-8")
        found = ask(url=document["file"], text=text, published=document["published"])
        kept = " ".join(unicodedata.normalize("NFC", found["article"]["text"]).split())
        for words in document["body_has"]:
            assert " ".join(words.split()) in kept, document["file"]
        for words in document["body_lacks"]:
            assert " ".join(words.split()) not in kept, document["file"]
        held = sorted((event["kind"], event["status"]) for event in found["events"])
        wanted = sorted((event["kind"], event["status"]) for event in document["events"])
        assert held == wanted, document["file"]


def test_it_prints_one_line_an_answer():
    out = io.StringIO("\n".join(analysis.analyze([json.dumps({"url": "a\nb", "text": f"{TEXT}\n{TEXT}"})])))
    assert len(out.readlines()) == 1
