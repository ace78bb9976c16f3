"""Full text over the articles: with Vietnamese marks the words must match them, without marks any marks match.

SQLite keeps the words in an FTS5 table; PostgreSQL in a plain table of the same name and columns. The table holds
each article twice: as it reads (`body`) and folded (`fold`), since FTS5 cannot fold đ.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, inspect, select, text
from sqlalchemy.orm import Session

from crawler.duplicates import fold
from crawler.tables import Article

TABLE = "article_fts"
_SQLITE = f"CREATE VIRTUAL TABLE IF NOT EXISTS {TABLE} USING fts5(body, fold, tokenize='unicode61 remove_diacritics 0')"
_OTHER = f"CREATE TABLE IF NOT EXISTS {TABLE} (rowid BIGINT PRIMARY KEY, body TEXT NOT NULL, fold TEXT NOT NULL)"
_TERM = re.compile(r'"([^"]*)"|(\S+)')
_AROUND = 120  # letters of a snippet on either side of the find


@dataclass(frozen=True)
class Hit:
    """A found article and a few words around the find."""

    article: Article
    snippet: str


def create(connection: Connection) -> None:
    """Lay the table out; the migration calls this."""
    connection.execute(text(_SQLITE if connection.dialect.name == "sqlite" else _OTHER))


def index(session: Session, article: Article) -> None:
    """Put the article's newest words into the table, in the caller's transaction."""
    if not _exists(session):
        return
    body = unicodedata.normalize("NFC", f"{article.title}\n{article.text}")
    forget(session, article.id)
    session.execute(
        text(f"INSERT INTO {TABLE} (rowid, body, fold) VALUES (:id, :body, :fold)"),  # noqa: S608 (a constant name)
        {"id": article.id, "body": body, "fold": fold(body)},
    )


def forget(session: Session, article_id: int) -> None:
    """Take an article's words out of the table."""
    if _exists(session):
        session.execute(text(f"DELETE FROM {TABLE} WHERE rowid = :id"), {"id": article_id})  # noqa: S608


def search(session: Session, words: str, limit: int = 20) -> list[Hit]:
    """Articles that hold every word and every "quoted phrase" of `words`, best first."""
    terms = read_terms(words)
    if not terms or not _exists(session):
        return []
    find = _find_in_sqlite if _dialect(session) == "sqlite" else _find_elsewhere
    numbers = find(session, terms, limit)
    found = {article.id: article for article in session.scalars(select(Article).where(Article.id.in_(numbers)))}
    return [Hit(found[number], _snippet(found[number], terms)) for number in numbers if number in found]


def read_terms(words: str) -> list[str]:
    """The words and quoted phrases somebody typed, in NFC; what holds no letter or digit is left out."""
    typed = _TERM.findall(unicodedata.normalize("NFC", words))
    terms = [" ".join((phrase or word).replace('"', " ").split()) for phrase, word in typed]
    return [term for term in terms if re.search(r"\w", term)]


def _column(term: str) -> str:
    return "fold" if fold(term) == term.lower() else "body"


def _find_in_sqlite(session: Session, terms: Sequence[str], limit: int) -> list[int]:
    # Quoted, a term is a phrase and never FTS5 syntax; read_terms has taken the quotes out.
    query = " AND ".join(f'{_column(term)} : "{term}"' for term in terms)
    found = session.execute(
        text(f"SELECT rowid FROM {TABLE} WHERE {TABLE} MATCH :query ORDER BY rank, rowid DESC LIMIT :limit"),  # noqa: S608
        {"query": query, "limit": limit},
    )
    return [int(row[0]) for row in found]


def _find_elsewhere(session: Session, terms: Sequence[str], limit: int) -> list[int]:
    asked = " AND ".join(f"{_column(term)} ~* :term{at}" for at, term in enumerate(terms))
    values = {f"term{at}": rf"\m{re.escape(term)}\M" for at, term in enumerate(terms)}
    found = session.execute(
        text(f"SELECT rowid FROM {TABLE} WHERE {asked} ORDER BY rowid DESC LIMIT :limit"),  # noqa: S608
        {**values, "limit": limit},
    )
    return [int(row[0]) for row in found]


def _snippet(article: Article, terms: Sequence[str]) -> str:
    """The first paragraph that holds a term, cut to what stands around it."""
    wanted = [fold(term) for term in terms]
    for paragraph in article.text.splitlines():
        folded = fold(paragraph)
        places = [folded.find(term) for term in wanted if term in folded]
        if places:
            return _cut(paragraph, min(places))
    return _cut(article.text.replace("\n", " "), 0)


def _cut(paragraph: str, place: int) -> str:
    start, end = max(0, place - _AROUND), place + _AROUND
    cut = paragraph[start:end]
    if start:
        cut = "… " + cut.partition(" ")[2]
    if end < len(paragraph):
        cut = cut.rpartition(" ")[0] + " …"
    return cut


def _exists(session: Session) -> bool:
    return inspect(session.connection()).has_table(TABLE)


def _dialect(session: Session) -> str:
    return session.get_bind().dialect.name
