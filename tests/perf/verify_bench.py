"""What `dangwu verify` costs in time and memory, and that memory does not grow with the journals.

`python -m tests.perf.verify_bench [ENTRIES]`; SQLite, and PostgreSQL as well where
DANGWU_DATABASE_URL names an empty database.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Iterator
from datetime import timedelta
from typing import TypeVar

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.orm import Session

from services.audit.anchors import make_anchor
from services.audit.books import AuditEntry, record
from services.audit.chain import extend
from services.audit.models import (
    AuditKind,
    AuditRow,
    Book,
    BookHead,
    JournalEntry,
    SubjectKind,
)
from services.audit.verify import verify
from services.bootstrap import Application, create_application
from services.clock import FixedClock
from services.db import Base
from services.demo.world import seed
from services.migrations.commands import upgrade
from services.processes.commands import deploy_folder
from services.processes.folder import procedure_folders
from services.processes.models import ProcessInstance
from services.settings import Settings
from tests.conftest import START
from tests.world import World

ENTRIES = 100_000
PER_CASE = 10
AT_ONCE = 5_000
Row = TypeVar("Row", JournalEntry, AuditRow)
DATA_KEY = "bench:" + "0" * 64


def measure(url: str, entries: int) -> None:
    """Fill an empty database, half cases and half one book, anchor it and print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=folder, database_url=url, data_key=DATA_KEY, demo="1")
        app = create_application(settings, FixedClock(START))
        upgrade(settings.database)
        for procedure in procedure_folders(settings.procedures):
            deploy_folder(app, procedure)
        seed(app)
        World(app).start()
        with app.database.write() as session:
            _fill_cases(session, entries // 2 // PER_CASE)
            record(session, _read_of(0))
        with app.database.write() as session:
            _fill_book(session, entries // 2)
            make_anchor(session, START + timedelta(days=1))
        _show(app)
        app.database.dispose()


def _show(app: Application) -> None:
    with app.database.read() as session:
        count = sum(
            session.scalar(select(func.count()).select_from(table)) or 0
            for table in (JournalEntry, AuditRow)
        )
    begin, cpu = time.perf_counter(), time.process_time()
    _verify(app)
    spent, cpu = time.perf_counter() - begin, time.process_time() - cpu
    tracemalloc.start()  # slows things down: the time is taken without
    _verify(app)
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    name = app.database.engine.dialect.name
    print(
        f"verify, {count:,} entries, {name}: {spent:.1f} s, {cpu:.1f} s of it computing,"
        f" {peak:.1f} MiB at most"
    )


def _verify(app: Application) -> None:
    with app.database.snapshot() as session:
        assert not list(verify(session))


def _fill_cases(session: Session, count: int) -> None:
    """Copy the one case there is, with journals of their own."""
    row = dict(session.execute(text("SELECT * FROM process_instance")).mappings().one())
    sample = session.scalars(select(JournalEntry)).first()
    assert sample is not None
    names = ", ".join(row)
    values = ", ".join(f":{name}" for name in row)
    copy = text(f"INSERT INTO process_instance ({names}) VALUES ({values})")
    entries: list[JournalEntry] = []
    for number in range(1, count + 1):
        head = ProcessInstance(id=row["id"] + number, journal_length=0, journal_hash="")
        for _ in range(PER_CASE):
            entries.append(_like(sample, instance_id=head.id))
            extend(head, entries[-1])
        changed = {
            "id": head.id,
            "number": f"示例{number}",
            "sequence": row["sequence"] + number,
            "journal_length": head.journal_length,
            "journal_hash": head.journal_hash,
        }
        session.execute(copy, {**row, **changed})
    _insert(session, JournalEntry, entries)


def _fill_book(session: Session, count: int) -> None:
    head = session.get_one(BookHead, Book.ACCESS)
    sample = session.scalars(select(AuditRow).where(AuditRow.book == Book.ACCESS)).first()
    assert sample is not None
    entries = []
    for _ in range(count):
        entries.append(_like(sample))
        extend(head, entries[-1])
    _insert(session, AuditRow, entries)
    changed = {"journal_length": head.journal_length, "journal_hash": head.journal_hash}
    session.execute(update(BookHead).where(BookHead.book == Book.ACCESS).values(changed))


def _read_of(subject: int) -> AuditEntry:
    return AuditEntry(
        book=Book.ACCESS,
        kind=AuditKind.SENSITIVE_READ,
        entered_at=START,
        subject_kind=SubjectKind.PERSON,
        subject_id=subject,
        data={"purpose": "核对" * 40},
    )


def _columns(row: Base) -> dict[str, object]:
    return {
        column.name: getattr(row, column.name) for column in row.__table__.c if column.name != "id"
    }


def _like(sample: Row, **changes: object) -> Row:
    return type(sample)(**{**_columns(sample), **changes})


def _insert(session: Session, table: type[Base], rows: list[JournalEntry] | list[AuditRow]) -> None:
    for start in range(0, len(rows), AT_ONCE):
        session.execute(insert(table), [_columns(row) for row in rows[start : start + AT_ONCE]])


def _sizes() -> Iterator[int]:
    """Give the number asked for and a tenth of it: memory is to be the same."""
    asked = int(sys.argv[1]) if len(sys.argv) > 1 else ENTRIES
    yield asked // 10
    yield asked


def main() -> None:
    """Measure SQLite at two sizes, and a PostgreSQL database at the larger one."""
    *smaller, largest = _sizes()
    server = os.environ.get("DANGWU_DATABASE_URL", "")
    runs = [("", size) for size in (*smaller, largest)] + ([(server, largest)] if server else [])
    for url, size in runs:
        subprocess.run(  # noqa: S603 - ourselves
            [sys.executable, "-m", "tests.perf.verify_bench", str(size)],
            check=True,
            env={**os.environ, "DANGWU_BENCH_URL": url},
        )


if __name__ == "__main__":
    if "DANGWU_BENCH_URL" in os.environ:
        measure(os.environ["DANGWU_BENCH_URL"], int(sys.argv[1]))
    else:
        main()
