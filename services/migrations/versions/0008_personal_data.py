"""Identity number, phone and address of a person, encrypted; two of them searchable by digest."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SEARCHABLE = ("identity_number", "phone")


def upgrade() -> None:
    for name in (*SEARCHABLE, "address"):
        op.add_column("person", sa.Column(name, sa.Text(), nullable=True))
    for name in SEARCHABLE:
        op.add_column("person", sa.Column(f"{name}_hmac", sa.String(length=81), nullable=True))
        op.create_index(f"ix_person_{name}_hmac", "person", [f"{name}_hmac"])


def downgrade() -> None:
    for name in SEARCHABLE:
        op.drop_index(f"ix_person_{name}_hmac", table_name="person")
        op.drop_column("person", f"{name}_hmac")
    for name in (*SEARCHABLE, "address"):
        op.drop_column("person", name)
