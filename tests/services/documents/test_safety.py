"""Files that are damaged, harmful, too many, or left behind."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import select

from services.audit.models import AuditKind, AuditRow
from services.bootstrap import Application
from services.clock import FixedClock
from services.documents.commands import store_attachment
from services.documents.errors import FileDamaged, FileRejected, ScannerUnavailable
from services.documents.models import Attachment
from services.documents.queries import open_attachment
from services.errors import Invalid, NotFound
from services.identity.actor import Actor
from services.worker import run
from services.worker.nightly import schedule_nights

As = Callable[[str], Actor]
PDF = b"%PDF-1.7\n"
SCANNER = "import sys; sys.exit(1 if b'EVIL' in sys.stdin.buffer.read() else 0)"


def store(app: Application, actor: Actor, case: int | None, content: bytes = PDF) -> int:
    return store_attachment(app, actor, case, None, "申请书.pdf", BytesIO(content)).id


def with_setting(app: Application, **changes: str) -> Application:
    return replace(app, settings=replace(app.settings, **changes))


def command(program: str) -> str:
    return shlex.join([sys.executable, "-c", program])


def test_a_changed_file_is_not_given_out(app: Application, as_: As, case: int) -> None:
    number = store(app, as_("applicant"), case)
    _, _, path = open_attachment(app, as_("applicant"), number)
    path.write_bytes(b"%PDF-1.7\nother")
    with pytest.raises(FileDamaged):
        open_attachment(app, as_("applicant"), number)
    path.unlink()
    with pytest.raises(NotFound, match="附件内容不存在"):
        open_attachment(app, as_("applicant"), number)


def test_a_case_holds_so_much_and_no_more(app: Application, as_: As, case: int) -> None:
    small = with_setting(app, max_case_mb="1")
    store(small, as_("applicant"), case, PDF + b"a" * 700_000)
    with pytest.raises(Invalid) as refused:
        store(small, as_("applicant"), case, PDF + b"b" * 700_000)
    assert "合计将超过1MB" in refused.value.errors["file"]
    store(small, as_("applicant"), case, PDF)


def test_what_the_scanner_finds_is_not_stored(app: Application, as_: As, case: int) -> None:
    scanned = with_setting(app, scan_command=command(SCANNER))
    store(scanned, as_("applicant"), case)
    with pytest.raises(FileRejected):
        store(scanned, as_("applicant"), case, PDF + b"EVIL")
    with app.database.read() as session:
        assert 1 == len(session.scalars(select(Attachment)).all())


@pytest.mark.parametrize(
    "scanner", [command("import sys; sys.exit(2)"), "/no/such/scanner -", "unclosed '"]
)
def test_a_scanner_that_gives_no_answer_lets_nothing_in(
    app: Application, as_: As, case: int, scanner: str
) -> None:
    with pytest.raises(ScannerUnavailable):
        store(with_setting(app, scan_command=scanner), as_("applicant"), case)
    with app.database.read() as session:
        assert [] == session.scalars(select(Attachment)).all()


def test_what_was_never_sent_in_is_cleared_by_night(
    app: Application, clock: FixedClock, as_: As, case: int
) -> None:
    left = store(app, as_("applicant"), None, PDF + b"left")
    shared = store(app, as_("applicant"), None, PDF + b"shared")
    store(app, as_("applicant"), case, PDF + b"shared")
    _, _, path = open_attachment(app, as_("applicant"), left)
    _, _, kept = open_attachment(app, as_("applicant"), shared)
    schedule_nights(app)
    clock.advance(timedelta(days=1))
    run.run_due(app)
    with app.database.read() as session:
        assert 3 == len(session.scalars(select(Attachment)).all())

    stored_then = (clock.now() - timedelta(days=2)).timestamp()
    for place in (path, kept):
        os.utime(place, (stored_then, stored_then))
    clock.advance(timedelta(days=7))
    run.run_due(app)
    with app.database.read() as session:
        assert [case] == list(session.scalars(select(Attachment.instance_id)))
        entries = session.scalars(
            select(AuditRow.subject_id).where(AuditRow.kind == AuditKind.UPLOAD_CLEARED)
        )
        assert {str(left), str(shared)} == set(entries)
    assert not path.exists()
    assert kept.exists()


def test_what_is_stored_again_stays(app: Application, clock: FixedClock, as_: As) -> None:
    number = store(app, as_("applicant"), None)
    _, _, path = open_attachment(app, as_("applicant"), number)
    schedule_nights(app)
    later = (clock.now() + timedelta(days=8)).timestamp()
    os.utime(path, (later, later))
    clock.advance(timedelta(days=9))
    run.run_due(app)
    assert path.exists()
