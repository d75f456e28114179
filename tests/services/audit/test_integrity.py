"""`dangwu verify` against somebody who owns the database: every way in is named, in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from services.audit.anchors import anchor_lines, make_anchor, parse_lines
from services.audit.books import AuditEntry, record
from services.audit.models import AuditKind, Book, JournalEntry, SubjectKind
from services.audit.verify import verify
from services.clock import FixedClock
from services.encryption.keyring import Keyring
from tests.conftest import START
from tests.services.audit.tampering import tamper
from tests.services.audit.test_anchors import DAY, rewrite
from tests.services.cases.statements import counted
from tests.world import World
from web.cli import main

CASE = "发〔2026〕1号"
SECOND = "WHERE sequence = 2"
HASH_OF_THIRD = "SELECT hash FROM journal_entry WHERE sequence = 3"
Verify = Callable[..., Result]


@pytest.fixture
def kept(world: World, clock: FixedClock, tmp_path: Path) -> Path:
    """Four entries of a case and two of a book, anchored; the copy of the anchor kept elsewhere."""
    world.until("assign_contacts")
    for subject in (1, 2):
        with world.app.database.write() as session:
            record(session, _access(subject))
    clock.advance(DAY)
    with world.app.database.write() as session:
        make_anchor(session, clock.now())
    with world.app.database.read() as session:
        lines = [f"{line}\n" for line in anchor_lines(session)]
    file = tmp_path / "存证.txt"
    file.write_text("".join(lines), encoding="utf-8")
    return file


def _access(subject: int) -> AuditEntry:
    return AuditEntry(
        book=Book.ACCESS,
        kind=AuditKind.SENSITIVE_READ,
        entered_at=START,
        subject_kind=SubjectKind.PERSON,
        subject_id=subject,
    )


@pytest.fixture
def dangwu_verify(world: World, kept: Path) -> Verify:
    """The command, run as the operator would."""
    settings = world.app.settings
    environment = {
        f"DANGWU_{name.upper()}": getattr(settings, name) for name in settings.__dataclass_fields__
    }

    def run(*, outside: bool = True) -> Result:
        arguments = ["verify", "--anchors", str(kept)] if outside else ["verify"]
        return CliRunner().invoke(main, arguments, env=environment)

    return run


@pytest.mark.parametrize("outside", [False, True])
def test_what_nobody_touched_is_whole(dangwu_verify: Verify, outside: bool) -> None:  # noqa: FBT001
    result = dangwu_verify(outside=outside)
    assert (0, "流转记录和各登记簿完整，未发现改动。\n") == (result.exit_code, result.output)


@pytest.mark.parametrize(
    ("statements", "named"),
    [
        pytest.param(
            [f"UPDATE journal_entry SET actor_id = actor_id + 1 {SECOND}"],
            [f"{CASE}：第 2 条记录内容被改动。"],
            id="another actor",
        ),
        pytest.param(
            [f"UPDATE journal_entry SET acted_on = '2026-05-11' {SECOND}"],
            [f"{CASE}：第 2 条记录内容被改动。"],
            id="another date of the act",
        ),
        pytest.param(
            [f"UPDATE journal_entry SET entered_at = '2026-05-11 01:00:00' {SECOND}"],
            [f"{CASE}：第 2 条记录内容被改动。"],
            id="another time of entry",
        ),
        pytest.param(
            [f"UPDATE journal_entry SET data = data || data {SECOND}"],
            [f"{CASE}：第 2 条记录内容被改动。"],
            id="another content",
        ),
        pytest.param(
            [f"UPDATE journal_entry SET kind = 'no_such_kind' {SECOND}"],
            [f"{CASE}：第 2 条记录内容被改动。"],
            id="unreadable",
        ),
        pytest.param(
            [f"UPDATE journal_entry SET hash = previous_hash {SECOND}"],
            [f"{CASE}：第 2 条记录内容被改动。"],
            id="another hash",
        ),
        pytest.param(
            [f"DELETE FROM journal_entry {SECOND}"],
            [f"{CASE}：第 2 条缺少记录。"],
            id="one taken out",
        ),
        pytest.param(
            [
                f"DELETE FROM journal_entry {SECOND}",
                "UPDATE journal_entry SET sequence = sequence - 1 WHERE sequence = 3",
                "UPDATE journal_entry SET sequence = sequence - 1 WHERE sequence = 4",
            ],
            [f"{CASE}：第 2 条与前一条记录不衔接。", f"{CASE}：第 4 条与每日存证不符。"],
            id="one taken out and the others moved up",
        ),
        pytest.param(
            [
                f"UPDATE journal_entry SET sequence = 99 {SECOND}",
                "UPDATE journal_entry SET sequence = 2 WHERE sequence = 3",
                "UPDATE journal_entry SET sequence = 3 WHERE sequence = 99",
            ],
            [f"{CASE}：第 2 条与前一条记录不衔接。"],
            id="two exchanged",
        ),
        pytest.param(
            ["DELETE FROM journal_entry WHERE sequence = 4"],
            [f"{CASE}：第 4 条末尾记录缺失。", f"{CASE}：第 4 条与每日存证不符。"],
            id="the last taken away",
        ),
        pytest.param(
            ["DELETE FROM journal_entry"],
            [f"{CASE}：第 1 条末尾记录缺失。", f"{CASE}：第 4 条与每日存证不符。"],
            id="all taken away",
        ),
        pytest.param(
            [
                "DELETE FROM journal_entry WHERE sequence = 4",
                "UPDATE process_instance SET journal_length = 3",
                f"UPDATE process_instance SET journal_hash = ({HASH_OF_THIRD})",
            ],
            [f"{CASE}：第 4 条与每日存证不符。"],
            id="the last taken away, and the head set back",
        ),
        pytest.param(
            ["UPDATE audit_entry SET subject_id = '9' WHERE book = 'access' AND sequence = 2"],
            ["查阅与导出：第 2 条记录内容被改动。"],
            id="a book altered",
        ),
        pytest.param(
            [
                "DELETE FROM audit_entry WHERE book = 'access'",
                "DELETE FROM audit_book WHERE book = 'access'",
            ],
            ["查阅与导出：第 2 条与每日存证不符。"],
            id="a book gone, head and all",
        ),
        pytest.param(
            ["UPDATE journal_anchor SET day = '2026-05-01'"],
            ["每日存证：第 1 条记录内容被改动。", "每日存证：第 1 条与另存的存证文件不符。"],
            id="the anchor altered",
        ),
        pytest.param(
            ["DELETE FROM journal_anchor_head", "DELETE FROM journal_anchor"],
            ["每日存证：第 1 条缺少记录。"],
            id="the anchor gone",
        ),
    ],
)
def test_every_way_in_is_named(
    world: World, dangwu_verify: Verify, statements: Sequence[str], named: Sequence[str]
) -> None:
    tamper(world.app, *statements)
    result = dangwu_verify()
    assert (1, "".join(f"{line}\n" for line in named)) == (result.exit_code, result.output)


def test_a_chain_computed_anew_is_named(world: World, dangwu_verify: Verify) -> None:
    rewrite(world)
    result = dangwu_verify()
    assert (1, f"{CASE}：第 4 条与每日存证不符。\n") == (result.exit_code, result.output)


def test_a_case_gone_with_its_row_is_named(world: World, dangwu_verify: Verify) -> None:
    tamper(world.app, "DELETE FROM process_instance")
    result = dangwu_verify()
    gone = f"已不存在的办件（内部编号 {world.case_id}）：第 1 条所属办件缺失。\n"
    assert (1, gone) == (result.exit_code, result.output)


def test_nothing_is_decrypted(
    world: World, dangwu_verify: Verify, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> bytes:
        pytest.fail("verify decrypts")

    monkeypatch.setattr(Keyring, "open", refuse)
    assert 0 == dangwu_verify().exit_code
    with pytest.raises(pytest.fail.Exception):
        world.instance()


def test_many_chains_cost_no_more_statements_than_one(world: World) -> None:
    world.start()
    one = _cost(world)
    for _ in range(3):
        world.withdraw().start()
    assert one == _cost(world)


def test_long_chains_are_read_in_parts(
    world: World, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = parse_lines(kept.read_text(encoding="utf-8"))
    world.withdraw().start()
    monkeypatch.setattr("services.audit.verify.CHUNK", 2)
    with world.app.database.read() as session:
        assert [] == list(verify(session, lines))
    tamper(world.app, "UPDATE journal_entry SET capacity = 'x' WHERE sequence = 3")
    with world.app.database.read() as session:
        assert [(CASE, 3)] == [(found.chain, found.sequence) for found in verify(session, lines)]


def _cost(world: World) -> int:
    with counted(world.app) as statements, world.app.database.read() as session:
        assert [] == list(verify(session))
    return len(statements)


def test_what_is_entered_meanwhile_is_no_fault(world: World) -> None:
    world.start()
    with world.app.database.snapshot() as session:
        session.scalars(select(JournalEntry.id).limit(1)).all()  # the moment is now
        world.withdraw().start()
        with world.app.database.write() as other:
            record(other, _access(3))
        assert [] == list(verify(session))
