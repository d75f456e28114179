"""Events between cases: who waits for what, and what jobs are looked up by.

The messages a case waits for were a text in its row.  They become subscriptions without element and
key; the next command of the case puts the exact ones in their place.
"""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    subscription = op.create_table(
        "event_subscription",
        sa.Column("id", Key, nullable=False),
        sa.Column("instance_id", Key, nullable=True),
        sa.Column("deployment_id", Key, nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("element_id", sa.String(length=80), nullable=False),
        sa.Column("key_digest", sa.String(length=64), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["deployment_id"],
            ["deployment.id"],
            name="fk_event_subscription_deployment_id_deployment",
        ),
        sa.ForeignKeyConstraint(
            ["instance_id"],
            ["process_instance.id"],
            name="fk_event_subscription_instance_id_process_instance",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_event_subscription"),
    )
    op.create_index("ix_event_subscription_deployment_id", "event_subscription", ["deployment_id"])
    op.create_index("ix_event_subscription_instance_id", "event_subscription", ["instance_id"])
    op.create_index(
        "ix_event_subscription_name", "event_subscription", ["name", "kind", "key_digest"]
    )
    op.add_column("job", sa.Column("topic", sa.Text(), server_default="", nullable=False))
    op.create_index("ix_job_topic", "job", ["topic", "state"])
    op.add_column(
        "process_instance", sa.Column("awaits", sa.Text(), server_default="[]", nullable=False)
    )
    _subscribe(subscription)
    op.drop_column("process_instance", "messages")


def downgrade() -> None:
    op.add_column(
        "process_instance", sa.Column("messages", sa.Text(), server_default="", nullable=False)
    )
    _write_messages()
    op.drop_column("process_instance", "awaits")
    op.drop_index("ix_job_topic", table_name="job")
    op.drop_column("job", "topic")
    op.drop_index("ix_event_subscription_name", table_name="event_subscription")
    op.drop_index("ix_event_subscription_instance_id", table_name="event_subscription")
    op.drop_index("ix_event_subscription_deployment_id", table_name="event_subscription")
    op.drop_table("event_subscription")


INSTANCE = sa.table(
    "process_instance",
    sa.column("id", sa.Integer),
    sa.column("messages", sa.Text),
    sa.column("awaits", sa.Text),
    sa.column("started_at", sa.DateTime(timezone=True)),
)


def _subscribe(subscription: sa.Table) -> None:
    connection = op.get_bind()
    waiting = connection.execute(
        sa.select(INSTANCE.c.id, INSTANCE.c.messages, INSTANCE.c.started_at)
        .where(INSTANCE.c.messages != "")
        .order_by(INSTANCE.c.id)
    ).all()
    for instance_id, messages, started_at in waiting:
        names = messages.split("\n")
        connection.execute(
            sa.update(INSTANCE)
            .where(INSTANCE.c.id == instance_id)
            .values(awaits=json.dumps([["message", name, "", ""] for name in names]))
        )
        connection.execute(
            sa.insert(subscription),
            [
                {
                    "instance_id": instance_id,
                    "kind": "message",
                    "name": name,
                    "element_id": "",
                    "key_digest": "",
                    "since": started_at,
                }
                for name in names
            ],
        )


def _write_messages() -> None:
    connection = op.get_bind()
    waiting = connection.execute(
        sa.select(INSTANCE.c.id, INSTANCE.c.awaits).where(INSTANCE.c.awaits != "[]")
    ).all()
    for instance_id, awaits in waiting:
        names = sorted({row[1] for row in json.loads(awaits) if row[0] == "message"})
        connection.execute(
            sa.update(INSTANCE)
            .where(INSTANCE.c.id == instance_id)
            .values(messages="\n".join(names))
        )
