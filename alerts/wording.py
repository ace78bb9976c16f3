"""Puts a notice into words: an email (text and HTML), Telegram's HTML, or plain text for every other service.

Pure: no database, no network, no clock. The sentences stand in `templates/`, the labels in `phrases`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from itertools import groupby
from typing import Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from alerts import phrases, story
from alerts.notice import Happening, Notice, Outlet
from alerts.outcomes import Letter
from alerts.phrases import word
from alerts.story import Story, subject

__all__ = ["delivery_trouble", "digest", "email", "letter", "plain", "sample", "subject", "telegram"]

HOME = "Asia/Ho_Chi_Minh"
TELEGRAM_LENGTH = 4000  # Telegram takes 4096; the rest is for what Apprise adds


@dataclass(frozen=True)
class Limits:
    """How much of everything is shown; tightened step by step until a text fits."""

    name: int = 300
    evidence: int = 700
    people: int = 12
    documents: int = 20
    sources: int = 8
    link: int = 2000


ROOMY = Limits(evidence=2000, people=60, documents=60, sources=30)
STEPS = (
    Limits(),
    Limits(evidence=300, people=6, documents=12, sources=5),
    Limits(name=140, evidence=160, people=3, documents=8, sources=3, link=400),
    Limits(name=80, evidence=0, people=1, documents=4, sources=2, link=250),
    Limits(name=40, evidence=0, people=0, documents=2, sources=1, link=120),
    Limits(name=24, evidence=0, people=0, documents=0, sources=0, link=0),
)

_pages = Environment(
    loader=FileSystemLoader(phrases.TEMPLATES),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_pages.filters["clip"] = phrases.shorten


def email(notice: Notice, language: str, timezone: str | tzinfo = HOME) -> tuple[str, str, str]:
    """Subject, text and HTML of an email."""
    told = story.tell(notice, language, timezone)
    return told.subject, _render(_page(notice, "txt"), told, ROOMY), _render(_page(notice, "html"), told, ROOMY)


def telegram(notice: Notice, language: str, timezone: str | tzinfo = HOME) -> str:
    """Telegram's own HTML, never longer than one message takes."""
    told = story.tell(notice, language, timezone)
    return _fitting(lambda limits: _render(_page(notice, "telegram.html"), told, limits))


def plain(notice: Notice, language: str, timezone: str | tzinfo = HOME) -> tuple[str, str]:
    """Title and text for services that take no markup."""
    told = story.tell(notice, language, timezone)
    return told.subject, _fitting(lambda limits: _render(_page(notice, "txt"), told, limits))


def letter(
    form: Literal["email", "telegram", "plain"], notice: Notice, language: str, timezone: str | tzinfo = HOME
) -> Letter:
    """The notice in the words that a kind of channel takes."""
    if form == "email":
        title, text, html = email(notice, language, timezone)
        return Letter(title, text, html, language=language)
    if form == "telegram":
        html = telegram(notice, language, timezone)
        return Letter(subject(notice, language), "", html, language=language)
    title, text = plain(notice, language, timezone)
    return Letter(title, text, language=language)


def digest(
    form: Literal["email", "telegram", "plain"],
    notices: Sequence[Notice],
    language: str,
    timezone: str | tzinfo,
    now: datetime,
) -> Letter:
    """Many notices in one message: by province, signings first."""
    stories = [story.tell(notice, language, timezone) for notice in _newest_of_each(notices)]
    title = _digest_subject(stories, language, now)
    groups = _by_province(stories, language)

    def page(name: str, limits: Limits) -> str:
        return _render(name, None, limits, subject=title, groups=groups, language=language)

    if form == "email":
        return Letter(title, page("digest.txt", ROOMY), page("digest.html", ROOMY), language=language)
    if form == "telegram":
        html = _fitting(lambda limits: page("digest.telegram.html", limits))
        return Letter(title, "", html, language=language)
    return Letter(title, _fitting(lambda limits: page("digest.txt", limits)), language=language)


def delivery_trouble(label: str, subscription: str, cause: str, detail: str, language: str) -> tuple[str, str]:
    """What operators read when a message cannot be delivered: who, why, and what to do."""
    name = subscription or word(language, "delivery", "operators")
    prefix = "warning_" if cause == "warning" else ""
    title = word(language, "delivery", f"{prefix}subject").format(label=label)
    body = word(language, "delivery", f"{prefix}body").format(
        subscription=name, label=label, detail=detail, advice=word(language, "advice", cause)
    )
    return title, body


def sample(language: str, now: datetime) -> Notice:
    """A notice that tells of nothing, to try out an address."""
    say = {name: word(language, "sample", name) for name in phrases.words(language)["sample"]}
    document = {"type": "memorandum", "title": say["instrument"], "parties": [[say["vietnamese"]], [say["foreign"]]]}
    happening = Happening(
        event_id=0,
        kind="signing",
        subtype="memorandum",
        status="held",
        scope="provincial",
        date=now.date().isoformat(),
        place=say["place"],
        province="lao-cai",
        country="CN",
        foreign_region=say["region"],
        vietnamese_side=({"name": say["vietnamese"], "type": "locality"},),
        foreign_side=({"name": say["foreign"], "type": "locality"},),
        instruments=(document,),
        evidence=(say["evidence"],),
        confidence=1.0,
        reason="sample",
    )
    outlet = Outlet("doingoai", "", say["title"], now.isoformat(), now.isoformat())
    return Notice(key="sample", change="event", happenings=(happening,), outlets=(outlet,))


def _page(notice: Notice, ending: str) -> str:
    return f"{'operator' if notice.change == 'operator' else 'event'}.{ending}"


def _render(name: str, told: Story | None, limits: Limits, **more: object) -> str:
    language = told.language if told else more["language"]
    values: dict[str, object] = {"story": told, "limits": limits, **more}
    text = _pages.get_template(name).render(say=phrases.words(str(language)), **values)
    return "\n".join(line.rstrip() for line in text.strip().splitlines()) + "\n"


def _fitting(page: Callable[[Limits], str]) -> str:
    """The page with as much as fits into one message of Telegram."""
    text = ""
    for limits in STEPS:
        text = page(limits).rstrip("\n")
        if len(text) <= TELEGRAM_LENGTH:
            break
    return text


def _newest_of_each(notices: Iterable[Notice]) -> list[Notice]:
    """A matter that changed while its first notice waited is told once, as it stands now."""
    newest: dict[str, Notice] = {}
    for notice in notices:
        newest[notice.refers_to or notice.key] = notice
    return list(newest.values())


def _digest_subject(stories: Sequence[Story], language: str, now: datetime) -> str:
    signings = sum(told.signing for told in stories)
    meetings = len(stories) - signings
    counts = [
        word(language, "subject", name).format(n=count)
        for name, count in (("digest_signings", signings), ("digest_meetings", meetings))
        if count
    ]
    day = phrases.short_day(now.date().isoformat(), language)
    return f"{word(language, 'subject', 'digest')} {day}: {', '.join(counts)}"


def _by_province(stories: Iterable[Story], language: str) -> list[tuple[str, list[Story]]]:
    """Groups of stories: those with a signing first, then by name; the unknown province comes last."""
    unknown = word(language, "label", "elsewhere")
    ordered = sorted(stories, key=lambda told: (told.province == "", told.province, not told.signing))
    groups = [(name or unknown, list(group)) for name, group in groupby(ordered, key=lambda told: told.province)]
    return sorted(groups, key=lambda group: (group[0] == unknown, not group[1][0].signing))
