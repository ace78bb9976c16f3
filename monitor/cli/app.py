"""Puts the commands together, and turns what goes wrong into one line and an exit code.

0 done; 1 some of it failed; 2 wrong use or wrong configuration; 3 unhealthy (`check` only).
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.exc import DBAPIError, NoSuchModuleError

from alerts.errors import AlertsError
from crawler.errors import CatalogueError, CrawlerError
from monitor.cli.alerts import app as alerts
from monitor.cli.archive import add_to as add_archive
from monitor.cli.crawling import add_to as add_crawling
from monitor.cli.db import app as db
from monitor.cli.desk import SomeFailed, WrongUse, given
from monitor.cli.events import app as events
from monitor.cli.output import complain
from monitor.cli.sources import app as sources
from monitor.cli.watching import add_to as add_watching
from monitor.errors import DatabaseTrouble, MonitorError

app = typer.Typer(
    name="doingoai",
    help="Watches portals and newspapers of Vietnam's border provinces for new meetings and signings with foreign "
    "counterparts, and tells who wants to know.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for add in (add_watching, add_crawling, add_archive):
    add(app)
app.add_typer(events, name="events")
app.add_typer(sources, name="sources")
app.add_typer(alerts, name="alerts")
app.add_typer(db, name="db")


def _tell_version(shown: bool) -> None:
    if shown:
        sys.stdout.write(f"doingoai {version('doingoai')}\n")
        raise typer.Exit


@app.callback()
def start(
    config: Annotated[Path | None, typer.Option("--config", metavar="FILE", help="The configuration file.")] = None,
    shown: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    given.config = config


def main(arguments: Sequence[str] | None = None) -> None:
    """The entry point of `doingoai`."""
    sys.exit(_run(arguments))


def _run(arguments: Sequence[str] | None) -> int:
    given.config = None
    try:
        app(args=list(arguments) if arguments is not None else None, prog_name="doingoai")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except KeyboardInterrupt:
        complain("stopped")
        return 128 + signal.SIGINT
    except BrokenPipeError:
        _close_quietly()
        return 0
    except (WrongUse, CatalogueError) as error:
        complain(*str(error).splitlines())
        return 2
    except SomeFailed as error:
        complain(*str(error).splitlines())
        return 1
    except DatabaseTrouble as error:
        complain(str(error))
        return 1
    except MonitorError as error:
        complain(*str(error).splitlines())
        return 2
    except (CrawlerError, AlertsError) as error:
        complain(str(error))
        return 1
    except (DBAPIError, NoSuchModuleError, ModuleNotFoundError) as error:
        said = getattr(error, "orig", None) or error
        complain(f"the database does not do its part: {_first_line(said)}")
        return 1
    except OSError as error:
        complain(f"{error.filename or 'system'}: {error.strerror or error}")
        return 1
    return 0


def _first_line(error: object) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _close_quietly() -> None:
    """Whoever read our output has gone; nothing is wrong, and Python must not complain at exit either."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
