"""Small steps that the modules which keep rows share: insert what is new, count what was hit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import CursorResult
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

CHUNK = 500  # values in one IN (…); SQLite allows 32,766


def insert_new(session: Session, table: type[Any], rows: list[dict[str, Any]]) -> int:
    """Insert the rows whose key is not there yet; gives how many went in."""
    if not rows:
        return 0
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    return touched(session, make(table).values(rows).on_conflict_do_nothing())


def touched(session: Session, statement: Any) -> int:
    result = session.execute(statement)
    return result.rowcount if isinstance(result, CursorResult) else 0


def chunks(values: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]
