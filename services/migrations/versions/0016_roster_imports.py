"""Imports of rosters: what was sent, how far it is, and the rows still of interest."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "roster_import",
        sa.Column("id", Key, nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("phase", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("counts", sa.LargeBinary(), nullable=False),
        sa.Column("layout", sa.LargeBinary(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.Column("ordered_by", Key, nullable=True),
        sa.Column("capacity", sa.String(length=120), nullable=False),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["ordered_by"],
            ["person.id"],
            name="fk_roster_import_ordered_by_person",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_roster_import"),
    )
    op.create_index("ix_roster_import_ordered_by", "roster_import", ["ordered_by"])

    op.create_table(
        "roster_row",
        sa.Column("id", Key, nullable=False),
        sa.Column("import_id", Key, nullable=False),
        sa.Column("sheet", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("cells", sa.Text(), nullable=False),
        sa.Column("key", sa.String(length=81), nullable=True),
        sa.Column("second_key", sa.String(length=81), nullable=True),
        sa.Column("effect", sa.String(length=32), nullable=True),
        sa.Column("remarks", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["roster_import.id"],
            name="fk_roster_row_import_id_roster_import",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_roster_row"),
    )
    op.create_index("ix_roster_row_effect", "roster_row", ["import_id", "effect", "id"])
    op.create_index("ix_roster_row_order", "roster_row", ["import_id", "id"])
    op.create_index("ix_roster_row_key", "roster_row", ["import_id", "key"])
    op.create_index("ix_roster_row_second_key", "roster_row", ["import_id", "second_key"])


def downgrade() -> None:
    op.drop_index("ix_roster_row_second_key", table_name="roster_row")
    op.drop_index("ix_roster_row_order", table_name="roster_row")
    op.drop_index("ix_roster_row_key", table_name="roster_row")
    op.drop_index("ix_roster_row_effect", table_name="roster_row")

    op.drop_table("roster_row")
    op.drop_index("ix_roster_import_ordered_by", table_name="roster_import")

    op.drop_table("roster_import")
