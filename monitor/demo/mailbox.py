"""A real mail server on loopback that keeps what it takes: STARTTLS, a login, and a script of refusals for tests."""

from __future__ import annotations

import asyncio
import logging
import ssl
import tempfile
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import quote

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Refusal = Literal["421", "450", "535", "550", "cut", "stall"]
REPLIES = {
    "421": "421 4.3.2 Service not available, closing transmission channel",
    "450": "450 4.2.1 Mailbox busy, try again later",
    "550": "550 5.1.1 No such user here",
}


@dataclass(frozen=True)
class Letter:
    """One accepted message, read."""

    sender: str
    to: tuple[str, ...]
    subject: str
    text: str
    html: str
    message_id: str
    in_reply_to: str
    at: datetime
    encrypted: bool
    message: EmailMessage


class Mailbox:
    """Takes mail for anyone after a login over TLS. `refuse()` scripts what happens to the next messages.

    `cut` takes the whole message, keeps it, and hangs up without saying so: the sender cannot know.
    """

    def __init__(
        self,
        user: str = "canh-bao",
        password: str = "mat-khau-mau",  # noqa: S107 - known on purpose, the server is on loopback
        on_message: Callable[[Letter], None] | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        stall_seconds: float = 30.0,
    ) -> None:
        self.user, self.password = user, password
        self.on_message = on_message
        self.stall_seconds = stall_seconds
        self.letters: list[Letter] = []
        self.logins = 0
        self._script: dict[str, deque[Refusal]] = {}
        self._lock = threading.Lock()
        self._controller = _Controller(
            _Hand(self), hostname=host, port=port, tls_context=_tls_context(), authenticator=self._check
        )

    def start(self) -> Self:
        logging.getLogger("mail.log").setLevel(logging.ERROR)  # it warns of its own old name at every login
        self._controller.start()
        return self

    def close(self) -> None:
        self._controller.stop(no_assert=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def port(self) -> int:
        return int(self._controller.port)

    def url(self, to: str, **options: str) -> str:
        """An Apprise address for one recipient."""
        fields = {"mode": "starttls", "verify": "no", "from": "canh-bao@doingoai.example", "to": to} | options
        query = "&".join(f"{name}={quote(value, safe='@')}" for name, value in fields.items())
        who = f"{quote(self.user, safe='')}:{quote(self.password, safe='')}"
        return f"mailtos://{who}@{self._controller.hostname}:{self.port}?{query}"

    def refuse(self, refusal: Refusal, to: str = "", times: int = 1) -> None:
        """Let the next messages for a recipient ("" for anyone) fail this way; 535 fails the next logins."""
        with self._lock:
            self._script.setdefault(to.lower(), deque()).extend([refusal] * times)

    def received(self, to: str = "") -> list[Letter]:
        """What was accepted, for one recipient or all."""
        with self._lock:
            return [letter for letter in self.letters if not to or to in letter.to]

    def next_refusal(self, *recipients: str, only: tuple[Refusal, ...]) -> Refusal | None:
        """Takes the next scripted refusal, if it is one of `only`."""
        with self._lock:
            for name in (*(recipient.lower() for recipient in recipients), ""):
                waiting = self._script.get(name)
                if waiting and waiting[0] in only:
                    return waiting.popleft()
            return None

    def keep(self, letter: Letter) -> None:
        with self._lock:
            self.letters.append(letter)
        if self.on_message:
            self.on_message(letter)

    def _check(self, _server: SMTP, session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
        self.logins += 1
        # A client tries its other mechanisms in the same session, so a refused session stays refused.
        if getattr(session, "refused", False) or self.next_refusal(only=("535",)):
            session.refused = True  # type: ignore[attr-defined]
            return AuthResult(success=False, handled=False)
        good = (
            isinstance(data, LoginPassword)
            and data.login.decode() == self.user
            and data.password.decode() == self.password
        )
        return AuthResult(success=good, handled=False)


class _Controller(Controller):
    """STARTTLS before the login, the login before any mail."""

    def __init__(self, handler: _Hand, tls_context: ssl.SSLContext, authenticator: Any, **options: Any) -> None:
        super().__init__(
            handler,
            tls_context=tls_context,
            require_starttls=True,
            authenticator=authenticator,
            auth_required=True,
            **options,
        )

    def _trigger_server(self) -> None:
        """Asked for port 0, the first visit goes to the port that came of it."""
        assert isinstance(self.server, asyncio.Server)
        self.port = int(self.server.sockets[0].getsockname()[1])
        super()._trigger_server()  # type: ignore[no-untyped-call]


class _Hand:
    """What the server does with each command."""

    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox

    async def handle_RCPT(
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        refusal = self.mailbox.next_refusal(address, only=("421", "450", "550"))
        if refusal:
            return REPLIES[refusal]
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        refusal = self.mailbox.next_refusal(*envelope.rcpt_tos, only=("cut", "stall"))
        if refusal == "stall":
            await asyncio.sleep(self.mailbox.stall_seconds)
            return "451 4.4.2 Timeout"
        self.mailbox.keep(_read(envelope, session.ssl is not None))
        if refusal == "cut":
            assert server.transport is not None
            server.transport.abort()  # type: ignore[attr-defined]
        return "250 Message accepted for delivery"


def _read(envelope: Envelope, encrypted: bool) -> Letter:
    content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
    message = message_from_bytes(content, policy=policy.default)
    return Letter(
        sender=envelope.mail_from or "",
        to=tuple(envelope.rcpt_tos),
        subject=str(message["Subject"] or ""),
        text=_part(message, "plain"),
        html=_part(message, "html"),
        message_id=str(message["Message-ID"] or ""),
        in_reply_to=str(message["In-Reply-To"] or ""),
        at=datetime.now(UTC),
        encrypted=encrypted,
        message=message,
    )


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part is not None else ""


def _tls_context() -> ssl.SSLContext:
    """A certificate made for this run alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:  # the context reads from files only
        path = Path(folder) / "mailbox.pem"
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path.write_bytes(pem + certificate.public_bytes(serialization.Encoding.PEM))
        context.load_cert_chain(path)
    return context
