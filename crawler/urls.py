"""One address for one page: canonical forms, hosts, and whether an address belongs to a source.

Everything here is text in, text out. Which addresses are articles is decided in `discover`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

if TYPE_CHECKING:
    from crawler.catalogue import Source

# Names that say who sent the reader, not which page it is. Add one only if no site uses it to tell pages apart.
JUNK = re.compile(
    r"^(utm(_.*)?|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|twclid|ttclid|igshid|igsh|mc_cid|mc_eid|_ga|_gl|"
    r"zarsrc|gidzl|zalo_.*|fb_.*|ref|ref_src|ref_source|phpsessid|jsessionid|aspsessionid.*|asp\.net_sessionid|cfid|"
    r"cftoken|brsr|s_cond|amp|mobile|is_mobile|vcsource|vnn_source|randtime)$",
    re.IGNORECASE,
)
TRIPLETS = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
SESSION = re.compile(r";(?:jsessionid|phpsessid)=[^/?#]*", re.IGNORECASE)
# MasterCMS glues its query to the path: "name.html&mobile=yes&amp=1", "category&s_cond=&BRSR=20".
GLUED = re.compile(r"&(?:amp;)?([A-Za-z_]+)=[^/&]*")
TWINS = re.compile(r"^(m|mobile|wap|amp|www)\.(?=[^.]+\.)")
UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
IN_PATH = "/:@!$&'()*+,;="
IN_QUERY = IN_PATH + "?"
MOST_LETTERS = 2000  # of an address; longer ones are traps
PLAIN = re.compile(r"[!-\[\]-~]*")  # ASCII without spaces and backslashes
SAFE = re.compile(r"[A-Za-z0-9\-._~/:@!$&'()*+,;=]*")
FILE = re.compile(r"\.[a-z][a-z0-9]{1,4}$", re.IGNORECASE)


class Address(NamedTuple):
    """A web address taken apart; `place` is the host with its port where that is not the usual one."""

    scheme: str
    place: str
    path: str
    query: str


def canonical(url: str, source: Source | None = None) -> str:
    """The one form under which a page is kept. What is no web address comes back as it is.

    With a source, its home decides scheme and `www.`, and its `keep_query` which query names stay. A trailing slash is
    the site's own affair (some answer to one form only): it is kept unless `article_url` tells the form.
    """
    url = _plain(url)
    address = _parsed(url)
    if address is None:
        return url
    scheme, place = address.scheme, address.place
    path, query = _path(address.path), _query(address.query, source.keep_query if source else ())
    if source is not None:
        scheme, place = _home_place(scheme, place, path, query, source)
        path = _slash(path, query, source)
    return urlunsplit((scheme, place, path, query, ""))


def absolute(href: str, base_url: str) -> str:
    """A link as found on a page, made whole; "" where it leads to no page."""
    href = _plain(href)
    if not href or len(href) > MOST_LETTERS or href.startswith(("#", "javascript:", "mailto:", "tel:", "data:")):
        return ""
    try:
        url = href if href.startswith(("https://", "http://")) else urljoin(base_url, href)
    except ValueError:
        return ""
    return "" if _parsed(url) is None else url.partition("#")[0]


def host(url: str) -> str:
    """The host in small letters, with its port where that is not the usual one; "" for what is no web address."""
    address = _parsed(_plain(url))
    return "" if address is None else address.place


def bare(name: str) -> str:
    """A host without `www.`, `m.` and the like, under which the same site answers."""
    return TWINS.sub("", name)


def on_site(url: str, source: Source) -> bool:
    """Whether the address is on one of the source's own hosts; mirrors and look-alikes are not."""
    name = host(url)
    return bool(name) and bare(name) in _own_hosts(source)


def matches(pattern: str, url: str) -> bool:
    """Whether a pattern of the catalogue finds the address, written for it whole or for its path and query."""
    address = _parsed(url)
    if address is None:
        return False
    tail = address.path + (f"?{address.query}" if address.query else "")
    return re.search(pattern, url) is not None or re.search(pattern, tail) is not None


def words(path: str) -> str:
    """A path as people read it: percent signs decoded, NFC."""
    return unicodedata.normalize("NFC", _decoded(path).encode("utf-8", "replace").decode("utf-8"))


def _plain(url: str) -> str:
    """Without what browsers drop in silence: outer spaces, line breaks inside, halves of characters."""
    if PLAIN.fullmatch(url):
        return url
    url = re.sub(r"[\t\r\n]", "", url.strip().strip("\ufeff\u200b"))
    return url.encode("utf-8", "replace").decode("utf-8").strip()


@lru_cache(maxsize=4096)
def _parsed(url: str) -> Address | None:
    """The parts of a web address; None for anything else."""
    try:
        parts = urlsplit(url)
        name, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    if scheme not in ("http", "https") or not name:
        return None
    place = _ascii(name) if port in (None, 443 if scheme == "https" else 80) else f"{_ascii(name)}:{port}"
    return Address(scheme, place, parts.path, parts.query)


def _ascii(name: str) -> str:
    """A host as it goes over the wire."""
    if not name.isascii():
        try:
            name = unicodedata.normalize("NFC", name).encode("idna").decode("ascii")
        except UnicodeError:
            name = quote(name)
    return f"[{name}]" if ":" in name else name.lower()


def _own_hosts(source: Source) -> frozenset[str]:
    """The bare hosts of a source; the addresses an editor gave for listings count as its own."""
    given = (*source.feeds, *source.sitemaps, *source.listings, *(listing.url for listing in source.json_listings))
    return _bare_hosts((source.home, *given), source.hosts)


@lru_cache(maxsize=512)
def _bare_hosts(addresses: tuple[str, ...], names: tuple[str, ...]) -> frozenset[str]:
    hosts = (*map(host, addresses), *(name.lower() for name in names))
    return frozenset(bare(name) for name in hosts if name)


def _home_place(scheme: str, place: str, path: str, query: str, source: Source) -> tuple[str, str]:
    """Scheme and host as the source's home has them, for the home host, its twins, and articles known by their id."""
    home = _parsed(source.home)
    if home is None:
        return scheme, place
    if bare(place) == bare(home.place):
        return home.scheme, home.place
    if on_site(f"{scheme}://{place}/", source) and source.article_id:
        tail = path + (f"?{query}" if query else "")
        if re.search(source.article_id, tail):
            return home.scheme, home.place
    return scheme, place


def _path(path: str) -> str:
    path = SESSION.sub("", path.replace("\\", "/"))
    if "&" in path:
        path = GLUED.sub(lambda found: "" if JUNK.match(found[1]) else found[0], path)
    path = _dots("/" + path.lstrip("/"))
    return _encoded(_without_amp(path), IN_PATH) or "/"


def _dots(path: str) -> str:
    if "/." not in path:
        return path
    kept: list[str] = []
    for part in path.split("/")[1:]:
        if part == "..":
            del kept[-1:]
        elif part != ".":
            kept.append(part)
    end = "/" if path.rsplit("/", 1)[-1] in (".", "..") and kept and kept[-1] else ""
    return "/" + "/".join(kept).lstrip("/") + end


def _without_amp(path: str) -> str:
    """The AMP twin leads back to the page it copies."""
    if "amp" not in path.lower():
        return path
    path = re.sub(r"(?i)^/amp(?=/[^/])", "", path)
    path = re.sub(r"(?i)(?<=[^/])/amp/?$", "", path)
    return re.sub(r"(?i)(\.html?)\.amp$|\.amp(\.html?)$", lambda found: found[1] or found[2], path)


def _query(query: str, keep: tuple[str, ...]) -> str:
    if not query:
        return ""
    pairs = [pair for pair in re.sub(r"&amp;", "&", query).split("&") if pair]
    if keep:
        named = {pair.partition("=")[0].lower(): pair.partition("=")[2] for pair in reversed(pairs)}
        pairs = [f"{name}={named[name.lower()]}" for name in keep if name.lower() in named]
    else:
        pairs = [pair for pair in pairs if not JUNK.match(pair.partition("=")[0])]
    return _encoded("&".join(pairs), IN_QUERY)


def _slash(path: str, query: str, source: Source) -> str:
    """With or without the last slash, as `article_url` has it; a file name has none."""
    if FILE.search(path.rstrip("/")):
        path = path.rstrip("/") or "/"
    if not source.article_url or query or path == "/":
        return path
    short, long = path.rstrip("/"), path.rstrip("/") + "/"
    home = source.home.rstrip("/")
    fits = [form for form in (short, long) if matches(source.article_url, urljoin(home, form))]
    return fits[0] if len(fits) == 1 else path


def _decoded(text: str) -> str:
    """Percent signs decoded where that changes no meaning; every other byte waits as half a character."""

    def decode(found: re.Match[str]) -> str:
        raw = bytes.fromhex(found[0].replace("%", ""))
        return "".join(
            chr(0xDC00 + ord(char)) if char.isascii() and char not in UNRESERVED else char
            for char in raw.decode("utf-8", "surrogateescape")
        )

    return TRIPLETS.sub(decode, text)


def _encoded(text: str, safe: str) -> str:
    """One spelling for each path: NFC, marked letters in capital percent signs, the rest plain."""
    if SAFE.fullmatch(text):
        return text
    decoded = unicodedata.normalize("NFC", _decoded(text))
    return "".join(
        f"%{ord(char) - 0xDC00:02X}" if "\udc00" <= char <= "\udcff" else quote(char, safe=safe) for char in decoded
    )
