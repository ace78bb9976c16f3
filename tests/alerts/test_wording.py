"""The words: subjects, emails, Telegram's HTML, digests."""

from __future__ import annotations

import re
import tomllib
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts import wording
from alerts.notice import Happening, Notice, Outlet
from alerts.phrases import TEMPLATES, country, day, days, moment, province, shorten

HANOI = "Asia/Ho_Chi_Minh"
NASTY = '<b>"A & B"\r\nBcc: x@y.example</b>\u202e<script>alert(1)</script>'
ALLOWED = {"b", "i", "a", "blockquote"}
anything = st.text(max_size=400)


class Tags(HTMLParser):
    """Which tags an HTML text opens, and whether each is closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.links: list[str] = []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.seen.add(tag)
        self.links += [value for name, value in attrs if name == "href"]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture
def occasion(make):
    """Talks and the signing of five documents at the same table."""
    ours = [make.body(f"{name} tỉnh Lào Cai") for name in ("Sở Công thương", "Sở Du lịch", "Bảo tàng")]
    theirs = [make.body(f"{name} châu Hồng Hà") for name in ("Cục Thương mại", "Cục Du lịch", "Bảo tàng")]
    fields = {"date": "2023-01-18", "province": "lao-cai", "place": "huyện Hà Khẩu"}
    signing = make.signing(
        instruments=tuple(make.document() for _ in range(5)),
        vietnamese_side=tuple(ours),
        foreign_side=tuple(theirs),
        **fields,
    )
    return make.notice("event:1", make.talks(**fields), signing)


def test_it_says_it_all_in_the_subject(occasion):
    assert wording.subject(occasion, "vi") == "Ký kết: Lào Cai – Hồng Hà (Vân Nam), 5 văn bản, 18/01/2023"
    assert wording.subject(occasion, "en") == "Signing: Lào Cai – Hồng Hà (Vân Nam), 5 documents, 18 Jan 2023"


@pytest.mark.parametrize(
    ("more", "subject"),
    [
        ({}, "Hội đàm: Hà Giang – Văn Sơn (Vân Nam), 09/05/2024"),
        ({"subtype": "courtesy_call"}, "Chào xã giao: Hà Giang – Văn Sơn (Vân Nam), 09/05/2024"),
        ({"status": "upcoming", "date": "2024-06"}, "Sắp tới: hội đàm Hà Giang – Văn Sơn (Vân Nam), 06/2024"),
        ({"status": "cancelled"}, "Hủy/hoãn: hội đàm Hà Giang – Văn Sơn (Vân Nam), 09/05/2024"),
        ({"foreign_side": ()}, "Hội đàm: Hà Giang – Vân Nam (Trung Quốc), 09/05/2024"),
        ({"foreign_side": (), "foreign_region": "", "country": "LA"}, "Hội đàm: Hà Giang – Lào, 09/05/2024"),
        ({"date": ""}, "Hội đàm: Hà Giang – Văn Sơn (Vân Nam)"),
        ({"subtype": "brand_new"}, "Gặp gỡ: Hà Giang – Văn Sơn (Vân Nam), 09/05/2024"),
    ],
)
def test_it_writes_subjects_as_a_person_would(make, more, subject):
    assert wording.subject(make.notice("k", make.talks(**more)), "vi") == subject


def test_it_names_a_place_without_what_stands_in_brackets_behind_it(make):
    talks = make.talks(
        province="lao-cai",
        vietnamese_side=(make.body("tỉnh Lào Cai (Việt Nam)"),),
        foreign_side=(make.body("châu Hồng Hà (Trung Quốc)"),),
    )
    assert "Lào Cai – Hồng Hà (Vân Nam)" in wording.subject(make.notice("event:1", talks), "vi")


def test_it_names_the_one_document_that_was_signed(make):
    notice = make.notice("k", make.signing(subtype="letter_of_intent"))
    assert wording.subject(notice, "vi") == "Ký kết ý định thư: Hà Giang – Văn Sơn (Vân Nam), 09/05/2024"


@given(name=anything, region=anything, date=st.sampled_from(["2024-05-09", "2024", "", "not a date"]))
def test_it_keeps_any_subject_in_seventy_letters_and_one_line(name, region, date):
    party = ({"name": name, "type": "agency", "title": ""},)
    sides = {"vietnamese_side": party, "foreign_side": party, "foreign_region": region, "country": "CN"}
    happening = Happening(1, "meeting", "talks", "held", "provincial", date=date, **sides)
    for change in ("event", "update"):
        subject = wording.subject(Notice("k", change, (happening,)), "vi")
        assert len(subject) <= 70
        assert subject.isprintable()


def test_it_carries_everything_an_officer_needs(occasion):
    _, text, html = wording.email(occasion, "vi")
    for words in (
        "Thứ Tư, 18/01/2023",
        "Huyện Hà Khẩu",
        "Sở Du lịch tỉnh Lào Cai",
        "Lê Văn Mẫu",
        "Phó Chủ tịch tỉnh",
        "Phía nước ngoài (Vân Nam, Trung Quốc)",
        "Sở Du lịch ↔ Cục Văn hóa",
        "Hai bên ký bản ghi nhớ hợp tác du lịch.",
        "Hội đàm",
        "Báo Mẫu",
        "https://bao.example.vn/hoi-dam-1.html",
        "đăng 09/05/2024 14:20",
        "thấy lúc 09/05/2024 14:31",
        "0,90",
        "talks-verb",
    ):
        assert words in text
        assert words in html
    assert text.index("KÝ KẾT") < text.index("HỘI ĐÀM")


def test_it_says_first_what_is_new_in_an_update(make):
    notice = make.update("k/1", "k", make.talks(status="cancelled"), changed=("cancelled", "date"))
    subject, text, html = wording.email(notice, "vi")
    assert text.startswith("Có gì mới: Sự kiện bị hủy hoặc hoãn; Có thay đổi về ngày\n")
    assert html.index("Có gì mới") < html.index("Lê Văn Mẫu")
    assert wording.telegram(notice, "vi").startswith("<b>Có gì mới")
    assert subject.startswith("Hủy/hoãn")


def test_it_speaks_english_when_asked(occasion):
    _, text, _ = wording.email(occasion, "en")
    assert "Foreign side (Vân Nam, China):" in text
    assert "Wednesday, 18 January 2023" in text
    assert "Phía" not in text


def test_it_lets_no_markup_of_an_article_through(make):
    nasty = make.talks(
        place=NASTY,
        foreign_region=NASTY,
        vietnamese_side=(make.body(NASTY), make.person(NASTY, NASTY)),
        instruments=(make.document(NASTY, NASTY, NASTY),),
        evidence=(NASTY,),
        reason=NASTY,
    )
    notice = make.notice("k", nasty, outlets=(make.outlet(name=NASTY, title=NASTY, url="javascript:alert(1)"),))
    subject, text, html = wording.email(notice, "vi")
    telegram = wording.telegram(notice, "vi")
    assert subject.isprintable()
    for page in (html, telegram):
        assert "<script" not in page
        assert "javascript:" not in page
        assert "\u202e" not in page
    assert "\nBcc:" not in text
    assert Tags(telegram).seen <= ALLOWED


@settings(max_examples=60)
@given(anything, anything, st.integers(0, 40))
def test_it_always_gives_telegram_well_formed_html_of_its_length(name, sentence, many):
    party = tuple({"name": f"{name} {n}", "type": "person" if n % 2 else "agency", "title": name} for n in range(many))
    papers = tuple({"type": "x", "title": name, "parties": [[name], [sentence]]} for _ in range(many))
    outlets = tuple(Outlet(name, f"https://h.example/{n}?a=1&b=<{n}>", sentence) for n in range(many))
    happening = Happening(
        1,
        "signing",
        "other",
        "held",
        "provincial",
        vietnamese_side=party,
        foreign_side=party,
        instruments=papers,
        evidence=(sentence * 20,) * 3,
    )
    html = wording.telegram(Notice("k", "event", (happening, happening), outlets), "vi")
    assert len(html) <= wording.TELEGRAM_LENGTH
    assert Tags(html).seen <= ALLOWED
    assert len(wording.plain(Notice("k", "event", (happening,), outlets), "vi")[1]) <= wording.TELEGRAM_LENGTH


def test_it_groups_a_digest_by_province_with_signings_first(make, now):
    notices = [
        make.notice("a", make.talks(province="lang-son", event_id=1)),
        make.notice("b", make.talks(province="ha-giang", event_id=2)),
        make.notice("c", make.signing(province="lang-son", event_id=3)),
        make.notice("d", make.talks(province="", event_id=4)),
    ]
    letter = wording.digest("email", notices, "vi", HANOI, now)
    assert letter.subject == "Điểm tin đối ngoại 10/05/2024: 1 ký kết, 3 cuộc gặp"
    order = [letter.text.index(words) for words in ("== Lạng Sơn ==", "KÝ KẾT", "== Hà Giang ==", "== Chưa rõ tỉnh ==")]
    assert order == sorted(order)
    assert letter.text.count("HỘI ĐÀM") == 3
    assert Tags(wording.digest("telegram", notices, "vi", HANOI, now).html).seen <= ALLOWED


def test_it_tells_a_matter_once_in_a_digest_as_it_stands_now(make, now):
    first = make.notice("a", make.talks(status="upcoming"))
    update = make.update("a/1", "a", make.talks(), changed=("held",))
    letter = wording.digest("email", [first, update], "vi", HANOI, now)
    assert letter.text.count("HỘI ĐÀM") == 1
    assert "Sắp diễn ra" not in letter.text
    assert letter.subject.endswith("1 cuộc gặp")


def test_it_fits_a_dozen_long_stories_into_one_telegram_digest(make, now):
    long = make.talks(evidence=("câu rất dài " * 90,), place="nơi rất xa " * 20)
    far = make.outlet(url="https://bao.example.vn/" + "x" * 300)
    notices = [make.notice(f"k{n}", long, outlets=(far, far, far)) for n in range(12)]
    html = wording.digest("telegram", notices, "vi", HANOI, now).html
    assert len(html) <= wording.TELEGRAM_LENGTH
    assert html.count("▪") == 12


def test_it_words_operators_notices(make):
    notice = make.notice("o", change="operator", subject="Nguồn <im> lặng", body="Dòng một\n\nDòng <hai>")
    subject, text, html = wording.email(notice, "vi")
    assert subject == "[Vận hành] Nguồn <im> lặng"
    assert "Dòng một\n\nDòng <hai>" in text
    assert "Dòng &lt;hai&gt;" in html
    assert Tags(wording.telegram(notice, "vi")).seen <= ALLOWED


@pytest.mark.parametrize("language", ["vi", "en"])
def test_it_words_every_kind_of_happening(make, language):
    labels = tomllib.loads((TEMPLATES / f"{language}.toml").read_text("utf-8"))
    for kind, subtypes in labels["subtype"].items():
        for subtype in subtypes:
            for status in labels["status"]:
                notice = make.notice("k", make.talks(kind=kind, subtype=subtype, status=status))
                assert len(wording.subject(notice, language)) <= 70
                assert "_" not in wording.email(notice, language)[1].replace("talks-verb", "")


def test_it_has_the_same_labels_in_both_languages():
    def keys(table, path=()):
        for name, value in table.items():
            yield from keys(value, (*path, name)) if isinstance(value, dict) else [(*path, name)]

    vi, en = (tomllib.loads((TEMPLATES / f"{name}.toml").read_text("utf-8")) for name in ("vi", "en"))
    assert set(keys(vi)) == set(keys(en))
    blanks = re.compile(r"\{\w+\}")
    for path in keys(vi):
        left, right = vi, en
        for step in path:
            left, right = left[step], right[step]
        assert sorted(blanks.findall(left)) == sorted(blanks.findall(right)), path


@pytest.mark.parametrize(
    ("iso", "vi", "en"),
    [
        ("2023-01-18", "Thứ Tư, 18/01/2023", "Wednesday, 18 January 2023"),
        ("2013-12", "tháng 12/2013", "December 2013"),
        ("2023", "năm 2023", "2023"),
        ("", "", ""),
        ("2023-02-30", "tháng 02/2023", "February 2023"),
    ],
)
def test_it_writes_dates_as_exactly_as_they_are_known(iso, vi, en):
    assert day(iso, "vi") == vi
    assert day(iso, "en") == en


def test_it_writes_spans_of_days():
    assert days("2023-01-18", "2023-01-20", "vi") == "18–20/01/2023"
    assert days("2023-01-30", "2023-02-02", "vi") == "30/01/2023 – 02/02/2023"
    assert days("2023-01-18", "2023-01-18", "vi") == "Thứ Tư, 18/01/2023"


@given(st.text(max_size=12))
def test_it_survives_any_date(text):
    assert isinstance(days(text, text[::-1], "vi"), str)
    assert isinstance(moment(text, "en", HANOI), str)


def test_it_knows_places_by_name():
    assert province("lang-son") == "Lạng Sơn"
    assert province("ban-moi") == "Ban Moi"
    assert country("cn", "vi") == "Trung Quốc"
    assert country("LA", "en") == "Laos"
    assert country("XQ", "vi") == "XQ"


@given(anything, st.integers(0, 80))
def test_it_never_cuts_too_long(text, length):
    assert len(shorten(text, length)) <= length
