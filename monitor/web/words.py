"""The words of the page: codes as a person says them, in Vietnamese; `english.py` has the same in English.

Templates are written in Vietnamese and ask `_()` for the language of the configuration. Add a phrase there and its
English here; a test compares the two.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from babel import Locale

from monitor.web.english import ENGLISH

KINDS = {"meeting": "Gặp gỡ", "signing": "Ký kết"}
SUBTYPES = {
    ("meeting", "talks"): "Hội đàm",
    ("meeting", "courtesy_call"): "Tiếp xã giao",
    ("meeting", "working_session"): "Làm việc",
    ("meeting", "exchange"): "Gặp gỡ, giao lưu",
    ("meeting", "visit"): "Thăm, khảo sát",
    ("meeting", "greeting"): "Chúc mừng",
    ("meeting", "online"): "Trao đổi trực tuyến",
    ("meeting", "conference"): "Hội nghị, hội thảo",
    ("meeting", "ceremony"): "Lễ",
    ("meeting", "other"): "Gặp gỡ",
    ("signing", "memorandum"): "Ký bản ghi nhớ",
    ("signing", "agreement"): "Ký thỏa thuận",
    ("signing", "minutes"): "Ký biên bản",
    ("signing", "letter_of_intent"): "Ký ý định thư",
    ("signing", "programme"): "Ký chương trình, kế hoạch",
    ("signing", "twinning"): "Ký kết nghĩa",
    ("signing", "contract"): "Ký hợp đồng",
    ("signing", "other"): "Ký kết",
}
INSTRUMENTS = {
    "memorandum": "Bản ghi nhớ",
    "agreement": "Thỏa thuận, hiệp định",
    "minutes": "Biên bản",
    "letter_of_intent": "Ý định thư",
    "programme": "Chương trình, kế hoạch",
    "twinning": "Văn bản kết nghĩa",
    "contract": "Hợp đồng",
    "other": "Văn bản",
}
STATUSES = {"held": "Đã diễn ra", "upcoming": "Sắp diễn ra", "cancelled": "Hoãn hoặc hủy"}
SCOPES = {"provincial": "Cấp địa phương", "national": "Cấp trung ương"}
PROVINCES = {"lang-son": "Lạng Sơn", "lao-cai": "Lào Cai", "cao-bang": "Cao Bằng", "quang-ninh": "Quảng Ninh"}
SOURCE_KINDS = {
    "portal": "Cổng thông tin",
    "department": "Sở, ngành",
    "newspaper": "Báo",
    "magazine": "Tạp chí",
}
WEEKDAYS = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật")
# What goes wrong with a source, as its reader would say it. The first pattern that is found wins.
TROUBLES = (
    (r"robots", "Trang này không cho phép đọc tự động (robots.txt)."),
    (r"dns|resolve|name or service|no such host|lookup", "Không tìm thấy tên miền, hoặc máy chủ không có mạng."),
    (r"certificate|tls|ssl", "Chứng thư bảo mật của trang không hợp lệ."),
    (r"private|not public|forbidden address|refused address", "Trang dẫn tới một địa chỉ nội bộ, bị từ chối."),
    (r"redirect", "Trang chuyển hướng lòng vòng."),
    (r"timed? ?out|timeout|deadline|took too long", "Trang trả lời quá chậm."),
    (r"refused|unreachable|reset|connection|connect", "Không kết nối được tới máy chủ."),
    (r"too (big|large|long)|max ?size|bytes", "Trang lớn quá mức cho phép."),
    (r"\b429\b|too many", "Trang yêu cầu hỏi thưa hơn."),
    (r"\b(401|403)\b", "Trang từ chối cho đọc."),
    (r"\b(404|410)\b", "Không còn trang ở địa chỉ này."),
    (r"\b5\d\d\b", "Máy chủ của trang đang gặp lỗi."),
    (r"no links|no article|nothing found|layout|listing", "Không thấy bài nào: có thể trang đã đổi giao diện."),
    (r"maintenance", "Trang đang bảo trì."),
    (r"charset|encoding|decode|binary|garbage", "Nội dung trang không đọc được."),
    (r"killed|died|exit|signal|interrupted", "Lượt đọc bị ngắt giữa chừng; sẽ đọc lại."),
)
UNKNOWN_TROUBLE = "Lượt đọc gần nhất không thành công."


def plain_trouble(error: str) -> str:
    """A source's error in everyday words; the exact one stands beside it for the technician."""
    for pattern, words in TROUBLES:
        if re.search(pattern, error, re.IGNORECASE):
            return words
    return UNKNOWN_TROUBLE


@cache
def country_name(code: str, language: str) -> str:
    """`CN` → Trung Quốc."""
    return str(Locale(language).territories.get(code.upper(), code))


def province_name(slug: str) -> str:
    """A shipped province by its name; another slug as well as can be done."""
    return PROVINCES.get(slug) or slug.replace("-", " ").title()


def translator(language: str) -> Callable[[str], str]:
    """The `_` of the templates."""
    if language == "vi":
        return lambda phrase: phrase
    return lambda phrase: ENGLISH.get(phrase, phrase)
