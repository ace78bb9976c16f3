"""Sends one email by SMTP: we build the message ourselves, so that its Message-ID and threading are ours.

Why not through Apprise: docs/decisions/0003-email-by-smtplib-rest-by-apprise.md. `channels` reads the Apprise URL
into an `Account`; nothing here knows about Apprise.
"""

from __future__ import annotations

import base64
import contextlib
import os
import smtplib
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import format_datetime
from functools import lru_cache

from alerts.outcomes import Delivered, Letter, Outcome, Permanent, Temporary, one_line

PATIENCE = 20.0  # seconds for each step of the conversation
ACCEPTED = 235  # the answer to a login that went well
TRUST_AGE = 86_400.0  # seconds
LIST_ID = "doingoai <alerts.doingoai.localhost>"
PROGRAM = "doingoai"


@dataclass(frozen=True)
class Account:
    """Where to hand a message in, and whom it is for, as a mailto(s) URL says."""

    host: str
    port: int
    mode: str  # starttls | ssl | insecure
    sender: tuple[str, str]  # name and address
    recipient: tuple[str, str]
    user: str = ""
    password: str = field(default="", repr=False)
    verify: bool = True
    reply_to: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


def send(account: Account, letter: Letter, now: datetime) -> Outcome:
    """Hands one letter to the server; `Delivered` only when the server said so."""
    try:
        message = compose(account, letter, now)
        with _connection(account) as server:
            refused = server.send_message(message, account.sender[1], [account.recipient[1]])
    except (OSError, smtplib.SMTPException, ValueError) as error:
        return judge(error)
    return Delivered("accepted by the mail server") if not refused else Permanent(f"refused: {refused}")


def compose(account: Account, letter: Letter, now: datetime) -> EmailMessage:
    """The message as it goes over the wire: text and HTML, and headers that keep answering machines quiet."""
    message = EmailMessage(policy=WIRE)
    message["Subject"] = one_line(letter.subject)
    message["From"] = _address(account.sender)
    message["To"] = _address(account.recipient)
    if account.reply_to:
        message["Reply-To"] = ", ".join(account.reply_to)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = letter.message_id
    if letter.in_reply_to:
        message["In-Reply-To"] = letter.in_reply_to
        message["References"] = letter.in_reply_to
    message["List-Id"] = LIST_ID
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message["X-Mailer"] = PROGRAM
    if letter.language:
        message["Content-Language"] = letter.language
    for name, value in account.headers.items():
        if name not in message:
            message[name] = one_line(value)
    message.set_content(letter.text, charset="utf-8", cte="quoted-printable")
    if letter.html:
        message.add_alternative(letter.html, subtype="html", charset="utf-8", cte="quoted-printable")
    return message


def judge(error: Exception) -> Outcome:
    """What a failed conversation means for the message: come back, or never."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, answer = next(iter(error.recipients.values()))
        return _by_code(code, answer)
    if isinstance(error, smtplib.SMTPResponseException):
        return _by_code(error.smtp_code, error.smtp_error)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return Permanent(f"the mail server lacks what the address asks for: {error}", "mode")
    if isinstance(error, ssl.SSLCertVerificationError):
        return Permanent(f"the mail server's certificate is not trusted: {error.verify_message}", "certificate")
    if isinstance(error, ValueError):
        return Permanent(f"the message cannot be written: {type(error).__name__}", "composing")
    if isinstance(error, TimeoutError):
        return Temporary("the mail server did not answer in time")
    if isinstance(error, socket.gaierror):
        return Temporary("the mail server's name cannot be found (no network?)")
    return Temporary(f"no conversation with the mail server: {one_line(str(error)) or type(error).__name__}")


def _by_code(code: int, answer: bytes | str) -> Outcome:
    words = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    said = f"{code} {one_line(words)}".strip()
    return Permanent(said, str(code)) if 500 <= code <= 599 else Temporary(said)


@contextmanager
def _connection(account: Account) -> Iterator[smtplib.SMTP]:
    context = _trust(account.verify, os.environ.get("SSL_CERT_FILE", ""), int(time.time() // TRUST_AGE))
    server = _open(account, context)
    try:
        if account.mode == "starttls":
            server.starttls(context=context)
        if account.user and account.password:
            _log_in(server, account)
        yield server
    finally:
        # The message is accepted or not by now; a server that goes without a goodbye changes nothing.
        with contextlib.suppress(OSError, smtplib.SMTPException):
            server.quit()
        server.close()


def _log_in(server: smtplib.SMTP, account: Account) -> None:
    """As smtplib does; it can only say ASCII, so other passwords go as RFC 4616 has it, in UTF-8."""
    if account.user.isascii() and account.password.isascii():
        server.login(account.user, account.password)
        return
    server.ehlo_or_helo_if_needed()
    secret = base64.b64encode(f"\0{account.user}\0{account.password}".encode()).decode("ascii")
    code, answer = server.docmd("AUTH", f"PLAIN {secret}")
    if code != ACCEPTED:
        raise smtplib.SMTPAuthenticationError(code, answer)


@lru_cache(maxsize=4)
def _trust(verify: bool, _authorities: str, _day: int) -> ssl.SSLContext:
    """Whose certificates we believe. Reading them takes longer than a letter, so they are read again once a day."""
    context = ssl.create_default_context() if verify else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _open(account: Account, context: ssl.SSLContext) -> smtplib.SMTP:
    name = _own_name()
    if account.mode == "ssl":
        return smtplib.SMTP_SSL(account.host, account.port, name, timeout=PATIENCE, context=context)
    return smtplib.SMTP(account.host, account.port, name, timeout=PATIENCE)


def _own_name() -> str:
    """What we call ourselves in EHLO; never asks the network, which may be slow or absent."""
    name = socket.gethostname()
    return name if "." in name and name.isascii() else "localhost.localdomain"


def _address(party: tuple[str, str]) -> Address:
    name, address = party
    local, _, domain = address.rpartition("@")
    return Address(display_name=one_line(name), username=local, domain=domain)
