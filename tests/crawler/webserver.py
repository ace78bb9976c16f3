"""A real web server on loopback for the crawler's tests: pages as set, requests noted, validators as served."""

from __future__ import annotations

import ssl
import threading
import time
import unicodedata
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

WORDS = (
    "Đoàn công tác của tỉnh đã trao đổi về thương mại biên giới, bảo vệ môi trường và việc đi lại của cư dân hai bên. "
    "Các đại biểu thống nhất tiếp tục phối hợp trong công tác quản lý cửa khẩu và đào tạo cán bộ trong thời gian tới. "
)


@dataclass
class Reply:
    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    stream: Callable[[], Iterable[bytes]] | None = None  # instead of `body`, without a length
    validated: bool = True  # sends an ETag and answers 304


@dataclass(frozen=True)
class Asked:
    path: str
    headers: dict[str, str]
    status: int
    at: float


def article(number: int, title: str = "", extra: str = "", published: str = "2026-11-23T08:00:00+07:00") -> bytes:
    title = title or f"Lãnh đạo tỉnh tiếp đoàn khách quốc tế lần thứ {number}"
    paragraphs = "".join(f"<p>Phần {part} của bài {number}. {extra} {WORDS}</p>" for part in range(1, 6))
    return (
        f'<!DOCTYPE html>\n<html lang="vi"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta property="og:title" content="{title}">'
        f'<meta property="article:published_time" content="{published}"></head>'
        f"<body><article><h1>{title}</h1>{paragraphs}</article></body></html>"
    ).encode()


def encoded(html: str, encoding: str) -> bytes:
    """cp1258 writes tones as letters of their own, after the vowel; what it lacks is left out."""
    if encoding != "cp1258":
        return html.encode(encoding)
    letters = []
    for letter in html:
        try:
            letters.append(letter.encode("cp1258"))
        except UnicodeEncodeError:
            base, *marks = unicodedata.normalize("NFD", letter)
            tones = [mark for mark in marks if mark in "\u0300\u0301\u0303\u0309\u0323"]
            whole = unicodedata.normalize("NFC", base + "".join(mark for mark in marks if mark not in tones))
            letters.append((whole + "".join(tones)).encode("cp1258"))
    return b"".join(letters)


def listing(paths: Iterable[str], more: str = "") -> bytes:
    items = "".join(
        f'<li><a href="{path}">Bài viết về công tác đối ngoại của tỉnh, số {path}</a></li>' for path in paths
    )
    return f'<!DOCTYPE html>\n<html><body><h1>Tin tức</h1><ul class="list">{items}</ul>{more}</body></html>'.encode()


def feed(paths: Iterable[str], origin: str) -> bytes:
    items = "".join(
        f"<item><title>Bài {path}</title><link>{origin}{path}</link>"
        "<pubDate>Mon, 23 Nov 2026 08:00:00 +0700</pubDate></item>"
        for path in paths
    )
    return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>{items}</channel></rss>'.encode()


def sitemap(addresses: Iterable[str]) -> bytes:
    rows = "".join(f"<url><loc>{address}</loc></url>" for address in addresses)
    return f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</urlset>'.encode()


def sitemap_index(addresses: Iterable[str]) -> bytes:
    rows = "".join(f"<sitemap><loc>{address}</loc></sitemap>" for address in addresses)
    schema = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return f'<?xml version="1.0"?><sitemapindex xmlns="{schema}">{rows}</sitemapindex>'.encode()


class Web:
    """`pages` is what it serves; `asked` is what it was asked."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.scheme = "https" if tls else "http"
        self.pages: dict[str, Reply] = {}
        self.asked: list[Asked] = []
        self.most_at_once = 0
        self.busy = 0
        self.lock = threading.Lock()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        if tls:  # the handshake belongs to the thread of its connection, lest a refused one stop the server
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.server.server_address[1]}"

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.place}"

    def put(self, path: str, body: bytes = b"", content_type: str = "text/html; charset=utf-8", **more: object) -> None:
        reply = Reply(body=body, **more)  # type: ignore[arg-type]
        reply.headers = {"Content-Type": content_type, **reply.headers}
        self.pages[path] = reply

    def redirect(self, path: str, to: str) -> None:
        self.pages[path] = Reply(status=302, headers={"Location": to})

    def paths(self) -> list[str]:
        return [each.path for each in self.asked]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def _handler(web) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                with web.lock:
                    web.busy += 1
                    web.most_at_once = max(web.most_at_once, web.busy)
                try:
                    with suppress(ConnectionError):
                        self.answer(web.pages.get(self.path, Reply(b"not here", status=404, validated=False)))
                finally:
                    with web.lock:
                        web.busy -= 1

            def answer(self, reply: Reply) -> None:
                tag = f'"{md5(reply.body).hexdigest()}"'
                seen = reply.validated and self.headers.get("If-None-Match") == tag
                status = 304 if seen else reply.status
                with web.lock:
                    web.asked.append(Asked(self.path, dict(self.headers.items()), status, time.monotonic()))
                if reply.delay:
                    time.sleep(reply.delay)
                self.send_response(status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                if reply.validated and reply.status == 200:
                    self.send_header("ETag", tag)
                if reply.stream is not None:
                    self.send_header("Connection", "close")
                    self.end_headers()
                    for piece in reply.stream():
                        self.wfile.write(piece)
                    self.close_connection = True
                    return
                if not seen:
                    self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                if not seen:
                    self.wfile.write(reply.body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler
