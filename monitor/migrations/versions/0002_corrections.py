"""What staff decide: marks on events, events told apart or together, and the pairs that stay apart.

And when each event was first told, so that linking need not look through the whole archive.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

VIETNAM = timezone(timedelta(hours=7))
AT_ONCE = 1000

# The tables as they are here, whatever becomes of them later.
EVENT = sa.table("event", sa.column("id"), sa.column("status"), sa.column("first_told"))
MENTION = sa.table("mention", sa.column("event_id"), sa.column("article_id"), sa.column("found", sa.JSON()))
ARTICLE = sa.table(
    "article",
    sa.column("id"),
    sa.column("published_at", sa.DateTime(timezone=True)),
    sa.column("seen_at", sa.DateTime(timezone=True)),
)


def upgrade() -> None:
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.add_column(sa.Column("verdict", sa.String(length=10), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("same_as_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("first_told", sa.String(length=10), nullable=False, server_default=""))
        batch_op.create_foreign_key(batch_op.f("fk_event_same_as_id_event"), "event", ["same_as_id"], ["id"])
        batch_op.create_index(batch_op.f("ix_event_verdict"), ["verdict"], unique=False)
        batch_op.create_index(batch_op.f("ix_event_same_as_id"), ["same_as_id"], unique=False)
        batch_op.create_index("ix_event_kind_date_first_told", ["kind", "date", "first_told"], unique=False)

    with op.batch_alter_table("mention", schema=None) as batch_op:
        batch_op.alter_column(
            "why", existing_type=sa.String(length=60), type_=sa.String(length=120), existing_nullable=False
        )
    _fill_first_told()

    op.create_table(
        "mark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=True),
        sa.Column("article_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("snapshot", sa.JSON(), nullable=False),
        sa.Column("withdrawn", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name=op.f("fk_mark_article_id_article")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_mark_event_id_event")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mark")),
    )
    with op.batch_alter_table("mark", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mark_article_id"), ["article_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_mark_event_id"), ["event_id"], unique=False)

    op.create_table(
        "decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=10), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("articles", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_decision_event_id_event")),
        sa.ForeignKeyConstraint(["other_id"], ["event.id"], name=op.f("fk_decision_other_id_event")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
    )
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_decision_event_id"), ["event_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_decision_other_id"), ["other_id"], unique=False)

    op.create_table(
        "apart",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name=op.f("fk_apart_article_id_article")),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_apart_decision_id_decision")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_apart_event_id_event")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_apart")),
    )
    with op.batch_alter_table("apart", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_apart_article_id"), ["article_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_apart_decision_id"), ["decision_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_apart_event_id"), ["event_id"], unique=False)


def _fill_first_told() -> None:
    connection = op.get_bind()
    filling = sa.update(EVENT).where(EVENT.c.id == sa.bindparam("event")).values(first_told=sa.bindparam("day"))
    days = [{"event": event, "day": day} for event, day in _first_told(connection)]
    for start in range(0, len(days), AT_ONCE):
        connection.execute(filling, days[start : start + AT_ONCE])


def _first_told(connection: sa.Connection) -> Iterator[tuple[int, str]]:
    """The Vietnamese day of the first report that gives an event its status, else of the first of all."""
    reports = connection.execute(
        sa.select(EVENT.c.id, EVENT.c.status, MENTION.c.found, ARTICLE.c.published_at, ARTICLE.c.seen_at)
        .join(MENTION, MENTION.c.event_id == EVENT.c.id)
        .join(ARTICLE, ARTICLE.c.id == MENTION.c.article_id)
        .order_by(EVENT.c.id)
    )
    for event, told in groupby(reports, key=lambda report: report.id):
        yield event, min(map(_rank, told))[1].astimezone(VIETNAM).date().isoformat()


def _rank(report: Any) -> tuple[bool, datetime]:
    at: datetime = report.published_at or report.seen_at
    return (report.found or {}).get("status") != report.status, at if at.tzinfo else at.replace(tzinfo=UTC)
