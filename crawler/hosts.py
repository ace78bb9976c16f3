"""Keeps whose turn a host is, and until when it asked for quiet."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from crawler.rows import insert_new, touched
from crawler.tables import Host


def claim_host(session: Session, host: str, owner: str, now: datetime, seconds: float) -> bool:
    """Take a host for a while, or lengthen one's own hold; False while another holds it or it asked for quiet."""
    until = now + timedelta(seconds=seconds)
    free = or_(Host.held_until.is_(None), Host.held_until <= now, Host.held_by == owner)
    open_again = or_(Host.not_before.is_(None), Host.not_before <= now)
    taken = update(Host).where(Host.name == host, free, open_again).values(held_by=owner, held_until=until)
    if touched(session, taken) == 1:
        return True
    return insert_new(session, Host, [{"name": host, "held_by": owner, "held_until": until}]) == 1


def release_host(session: Session, host: str, owner: str) -> None:
    """Give a host back; another's hold is left alone."""
    mine = update(Host).where(Host.name == host, Host.held_by == owner)
    session.execute(mine.values(held_by="", held_until=None))


def defer_host(session: Session, host: str, until: datetime) -> None:
    """Leave a host alone until then; an earlier end never shortens a later one."""
    insert_new(session, Host, [{"name": host, "held_by": ""}])
    sooner = or_(Host.not_before.is_(None), Host.not_before < until)
    session.execute(update(Host).where(Host.name == host, sooner).values(not_before=until))
