"""Keeps requests on the public internet: addresses are guarded where names are resolved, ports and sites before that.

The resolver is the one choke point: it sees every connection, also after a redirect and for an address written as
a number, and what it lets through is what is connected to. The middleware says the same earlier and in clear words.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest

from crawler import urls
from crawler.catalogue import Source

PORTS = (80, 443)
TRANSLATED = ipaddress.ip_network("64:ff9b::/96")  # IPv4 as seen through a NAT64 gateway


def is_public(address: str) -> bool:
    """True for an address that anybody on the internet can mean."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if found in TRANSLATED:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None and not is_public(str(inner)):
            return False
    return found.is_global and not found.is_multicast


def literal(host: str) -> str:
    """The address a host is when it is written as one (`2130706433`, `0x7f.1` and `[::1]` are), else ""."""
    bare = host.strip("[]").rstrip(".")
    try:
        return str(ipaddress.ip_address(bare.partition("%")[0]))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(bare))
    except (OSError, ValueError):
        return ""


def is_allowed(allowed: Iterable[str], host: str, port: int) -> bool:
    """True where the operator opened this `host` or `host:port` although it is private."""
    names = {host, f"{host}:{port}", f"[{host}]", f"[{host}]:{port}"}
    return not names.isdisjoint(allowed)


def refusal(url: str, allowed: Iterable[str]) -> str:
    """Why an address must not be asked, as far as it shows before its name is resolved; "" where nothing is wrong."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return f"refused: {url} is no web address"
    if parts.scheme not in ("http", "https") or not host:
        return f"refused: {url} is no web address"
    port = port or (443 if parts.scheme == "https" else 80)
    if is_allowed(allowed, host, port):
        return ""
    address = literal(host)
    if address and not is_public(address):
        return f"refused: {address} is not a public address"
    return "" if port in PORTS else f"refused: port {port} is neither 80 nor 443"


class _PublicOnly:
    """Hands on the addresses that are public and remembers one that is not."""

    def __init__(self, receiver: Any, host: str, refused: dict[str, str]) -> None:
        self.receiver, self.host, self.refused = receiver, host, refused

    def resolutionBegan(self, resolution: Any) -> None:
        self.receiver.resolutionBegan(resolution)

    def addressResolved(self, address: Any) -> None:
        if is_public(address.host):
            self.receiver.addressResolved(address)
        else:
            self.refused[self.host] = address.host

    def resolutionComplete(self) -> None:
        self.receiver.resolutionComplete()


class GuardedResolver:
    """A name resolver for the reactor that knows public addresses only, and those the operator allows."""

    def __init__(self, inner: Any, allowed: Iterable[str]) -> None:
        self.inner = inner
        self.allowed = frozenset(allowed)
        self.refused: dict[str, str] = {}  # host → the address it was refused for

    def resolveHostName(
        self,
        resolutionReceiver: Any,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Sequence[Any] | None = None,
        transportSemantics: str = "TCP",
    ) -> Any:
        receiver = resolutionReceiver
        if not is_allowed(self.allowed, hostName, portNumber):
            receiver = _PublicOnly(receiver, hostName, self.refused)
        return self.inner.resolveHostName(receiver, hostName, portNumber, addressTypes, transportSemantics)


class AddressMiddleware:
    """Refuses private addresses, other ports and redirects to another site, each in clear words."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> AddressMiddleware:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        run = self.crawler.spider.run  # type: ignore[union-attr]
        reason = refusal(request.url, run.job.allow_private_hosts)
        reason = reason or _misdirection(request.url, request.meta.get("redirect_urls", []), run.source)
        if reason:
            raise IgnoreRequest(reason)


def _misdirection(url: str, before: Sequence[str], source: Source) -> str:
    """Why a redirect is not followed. We keep no cookies, so an address seen before will answer as it did."""
    if url in before:
        return "redirect loop"
    if before and urls.host(url) != urls.host(before[0]) and not urls.on_site(url, source):
        return f"refused: redirected to another site, {urls.host(url)}"
    return ""
