"""Which reports are of one event, and which only look like it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from monitor.likeness import alike, core, namesakes
from monitor.linking import Facts, at_one_table, contradiction, facts, same, seated, span

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


def officer(name: str, title: str) -> dict[str, str]:
    return {"name": name, "type": "person", "title": title}


SECRETARY = officer("Phạm Thị Cúc", "Bí thư Tỉnh ủy Lạng Sơn")
CHAIRMAN = officer("Nguyễn Văn An", "Phó Bí thư Tỉnh ủy, Chủ tịch UBND tỉnh Lạng Sơn")
GUEST = [person("Lý Minh")]
BRIDGE = [[{"text": "Lễ công bố mở cầu Bắc Luân ba."}], [{"text": "Lễ mở chính thức tại Bắc Luân sẽ diễn ra."}]]


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        ({"province": "cao-bang", "vietnamese_side": [body("UBND tỉnh Cao Bằng")]}, {}, "province"),
        ({"date": "2024-05-19"}, {}, "days"),
        # One article that tells both is no bridge between the secretary's reception and the chairman's talks.
        ({"vietnamese_side": [SECRETARY, CHAIRMAN]}, {"vietnamese_side": [CHAIRMAN]}, "heads"),
        # The same two met again on the next day, elsewhere or otherwise.
        ({"date": "2024-05-10", "place": "thị Bằng Tường"}, {}, "days"),
        ({"date": "2024-05-10", "subtype": "conference"}, {}, "days"),
        # The same host received two neighbours on one day.
        ({"foreign_side": [body("thành phố Sùng Tả")]}, {"foreign_side": [body("thành phố Bách Sắc")]}, "foreign"),
        (
            {"foreign_side": [body("tỉnh Hủa Phăn")], "foreign_region": "Hủa Phăn"},
            {"foreign_side": [body("tỉnh Luông Pha Bang")], "foreign_region": "Luông Pha Bang"},
            "foreign",
        ),
        # Two districts of one province received the same guests.
        (
            {"vietnamese_side": [body("UBND huyện Cao Lộc")], "foreign_side": GUEST},
            {"vietnamese_side": [body("UBND huyện Văn Lãng")], "foreign_side": GUEST},
            "vietnamese",
        ),
        (
            {"vietnamese_side": [body("Đồn Biên phòng Tân Thanh"), body("BĐBP Lạng Sơn")]},
            {"vietnamese_side": [body("Đồn Biên phòng Chi Ma"), body("BĐBP Lạng Sơn")]},
            "vietnamese",
        ),
        ({"subtype": "conference"}, {"subtype": "courtesy_call"}, "act"),
        (
            {"subtype": "conference", "evidence": [{"text": "Hội nghị lần thứ 9"}]},
            {"subtype": "conference", "evidence": [{"text": "Hội nghị lần thứ mười"}]},
            "number",
        ),
    ],
)
def test_it_says_what_tells_two_apart(one: dict[str, Any], other: dict[str, Any], why: str) -> None:
    signs = ("guests", "hosts") if why == "days" else ()
    assert contradiction(report(**one), report(**other), signs) == why
    assert same(report(**one), report(**other)) is None
    assert same(report(**other), report(**one)) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"vietnamese_side": [SECRETARY, CHAIRMAN]}, {"vietnamese_side": [SECRETARY]}),
        ({"vietnamese_side": [officer("Nguyễn Văn An", "Chủ tịch UBND tỉnh")]}, {"vietnamese_side": [CHAIRMAN]}),
        ({"place": "tỉnh Lạng Sơn", "date": "2024-05-10"}, {}),  # a province is no place apart from its towns
        # The host is named, the guests once as the city and once as its district.
        ({"foreign_side": [body("thành phố Sùng Tả")]}, {"foreign_side": [body("huyện Ninh Minh")]}),
        (
            {"foreign_side": [body("tỉnh Phông Sa Lỳ")], "foreign_region": "Phông Sa Lỳ"},
            {"foreign_side": [body("đoàn đại biểu tỉnh Phôngsalỳ")], "foreign_region": "Phôngsalỳ"},
        ),
        ({"vietnamese_side": [body("BĐBP Lạng Sơn")]}, {"vietnamese_side": [body("Bộ đội Biên phòng tỉnh Lạng Sơn")]}),
        # Both papers count the session, little else agrees.
        (
            {"subtype": "conference", "date": None, "evidence": [{"text": "phiên họp lần thứ 10 vừa qua"}]},
            {"subtype": "conference", "evidence": [{"text": "Hai bên họp phiên thứ mười, bàn nhiều việc"}]},
        ),
        # Announced for a month and opened in the next, at the same bridge.
        (
            {"status": "upcoming", "subtype": "ceremony", "date": "2024-04", "evidence": BRIDGE[0]},
            {"subtype": "ceremony", "evidence": BRIDGE[1]},
        ),
    ],
)
def test_it_knows_one_event_either_way(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert same(report(**one), report(**other))
    assert same(report(**other), report(**one))


@pytest.mark.parametrize(
    "changes",
    [
        {"date": "2024-02"},  # too long ago
        {"date": "2024-04-20"},  # a day was named, and it was another
        {"subtype": "talks", "date": "2024-04"},
        {"date": "2024-04", "evidence": [{"text": "Hai bên chuẩn bị nhiều việc khác nhau cho năm tới."}]},
    ],
)
def test_it_lets_no_other_plan_slip(changes: dict[str, Any]) -> None:
    opened = report(subtype="ceremony", evidence=BRIDGE[1])
    assert (
        same(report(**{"status": "upcoming", "subtype": "ceremony", "evidence": BRIDGE[0], **changes}), opened) is None
    )


@pytest.mark.parametrize(
    ("name", "rest"),
    [
        ("tỉnh Lai Châu", "lai chau"),
        ("châu Hồng Hà", "hong ha"),
        ("UBND huyện Tịnh Tây", "tinh tay"),
        ("UBND TP. Lào Cai", "lao cai"),
        ("Hải quan Hữu Nghị Quan", "hai quan huu nghi quan"),
        ("Tỉnh ủy", "tinh uy"),
        ("Thị ủy Tịnh Tây", "tinh tay"),
        ("huyện Bonghwa", "bonghwa"),
        ("Tỉnh đoàn Lạng Sơn", "thanh nien tinh lang son"),
    ],
)
def test_it_keeps_of_a_name_what_tells_it_from_others(name: str, rest: str) -> None:
    assert core(name) == rest


@pytest.mark.parametrize(
    ("one", "other", "are"),
    [
        ("ly kien", "li kien", True),
        ("takeo", "ta keo", True),
        ("tinh tuc", "tinh tay", False),
        ("sung ta", "sung ta quang tay", True),
        ("lai chau", "lai", False),
    ],
)
def test_it_compares_spellings(one: str, other: str, are: bool) -> None:
    assert alike(one, other) is are
    assert alike(other, one) is are


@pytest.mark.parametrize(
    ("one", "other", "are"),
    [
        ("nguyen van an", "nguyen van anh", False),
        ("tran van hung", "tran van hung", True),
        ("olivier brochet", "olivier brochett", True),
        ("van an", "nguyen van an", True),
    ],
)
def test_it_takes_no_short_name_for_another(one: str, other: str, are: bool) -> None:
    assert namesakes(one, other) is are


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
