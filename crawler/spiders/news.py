"""The one spider for every source: finds links, fetches what is due, hands the pages to the pipelines.

Its `start` reads like the trip itself. It waits for each answer, and for each page to be stored, before it goes on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Iterable
from time import monotonic
from typing import Any, TypeVar

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from sqlalchemy.exc import SQLAlchemyError

from crawler import trouble, urls
from crawler.answer import Answer, conditions
from crawler.discover import FoundLink
from crawler.errors import GiveUp, SkipPage, TryLater
from crawler.page import Page, examine
from crawler.run import Run, utc_now
from crawler.spiders.archive import Archive
from crawler.spiders.entries import Discovery
from crawler.tables import Article, Link

log = logging.getLogger(__name__)

T = TypeVar("T")


class Stopped(Exception):
    """The crawl was asked to end while we waited."""


class NewsSpider(Spider):
    """Polls one source. `stop` is set when the whole crawl has to end."""

    name = "news"

    def __init__(self, run: Run, stop: asyncio.Event, refused: dict[str, str]) -> None:
        super().__init__()
        self.run, self.stop, self.refused = run, stop, refused
        self.settled = asyncio.Event()  # the page handed over last went through the pipelines

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> NewsSpider:
        spider = super().from_crawler(crawler, *args, **kwargs)
        connect = crawler.signals.connect
        connect(spider.count_request, signals.request_reached_downloader)
        connect(spider.count_bytes, signals.response_downloaded)
        for signal in (signals.item_scraped, signals.item_dropped, signals.item_error):
            connect(spider.mark_settled, signal)
        return spider

    def count_request(self) -> None:
        self.run.requests += 1

    def count_bytes(self, response: Response) -> None:
        self.run.bytes += len(response.body)

    def mark_settled(self) -> None:
        self.settled.set()

    async def start(self) -> AsyncIterator[Page]:
        try:
            async for page in self._trip():
                self.settled.clear()
                yield page
                await self.settled.wait()
        except Stopped:
            log.info("%s: stopped", self.run.source.id)
        except SQLAlchemyError as error:
            self.run.error = f"database: {trouble.one_line(getattr(error, 'orig', None) or error)}"
        except Exception as error:
            log.exception("%s: the crawl broke", self.run.source.id)
            self.run.error = f"{type(error).__name__}: {trouble.one_line(error)}"

    async def _trip(self) -> AsyncIterator[Page]:
        run, job = self.run, self.run.job
        if job.urls:
            async for page in self._fetch(self._named()):
                yield page
            return
        if job.since:
            async for found in Archive(run, self.ask, job.since).walk():
                async for page in self._fetch(link for link in run.links(found) if _is_due(link, job.force)):
                    yield page
            return
        discovery = Discovery(run, self.ask)
        await discovery.find()
        links = run.links(discovery.found) if job.force else run.due_links(job.max_articles)
        rechecks = [] if job.force else run.due_rechecks(max(job.max_articles - len(links), 0))
        run.planned = len(links) + len(rechecks)
        async for page in self._fetch(links):
            yield page
        async for page in self._look_again(rechecks):
            yield page

    def _named(self) -> list[Link]:
        """The links of the job's own addresses; those of other sources are not ours."""
        run = self.run
        mine = [urls.canonical(url, run.source) for url in run.job.urls if urls.on_site(url, run.source)]
        run.remember([FoundLink(url) for url in mine])
        run.discovered, run.planned = True, len(mine)
        return run.links(mine)

    async def _fetch(self, links: Iterable[Link]) -> AsyncIterator[Page]:
        """Articles for links, new or known: unconditional, as nothing of theirs is stored or all is wanted again."""
        for link in links:
            if not self.run.why_closed(link.url):
                answer = await self.ask(link.url, {})
                page = self._page_of(link, answer)
                if page is not None:
                    yield page

    async def _look_again(self, articles: Iterable[Article]) -> AsyncIterator[Page]:
        """Young articles, conditionally: a few are revised in their first hours."""
        for article in articles:
            if self.run.why_closed(article.url):
                continue
            answer = await self.ask(article.url, conditions(self.run.validator(article.url), utc_now()))
            if answer.is_unmodified:
                self.run.keep_unmodified(article.url, answer)
                continue
            link = Link(url=article.url, title=article.title, published="", silent=article.silent, tries=0)
            page = self._page_of(link, answer, is_recheck=True)
            if page is not None:
                yield page

    def _page_of(self, link: Link, answer: Answer, is_recheck: bool = False) -> Page | None:
        """The page of an answer; where there is none, the reason is noted with its link."""
        try:
            if answer.after is not None:
                raise TryLater(answer.reason, answer.after)
            if answer.reason:
                raise TryLater(answer.reason) if answer.passing else GiveUp(answer.reason)
            url = urls.canonical(answer.final_url, self.run.source)
            if url != link.url and url == urls.canonical(self.run.source.home, self.run.source):
                raise TryLater("redirected to the home page")
            return Page(
                link_url=link.url,
                url=url,
                charset=examine(answer),
                answer=answer,
                title=link.title,
                published=link.published,
                silent=link.silent,
                tries=link.tries,
                is_recheck=is_recheck,
            )
        except SkipPage as verdict:
            self.run.skip_page(link.url, answer, verdict.reason, is_recheck)
        except (TryLater, GiveUp) as verdict:
            self.run.lose_page(
                link.url,
                answer,
                verdict.reason,
                passing=isinstance(verdict, TryLater),
                tries=link.tries,
                after=getattr(verdict, "after", None),
                is_recheck=is_recheck,
            )
        return None

    async def ask(self, url: str, headers: dict[str, str]) -> Answer:
        """One request, with whatever comes of it said in plain words."""
        at, began = utc_now(), monotonic()
        closed = self.run.why_closed(url)
        if closed:
            return Answer(url, at, reason=closed)
        engine = self.crawler.engine
        assert engine is not None
        try:
            request = Request(url, headers=headers, meta={"handle_httpstatus_list": [304]}, callback=NO_CALLBACK)
            response = await self._unless_stopped(engine.download_async(request))
        except Stopped:
            raise
        except TryLater as wish:
            self.run.defer(url, wish.reason, wish.after or 0)
            return Answer(url, at, reason=wish.reason, after=wish.after, ms=_ms(began))
        except Exception as error:
            found = trouble.of_error(error, url, self.run.job, self.refused)
            return self._troubled(Answer(url, at, ms=_ms(began)), found)
        answer = Answer(
            url,
            at,
            final_url=response.url,
            status=response.status,
            headers={name.decode("latin-1").lower(): _text(response, name) for name in response.headers},
            body=response.body,
            ms=_ms(began),
        )
        if response.status in (200, 304):
            self.run.heard(url)
            return answer
        return self._troubled(answer, trouble.of_status(response.status))

    def _troubled(self, answer: Answer, found: trouble.Trouble) -> Answer:
        self.run.heard(answer.url, found.weight, found.reason)
        return Answer(
            answer.url,
            answer.at,
            final_url=answer.final_url,
            status=answer.status,
            ms=answer.ms,
            reason=found.reason,
            passing=found.passing,
        )

    async def _unless_stopped(self, work: Awaitable[T]) -> T:
        task, stop = asyncio.ensure_future(work), asyncio.ensure_future(self.stop.wait())
        try:
            await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stop.cancel()
        if self.stop.is_set():
            task.cancel()
            raise Stopped
        return task.result()


def _is_due(link: Link, force: bool) -> bool:
    return force or link.state == "pending"


def _ms(began: float) -> int:
    return round((monotonic() - began) * 1000)


def _text(response: Response, name: bytes) -> str:
    return (response.headers.get(name) or b"").decode("latin-1")
