"""`alerts list|preview|test|retry`: what was sent to whom, and what would be."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from alerts import matching, sender, wording
from alerts.notice import Notice
from alerts.outcomes import Delivered, Outcome, Permanent
from alerts.recipients import mask
from alerts.subscriptions import Subscription
from alerts.tables import Message
from monitor import notices, queries
from monitor.cli.desk import Config, Json, SomeFailed, WrongUse, now, opened, read_settings
from monitor.cli.output import as_json, clock, say, table
from monitor.settings import Settings
from monitor.tables import Event
from monitor.web.sayings import Sayings

app = typer.Typer(help="What was sent to whom, and what would be.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def list_messages(
    waiting: Annotated[bool, typer.Option("--waiting", help="Only what has not been sent.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=100_000, help="At most so many.")] = 20,
    config: Config = None,
    json: Json = False,
) -> None:
    """What was sent to whom, when, with which attempts; newest first."""
    read = read_settings(config)
    with opened(read) as database, database.reading() as session:
        found = queries.messages(session, limit, waiting=waiting)
    if json:
        as_json([_record(message, read) for message in found])
    elif found:
        _show(found, read)
    else:
        say("no alerts" + (" wait" if waiting else " yet"))


@app.command()
def preview(
    event: Annotated[int, typer.Argument(metavar="EVENT", help="Its number, as `doingoai events` shows it.")],
    config: Config = None,
    json: Json = False,
) -> None:
    """Say for each subscription whether it wants an event, why not, and in which words it would be told."""
    read = read_settings(config)
    with opened(read) as database, database.reading() as session:
        row = session.get(Event, event) if 0 < event < 2**31 else None
        if row is None:
            raise WrongUse(f"there is no event {event}")
        told = notices.outlets(session, [event], notices.outlet_names(read))
        notice = Notice(f"event:{event}", "event", (notices.happening(row),), told)
    against = [(wish, matching.why(notice, wish)) for wish in read.subscriptions]
    letter = wording.letter("plain", notice, read.language, read.timezone)
    if json:
        wanted = [{"subscription": w.name, "wanted": not why, "against": why} for w, why in against]
        as_json({"event": event, "subscriptions": wanted, "subject": letter.subject, "text": letter.text})
        return
    say(letter.subject, "", letter.text.strip(), "")
    for wish, why in against:
        say(f"{wish.name}: {'no: ' + '; '.join(why) if why else f'yes, {wish.send}, to {_recipients(wish)}'}")
    if not against:
        say("there are no subscriptions; add [[subscriptions]] to the configuration")


@app.command("test")
def send_samples(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="One subscription; else all.", show_default=False)
    ] = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Send a sample to the recipients of a subscription and say what became of each."""
    read = read_settings(config)
    chosen = [wish for wish in read.subscriptions if name in (None, wish.name)]
    if not chosen:
        known = ", ".join(wish.name for wish in read.subscriptions) or "there are none in the configuration"
        raise WrongUse(f"no such subscription: {name or '(any)'} ({known})")
    tried = [(wish, label, outcome) for wish in chosen for label, outcome in _tried(wish, read)]
    if json:
        as_json([{"subscription": w.name, "recipient": to, **_outcome(outcome)} for w, to, outcome in tried])
    else:
        for wish, label, outcome in tried:
            say(f"{wish.name}: {label}: {_in_words(outcome)}")
    failed = [label for _, label, outcome in tried if not isinstance(outcome, Delivered)]
    if failed:
        raise SomeFailed(f"{len(failed)} of {len(tried)} recipients did not get the sample: {', '.join(failed)}")


@app.command()
def retry(
    message: Annotated[
        int | None, typer.Argument(metavar="[ID]", help="One message; else all given up.", show_default=False)
    ] = None,
    config: Config = None,
) -> None:
    """Put messages that were given up back; `doingoai run` sends them."""
    read = read_settings(config)
    with opened(read) as database, database.writing() as session:
        number = sender.retry(session, message, now())
    if message is not None and not number:
        raise WrongUse(f"message {message} does not wait to be sent again (see `doingoai alerts list`)")
    say(
        f"{number} put back; `doingoai run` sends {'it' if number == 1 else 'them'}"
        if number
        else "nothing was given up"
    )


def _tried(wish: Subscription, read: Settings) -> list[tuple[str, Outcome]]:
    return sender.try_out(wish.to, now(), read.telegram.api_url, timezone=read.timezone, language=wish.language)


def _in_words(outcome: Outcome) -> str:
    if isinstance(outcome, Delivered):
        words = "accepted by the receiving side"
        return f"{words} ({outcome.warning})" if outcome.warning else words
    kind = "refused for good" if isinstance(outcome, Permanent) else "not accepted now"
    return f"{kind}: {outcome.detail}"


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {"outcome": type(outcome).__name__.lower(), **asdict(outcome)}


def _recipients(wish: Subscription) -> str:
    return ", ".join(mask(url) for url in wish.to)


def _record(message: Message, read: Settings) -> dict[str, Any]:
    return {
        "id": message.id,
        "state": message.state,
        "subscription": message.subscription or None,
        "recipient": message.label,
        "subject": Sayings(read.language, read.zone, now).subject(message),
        "events": [happening.get("event_id") for happening in message.notice.get("happenings", ())],
        "message_id": message.message_id,
        "created_at": message.created_at,
        "due_at": message.due_at,
        "sent_at": message.sent_at,
        "given_up_at": message.given_up_at,
        "tries": message.tries,
        "error": message.error or None,
        "attempts": [{"at": a.at, "ms": a.ms, "ok": a.ok, "detail": a.detail} for a in message.attempts],
    }


def _show(found: list[Message], read: Settings) -> None:
    sayings = Sayings(read.language, read.zone, now)
    table(
        [
            ("id", {"justify": "right", "no_wrap": True}),
            ("state", {"no_wrap": True}),
            ("when", {"max_width": 10}),
            ("tries", {"justify": "right"}),
            ("to", {"ratio": 2}),
            ("what", {"ratio": 3}),
        ],
        [
            (
                message.id,
                message.state,
                clock(message.sent_at or message.given_up_at or message.due_at, read.zone),
                message.tries,
                f"{message.label or '?'} ({message.subscription or 'operators'})",
                sayings.subject(message) + (f"\n{message.error}" if message.error else ""),
            )
            for message in found
        ],
    )
