"""Lists of records that two administrators dispose of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "disposal_proposal",
        sa.Column("id", KEY, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("asked_by", KEY, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", KEY, nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> asked_by",
            name=op.f("ck_disposal_proposal_two_people"),
        ),
        sa.ForeignKeyConstraint(
            ["asked_by"],
            ["administrator.id"],
            name=op.f("fk_disposal_proposal_asked_by_administrator"),
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"],
            ["administrator.id"],
            name=op.f("fk_disposal_proposal_decided_by_administrator"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disposal_proposal")),
    )
    op.create_index(op.f("ix_disposal_proposal_state"), "disposal_proposal", ["state"])


def downgrade() -> None:
    op.drop_index(op.f("ix_disposal_proposal_state"), table_name="disposal_proposal")
    op.drop_table("disposal_proposal")
