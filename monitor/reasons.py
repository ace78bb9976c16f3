"""The codes by which rules explain themselves, in plain words: why it is an event, why not, why two reports are one.

A code that no table knows is shown as it is. Add the words of a new one here, in both languages.
"""

from __future__ import annotations

from collections.abc import Mapping

Words = Mapping[str, tuple[str, str]]  # code → Vietnamese, English

FOR: Words = {
    "strong": ("câu có từ ngữ rõ nghĩa về cuộc gặp", "a clear word for a meeting"),
    "visit": ("câu nói về chuyến thăm", "a word for a visit"),
    "weak": ("câu có từ ngữ chung về cuộc gặp", "a general word for a meeting"),
    "host": ("câu nói về hội nghị, buổi lễ có hai bên cùng dự", "a conference or ceremony with both sides in it"),
    "sign": ("câu nói về việc ký kết", "an act of signing"),
    "clause": ("cả hai bên nêu ngay trong câu", "both sides in the same clause"),
    "context": ("một bên lấy từ tiêu đề hoặc câu lân cận", "one side from the headline or the next sentence"),
    "fair": ("câu nói về hội chợ, lễ hội có đoàn nước ngoài", "a fair or festival with a foreign delegation"),
    "caption": ("chỉ nêu trong chú thích ảnh", "told only below a picture"),
    "attendance": ("danh sách người dự của cả hai bên", "a list of those present on either side"),
    "occasion": (
        "câu mở bằng “tại buổi …”, hai bên đã nêu ở đầu bài",
        "an occasion that only later words name, of sides the head names",
    ),
    "at-signing": ("cuộc gặp chỉ được nhắc trong tin ký kết", "talks that only the report of a signing mentions"),
}
AGAINST: Words = {
    "no-foreign-side": ("không thấy phía nước ngoài", "nobody foreign is there to meet"),
    "no-vietnamese-side": ("không thấy phía Việt Nam", "nobody Vietnamese is there to meet"),
    "own-mission": (
        "cơ quan đại diện của Việt Nam ở nước ngoài, không phải phía nước ngoài",
        "Vietnam's own embassy or consulate abroad",
    ),
    "domestic": ("hai bên đều là phía Việt Nam", "both sides are Vietnamese"),
    "state-visit": ("nguyên thủ, lãnh đạo cấp nhà nước đi tham quan", "a head of state sees the sights"),
    "nobody-met": ("chuyến đi không nêu gặp ai", "a tour on which nobody is met"),
    "no-delegation": ("không có đoàn, chỉ có cá nhân", "private people, no delegation"),
    "fair-without-delegation": (
        "hội chợ, lễ hội không nêu đoàn nước ngoài nào",
        "a fair or festival without a foreign delegation",
    ),
    "vague-counterpart": ("chỉ nói chung chung về phía nước ngoài", "the foreign side is only spoken of in general"),
    "a-name": ("từ ngữ chỉ là một phần của tên gọi", "the word is part of a name"),
    "students": (
        "phía nước ngoài chỉ là học sinh, sinh viên, người lao động",
        "the foreigners are pupils, students or workers",
    ),
    "topic": ("từ ngữ chỉ là nội dung trao đổi", "the word is part of what was talked about"),
    "interview": ("phỏng vấn của phóng viên", "a reporter's interview"),
    "head-without-act": ("không cho thấy việc ký kết diễn ra", "it does not show that the signing took place"),
    "foreign-side-not-taking-part": (
        "hội nghị, buổi lễ chỉ nhắc tới phía nước ngoài",
        "a conference or ceremony that only mentions a foreign place",
    ),
    "wish": ("mong muốn, đề nghị hoặc dự định, chưa phải việc đã diễn ra", "a wish or a proposal"),
    "background": ("nhắc lại việc cũ hoặc tổng kết", "something of the past, or a review"),
    "background:long-ago": ("nhắc lại việc đã lâu", "something of long ago"),
    "background:attribute": ("nhắc tới văn bản đã ký trước đó", "a document that was signed before"),
    "background:sum": ("tổng số văn bản đã ký", "a sum of what was signed"),
    "plan-without-date": ("dự kiến nhưng không nêu ngày", "a plan without a day"),
    "no-object": ("không nêu tiếp ai, gặp ai", "it does not say who was met"),
    "no-instrument": ("nói tới ký nhưng không nêu văn bản nào", "signing, but no document"),
    "twinning-without-sides": ("kết nghĩa nhưng không nêu hai bên", "a twinning without its two sides"),
    "tail": ("nằm ở phần cuối bài và chưa đủ thông tin", "far down in the article and not complete by itself"),
}
TOGETHER: Words = {
    "article": ("chính bài này trước đó đã nêu", "this article told of it before"),
    "reprint": ("bài đăng lại", "a reprint"),
    "split": ("được tách ra theo quyết định của cán bộ", "split off by staff"),
    "guests": ("cùng người phía nước ngoài", "the same foreign persons"),
    "hosts": ("cùng người phía Việt Nam", "the same Vietnamese persons"),
    "documents": ("cùng văn bản", "the same document"),
    "vietnamese": ("cùng cơ quan phía Việt Nam", "the same Vietnamese body"),
    "foreign": ("cùng cơ quan phía nước ngoài", "the same foreign body"),
    "counterpart": ("cùng đối tác", "the same counterpart"),
    "topic": ("cùng chủ đề", "the same topic"),
    "number": ("cùng lần thứ mấy", "the same number in a series"),
    "place": ("cùng nơi", "the same place"),
    "day": ("cùng ngày", "the same day"),
    "words": ("câu chữ giống nhau", "alike in words"),
    "company": ("cùng người ngồi cùng bàn", "the same persons at the table"),
    "papers": ("cùng loại văn bản", "the same kind of document"),
}
FIRST = ("bài đầu tiên nêu sự kiện", "the first to tell of it")


def why_event(code: str, language: str) -> str:
    """The rule that found an event: `strong-clause` → words."""
    if code in FOR:
        return _said(FOR, code, language)
    return "; ".join(_said(FOR, part, language) for part in code.split("-")) if _known(FOR, code, "-") else code


def why_not(code: str, language: str) -> str:
    """The rule that refused a candidate; the words that made it do so stay as they are."""
    if code in AGAINST:
        return _said(AGAINST, code, language)
    family, _, seen = code.partition(":")
    if family in AGAINST:
        return _said(AGAINST, family, language) + (f" (“{seen}”)" if seen else "")
    return _said(AGAINST, "tail", language) if code.startswith("tail-") else code


def why_one(code: str, language: str) -> str:
    """Why a report was taken for one of a known event: `guests+day` → words."""
    if not code:
        return FIRST[language != "vi"]
    return ", ".join(_said(TOGETHER, part, language) for part in code.split("+"))


def family(code: str) -> str:
    """The kind of reason, to count by: `wish:đề nghị` → `wish`."""
    return code.partition(":")[0]


def _known(table: Words, code: str, separator: str) -> bool:
    return bool(code) and all(part in table for part in code.split(separator))


def _said(table: Words, code: str, language: str) -> str:
    return table[code][language != "vi"] if code in table else code
