"""`init`, `run`, `status`, `check`, `worker`, `demo`: the watch itself."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.text import Text

from crawler.database import Database
from monitor import queries, settings
from monitor.cli.desk import Config, Json, WrongUse, now, opened, read_settings
from monitor.cli.output import as_json, clock, complain, facts, say
from monitor.errors import DatabaseTrouble
from monitor.settings import Settings


def add_to(app: typer.Typer) -> None:
    for command in (init, run, status, check, worker, demo):
        app.command()(command)


def init(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where to write it.", show_default=False)] = Path(),
) -> None:
    """Write a commented doingoai.toml that works as it is."""
    path = folder / settings.FILE_NAME
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(settings.TEMPLATE)
    except FileExistsError:
        raise WrongUse(f"{path} is there already; nothing was changed") from None
    say(f"{path} written. Start the watch with `doingoai run`; subscriptions are explained in the file.")


def run(config: Config = None) -> None:
    """Watch: poll, read, alert, serve the web page. SIGTERM stops it calmly."""
    from monitor import daemon

    raise typer.Exit(daemon.run(read_settings(config)))


def status(config: Config = None, json: Json = False) -> None:
    """One screen of health."""
    read = read_settings(config)
    with opened(read) as database:
        report = _report(database, read)
    if json:
        as_json(report)
        return
    _show(report)


def check(config: Config = None, json: Json = False) -> None:
    """Exit with 3 when something is wrong.

    For Docker, systemd and cron. What is wrong stands on standard error; warnings alone exit with 0.
    """
    from monitor import daemon, health

    read = read_settings(config)
    daemon.check_recipients(read)
    try:
        with opened(read) as database:
            found = health.findings(database, read, now())
    except DatabaseTrouble as error:
        found = [health.Finding("bad", "database", str(error), str(error))]
    well = health.is_well(found)
    if json:
        as_json({"well": well, "findings": _findings(found)})
    else:
        complain(*(f"{finding.level}: {finding.en}" for finding in found))
        if well:
            say("well")
    raise typer.Exit(0 if well else 3)


def worker(config: Config = None) -> None:
    """Poll from several machines (not in this version)."""
    raise WrongUse("worker: polling from several machines is not part of this version; use `doingoai run`")


def demo() -> None:
    """Show the whole trip on stand-in portals.

    Portals, mailbox and Telegram run on loopback; no network is needed.
    """
    from monitor.demo import show

    raise typer.Exit(show.run_demo())


def _findings(found: list[Any]) -> list[dict[str, str]]:
    return [{"level": f.level, "code": f.code, "vi": f.vi, "en": f.en} for f in found]


def _report(database: Database, read: Settings) -> dict[str, Any]:
    from monitor import health

    moment = now()
    found = health.findings(database, read, moment)
    with database.reading() as session:
        states, counts = queries.sources(session), queries.counts(session, moment)
        jobs = queries.last_jobs(session)
    watched = [states.get(source.id) or queries.SourceLine(source.id) for source in read.watched]
    polled = [line.last_poll_at for line in watched if line.last_poll_at]
    due = [line.due_at for line in watched if line.due_at]
    return {
        "well": health.is_well(found),
        "findings": _findings(found),
        "database": database.url.render_as_string(hide_password=True),
        "page": f"http://{read.web.listen}/" if read.web.listen else None,
        "timezone": read.timezone,
        "sources": {
            "watched": len(watched),
            "well": sum(1 for line in watched if line.last_ok_at and not line.failures),
            "failing": sum(1 for line in watched if line.failures),
            "never_polled": sum(1 for line in watched if not line.last_poll_at),
            "last_poll": max(polled, default=None),
            "next_poll": min(due, default=None),
        },
        "articles": {"stored": counts.articles, "last_day": counts.articles_day, "unread": counts.unread},
        "events": {"known": counts.events, "new_last_week": counts.events_week},
        "alerts": {"waiting": counts.waiting, "sent_last_week": counts.sent_week, "given_up": counts.given_up},
        "subscriptions": len(read.subscriptions),
        "jobs": jobs,
    }


def _show(report: dict[str, Any]) -> None:
    zone = ZoneInfo(report["timezone"])
    sources, articles, alerts = report["sources"], report["articles"], report["alerts"]
    word = Text("well", style="bold green") if report["well"] else Text("something is wrong", style="bold red")
    facts(
        [
            ("health", word),
            ("database", report["database"]),
            ("page", report["page"] or "off"),
            (
                "sources",
                f"{sources['watched']} watched: {sources['well']} well, {sources['failing']} failing, "
                f"{sources['never_polled']} never polled",
            ),
            ("polls", f"last {clock(sources['last_poll'], zone)}, next {clock(sources['next_poll'], zone)}"),
            ("articles", f"{articles['stored']}, {articles['last_day']} in a day, {articles['unread']} unread"),
            ("events", f"{report['events']['known']}, {report['events']['new_last_week']} new in a week"),
            (
                "alerts",
                f"{alerts['waiting']} waiting, {alerts['sent_last_week']} sent in a week, "
                f"{alerts['given_up']} given up; {report['subscriptions']} subscriptions",
            ),
            *((f"job {job['job']}", _job(job, zone)) for job in report["jobs"]),
        ]
    )
    for finding in report["findings"]:
        say(f"{finding['level']}: {finding['en']}")


def _job(job: dict[str, Any], zone: Any) -> str:
    end = clock(job["finished_at"] or job["started_at"], zone)
    return " ".join(part for part in (end, "ok" if job["ok"] else "failed", job["detail"]) if part)
