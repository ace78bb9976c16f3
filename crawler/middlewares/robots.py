"""Obeys robots.txt and its crawl delay, and remembers the file for a day instead of asking at every poll."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest, NotConfigured
from scrapy.http.request import NO_CALLBACK
from scrapy.robotstxt import ProtegoRobotParser, RobotParser

from crawler.errors import TryLater
from crawler.memory import recall_page, remember_page

log = logging.getLogger(__name__)

FRESH = timedelta(hours=24)
LONGEST_DELAY = 30.0


@dataclass(frozen=True)
class Rules:
    """What one origin's robots.txt says; `parser` is None where it has none."""

    parser: RobotParser | None = None


class RobotsMiddleware:
    """Refuses what robots.txt forbids. A file that cannot be had forbids nothing, as in most crawlers."""

    def __init__(self, crawler: Crawler) -> None:
        if not crawler.settings.getbool("ROBOTSTXT_OBEY"):
            raise NotConfigured
        self.crawler = crawler
        self.agent: str = crawler.settings["ROBOTSTXT_USER_AGENT"]
        self.rules: dict[str, Rules] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RobotsMiddleware:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        if request.meta.get("dont_obey_robotstxt"):
            return
        parts = urlsplit(request.url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self.rules:
            self.rules[origin] = await self._read(f"{origin}/robots.txt")
            self._slow_down(self.rules[origin], parts.hostname or "")
        parser = self.rules[origin].parser
        if parser is not None and not parser.allowed(request.url, self.agent):
            raise IgnoreRequest(f"robots.txt forbids {request.url}")

    async def _read(self, url: str) -> Rules:
        spider = self.crawler.spider
        assert spider is not None
        run = spider.run  # type: ignore[attr-defined]
        body = recall_page(run.database, url, datetime.now(UTC) - FRESH)
        if body is None:
            body = await self._download(url)
            if body is None:
                return Rules()
            remember_page(run.database, url, run.source.id, body, datetime.now(UTC))
        return Rules(ProtegoRobotParser(body, spider))

    async def _download(self, url: str) -> bytes | None:
        """The file; empty where the host has none; None where it cannot be told."""
        request = Request(url, meta={"dont_obey_robotstxt": True, "dont_retry": True}, callback=NO_CALLBACK)
        engine = self.crawler.engine
        assert engine is not None
        try:
            response = await engine.download_async(request)
        except TryLater:
            raise
        except Exception as error:  # whatever it is, the page itself will meet it again and tell
            log.info("%s: not had (%s)", url, type(error).__name__)
            return None
        if response.status >= 500:
            return None
        return bytes(response.body) if response.status == 200 else b""

    def _slow_down(self, rules: Rules, host: str) -> None:
        asked = rules.parser.crawl_delay(self.agent) if rules.parser else None
        if not asked:
            return
        engine = self.crawler.engine
        assert engine is not None
        delay = max(engine.settings.getfloat("DOWNLOAD_DELAY"), min(asked, LONGEST_DELAY))
        engine.downloader.per_slot_settings[host] = {"delay": delay}
        if host in engine.downloader.slots:
            engine.downloader.slots[host].delay = delay
