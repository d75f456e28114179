from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from engine.values import load_values
from services.audit.books import AuditEntry, record
from services.audit.chain import Broken
from services.audit.models import AuditKind, AuditRow, Book, BookHead, SubjectKind
from services.audit.verify import verify
from services.bootstrap import Application
from services.people.models import Person
from tests.conftest import START
from tests.services.audit.tampering import REPLACE_OR_TRUNCATE, of_dialect, tamper


def _entry(subject: int, book: Book = Book.PEOPLE) -> AuditEntry:
    return AuditEntry(
        book=book,
        kind=AuditKind.PERSON_CHANGED,
        entered_at=START,
        subject_kind=SubjectKind.PERSON,
        subject_id=subject,
        data={"changed": ["occupation"]},
    )


def _rows(app: Application, book: Book = Book.PEOPLE) -> list[AuditRow]:
    with app.database.read() as session:
        rows = select(AuditRow).where(AuditRow.book == book).order_by(AuditRow.sequence)
        return list(session.scalars(rows))


def _subjects(app: Application, book: Book = Book.PEOPLE) -> list[str]:
    return [row.subject_id for row in _rows(app, book)]


def _verify(app: Application) -> list[Broken]:
    with app.database.read() as session:
        return list(verify(session))


@pytest.fixture
def written(app: Application) -> Application:
    """Four entries in one book, one in another."""
    before = len(_rows(app))
    for subject in range(4):
        with app.database.write() as session:
            record(session, _entry(subject))
    with app.database.write() as session:
        record(session, _entry(9, Book.ACCESS))
    assert [before + n for n in (1, 2, 3, 4)] == [row.sequence for row in _rows(app)][-4:]
    return app


def test_an_entry_says_who_did_what_to_whom(app: Application) -> None:
    with app.database.write() as session:
        actor = session.scalars(select(Person.id).limit(1)).one()
        record(
            session,
            AuditEntry(
                book=Book.ACCESS,
                kind=AuditKind.SENSITIVE_READ,
                entered_at=START,
                actor_id=actor,
                capacity="某支部书记",
                subject_kind=SubjectKind.PERSON,
                subject_id=7,
                data={"purpose": "核对"},
            ),
        )
    row = _rows(app, Book.ACCESS)[-1]
    assert (actor, "某支部书记", "7") == (row.actor_id, row.capacity, row.subject_id)
    assert (START, START.date()) == (row.entered_at, row.acted_on)
    assert {"purpose": "核对"} == load_values(row.data)
    assert [] == _verify(app)


def test_books_are_chains_of_their_own(written: Application) -> None:
    assert "9" == _subjects(written, Book.ACCESS)[-1]
    assert [] == _verify(written)


def test_what_fails_leaves_no_entry(app: Application) -> None:
    before = _subjects(app)
    with suppress(LookupError), app.database.write() as session:
        record(session, _entry(1))
        raise LookupError
    assert before == _subjects(app)


def test_a_savepoint_taken_back_takes_its_entries_along(app: Application) -> None:
    before = _subjects(app)
    with app.database.write() as session:
        record(session, _entry(1))
        with suppress(LookupError), session.begin_nested():
            record(session, _entry(2))
            with session.begin_nested():
                record(session, _entry(3))
            raise LookupError
        with session.begin_nested():
            record(session, _entry(4))
    assert [*before, "1", "4"] == _subjects(app)
    assert [] == _verify(app)


def test_a_reading_session_refuses_what_it_would_lose(app: Application) -> None:
    with app.database.read() as session, pytest.raises(RuntimeError):
        record(session, _entry(1))


def test_the_head_is_not_locked_before_the_commit(app: Application) -> None:
    with app.database.write() as session:
        record(session, _entry(1))
        session.flush()
        assert not [row for row in session.identity_map.values() if isinstance(row, BookHead)]


def test_many_writers_make_one_chain(app: Application) -> None:
    before, gate = len(_rows(app)), threading.Barrier(4)

    def write(number: int) -> None:
        gate.wait()
        for _ in range(5):
            with app.database.write() as session:
                record(session, _entry(number, Book.PEOPLE))
                record(session, _entry(number, Book.ACCESS))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    assert list(range(1, before + 21)) == [row.sequence for row in _rows(app)]
    assert [] == _verify(app)


@pytest.mark.parametrize(
    ("statement", "place", "reason"),
    [
        ("UPDATE audit_entry SET subject_id = '8' WHERE {second}", 2, "记录内容被改动"),
        ("UPDATE audit_entry SET data = '{{}}' WHERE {second}", 2, "记录内容被改动"),
        ("UPDATE audit_entry SET hash = 'x' WHERE {second}", 2, "记录内容被改动"),
        ("DELETE FROM audit_entry WHERE {second}", 2, "缺少记录"),
        ("DELETE FROM audit_entry WHERE {fourth}", 4, "末尾记录缺失"),
        ("DELETE FROM audit_book WHERE book = 'people'", 5, "末尾记录缺失"),
        ("UPDATE audit_entry SET book = 'accounts' WHERE {fourth}", 4, "末尾记录缺失"),
    ],
)
def test_tampering_is_named(written: Application, statement: str, place: int, reason: str) -> None:
    rows = _rows(written)[-4:]
    before = rows[0].sequence - 1
    tamper(written, statement.format(second=f"id = {rows[1].id}", fourth=f"id = {rows[3].id}"))
    assert Broken("人员", before + place, reason) in _verify(written)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET capacity = 'x'",
        "DELETE FROM audit_entry",
        REPLACE_OR_TRUNCATE,
    ],
)
def test_the_database_refuses_to_change_a_book(written: Application, statement: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"), written.database.write() as session:
        session.execute(text(of_dialect(session, statement, "audit_entry")))
    assert [] == _verify(written)
