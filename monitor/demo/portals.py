"""The stand-in portals: five outlets, each on a loopback address of its own, with the manners and noise of real ones.

Every request is written down, so that a test can ask what a crawl cost. Articles appear with `release()`, or by
themselves after the seconds of `schedule`; `trouble()` makes an outlet or one path of it unwell.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

from monitor.demo.outlets import OUTLETS, SECTIONS, Outlet, Shown, document, local, render
from monitor.demo.stories import Calendar, Story, load_stories, load_teasers
from monitor.demo.troubles import HUGE, Answer, Kind, Trouble, answer

FEED_LENGTH = 30
STALL_LIMIT = 60.0  # nobody is held longer than this, lest a forgotten trouble hang a test


@dataclass(frozen=True)
class Visit:
    """One request as it was answered. `concurrent` counts the requests its outlet was busy with, this one included."""

    at: datetime
    outlet: str
    host: str
    method: str
    path: str
    status: int
    conditional: bool
    bytes: int
    concurrent: int
    agent: str = ""

    @property
    def is_robots(self) -> bool:
        return self.path == "/robots.txt"


class Portals:
    """All five outlets. `clock` says what time it is at the portals, `page_size` how long their lists are."""

    def __init__(
        self,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        schedule: Iterable[float] = (),
        page_size: int = 20,
        outlets: Iterable[Outlet] = OUTLETS,
        stories: Iterable[Story] | None = None,
    ) -> None:
        self.clock = clock
        self.page_size = page_size
        self.outlets = {outlet.id: outlet for outlet in outlets}
        self.calendar = Calendar(clock())
        self.log: list[Visit] = []
        self._stories = tuple(load_stories() if stories is None else stories)
        self._teasers = {outlet: load_teasers(outlet) for outlet in self.outlets}
        self._schedule = tuple(schedule)
        self._started = 0.0
        self._step = 0
        self._released = {0: self.calendar.start}  # step -> when
        self._troubles: dict[tuple[str, str], Trouble] = {}
        self._lock = threading.RLock()
        self._closing = threading.Event()
        self._healed = threading.Event()
        self._doors: dict[str, _Door] = {}
        self._busy = dict.fromkeys(self.outlets, 0)
        self._views = count(100)

    # Opening and closing

    def start(self) -> Self:
        self._started = time.monotonic()
        for place, outlet in enumerate(self.outlets.values(), start=1):
            self._doors[outlet.id] = _open_door(self, outlet, f"127.0.1.{place}")
        return self

    def close(self) -> None:
        self._closing.set()
        self._healed.set()
        for door in self._doors.values():
            door.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    # Addresses

    def host(self, outlet: str) -> str:
        """`address:port` of an outlet."""
        door = self._doors[outlet]
        return f"{door.address}:{door.port}"

    def base(self, outlet: str) -> str:
        return f"http://{self.host(outlet)}"

    def hosts(self) -> list[str]:
        """All outlets' hosts, as `allow_private_hosts` takes them."""
        return [self.host(outlet) for outlet in self.outlets]

    def url(self, key: str) -> str:
        """The address of a story."""
        story = self.story(key)
        return self.base(story.outlet) + self.outlets[story.outlet].path(story)

    def sources(self) -> list[dict[str, Any]]:
        """The catalogue entries of the five outlets, as `[[sources]]` takes them; one has no selectors at all."""
        return [outlet.source(self.base(outlet.id)) for outlet in self.outlets.values()]

    # The news

    def story(self, key: str) -> Story:
        return next(story for story in self._stories if story.key == key)

    def stories(self, published_only: bool = True) -> tuple[Story, ...]:
        """The stories that stand on the portals now, or all there will be."""
        with self._lock:
            self._follow_schedule()
            return tuple(story for story in self._stories if not published_only or story.step <= self._step)

    def story_at(self, url: str) -> Story | None:
        """The story that stands at an address."""
        parts = urlsplit(url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        for story in self._stories:
            if parts.netloc == self.host(story.outlet) and self.outlets[story.outlet].path(story) == path:
                return story
        return None

    @property
    def step(self) -> int:
        """How many steps have been released; 0 is the archive alone."""
        with self._lock:
            self._follow_schedule()
            return self._step

    @property
    def last_news(self) -> int:
        """The step that brings the last new article; what comes after it only corrects."""
        return max(story.step for story in self._stories)

    @property
    def last_step(self) -> int:
        corrections = [story.correction.step for story in self._stories if story.correction]
        return max([self.last_news, *corrections])

    def release(self, step: int | None = None) -> tuple[Story, ...]:
        """Let the next step's articles and corrections appear (or all up to `step`); says which are new."""
        with self._lock:
            before = self._step
            target = before + 1 if step is None else step
            for number in range(before + 1, target + 1):
                # A second apart at least: Last-Modified knows no smaller time.
                earliest = self._released[number - 1] + timedelta(seconds=1)
                self._released[number] = max(self.clock(), earliest)
            self._step = max(before, target)
            return tuple(story for story in self._stories if before < story.step <= self._step)

    def shown(self, story: Story) -> Shown:
        """A story as it reads now."""
        with self._lock:
            edition = 2 if story.correction and story.correction.step <= self._step else 1
            told = story.corrected() if edition == 2 else story
            appeared = self._released[story.step]
            changed = self._released[story.correction.step] if story.correction and edition == 2 else appeared
        words = self.calendar.words
        return Shown(
            story=told,
            title=words(told.title),
            lead=words(told.lead),
            paragraphs=tuple(words(paragraph) for paragraph in told.paragraphs),
            captions=tuple(words(caption) for caption in told.captions),
            path=self.outlets[story.outlet].path(story),
            published=(story.on or appeared - story.age).replace(microsecond=0),
            edition=edition,
            changed=changed,
        )

    def listed(self, outlet: str) -> list[Shown]:
        """What an outlet has, newest first."""
        shown = [self.shown(story) for story in self.stories() if story.outlet == outlet]
        return sorted(shown, key=lambda one: one.published, reverse=True)

    # Trouble

    def trouble(self, outlet: str, kind: Kind, path: str = "", **details: Any) -> None:
        """Make an outlet, or one path of it (with its query), unwell until `heal()`."""
        with self._lock:
            self._healed.clear()
            self._troubles[outlet, path] = Trouble(kind, **details)

    def refuse(self, outlet: str) -> None:
        """Close an outlet's port: connections are refused until `heal()`."""
        self._doors[outlet].close()

    def heal(self, outlet: str = "", path: str = "") -> None:
        """End one trouble, an outlet's troubles, or all."""
        with self._lock:
            for place in list(self._troubles):
                if (not outlet or place[0] == outlet) and (not path or place[1] == path):
                    del self._troubles[place]
            self._healed.set()
            for name, door in list(self._doors.items()):
                if door.closed and (not outlet or name == outlet):
                    self._doors[name] = _open_door(self, self.outlets[name], door.address, door.port)

    def trouble_at(self, outlet: str, path: str) -> Trouble | None:
        with self._lock:
            return self._troubles.get((outlet, path)) or self._troubles.get((outlet, ""))

    # What was asked

    def visits(self, outlet: str = "", since: int = 0) -> list[Visit]:
        """The requests so far, those for robots.txt left out; `since` skips the first entries of the log."""
        with self._lock:
            return [v for v in self.log[since:] if not v.is_robots and (not outlet or v.outlet == outlet)]

    def most_concurrent(self, outlet: str) -> int:
        """The most requests an outlet ever had to answer at once."""
        with self._lock:
            return max((visit.concurrent for visit in self.log if visit.outlet == outlet), default=0)

    # For the handler

    def enter(self, outlet: str) -> int:
        with self._lock:
            self._follow_schedule()
            self._busy[outlet] += 1
            return self._busy[outlet]

    def leave(self, outlet: str) -> None:
        with self._lock:
            self._busy[outlet] -= 1

    def write_down(self, visit: Visit) -> None:
        with self._lock:
            self.log.append(visit)

    def next_view(self) -> int:
        return next(self._views)

    def wait_until_healed(self, seconds: float) -> bool:
        """True when there is no more reason to be unwell."""
        return self._healed.wait(seconds) or self._closing.is_set()

    def teasers(self, outlet: str) -> list[dict[str, str]]:
        """The boxes beside an article; each leads to an article that is there."""
        paths = [one.path for one in self.listed(outlet)][-1:]
        return [
            {"title": self.calendar.words(t.title), "text": self.calendar.words(t.text), "path": paths[0]}
            for t in self._teasers[outlet]
            if paths
        ]

    def head_data(self, outlet: Outlet, shown: Shown) -> str:
        return document(outlet, shown, self._teasers[outlet.id])

    def _follow_schedule(self) -> None:
        passed = time.monotonic() - self._started if self._started else 0.0
        due = sum(1 for seconds in self._schedule if passed >= seconds)
        if due > self._step:
            self.release(due)


@dataclass
class _Door:
    """One listening outlet."""

    address: str
    port: int
    server: ThreadingHTTPServer
    thread: threading.Thread
    closed: bool = False

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self.server.shutdown()
            self.server.server_close()
            self.thread.join(5)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # a stalled visitor must not hold up the closing
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Visitors hang up as they like; that is no news."""


def _open_door(portals: Portals, outlet: Outlet, address: str, port: int = 0) -> _Door:
    handler = type("Handler", (_Handler,), {"portals": portals, "outlet": outlet})
    try:
        server = _Server((address, port), handler)
    except OSError:
        if port:
            raise
        address = "127.0.0.1"  # systems where the rest of 127.0.0.0/8 is not set up
        server = _Server((address, port), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    return _Door(address, server.server_address[1], server, thread)


@dataclass(frozen=True)
class _Page:
    """An answer with what is needed for its validators: `version` changes with the content and with nothing else."""

    answer: Answer
    version: str = ""
    changed: datetime | None = None


class _Handler(BaseHTTPRequestHandler):
    portals: Portals
    outlet: Outlet
    at: datetime
    concurrent: int
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet
    timeout = 30

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:
        """The log is `Portals.log`."""

    def version_string(self) -> str:
        return {"sharepoint": "Microsoft-IIS/10.0", "department": "Apache"}.get(self.outlet.family, "nginx")

    def _answer(self) -> None:
        self.at, self.concurrent = datetime.now(UTC), self.portals.enter(self.outlet.id)
        try:
            trouble = self.portals.trouble_at(self.outlet.id, self.path)
            if trouble:
                self._in_trouble(trouble)
            else:
                self._in_peace()
        finally:
            self.portals.leave(self.outlet.id)

    def _write_down(self, status: int, sent: int) -> None:
        visit = Visit(
            at=self.at,
            outlet=self.outlet.id,
            host=self.headers.get("Host", ""),
            method=self.command,
            path=self.path,
            status=status,
            conditional=bool(self.headers.get("If-None-Match") or self.headers.get("If-Modified-Since")),
            bytes=sent,
            concurrent=self.concurrent,
            agent=self.headers.get("User-Agent", ""),
        )
        self.portals.write_down(visit)

    def _in_peace(self) -> None:
        page = _page(self.portals, self.outlet, self.path)
        headers = dict(page.answer.headers) | self._validators(page)
        if page.answer.status == 200 and self._known_to_visitor(page, headers):
            self._send(304, b"", headers)
            return
        headers["Content-Type"] = page.answer.content_type
        body = page.answer.body
        if self.outlet.gzip and "gzip" in self.headers.get("Accept-Encoding", ""):
            headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
            body = gzip.compress(body, mtime=0)
        self._send(page.answer.status, body, headers)

    def _validators(self, page: _Page) -> dict[str, str]:
        headers = {"Cache-Control": "no-cache"}
        if page.version and self.outlet.validators in ("both", "etag"):
            headers["ETag"] = f'W/"{hashlib.sha256(page.version.encode()).hexdigest()[:16]}"'
        if page.changed and self.outlet.validators in ("both", "last-modified"):
            headers["Last-Modified"] = format_datetime(page.changed.astimezone(UTC), usegmt=True)
        return headers

    def _known_to_visitor(self, page: _Page, headers: dict[str, str]) -> bool:
        if asked := self.headers.get("If-None-Match"):
            known = {tag.strip().removeprefix("W/") for tag in asked.split(",")}
            return headers.get("ETag", "-").removeprefix("W/") in known
        since = self.headers.get("If-Modified-Since")
        if not since or "Last-Modified" not in headers or page.changed is None:
            return False
        try:
            return parsedate_to_datetime(since) >= page.changed.replace(microsecond=0)
        except (TypeError, ValueError):
            return False

    def _in_trouble(self, trouble: Trouble) -> None:
        if said := answer(trouble, self.path):
            self._send(said.status, said.body, dict(said.headers) | {"Content-Type": said.content_type})
            return
        self.close_connection = True
        match trouble.kind:
            case "stall":
                self._write_down(0, 0)
                self.portals.wait_until_healed(STALL_LIMIT)
            case "drip":
                self._write_down(200, self._stream(b"<p>", pause=0.2, total=int(STALL_LIMIT / 0.2) * 3))
            case "huge":
                self._write_down(200, self._stream(b"<p>" + b"chu " * 16_384, pause=0, total=HUGE))
            case _:
                self._write_down(0, 0)
                self.connection.shutdown(socket.SHUT_RDWR)

    def _stream(self, chunk: bytes, pause: float, total: int) -> int:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Connection", "close")
        self.end_headers()
        sent = 0
        try:
            while sent < total and not (pause and self.portals.wait_until_healed(pause)):
                self.wfile.write(chunk)
                self.wfile.flush()
                sent += len(chunk)
        except OSError:
            pass  # the visitor has had enough, which is the point
        return sent

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self._write_down(status, len(body))  # before the visitor has it, so that who asks next finds it
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and status != 304:
            self.wfile.write(body)
        self.wfile.flush()


def _page(portals: Portals, outlet: Outlet, target: str) -> _Page:
    """Which page stands at a path."""
    parts = urlsplit(target)
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    shown = portals.listed(outlet.id)
    for one in shown:
        if target == one.path or (outlet.family == "sharepoint" and query.get("nid") == str(one.story.number)):
            return _article(portals, outlet, one, shown)
    match parts.path:
        case "/robots.txt":
            return _Page(Answer(200, _robots(portals, outlet).encode(), content_type="text/plain"))
        case outlet.feed if outlet.feed:
            return _listed(shown, Answer(200, _feed(portals, outlet, shown).encode(), content_type="text/xml"))
        case "/sitemap.xml" if outlet.sitemap:
            return _listed(shown, Answer(200, _sitemap_index(portals, outlet).encode(), content_type="text/xml"))
        case outlet.sitemap if outlet.sitemap:
            return _listed(shown, Answer(200, _sitemap(portals, outlet, shown).encode(), content_type="text/xml"))
        case "/list-post-by-category" if outlet.json_listing:
            return _json_page(portals, outlet, shown, query)
        case path:
            return _list_page(portals, outlet, path, query, shown)


def _listed(shown: list[Shown], said: Answer) -> _Page:
    version = " ".join(f"{one.story.key}:{one.edition}" for one in shown)
    changed = max((one.changed for one in shown), default=None)
    return _Page(said, version, changed.replace(microsecond=0) if changed else None)


def _html(portals: Portals, outlet: Outlet, page: str, status: int = 200, **context: Any) -> Answer:
    now = portals.clock()
    body = render(outlet, page, now=now, views=portals.next_view(), **context)
    return Answer(status, body.encode())


def _article(portals: Portals, outlet: Outlet, one: Shown, shown: list[Shown]) -> _Page:
    said = _html(
        portals,
        outlet,
        "article",
        one=one,
        others=[other for other in shown if other is not one][:6],
        teasers=portals.teasers(outlet.id),
        head_data=portals.head_data(outlet, one),
        shown=[],
        title=one.title,
        older="",
    )
    return _Page(said, f"{one.story.key}:{one.edition}", one.changed.replace(microsecond=0))


def _list_page(portals: Portals, outlet: Outlet, path: str, query: dict[str, str], shown: list[Shown]) -> _Page:
    target = path + (f"?Cat={query['Cat']}" if "Cat" in query else "")
    names = {outlet.section(name).rstrip("/"): name for name in SECTIONS}
    section = names.get(target.rstrip("/"), "")
    everything = path == "/" or (path.lower() == "/trang/tin-tuc-su-kien.aspx" and "Cat" not in query)
    tagged = path.startswith("/tag/")
    if not (section or everything or tagged):
        said = _html(
            portals,
            outlet,
            "notice",
            404,
            title="Không tìm thấy trang",
            shown=[],
            others=shown[:3],
            teasers=[],
            older="",
        )
        return _Page(said)
    chosen = [one for one in shown if everything or tagged or one.story.section == section]
    start = (
        (max(1, int(query.get("page", "1") or 1)) - 1) * portals.page_size if query.get("page", "1").isdecimal() else 0
    )
    older = ""
    if len(chosen) > start + portals.page_size:
        page = start // portals.page_size + 2
        older = f"{target}{'&' if '?' in target else '?'}page={page}"
    said = _html(
        portals,
        outlet,
        "list",
        title=SECTIONS.get(section, "Trang chủ"),
        shown=chosen[start : start + portals.page_size],
        others=shown[:3],
        teasers=portals.teasers(outlet.id)[:1],
        older=older,
    )
    return _listed(shown, said)


def _json_page(portals: Portals, outlet: Outlet, shown: list[Shown], query: dict[str, str]) -> _Page:
    size, page = int(query.get("limit", "12")), int(query.get("page", "1"))
    rows = shown[(page - 1) * size : page * size]
    data = [{"id": one.story.number, "title": one.title, "link": portals.base(outlet.id) + one.path} for one in rows]
    body = json.dumps({"status": 1, "data": data}) if data else ""
    return _listed(shown, Answer(200, body.encode(), content_type="application/json"))


def _robots(portals: Portals, outlet: Outlet) -> str:
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in outlet.disallow or ("",))]
    if outlet.crawl_delay:
        lines.append(f"Crawl-delay: {outlet.crawl_delay:g}")
    if outlet.sitemap:
        lines.append(f"Sitemap: {portals.base(outlet.id)}/sitemap.xml")
    return "\n".join(lines) + "\n"


def _feed(portals: Portals, outlet: Outlet, shown: list[Shown]) -> str:
    base = portals.base(outlet.id)
    items = "".join(
        f"<item><title><![CDATA[{one.title}]]></title><link>{base}{one.path}?utm_source=rss</link>"
        f"<guid>{base}{one.path}</guid><pubDate>{local(one.published, '%a, %d %b %Y %H:%M:%S %z')}</pubDate>"
        f"<description><![CDATA[<a href='{base}{one.path}'><img src='/anh/{one.story.number}.jpg'></a>{one.lead}]]>"
        "</description></item>"
        for one in shown[:FEED_LENGTH]
    )
    head = f"<title>{escape(outlet.name)}</title><link>{base}/</link><description>{escape(outlet.name)}</description>"
    return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>{head}{items}</channel></rss>'


def _sitemap_index(portals: Portals, outlet: Outlet) -> str:
    part = f"<sitemap><loc>{portals.base(outlet.id)}{outlet.sitemap}</loc></sitemap>"
    return (
        f'<?xml version="1.0"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{part}</sitemapindex>'
    )


def _sitemap(portals: Portals, outlet: Outlet, shown: list[Shown]) -> str:
    base = portals.base(outlet.id)
    style = "%Y-%m-%dT%H:%M:%S+07:00"
    rows = "".join(
        f"<url><loc>{base}{escape(one.path)}</loc><lastmod>{local(one.changed, style)}</lastmod></url>" for one in shown
    )
    return f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</urlset>'
