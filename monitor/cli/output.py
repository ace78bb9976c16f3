"""How the command line prints: tables that fit 80 columns, JSON, CSV that a spreadsheet can open safely."""

from __future__ import annotations

import csv
import io
import json
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, tzinfo
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would run


def console(error: bool = False) -> Console:
    """Made anew each time, so that it writes where standard output is now."""
    return Console(stderr=error, highlight=False, markup=False, emoji=False)


def say(*lines: str) -> None:
    """Plain lines on standard output."""
    for line in lines:
        sys.stdout.write(f"{safe(line, keep_lines=True)}\n")


def complain(*lines: str) -> None:
    """Plain lines on standard error."""
    for line in lines:
        sys.stderr.write(f"{safe(line, keep_lines=True)}\n")


def safe(text: str, keep_lines: bool = False) -> str:
    """A text from the internet without what a terminal would obey."""
    kept = "\n" if keep_lines else ""
    return "".join(c if c in kept or unicodedata.category(c) not in ("Cc", "Cf", "Cs") else " " for c in text)


def cell(value: Any) -> Text:
    return Text(safe("" if value is None else str(value)))


def table(columns: Sequence[str | tuple[str, Mapping[str, Any]]], rows: Iterable[Sequence[Any]]) -> None:
    """A table; a column may bring options, as in `("when", {"no_wrap": True})`."""
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        name, options = (column, {}) if isinstance(column, str) else column
        shown.add_column(name, **{"overflow": "fold", **options})
    for row in rows:
        shown.add_row(*(value if isinstance(value, Text) else cell(value) for value in row))
    console().print(shown)


def facts(pairs: Iterable[tuple[str, Any]]) -> None:
    """Names and values, one pair a line."""
    shown = Table.grid(padding=(0, 2))
    shown.add_column(no_wrap=True, style="dim")
    shown.add_column(overflow="fold")
    for name, value in pairs:
        shown.add_row(name, value if isinstance(value, Text) else cell(value))
    console().print(shown)


def as_json(value: Any) -> None:
    """One document."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=_plain) + "\n")


def as_json_line(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=_plain) + "\n")
    sys.stdout.flush()


def as_csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """UTF-8 with a byte order mark, by which Excel knows the letters."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_csv_cell(value) for value in row])
    sys.stdout.flush()
    sys.stdout.buffer.write(("\ufeff" + text.getvalue()).encode("utf-8"))
    sys.stdout.buffer.flush()


def _csv_cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:g}"
    text = str(value).replace("\x00", "")
    return f"'{text}" if text.lstrip(" \n").startswith(FORMULA) and not isinstance(value, int) else text


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} cannot be printed as JSON")


def clock(moment: datetime | None, zone: tzinfo) -> str:
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M") if moment else "–"
