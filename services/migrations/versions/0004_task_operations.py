"""Handing on, delegating, signing, urging and circulating."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "circulation",
        sa.Column("id", Key, nullable=False),
        sa.Column("instance_id", Key, nullable=False),
        sa.Column("step_name", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("person_id", Key, nullable=False),
        sa.Column("sender_id", Key, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column("urged_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["instance_id"],
            ["process_instance.id"],
            name="fk_circulation_instance_id_process_instance",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_circulation_person_id_person"
        ),
        sa.ForeignKeyConstraint(
            ["sender_id"], ["person.id"], name="fk_circulation_sender_id_person"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_circulation"),
    )
    with op.batch_alter_table("circulation", schema=None) as batch_op:
        batch_op.create_index("ix_circulation_case", ["instance_id", "sender_id"], unique=False)
        batch_op.create_index("ix_circulation_reader", ["person_id", "read_at"], unique=False)

    op.create_table(
        "sub_task",
        sa.Column("id", Key, nullable=False),
        sa.Column("parent_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("person_id", Key, nullable=False),
        sa.Column("requested_by", Key, nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verdict", sa.String(length=32), nullable=True),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["user_task.id"], name="fk_sub_task_parent_id_user_task"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_sub_task_person_id_person"),
        sa.ForeignKeyConstraint(
            ["requested_by"], ["person.id"], name="fk_sub_task_requested_by_person"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_sub_task"),
    )
    with op.batch_alter_table("sub_task", schema=None) as batch_op:
        batch_op.create_index("ix_sub_task_parent_id", ["parent_id"], unique=False)
        batch_op.create_index("ix_sub_task_person", ["person_id", "state"], unique=False)

    op.create_table(
        "task_submission",
        sa.Column("task_id", sa.String(length=36), nullable=False),
        sa.Column("person_id", Key, nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column("late_reason", sa.Text(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("acted_on", sa.Date(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_task_submission_person_id_person"
        ),
        sa.ForeignKeyConstraint(
            ["task_id"], ["user_task.id"], name="fk_task_submission_task_id_user_task"
        ),
        sa.PrimaryKeyConstraint("task_id", name="pk_task_submission"),
    )
    op.create_table(
        "task_transfer",
        sa.Column("id", Key, nullable=False),
        sa.Column("task_id", sa.String(length=36), nullable=False),
        sa.Column("from_id", Key, nullable=False),
        sa.Column("to_id", Key, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("transferred_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["from_id"], ["person.id"], name="fk_task_transfer_from_id_person"),
        sa.ForeignKeyConstraint(
            ["task_id"], ["user_task.id"], name="fk_task_transfer_task_id_user_task"
        ),
        sa.ForeignKeyConstraint(["to_id"], ["person.id"], name="fk_task_transfer_to_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_task_transfer"),
    )
    with op.batch_alter_table("task_transfer", schema=None) as batch_op:
        batch_op.create_index("ix_task_transfer_from_id", ["from_id"], unique=False)
        batch_op.create_index("ix_task_transfer_task_id", ["task_id"], unique=False)
        batch_op.create_index("ix_task_transfer_to_id", ["to_id"], unique=False)

    with op.batch_alter_table("user_task", schema=None) as batch_op:
        batch_op.add_column(sa.Column("urged_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("user_task", schema=None) as batch_op:
        batch_op.drop_column("urged_at")

    with op.batch_alter_table("task_transfer", schema=None) as batch_op:
        batch_op.drop_index("ix_task_transfer_to_id")
        batch_op.drop_index("ix_task_transfer_task_id")
        batch_op.drop_index("ix_task_transfer_from_id")

    op.drop_table("task_transfer")
    op.drop_table("task_submission")
    with op.batch_alter_table("sub_task", schema=None) as batch_op:
        batch_op.drop_index("ix_sub_task_person")
        batch_op.drop_index("ix_sub_task_parent_id")

    op.drop_table("sub_task")
    with op.batch_alter_table("circulation", schema=None) as batch_op:
        batch_op.drop_index("ix_circulation_reader")
        batch_op.drop_index("ix_circulation_case")

    op.drop_table("circulation")
