"""`events mark`, `events split`, `events merge`: what staff know better than the rules."""

from __future__ import annotations

import getpass
import unicodedata
from typing import Annotated

import typer

from monitor import corrections
from monitor.cli.archive import KINDS, one_of
from monitor.cli.desk import Config, Json, WrongUse, now, opened, read_settings
from monitor.cli.output import as_json, say
from monitor.corrections import Divided, Marked

Note = Annotated[str, typer.Option("--note", metavar="TEXT", help="Why; it is kept with the decision.")]
By = Annotated[str, typer.Option("--by", metavar="NAME", help="Who decides; else the name you are logged in with.")]
Undo = Annotated[bool, typer.Option("--undo", help="Take the newest one back.")]


def mark(
    words: Annotated[list[str], typer.Argument(metavar="[ID] right|wrong|missed", help="An event and what it is.")],
    article: Annotated[
        str, typer.Option("--article", metavar="URL_OR_ID", help="An article in which an event was missed.")
    ] = "",
    kind: Annotated[str, typer.Option("--kind", help="Of what was missed: " + " | ".join(KINDS))] = "",
    note: Note = "",
    by: By = "",
    config: Config = None,
    json: Json = False,
) -> None:
    """Say that an event is right or wrong, or with --article that one was missed.

    A wrong event is no longer shown, exported or told. The last mark counts, and all are kept.
    """
    number, verdict = _event_and_verdict(words, article)
    if article and not one_of(kind, KINDS, "--kind"):
        raise WrongUse("--article: say with --kind whether a meeting or a signing was missed")
    read = read_settings(config)
    with opened(read) as database, database.writing() as session:
        if number is None:
            made = corrections.mark_article(session, article, verdict, kind, now(), _typed(note), _who(by))
        else:
            made = corrections.mark(session, number, verdict, now(), _typed(note), _who(by))
    if json:
        as_json(_marked(made))
    else:
        say(*_marked_words(made))


def split(
    event: Annotated[int, typer.Argument(metavar="ID", help="The event that is two.")],
    articles: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ARTICLE]...", help="Those that tell of the other one: number or URL."),
    ] = None,
    undo: Undo = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Tell nobody of the new event.")] = False,
    note: Note = "",
    by: By = "",
    config: Config = None,
    json: Json = False,
) -> None:
    """Take articles out of an event that is two, into an event of their own.

    They stay apart, whatever is read again later, until --undo takes it back.
    """
    if undo == bool(articles):
        raise WrongUse(f"name the articles that do not belong to event {event}, or give --undo")
    read = read_settings(config)
    with opened(read) as database, database.writing() as session:
        if undo:
            made = corrections.undo(session, "split", event, now(), _who(by))
        else:
            told = None if quiet else read
            made = corrections.split(session, event, articles or [], now(), _typed(note), _who(by), told)
    if json:
        as_json(_divided(made))
    elif undo:
        say(f"event {made.other.id} is part of event {made.event.id} again")
    else:
        moved = ", ".join(str(number) for number in made.decision.articles)
        say(f"event {made.other.id} now has article {moved}; event {made.event.id} keeps the others")
        if made.told and read.subscriptions:
            say(f"event {made.other.id} is news; `doingoai run` sends the alerts")


def merge(
    event: Annotated[int, typer.Argument(metavar="ID")],
    other: Annotated[
        int | None, typer.Argument(metavar="[ID]", help="The same event once more.", show_default=False)
    ] = None,
    undo: Undo = False,
    note: Note = "",
    by: By = "",
    config: Config = None,
    json: Json = False,
) -> None:
    """Make one event of two. The one that people were told of stays, else the older one.

    They stay together, whatever is read again later, until --undo takes it back.
    """
    if undo == (other is not None):
        raise WrongUse(f"name the other event that is one with event {event}, or give --undo")
    read = read_settings(config)
    with opened(read) as database, database.writing() as session:
        if other is None:
            made = corrections.undo(session, "merge", event, now(), _who(by))
        else:
            made = corrections.merge(session, event, other, now(), _typed(note), _who(by))
    if json:
        as_json(_divided(made))
    elif undo:
        say(f"event {made.other.id} and event {made.event.id} are two again")
    else:
        say(f"event {made.other.id} is part of event {made.event.id} now")


def _event_and_verdict(words: list[str], article: str) -> tuple[int | None, str]:
    """`12 wrong` is of an event, `missed` with --article of an article; "right" of one: nothing was missed in it."""
    *numbers, verdict = words
    allowed = ("missed", "right") if article else ("right", "wrong")
    if verdict not in allowed:
        hint = " (missed needs --article)" if verdict == "missed" else ""
        raise WrongUse(f"{verdict!r} is none of {', '.join(allowed)}{hint}")
    if article and not numbers:
        return None, verdict
    if article or len(numbers) != 1 or not (numbers[0].isascii() and numbers[0].isdigit()):
        raise WrongUse("say which event: doingoai events mark ID right|wrong, or --article URL_OR_ID missed")
    return int(numbers[0]), verdict


def _typed(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()


def _who(by: str) -> str:
    if by:
        return _typed(by)
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container may have no name for its user
        return ""


def _marked(made: Marked) -> dict[str, object]:
    names = ("id", "event_id", "article_id", "kind", "verdict", "note", "who", "at")
    record = {name: getattr(made.mark, name) for name in names}
    return {**record, "withdrawn": made.withdrawn, "in_hand": made.in_hand, "put_back": made.put_back}


def _marked_words(made: Marked) -> list[str]:
    row = made.mark
    if row.event_id is None:
        said = f"a {row.kind} was missed" if row.verdict == "missed" else f"no {row.kind} was missed"
        return [f"article {row.article_id}: {said}; noted"]
    lines = [f"event {row.event_id} is marked {row.verdict}"]
    if made.withdrawn:
        lines.append(f"{made.withdrawn} waiting messages no longer tell of it")
    if made.in_hand:
        lines.append(f"{made.in_hand} messages are being sent right now and cannot be called back")
    if made.put_back:
        lines.append(f"{made.put_back} messages that were held back wait to be sent again")
    return lines


def _divided(made: Divided) -> dict[str, object]:
    names = ("id", "what", "event_id", "other_id", "articles", "note", "who", "at", "undone_at", "undone_by")
    return {**{name: getattr(made.decision, name) for name in names}, "event": made.event.id, "told": made.told}
