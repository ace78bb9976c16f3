"""The dates that portals print, and the ones that must not be believed."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.clean import clean
from crawler.clean.dates import date_in_text, is_stamp, read_date

VIETNAM = timezone(timedelta(hours=7))
moments = st.datetimes(datetime(1996, 1, 1), datetime(2090, 1, 1)).map(lambda moment: moment.replace(microsecond=0))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("printed", "read"),
    [
        ("Thứ 7, 09/03/2024 | 16:38:07 [GMT +7] A A", "2024-03-09T16:38:07+07:00"),
        ("20:24 | 09/06/2022 GMT+7", "2022-06-09T20:24:00+07:00"),
        ("17:23:45 | 07/08/2018", "2018-08-07T17:23:45+07:00"),
        ("15:41 29-09-2020 | :544", "2020-09-29T15:41:00+07:00"),
        ("Thứ hai - 16/12/2024 22:12", "2024-12-16T22:12:00+07:00"),
        ("Thứ 4, 22.01.2025 | 10:53:03", "2025-01-22T10:53:03+07:00"),
        ("Ngày đăng: 12/3/2024 15h30", "2024-03-12T15:30:00+07:00"),
        ("lúc 8 giờ 15 ngày 3/4/2024", "2024-04-03T08:15:00+07:00"),
        ("07/03/2026 17:09 PM", "2026-03-07T17:09:00+07:00"),
        ("7/3/2026, 5:09 CH", "2026-03-07T17:09:00+07:00"),
        ("7/3/2026 12:05 AM", "2026-03-07T00:05:00+07:00"),
        ("ngày 12 tháng 3 năm 2024", "2024-03-12"),
        ("22/09/2022", "2022-09-22"),
        ("2025-12-24T09:30:00", "2025-12-24T09:30:00+07:00"),
        ("2024-12-16T22:12:49-05:00", "2024-12-16T22:12:49+07:00"),
        ("2024-12-16T15:12:49Z", "2024-12-16T22:12:49+07:00"),
        ("2024-12-16T20:12:49.000Z", "2024-12-17T03:12:49+07:00"),
        ("31/02/2024 08:00", ""),
        ("Thông tư số 07/2020/TT-BTTTT", ""),
        ("nhiệm kỳ 2017-2020", ""),
        ("192.168.12.2024", ""),
        ("hôm nay", ""),
    ],
)
def test_it_reads_a_printed_date(printed: str, read: str) -> None:
    assert read_date(printed) == read


@given(
    moments,
    st.sampled_from(["/", "-", "."]),
    st.sampled_from(["{d} {t}", "{t} | {d} GMT+7", "Thứ 3, {d} | {t}", "{d}, {t}"]),
)
def test_it_reads_back_every_moment_it_could_print(moment: datetime, mark: str, form: str) -> None:
    day = moment.strftime(f"%d{mark}%m{mark}%Y")
    printed = form.format(d=day, t=moment.strftime("%H:%M:%S"))
    assert read_date(printed) == moment.replace(tzinfo=VIETNAM).isoformat()


@given(moments)
def test_it_keeps_the_instant_of_a_utc_time(moment: datetime) -> None:
    read = datetime.fromisoformat(read_date(moment.isoformat() + "Z"))
    assert read == moment.replace(tzinfo=timezone.utc)  # noqa: UP017
    assert read.utcoffset() == timedelta(hours=7)


@given(st.text(max_size=200))
def test_it_never_fails_on_any_text(text: str) -> None:
    read = read_date(text)
    assert read == "" or datetime.fromisoformat(read)
    is_stamp(text)
    date_in_text(text)


@pytest.mark.parametrize("line", ["Thứ tư,  06/07/2022", "Thứ Sáu, 22/11/2024 09:35 (GMT +7)", "17:23:45 | 07/08/2018"])
def test_it_knows_a_line_that_is_only_a_stamp(line: str) -> None:
    assert is_stamp(line)


@pytest.mark.parametrize("line", ["Sáng 4/12/2013, Sở họp bàn", "Ngày 18/1/2023 tại Hà Khẩu", "Phường 12", ""])
def test_it_leaves_sentences_with_dates_alone(line: str) -> None:
    assert not is_stamp(line)


def test_it_takes_the_day_of_the_opening_sentence() -> None:
    assert date_in_text("BVB - Sáng 4/12/2013, tại nhà văn hóa, hai bên gặp nhau.") == "2013-12-04"
    assert date_in_text("Thực hiện nghị quyết 04/12/2013, hai bên gặp nhau.") == ""


def page(head: str, above: str, below: str) -> str:
    text = "Hai bên bàn việc mở chợ phiên và chăm sóc cây trồng của bà con vùng biên. " * 5
    return (
        f"<html><head><title>Hai xã họp bàn mở chợ</title>{head}</head><body><div class=bar>{above}</div>"
        f"<div class=post><h1>Hai xã họp bàn mở chợ</h1>{below}<div class=text><p>{text}</p><p>{text}</p></div></div>"
        "<div class=right><p>Tin khác</p><span class=time>04/05/2026 10:00</span></div></body></html>"
    )


URL = "https://a.example/hai-xa-hop-ban-den-het-thang-5-2015.html"


@pytest.mark.parametrize(
    ("head", "above", "below", "published", "told_by"),
    [
        ("", "Thứ tư, 06/07/2022 08:00", "<span>09/03/2024 16:38</span>", "2024-03-09T16:38:00+07:00", "text"),
        ("", "Thứ tư, 06/07/2022 08:00", "", "", ""),
        ("", "", "", "", ""),
        (
            '<meta property="article:published_time" content="2024-03-09T08:00:00+07:00">',
            "06/07/2022 08:00",
            "<span>10/03/2024 09:00</span>",
            "2024-03-09T08:00:00+07:00",
            "meta",
        ),
        (
            '<meta property="article:published_time" content="2024-03-09T16:38:00Z">',
            "",
            "<span>09/03/2024 16:38</span>",
            "2024-03-09T16:38:00+07:00",
            "meta",
        ),
        (
            '<meta property="article:published_time" content="2024-03-09T09:38:00Z">',
            "",
            "<span>09/03/2024 16:38</span>",
            "2024-03-09T16:38:00+07:00",
            "meta",
        ),
        (
            '<meta itemprop="datePublished" content="2024-03-09">',
            "",
            "<i>16:38 | 09/03/2024</i>",
            "2024-03-09T16:38:00+07:00",
            "meta",
        ),
        (
            '<script type="application/ld+json">'
            '{"@type":"NewsArticle","datePublished":"2024-03-09T16:38:00+07:00"}</script>',
            "06/07/2022 08:00",
            "",
            "2024-03-09T16:38:00+07:00",
            "json-ld",
        ),
    ],
)
def test_it_believes_the_right_one_of_a_pages_dates(
    head: str, above: str, below: str, published: str, told_by: str
) -> None:
    article = clean(page(head, above, below), URL)
    assert (article.published, article.published_from) == (published, told_by)
