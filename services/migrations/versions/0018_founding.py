"""Proposals to found bodies without a superior."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "root_proposal",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("short_name", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("level", sa.String(length=32), nullable=False),
        sa.Column("established_on", sa.Date(), nullable=False),
        sa.Column("document_number", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("asked_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "decided_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> asked_by", name=op.f("ck_root_proposal_two_people")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["administrator.id"], name=op.f("fk_root_proposal_asked_by_administrator")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"],
            ["administrator.id"],
            name=op.f("fk_root_proposal_decided_by_administrator"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_root_proposal_organization_id_organization"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_root_proposal")),
    )
    with op.batch_alter_table("root_proposal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_root_proposal_state"), ["state"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("root_proposal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_root_proposal_state"))

    op.drop_table("root_proposal")
