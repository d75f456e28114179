"""All tables of the first release."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "demo_clock",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("offset_seconds", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_demo_clock"),
    )
    op.create_table(
        "deployment",
        sa.Column("id", Key, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=32), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("deployed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_deployment"),
        sa.UniqueConstraint("key", "version", name="uq_deployment_key_version"),
    )
    op.create_index("ix_deployment_key", "deployment", ["key"], unique=False)
    op.create_table(
        "login_failure",
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_failed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("login", name="pk_login_failure"),
    )
    op.create_index(
        "ix_login_failure_last_failed_at", "login_failure", ["last_failed_at"], unique=False
    )
    op.create_table(
        "organization",
        sa.Column("id", Key, nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("short_name", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("level", sa.String(length=32), nullable=False),
        sa.Column("parent_id", Key, nullable=True),
        sa.Column("path", sa.String(length=255), nullable=False),
        sa.Column("department_id", Key, nullable=True),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["organization.id"],
            name="fk_organization_department_id_organization",
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["organization.id"], name="fk_organization_parent_id_organization"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_organization"),
        sa.UniqueConstraint("code", name="uq_organization_code"),
    )
    op.create_index("ix_organization_parent_id", "organization", ["parent_id"], unique=False)
    op.create_index("ix_organization_path", "organization", ["path"], unique=False)
    op.create_table(
        "approval_power",
        sa.Column("id", Key, nullable=False),
        sa.Column("organization_id", Key, nullable=False),
        sa.Column("document_number", sa.String(length=80), nullable=False),
        sa.Column("granted_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name="fk_approval_power_organization_id_organization",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_approval_power"),
    )
    op.create_index(
        "ix_approval_power_organization_id", "approval_power", ["organization_id"], unique=False
    )
    op.create_table(
        "deployed_file",
        sa.Column("id", Key, nullable=False),
        sa.Column("deployment_id", Key, nullable=False),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["deployment_id"], ["deployment.id"], name="fk_deployed_file_deployment_id_deployment"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_deployed_file"),
        sa.UniqueConstraint("deployment_id", "path", name="uq_deployed_file_deployment_id_path"),
    )
    op.create_table(
        "person",
        sa.Column("id", Key, nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("pinyin", sa.String(length=200), nullable=False),
        sa.Column("sex", sa.String(length=4), nullable=False),
        sa.Column("born_on", sa.Date(), nullable=False),
        sa.Column("occupation", sa.String(length=40), nullable=False),
        sa.Column("organization_id", Key, nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("status_since", sa.Date(), nullable=True),
        sa.Column("voting_right", sa.String(length=32), nullable=False),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name="fk_person_organization_id_organization"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
    )
    op.create_index("ix_person_organization_id", "person", ["organization_id"], unique=False)
    op.create_table(
        "account",
        sa.Column("id", Key, nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("password_hash", sa.String(length=256), nullable=False),
        sa.Column("person_id", Key, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_account_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_account"),
        sa.UniqueConstraint("login", name="uq_account_login"),
        sa.UniqueConstraint("person_id", name="uq_account_person_id"),
    )
    op.create_table(
        "appointment",
        sa.Column("id", Key, nullable=False),
        sa.Column("person_id", Key, nullable=False),
        sa.Column("organization_id", Key, nullable=False),
        sa.Column("post", sa.String(length=32), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name="fk_appointment_organization_id_organization",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_appointment_person_id_person"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_appointment"),
    )
    op.create_index(
        "ix_appointment_body_post", "appointment", ["organization_id", "post"], unique=False
    )
    op.create_index("ix_appointment_person_id", "appointment", ["person_id"], unique=False)
    op.create_table(
        "process_instance",
        sa.Column("id", Key, nullable=False),
        sa.Column("deployment_id", Key, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("organization_id", Key, nullable=False),
        sa.Column("subject_id", Key, nullable=True),
        sa.Column("started_by", Key, nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("outcome", sa.String(length=64), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.Column("variables", sa.LargeBinary(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("next_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("messages", sa.Text(), nullable=False),
        sa.Column("journal_length", sa.Integer(), nullable=False),
        sa.Column("journal_hash", sa.String(length=64), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["deployment_id"],
            ["deployment.id"],
            name="fk_process_instance_deployment_id_deployment",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name="fk_process_instance_organization_id_organization",
        ),
        sa.ForeignKeyConstraint(
            ["started_by"], ["person.id"], name="fk_process_instance_started_by_person"
        ),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["person.id"], name="fk_process_instance_subject_id_person"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_process_instance"),
        sa.UniqueConstraint(
            "key", "year", "sequence", name="uq_process_instance_key_year_sequence"
        ),
        sa.UniqueConstraint("number", name="uq_process_instance_number"),
    )
    op.create_index(
        "ix_process_instance_deployment_id", "process_instance", ["deployment_id"], unique=False
    )
    op.create_index(
        "ix_process_instance_organization_id", "process_instance", ["organization_id"], unique=False
    )
    op.create_index(
        "ix_process_instance_started_by", "process_instance", ["started_by"], unique=False
    )
    op.create_index(
        "ix_process_instance_subject_id", "process_instance", ["subject_id"], unique=False
    )
    op.create_index(
        "ix_process_instance_timer", "process_instance", ["status", "next_due_at"], unique=False
    )
    op.create_table(
        "attachment",
        sa.Column("id", Key, nullable=False),
        sa.Column("instance_id", Key, nullable=True),
        sa.Column("task_id", sa.String(length=36), nullable=True),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("uploaded_by", Key, nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["instance_id"],
            ["process_instance.id"],
            name="fk_attachment_instance_id_process_instance",
        ),
        sa.ForeignKeyConstraint(
            ["uploaded_by"], ["person.id"], name="fk_attachment_uploaded_by_person"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_attachment"),
    )
    op.create_index("ix_attachment_instance_id", "attachment", ["instance_id"], unique=False)
    op.create_table(
        "job",
        sa.Column("id", Key, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("instance_id", Key, nullable=True),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("run_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("locked_by", sa.String(length=64), nullable=True),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["process_instance.id"], name="fk_job_instance_id_process_instance"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_job"),
    )
    op.create_index("ix_job_due", "job", ["state", "run_at"], unique=False)
    op.create_index("ix_job_instance_id", "job", ["instance_id"], unique=False)
    op.create_index(
        "uq_job_open_key",
        "job",
        ["key"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "journal_entry",
        sa.Column("id", Key, nullable=False),
        sa.Column("instance_id", Key, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("acted_on", sa.Date(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", Key, nullable=True),
        sa.Column("capacity", sa.String(length=120), nullable=False),
        sa.Column("element_id", sa.String(length=80), nullable=False),
        sa.Column("task_id", sa.String(length=36), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["person.id"], name="fk_journal_entry_actor_id_person"
        ),
        sa.ForeignKeyConstraint(
            ["instance_id"],
            ["process_instance.id"],
            name="fk_journal_entry_instance_id_process_instance",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_journal_entry"),
        sa.UniqueConstraint(
            "instance_id", "sequence", name="uq_journal_entry_instance_id_sequence"
        ),
    )
    op.create_table(
        "notification",
        sa.Column("id", Key, nullable=False),
        sa.Column("person_id", Key, nullable=False),
        sa.Column("instance_id", Key, nullable=True),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["instance_id"],
            ["process_instance.id"],
            name="fk_notification_instance_id_process_instance",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_notification_person_id_person"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_notification"),
    )
    op.create_index(
        "ix_notification_recipient", "notification", ["person_id", "read_at"], unique=False
    )
    op.create_table(
        "user_task",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("instance_id", Key, nullable=False),
        sa.Column("element_id", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("lane_id", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("assignee_id", Key, nullable=True),
        sa.Column("organization_id", Key, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("earliest_on", sa.Date(), nullable=True),
        sa.Column("deadlines", sa.LargeBinary(), nullable=False),
        sa.Column("fallback_reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sender_id", Key, nullable=True),
        sa.Column("not_before", sa.Date(), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_by", Key, nullable=True),
        sa.Column("acted_on", sa.Date(), nullable=True),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["assignee_id"], ["person.id"], name="fk_user_task_assignee_id_person"
        ),
        sa.ForeignKeyConstraint(
            ["completed_by"], ["person.id"], name="fk_user_task_completed_by_person"
        ),
        sa.ForeignKeyConstraint(
            ["instance_id"],
            ["process_instance.id"],
            name="fk_user_task_instance_id_process_instance",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name="fk_user_task_organization_id_organization",
        ),
        sa.ForeignKeyConstraint(["sender_id"], ["person.id"], name="fk_user_task_sender_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_user_task"),
    )
    op.create_index("ix_user_task_assignee", "user_task", ["assignee_id", "state"], unique=False)
    op.create_index(
        "ix_user_task_completed_by", "user_task", ["completed_by", "completed_at"], unique=False
    )
    op.create_index("ix_user_task_instance_id", "user_task", ["instance_id"], unique=False)
    op.create_index("ix_user_task_state_due", "user_task", ["state", "due_on"], unique=False)
    op.create_table(
        "task_candidate",
        sa.Column("id", Key, nullable=False),
        sa.Column("task_id", sa.String(length=36), nullable=False),
        sa.Column("organization_id", Key, nullable=True),
        sa.Column("post", sa.String(length=32), nullable=True),
        sa.Column("person_id", Key, nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name="fk_task_candidate_organization_id_organization",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_task_candidate_person_id_person"
        ),
        sa.ForeignKeyConstraint(
            ["task_id"], ["user_task.id"], name="fk_task_candidate_task_id_user_task"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_task_candidate"),
    )
    op.create_index("ix_task_candidate_person", "task_candidate", ["person_id"], unique=False)
    op.create_index(
        "ix_task_candidate_post", "task_candidate", ["organization_id", "post"], unique=False
    )
    op.create_index("ix_task_candidate_task_id", "task_candidate", ["task_id"], unique=False)
    op.create_table(
        "task_draft",
        sa.Column("task_id", sa.String(length=36), nullable=False),
        sa.Column("person_id", Key, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column("late_reason", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_task_draft_person_id_person"
        ),
        sa.ForeignKeyConstraint(
            ["task_id"], ["user_task.id"], name="fk_task_draft_task_id_user_task"
        ),
        sa.PrimaryKeyConstraint("task_id", "person_id", name="pk_task_draft"),
    )


def downgrade() -> None:
    op.drop_table("task_draft")
    op.drop_index("ix_task_candidate_task_id", table_name="task_candidate")
    op.drop_index("ix_task_candidate_post", table_name="task_candidate")
    op.drop_index("ix_task_candidate_person", table_name="task_candidate")
    op.drop_table("task_candidate")
    op.drop_index("ix_user_task_state_due", table_name="user_task")
    op.drop_index("ix_user_task_instance_id", table_name="user_task")
    op.drop_index("ix_user_task_completed_by", table_name="user_task")
    op.drop_index("ix_user_task_assignee", table_name="user_task")
    op.drop_table("user_task")
    op.drop_index("ix_notification_recipient", table_name="notification")
    op.drop_table("notification")
    op.drop_table("journal_entry")
    op.drop_index(
        "uq_job_open_key",
        table_name="job",
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.drop_index("ix_job_instance_id", table_name="job")
    op.drop_index("ix_job_due", table_name="job")
    op.drop_table("job")
    op.drop_index("ix_attachment_instance_id", table_name="attachment")
    op.drop_table("attachment")
    op.drop_index("ix_process_instance_timer", table_name="process_instance")
    op.drop_index("ix_process_instance_subject_id", table_name="process_instance")
    op.drop_index("ix_process_instance_started_by", table_name="process_instance")
    op.drop_index("ix_process_instance_organization_id", table_name="process_instance")
    op.drop_index("ix_process_instance_deployment_id", table_name="process_instance")
    op.drop_table("process_instance")
    op.drop_index("ix_appointment_person_id", table_name="appointment")
    op.drop_index("ix_appointment_body_post", table_name="appointment")
    op.drop_table("appointment")
    op.drop_table("account")
    op.drop_index("ix_person_organization_id", table_name="person")
    op.drop_table("person")
    op.drop_table("deployed_file")
    op.drop_index("ix_approval_power_organization_id", table_name="approval_power")
    op.drop_table("approval_power")
    op.drop_index("ix_organization_path", table_name="organization")
    op.drop_index("ix_organization_parent_id", table_name="organization")
    op.drop_table("organization")
    op.drop_index("ix_login_failure_last_failed_at", table_name="login_failure")
    op.drop_table("login_failure")
    op.drop_index("ix_deployment_key", table_name="deployment")
    op.drop_table("deployment")
    op.drop_table("demo_clock")
