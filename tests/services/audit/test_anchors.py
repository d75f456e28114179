"""Day anchors: made once a day, and what a rewritten database cannot hide from them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from services.audit.against_anchors import ANCHORS, DIFFERS, DIFFERS_OUTSIDE
from services.audit.anchors import AnchorLine, anchor_lines, make_anchor, parse_lines
from services.audit.books import AuditEntry, record
from services.audit.chain import ALTERED, MISSING, WITHOUT_CASE, Broken, digest
from services.audit.models import (
    Anchor,
    AnchoredHead,
    AuditKind,
    Book,
    JournalEntry,
    SubjectKind,
)
from services.audit.names import missing_case
from services.audit.verify import verify
from services.clock import FixedClock
from services.errors import Invalid
from services.jobs.models import Job, JobKind, JobState
from services.jobs.queue import MAX_ATTEMPTS
from services.processes.models import ProcessInstance
from services.worker import run
from services.worker.nightly import schedule_nights
from tests.services.audit.tampering import tamper
from tests.world import World
from web.cli import main

NUMBER = "发〔2026〕1号"
DAY = timedelta(days=1)


@pytest.fixture
def anchored(world: World, clock: FixedClock) -> World:
    """A case with four entries and a book with one, anchored on two days; the second is idle."""
    world.until("assign_contacts")
    with world.app.database.write() as session:
        entry = AuditEntry(
            Book.PEOPLE, AuditKind.PERSON_CHANGED, world.clock.now(), SubjectKind.PERSON, 1
        )
        record(session, entry)
    for _ in range(2):
        clock.advance(DAY)
        anchor(world)
    return world


def anchor(world: World) -> None:
    with world.app.database.write() as session:
        assert make_anchor(session, world.clock.now()) is not None


def lines(world: World) -> tuple[AnchorLine, ...]:
    with world.app.database.read() as session:
        return tuple(anchor_lines(session))


def found(world: World, outside: tuple[AnchorLine, ...] = ()) -> list[Broken]:
    with world.app.database.read() as session:
        return list(verify(session, outside))


def rewrite(world: World) -> None:
    """Change an opinion and compute the whole chain anew, head and all."""
    tamper(world.app, "UPDATE journal_entry SET capacity = '书记' WHERE sequence = 2")
    with world.app.database.read() as session:
        rows = session.scalars(select(JournalEntry).order_by(JournalEntry.sequence)).all()
        previous, statements = "", []
        for row in rows:
            session.expunge(row)
            row.previous_hash = previous
            previous = row.hash = digest(row)
            statements.append(
                f"UPDATE journal_entry SET previous_hash = '{row.previous_hash}', "
                f"hash = '{row.hash}' WHERE id = {row.id}"
            )
    tamper(world.app, *statements, f"UPDATE process_instance SET journal_hash = '{previous}'")


def test_each_day_is_anchored_once_and_holds(anchored: World) -> None:
    assert [] == found(anchored, lines(anchored))
    first, second = lines(anchored)
    assert (1, 2) == (first.sequence, second.sequence)
    assert (DAY, DAY) == (second.day - first.day, anchored.clock.now().date() - second.day)
    assert first.digest != second.digest
    with anchored.app.database.write() as session:
        assert make_anchor(session, anchored.clock.now()) is None


def test_what_goes_on_afterwards_does_not_disturb(anchored: World) -> None:
    kept = lines(anchored)
    anchored.withdraw()
    assert [] == found(anchored, kept)


def test_missed_days_are_covered_by_the_next_anchor(anchored: World, clock: FixedClock) -> None:
    before = lines(anchored)[-1]
    clock.advance(4 * DAY)
    anchor(anchored)
    after = lines(anchored)[-1]
    assert (before.sequence + 1, before.day + 4 * DAY) == (after.sequence, after.day)


def test_a_chain_computed_anew_is_found(anchored: World) -> None:
    rewrite(anchored)
    with anchored.app.database.read() as session:
        instance = session.scalars(select(ProcessInstance)).one()
    assert instance.journal_length == 4
    assert [Broken(NUMBER, 4, DIFFERS)] == found(anchored)


def test_a_tail_cut_off_together_with_its_head_is_found(anchored: World) -> None:
    with anchored.app.database.read() as session:
        third = session.scalars(select(JournalEntry.hash).where(JournalEntry.sequence == 3)).one()
    tamper(
        anchored.app,
        "DELETE FROM journal_entry WHERE sequence = 4",
        f"UPDATE process_instance SET journal_length = 3, journal_hash = '{third}'",
    )
    assert [Broken(NUMBER, 4, DIFFERS)] == found(anchored)


def test_a_case_deleted_whole_is_found(anchored: World) -> None:
    with anchored.app.database.read() as session:
        case_id = session.scalars(select(ProcessInstance.id)).one()
    tables = ("task_candidate", "user_task", "journal_entry", "job", "notification")
    tamper(
        anchored.app,
        f"DELETE FROM {tables[0]}",
        *(f"DELETE FROM {table} WHERE instance_id = {case_id}" for table in tables[1:]),
        f"DELETE FROM process_instance WHERE id = {case_id}",
    )
    [broken] = found(anchored)
    assert f"内部编号 {case_id}" in broken.chain
    assert (4, DIFFERS) == (broken.sequence, broken.reason)


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        (
            ["UPDATE journal_anchor SET day = '2026-05-01' WHERE sequence = 1"],
            [Broken(ANCHORS, 1, ALTERED)],
        ),
        (
            ["UPDATE journal_anchor_head SET length = length - 1 WHERE anchor = 1"],
            [Broken(ANCHORS, 1, ALTERED)],
        ),
        (
            [
                "DELETE FROM journal_anchor_head WHERE anchor = 1",
                "DELETE FROM journal_anchor WHERE sequence = 1",
            ],
            [Broken(ANCHORS, 1, MISSING)],
        ),
    ],
    ids=["day", "head", "deleted"],
)
def test_a_changed_anchor_is_found(
    anchored: World, statements: list[str], expected: list[Broken]
) -> None:
    tamper(anchored.app, *statements)
    assert expected == [broken for broken in found(anchored) if broken.chain == ANCHORS]


def test_a_database_written_anew_with_its_anchors_differs_from_the_copy_outside(
    anchored: World, clock: FixedClock
) -> None:
    kept = lines(anchored)
    rewrite(anchored)
    tamper(anchored.app, "DELETE FROM journal_anchor_head", "DELETE FROM journal_anchor")
    clock.advance(-DAY)
    for _ in range(2):
        anchor(anchored)
        clock.advance(DAY)
    assert [] == found(anchored)
    assert [Broken(ANCHORS, 1, DIFFERS_OUTSIDE)] == found(anchored, kept)


def test_an_anchor_cut_off_is_missing_against_the_copy_outside(anchored: World) -> None:
    kept = lines(anchored)
    tamper(
        anchored.app,
        "DELETE FROM journal_anchor_head WHERE anchor = 2",
        "DELETE FROM journal_anchor WHERE sequence = 2",
    )
    assert [] == found(anchored)
    assert [Broken(ANCHORS, 2, MISSING)] == found(anchored, kept)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal_anchor_head SET instance_id = NULL WHERE instance_id IS NOT NULL",
        "UPDATE journal_anchor_head SET instance_id = instance_id + 1 WHERE instance_id > 0",
        "UPDATE journal_anchor_head SET book = 'access' WHERE book = 'people'",
        "UPDATE journal_anchor SET entry_id = 1000000 WHERE sequence = 1",
    ],
)
def test_an_anchor_cannot_be_turned_away_from_its_chain(anchored: World, statement: str) -> None:
    tamper(anchored.app, statement)
    assert Broken(ANCHORS, 1, ALTERED) in found(anchored, lines(anchored))


def test_a_case_whose_row_is_gone_is_named_by_its_entries(world: World) -> None:
    world.start()
    tamper(
        world.app,
        "UPDATE journal_entry SET instance_id = instance_id + 99",
        f"UPDATE process_instance SET id = id + 50 WHERE id = {world.case_id}",
    )
    assert Broken(missing_case(world.case_id + 99), 1, WITHOUT_CASE) in found(world)


def test_a_book_cut_off_is_found(anchored: World) -> None:
    tamper(anchored.app, "DELETE FROM audit_entry", "DELETE FROM audit_book")
    assert [Broken("人员", 1, DIFFERS)] == found(anchored)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal_anchor SET digest = 'x'",
        "DELETE FROM journal_anchor",
        "UPDATE journal_anchor_head SET hash = 'x'",
        "DELETE FROM journal_anchor_head",
    ],
)
def test_the_database_refuses_to_change_an_anchor(anchored: World, statement: str) -> None:
    with (
        pytest.raises(DatabaseError, match="append-only"),
        anchored.app.database.write() as session,
    ):
        session.execute(text(statement))


def test_the_job_of_the_night_makes_it_and_puts_the_next(world: World, clock: FixedClock) -> None:
    schedule_nights(world.app)
    schedule_nights(world.app)
    assert 0 == run.run_due(world.app)
    for expected in (1, 2):
        clock.advance(DAY)
        run.run_due(world.app)
        assert expected == len(lines(world))
    with world.app.database.read() as session:
        jobs = session.scalars(select(Job).where(Job.kind == JobKind.ANCHOR_JOURNALS)).all()
    assert 1 == sum(job.state is JobState.OPEN for job in jobs)


def test_a_night_that_fails_for_good_is_followed_by_another(
    world: World, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("no anchor tonight")

    schedule_nights(world.app)
    with monkeypatch.context() as broken:
        broken.setattr("services.worker.nightly.make_anchor", fail)
        clock.advance(DAY)
        for _ in range(MAX_ATTEMPTS):
            run.run_due(world.app)
            clock.advance(timedelta(minutes=10))
    assert () == lines(world)
    clock.advance(DAY)
    run.run_due(world.app)
    assert 1 == len(lines(world))


def test_only_what_has_grown_is_anchored_again(anchored: World, clock: FixedClock) -> None:
    for _ in range(2):
        clock.advance(DAY)
        anchor(anchored)
    with anchored.app.database.read() as session:
        last = session.scalars(select(Anchor).order_by(Anchor.sequence.desc())).first()
        assert last is not None
        heads = session.scalars(
            select(AnchoredHead).where(AnchoredHead.anchor == last.sequence)
        ).all()
    assert [Book.PEOPLE] == [head.book for head in heads]


def test_the_file_goes_out_and_is_held_against(anchored: World, tmp_path: Path) -> None:
    settings = anchored.app.settings
    environment = {
        f"DANGWU_{name.upper()}": getattr(settings, name) for name in settings.__dataclass_fields__
    }
    file = tmp_path / "kept.txt"
    out = CliRunner().invoke(main, ["anchors", "export", str(file)], env=environment)
    assert 0 == out.exit_code, out.output
    assert lines(anchored) == parse_lines(file.read_text(encoding="utf-8"))
    good = CliRunner().invoke(main, ["verify", "--anchors", str(file)], env=environment)
    assert 0 == good.exit_code, good.output
    rewrite(anchored)
    bad = CliRunner().invoke(main, ["verify", "--anchors", str(file)], env=environment)
    assert 1 == bad.exit_code
    assert f"{NUMBER}：第 4 条{DIFFERS}。" in bad.output


def test_a_file_that_is_none_is_refused_by_line() -> None:
    with pytest.raises(Invalid, match="第 2 行"):
        parse_lines("1 2026-06-01 abc\n这不是存证\n")
