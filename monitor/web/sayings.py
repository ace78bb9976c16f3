"""What templates say of times, events and messages: small functions that give plain text, never markup."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any
from urllib.parse import urlsplit

from alerts.tables import Message
from monitor.web import words


@dataclass(frozen=True)
class Piece:
    """A stretch of text; `marked` where it is evidence."""

    text: str
    marked: bool = False


@dataclass(frozen=True)
class Sayings:
    """The filters of the templates, in one language and one time zone."""

    language: str
    zone: tzinfo
    now: Callable[[], datetime]

    def translate(self, phrase: str) -> str:
        return words.translator(self.language)(phrase)

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {
            "ago": self.ago,
            "clock": self.clock,
            "country": self.country,
            "day": day,
            "heading": self.heading,
            "headline": self.headline,
            "kind": self.kind,
            "instrument": lambda code: self.named(words.INSTRUMENTS, code, "other"),
            "paragraphs": paragraphs,
            "pieces": pieces,
            "province": words.province_name,
            "published": self.published,
            "scope": lambda code: self.named(words.SCOPES, code),
            "sourcekind": lambda code: self.named(words.SOURCE_KINDS, code),
            "standing": self.standing,
            "status": lambda code: self.named(words.STATUSES, code),
            "subject": self.subject,
            "trouble": lambda error: self.translate(words.plain_trouble(error)),
            "weblink": web_link,
        }

    def named(self, table: Mapping[str, str], code: str, other: str = "") -> str:
        """A code in words; one that no table knows stays as it is."""
        return self.translate(table.get(code) or table.get(other) or code)

    def clock(self, moment: datetime | None) -> str:
        return moment.astimezone(self.zone).strftime("%H:%M %d/%m/%Y") if moment else ""

    def published(self, value: str) -> str:
        """What a page said of its date: a moment, or a mere day."""
        if len(value) <= 10:
            return day(value)
        try:
            return self.clock(datetime.fromisoformat(value))
        except ValueError:
            return day(value[:10])

    def ago(self, moment: datetime | None) -> str:
        """`12 phút trước`, for what is recent; the day for what is not."""
        if moment is None:
            return self.translate("chưa có")
        seconds = (self.now() - moment).total_seconds()
        if seconds < 0:
            return self.clock(moment)
        if seconds < 60:
            return self.translate("vừa xong")
        for length, unit in ((86400, "ngày"), (3600, "giờ"), (60, "phút")):
            if seconds >= length:
                number = int(seconds // length)
                return self._count_ago(number, unit) if unit != "ngày" or number < 30 else self.clock(moment)
        return self.clock(moment)

    def _count_ago(self, number: int, unit: str) -> str:
        if self.language == "vi":
            return f"{number} {unit} trước"
        name = {"ngày": "day", "giờ": "hour", "phút": "minute"}[unit]
        return f"{number} {name}{'s' if number != 1 else ''} ago"

    def heading(self, moment: datetime) -> str:
        """The heading over what was seen on a day."""
        local, today = moment.astimezone(self.zone).date(), self.now().astimezone(self.zone).date()
        name = self.translate(words.WEEKDAYS[local.weekday()]) + f", {local:%d/%m/%Y}"
        near = {0: "Hôm nay", 1: "Hôm qua"}.get((today - local).days)
        return f"{self.translate(near)} · {name}" if near else name

    def country(self, code: str | None) -> str:
        return words.country_name(code, self.language) if code else ""

    def kind(self, event: Any) -> str:
        kind, subtype = _of(event, "kind"), _of(event, "subtype")
        return self.translate(words.SUBTYPES.get((kind, subtype)) or words.KINDS.get(kind, kind))

    def headline(self, event: Any) -> str:
        """Who with whom, in one line."""
        home, guest = main_name(_of(event, "vietnamese_side")), main_name(_of(event, "foreign_side"))
        home = home or words.province_name(_of(event, "province") or "")
        country = self.country(_of(event, "country"))
        guest = guest or _of(event, "foreign_region") or country
        if country and country.casefold() not in guest.casefold():
            guest = f"{guest} ({country})"
        return " – ".join(name for name in (home, guest) if name) or self.kind(event)

    def subject(self, message: Message) -> str:
        """What a message was about."""
        notice = message.notice
        if notice.get("change") == "operator":
            return str(notice.get("subject") or self.translate("Báo cho người vận hành"))
        told = [f"{self.kind(h)}: {self.headline(h)}" for h in notice.get("happenings", ())]
        return "; ".join(told) or message.notice_key

    def standing(self, message: Message) -> str:
        """Where a message is on its way."""
        if message.sent_at:
            return f"{self.translate('Đã gửi')} {self.clock(message.sent_at)}"
        if message.given_up_at:
            return self.translate("Không gửi được, đã dừng")
        if message.tries:
            return f"{self.translate('Chưa gửi được, thử lại lúc')} {self.clock(message.due_at)}"
        return f"{self.translate('Chờ gửi lúc')} {self.clock(message.due_at)}"


def day(value: str | None) -> str:
    """`2023-01-18` → 18/01/2023, `2013-12` → 12/2013, `2023` → 2023."""
    return "/".join(reversed((value or "").split("-")))


def main_name(side: Sequence[Mapping[str, Any]] | None) -> str:
    """The body that stands for a side; a person only where no body is named."""
    ranked = sorted(side or (), key=lambda party: party.get("type") == "person")
    return str(ranked[0].get("name") or "") if ranked else ""


def web_link(url: str | None) -> str:
    """The address if it is one for a browser, else nothing: `javascript:` never becomes a link."""
    try:
        parts = urlsplit((url or "").strip())
    except ValueError:
        return ""
    return (url or "").strip() if parts.scheme.lower() in ("http", "https") and parts.netloc else ""


def spans(text: str, where: str, evidence: Iterable[Mapping[str, Any]]) -> list[tuple[int, int]]:
    """Where in a text its evidence stands; found again by its words if the text has moved since."""
    found = []
    for proof in evidence:
        if proof.get("where", "text") != where or not (words_ := str(proof.get("text") or "")):
            continue
        start = int(proof.get("start") or 0)
        if text[start : start + len(words_)] != words_:
            start = text.find(words_)
        if start >= 0:
            found.append((start, start + len(words_)))
    return _merged(found)


def _merged(found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def pieces(text: str, evidence: Iterable[Mapping[str, Any]], where: str = "title") -> list[Piece]:
    """A text cut where its evidence begins and ends."""
    return _cut(text, 0, len(text), spans(text, where, evidence))


def paragraphs(text: str, evidence: Iterable[Mapping[str, Any]]) -> list[list[Piece]]:
    """The paragraphs of an article, each cut where its evidence begins and ends."""
    marks, cut, start = spans(text, "text", evidence), [], 0
    for line in text.split("\n"):
        if line.strip():
            cut.append(_cut(text, start, start + len(line), marks))
        start += len(line) + 1
    return cut


def _cut(text: str, start: int, end: int, marks: Iterable[tuple[int, int]]) -> list[Piece]:
    cut, at = [], start
    for first, last in marks:
        first, last = max(first, at), min(last, end)
        if first >= last:
            continue
        cut += [Piece(text[at:first]), Piece(text[first:last], marked=True)]
        at = last
    cut.append(Piece(text[at:end]))
    return [piece for piece in cut if piece.text]


def _of(event: Any, name: str) -> Any:
    return event.get(name) if isinstance(event, Mapping) else getattr(event, name)
