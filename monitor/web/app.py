"""The web application: routes, headers, templates. The pages themselves are in `pages.py`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from sqlalchemy.exc import DBAPIError
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from crawler.database import Database
from monitor.settings import Settings
from monitor.web import pages, words
from monitor.web.sayings import Sayings

HERE = Path(__file__).parent


def create_app(database: Database, settings: Settings, now: Callable[[], datetime] | None = None) -> Starlette:
    """The pages over one database, which they only read."""
    clock = now or (lambda: datetime.now(UTC))
    app = Starlette(
        routes=[
            Route("/", pages.home),
            Route("/events", pages.events),
            Route("/events/{number:int}", pages.event),
            Route("/articles", pages.articles),
            Route("/articles/{number:int}", pages.article),
            Route("/sources", pages.sources),
            Route("/alerts", pages.alerts),
            Route("/search", pages.search),
            Route("/healthz", pages.healthz),
            Mount("/static", StaticFiles(directory=HERE / "static"), name="static"),
        ],
        middleware=[Middleware(SecurityHeaders)],
        exception_handlers={
            404: pages.missing,
            405: pages.missing,
            DBAPIError: pages.unready,
            Exception: pages.broken,
        },
    )
    app.state.desk = pages.Desk(database, settings, _templates(settings, clock), clock)
    return app


def _templates(settings: Settings, clock: Callable[[], datetime]) -> Environment:
    templates = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    sayings = Sayings(settings.language, settings.zone, clock)
    templates.filters.update(sayings.filters())
    templates.globals.update(
        {
            "_": sayings.translate,
            "language": settings.language,
            "kinds": words.KINDS,
            "statuses": words.STATUSES,
            "style": f"/static/style.css?v={int((HERE / 'static' / 'style.css').stat().st_mtime)}",
        }
    )
    return templates


class SecurityHeaders:
    """Puts the headers on what is no page too: styles, redirects, `/healthz`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in pages.HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with_headers)
