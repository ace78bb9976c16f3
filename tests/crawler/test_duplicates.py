"""Equal, nearly equal and different texts."""

from __future__ import annotations

import random
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.duplicates import ALIKE, bands, fold, signature, similarity, text_hash

WORDS = (
    ("tỉnh huyện xã đoàn hội đàm ký kết hợp tác cửa khẩu thương mại biên giới hữu nghị chợ phiên cây trồng lễ")
    .replace(" ", "\n")
    .splitlines()
)
vietnamese = st.text("aăâbcdđeêghiklmnoôơpqrstuưvxyàáảãạằắẳẵặ ẾỀĐÀ", max_size=60)


def sentences(seed: int, count: int) -> list[str]:
    choose = random.Random(seed)
    return [" ".join(choose.choices(WORDS, k=18)) + f" số {choose.randrange(10**6)}." for _ in range(count)]


def test_it_drops_marks_and_capitals() -> None:
    assert fold("Đường cao tốc ĐÀ NẴNG") == "duong cao toc da nang"


@given(vietnamese)
def test_it_folds_both_spellings_of_a_letter_alike(text: str) -> None:
    assert fold(unicodedata.normalize("NFC", text)) == fold(unicodedata.normalize("NFD", text))


@given(st.text(max_size=80))
def test_it_folds_once_and_for_all(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(vietnamese)
def test_it_keeps_as_many_letters_as_it_was_given(text: str) -> None:
    assert len(fold(text)) == len(text)


@pytest.mark.parametrize(
    "trivial",
    [
        "Hai bên  ký kết thỏa thuận.\nLượt xem: 128",
        "Hai bên ký kết thoả thuận",
        "HAI BÊN KÝ KẾT THỎA THUẬN!",
        "Hai bên ký kết thỏa thuận. 1.204 lượt xem",
    ],
)
def test_it_overlooks_trivial_differences(trivial: str) -> None:
    assert text_hash("Tin", trivial) == text_hash("Tin", "Hai bên ký kết thỏa thuận. Lượt xem: 127")


def test_it_sees_a_changed_word_and_a_changed_title() -> None:
    assert text_hash("Tin", "Hai bên sẽ ký kết") != text_hash("Tin", "Hai bên đã ký kết")
    assert text_hash("Tin hoãn", "Hai bên ký kết") != text_hash("Tin", "Hai bên ký kết")
    assert text_hash("a b", "c") != text_hash("a", "b c")


def test_it_signs_long_texts_only() -> None:
    assert signature("Hai bên ký kết. " * 5) is None
    signed = signature(" ".join(sentences(1, 10)))
    assert signed is not None
    assert len(signed) == 512


def test_it_signs_the_same_way_for_ever() -> None:
    # Signatures are stored: when this changes, VERSION must too, and stored articles need signing again.
    signed = signature(" ".join(f"từ số {number}" for number in range(100)))
    assert signed is not None
    assert signed[:8].hex() == "7c78a4008b103600"
    assert bands(signed)[0] == 3412718704422849055


@pytest.mark.parametrize(("edited", "alike"), [(1, True), (3, True), (15, False)])
def test_it_measures_how_much_two_texts_share(edited: int, alike: bool) -> None:
    first, others = sentences(1, 30), sentences(2, 30)
    second = others[:edited] + first[edited:]
    one, two = signature(" ".join(first)), signature(" ".join(second))
    assert one is not None
    assert two is not None
    assert (similarity(one, two) >= ALIKE) is alike
    shared = set(bands(one)) & set(bands(two))
    assert bool(shared) or not alike


def test_it_finds_nothing_in_common_where_nothing_is() -> None:
    one, two = signature(" ".join(sentences(1, 30))), signature(" ".join(sentences(9, 30)))
    assert one is not None
    assert two is not None
    assert similarity(one, two) < 0.1
    assert not set(bands(one)) & set(bands(two))


def test_it_keys_bands_as_databases_keep_numbers() -> None:
    signed = signature(" ".join(sentences(3, 30)))
    assert signed is not None
    keys = bands(signed)
    assert len(keys) == 21
    assert all(-(2**63) <= key < 2**63 for key in keys)
