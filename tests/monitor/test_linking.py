"""Which reports are of one event, and which only look like it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from monitor.linking import Facts, at_one_table, facts, same, seated, span

TALKS: dict[str, Any] = {
    "kind": "meeting",
    "subtype": "talks",
    "status": "held",
    "date": "2024-05-09",
    "date_end": None,
    "place": "thành phố Lạng Sơn",
    "province": "lang-son",
    "country": "CN",
    "foreign_region": "Quảng Tây",
    "vietnamese_side": [
        {"name": "UBND tỉnh Lạng Sơn", "type": "agency", "title": ""},
        {"name": "Nguyễn Văn An", "type": "person", "title": "Phó Chủ tịch UBND tỉnh"},
    ],
    "foreign_side": [
        {"name": "Chính phủ nhân dân Khu tự trị dân tộc Choang Quảng Tây", "type": "agency", "title": ""},
        {"name": "Lý Minh", "type": "person", "title": "Phó Chủ tịch"},
    ],
    "instruments": [],
    "evidence": [{"text": "UBND tỉnh Lạng Sơn hội đàm với đoàn Quảng Tây."}],
}


def body(name: str) -> dict[str, str]:
    return {"name": name, "type": "agency", "title": ""}


def person(name: str) -> dict[str, str]:
    return {"name": name, "type": "person", "title": ""}


def report(**changes: Any) -> Facts:
    return facts({**TALKS, **changes}, date(2024, 5, 10))


KNOWN = report()


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"subtype": "working_session", "place": "Lạng Sơn"},
        {"vietnamese_side": [person("nguyễn văn an")], "foreign_side": [person("Ông Lý Minh")]},
        {"vietnamese_side": [body("Tỉnh Lạng Sơn")], "foreign_side": [body("Đoàn đại biểu Quảng Tây, Trung Quốc")]},
        {"date": None},
        {"date": "2024-05"},
        {"date": "2024-05-10"},  # the other paper wrote a day late; the people are the same
        {"country": None, "province": None},
        {"foreign_side": [person("Lí Minh")], "vietnamese_side": [person("Nguyễn Văn An"), person("Trần Thị Bình")]},
    ],
)
def test_it_takes_other_words_for_the_same_event(changes: dict[str, Any]) -> None:
    assert same(report(**changes), KNOWN)


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "signing"},
        {"country": "LA"},
        {"date": "2024-05-19"},
        {"date": "2023-05-09"},
        # Received by another host on the same day: talks and a reception are two.
        {"subtype": "courtesy_call", "vietnamese_side": [body("Tỉnh ủy Lạng Sơn"), person("Phạm Thị Cúc")]},
        {
            "subtype": "courtesy_call",
            "vietnamese_side": [body("Tỉnh ủy Lạng Sơn")],
            "foreign_side": [body("Quảng Tây")],
        },
        {"vietnamese_side": [body("Sở Ngoại vụ Lạng Sơn")], "foreign_side": [body("Văn phòng Ngoại sự Quảng Tây")]},
        {"vietnamese_side": [body("UBND thành phố Lạng Sơn")], "foreign_side": [body("thị Bằng Tường")]},
        # The same host receives another delegation.
        {"foreign_side": [body("Tổng Lãnh sự quán Nhật Bản"), person("Tanaka Ken")], "foreign_region": None},
        {"province": "cao-bang", "vietnamese_side": [body("UBND tỉnh Cao Bằng")]},
        {"vietnamese_side": [], "foreign_side": [], "place": None, "foreign_region": None, "evidence": []},
    ],
)
def test_it_keeps_other_events_apart(changes: dict[str, Any]) -> None:
    assert same(report(**changes), KNOWN) is None


def test_it_knows_an_announced_event_when_it_has_been_held() -> None:
    announced = report(status="upcoming", date="2024-05", vietnamese_side=[body("UBND tỉnh Lạng Sơn")])
    assert same(report(status="held", date="2024-05-21", published=None), announced)


def test_it_knows_an_announced_event_without_a_date() -> None:
    announced = report(status="upcoming", date=None)
    assert same(facts({**TALKS, "date": "2024-06-20"}, date(2024, 6, 21)), announced)
    assert same(facts({**TALKS, "date": "2024-09-20"}, date(2024, 9, 21)), announced) is None


def test_it_knows_a_signing_by_its_document() -> None:
    paper = {"type": "memorandum", "title": "Bản ghi nhớ hợp tác phát triển du lịch", "field": "", "parties": [[], []]}
    known = report(kind="signing", instruments=[paper], vietnamese_side=[body("Lạng Sơn")])
    found = report(kind="signing", instruments=[paper], vietnamese_side=[], foreign_side=[body("Quảng Tây")], date=None)
    assert "documents" in (same(found, known) or "")


TWINNED: dict[str, Any] = {
    "kind": "signing",
    "subtype": "twinning",
    "place": "cửa khẩu Hữu Nghị",
    "vietnamese_side": [body("xã Đồng Đăng (tỉnh Lạng Sơn, Việt Nam)")],
    "foreign_side": [body("trấn Bằng Tường (Trung Quốc)")],
    "evidence": [{"text": "Lễ ký kết tại cửa khẩu."}],
    "instruments": [{"type": "twinning", "title": "Thỏa thuận kết nghĩa", "field": "", "parties": [[], []]}],
}
SIGNERS: dict[str, Any] = {
    **TWINNED,
    "subtype": "agreement",
    "date": None,
    "place": None,
    "vietnamese_side": [body("UBND xã Đồng Đăng"), person("Hoàng Thị Mai")],
    "foreign_side": [person("Vi Chí Dũng")],
    "evidence": [{"text": "Hai người đứng đầu đặt bút."}],
    "instruments": [{"type": "agreement", "title": "thỏa thuận", "field": "", "parties": [[], []]}],
}


def test_it_knows_a_signing_by_its_kind_where_another_paper_names_only_the_signers() -> None:
    assert "papers" in (same(report(**SIGNERS), report(**TWINNED)) or "")
    assert "papers" in (same(report(**TWINNED), report(**SIGNERS)) or "")


def test_it_knows_a_signing_by_who_sat_at_its_table() -> None:
    vague = report(**{**SIGNERS, "subtype": "contract", "vietnamese_side": [person("Hoàng Thị Mai")]})
    assert same(vague, report(**TWINNED)) is None
    hosts = report(vietnamese_side=[person("Hoàng Thị Mai")], foreign_side=[person("Vi Chí Dũng")])
    assert "company" in (same(vague, seated(report(**TWINNED), [hosts])) or "")


@pytest.mark.parametrize(
    "changes",
    [
        {"date": "2024-05-15"},
        {"subtype": "contract"},
        {"country": "LA"},
        {"foreign_region": "Vân Nam"},
        {"vietnamese_side": [body("UBND xã Tân Thanh")]},
        {"instruments": [{"type": "agreement", "title": "Thỏa thuận cung cấp nước sạch cho khu chợ", "parties": []}]},
    ],
)
def test_it_keeps_other_signings_apart(changes: dict[str, Any]) -> None:
    other = {"type": "twinning", "title": "Thỏa thuận kết nghĩa giữa hai cụm dân cư", "parties": []}
    assert same(report(**{**SIGNERS, **changes}), report(**{**TWINNED, "instruments": [other]})) is None


CONFERENCE: dict[str, Any] = {
    "subtype": "conference",
    "status": "upcoming",
    "vietnamese_side": [body("UBND tỉnh Lạng Sơn")],
    "foreign_side": [body("Khu tự trị dân tộc Choang Quảng Tây")],
}
OPENED: dict[str, Any] = {
    **CONFERENCE,
    "status": "held",
    "province": "cao-bang",
    "vietnamese_side": [body("tỉnh Cao Bằng"), body("Lạng Sơn"), body("Tuyên Quang")],
}


@pytest.mark.parametrize("day", ["2024-05-08", "2024-05-09", "2024-05-11", None])
def test_it_knows_an_announced_conference_of_several_provinces_when_it_opens(day: str | None) -> None:
    assert same(report(**{**OPENED, "date": day}), report(**CONFERENCE))


@pytest.mark.parametrize(
    "changes",
    [
        {"date": "2024-05-12"},
        {"subtype": "working_session", "date": "2024-05-11"},
        {"status": "upcoming", "date": "2024-05-11"},  # two of them are announced
        {"vietnamese_side": [body("tỉnh Cao Bằng"), body("Tuyên Quang")]},
        {"foreign_region": "Vân Nam", "foreign_side": [body("Vân Nam")]},
    ],
)
def test_it_keeps_other_conferences_apart(changes: dict[str, Any]) -> None:
    assert same(report(**{**OPENED, **changes}), report(**CONFERENCE)) is None


def test_it_says_why() -> None:
    assert same(report(), KNOWN) == "guests+hosts+vietnamese+foreign+place+day+words"


def test_it_seats_talks_and_their_signing_at_one_table() -> None:
    signing = report(kind="signing", place=None, vietnamese_side=[body("Lạng Sơn")], foreign_side=[body("Quảng Tây")])
    assert at_one_table(signing, KNOWN)


@pytest.mark.parametrize(
    "changes",
    [
        {"province": "cao-bang"},
        {"date": "2024-05-10"},
        {"place": "cửa khẩu Hữu Nghị"},
        {"status": "upcoming"},
        {"vietnamese_side": [body("Tỉnh ủy Lạng Sơn"), person("Phạm Thị Cúc")]},
        {"foreign_side": [person("Vương Ngũ")]},
    ],
)
def test_it_seats_others_elsewhere(changes: dict[str, Any]) -> None:
    assert not at_one_table(report(**{"kind": "signing", **changes}), KNOWN)


DEPARTMENTS: dict[str, Any] = {
    "kind": "signing",
    "place": None,
    "vietnamese_side": [body("Sở Y tế Lạng Sơn"), body("Trường Cao đẳng Hữu Lũng"), body("Bảo tàng tỉnh")],
    "foreign_side": [body("Ủy ban Y tế Bằng Tường"), body("Học viện Long Châu")],
}


@pytest.mark.parametrize("changes", [{}, {"date": None}, {"vietnamese_side": [body("Hiệp hội Doanh nghiệp tỉnh")]}])
def test_it_seats_what_departments_and_schools_sign_at_the_talks_of_their_province(changes: dict[str, Any]) -> None:
    talks = report(foreign_side=[body("thành phố Sùng Tả")])
    assert at_one_table(report(**{**DEPARTMENTS, **changes}), talks)
    assert at_one_table(talks, report(**{**DEPARTMENTS, **changes}))


@pytest.mark.parametrize(
    ("signing", "meeting"),
    [
        ({"date": "2024-05-10"}, {}),
        ({"foreign_region": "Vân Nam"}, {}),
        ({"status": "upcoming"}, {}),
        ({"place": "cửa khẩu Hữu Nghị"}, {}),
        ({"vietnamese_side": [body("Sở Y tế Lạng Sơn"), person("Đỗ Văn Hải")]}, {}),
        ({"vietnamese_side": [body("Tỉnh ủy Lạng Sơn")]}, {}),
        ({}, {"vietnamese_side": [body("Sở Ngoại vụ Lạng Sơn")]}),  # one department's talks, another's signing
        ({"kind": "meeting"}, {}),
    ],
)
def test_it_seats_other_signings_elsewhere(signing: dict[str, Any], meeting: dict[str, Any]) -> None:
    talks = report(**{"foreign_side": [body("thành phố Sùng Tả")], **meeting})
    assert not at_one_table(report(**{**DEPARTMENTS, **signing}), talks)


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("2024-05-09", date(2024, 5, 9), date(2024, 5, 9)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2024-12", date(2024, 12, 1), date(2024, 12, 31)),
        ("2024", date(2024, 1, 1), date(2024, 12, 31)),
    ],
)
def test_it_reads_dates_as_exact_as_they_are(written: str, first: date, last: date) -> None:
    assert span(report(date=written)) == (first, last)


@pytest.mark.parametrize("written", ["", None, "2024-13", "2024-02-30", "hôm qua", "99999"])
def test_it_takes_no_date_from_what_is_none(written: str | None) -> None:
    assert span(report(date=written)) is None


def test_it_takes_the_later_end_of_several_days() -> None:
    assert span(report(date_end="2024-05-11")) == (date(2024, 5, 9), date(2024, 5, 11))
