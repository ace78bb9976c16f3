"""The last two steps of the trip: clean a page, store the article. The one file of the crawl that speaks to `clean`."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem
from sqlalchemy.exc import SQLAlchemyError

from crawler.article import CleanArticle
from crawler.clean import clean
from crawler.errors import GiveUp, SkipPage
from crawler.page import Page
from crawler.run import Run
from crawler.timelimit import TooSlow, is_hurried, within
from crawler.trouble import one_line

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Cleaned:
    """A page with the article it holds."""

    page: Page
    article: CleanArticle


class Step:
    """What both steps know: the run they work for."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Step:
        return cls(crawler)

    @property
    def run(self) -> Run:
        run: Run = self.crawler.spider.run  # type: ignore[union-attr]
        return run

    def lose(self, page: Page, reason: str) -> DropItem:
        self.run.lose_page(page.link_url, page.answer, reason, passing=False, is_recheck=page.is_recheck)
        return DropItem(reason, log_level="DEBUG")


class Clean(Step):
    """Takes the article out of the page, within a time limit; a page that breaks the cleaning fails alone."""

    def process_item(self, page: Page) -> Cleaned:
        try:
            with within(self.run.job.clean_timeout):
                article = clean(page.answer.body, page.url, self.run.source, page.charset, page.published)
        except SkipPage as verdict:
            self.run.skip_page(page.link_url, page.answer, verdict.reason, page.is_recheck)
            raise DropItem(verdict.reason, log_level="DEBUG") from None
        except TooSlow:
            raise self._too_slow(page) from None
        except GiveUp as verdict:
            raise self.lose(page, verdict.reason) from None
        except Exception as error:
            log.debug("%s", page.url, exc_info=True)
            raise self.lose(page, f"cleaning broke: {type(error).__name__}: {one_line(error)}") from None
        return Cleaned(page, article)

    def _too_slow(self, page: Page) -> DropItem:
        if is_hurried():
            return DropItem("stopped", log_level="DEBUG")  # the link stays pending
        return self.lose(page, f"cleaning took longer than {self.run.job.clean_timeout:g} s")


class Store(Step):
    """Writes the article down. A database that refuses ends the run; the link stays pending."""

    def process_item(self, item: Cleaned) -> Cleaned:
        try:
            self.run.keep_article(item.page, item.article)
        except SQLAlchemyError as error:
            self.run.error = f"database: {one_line(getattr(error, 'orig', None) or error)}"
            self.crawler.spider.stop.set()  # type: ignore[union-attr]
            raise DropItem(self.run.error, log_level="DEBUG") from None
        return item
