"""What staff decide: marks on events, events told apart or together, and the pairs that stay apart."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.add_column(sa.Column("verdict", sa.String(length=10), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("same_as_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_event_same_as_id_event"), "event", ["same_as_id"], ["id"])
        batch_op.create_index(batch_op.f("ix_event_verdict"), ["verdict"], unique=False)
        batch_op.create_index(batch_op.f("ix_event_same_as_id"), ["same_as_id"], unique=False)

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
