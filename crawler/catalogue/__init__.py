"""The sources that are watched: one editable TOML file each, read and checked here.

An entry says where articles are listed and, where it is known, which selectors find their parts; discovery degrades
by itself from feeds to listings to links found from the home page.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from cssselect import HTMLTranslator, SelectorError
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from crawler import urls
from crawler.errors import CatalogueError

SHIPPED = Path(__file__).parent
PROVINCES = ("lang-son", "lao-cai", "cao-bang", "quang-ninh")


def _as_tuple(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _selects(value: str) -> str:
    """CSS, at the end perhaps `::attr(name)` for the value of an attribute."""
    try:
        HTMLTranslator().css_to_xpath(re.sub(r"::attr\([\w:-]+\)$", "", value.strip()))
    except SelectorError as error:
        raise ValueError(f"is no CSS selector: {error}") from None
    return value.strip()


def _is_address(value: str) -> str:
    if not urls.host(value):
        raise ValueError("must be an http:// or https:// address")
    return value


def _is_host(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9.-]+(:\d+)?", value):
        raise ValueError('must be a bare host, as in "tin.example.vn"')
    return value.lower()


def _seconds(value: object) -> object:
    """Durations as the configuration writes them; numbers are seconds already."""
    if not isinstance(value, str):
        return value
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)", value.strip())
    if found is None:
        raise ValueError('must be a duration, as in "10m", "2h" or "1d"')
    return float(found[1]) * {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}[found[2]]


Address = Annotated[str, AfterValidator(_is_address)]
Selectors = Annotated[tuple[Annotated[str, AfterValidator(_selects)], ...], BeforeValidator(_as_tuple)]
Certainty = Literal["verified", "code", "inferred", "guess"]


class JsonListing(BaseModel):
    """A listing that answers JSON; `links` is the path to the addresses, as in `data[].link`."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    url: Address
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
    home: Address
    hosts: tuple[
        Annotated[str, AfterValidator(_is_host)], ...
    ] = ()  # further hosts of the same outlet; everything else is off-site
    feeds: tuple[Address, ...] = ()
    sitemaps: tuple[Address, ...] = ()
    listings: tuple[Address, ...] = ()
    json_listings: tuple[Annotated[JsonListing, BeforeValidator(_as_json_listing)], ...] = ()
    article_url: str = ""  # regular expressions for the whole address or for its path and query
    deny_url: str = ""
    examples: tuple[str, ...] = ()  # articles of this source, which article_url must find: a check for editors
    keep_query: tuple[str, ...] = ()  # query names that tell pages apart; the rest is dropped
    article_id: str = ""  # a regular expression whose group 1 names an article across this outlet's hosts
    title: Selectors = ()
    lead: Selectors = ()
    body: Selectors = ()
    date: Selectors = ()
    author: Selectors = ()
    caption: Selectors = ()
    remove: Selectors = ()
    interval: Annotated[float, BeforeValidator(_seconds), Field(gt=0)] | None = None
    verify_tls: bool = True
    render: bool = False
    enabled: bool = True
    off_reason: str = ""  # why a listed source is off, in words for its operator
    robots_permission: str = ""  # who allowed what robots.txt forbids, and when
    certainty: dict[str, Certainty] = Field(default_factory=dict)  # how sure each part of this entry is
    notes: str = ""

    @field_validator("article_url", "deny_url", "article_id")
    @classmethod
    def _pattern_compiles(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(f"is no regular expression: {error}") from None
        return value

    @field_validator("certainty")
    @classmethod
    def _certainty_names_keys(cls, value: dict[str, Certainty]) -> dict[str, Certainty]:
        for key in value:
            if key not in cls.model_fields:
                raise ValueError(f"{key} is no key of a source")
        return value


def load(folder: Path = SHIPPED) -> dict[str, Source]:
    """Every source described in the folder, by id."""
    found: dict[str, Source] = {}
    files: dict[str, str] = {}
    for path in sorted(folder.glob("*.toml")):
        file = f"crawler/catalogue/{path.name}" if folder == SHIPPED else str(path)
        source = _source(_table(path, file), file)
        if source.id in files:
            raise CatalogueError(f"{file}: id: {source.id} is described in {files[source.id]} already")
        found[source.id], files[source.id] = source, file
    return found


def select(
    shipped: Mapping[str, Source],
    enable: Iterable[str],
    disable: Iterable[str],
    extra: Sequence[Mapping[str, Any] | Source],
    file: str = "doingoai.toml",
) -> list[Source]:
    """The sources to watch: what `enable` names less what `disable` names, and every source of the operator's own.

    A table of `extra` with the id of a shipped source changes that one, key by key. `file` is for the words of errors.
    """
    enable, disable = tuple(enable), tuple(disable)
    own = _own(shipped, extra, file)
    every = {**shipped, **own}
    _check_names("catalogue.enable", enable, every, file)
    _check_names("catalogue.disable", disable, every, file)
    provinces = {name for name in enable if name not in every}
    return [
        source
        for source in every.values()
        if source.enabled
        and source.id not in disable
        and (source.id in own or (_named(source, enable, provinces) and source.province not in disable))
    ]


def _named(source: Source, enable: tuple[str, ...], provinces: set[str]) -> bool:
    """By its id or its province; what covers the whole country comes with any province."""
    if source.id in enable:
        return True
    return source.province in provinces if source.province else bool(provinces)


def _own(shipped: Mapping[str, Source], extra: Sequence[Mapping[str, Any] | Source], file: str) -> dict[str, Source]:
    own: dict[str, Source] = {}
    for number, table in enumerate(extra):
        given = table.model_dump(exclude_unset=True) if isinstance(table, Source) else dict(table)
        name = given.get("id")
        where = f"{file}: sources[{number}]" + (f" ({name})" if isinstance(name, str) else "")
        base = shipped.get(name) if isinstance(name, str) else None
        source = _source(_merged(base, given) if base else given, where)
        if source.id in own:
            raise CatalogueError(f"{where}: id: there is another source of this id")
        own[source.id] = source
    return own


def _merged(base: Source, given: dict[str, Any]) -> dict[str, Any]:
    """The shipped entry with the given keys in place of its own. Permission given is what it was waiting for."""
    table = base.model_dump(exclude_unset=True)
    if "article_url" in given or "home" in given:
        table.pop("examples", None)
    if given.get("robots_permission"):
        table["enabled"] = True
    return table | given


def _table(path: Path, file: str) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise CatalogueError(f"{file}: {error}") from None


def _source(table: Mapping[str, Any], where: str) -> Source:
    """The checked record, or an error that says where the first thing is wrong."""
    table = {"name": table.get("id"), **table}
    try:
        source = Source.model_validate(table)
    except ValidationError as error:
        first, *more = error.errors(include_url=False, include_input=False)
        rest = f" (and {len(more)} more)" if more else ""
        raise CatalogueError(f"{where}: {_key(first['loc'])}: {_words(first)}{rest}") from None
    for number, example in enumerate(source.examples):
        if fault := _fault(example, source):
            raise CatalogueError(f"{where}: examples[{number}]: {fault}")
    return source


def _fault(example: str, source: Source) -> str:
    if not urls.on_site(example, source):
        return "is on none of the source's hosts"
    address = urls.canonical(example, source)
    if source.deny_url and urls.matches(source.deny_url, address):
        return "is refused by deny_url"
    if source.article_url and not urls.matches(source.article_url, address):
        return "is not found by article_url"
    return ""


def _key(steps: tuple[int | str, ...]) -> str:
    """`listings[2]`, `json_listings[0].url`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).lstrip(".")


def _words(error: Any) -> str:
    """What is wrong, without what was written there: that may be private."""
    kind, key = error["type"], str(error["loc"][-1]) if error["loc"] else ""
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(key, Source.model_fields, n=1)
        return "is no key of a source" + (f"; did you mean {near[0]}?" if near else "")
    if kind == "missing":
        return "is missing"
    text = str(error["msg"]).removeprefix("Value error, ").removeprefix("Input ")
    return text[:1].lower() + text[1:]


def _check_names(key: str, names: tuple[str, ...], every: Mapping[str, Source], file: str) -> None:
    known = sorted({*PROVINCES, *every, *(source.province for source in every.values() if source.province)})
    for number, name in enumerate(names):
        if name not in known:
            near = difflib.get_close_matches(name, known, n=3, cutoff=0.5) or PROVINCES
            raise CatalogueError(
                f'{file}: {key}[{number}]: "{name}" is no province and no source; near: {", ".join(near)}'
            )
