"""Logins: administrators, sessions, second factors, and what waits for a second administrator.

Going back removes the accounts of administrators: a login of nobody had no place before.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "administrator",
        sa.Column("id", Key, nullable=False),
        sa.Column("account_id", Key, nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_administrator_account_id_account"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_administrator"),
        sa.UniqueConstraint("account_id", name="uq_administrator_account_id"),
    )
    with op.batch_alter_table("administrator") as batch_op:
        batch_op.create_index(
            "uq_administrator_number",
            ["number"],
            unique=True,
            sqlite_where=sa.text("revoked_at IS NULL"),
            postgresql_where=sa.text("revoked_at IS NULL"),
        )

    op.create_table(
        "login_session",
        sa.Column("id", Key, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", Key, nullable=False),
        sa.Column("awaits_code", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("agent", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_login_session_account_id_account"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_login_session"),
        sa.UniqueConstraint("token_hash", name="uq_login_session_token_hash"),
    )
    with op.batch_alter_table("login_session") as batch_op:
        batch_op.create_index("ix_login_session_account_id", ["account_id"])

    op.create_table(
        "recovery_code",
        sa.Column("id", Key, nullable=False),
        sa.Column("account_id", Key, nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_recovery_code_account_id_account"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_recovery_code"),
    )
    with op.batch_alter_table("recovery_code") as batch_op:
        batch_op.create_index("ix_recovery_code_account_id", ["account_id"])

    op.create_table(
        "second_factor",
        sa.Column("account_id", Key, nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_second_factor_account_id_account"
        ),
        sa.PrimaryKeyConstraint("account_id", name="pk_second_factor"),
    )
    op.create_table(
        "account_request",
        sa.Column("id", Key, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("account_id", Key, nullable=True),
        sa.Column("person_id", Key, nullable=True),
        sa.Column("role", sa.String(length=32), nullable=True),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("sign_on_name", sa.String(length=128), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", Key, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", Key, nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> asked_by", name="ck_account_request_two_people"
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_account_request_account_id_account"
        ),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["administrator.id"], name="fk_account_request_asked_by_administrator"
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["administrator.id"], name="fk_account_request_decided_by_administrator"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_account_request_person_id_person"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_account_request"),
    )
    with op.batch_alter_table("account_request") as batch_op:
        batch_op.create_index("ix_account_request_account_id", ["account_id"])
        batch_op.create_index("ix_account_request_state", ["state", "id"])

    with op.batch_alter_table("account") as batch_op:
        batch_op.add_column(sa.Column("password_set_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("one_time_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("sign_on_name", sa.String(length=128), nullable=True))
        batch_op.add_column(
            sa.Column("is_disabled", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        batch_op.alter_column("person_id", existing_type=Key, nullable=True)
        batch_op.create_unique_constraint("uq_account_sign_on_name", ["sign_on_name"])


def downgrade() -> None:
    op.drop_table("account_request")
    op.drop_table("second_factor")
    op.drop_table("recovery_code")
    op.drop_table("login_session")
    op.drop_table("administrator")
    op.execute("DELETE FROM account WHERE person_id IS NULL")
    with op.batch_alter_table("account") as batch_op:
        batch_op.drop_constraint("uq_account_sign_on_name", type_="unique")
        batch_op.alter_column("person_id", existing_type=Key, nullable=False)
        batch_op.drop_column("is_disabled")
        batch_op.drop_column("sign_on_name")
        batch_op.drop_column("one_time_until")
        batch_op.drop_column("password_set_at")
