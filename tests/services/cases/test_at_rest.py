"""What people fill in is nowhere in the database file, and everywhere where it is needed."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select, text

from engine.values import dump_values
from services.audit.journal import contents
from services.audit.models import JournalEntry
from services.audit.verify import verify
from services.cases import pages
from services.encryption.keyring import Undecipherable, is_encrypted, is_sealed
from services.processes.models import ProcessInstance
from services.tasks.commands import save_draft
from services.tasks.models import TaskDraft, UserTask
from tests.world import World

SECRET = "本人直系亲属的情况如下"
WORDS = "函调情况属实，同意。"
TALK = {"talker": "@secretary", "talk_record": SECRET}


def _file(world: World) -> bytes:
    """The database as a thief would find it, with everything that is still in its log."""
    return b"".join(p.read_bytes() for p in Path(world.app.settings.data_dir).glob("dangwu.db*"))


def test_no_content_of_a_form_is_readable_in_the_file(world: World) -> None:
    world.start()
    task = world.task("talk")
    save_draft(world.app, world.actor("secretary"), task.id, {"talk_record": [SECRET]})
    assert SECRET.encode() not in _file(world)
    world.complete("talk", by="secretary", data=TALK)
    assert SECRET == world.variables()["talk_record"]
    assert SECRET.encode() not in _file(world)


def test_no_words_beside_a_form_are_readable_in_the_file(world: World) -> None:
    world.start()
    task = world.task("talk")
    save_draft(world.app, world.actor("secretary"), task.id, {}, opinion=WORDS, late_reason=WORDS)
    with world.app.database.read() as session:
        draft = session.scalars(select(TaskDraft)).one()
        assert (WORDS, WORDS) == (draft.opinion, draft.late_reason)
        stored = session.execute(text("SELECT opinion, late_reason FROM task_draft")).one()
    assert all(is_encrypted(value) for value in stored)
    world.complete("talk", by="secretary", data=TALK, opinion=WORDS)
    with world.app.database.read() as session:
        assert WORDS == session.get_one(UserTask, task.id).opinion
        query = text("SELECT opinion FROM user_task WHERE opinion != ''")
        assert is_encrypted(session.scalars(query).one())


def test_words_that_older_versions_wrote_in_clear_are_read(world: World) -> None:
    world.start().complete("talk", by="secretary", data=TALK, opinion=WORDS)
    with world.app.database.write() as session:
        session.execute(text("UPDATE user_task SET opinion = '旧' WHERE opinion != ''"))
    with world.app.database.read() as session:
        assert {"旧", ""} == set(session.scalars(select(UserTask.opinion)))


def test_everything_that_keeps_it_is_sealed(world: World) -> None:
    world.start().complete("talk", by="secretary", data=TALK)
    stored = {
        "journal_entry": "data",
        "process_instance": "state",
        "user_task": "data",
    }
    with world.app.database.read() as session:
        for table, column in stored.items():
            values = session.scalars(
                text(f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL")
            ).all()
            assert values
            assert all(is_sealed(value) for value in values), table
        key = session.scalar(text("SELECT journal_key FROM process_instance"))
    assert str(key).startswith("sm4$")


def test_each_case_has_a_key_of_its_own(world: World) -> None:
    world.start().withdraw().start()
    with world.app.database.read() as session:
        first, second = session.scalars(select(ProcessInstance.journal_key)).all()
    assert first != second
    assert None not in {first, second}


def test_without_its_key_a_journal_holds_and_cannot_be_read(world: World) -> None:
    world.start()
    with world.app.database.write() as session:
        session.get_one(ProcessInstance, world.case_id).journal_key = None
    with world.app.database.read() as session:
        assert [] == list(verify(session))
        (entry,) = session.scalars(select(JournalEntry))
        with pytest.raises(Undecipherable):
            contents(entry)


def test_what_older_versions_wrote_in_clear_is_read(world: World) -> None:
    world.start().complete("talk", by="secretary", data=TALK)
    task = world.task("talk")
    with world.app.database.write() as session:
        session.execute(
            text("UPDATE user_task SET data = :data WHERE id = :id"),
            {"data": dump_values({"talk_record": "旧"}), "id": task.id},
        )
    with world.app.database.read() as session:
        assert dump_values({"talk_record": "旧"}) == session.get_one(UserTask, task.id).data
    shown = pages.task(world.app, world.actor("secretary"), task.id).values
    assert "旧" == shown["talk_record"]
