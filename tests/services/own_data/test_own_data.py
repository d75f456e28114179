"""What people see of what is held on them, and what they cannot tell from it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from services.audit.models import AuditKind, AuditRow
from services.bootstrap import Application
from services.disclosure.purposes import Purpose, Reason
from services.errors import Invalid
from services.identity.actor import Actor
from services.notifications.models import Notification
from services.own_data.commands import AskForCorrection, ask_for_correction
from services.own_data.export import export_own
from services.own_data.queries import own_data
from services.people.models import Person
from services.people.personal import ReadPersonalData, read_personal_data
from tests.world import World

As = Callable[[str], Actor]


def read(app: Application, reader: Actor, person_id: int, purpose: Purpose) -> None:
    read_personal_data(app, reader, ReadPersonalData(person_id, Reason(purpose, "示例")))


def test_the_register_the_cases_and_the_reads(app: Application, world: World, as_: As) -> None:
    world.start()
    me = as_("applicant")
    read(app, as_("secretary"), me.person_id, Purpose.VERIFICATION)
    read(app, me, me.person_id, Purpose.CONTACT)
    own = own_data(app, me)
    assert me.name == own.person.name
    assert [world.case_id] == [item.case_id for item in own.cases.items]
    [item] = own.reads
    assert ("核对身份或者材料", as_("secretary").title) == (item.purpose_name, item.capacity)
    assert "身份证号" in item.what


def test_supervision_leaves_no_trace(app: Application, as_: As) -> None:
    me = as_("applicant")
    before = own_data(app, me)
    read(app, as_("secretary"), me.person_id, Purpose.SUPERVISION)
    read(app, as_("secretary"), me.person_id, Purpose.OTHER)
    read(app, as_("discipline_commissioner"), me.person_id, Purpose.PROCEDURE)
    assert before == own_data(app, me)


def test_reads_for_supervision_push_no_others_off_the_list(
    app: Application, as_: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.own_data.queries.READS_SHOWN", 2)
    me, secretary = as_("applicant"), as_("secretary")
    for purpose in (Purpose.VERIFICATION, Purpose.CONTACT, Purpose.PROCEDURE):
        read(app, secretary, me.person_id, purpose)
    before = own_data(app, me)
    assert ["办理党务手续", "与本人联系"] == [item.purpose_name for item in before.reads]
    read(app, secretary, me.person_id, Purpose.SUPERVISION)
    assert before == own_data(app, me)


def test_a_correction_reaches_who_keeps_the_register_on_record(app: Application, as_: As) -> None:
    me = as_("applicant")
    names = ask_for_correction(app, me, AskForCorrection("  职业应为专职律师。 "))
    assert as_("secretary").name in names
    with app.database.read() as session:
        notices = session.scalars(
            select(Notification).where(Notification.person_id == as_("secretary").person_id)
        ).all()
        assert ["职业应为专职律师。" in notice.body for notice in notices] == [True]
        [row] = session.scalars(select(AuditRow).where(AuditRow.kind == AuditKind.CORRECTION_ASKED))
        assert (str(me.person_id), me.person_id) == (row.subject_id, row.actor_id)


def test_a_correction_needs_words(app: Application, as_: As) -> None:
    with pytest.raises(Invalid) as refused:
        ask_for_correction(app, as_("applicant"), AskForCorrection("  "))
    assert "words" in refused.value.errors


def test_the_copy_is_in_full_and_a_read_of_ones_own(
    app: Application, world: World, as_: As, tmp_path: Path
) -> None:
    world.start()
    me, path = as_("applicant"), tmp_path / "own.xlsx"
    assert "我的个人信息.xlsx" == export_own(app, me, path)
    book = CalamineWorkbook.from_path(path)
    facts = dict(book.get_sheet_by_name("名册").to_python()[1:])
    with app.database.read() as session:
        person = session.get_one(Person, me.person_id)
        assert person.identity_number == facts["身份证号"]
        [entry] = session.scalars(select(AuditRow).where(AuditRow.kind == AuditKind.SENSITIVE_READ))
        assert (me.person_id, str(me.person_id)) == (entry.actor_id, entry.subject_id)
        assert (person.identity_number or "").encode() not in entry.data
    [case] = book.get_sheet_by_name("我的办件").to_python()[1:]
    assert own_data(app, me).cases.items[0].case_number == case[0]
    assert () == own_data(app, me).reads


def test_the_copy_tells_nothing_of_what_is_withheld(
    app: Application, as_: As, tmp_path: Path
) -> None:
    me, before, after = as_("applicant"), tmp_path / "before.xlsx", tmp_path / "after.xlsx"
    export_own(app, me, before)
    read(app, as_("secretary"), me.person_id, Purpose.SUPERVISION)
    read(app, as_("discipline_commissioner"), me.person_id, Purpose.PROCEDURE)
    export_own(app, me, after)
    assert sheets(before) == sheets(after)


def test_the_copy_names_nobody_else_whose_case_one_handled(
    app: Application, world: World, as_: As, tmp_path: Path
) -> None:
    world.until("assign_contacts")
    path = tmp_path / "own.xlsx"
    secretary = as_("secretary")
    assert 0 < own_data(app, secretary).handled.total
    export_own(app, secretary, path)
    found = sheets(path)
    assert own_data(app, secretary).handled.total == len(found["我办理的步骤"]) - 1
    assert as_("applicant").name not in str(found)


def test_a_long_list_is_copied_whole(
    app: Application, world: World, as_: As, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.cases.queries.PAGE_SIZE", 2)
    world.start()
    for _ in range(4):
        world.withdraw().start()
    path = tmp_path / "own.xlsx"
    export_own(app, as_("applicant"), path)
    numbers = [row[0] for row in sheets(path)["我的办件"][1:]]
    assert (5, 5) == (len(numbers), len(set(numbers)))


def sheets(path: Path) -> dict[str, list[list[object]]]:
    book = CalamineWorkbook.from_path(path)
    return {name: list(book.get_sheet_by_name(name).to_python()) for name in book.sheet_names}
