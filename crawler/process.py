"""Runs a job: all its sources in this one process, those of one site after each other, sites side by side."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import scrapy.core.downloader.handlers.http11  # noqa: F401 (Scrapy would load it with the loop waiting)
from scrapy.crawler import AsyncCrawlerRunner, Crawler
from scrapy.settings import Settings
from sqlalchemy.exc import SQLAlchemyError

import crawler.pipelines  # noqa: F401 (as above)
from crawler import lease, urls
from crawler.catalogue import Source
from crawler.database import Database
from crawler.guard import GuardedResolver
from crawler.job import CrawlJob
from crawler.run import Run, Say, utc_now
from crawler.settings import for_source
from crawler.spiders.news import NewsSpider
from crawler.timelimit import hurry
from crawler.trouble import one_line

log = logging.getLogger(__name__)

AT_ONCE = 8  # sites asked side by side
CALM = 3.0  # seconds in which a stopped crawl ends by itself
LAST_RESORT = 4.5  # after so long it is ended; every transaction is whole, so nothing is lost
SECOND_LEVEL = frozenset({"ac", "com", "edu", "gov", "health", "info", "int", "name", "net", "org", "pro"})


class Crawl:
    """One job in progress."""

    def __init__(self, job: CrawlJob, say: Say, resolver: GuardedResolver) -> None:
        self.job, self.say, self.resolver = job, say, resolver
        self.database = Database(job.database)
        self.stop = asyncio.Event()
        self.why = ""  # it was stopped
        self.late = False  # by its deadline
        self.failed = False
        self.owner = lease.myself()
        base = Settings()
        base.setmodule("crawler.settings", priority="project")
        self.settings = base
        self.runner = AsyncCrawlerRunner(base)

    async def run(self) -> bool:
        """Poll every source of the job; True when none failed."""
        everything = asyncio.ensure_future(self._visit_all())
        stopped = asyncio.ensure_future(self.stop.wait())
        await asyncio.wait((everything, stopped), return_when=asyncio.FIRST_COMPLETED)
        if not everything.done():
            await asyncio.wait((everything,), timeout=CALM)
        everything.cancel()
        stopped.cancel()
        with suppress(asyncio.CancelledError):
            await everything
        self.database.close()
        return not self.failed

    def end(self, why: str, late: bool = False) -> None:
        """Stop calmly: discover and fetch nothing more, leave what is pending to the next run."""
        if self.stop.is_set():
            return
        self.why, self.late = why, late
        log.info("stopping: %s", why)
        self.stop.set()
        last = threading.Timer(LAST_RESORT, os._exit, args=(1,))
        last.daemon = True
        last.start()

    def _wanted(self) -> list[Source]:
        """The sources to poll; with addresses given, those that own one."""
        job = self.job
        if not job.urls:
            return list(job.sources)
        for url in job.urls:
            if not any(urls.on_site(url, source) for source in job.sources):
                self.failed = True
                log.error("%s belongs to none of the sources", url)
        return [source for source in job.sources if any(urls.on_site(url, source) for url in job.urls)]

    async def _visit_all(self) -> None:
        gate = asyncio.Semaphore(AT_ONCE)
        await asyncio.gather(*(self._visit(group, gate) for group in by_site(self._wanted())))

    async def _visit(self, group: list[Source], gate: asyncio.Semaphore) -> None:
        async with gate:
            for number, source in enumerate(group):
                if number and not self.stop.is_set():
                    await self._pause()
                if self.stop.is_set():
                    return
                await self._poll(source)

    async def _pause(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self.stop.wait(), self.job.page_delay)

    async def _poll(self, source: Source) -> None:
        try:
            run = Run(self.job, source, self.database, self.say)
            await self._claimed(run)
        except SQLAlchemyError as error:
            self._broke(source, f"database: {one_line(getattr(error, 'orig', None) or error)}")
        except Exception as error:
            log.exception("%s: the crawl broke", source.id)
            self._broke(source, f"{type(error).__name__}: {one_line(error)}")

    async def _claimed(self, run: Run) -> None:
        hosts = lease.hosts_of(run.source)
        with self.database.writing() as session:
            busy = lease.claim(session, hosts, self.owner, utc_now())
        if busy:
            run.skip(busy)
            return
        renewal = asyncio.ensure_future(self._renew(hosts))
        try:
            await self._crawl(run)
        finally:
            renewal.cancel()
            with self.database.writing() as session:
                lease.release(session, hosts, self.owner)
            run.finish(f"stopped: {self.why}", self.late)
            self.failed = self.failed or bool(run.error and (not self.why or run.discovered))

    async def _crawl(self, run: Run) -> None:
        source = run.source
        if not source.verify_tls:
            log.warning("%s: its certificate is not verified, as its entry asks", source.id)
        if source.render:
            log.warning("%s: render is not part of this version; its pages are read without JavaScript", source.id)
        settings = self.settings.copy()
        settings.setdict(for_source(self.job, source), priority="cmdline")
        crawler = Crawler(NewsSpider, settings)
        await self.runner.crawl(crawler, run=run, stop=self.stop, refused=self.resolver.refused)

    async def _renew(self, hosts: list[str]) -> None:
        while True:
            await asyncio.sleep(lease.RENEW)
            with suppress(SQLAlchemyError), self.database.writing() as session:
                lease.claim(session, hosts, self.owner, utc_now())

    def _broke(self, source: Source, error: str) -> None:
        self.failed = True
        log.error("%s: %s", source.id, error)
        zero = dict.fromkeys(("new", "revised", "unchanged", "failed", "requests", "bytes"), 0)
        self.say({"type": "end", "source": source.id, **zero, "error": error})


def by_site(sources: Iterable[Source]) -> list[list[Source]]:
    """Sources in groups that share a site: one machine often answers for all the hosts of a province."""
    groups: list[tuple[set[str], list[Source]]] = []
    for source in sources:
        sites = {site(host) for host in lease.hosts_of(source)}
        joined = [group for group in groups if group[0] & sites]
        groups = [group for group in groups if not group[0] & sites]
        members = [member for group in joined for member in group[1]]
        groups.append((sites.union(*(group[0] for group in joined)), [*members, source]))
    return [members for _, members in groups]


def site(host: str) -> str:
    """The registered name a host belongs to; an address is its own."""
    name, _, port = host.partition(":")
    labels = name.split(".")
    if host.startswith("[") or port or labels[-1].isdigit():
        return host
    deep = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in SECOND_LEVEL
    return ".".join(labels[-3:] if deep else labels[-2:])


def run_job(job: CrawlJob, say: Say, orphan_stops: bool = False) -> bool:
    """Run the job in this process to its end; True when no source failed. Callable once, as the reactor is."""
    from scrapy.utils.reactor import install_reactor

    install_reactor("twisted.internet.asyncioreactor.AsyncioSelectorReactor")
    from twisted.internet import reactor as installed

    reactor: Any = installed  # zope's interfaces say less than the reactor is

    resolver = GuardedResolver(reactor.nameResolver, job.allow_private_hosts)
    reactor.installNameResolver(resolver)
    outcome: list[bool] = []

    async def main() -> None:
        try:
            crawl = Crawl(job, say, resolver)
            _listen(crawl, orphan_stops)
            outcome.append(await crawl.run())
        except Exception as error:
            log.error("%s: %s", type(error).__name__, one_line(getattr(error, "orig", None) or error))
        finally:
            reactor.stop()

    loop = asyncio.get_event_loop()
    reactor.callWhenRunning(lambda: _keep(loop.create_task(main())))
    reactor.run(installSignalHandlers=False)
    return outcome == [True]


_tasks: set[asyncio.Task[None]] = set()


def _keep(task: asyncio.Task[None]) -> None:
    _tasks.add(task)  # the loop itself holds tasks weakly only


def _listen(crawl: Crawl, orphan_stops: bool) -> None:
    """The deadline, the signals and the parent's death each end the crawl calmly."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        name = signal.Signals(number).name
        # Not loop.add_signal_handler: a page being cleaned must be interrupted, and the loop waits for it.
        signal.signal(number, lambda *_, name=name: _interrupt(loop, crawl, name))
    loop.call_later(crawl.job.deadline, crawl.end, f"the deadline of {crawl.job.deadline:g} s is over", True)
    if orphan_stops:
        _keep(loop.create_task(_watch_parent(crawl, os.getppid())))


def _interrupt(loop: asyncio.AbstractEventLoop, crawl: Crawl, name: str) -> None:
    hurry(1.0)
    loop.call_soon_threadsafe(crawl.end, name)


async def _watch_parent(crawl: Crawl, parent: int) -> None:
    while os.getppid() == parent:
        await asyncio.sleep(1)
    crawl.end("the process that started this crawl is gone")
