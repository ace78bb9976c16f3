"""Plain dumps of pages, where only shape and place tell the article from the page around it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from crawler.clean import clean_text

SEEDS = Path(__file__).parents[2].parent / "shared" / "seeds"
GOLD = SEEDS / "gold.json"
LONG = "hai bên thống nhất mỗi quý gặp nhau một lần, trao đổi số điện thoại và cùng phát quang đường tuần tra"

DUMP = f"""Cổng thông tin điện tử tỉnh Biên Hà

Sở Ngoại vụ

A- A A+ | Tăng tương phản Giảm tương phản

Thứ tư,  06/07/2022

Hai huyện hội đàm về đường tuần tra

17:23 | 04/12/2021

BVB - Sáng 4/12, tại huyện Trà Đỉnh,\u00a0{LONG}.

BVB - Sáng 4/12, tại huyện Trà Đỉnh, {LONG}.

Toàn cảnh buổi hội đàm

anh tin bai

Hai đoàn thăm mốc 821.

Tại Bắc Phong

Phát biểu tại buổi hội đàm, {LONG}.

![]() |
| Hai đoàn tặng quà học sinh. Ảnh: Thu Hà |

Kết thúc hội đàm, {LONG}.

MINH CHÂU

Lượt xem: 127

Tin cùng chuyên mục

Tổng thống nước xa ký sắc lệnh về thuế nhập khẩu với nhiều mặt hàng, trong đó có hàng dệt may và đồ gỗ.

fb yt zl tw
"""


def test_it_takes_the_article_out_of_a_dump() -> None:
    article = clean_text(DUMP, url="https://a.example/1.html")
    assert article.title == "Hai huyện hội đàm về đường tuần tra"
    assert article.text.splitlines() == [
        f"BVB - Sáng 4/12, tại huyện Trà Đỉnh, {LONG}.",
        "Tại Bắc Phong",
        f"Phát biểu tại buổi hội đàm, {LONG}.",
        f"Kết thúc hội đàm, {LONG}.",
    ]
    assert article.captions == (
        "Toàn cảnh buổi hội đàm",
        "Hai đoàn thăm mốc 821.",
        "Hai đoàn tặng quà học sinh. Ảnh: Thu Hà",
    )
    assert article.author == "MINH CHÂU"
    assert article.published == "2021-12-04T17:23:00+07:00"
    assert article.language == "vi"


def test_it_believes_the_given_title_and_date() -> None:
    article = clean_text(f"Hai huyện hội đàm\n{LONG}.", published="2024-05-03", title="Hai huyện hội đàm")
    assert (article.title, article.text, article.published) == ("Hai huyện hội đàm", f"{LONG}.", "2024-05-03")


@pytest.mark.parametrize("text", ["", "\n\n", "Một dòng", "Đọc nhiều", "."])
def test_it_makes_the_best_of_next_to_nothing(text: str) -> None:
    article = clean_text(text)
    assert article.captions == ()
    assert len(article.title) + len(article.text) <= len(text)


def test_it_gives_composed_letters() -> None:
    article = clean_text("", title="Ho\u0323\u0302i \u0111a\u0300m")
    assert article.title == "Hội đàm"


def documents() -> list[dict[str, Any]]:
    return json.loads(GOLD.read_text(encoding="utf-8"))["documents"] if GOLD.exists() else [{"file": "none"}]


@pytest.mark.skipif(not GOLD.exists(), reason="the founding documents are not beside the checkout (../shared/seeds)")
@pytest.mark.parametrize("gold", documents(), ids=lambda gold: gold["file"][:3])
def test_it_cleans_the_founding_documents(gold: dict[str, Any]) -> None:
    article = clean_text((SEEDS / gold["file"]).read_text(encoding="utf-8"))
    whole = " ".join(f"{article.title} {article.text}".split())
    assert [piece for piece in gold["body_has"] if " ".join(piece.split()) not in whole] == []
    assert [piece for piece in gold["body_lacks"] if " ".join(piece.split()) in whole] == []
    captions = " ".join(" ".join(article.captions).split())
    assert [piece for piece in gold["captions"] if " ".join(piece.split()) not in captions] == []
    assert article.author == gold.get("author", "")


@pytest.mark.parametrize(
    "line",
    [
        "23/11/2026 10:20 GMT+7 aa Theo dõi Báo Biên Hà trên",
        "Thứ Hai, 23/11/2026 | 10:20 GMT+7 A A Theo dõi Báo Biên Hà điện tử trên Google News",
        "10:20 GMT+7 aa Theo dõi Biên Hà trên",
        "Theo dõi Biên Hà trên",
        "23/11/2026 10:20 aa",
    ],
)
def test_it_leaves_out_a_strip_of_buttons(line: str) -> None:
    text = f"Hai huyện hội đàm về đường tuần tra\n{line}\nSáng 4/12, {LONG}.\nKết thúc hội đàm, {LONG}."
    assert clean_text(text).text == f"Sáng 4/12, {LONG}.\nKết thúc hội đàm, {LONG}."


@pytest.mark.parametrize(
    "line",
    [
        "Người dân hai huyện theo dõi trận đấu trên Zalo",
        "Ngày 23/11, hơn 200 người theo dõi lễ khai mạc trên Facebook",
        "Các đội vào nhóm A",
    ],
)
def test_it_keeps_a_line_that_only_speaks_of_following(line: str) -> None:
    text = f"Hai huyện hội đàm về đường tuần tra\nSáng 4/12, {LONG}.\n{line}.\nKết thúc hội đàm, {LONG}."
    assert line in clean_text(text).text


@pytest.mark.parametrize(
    "unit", ["Phòng Hợp tác quốc tế", "Văn phòng Sở", "Trung tâm Thông tin - Văn hóa", "Ban Biên tập"]
)
def test_it_takes_a_unit_that_signs_for_no_part_of_the_text(unit: str) -> None:
    text = f"Hai huyện hội đàm về đường tuần tra\nSáng 4/12, {LONG}.\nKết thúc hội đàm, {LONG}.\n{unit}"
    article = clean_text(text)
    assert article.text == f"Sáng 4/12, {LONG}.\nKết thúc hội đàm, {LONG}."
    assert article.author == ("" if unit == "Ban Biên tập" else unit)


@pytest.mark.parametrize(
    ("before", "last"),
    [
        ("Nơi nhận thông tin:", "Phòng Hợp tác quốc tế"),  # a list
        ("Kết thúc hội đàm.", "Phòng Hợp tác quốc tế tổng hợp."),
        ("Kết thúc hội đàm.", "Phòng, chống dịch bệnh"),
        ("Kết thúc hội đàm.", "Phòng chống dịch bệnh"),
    ],
)
def test_it_keeps_a_last_line_that_is_no_units_signature(before: str, last: str) -> None:
    text = f"Hai huyện hội đàm về đường tuần tra\nSáng 4/12, {LONG}.\n{before}\n{last}"
    article = clean_text(text)
    assert article.text.endswith(last)
    assert article.author == ""


def test_it_keeps_a_paragraph_of_two_sentences_below_a_picture_in_the_text() -> None:
    told = "Cùng ngày, lãnh đạo thành phố tiếp bà Tổng Lãnh sự. Hai bên bàn việc trao đổi sinh viên trong năm tới."
    below = "Quang cảnh buổi tiếp tại trụ sở Ủy ban nhân dân thành phố."
    opening = "Sáng 3/9, bà Tổng Lãnh sự và Phó Chủ tịch UBND thành phố trồng cây hữu nghị ở công viên bên sông."
    article = clean_text(
        f"{opening}\n![]() |\n{told}\n![]() |\n{below}\n{opening} Cây thứ hai là của học sinh.",
        title="Trồng cây hữu nghị",
    )
    assert told in article.text
    assert below in article.captions
