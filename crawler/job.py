"""One order to crawl, as the daemon and the command line hand it to the child process: JSON on its standard input."""

from __future__ import annotations

import os
import socket
from datetime import date
from importlib.metadata import PackageNotFoundError, version

from pydantic import BaseModel, ConfigDict, Field

from crawler.catalogue import Source


class CrawlJob(BaseModel):
    """Which sources, into which database, how politely. Times are in seconds, sizes in bytes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    database: str = Field(repr=False)  # may hold a password
    sources: tuple[Source, ...]
    urls: tuple[str, ...] = ()  # single articles to fetch; each must be on a host of one of `sources`
    since: date | None = None  # walk back through the archive pages to this day; what it finds is silent
    force: bool = False  # fetch known articles again
    page_delay: float = 1.5
    deadline: float = 300.0  # the child stops by itself after this long
    allow_private_hosts: tuple[str, ...] = ()
    max_bytes: int = 4 * 1024 * 1024
    user_agent: str = ""  # "" for the shipped one
    recheck_hours: tuple[float, ...] = (1, 6, 24)  # after being seen, an article is asked again for revisions
    timeout: float = 25.0  # of one request
    clean_timeout: float = 10.0  # of cleaning one page
    max_articles: int = 60  # of a source in one run; what is left stays pending for the next
    max_pages: int = 200  # of listings when walking back to `since`


def user_agent(contact: str = "") -> str:
    """What the crawler says of itself to those it asks; every host with mail has a postmaster if there is no other."""
    contact = contact or os.environ.get("DOINGOAI_CONTACT", "") or f"postmaster@{socket.getfqdn()}"
    return f"doingoai/{_version()} (reads news about foreign affairs; contact: {contact})"


def _version() -> str:
    try:
        return version("doingoai")
    except PackageNotFoundError:
        return "0"
