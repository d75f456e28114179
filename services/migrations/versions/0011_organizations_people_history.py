"""Organisations and people with their history.

What is known becomes the first entry of each history: every body was entered under its present
name, every person belongs to the present body, since a day that was not recorded.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "organization_change",
        sa.Column("id", Key, nullable=False),
        sa.Column("organization_id", Key, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("acted_on", sa.Date(), nullable=True),
        sa.Column("document_number", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("short_name", sa.String(length=40), nullable=False),
        sa.Column("parent_id", Key, nullable=True),
        sa.Column("counterpart_id", Key, nullable=True),
        sa.ForeignKeyConstraint(
            ["counterpart_id"],
            ["organization.id"],
            name="fk_organization_change_counterpart_id_organization",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name="fk_organization_change_organization_id_organization",
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["organization.id"],
            name="fk_organization_change_parent_id_organization",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_organization_change"),
    )
    op.create_index(
        "ix_organization_change_body", "organization_change", ["organization_id", "acted_on"]
    )
    op.create_table(
        "membership",
        sa.Column("id", Key, nullable=False),
        sa.Column("person_id", Key, nullable=False),
        sa.Column("organization_id", Key, nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("start_document", sa.String(length=80), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("end_document", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name="fk_membership_organization_id_organization",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_membership_person_id_person"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_membership"),
    )
    op.create_index("ix_membership_organization_id", "membership", ["organization_id"])
    op.create_index("ix_membership_person_id", "membership", ["person_id"])
    for table_name, column in (
        ("appointment", "document_number"),
        ("appointment", "end_document"),
        ("approval_power", "end_document"),
    ):
        op.add_column(
            table_name, sa.Column(column, sa.String(length=80), server_default="", nullable=False)
        )
    op.add_column(
        "task_submission",
        sa.Column("capacity", sa.String(length=120), server_default="", nullable=False),
    )
    with op.batch_alter_table("organization") as table:
        table.add_column(sa.Column("dissolved_on", sa.Date(), nullable=True))
        table.add_column(sa.Column("successor_id", Key, nullable=True))
        table.create_foreign_key(
            "fk_organization_successor_id_organization", "organization", ["successor_id"], ["id"]
        )
    with op.batch_alter_table("person") as table:
        table.add_column(
            sa.Column("kind", sa.String(length=32), server_default="lawyer", nullable=False)
        )
        table.add_column(sa.Column("employer_id", Key, nullable=True))
        table.add_column(sa.Column("left_on", sa.Date(), nullable=True))
        table.create_foreign_key(
            "fk_person_employer_id_organization", "organization", ["employer_id"], ["id"]
        )
    for kind, occupation in (("intern", "实习律师"), ("party_worker", "党务工作者")):
        op.execute(
            sa.text("UPDATE person SET kind = :kind WHERE occupation = :occupation").bindparams(
                kind=kind, occupation=occupation
            )
        )
    op.execute(
        "INSERT INTO organization_change"
        " (organization_id, kind, document_number, name, short_name, parent_id)"
        " SELECT id, 'registered', '', name, short_name, parent_id FROM organization ORDER BY id"
    )
    op.execute(
        "INSERT INTO membership (person_id, organization_id, start_document, end_document)"
        " SELECT id, organization_id, '', '' FROM person ORDER BY id"
    )


def downgrade() -> None:
    with op.batch_alter_table("person") as table:
        table.drop_constraint("fk_person_employer_id_organization", type_="foreignkey")
        table.drop_column("left_on")
        table.drop_column("employer_id")
        table.drop_column("kind")
    with op.batch_alter_table("organization") as table:
        table.drop_constraint("fk_organization_successor_id_organization", type_="foreignkey")
        table.drop_column("successor_id")
        table.drop_column("dissolved_on")
    for table_name, column in (
        ("task_submission", "capacity"),
        ("approval_power", "end_document"),
        ("appointment", "end_document"),
        ("appointment", "document_number"),
    ):
        op.drop_column(table_name, column)
    op.drop_table("membership")
    op.drop_table("organization_change")
