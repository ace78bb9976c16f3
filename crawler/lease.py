"""Whose turn a host is: claims it for a run, keeps the claim alive, and sees when its holder has died."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from crawler import urls
from crawler.catalogue import Source
from crawler.hosts import claim_host, release_host
from crawler.tables import Host

SECONDS = 60.0  # a claim holds so long; it is renewed while the run lives
RENEW = 20.0


def hosts_of(source: Source) -> list[str]:
    """The hosts a poll of this source may ask."""
    listings = (*source.feeds, *source.sitemaps, *source.listings, *(each.url for each in source.json_listings))
    return sorted({name for name in map(urls.host, (source.home, *listings)) if name} | set(source.hosts))


def claim(session: Session, hosts: Sequence[str], owner: str, now: datetime) -> str:
    """Take all the hosts or none; "" on success, else why not."""
    for number, host in enumerate(hosts):
        if not _take(session, host, owner, now):
            release(session, hosts[:number], owner)
            return _why(session, host, now)
    return ""


def release(session: Session, hosts: Sequence[str], owner: str) -> None:
    for host in hosts:
        release_host(session, host, owner)


def _take(session: Session, host: str, owner: str, now: datetime) -> bool:
    if claim_host(session, host, owner, now, SECONDS):
        return True
    row = session.get(Host, host)
    if row is None or not is_dead(row.held_by):
        return False
    release_host(session, host, row.held_by)
    return claim_host(session, host, owner, now, SECONDS)


def _why(session: Session, host: str, now: datetime) -> str:
    row = session.get(Host, host, populate_existing=True)
    if row is not None and row.not_before is not None and row.not_before > now:
        return f"{host} asked not to be visited before {row.not_before:%Y-%m-%d %H:%M:%S} UTC"
    return f"{host} is being visited by another crawl"


def myself() -> str:
    """A name for this process that no other has, before or after it."""
    return _name(os.getpid())


def is_dead(owner: str) -> bool:
    """True where the owner was a process of this machine that is gone; a killed crawl must not hold a host."""
    place, _, rest = owner.partition(" ")
    number, _, _ = rest.partition("@")
    if not number.isdecimal() or place != _place():
        return False
    return _name(int(number)) != owner


def _place() -> str:
    """The machine, and the process numbers that are valid in it: containers have their own."""
    namespace = ""
    with suppress(OSError):
        namespace = os.readlink("/proc/self/ns/pid")
    return f"{socket.gethostname()[:40]}/{namespace}"


def _name(process: int) -> str:
    return f"{_place()} {process}@{_started(process)}"


def _started(process: int) -> str:
    """When a process began, in ticks since boot; "gone" where there is none."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
        fields = stat.rpartition(")")[2].split()
    except OSError:
        return "gone"
    return "gone" if fields[0] in "ZX" else fields[19]
