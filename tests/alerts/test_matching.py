"""Who wants to hear of what."""

from __future__ import annotations

import pytest

from alerts.matching import why


@pytest.mark.parametrize(
    ("wish", "word"),
    [
        ({"provinces": ("lang-son",)}, "tỉnh ha-giang"),
        ({"kinds": ("signing",)}, "meeting"),
        ({"countries": ("LA", "KH")}, "CN"),
        ({"scopes": ("national",)}, "provincial"),
        ({"min_confidence": 0.95}, "0,90"),
    ],
)
def test_it_says_in_words_why_a_subscription_does_not_want_it(make, wish, word):
    reasons = why(make.notice(), make.subscription("json://h", **wish))
    assert len(reasons) == 1
    assert word in reasons[0]


def test_it_finds_nothing_against_what_is_wanted(make):
    wish = make.subscription("json://h", provinces=["ha-giang"], countries=["cn"], kinds=["meeting"])
    assert why(make.notice(), wish) == []


@pytest.mark.parametrize("status", ["upcoming", "cancelled"])
def test_it_leaves_out_what_has_not_happened_unless_asked(make, status):
    notice = make.notice("k", make.talks(status=status))
    assert len(why(notice, make.subscription("json://h"))) == 1
    assert why(notice, make.subscription("json://h", include_upcoming=True)) == []


def test_it_wants_an_occasion_of_which_one_happening_is_wanted(make):
    wish = make.subscription("json://h", kinds=["signing"])
    assert why(make.notice("k", make.talks(), make.signing()), wish) == []


def test_it_gives_the_reasons_of_the_happening_that_came_closest(make):
    wish = make.subscription("json://h", provinces=["lang-son"], countries=["LA"])
    reasons = why(make.notice("k", make.talks(), make.signing(country="LA")), wish)
    assert len(reasons) == 1
    assert "lang-son" in reasons[0]


def test_it_keeps_operators_notices_from_subscribers(make):
    notice = make.notice("o", change="operator", subject="s", body="b")
    assert "quản trị" in why(notice, make.subscription("json://h"))[0]
    assert "operators" in why(notice, make.subscription("json://h", language="en"))[0]


def test_it_speaks_the_language_of_the_subscription(make):
    wish = make.subscription("json://h", language="en", min_confidence=0.95)
    assert why(make.notice(), wish) == ["confidence 0.90 is below the 0.95 asked for"]
