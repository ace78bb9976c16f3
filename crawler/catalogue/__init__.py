"""The sources that are watched: one editable TOML file each, read and checked here.

An entry says where articles are listed and, where it is known, which selectors find their parts; discovery degrades
by itself from feeds to listings to links found from the home page.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from crawler.errors import CatalogueError

SHIPPED = Path(__file__).parent


def _as_tuple(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Selectors = Annotated[tuple[str, ...], BeforeValidator(_as_tuple)]
Certainty = Literal["verified", "code", "inferred", "guess"]


class JsonListing(BaseModel):
    """A listing that answers JSON; `links` is the path to the addresses, as in `data[].link`."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    url: str
    links: str = ""
    headers: dict[str, str] = Field(default_factory=dict)


def _as_json_listing(value: object) -> object:
    return {"url": value} if isinstance(value, str) else value


class Source(BaseModel):
    """One portal or paper. Selectors are CSS, the first that matches wins; times are in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    name: str
    province: str = Field(default="", pattern=r"^[a-z0-9-]*$")  # "" where the outlet covers the whole country
    kind: Literal["portal", "department", "newspaper", "magazine"] = "portal"
    home: str
    hosts: tuple[str, ...] = ()  # further hosts of the same outlet; everything else is off-site
    feeds: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    listings: tuple[str, ...] = ()
    json_listings: tuple[Annotated[JsonListing, BeforeValidator(_as_json_listing)], ...] = ()
    article_url: str = ""
    deny_url: str = ""
    keep_query: tuple[str, ...] = ()  # query names that tell pages apart; the rest is dropped
    article_id: str = ""  # a regular expression whose group 1 names an article across this outlet's hosts
    title: Selectors = ()
    lead: Selectors = ()
    body: Selectors = ()
    date: Selectors = ()
    author: Selectors = ()
    caption: Selectors = ()
    remove: Selectors = ()
    interval: float | None = None
    verify_tls: bool = True
    render: bool = False
    enabled: bool = True
    off_reason: str = ""  # why a listed source is off, in words for its operator
    robots_permission: str = ""  # who allowed what robots.txt forbids, and when
    certainty: dict[str, Certainty] = Field(default_factory=dict)  # how sure each part of this entry is
    notes: str = ""

    @field_validator("home")
    @classmethod
    def _home_is_an_address(cls, value: str) -> str:
        if not re.match(r"https?://[^/\s]+", value):
            raise ValueError("must be an http:// or https:// address")
        return value

    @field_validator("article_url", "deny_url", "article_id")
    @classmethod
    def _pattern_compiles(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(f"is no regular expression: {error}") from None
        return value
