from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from services.audit.chain import Broken
from services.audit.verify import verify
from tests.services.audit.tampering import REPLACE_OR_TRUNCATE, of_dialect, tamper
from tests.world import World

TALK = {"talker": "@secretary", "talk_record": "入党动机端正。"}
COPY = (
    "UPDATE journal_entry SET data = (SELECT data FROM journal_entry WHERE sequence = 1) "
    "WHERE sequence = 2"
)
NUMBER = "发〔2026〕1号"
ALTERED = "记录内容被改动"


@pytest.fixture
def told(world: World) -> World:
    """A case with four entries in its journal."""
    world.until("assign_contacts")
    assert [entry.sequence for entry in world.journal()] == [1, 2, 3, 4]
    return world


def _verify(world: World) -> list[Broken]:
    with world.app.database.read() as session:
        return list(verify(session))


def test_an_untouched_journal_holds(told: World) -> None:
    assert _verify(told) == []


@pytest.mark.parametrize(
    ("statements", "sequence", "reason"),
    [
        (
            ["UPDATE journal_entry SET data = data || data WHERE sequence = 2"],
            2,
            ALTERED,
        ),
        (
            [COPY],
            2,
            ALTERED,
        ),
        (
            ["UPDATE journal_entry SET actor_id = actor_id + 1 WHERE sequence = 3"],
            3,
            ALTERED,
        ),
        (
            ["UPDATE journal_entry SET acted_on = '2026-06-11' WHERE sequence = 2"],
            2,
            ALTERED,
        ),
        (["UPDATE journal_entry SET capacity = '书记' WHERE sequence = 4"], 4, "记录内容被改动"),
        (["UPDATE journal_entry SET hash = 'x' WHERE sequence = 1"], 1, "记录内容被改动"),
        (["DELETE FROM journal_entry WHERE sequence = 2"], 2, "缺少记录"),
        (["DELETE FROM journal_entry WHERE sequence = 1"], 1, "缺少记录"),
        (["DELETE FROM journal_entry WHERE sequence = 4"], 4, "末尾记录缺失"),
        (["DELETE FROM journal_entry"], 1, "末尾记录缺失"),
        (
            [
                "UPDATE journal_entry SET sequence = 99 WHERE sequence = 2",
                "UPDATE journal_entry SET sequence = 2 WHERE sequence = 3",
                "UPDATE journal_entry SET sequence = 3 WHERE sequence = 99",
            ],
            2,
            "与前一条记录不衔接",
        ),
        (
            [
                "DELETE FROM journal_entry WHERE sequence = 3",
                "UPDATE journal_entry SET sequence = 3 WHERE sequence = 4",
            ],
            3,
            "与前一条记录不衔接",
        ),
        (["UPDATE process_instance SET journal_length = 3"], 5, "末尾记录缺失"),
    ],
    ids=lambda value: value[0][:60] if isinstance(value, list) else None,
)
def test_tampering_is_named(told: World, statements: list[str], sequence: int, reason: str) -> None:
    tamper(told.app, *statements)
    assert _verify(told) == [Broken(NUMBER, sequence, reason)]


def test_a_tampered_case_does_not_hide_another(world: World) -> None:
    world.start().withdraw().start()
    tamper(world.app, "UPDATE journal_entry SET capacity = 'x' WHERE sequence = 1")
    assert [broken.chain for broken in _verify(world)] == [NUMBER, "发〔2026〕2号"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal_entry SET capacity = 'x'",
        "DELETE FROM journal_entry",
        "DELETE FROM journal_entry WHERE sequence = 4",
        REPLACE_OR_TRUNCATE,
    ],
)
def test_the_database_refuses_to_change_the_journal(told: World, statement: str) -> None:
    def change(session: Session) -> None:
        session.execute(text(of_dialect(session, statement, "journal_entry")))

    _refused(told, change)
    assert _verify(told) == []
    assert len(told.journal()) == 4


def _refused(world: World, change: Callable[[Session], None]) -> None:
    with (
        pytest.raises(DatabaseError, match="append-only"),
        world.app.database.write() as session,
    ):
        change(session)


def test_act_and_entry_are_two_dates(world: World) -> None:
    world.start(on=world.today.replace(month=5, day=20))
    (entry,) = world.journal()
    assert entry.acted_on == world.today.replace(month=5, day=20)
    assert entry.entered_at == world.clock.now()
    assert entry.previous_hash == ""
    assert entry.hash == world.instance().journal_hash
