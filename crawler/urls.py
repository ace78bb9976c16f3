"""One address for one page: canonical forms, hosts, and whether an address belongs to a source.

Everything here is text in, text out. Which addresses are articles is decided in `discover`.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, quote, urljoin, urlsplit, urlunsplit

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
FILE = re.compile(r"\.[a-z][a-z0-9]{1,4}$", re.IGNORECASE)


def canonical(url: str, source: Source | None = None) -> str:
    """The one form under which a page is kept. What is no web address comes back as it is.

    With a source, its home decides scheme and `www.`, and its `keep_query` which query names stay. A trailing slash is
    the site's own affair (some answer to one form only): it is kept unless `article_url` tells the form.
    """
    url = _plain(url)
    parts = _split(url)
    if parts is None:
        return url
    scheme, place = parts.scheme.lower(), _place(parts)
    path, query = _path(parts.path), _query(parts.query, source.keep_query if source else ())
    if source is not None:
        scheme, place = _home_place(scheme, place, path, query, source)
        path = _slash(path, query, source)
    return urlunsplit((scheme, place, path, query, ""))


def absolute(href: str, base_url: str) -> str:
    """A link as found on a page, made whole; "" where it leads to no page."""
    href = _plain(href)
    if not href or href.startswith(("#", "javascript:", "mailto:", "tel:", "data:", "file:")):
        return ""
    try:
        url = urljoin(base_url, href)
    except ValueError:
        return ""
    return "" if _split(url) is None else url.partition("#")[0]


def host(url: str) -> str:
    """The host in small letters, with its port where that is not the usual one; "" for what is no web address."""
    parts = _split(_plain(url))
    return "" if parts is None else _place(parts)


def bare(name: str) -> str:
    """A host without `www.`, `m.` and the like, under which the same site answers."""
    return TWINS.sub("", name)


def on_site(url: str, source: Source) -> bool:
    """Whether the address is on one of the source's own hosts; mirrors and look-alikes are not."""
    name = host(url)
    return bool(name) and bare(name) in {bare(own) for own in _own_hosts(source)}


def matches(pattern: str, url: str) -> bool:
    """Whether a pattern of the catalogue finds the address, written for it whole or for its path and query."""
    parts = _split(url)
    if parts is None:
        return False
    tail = parts.path + (f"?{parts.query}" if parts.query else "")
    return re.search(pattern, url) is not None or re.search(pattern, tail) is not None


def words(path: str) -> str:
    """A path as people read it: percent signs decoded, NFC."""
    return unicodedata.normalize("NFC", _decoded(path).encode("utf-8", "replace").decode("utf-8"))


def _plain(url: str) -> str:
    """Without what browsers drop in silence: outer spaces, line breaks inside, halves of characters."""
    url = re.sub(r"[\t\r\n]", "", url.strip().strip("\ufeff\u200b"))
    return url.encode("utf-8", "replace").decode("utf-8").strip()


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        usable = parts.scheme.lower() in ("http", "https") and bool(parts.hostname)
        return parts if usable and _port(parts) is not None else None
    except ValueError:
        return None


def _port(parts: SplitResult) -> int | None:
    """The port, 0 for the usual one; None where it is no port."""
    try:
        port = parts.port
    except ValueError:
        return None
    usual = 443 if parts.scheme.lower() == "https" else 80
    return 0 if port is None or port == usual else port


def _place(parts: SplitResult) -> str:
    name = (parts.hostname or "").rstrip(".")
    if not name.isascii():
        try:
            name = unicodedata.normalize("NFC", name).encode("idna").decode("ascii")
        except UnicodeError:
            name = quote(name)
    if ":" in name:
        name = f"[{name}]"
    port = _port(parts)
    return f"{name.lower()}:{port}" if port else name.lower()


def _own_hosts(source: Source) -> list[str]:
    """Home first; the addresses an editor gave for listings count as the site's own."""
    given = (*source.feeds, *source.sitemaps, *source.listings, *(listing.url for listing in source.json_listings))
    return [host(source.home), *(name.lower() for name in source.hosts), *filter(None, map(host, given))]


def _home_place(scheme: str, place: str, path: str, query: str, source: Source) -> tuple[str, str]:
    """Scheme and host as the source's home has them, for the home host, its twins, and articles known by their id."""
    home = urlsplit(source.home)
    home_place = host(source.home)
    if bare(place) == bare(home_place):
        return home.scheme.lower(), home_place
    if on_site(f"{scheme}://{place}/", source) and source.article_id:
        tail = path + (f"?{query}" if query else "")
        if re.search(source.article_id, tail):
            return home.scheme.lower(), home_place
    return scheme, place


def _path(path: str) -> str:
    path = SESSION.sub("", path.replace("\\", "/"))
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
    path = re.sub(r"(?i)^/amp(?=/[^/])", "", path)
    path = re.sub(r"(?i)(?<=[^/])/amp/?$", "", path)
    return re.sub(r"(?i)(\.html?)\.amp$|\.amp(\.html?)$", lambda found: found[1] or found[2], path)


def _query(query: str, keep: tuple[str, ...]) -> str:
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
    decoded = unicodedata.normalize("NFC", _decoded(text))
    return "".join(
        f"%{ord(char) - 0xDC00:02X}" if "\udc00" <= char <= "\udcff" else quote(char, safe=safe) for char in decoded
    )
