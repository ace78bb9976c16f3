"""Reads an article for meetings and signings with foreign counterparts: text in, events with their evidence out."""

from __future__ import annotations

from monitor.detect import indirect, meeting, signing
from monitor.detect.assemble import events
from monitor.detect.candidates import Candidate
from monitor.detect.records import ArticleText, Event, Reading, Rejected
from monitor.detect.story import Story

RULES = "2026.11.2"

__all__ = ["RULES", "ArticleText", "Event", "Reading", "Rejected", "read"]


def read(article: ArticleText) -> Reading:
    """All events of one article, and the candidates that were none with the reason."""
    story = Story(article)
    if not story.worth_reading:
        return Reading()
    meetings, no_meetings = meeting.find(story)
    meetings = meetings or indirect.find(story)
    signings, no_signings = signing.find(story, meetings)
    meetings = [m for m in meetings if not _is_the_signing(m, signings)] or indirect.at_the_signing(story, signings)
    return Reading(events(story, meetings, signings), tuple(no_meetings + no_signings))


def _is_the_signing(met: Candidate, signings: list[Candidate]) -> bool:
    """ "Lễ trao thỏa thuận": the ceremony of a signing is no meeting beside it; a twinning of villages is one."""
    if met.reason == "attendance" and met.subtype == "ceremony":
        return bool(signings)  # "Dự lễ ký kết có …"
    ceremony = met.reason.startswith("host") and met.subtype == "ceremony"
    return ceremony and any(met.sentence is s.sentence for s in signings)
