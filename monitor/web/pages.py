"""One function a page: ask the database, fill a template."""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from math import ceil
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment
from sqlalchemy.exc import DBAPIError
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from crawler import search as fulltext
from crawler.database import Database
from monitor import health, queries
from monitor.settings import Settings

PAGE = 30  # lines a page
HITS = 50
FRESH_DAYS = 7
LONGEST_QUESTION = 200

# Nothing from elsewhere, no script, no frame: the page shows words that strangers wrote.
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-cache, private",
}

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Desk:
    """What every page needs."""

    database: Database
    settings: Settings
    templates: Environment
    now: Callable[[], datetime]

    def page(self, request: Request, name: str, status: int = 200, **values: Any) -> HTMLResponse:
        section = request.url.path.strip("/").partition("/")[0]
        text = self.templates.get_template(name).render(section=section, **values)
        return HTMLResponse(text, status_code=status, headers=HEADERS)

    @property
    def names(self) -> dict[str, str]:
        """The outlets by id, as the configuration calls them."""
        return {source.id: source.name for source in self.settings.watched}


@dataclass(frozen=True)
class Paging:
    """Which part of a long list is shown."""

    number: int
    total: int
    path: str
    asked: dict[str, str]

    @property
    def last(self) -> int:
        return max(1, ceil(self.total / PAGE))

    def link(self, number: int) -> str:
        asked = {name: value for name, value in self.asked.items() if value}
        return f"{self.path}?{urlencode({**asked, 'page': str(number)})}"


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


def home(request: Request) -> Response:
    desk = _desk(request)
    now = desk.now()
    zone = desk.settings.zone
    with desk.database.reading() as session:
        new = queries.new_events(session, now - timedelta(days=FRESH_DAYS))
        older = [] if new else queries.events(session, queries.EventFilter(), limit=10)
        coming = queries.upcoming(session, now.astimezone(zone).date())
        counts = queries.counts(session, now)
        states = queries.sources(session)
    days = [
        (moment, list(group))
        for moment, group in groupby(new, key=lambda view: view.created_at.astimezone(zone).date())
    ]
    return desk.page(
        request,
        "home.html",
        days=[(views[0].created_at, views) for _, views in days],
        older=older,
        coming=[view for view in coming if view.id not in {v.id for v in new}],
        counts=counts,
        watched=len(desk.settings.watched),
        readable=sum(1 for source in desk.settings.watched if _is_readable(states.get(source.id))),
        subscribed=bool(desk.settings.subscriptions),
    )


def _is_readable(state: queries.SourceLine | None) -> bool:
    return state is not None and state.last_ok_at is not None and not state.failures


def events(request: Request) -> Response:
    desk = _desk(request)
    asked = _asked(request, "since", "until", "province", "kind", "status", "country", "source")
    wanted = queries.EventFilter(
        since=_day(asked["since"]),
        until=_day(asked["until"]),
        province=asked["province"],
        kind=asked["kind"],
        status=asked["status"],
        country=asked["country"],
        source=asked["source"],
        zone=desk.settings.zone,
    )
    with desk.database.reading() as session:
        paging = _paging(request, queries.count_events(session, wanted), asked)
        found = queries.events(session, wanted, PAGE, (paging.number - 1) * PAGE)
        countries, provinces = queries.countries(session), queries.provinces(session)
    return desk.page(
        request,
        "events.html",
        events=found,
        paging=paging,
        asked=asked,
        filtered=any(asked.values()),
        countries=countries,
        provinces=provinces,
    )


def event(request: Request) -> Response:
    desk = _desk(request)
    with desk.database.reading() as session:
        view = queries.event(session, _number(request))
        if view is None:
            return missing(request)
        linked = queries.occasion(session, view)
        told = queries.messages_of(session, view)
        return desk.page(request, "event.html", event=view, linked=linked, messages=told)


def articles(request: Request) -> Response:
    desk = _desk(request)
    asked = _asked(request, "source", "since", "until")
    source, since, until = asked["source"], _day(asked["since"]), _day(asked["until"])
    with desk.database.reading() as session:
        paging = _paging(request, queries.count_articles(session, source, since, until), asked)
        found = queries.articles(session, source, since, until, PAGE, (paging.number - 1) * PAGE)
        known = {state: desk.names.get(state, state) for state in queries.sources(session)}
    filtered = any(asked.values())
    return desk.page(
        request, "articles.html", articles=found, paging=paging, asked=asked, filtered=filtered, sources=known
    )


def article(request: Request) -> Response:
    desk = _desk(request)
    with desk.database.reading() as session:
        page = queries.article(session, _number(request))
        if page is None:
            return missing(request)
        return desk.page(request, "article.html", page=page)


def sources(request: Request) -> Response:
    desk = _desk(request)
    with desk.database.reading() as session:
        states = queries.sources(session)
    lines = [(source, states.get(source.id) or queries.SourceLine(source.id)) for source in desk.settings.watched]
    lines.sort(key=lambda line: (line[1].failures == 0, line[0].province == "", line[0].province, line[0].name))
    watched = {source.id for source in desk.settings.watched}
    return desk.page(request, "sources.html", lines=lines, former=sorted(set(states) - watched))


def alerts(request: Request) -> Response:
    desk = _desk(request)
    with desk.database.reading() as session:
        paging = _paging(request, queries.count_messages(session), {})
        found = queries.messages(session, PAGE, (paging.number - 1) * PAGE)
    subscribed = bool(desk.settings.subscriptions)
    return desk.page(request, "alerts.html", messages=found, paging=paging, subscribed=subscribed)


def search(request: Request) -> Response:
    desk = _desk(request)
    words = unicodedata.normalize("NFC", request.query_params.get("q", "")).strip()[:LONGEST_QUESTION]
    with desk.database.reading() as session:
        hits = fulltext.search(session, words, HITS) if words else []
        lines = queries.article_lines(session, [hit.article.id for hit in hits])
    found = [(line, hit.snippet) for line, hit in zip(lines, hits, strict=True)]
    return desk.page(request, "search.html", words=words, found=found, most=HITS)


def healthz(request: Request) -> Response:
    """For Docker and monitors: 200 when articles and alerts get through, 503 when they do not."""
    desk = _desk(request)
    try:
        found = health.findings(desk.database, desk.settings, desk.now())
    except DBAPIError as error:
        log.error("the database failed: %s", type(error).__name__)
        return JSONResponse({"well": False, "findings": [{"level": "bad", "code": "database"}]}, status_code=503)
    told = [{"level": f.level, "code": f.code, "words": f.words(desk.settings.language)} for f in found]
    well = health.is_well(found)
    return JSONResponse({"well": well, "findings": told}, status_code=200 if well else 503)


def missing(request: Request, error: Exception | None = None) -> Response:
    status = getattr(error, "status_code", 404)
    return _desk(request).page(request, "missing.html", status=status)


def unready(request: Request, error: Exception) -> Response:
    """The database does not answer as it should."""
    log.error("page %s: the database failed: %s", request.url.path, type(error).__name__)
    return _desk(request).page(request, "broken.html", status=503, database=True)


def broken(request: Request, error: Exception) -> Response:
    """An answer for people when a page failed; the reason goes to the log and not on the page."""
    log.error("page %s: %s", request.url.path, type(error).__name__)
    return _desk(request).page(request, "broken.html", status=500, database=False)


def _asked(request: Request, *names: str) -> dict[str, str]:
    """The filters of the address, in NFC; "" where one asks nothing."""
    given = {name: unicodedata.normalize("NFC", request.query_params.get(name, "")).strip() for name in names}
    return {name: value[:LONGEST_QUESTION] for name, value in given.items()}


def _day(value: str) -> date | None:
    """A day as a date field sends it; what is no day asks nothing."""
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _paging(request: Request, total: int, asked: dict[str, str]) -> Paging:
    text = request.query_params.get("page", "1")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 1
    last = max(1, ceil(total / PAGE))
    return Paging(max(1, min(number, last)), total, request.url.path, asked)


def _number(request: Request) -> int:
    """The number in the address; one too large for any database finds nothing."""
    return min(int(request.path_params["number"]), 2**31 - 1)
