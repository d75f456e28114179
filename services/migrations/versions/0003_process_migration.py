"""Migrations of cases; the version each task belongs to; what was explored at deployment."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "process_migration",
        sa.Column("id", Key, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("from_deployment_id", Key, nullable=False),
        sa.Column("to_deployment_id", Key, nullable=False),
        sa.Column("mapping", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("started_by", Key, nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["from_deployment_id"],
            ["deployment.id"],
            name="fk_process_migration_from_deployment_id_deployment",
        ),
        sa.ForeignKeyConstraint(
            ["started_by"], ["person.id"], name="fk_process_migration_started_by_person"
        ),
        sa.ForeignKeyConstraint(
            ["to_deployment_id"],
            ["deployment.id"],
            name="fk_process_migration_to_deployment_id_deployment",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_process_migration"),
    )
    op.create_index("ix_process_migration_key", "process_migration", ["key"])
    op.create_table(
        "process_migration_item",
        sa.Column("id", Key, nullable=False),
        sa.Column("migration_id", Key, nullable=False),
        sa.Column("instance_id", Key, nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["instance_id"],
            ["process_instance.id"],
            name="fk_process_migration_item_instance_id_process_instance",
        ),
        sa.ForeignKeyConstraint(
            ["migration_id"],
            ["process_migration.id"],
            name="fk_process_migration_item_migration_id_process_migration",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_process_migration_item"),
        sa.UniqueConstraint(
            "migration_id",
            "instance_id",
            name="uq_process_migration_item_migration_id_instance_id",
        ),
    )
    op.create_index(
        "ix_process_migration_item_instance_id", "process_migration_item", ["instance_id"]
    )
    op.create_index(
        "ix_process_migration_item_state", "process_migration_item", ["migration_id", "state"]
    )
    with op.batch_alter_table("deployment") as table:
        table.add_column(
            sa.Column("explored_states", sa.Integer(), server_default="0", nullable=False)
        )
        table.add_column(
            sa.Column("explored_fully", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
    # Until this release no case ever changed its version, so that of the case is the task's too.
    op.add_column("user_task", sa.Column("deployment_id", Key, nullable=True))
    op.execute(
        "UPDATE user_task SET deployment_id = (SELECT deployment_id FROM process_instance"
        " WHERE process_instance.id = user_task.instance_id)"
    )
    with op.batch_alter_table("user_task") as table:
        table.alter_column("deployment_id", existing_type=Key, nullable=False)
        table.create_foreign_key(
            "fk_user_task_deployment_id_deployment", "deployment", ["deployment_id"], ["id"]
        )


def downgrade() -> None:
    with op.batch_alter_table("user_task") as table:
        table.drop_constraint("fk_user_task_deployment_id_deployment", type_="foreignkey")
        table.drop_column("deployment_id")
    with op.batch_alter_table("deployment") as table:
        table.drop_column("explored_fully")
        table.drop_column("explored_states")
    op.drop_table("process_migration_item")
    op.drop_table("process_migration")
