"""Delivers a letter by the way its Apprise URL names: the only file that speaks Apprise.

Email goes out through `mail`, with the account that Apprise read from the URL; Telegram and all else go through
Apprise. Apprise answers with a log and not with a reason, so its log is read here, at DEBUG, where tokens stand in
the clear: that is why nothing of it leaves this file without `redact`, and why its logger goes nowhere else.

Apprise takes half a second to import, so it is imported where it is used: most commands never send anything.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any, Literal

from alerts import mail
from alerts.errors import BrokenRecipient
from alerts.outcomes import Delivered, Letter, Outcome, Permanent, Temporary, one_line
from alerts.recipients import mask, redact, scheme
from alerts.subscriptions import Subscription

__all__ = ["check", "deliver", "form", "mask", "problems"]

Form = Literal["email", "telegram", "plain"]
NAME = "doingoai"
APPRISE_TIMEOUT = 4.0  # Apprise's own default, too short for a slow line; longer ones in a URL are kept
CONNECT_TIMEOUT, READ_TIMEOUT = 10.0, 30.0
ERROR_CODE = re.compile(r"error=(\d{3})\b")
RETRY_AFTER = re.compile(r"retry_after\"?'?:\s*(\d+)")
MIGRATED = re.compile(r"migrate_to_chat_id\"?'?:\s*(-?\d+)")
DESCRIPTION = re.compile(r"\"description\":\s*\"((?:[^\"\\]|\\.)*)\"")
UNTRUSTED = re.compile(r"CERTIFICATE_VERIFY_FAILED|certificate verify failed", re.I)
TRY_AGAIN = (408, 425, 429)


class _Redacted(logging.Filter):
    """Blackens tokens in a record before any handler sees it."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(record.getMessage()), ()
        return True


def _keep_logs_inside() -> None:
    apprise = logging.getLogger("apprise")
    apprise.setLevel(logging.DEBUG)  # so that results carry the far side's answer
    apprise.propagate = False
    apprise.addHandler(logging.NullHandler())
    apprise.addFilter(_Redacted())  # for whoever listens to it all the same
    logging.getLogger("urllib3.connectionpool").addFilter(_Redacted())  # it logs the path, and a token is part of it


_keep_logs_inside()


def form(url: str) -> Form:
    """Which words a channel takes."""
    if scheme(url) == "tgram":
        return "telegram"
    return "email" if scheme(url) in ("mailto", "mailtos") else "plain"


def check(url: str) -> str | None:
    """What is wrong with an Apprise URL, in one masked sentence; None when it can be used."""
    try:
        _service(url)
    except BrokenRecipient as error:
        return str(error)
    return None


def problems(subscriptions: Iterable[Subscription], operators_to: Iterable[str]) -> list[str]:
    """Every recipient of a configuration that cannot be used, named by where it stands, never by its secrets."""
    places = [(f'subscription "{s.name}", to[{n}]', url) for s in subscriptions for n, url in enumerate(s.to)]
    places += [(f"operators, to[{n}]", url) for n, url in enumerate(operators_to)]
    found = [(place, check(url)) for place, url in places]
    return [f"{place}: {trouble}" for place, trouble in found if trouble]


def deliver(url: str, letter: Letter, now: datetime, telegram_api: str = "") -> Outcome:
    """Takes one letter to one recipient and says what became of it; never raises for what the far side does."""
    try:
        service = _service(url)
    except BrokenRecipient as error:
        return Permanent(str(error), "address")
    if form(url) == "email":
        return _masked(mail.send(_account(service), letter, now), url, service.password or "")
    if form(url) == "telegram":
        return _masked(_telegram(service, letter, telegram_api), url)
    return _masked(_plain(service, letter), url)


def _service(url: str) -> Any:
    """The Apprise service behind a URL, or BrokenRecipient."""
    from apprise import Apprise

    kind = scheme(url)
    if "://" not in url or not kind:
        raise BrokenRecipient("is not an Apprise URL (such as mailtos://… or tgram://…)")
    try:
        service = Apprise.instantiate(url, asset=_asset())
    except Exception as error:  # a plugin may trip over anything in a mistyped URL
        raise BrokenRecipient(f"{kind}:// address cannot be read ({type(error).__name__})") from None
    if not service:
        raise BrokenRecipient(f"{kind}:// address is of an unknown service, incomplete or mistyped")
    if trouble := _unfit(service, form(url)):
        raise BrokenRecipient(f"{kind}:// address {trouble}")
    service.socket_connect_timeout = _longer(service.socket_connect_timeout, CONNECT_TIMEOUT)
    service.socket_read_timeout = _longer(service.socket_read_timeout, READ_TIMEOUT)
    return service


@cache
def _asset() -> Any:
    from apprise import AppriseAsset

    return AppriseAsset(app_id=NAME, app_desc=NAME, secure_logging=True)


def _unfit(service: Any, kind: Form) -> str:
    """Why a readable address cannot be used here. One recipient each: a half delivered message could not be told."""
    targets = getattr(service, "targets", None)
    if kind != "plain" and not targets:
        return "names no recipient" if kind == "email" else "names no chat"
    if (isinstance(targets, list | tuple | set) and len(targets) > 1) or len(service) > 1:
        return "names several recipients; write one address for each"
    if kind == "email" and (service.cc or service.bcc):
        return "has cc or bcc; write one address for each recipient"
    if kind == "email" and service.pgp_mode != "no":
        return "asks for PGP, which is not supported"
    return ""


def _longer(given: Any, ours: float) -> Any:
    return ours if given == APPRISE_TIMEOUT else given


def _account(service: Any) -> mail.Account:
    name, address = service.targets[0]
    sender_name, sender_address = service.from_addr
    return mail.Account(
        host=service.smtp_host,
        port=int(service.port),
        mode=str(service.secure_mode),
        sender=(sender_name or "", sender_address),
        recipient=(name or "", address),
        user=service.user or "",
        password=service.password or "",
        verify=bool(service.verify_certificate),
        reply_to=tuple(sorted(service.reply_to)),
        headers=dict(service.headers),
    )


def _telegram(service: Any, letter: Letter, telegram_api: str) -> Outcome:
    """Telegram, following a group that has become a supergroup and so got another number."""
    if telegram_api:
        service.notify_url = telegram_api.rstrip("/") + "/bot"
    service.preview = False
    outcome = _apprise(service, "", letter.html or letter.text, html=True)
    if not (isinstance(outcome, Permanent) and outcome.cause.startswith("migrated:")):
        return outcome
    chat = int(outcome.cause.partition(":")[2])
    service.targets = [(chat, service.targets[0][1])]
    again = _apprise(service, "", letter.html or letter.text, html=True)
    if isinstance(again, Delivered):
        return Delivered(again.detail, f"the group has become a supergroup; its chat number is now {chat}")
    return again


def _plain(service: Any, letter: Letter) -> Outcome:
    from apprise import OverflowMode

    if service.overflow_mode == OverflowMode.UPSTREAM:
        service.overflow_mode = OverflowMode.SPLIT  # a text too long for the service comes in parts, never not at all
    return _apprise(service, letter.subject, letter.text, html=False)


def _apprise(service: Any, title: str, body: str, html: bool) -> Outcome:
    from apprise import Apprise, AppriseResultStatus, NotifyFormat

    sender = Apprise(asset=_asset())
    sender.add(service)
    body_format = NotifyFormat.HTML if html else NotifyFormat.TEXT
    result = sender.notify(body=body, title=title, body_format=body_format, log_level=logging.DEBUG)
    if result.status == AppriseResultStatus.SUCCESS:
        return Delivered("accepted by the service")
    if result.status == AppriseResultStatus.TIMEOUT:
        return Temporary("no answer in time")
    return _judge([entry.message for answer in result for entry in answer.logs()])


def _judge(said: list[str]) -> Outcome:
    """Reads Apprise's log of a failed try for what the far side meant."""
    everything = "\n".join(said)
    detail = _detail(said)
    if match := MIGRATED.search(everything):
        return Permanent(detail, f"migrated:{match[1]}")
    if UNTRUSTED.search(everything):
        return Permanent("the certificate of the service is not trusted", "certificate")
    codes = [int(code) for code in ERROR_CODE.findall(everything)]
    code = codes[-1] if codes else 0
    if 400 <= code < 500 and code not in TRY_AGAIN:
        return Permanent(detail, str(code))
    waits = RETRY_AFTER.search(everything)
    return Temporary(detail, float(waits[1]) if waits else None)


def _detail(said: list[str]) -> str:
    """The lines that say what went wrong, without those that only repeat what we sent."""
    telling = [one_line(line) for line in said if not re.search(r"Payload|POST URL|GET URL|Response Details", line)]
    answers = [match[1] for line in said if (match := DESCRIPTION.search(line))]
    return "; ".join(dict.fromkeys([*telling, *answers]))[:500] or "the service did not accept it"


def _masked(outcome: Outcome, url: str, password: str = "") -> Outcome:
    def clean(text: str) -> str:
        text = text.replace(password, "***") if password else text
        return one_line(redact(text, url))[:500]

    if isinstance(outcome, Delivered):
        return Delivered(clean(outcome.detail), clean(outcome.warning))
    if isinstance(outcome, Temporary):
        return Temporary(clean(outcome.detail), outcome.after)
    return Permanent(clean(outcome.detail), outcome.cause)
