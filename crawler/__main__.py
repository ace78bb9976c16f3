"""`python -m crawler SOURCE…`: one crawl in its own process; with `--job -`, the job comes on standard input.

Prints one JSON line for each thing that happens, logs on standard error. Exits 1 if any source failed.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from pydantic import ValidationError

from crawler.catalogue import load
from crawler.errors import CatalogueError
from crawler.job import CrawlJob


class OneLine(logging.Formatter):
    """A line for each message, also where an exception comes with it."""

    def format(self, record: logging.LogRecord) -> str:
        return " | ".join(line.strip() for line in super().format(record).splitlines() if line.strip())


def main(arguments: Sequence[str] | None = None) -> int:
    _log_to_stderr()
    try:
        job, is_child = _read_job(_parser().parse_args(arguments))
    except (CatalogueError, ValidationError, ValueError, OSError) as error:
        sys.stderr.write(f"{_plain(error)}\n")
        return 2
    # The reactor must be installed before anything imports it, so Scrapy comes in here and not above.
    from crawler.process import run_job

    return 0 if run_job(job, say, orphan_stops=is_child) else 1


def say(event: Mapping[str, Any]) -> None:
    """One line to whoever started us; when nobody listens any more, that is no reason to break."""
    try:
        sys.stdout.write(json.dumps(event, ensure_ascii=False) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m crawler", description="Crawl sources of the catalogue once.")
    parser.add_argument("source", nargs="*", help="ids of the catalogue; none for all that are on")
    parser.add_argument("--job", metavar="FILE", help="a crawl job as JSON; - for standard input")
    parser.add_argument("--database", default="sqlite:///doingoai.db", metavar="URL")
    parser.add_argument("--allow-private-host", action="append", default=[], metavar="HOST:PORT")
    parser.add_argument("--url", action="append", default=[], help="fetch just this article")
    parser.add_argument("--since", type=date.fromisoformat, metavar="DATE", help="walk back through the archive")
    parser.add_argument("--force", action="store_true", help="fetch known articles again")
    parser.add_argument("--deadline", type=float, default=300.0, metavar="SECONDS")
    return parser


def _read_job(given: argparse.Namespace) -> tuple[CrawlJob, bool]:
    if given.job:
        text = sys.stdin.read() if given.job == "-" else open(given.job, encoding="utf-8").read()  # noqa: SIM115
        return CrawlJob.model_validate_json(text), given.job == "-"
    known = load()
    unknown = [name for name in given.source if name not in known]
    if unknown:
        raise CatalogueError(f"no such source: {', '.join(unknown)}")
    wanted = [known[name] for name in given.source] or [source for source in known.values() if source.enabled]
    job = CrawlJob(
        database=given.database,
        sources=tuple(wanted),
        urls=tuple(given.url),
        since=given.since,
        force=given.force,
        deadline=given.deadline,
        allow_private_hosts=tuple(given.allow_private_host),
    )
    return job, False


def _plain(error: Exception) -> str:
    """What is wrong with the job, without its values: a database address may hold a password."""
    if isinstance(error, ValidationError):
        return "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
    return str(error)


def _log_to_stderr() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    for name in ("scrapy", "twisted", "trafilatura", "htmldate", "protego", "py.warnings", "charset_normalizer"):
        logging.getLogger(name).setLevel(logging.ERROR)


if __name__ == "__main__":
    sys.exit(main())
