"""Who a recipient is, without their secrets: a fingerprint for the database, a mask for people, a brush for logs.

The fingerprint follows the person or chat, not the password: when a mail password or a bot token is renewed, the
messages that wait still know where to go.
"""

from __future__ import annotations

import hashlib
import re
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

MAIL = ("mailto", "mailtos")
TELEGRAM = ("tgram",)
TELEGRAM_URL = re.compile(r"^tgram://(?:bot)?(?:[\w-]+@)?(?P<bot>\d+)(?::|%3A|/)(?P<token>[\w-]+)/*(?P<rest>.*)$", re.I)
BOT_TOKEN = re.compile(r"(?:bot)?\b\d{6,}(?::|%3A|/)[\w-]{20,}|bot\d+:[\w-]+", re.I)
ADDRESS = re.compile(r"(?<![\w.+-])([\w.+-])[\w.+-]*@([\w-]+(?:\.[\w-]+)+)")
USERINFO = re.compile(r"(?<=://)[^\s/@]+@")
SHORTEST_SECRET = 4  # shorter pieces of a URL would blacken ordinary words


def scheme(url: str) -> str:
    """The service that a URL names, in small letters."""
    return url.partition("://")[0].strip().lower()


def fingerprint(url: str) -> str:
    """A short name of the recipient behind an Apprise URL; the URL cannot be had back from it."""
    return hashlib.sha256(_identity(url).encode()).hexdigest()[:40]


def mask(url: str) -> str:
    """The recipient as people may see it, in logs and on pages."""
    kind = scheme(url) or "?"
    if kind in MAIL:
        return f"{kind}://" + ", ".join(_masked_address(a) for a in _addresses(url))
    if kind in TELEGRAM and (match := TELEGRAM_URL.match(url)):
        return "tgram://" + ", ".join(f"…{chat[-4:]}" for chat in _chats(match))
    return f"{kind}://*** ({fingerprint(url)[:6]})"


def redact(text: str, url: str = "") -> str:
    """The text without bot tokens, user names in URLs, mail addresses and every piece of `url` that may be secret."""
    for secret in sorted(_secrets(url), key=len, reverse=True):
        text = text.replace(secret, "***")
    text = BOT_TOKEN.sub("bot***", text)
    text = USERINFO.sub("***@", text)
    return ADDRESS.sub(r"\1***@\2", text)


def _identity(url: str) -> str:
    kind = scheme(url)
    if kind in MAIL:
        return "mail:" + ",".join(sorted(address.lower() for address in _addresses(url)))
    if kind in TELEGRAM and (match := TELEGRAM_URL.match(url)):
        return f"telegram:{match['bot']}:" + ",".join(sorted(_chats(match)))
    return url.strip()


def _addresses(url: str) -> list[str]:
    """The mail addresses a URL sends to: those named, else the account itself."""
    parts = _split(url)
    query = {name.lower(): value for name, value in parse_qsl(parts.query)}
    named = [unquote(piece) for piece in parts.path.split("/") if piece]
    named += [piece for piece in re.split(r"[,;\s]+", query.get("to", "")) if piece]
    if named:
        return named
    user, _, host = parts.netloc.rpartition("@")
    account = unquote(user.partition(":")[0])
    return [account if "@" in account else f"{account}@{host.partition(':')[0]}"]


def _chats(match: re.Match[str]) -> list[str]:
    path, _, query = match["rest"].partition("?")
    options = {name.lower(): value for name, value in parse_qsl(query)}
    topic = options.get("topic") or options.get("thread")
    chats = [unquote(piece) for piece in path.split("/") if piece]
    chats += [piece for piece in re.split(r"[,\s]+", options.get("to", "")) if piece]
    return [f"{chat}:{topic}" if topic and ":" not in chat else chat for chat in chats]


def _split(url: str) -> SplitResult:
    """The parts of a URL; of one that is broken, all of it counts as its path."""
    try:
        return urlsplit(url)
    except ValueError:
        return SplitResult("", "", url, "", "")


def _masked_address(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}***@{domain}" if local else f"{address[:1]}***"


def _secrets(url: str) -> set[str]:
    """The pieces of a URL that nobody should read elsewhere: user, password, path and values of the query."""
    if "://" not in url:
        return set()
    if match := TELEGRAM_URL.match(url):
        return {match["token"], unquote(match["token"])}
    parts = _split(url)
    user, _, _host = parts.netloc.rpartition("@")
    pieces = [*user.split(":"), *_after_host(url)]
    known = {form for piece in pieces for form in (piece, unquote(piece))}
    return {piece for piece in known if len(piece) >= SHORTEST_SECRET}


def _after_host(url: str) -> list[str]:
    """Path and query of a URL; many services put a token where the host would stand, so that counts as well."""
    parts = _split(url)
    if scheme(url) in MAIL:
        return [value for name, value in parse_qsl(parts.query) if name.lower() in ("pass", "password")]
    host = parts.netloc.rpartition("@")[2]
    looks_secret = [] if "." in host or ":" in host or host == "localhost" else [host]
    return [*looks_secret, *parts.path.split("/"), *(value for _, value in parse_qsl(parts.query))]
