"""Dates as Vietnamese newspapers write them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.detect import dates, read
from monitor.detect.records import ArticleText

WITH_YEAR = (
    "ngày {d}/{m}/{y}", "ngày {d}-{m}-{y}", "{d}.{m}.{y}", "ngày {d:02}/{m:02}/{y}",
    "ngày {d} tháng {m} năm {y}", "ngày {d:02} tháng {m:02}/{y}",
)  # fmt: skip
WITHOUT_YEAR = ("sáng {d}/{m}", "ngày {d}-{m}", "chiều {d}.{m}", "ngày {d} tháng {m}", "sáng nay ({d}/{m})")


@given(st.dates(date(2005, 1, 1), date(2035, 12, 31)), st.sampled_from(WITH_YEAR))
def test_it_reads_every_day_that_is_told_with_its_year(day, form):
    told = form.format(d=day.day, m=day.month, y=day.year)
    assert day.isoformat() in [w.text for w in dates.find(f"{told}, tại cửa khẩu", "")]


@given(st.dates(date(2006, 1, 1), date(2034, 12, 31)), st.integers(0, 40), st.sampled_from(WITHOUT_YEAR))
def test_it_takes_the_year_from_the_publication_also_across_new_year(day, later, form):
    published = (day + timedelta(days=later)).isoformat()
    told = form.format(d=day.day, m=day.month)
    assert day.isoformat() in [w.text for w in dates.find(f"{told}, tại cửa khẩu", published)]


@pytest.mark.parametrize(
    ("told", "published", "day"),
    [
        ("sáng mùng 4 tết", "2024-02-14", "2024-02-13"),
        ("ngày mồng 6 tháng giêng", "2025-02-05", "2025-02-03"),
        ("đêm rằm tháng giêng", "2026-03-04", "2026-03-03"),
    ],
)
def test_it_knows_the_days_of_the_lunar_year(told, published, day):
    assert [w.text for w in dates.find(told, published)] == [day]


def test_it_tells_no_lunar_day_without_a_publication():
    assert dates.find("sáng mùng 4 tết", "") == []


@pytest.mark.parametrize("told", ["nhân dịp 8/3", "kỷ niệm ngày 2/9", "nghị quyết số 5/6", "tăng 3/4%"])
def test_it_takes_no_feast_number_or_share_for_a_day(told):
    assert dates.find(told, "2026-03-06") == []


def test_it_reads_a_signing_that_only_a_caption_apart_from_the_text_tells():
    talks = "Ngày 13/12, Đồn Biên phòng Pa Tần (Lai Châu) hội đàm với Đại đội Quản lý biên giới Kim Bình (Trung Quốc)."
    plain = ArticleText("Hội đàm nghiệp vụ", talks, "2025-12-14")
    shown = ArticleText("Hội đàm nghiệp vụ", talks, "2025-12-14", captions=("Hai bên ký biên bản ghi nhớ.",))
    archive = ArticleText("Hội đàm nghiệp vụ", talks, "2025-12-14", captions=("Hai bên ký biên bản. Ảnh tư liệu",))
    assert [e.kind for e in read(plain).events] == ["meeting"]
    assert [(e.kind, e.reason) for e in read(shown).events][1:] == [("signing", "sign-caption")]
    assert [e.kind for e in read(archive).events] == ["meeting"]
