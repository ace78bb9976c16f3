"""Where a source's articles are announced, and the order in which it is asked: feeds, sitemaps, listings, home."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import Literal

from crawler import discover, urls
from crawler.answer import Answer, conditions
from crawler.catalogue import Source
from crawler.discover import FoundLink
from crawler.page import MOST_ELEMENTS, count_elements
from crawler.run import Run, utc_now
from crawler.tables import Validator
from crawler.timelimit import TooSlow, within

MOST_FURTHER = 4  # of a sitemap index: the first and the last ones, as some put the newest first and some last
MOST_LINKS = 500  # of one listing; a sitemap of an archive has tens of thousands

Ask = Callable[[str, dict[str, str]], Awaitable[Answer]]


@dataclass(frozen=True)
class Entry:
    """One address to look at."""

    kind: Literal["feed", "sitemap", "listing", "json", "home"]
    url: str
    path: str = ""  # where the links stand in a JSON listing
    headers: dict[str, str] = field(default_factory=dict)


def configured(source: Source) -> Iterator[Entry]:
    """What the catalogue names, cheapest first."""
    yield from (Entry("feed", url) for url in source.feeds)
    yield from (Entry("sitemap", url) for url in source.sitemaps)
    yield from (Entry("listing", url) for url in source.listings)
    yield from (Entry("json", each.url, each.links, dict(each.headers)) for each in source.json_listings)


class Discovery:
    """Looks at a source's entries and remembers the links they hold."""

    def __init__(self, run: Run, ask: Ask) -> None:
        self.run, self.ask = run, ask
        self.found: list[str] = []  # addresses, in the order found
        self.answered = False  # some entry led to articles, now or when it was last read
        self.reason = ""  # why the first entry that failed did

    async def find(self) -> None:
        """Ask every entry; the home page only where no other led to an article."""
        for entry in configured(self.run.source):
            await self._look(entry)
        if not self.answered:
            await self._look(Entry("home", self.run.source.home))
        if not self.answered:
            self.run.error = self.reason or f"no article links found at {self.run.source.home}"
        self.run.discovered = True

    async def _look(self, entry: Entry, depth: int = 0) -> None:
        known = self.run.validator(entry.url)
        ahead = self._ahead(entry, known) if known and not known.body_hash else []
        unconditional = self.run.job.force or ahead is None
        answer = await self.ask(entry.url, {**entry.headers, **({} if unconditional else conditions(known, utc_now()))})
        if answer.reason:
            self.reason = self.reason or answer.reason
            self.run.lose_listing(answer)
        elif answer.is_unmodified or (known and known.body_hash == answer.body_hash and not self.run.job.force):
            # Where it held no article, it still holds none; but what it led to may.
            self.answered = self.answered or bool(known and known.body_hash)
            self.run.keep_listing(answer, (), fresh=False)
            await self._look_further(ahead or [], depth)
        else:
            await self._read(entry, answer, depth)

    async def _read(self, entry: Entry, answer: Answer, depth: int) -> None:
        listed = read_safely(entry, answer, self.run)
        if listed is None:
            return
        self.found += [link.url for link in listed.links]
        self.answered = self.answered or bool(listed.links)
        self.run.keep_listing(answer, listed.links)
        await self._look_further(listed.further, depth)
        if not listed.links:  # only now, so that a poll cut short reads it again
            self.run.keep_linkless(answer)

    async def _look_further(self, entries: list[Entry], depth: int) -> None:
        for entry in entries if depth == 0 else ():
            await self._look(entry, depth + 1)

    def _ahead(self, entry: Entry, known: Validator) -> list[Entry] | None:
        """Where an entry without articles led when it was read; None if that is forgotten."""
        if entry.kind not in ("sitemap", "home"):
            return []
        urls_ahead = self.run.led_to(known)
        if urls_ahead is None:
            return None
        own = {each.url for each in (*configured(self.run.source), Entry("home", self.run.source.home))}
        kind: Literal["feed", "sitemap"] = "sitemap" if entry.kind == "sitemap" else "feed"
        return [Entry(kind, url) for url in takewhile(lambda url: url not in own, urls_ahead)]


@dataclass(frozen=True)
class Listed:
    """What an entry holds: links that the source follows, and entries it leads to."""

    links: list[FoundLink]
    further: list[Entry]


def read_safely(entry: Entry, answer: Answer, run: Run) -> Listed | None:
    """Read an entry within a time limit; None, with the reason noted, where that breaks."""
    try:
        if count_elements(answer.body) > MOST_ELEMENTS:
            raise ValueError(f"more than {MOST_ELEMENTS} elements")
        with within(run.job.clean_timeout):
            return read(entry, answer, run.source)
    except TooSlow:
        reason = f"reading it took longer than {run.job.clean_timeout:g} s"
    except Exception as error:
        reason = f"cannot be read: {type(error).__name__}: {error}"
    run.lose_listing(replace(answer, reason=reason))
    return None


def read(entry: Entry, answer: Answer, source: Source) -> Listed:
    """What an entry's page holds. A home page without articles in it may still announce feeds."""
    base, body = answer.final_url or answer.url, answer.body
    further: list[Entry] = []
    match entry.kind:
        case "feed":
            found = discover.feed_links(body, base)
        case "sitemap":
            found, sitemaps = discover.sitemap_links(body, base)
            further = [Entry("sitemap", url) for url in _some(sitemaps)]
        case "json":
            found = discover.json_links(body, base, entry.path)
        case _:
            found = discover.page_links(body, base, source)
    links = discover.wanted(found, source)
    if entry.kind == "home" and not links:
        further = [Entry("feed", url) for url in _some(discover.announced_feeds(body, base))]
    # The sort keeps the page's own order where no dates are given.
    links = sorted(links, key=lambda link: link.published, reverse=True)[:MOST_LINKS]
    return Listed(links, [each for each in further if urls.on_site(each.url, source)])


def _some(addresses: list[str]) -> list[str]:
    half = MOST_FURTHER // 2
    return addresses if len(addresses) <= MOST_FURTHER else addresses[:half] + addresses[-half:]
