"""Schema versions: up, equal to the models, down; on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import MetaData, inspect, select, text
from sqlalchemy.exc import DBAPIError

from engine.model import InstanceStatus, TriggerKind
from services.audit.models import EntryKind, JournalEntry
from services.bootstrap import create_application
from services.db import Database
from services.demo.world import cast, seed
from services.events.models import EventSubscription
from services.events.subscriptions import awaited
from services.migrations.commands import SchemaDrift, check, downgrade, upgrade
from services.people.models import Person
from services.people.search import matches
from services.processes.models import Deployment, ProcessInstance
from services.settings import Settings
from tests.stores import empty_database

NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database, dropped afterwards."""
    with empty_database(request.param, tmp_path) as address:
        yield address


def tables(url: str) -> set[str]:
    database = Database(url)
    try:
        return set(inspect(database.engine).get_table_names())
    finally:
        database.dispose()


def test_up_is_what_the_models_say_and_down_leaves_nothing(url: str) -> None:
    upgrade(url)
    upgrade(url)
    check(url)
    assert {"person", "journal_entry", "login_failure"} <= tables(url)
    downgrade(url)
    assert tables(url) == {"alembic_version"}
    upgrade(url)
    check(url)


def test_a_database_without_schema_is_drift(url: str) -> None:
    with pytest.raises(SchemaDrift):
        check(url)


def test_a_missing_column_is_drift(url: str) -> None:
    upgrade(url)
    database = Database(url)
    with database.write() as session:
        session.execute(text("ALTER TABLE notification DROP COLUMN body"))
    database.dispose()
    with pytest.raises(SchemaDrift):
        check(url)


def test_the_sample_world_lives_on_every_database(url: str, tmp_path: Path) -> None:
    upgrade(url)
    app = create_application(Settings(data_dir=str(tmp_path), database_url=url, demo="1"))
    assert seed(app)
    assert not seed(app)
    app.database.dispose()
    downgrade(url)
    assert tables(url) == {"alembic_version"}


@pytest.fixture
def journal(url: str, tmp_path: Path) -> Iterator[Database]:
    """A database with one journal entry."""
    upgrade(url)
    app = create_application(Settings(data_dir=str(tmp_path), database_url=url, demo="1"))
    seed(app)
    with app.database.write() as session:
        person = cast(session)["applicant"]
        deployment = Deployment(
            key="filing", version=1, label="1", title="立卷", sha256="0" * 64, deployed_at=NOW
        )
        session.add(deployment)
        session.flush()
        instance = ProcessInstance(
            deployment_id=deployment.id,
            key="filing",
            year=2026,
            sequence=1,
            number="卷2026-1",
            organization_id=1,
            started_by=person,
            status=InstanceStatus.ACTIVE,
            state=b"",
            variables=b"{}",
            revision=1,
            started_at=NOW,
        )
        session.add(instance)
        session.flush()
        for sequence in (1, 2):
            session.add(
                JournalEntry(
                    instance_id=instance.id,
                    sequence=sequence,
                    kind=EntryKind.CASE_STARTED,
                    acted_on=date(2026, 6, 1),
                    entered_at=NOW,
                    data=b"{}",
                    previous_hash="",
                    hash=str(sequence),
                )
            )
    yield app.database
    app.database.dispose()


REPLACE = """
INSERT OR REPLACE INTO journal_entry
SELECT {id}, instance_id, 1, kind, acted_on, entered_at, actor_id, capacity, element_id, task_id,
       data, previous_hash, 'forged'
FROM journal_entry WHERE sequence = 1
"""


@pytest.mark.parametrize(
    ("statement", "dialects"),
    [
        ("UPDATE journal_entry SET hash = 'forged' WHERE sequence = 1", "sqlite postgresql"),
        ("DELETE FROM journal_entry WHERE sequence = 2", "sqlite postgresql"),
        (REPLACE.format(id="id"), "sqlite"),
        (REPLACE.format(id="NULL"), "sqlite"),
        ("TRUNCATE journal_entry", "postgresql"),
    ],
)
def test_the_database_refuses_to_change_the_journal(
    journal: Database, statement: str, dialects: str
) -> None:
    if journal.engine.dialect.name not in dialects:
        with pytest.raises(DBAPIError), journal.write() as session:
            session.execute(text(statement))  # not even a statement of this database
        return
    with pytest.raises(DBAPIError, match="append-only"), journal.write() as session:
        session.execute(text(statement))
    with journal.read() as session:
        rows = session.execute(text("SELECT hash FROM journal_entry ORDER BY sequence"))
        assert [row.hash for row in rows] == ["1", "2"]


def test_two_processes_may_upgrade_at_once(url: str) -> None:
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - this test only

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(upgrade, url) for _ in range(2)]:
            done.result()
    check(url)


def insert(database: Database, known: MetaData, name: str, **values: object) -> None:
    """Insert a row with something in every column that needs it."""
    table = known.tables[name]
    blank = {int: 1, str: "x", bytes: b"{}", bool: False, date: NOW.date(), datetime: NOW}
    for column in table.columns:
        if not column.nullable and column.name not in values:
            values[column.name] = blank[column.type.python_type]
    with database.engine.begin() as connection:
        connection.execute(table.insert().values(values))


def test_tasks_of_older_releases_belong_to_the_version_of_their_case(url: str) -> None:
    upgrade(url, "0002")
    database = Database(url)
    known = MetaData()
    known.reflect(database.engine)
    insert(database, known, "organization")
    insert(database, known, "person")
    insert(database, known, "deployment", id=7)
    insert(database, known, "process_instance", deployment_id=7)
    insert(database, known, "user_task", id="old")
    upgrade(url)
    check(url)
    with database.engine.connect() as connection:
        assert 7 == connection.execute(text("SELECT deployment_id FROM user_task")).scalar_one()
    database.dispose()


def test_messages_that_were_waited_for_are_waited_for_still(url: str) -> None:
    upgrade(url, "0005")
    database = Database(url)
    known = MetaData()
    known.reflect(database.engine)
    for name in ("organization", "person", "deployment"):
        insert(database, known, name)
    numbered = {"deployment_id": 1, "status": "active"}
    insert(database, known, "process_instance", **numbered, messages="moved\nobjected")
    more = {"id": 2, "number": "y", "sequence": 2}
    insert(database, known, "process_instance", **numbered, **more, messages="")
    upgrade(url)
    check(url)
    with database.read() as session:
        one, other = session.get_one(ProcessInstance, 1), session.get_one(ProcessInstance, 2)
        assert awaited(one, TriggerKind.MESSAGE) == {"moved", "objected"}
        assert awaited(other, TriggerKind.MESSAGE) == frozenset()
        rows = session.scalars(select(EventSubscription).order_by(EventSubscription.id)).all()
        assert [(r.instance_id, r.kind, r.name) for r in rows] == [
            (1, TriggerKind.MESSAGE, "moved"),
            (1, TriggerKind.MESSAGE, "objected"),
        ]
    database.dispose()
    downgrade(url)
    assert tables(url) == {"alembic_version"}


def test_people_are_found_before_and_after_a_step_back(url: str, tmp_path: Path) -> None:
    upgrade(url)
    app = create_application(Settings(data_dir=str(tmp_path), database_url=url, demo="1"))
    seed(app)
    app.database.dispose()
    downgrade(url, "0019")
    with app.database.engine.connect() as connection:
        tokens = connection.scalar(text("SELECT pinyin FROM person WHERE name = '单文博'"))
    assert {"danwenbo", "dwb", "shanwenbo", "swb", "wenbo"} <= set(str(tokens).split())
    app.database.dispose()
    upgrade(url)
    check(url)
    for words in ("文博", "danwenbo", "swb"):
        with app.database.read() as session:
            assert ["单文博"] == session.scalars(select(Person.name).where(matches(words))).all()
    app.database.dispose()
