"""Changing the data key of an installation that has records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from engine.values import load_values
from services.audit.journal import contents
from services.audit.models import JournalEntry
from services.audit.verify import verify
from services.bootstrap import Application, create_application
from services.encryption.columns import is_one_of
from services.encryption.keyring import Undecipherable, new_key
from services.encryption.rotation import UNKNOWN, Rotated, encrypted_tables, rotate, usage
from services.encryption.sources import data_keys
from services.people.models import Person
from services.processes.models import ProcessInstance
from services.tasks.models import UserTask
from tests.world import World

TALK = {"talker": "@secretary", "talk_record": "入党动机端正。"}


class BrokenOffError(Exception):
    """The process was killed after a batch."""


@pytest.fixture
def world(app: Application) -> World:
    """A case under way, among people with personal data."""
    world = World(app)
    world.start()
    return world


@pytest.fixture
def old(app: Application) -> str:
    """The name of the only key."""
    return data_keys(app.settings).current


@pytest.fixture
def both(app: Application, world: World, old: str) -> Iterator[Application]:
    """The same installation, with a new current key beside the old one."""
    other = with_keys(app, f"{secret(app)} {new_key()}")
    yield other
    other.database.dispose()


def secret(app: Application) -> str:
    settings = app.settings
    return (
        settings.data_key
        or (Path(settings.data_dir) / "data.key").read_text(encoding="utf-8").strip()
    )


def with_keys(app: Application, keys: str) -> Application:
    return create_application(replace(app.settings, data_key=keys))


def told(session: Session) -> list[Any]:
    """What every entry of every journal says."""
    return [
        contents(row) for row in session.scalars(select(JournalEntry).order_by(JournalEntry.id))
    ]


def quiet(done: Rotated) -> None:
    """Hear of the progress, and say nothing."""


def counts(app: Application) -> dict[str, int]:
    with app.database.read() as session:
        return {name: sum(columns.values()) for name, columns in usage(session).items()}


def test_the_tables_are_found_by_themselves() -> None:
    found = {f"{t.name}.{c.name}" for t, columns in encrypted_tables().items() for c in columns}
    assert found >= {
        "person.identity_number",
        "person.identity_number_hmac",
        "process_instance.journal_key",
        "process_instance.state",
        "task_submission.data",
        "second_factor.secret",
    }


def test_everything_is_under_the_new_key_and_nothing_is_lost(
    app: Application, both: Application, world: World, old: str
) -> None:
    before = counts(both)
    assert before[old] > 0
    assert 0 == before[data_keys(both.settings).current]
    with app.database.read() as session:
        people = {p.id: p.identity_number for p in session.scalars(select(Person))}
        journal = told(session)

    assert () == rotate(both.database, quiet)

    after = counts(both)
    assert (0, 0) == (after[old], after[UNKNOWN])
    assert sum(before.values()) == sum(after.values())
    alone = with_keys(app, secret(both).split()[-1])
    with alone.database.read() as session:
        assert people == {p.id: p.identity_number for p in session.scalars(select(Person))}
        assert [] == list(verify(session))
        instance = session.scalars(select(ProcessInstance)).one()
        assert load_values(instance.variables)
        assert journal == told(session)
        number = next(n for n in people.values() if n)
        same = is_one_of(session, Person.identity_number_hmac, [number])
        assert 1 == len(session.scalars(select(Person.id).where(same)).all())
    alone.database.dispose()


def test_it_may_be_broken_off_and_begun_again(
    both: Application, world: World, old: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.encryption.rotation.BATCH", 2)
    heard: list[Rotated] = []

    def break_off(done: Rotated) -> None:
        heard.append(done)
        if sum(one.written > 0 for one in heard) == 3:
            raise BrokenOffError

    with pytest.raises(BrokenOffError):
        rotate(both.database, break_off)
    half = counts(both)
    assert half[old] > 0
    assert half[data_keys(both.settings).current] > 0
    with both.database.read() as session:
        assert all(p.name for p in session.scalars(select(Person)))
    assert () == rotate(both.database, quiet)
    assert 0 == counts(both)[old]


def test_a_second_run_writes_nothing(both: Application, world: World) -> None:
    rotate(both.database, quiet)
    heard: list[Rotated] = []
    rotate(both.database, heard.append)
    assert 0 == sum(done.written for done in heard)


def test_words_written_before_they_were_encrypted_are_encrypted(
    both: Application, world: World
) -> None:
    world.complete("talk", by="secretary", data=TALK, opinion="同意。")
    with both.database.write() as session:
        session.execute(text("UPDATE user_task SET opinion = '旧' WHERE opinion != ''"))
        assert {"user_task.opinion": 1} == usage(session)[UNKNOWN]
    rotate(both.database, quiet)
    with both.database.read() as session:
        assert {} == usage(session)[UNKNOWN]
        assert {"旧", ""} == set(session.scalars(select(UserTask.opinion)))


def test_what_cannot_be_read_is_named_and_left(
    both: Application, world: World, app: Application
) -> None:
    with app.database.write() as session:
        person_id = session.scalars(select(Person.id).where(Person.phone.is_not(None))).first()
        session.execute(
            text("UPDATE person SET phone = 'sm4$lost$AAAA' WHERE id = :id"), {"id": person_id}
        )
    [bad] = rotate(both.database, quiet)
    assert ("person", "phone", (person_id,)) == (bad.table, bad.column, bad.row)
    with both.database.read() as session, pytest.raises(Undecipherable):
        session.get_one(Person, person_id)
