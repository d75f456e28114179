"""What data stores of diagrams hold: registers that outlive the cases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "data_store_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("register", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column(
            "organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column(
            "instance_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("element_id", sa.String(length=80), nullable=False),
        sa.Column("journal_sequence", sa.Integer(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["instance_id"],
            ["process_instance.id"],
            name=op.f("fk_data_store_entry_instance_id_process_instance"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_data_store_entry_organization_id_organization"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_store_entry")),
        sa.UniqueConstraint(
            "register",
            "organization_id",
            "key",
            "version",
            name=op.f("uq_data_store_entry_register_organization_id_key_version"),
        ),
    )
    with op.batch_alter_table("data_store_entry", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_data_store_entry_instance_id"), ["instance_id"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("data_store_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_data_store_entry_instance_id"))

    op.drop_table("data_store_entry")
