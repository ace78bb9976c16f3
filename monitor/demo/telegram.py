"""A stand-in Telegram Bot API over HTTP: takes messages, keeps them, and fails as the real one does when told to."""

from __future__ import annotations

import json
import re
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import parse_qsl

Failure = Literal["429", "400", "403", "migrate", "500", "lost", "stall"]
TOKEN = "123456789:AAExampleTokenOfTheStandInTelegram0"  # noqa: S105 - opens nothing but this stand-in
MAX_TEXT = 4096
CALL = re.compile(r"^/bot(?P<token>[^/]+)/(?P<method>\w+)")
TAG = re.compile(r"<[^>]+>")
KNOWN_TAG = re.compile(r"</?(b|strong|i|em|u|ins|s|strike|del|a|code|pre|blockquote|tg-spoiler|span)(\s[^<>]*)?>")


@dataclass(frozen=True)
class Chat:
    """One accepted message."""

    chat_id: str
    text: str
    parse_mode: str
    message_id: int
    topic: str
    reply_to: str
    at: datetime


class Telegram:
    """`api_url` is what a self-hosted Bot API server would be called by. `fail()` scripts the next answers.

    `lost` accepts the message and hangs up without an answer: the sender cannot know.
    """

    def __init__(
        self,
        token: str = TOKEN,
        on_message: Callable[[Chat], None] | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        stall_seconds: float = 30.0,
    ) -> None:
        self.token = token
        self.on_message = on_message
        self.stall_seconds = stall_seconds
        self.chats: list[Chat] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self._script: dict[str, deque[tuple[Failure, Any]]] = {}
        self._lock = threading.Lock()
        self._closing = threading.Event()
        handler = type("Handler", (_Handler,), {"telegram": self})
        self._server = _Server((host, port), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def start(self) -> Self:
        self._thread.start()
        return self

    def close(self) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def api_url(self) -> str:
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    def url(self, chat_id: str) -> str:
        """An Apprise address for one chat."""
        return f"tgram://{self.token}/{chat_id}/"

    def fail(self, failure: Failure, chat_id: str = "", times: int = 1, value: Any = None) -> None:
        """Let the next messages to a chat ("" for any) fail; `value` is retry_after of 429, or the new chat's id."""
        with self._lock:
            self._script.setdefault(chat_id, deque()).extend([(failure, value)] * times)

    def received(self, chat_id: str = "") -> list[Chat]:
        with self._lock:
            return [chat for chat in self.chats if not chat_id or chat.chat_id == chat_id]

    def call(self, token: str, method: str, fields: dict[str, Any]) -> tuple[int, dict[str, Any]] | None:
        """One call of the API: (status, answer), or None for no answer at all."""
        with self._lock:
            self.calls.append((method, fields))
        if token != self.token:
            return _error(401, "Unauthorized")
        if method == "getMe":
            bot = {"id": int(self.token.split(":")[0]), "is_bot": True, "first_name": "Đối ngoại"}
            return 200, {"ok": True, "result": bot | {"username": "doingoai_demo_bot"}}
        if method == "getUpdates":
            return 200, {"ok": True, "result": []}
        if method != "sendMessage":
            return _error(404, "Not Found")
        return self._take(fields)

    def _take(self, fields: dict[str, Any]) -> tuple[int, dict[str, Any]] | None:
        chat_id, text = str(fields.get("chat_id", "")), str(fields.get("text", ""))
        failure, value = self._next_failure(chat_id)
        if failure and failure != "lost":
            return self._failed(failure, value)
        if wrong := _wrong_text(text, str(fields.get("parse_mode", ""))):
            return _error(400, f"Bad Request: {wrong}")
        reply = fields.get("reply_parameters") or {}
        with self._lock:
            chat = Chat(
                chat_id=chat_id,
                text=text,
                parse_mode=str(fields.get("parse_mode", "")),
                message_id=len(self.chats) + 1,
                topic=str(fields.get("message_thread_id", "")),
                reply_to=str(reply.get("message_id", "") if isinstance(reply, dict) else ""),
                at=datetime.now(UTC),
            )
            self.chats.append(chat)
        if self.on_message:
            self.on_message(chat)
        if failure == "lost":
            return None
        sent = {"message_id": chat.message_id, "date": int(time.time()), "text": TAG.sub("", text)}
        return 200, {"ok": True, "result": sent | {"chat": {"id": chat_id, "type": "private"}}}

    def _next_failure(self, chat_id: str) -> tuple[Failure | None, Any]:
        with self._lock:
            for name in (chat_id, ""):
                if self._script.get(name):
                    return self._script[name].popleft()
            return None, None

    def _failed(self, failure: Failure, value: Any) -> tuple[int, dict[str, Any]] | None:
        match failure:
            case "429":
                seconds = 3 if value is None else value
                return _error(429, f"Too Many Requests: retry after {seconds}", {"retry_after": seconds})
            case "400":
                return _error(400, "Bad Request: chat not found")
            case "403":
                return _error(403, "Forbidden: bot was blocked by the user")
            case "migrate":
                text = "Bad Request: group chat was upgraded to a supergroup chat"
                return _error(400, text, {"migrate_to_chat_id": value or -1009876543210})
            case "stall":
                self._closing.wait(self.stall_seconds)
                return None
            case _:
                return _error(500, "Internal Server Error")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller may hang up; that is no news."""


class _Handler(BaseHTTPRequestHandler):
    telegram: Telegram
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    timeout = 30

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:
        """What was asked is in `Telegram.calls`."""

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        found = CALL.match(self.path)
        said = (
            self.telegram.call(found["token"], found["method"], self._fields(body))
            if found
            else _error(404, "Not Found")
        )
        if said is None:
            self.close_connection = True
            return
        status, answer = said
        sent = json.dumps(answer, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)

    def _fields(self, body: bytes) -> dict[str, Any]:
        text = body.decode("utf-8", "replace")
        if "json" in self.headers.get("Content-Type", ""):
            try:
                fields = json.loads(text or "{}")
            except ValueError:
                return {}
            return fields if isinstance(fields, dict) else {}
        return dict(parse_qsl(text))


def _error(code: int, description: str, parameters: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
    answer: dict[str, Any] = {"ok": False, "error_code": code, "description": description}
    return code, answer | ({"parameters": parameters} if parameters else {})


def _wrong_text(text: str, parse_mode: str) -> str:
    """Why the real API would refuse a text, "" where it would not."""
    if not text.strip():
        return "message text is empty"
    bare = TAG.sub("", text) if parse_mode == "HTML" else text
    if len(bare) > MAX_TEXT:
        return "message is too long"
    if parse_mode == "HTML":
        rest = KNOWN_TAG.sub("", text)
        if "<" in rest or re.search(r"&(?!(lt|gt|amp|quot|nbsp|#\d+|#x[0-9a-fA-F]+);)", rest):
            return "can't parse entities"
    return ""
