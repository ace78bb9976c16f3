"""Sends what is due: claim a message, find its words and its address, hand it over, write down what became of it.

No transaction is open while the network is spoken to. A message counts as sent only after the receiving side took it;
a sender that dies in between leaves a row that is sent again, under the same Message-ID.
"""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import socket
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

from alerts import channels, shelf, wording
from alerts.notice import Notice
from alerts.outbox import OPERATORS, announce, fingerprint
from alerts.outcomes import Delivered, Letter, Outcome, Permanent, Temporary
from alerts.recipients import mask, redact
from alerts.shelf import Claim, SessionFactory, retry
from alerts.subscriptions import Subscription
from alerts.tables import Message
from alerts.timing import after_quiet, zone

__all__ = ["SendReport", "retry", "send_due", "take_back", "try_out"]

log = logging.getLogger(__name__)

WORKERS = 4  # one stalled mail server must not hold up the others
DIGEST_SIZE = {"email": 100, "telegram": 12, "plain": 12}  # a longer digest goes out in parts
HOME = "Asia/Ho_Chi_Minh"


@dataclass(frozen=True)
class SendReport:
    """What one round did, in messages (a digest counts each message it carries)."""

    sent: int = 0
    deferred: int = 0
    given_up: int = 0

    def __add__(self, other: SendReport) -> SendReport:
        return SendReport(self.sent + other.sent, self.deferred + other.deferred, self.given_up + other.given_up)

    @property
    def tried(self) -> int:
        return self.sent + self.deferred + self.given_up


NOTHING = SendReport()


def send_due(
    session_factory: SessionFactory,
    subscriptions: Iterable[Subscription],
    operators_to: Iterable[str],
    now: datetime,
    telegram_api: str = "",
    limit: int = 50,
    *,
    timezone: str | tzinfo = HOME,
    language: str = "vi",
    workers: int = WORKERS,
    stop: Callable[[], bool] = lambda: False,
) -> SendReport:
    """Sends up to `limit` messages that are due. `stop` is asked before each; `language` is the operators'."""
    round_ = _Round(session_factory, subscriptions, operators_to, now, telegram_api, timezone, language, stop)
    report = NOTHING
    with ThreadPoolExecutor(workers, thread_name_prefix="sender") as pool:
        while (left := limit - report.tried) > 0 and not stop():
            # One message a recipient a turn, so that a long queue for one does not starve the others.
            recipients = round_.waiting(left)
            turn = sum(pool.map(round_.serve, recipients), NOTHING)
            if not turn.tried:
                break
            report += turn
    return report


def take_back(session_factory: SessionFactory) -> int:
    """Puts back what a sender of this machine had in hand when it was killed; for a process that sends nothing yet."""
    with session_factory() as session:
        return shelf.take_back(session, _here(), lambda process: process != os.getpid() and _is_alive(process))


def _here() -> str:
    return socket.gethostname()[:30]


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # somebody else's
    with contextlib.suppress(OSError):  # a system without /proc
        # A killed process that nobody has waited for still has its number.
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    return True


def try_out(
    urls: Iterable[str], now: datetime, telegram_api: str = "", *, timezone: str | tzinfo = HOME, language: str = "vi"
) -> list[tuple[str, Outcome]]:
    """Sends a sample to each address, past the outbox; gives each masked address with what became of it."""
    sample = wording.sample(language, now.astimezone(zone(timezone)))
    found = []
    for url in urls:
        letter = _letter(channels.form(url), [sample], language, timezone, now)
        letter = _addressed(letter, f"<sample.{secrets.token_hex(12)}@doingoai>", "")
        found.append((mask(url), channels.deliver(url, letter, now.astimezone(zone(timezone)), telegram_api)))
    return found


class _Round:
    """One call of `send_due`: who can be reached how, and the clock that runs on from `now`."""

    def __init__(
        self,
        session_factory: SessionFactory,
        subscriptions: Iterable[Subscription],
        operators_to: Iterable[str],
        now: datetime,
        telegram_api: str,
        timezone: str | tzinfo,
        language: str,
        stop: Callable[[], bool],
    ) -> None:
        self.session_factory = session_factory
        self.subscriptions = list(subscriptions)
        self.operators_to = list(operators_to)
        self.telegram_api = telegram_api
        self.zone = zone(timezone)
        self.language = language
        self.stop = stop
        self.owner = f"{_here()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._start, self._now = time.monotonic(), now
        everybody = [*(url for s in self.subscriptions for url in s.to), *self.operators_to]
        self.urls = {fingerprint(url): url for url in everybody}

    def clock(self) -> datetime:
        """The given `now`, and the time that passed since."""
        return self._now + timedelta(seconds=time.monotonic() - self._start)

    def waiting(self, limit: int) -> list[str]:
        with self.session_factory() as session:
            return shelf.waiting_recipients(session, self.clock(), limit)

    def serve(self, recipient: str) -> SendReport:
        """Sends the next message of one recipient. Whatever goes wrong here stays with this recipient."""
        if self.stop():
            return NOTHING
        try:
            return self._serve(recipient)
        except Exception as error:
            # The claim runs out by itself; the others must not wait for it.
            log.error("sending to one recipient failed: %s: %s", type(error).__name__, redact(str(error))[:300])
            return NOTHING

    def _serve(self, recipient: str) -> SendReport:
        url = self.urls.get(recipient, "")
        size = DIGEST_SIZE[channels.form(url)] if url else max(DIGEST_SIZE.values())
        with self.session_factory() as session:
            held = shelf.claim(session, recipient, self.owner, self.clock(), size)
            reply_to = shelf.thread_start(session, held.head) if held else ""
        if held is None:
            return NOTHING
        if until := self._quiet_until(held.head):
            with self.session_factory() as session:
                shelf.put_off(session, held, until)
            return SendReport(deferred=len(held.rows))
        began = time.monotonic()
        outcome = self._hand_over(held, url, reply_to)
        return self._note(held, outcome, int((time.monotonic() - began) * 1000))

    def _hand_over(self, held: Claim, url: str, reply_to: str) -> Outcome:
        if not url:
            return Permanent("the recipient is no longer in the configuration", "vanished")
        now = self.clock().astimezone(self.zone)
        try:
            letter = _compose(held, channels.form(url), self.zone, now)
        except Exception as error:
            # A row that cannot be worded would fail forever: it is given up, and the next one goes on.
            log.exception("message %d cannot be put into words", held.head.id)
            return Permanent(f"cannot be put into words: {type(error).__name__}", "wording")
        letter = _addressed(letter, held.head.digest_id or held.head.message_id, reply_to)
        try:
            return channels.deliver(url, letter, now, self.telegram_api)
        except Exception as error:
            return Temporary(f"unexpected trouble: {type(error).__name__}")

    def _note(self, held: Claim, outcome: Outcome, ms: int) -> SendReport:
        at, rows = self.clock(), len(held.rows)
        if isinstance(outcome, Temporary) and shelf.overdue(held.head, at):
            outcome = Permanent(f"given up after three days: {outcome.detail}", "three-days")
        with self.session_factory() as session:
            episode = shelf.episode(session, held.head.recipient)
            shelf.note(session, held, outcome, at, ms)
            if trouble := _trouble(held.head, outcome, episode, self.language):
                others = [url for url in self.operators_to if fingerprint(url) != held.head.recipient]
                announce(session, trouble, [], others, at, self.zone, self.language)
        if isinstance(outcome, Delivered):
            return SendReport(sent=rows)
        log.warning("message %d to %s: %s", held.head.id, held.head.label, outcome.detail)
        return SendReport(given_up=rows) if isinstance(outcome, Permanent) else SendReport(deferred=rows)

    def _quiet_until(self, row: Message) -> datetime | None:
        """The end of the recipient's quiet hours, if they are on: back-off or downtime may lead into them."""
        if row.subscription == OPERATORS:
            return None
        quiet = next((s.quiet_hours for s in self.subscriptions if s.name == row.subscription), "")
        now = self.clock()
        until = after_quiet(quiet, now, self.zone)
        return until if until > now else None


def _compose(held: Claim, form: channels.Form, timezone: tzinfo, now: datetime) -> Letter:
    notices = [Notice.from_dict(row.notice) for row in held.rows]
    return _letter(form, notices, held.head.language, timezone, now, digest=held.head.digest)


def _letter(
    form: channels.Form,
    notices: Sequence[Notice],
    language: str,
    timezone: str | tzinfo,
    now: datetime,
    digest: bool = False,
) -> Letter:
    if digest:
        return wording.digest(form, notices, language, timezone, now)
    return wording.letter(form, notices[0], language, timezone)


def _addressed(letter: Letter, message_id: str, reply_to: str) -> Letter:
    return Letter(letter.subject, letter.text, letter.html, message_id, reply_to, letter.language)


def _trouble(row: Message, outcome: Outcome, episode: int, language: str) -> Notice | None:
    """What the operators hear: a message given up, or delivered to an address that should be changed."""
    if isinstance(outcome, Permanent):
        cause, detail = outcome.cause.partition(":")[0], outcome.detail
    elif isinstance(outcome, Delivered) and outcome.warning:
        cause, detail = "warning", outcome.warning
    else:
        return None
    key = f"delivery:{row.recipient[:16]}:{cause[:20]}:{episode}"
    subject, body = wording.delivery_trouble(row.label, row.subscription, cause, detail, language)
    return Notice(key=key, change="operator", subject=subject, body=body)
