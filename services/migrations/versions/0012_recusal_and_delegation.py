"""Recusal, delegation, and who names somebody for a task nobody can take."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "absence",
        sa.Column("id", Key, nullable=False),
        sa.Column("person_id", Key, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("canceled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_absence_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_absence"),
    )
    with op.batch_alter_table("absence", schema=None) as batch_op:
        batch_op.create_index("ix_absence_person", ["person_id", "ends_on"], unique=False)

    op.create_table(
        "delegation",
        sa.Column("id", Key, nullable=False),
        sa.Column("principal_id", Key, nullable=False),
        sa.Column("agent_id", Key, nullable=False),
        sa.Column("procedure_key", sa.String(length=64), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", Key, nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["person.id"], name="fk_delegation_agent_id_person"),
        sa.ForeignKeyConstraint(
            ["principal_id"], ["person.id"], name="fk_delegation_principal_id_person"
        ),
        sa.ForeignKeyConstraint(
            ["revoked_by"], ["person.id"], name="fk_delegation_revoked_by_person"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_delegation"),
    )
    with op.batch_alter_table("delegation", schema=None) as batch_op:
        batch_op.create_index("ix_delegation_agent", ["agent_id", "ends_on"], unique=False)
        batch_op.create_index("ix_delegation_principal", ["principal_id", "ends_on"], unique=False)

    op.create_table(
        "relationship",
        sa.Column("id", Key, nullable=False),
        sa.Column("person_id", Key, nullable=False),
        sa.Column("relative_id", Key, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("declared_by", Key, nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("ended_by", Key, nullable=True),
        sa.ForeignKeyConstraint(
            ["declared_by"], ["person.id"], name="fk_relationship_declared_by_person"
        ),
        sa.ForeignKeyConstraint(
            ["ended_by"], ["person.id"], name="fk_relationship_ended_by_person"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_relationship_person_id_person"
        ),
        sa.ForeignKeyConstraint(
            ["relative_id"], ["person.id"], name="fk_relationship_relative_id_person"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_relationship"),
    )
    with op.batch_alter_table("relationship", schema=None) as batch_op:
        batch_op.create_index("ix_relationship_person", ["person_id", "relative_id"], unique=False)
        batch_op.create_index(
            "ix_relationship_relative", ["relative_id", "person_id"], unique=False
        )

    op.create_table(
        "recusal",
        sa.Column("id", Key, nullable=False),
        sa.Column("instance_id", Key, nullable=False),
        sa.Column("person_id", Key, nullable=False),
        sa.Column("ground", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", Key, nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", Key, nullable=True),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name="fk_recusal_decided_by_person"),
        sa.ForeignKeyConstraint(
            ["instance_id"],
            ["process_instance.id"],
            name="fk_recusal_instance_id_process_instance",
        ),
        sa.ForeignKeyConstraint(["lifted_by"], ["person.id"], name="fk_recusal_lifted_by_person"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_recusal_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_recusal"),
    )
    with op.batch_alter_table("recusal", schema=None) as batch_op:
        batch_op.create_index("ix_recusal_case", ["instance_id", "person_id"], unique=False)
        batch_op.create_index("ix_recusal_person_id", ["person_id"], unique=False)

    with op.batch_alter_table("user_task", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("separate_from", sa.Text(), server_default="", nullable=False)
        )
        batch_op.add_column(
            sa.Column("in_person", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        batch_op.add_column(sa.Column("arranged_by", Key, nullable=True))
        batch_op.add_column(sa.Column("on_behalf_of", Key, nullable=True))
        batch_op.create_index("ix_user_task_arranged_by", ["arranged_by"], unique=False)
        batch_op.create_foreign_key(
            "fk_user_task_arranged_by_organization",
            "organization",
            ["arranged_by"],
            ["id"],
        )
        batch_op.create_foreign_key(
            "fk_user_task_on_behalf_of_person", "person", ["on_behalf_of"], ["id"]
        )


def downgrade() -> None:
    with op.batch_alter_table("user_task", schema=None) as batch_op:
        batch_op.drop_constraint("fk_user_task_on_behalf_of_person", type_="foreignkey")
        batch_op.drop_constraint("fk_user_task_arranged_by_organization", type_="foreignkey")
        batch_op.drop_index("ix_user_task_arranged_by")
        batch_op.drop_column("on_behalf_of")
        batch_op.drop_column("arranged_by")
        batch_op.drop_column("in_person")
        batch_op.drop_column("separate_from")

    with op.batch_alter_table("recusal", schema=None) as batch_op:
        batch_op.drop_index("ix_recusal_person_id")
        batch_op.drop_index("ix_recusal_case")

    op.drop_table("recusal")
    with op.batch_alter_table("relationship", schema=None) as batch_op:
        batch_op.drop_index("ix_relationship_relative")
        batch_op.drop_index("ix_relationship_person")

    op.drop_table("relationship")
    with op.batch_alter_table("delegation", schema=None) as batch_op:
        batch_op.drop_index("ix_delegation_principal")
        batch_op.drop_index("ix_delegation_agent")

    op.drop_table("delegation")
    with op.batch_alter_table("absence", schema=None) as batch_op:
        batch_op.drop_index("ix_absence_person")

    op.drop_table("absence")
