"""What can be taken back stands in the row of its case, with what the ended tasks had.

Acts of before had their drafts deleted: nothing of them can be put back.
"""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NOTHING: dict[str, list[object]] = {"drafts": [], "submissions": [], "asked": []}

INSTANCE = sa.table(
    "process_instance", sa.column("id", sa.Integer), sa.column("latest_act", sa.LargeBinary)
)
LATEST = sa.table(
    "latest_act",
    sa.column("instance_id", sa.Integer),
    sa.column("task_id", sa.String),
    sa.column("before", sa.LargeBinary),
    sa.column("revision", sa.Integer),
    sa.column("journal_length", sa.Integer),
    sa.column("lasting", sa.String),
)


def upgrade() -> None:
    op.add_column("process_instance", sa.Column("latest_act", sa.LargeBinary(), nullable=True))
    connection = op.get_bind()
    for key in connection.scalars(sa.select(LATEST.c.instance_id)).all():
        row = connection.execute(sa.select(LATEST).where(LATEST.c.instance_id == key)).one()
        facts = {
            "task_id": row.task_id,
            "revision": row.revision,
            "journal_length": row.journal_length,
            "lasting": row.lasting,
            "left": NOTHING,
        }
        connection.execute(
            sa.update(INSTANCE)
            .where(INSTANCE.c.id == key)
            .values(latest_act=json.dumps(facts).encode() + b"\n" + row.before)
        )
    op.drop_table("latest_act")


def downgrade() -> None:
    op.create_table(
        "latest_act",
        sa.Column("instance_id", Key, nullable=False),
        sa.Column("task_id", sa.String(length=36), nullable=False),
        sa.Column("before", sa.LargeBinary(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("journal_length", sa.Integer(), nullable=False),
        sa.Column("lasting", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["instance_id"],
            ["process_instance.id"],
            name=op.f("fk_latest_act_instance_id_process_instance"),
        ),
        sa.ForeignKeyConstraint(
            ["task_id"], ["user_task.id"], name=op.f("fk_latest_act_task_id_user_task")
        ),
        sa.PrimaryKeyConstraint("instance_id", name=op.f("pk_latest_act")),
    )
    connection = op.get_bind()
    kept = sa.select(INSTANCE.c.id).where(INSTANCE.c.latest_act.is_not(None))
    for key in connection.scalars(kept).all():
        stored = connection.scalars(
            sa.select(INSTANCE.c.latest_act).where(INSTANCE.c.id == key)
        ).one()
        facts, _, before = stored.partition(b"\n")
        values = json.loads(facts)
        del values["left"]
        connection.execute(sa.insert(LATEST).values(instance_id=key, before=before, **values))
    op.drop_column("process_instance", "latest_act")
