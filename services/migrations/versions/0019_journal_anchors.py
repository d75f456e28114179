"""Day anchors of the journals; they cannot be changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLES = ("journal_anchor", "journal_anchor_head")
KEYS = {"journal_anchor": "sequence = NEW.sequence", "journal_anchor_head": "id = NEW.id"}


def _guards(table: str, dialect: str) -> tuple[str, ...]:
    if dialect == "postgresql":
        return (
            f"""
            CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION refuse_change()
            """,
            f"""
            CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
            """,
        )
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    return (
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}",
        # INSERT OR REPLACE deletes without firing delete triggers.
        f"""
        CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}
        WHEN EXISTS (SELECT 1 FROM {table} WHERE {KEYS[table]}) {refuse}
        """,  # noqa: S608 - constants
    )


def upgrade() -> None:
    op.create_table(
        "journal_anchor",
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_journal_anchor"),
        sa.UniqueConstraint("day", name="uq_journal_anchor_day"),
    )
    op.create_table(
        "journal_anchor_head",
        sa.Column("id", Key, nullable=False),
        sa.Column("anchor", sa.Integer(), nullable=False),
        sa.Column("instance_id", Key, nullable=True),
        sa.Column("book", sa.String(length=32), nullable=True),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["anchor"],
            ["journal_anchor.sequence"],
            name="fk_journal_anchor_head_anchor_journal_anchor",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_journal_anchor_head"),
    )
    op.create_index("ix_journal_anchor_head_anchor", "journal_anchor_head", ["anchor"])
    dialect = op.get_bind().dialect.name
    for table in TABLES:
        for statement in _guards(table, dialect):
            op.execute(statement)


def downgrade() -> None:
    op.drop_table("journal_anchor_head")  # takes its triggers along
    op.drop_table("journal_anchor")
