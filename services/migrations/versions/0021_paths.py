"""Paths of bodies compare by code point on PostgreSQL too; bodies are found by their department."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

LENGTH = 255
BY_CODE_POINT = sa.String(LENGTH, collation="C")
BY_LANGUAGE = sa.String(LENGTH, collation="default")


def upgrade() -> None:
    op.create_index("ix_organization_department_id", "organization", ["department_id"])
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("organization", "path", type_=BY_CODE_POINT)


def downgrade() -> None:
    op.drop_index("ix_organization_department_id", table_name="organization")
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("organization", "path", type_=BY_LANGUAGE)
