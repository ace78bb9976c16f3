"""Who wants to hear of a notice. Pure: a notice and a subscription in, the reasons against out."""

from __future__ import annotations

from alerts.notice import Happening, Notice
from alerts.subscriptions import Subscription

WORDS = {
    "vi": {
        "operator": "thông báo vận hành chỉ gửi cho người quản trị hệ thống",
        "empty": "thông báo không có sự kiện nào",
        "province": "tỉnh {value} không nằm trong danh sách ({wanted})",
        "kind": "loại sự kiện {value} không nằm trong danh sách ({wanted})",
        "country": "nước {value} không nằm trong danh sách ({wanted})",
        "status": "sự kiện chưa diễn ra hoặc đã hủy, mà đăng ký không nhận tin dự kiến (include_upcoming = false)",
        "scope": "phạm vi {value} không nằm trong danh sách ({wanted})",
        "confidence": "độ tin cậy {value} thấp hơn mức yêu cầu {wanted}",
        "unknown": "chưa rõ",
    },
    "en": {
        "operator": "operators' notices go to the operators only",
        "empty": "the notice holds no event",
        "province": "province {value} is not among those wanted ({wanted})",
        "kind": "kind {value} is not among those wanted ({wanted})",
        "country": "country {value} is not among those wanted ({wanted})",
        "status": "it is upcoming or cancelled, and the subscription leaves those out (include_upcoming = false)",
        "scope": "scope {value} is not among those wanted ({wanted})",
        "confidence": "confidence {value} is below the {wanted} asked for",
        "unknown": "unknown",
    },
}


def why(notice: Notice, subscription: Subscription) -> list[str]:
    """The reasons against telling this subscription, in plain words of its language; empty means it is wanted.

    A notice of an occasion is wanted when one of its happenings is. Otherwise the reasons are those of the
    happening that came closest.
    """
    if notice.change == "operator":
        return [WORDS[subscription.language]["operator"]]
    against = [_against(happening, subscription) for happening in notice.happenings]
    return min(against, key=len, default=[WORDS[subscription.language]["empty"]])


def _against(happening: Happening, wish: Subscription) -> list[str]:
    words = WORDS[wish.language]
    reasons = [
        _not_among("province", happening.province, wish.provinces, words),
        _not_among("kind", happening.kind, wish.kinds, words),
        _not_among("country", happening.country, tuple(code.upper() for code in wish.countries), words),
        _not_among("scope", happening.scope, wish.scopes, words),
    ]
    if happening.status != "held" and not wish.include_upcoming:
        reasons.append(words["status"])
    if happening.confidence < wish.min_confidence:
        asked, given = _number(wish.min_confidence, wish.language), _number(happening.confidence, wish.language)
        reasons.append(words["confidence"].format(value=given, wanted=asked))
    return [reason for reason in reasons if reason]


def _not_among(what: str, value: str, wanted: tuple[str, ...], words: dict[str, str]) -> str:
    if not wanted or value in wanted:
        return ""
    return words[what].format(value=value or words["unknown"], wanted=", ".join(wanted))


def _number(value: float, language: str) -> str:
    return f"{value:.2f}".replace(".", "," if language == "vi" else ".")
