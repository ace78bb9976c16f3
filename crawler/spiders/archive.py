"""Walks back through a source's listings, page after page, until what they hold is older than wanted."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from datetime import date

from sqlalchemy import select

from crawler import discover
from crawler.answer import Answer
from crawler.discover import FoundLink
from crawler.run import Run
from crawler.spiders.entries import Ask, Entry, configured, read_safely
from crawler.tables import Article


class Archive:
    """One walk. The articles of a page are fetched before the next page is asked, as many listings show no dates."""

    def __init__(self, run: Run, ask: Ask, since: date) -> None:
        self.run, self.ask, self.since = run, ask, since
        self.pages = 0
        self.reason = ""

    async def walk(self) -> AsyncIterator[list[str]]:
        """The addresses found on each page in turn; the caller fetches them before it asks for more."""
        entries = list(configured(self.run.source)) or [Entry("home", self.run.source.home)]
        for entry in entries:
            async for found in self._walk_from(entry):
                yield found
        if not self.pages:
            self.run.error = self.reason
        self.run.discovered = True

    async def _walk_from(self, entry: Entry) -> AsyncIterator[list[str]]:
        waiting, seen = deque([entry]), {entry.url}
        while waiting and self.pages < self.run.job.max_pages:
            here = waiting.popleft()
            answer = await self.ask(here.url, here.headers)
            if answer.reason:
                self.reason = self.reason or answer.reason
                self.run.lose_listing(answer)
                continue
            self.pages += 1
            listed = read_safely(here, answer, self.run)
            if listed is None:
                continue
            recent = [link for link in listed.links if not self._is_older(link.published)]
            self.run.remember(recent)
            yield [link.url for link in recent]
            if self._goes_on(listed.links):
                ahead = listed.further or self._next(here, answer)
                waiting.extend(entry for entry in ahead if entry.url not in seen)
                seen.update(entry.url for entry in ahead)

    def _next(self, here: Entry, answer: Answer) -> list[Entry]:
        if here.kind not in ("listing", "home"):
            return []
        base = answer.final_url or answer.url
        return [Entry("listing", url) for url in discover.next_pages(answer.body, base, self.run.source)]

    def _goes_on(self, links: list[FoundLink]) -> bool:
        """Whether the page still had something as young as wanted, or nothing that tells its age."""
        dates = [link.published for link in links if link.published] or self._stored_dates(links)
        return not links or not dates or not all(self._is_older(each) for each in dates)

    def _stored_dates(self, links: list[FoundLink]) -> list[str]:
        with self.run.database.reading() as session:
            wanted = select(Article.published).where(Article.url.in_([link.url for link in links]))
            return [each for each in session.scalars(wanted) if each]

    def _is_older(self, published: str) -> bool:
        return bool(published) and published[:10] < self.since.isoformat()
