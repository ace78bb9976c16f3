"""What a later report adds to an event, and what it only says in other words."""

from __future__ import annotations

from typing import Any

import pytest

from monitor.merging import merged, new_instruments


def paper(kind: str, title: str, ours: str = "", theirs: str = "", field: str = "") -> dict[str, Any]:
    parties = [[name for name in (side,) if name] for side in (ours, theirs)]
    return {"type": kind, "title": title, "field": field, "parties": parties}


HEALTH = paper("memorandum", "Bản ghi nhớ về phòng dịch", "Sở Y tế tỉnh Lào Cai", "Ủy ban Y tế châu Hồng Hà", "y tế")
SCHOOL = paper("agreement", "Thỏa thuận dạy tiếng", "Trường Cao đẳng Lào Cai", "Học viện Hồng Hà", "đào tạo")
TWINNING = paper("twinning", "Thỏa thuận kết nghĩa", "Xã Trà Lĩnh", "trấn Long Bang")


@pytest.mark.parametrize(
    ("known", "found"),
    [
        ([HEALTH, SCHOOL], [SCHOOL, HEALTH]),
        ([HEALTH], [paper("minutes", "Biên bản hợp tác y tế dự phòng", "Sở Y tế Lào Cai", "Ủy ban Y tế châu Hồng Hà")]),
        ([TWINNING], [paper("agreement", "thỏa thuận", "UBND xã Trà Lĩnh", "Lục Chí Cường")]),
        ([TWINNING], [paper("other", "văn kiện hợp tác")]),
        ([TWINNING], [TWINNING, paper("agreement", "thỏa thuận", "Xã Trà Lĩnh", "trấn Long Bang")]),
        # A list that one outlet sums up; the one that says most is found first.
        ([HEALTH, SCHOOL], [paper("agreement", "văn kiện hợp tác", "Lào Cai", "Hồng Hà"), HEALTH]),
    ],
)
def test_it_finds_no_news_in_other_words(known: list[dict[str, Any]], found: list[dict[str, Any]]) -> None:
    assert new_instruments(known, found) == []


@pytest.mark.parametrize(
    ("known", "found"),
    [
        ([HEALTH], [HEALTH, SCHOOL]),
        ([HEALTH], [{**HEALTH, "parties": [["Sở Y tế tỉnh Lai Châu"], ["Ủy ban Y tế châu Văn Sơn"]]}]),
        ([TWINNING], [TWINNING, paper("agreement", "Thỏa thuận chung giữ rừng", "Xã Trà Lĩnh", "phố Thạc Long")]),
        ([TWINNING], [paper("contract", "hợp đồng", "Xã Trà Lĩnh", "trấn Long Bang")]),
        ([TWINNING], [paper("agreement", "thỏa thuận", "Xã Lý Quốc", "trấn Thạc Long")]),
        # Two provinces may well sign two papers in a day.
        (
            [paper("memorandum", "Bản ghi nhớ về du lịch", "UBND tỉnh Lào Cai", "Chính quyền Vân Nam", "du lịch")],
            [
                paper(
                    "memorandum",
                    "Bản ghi nhớ về xây trại nuôi cá nước lạnh cho các hộ",
                    "UBND tỉnh Lào Cai",
                    "Chính quyền Vân Nam",
                    "cá",
                )
            ],
        ),
    ],
)
def test_it_finds_what_is_new(known: list[dict[str, Any]], found: list[dict[str, Any]]) -> None:
    assert new_instruments(known, found) == found[-1:]


def told(**changes: Any) -> dict[str, Any]:
    texts = dict.fromkeys(("place", "province", "country", "foreign_region", "code", "date", "date_end"), "")
    lists: dict[str, Any] = {"vietnamese_side": [], "foreign_side": [], "instruments": [], "evidence": []}
    base = {"kind": "meeting", "subtype": "talks", "status": "held", "scope": "provincial", "confidence": 0.9}
    return {**texts, **lists, **base, **changes}


@pytest.mark.parametrize(
    ("known", "found", "date"),
    [
        ({}, {"status": "upcoming", "date": "2024-06"}, "2024-06"),  # the plan is the best guess so far
        ({"status": "upcoming", "date": "2024-06"}, {}, "2024-06"),
        ({"date": "2024-06-13"}, {"status": "upcoming", "date": "2024-06-10"}, "2024-06-13"),
        ({"status": "upcoming", "date": "2024-06-10"}, {"date": "2024-06-13"}, "2024-06-13"),
        ({"date": "2024-06"}, {"date": "2024-06-13"}, "2024-06-13"),
        ({"date": "2024-06-13"}, {"date": "2024-06"}, "2024-06-13"),
    ],
)
def test_it_gives_one_day_whichever_report_comes_first(known: dict[str, Any], found: dict[str, Any], date: str) -> None:
    assert merged(told(**known), told(**found))["date"] == date
