"""Taking in rosters: preview, refusals with their cells, repeats, crashes, and who may."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from services.audit.models import AuditKind, AuditRow
from services.audit.verify import verify
from services.bootstrap import Application
from services.errors import Conflict, Forbidden, Invalid, NotFound
from services.identity.actor import Actor
from services.identity.models import Account
from services.identity.queries import load_actor
from services.jobs import queue
from services.organizations.models import ChangeKind, Organization, OrganizationChange
from services.people.models import Appointment, Membership, Person, Post, SearchKey
from services.people.search import keys_of
from services.roster import batch
from services.roster.commands import cancel_import, confirm_import
from services.roster.models import Effect, ImportPhase, RosterRow, Sheet
from services.roster.queries import progress
from services.roster.report import write_report
from services.roster.rows import open_roster
from services.roster.store import roster_store
from services.roster.template import write_template
from services.roster.views import ImportView
from services.spreadsheets.reading import open_workbook
from services.worker.run import run_due, run_job, sweep
from tests.rosters import Country, identity_number, write
from tests.services.roster.conftest import Import, work_off

As = Callable[[str], Actor]
COUNTRY = Country(cities=2, branches_of_a_city=3, people_of_a_branch=4)
HOME = "HN-CS-YL-XJ"
"""The code of the branch of the sample world."""

SOMEBODY = {
    "name": "示例甲",
    "sex": "男",
    "born_on": "1990-01-01",
    "home": HOME,
    "status": "正式党员",
    "remark": "示例",
}


def effects(view: ImportView) -> dict[str, Mapping[Effect, int]]:
    return {sheet.name: dict(sheet.counts) for sheet in view.sheets}


def remarks(view: ImportView) -> list[str]:
    return [line for row in view.refused for line in row.remarks]


def count(app: Application, model: type[Any]) -> int:
    with app.database.read() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


@pytest.fixture
def country(tmp_path: Path) -> Path:
    return COUNTRY.write(tmp_path / "示例省.xlsx")


@pytest.fixture
def keeper(app: Application) -> Actor:
    """Somebody of the topmost committee who keeps the registers of all bodies below it."""
    with app.database.read() as session:
        found = select(Account.person_id).where(Account.login == "shengshuji")
        return load_actor(app, session.scalars(found).one() or 0)


def test_a_roster_is_checked_first_and_nothing_is_entered(
    app: Application, check: Import, country: Path
) -> None:
    before = count(app, Organization), count(app, Person), count(app, Appointment)
    view = check(country)
    assert ImportPhase.CHECKED is view.phase
    assert {
        "组织": {Effect.NEW: 9},
        "人员": {Effect.NEW: 24},
        "任职": {Effect.NEW: 6},
    } == effects(view)
    assert before == (count(app, Organization), count(app, Person), count(app, Appointment))


def test_good_rows_are_entered_as_the_commands_would(
    app: Application, enter: Import, country: Path
) -> None:
    view = enter(country)
    assert ImportPhase.DONE is view.phase
    with app.database.read() as session:
        branch = session.scalars(
            select(Organization).where(Organization.code == "SL-001-0002")
        ).one()
        city = session.get_one(Organization, branch.parent_id)
        assert f"{city.path}{branch.id}/" == branch.path
        assert branch.is_sample
        change = session.scalars(
            select(OrganizationChange).where(OrganizationChange.organization_id == branch.id)
        ).one()
        assert (ChangeKind.ESTABLISHED, date(2018, 7, 1)) == (change.kind, change.acted_on)
        person = session.scalars(
            select(Person).where(Person.organization_id == branch.id).order_by(Person.id)
        ).first()
        assert person is not None
        wanted = COUNTRY.person(20)
        assert (wanted["name"], wanted["identity_number"], wanted["address"]) == (
            person.name,
            person.identity_number,
            person.address,
        )
        keys = select(SearchKey.key).where(SearchKey.person_id == person.id)
        assert set(keys_of(person.name)) == set(session.scalars(keys))
        assert 1 == session.scalar(select(func.count()).where(Membership.person_id == person.id))
        post = session.scalars(select(Appointment).where(Appointment.person_id == person.id)).one()
        assert (Post.SECRETARY, branch.id) == (post.post, post.organization_id)


def test_the_same_roster_again_changes_nothing(
    app: Application, enter: Import, check: Import, country: Path
) -> None:
    enter(country)
    view = check(country)
    assert {
        "组织": {Effect.SAME: 9},
        "人员": {Effect.SAME: 24},
        "任职": {Effect.SAME: 6},
    } == effects(view)
    with pytest.raises(Conflict):
        confirm_import(app, None, view.id)


def test_nothing_of_a_workbook_stays_but_refused_rows(
    app: Application, enter: Import, country: Path
) -> None:
    enter(country)
    assert 0 == count(app, RosterRow)
    assert [] == [path for path in roster_store(app).root.rglob("*") if path.is_file()]


def test_what_stands_in_the_database_shows_no_number(
    app: Application, check: Import, country: Path
) -> None:
    check(country)
    with app.database.engine.connect() as connection:
        stored = connection.exec_driver_sql("SELECT cells, key, second_key FROM roster_row").all()
    number = COUNTRY.person(3)["identity_number"]
    assert not any(number in str(row) for row in stored)


@pytest.mark.parametrize(
    ("change", "remark"),
    [
        ({"name": ""}, "A2 姓名：没有填写。"),
        ({"born_on": "1990-13-01"}, "C2 出生日期：应为日期，写作 2026-06-01。"),
        ({"sex": "x"}, "B2 性别：应为男、女之一。"),
        ({"home": "XX"}, "D2 所在支部代码：没有这个组织，或者它所在的行有误。"),
        ({"home": "HN"}, "D2 所在支部代码："),
        ({"status": "党员"}, "E2 政治面貌：应为"),
        ({"identity_number": "123"}, "身份证号：身份证号应为18位"),
        ({"identity_number": "990000199001010018"}, "身份证号：身份证号的校验码不符"),
        (
            {"identity_number": identity_number(1, date(1991, 1, 1), "男")},
            "C2 出生日期：与身份证号中的出生日期不一致。",
        ),
        (
            {"identity_number": identity_number(1, date(1990, 1, 1), "女")},
            "B2 性别：与身份证号中的性别不一致。",
        ),
        ({"phone": "12"}, "手机号码：电话应为11位手机号码"),
    ],
)
def test_a_bad_row_is_refused_with_cell_and_reason(
    check: Import, change: dict[str, str], remark: str
) -> None:
    view = check({Sheet.PEOPLE: [{**SOMEBODY, **change}]})
    assert {"人员": {Effect.REFUSED: 1}} == effects(view)
    assert [True] == [remark in line for line in remarks(view)]


def test_good_rows_are_entered_beside_bad_ones(app: Application, enter: Import) -> None:
    before = count(app, Person)
    view = enter({Sheet.PEOPLE: [SOMEBODY, {**SOMEBODY, "name": "示例乙", "sex": ""}]})
    assert {"人员": {Effect.NEW: 1, Effect.REFUSED: 1}} == effects(view)
    assert before + 1 == count(app, Person)


def test_a_row_twice_in_a_workbook(check: Import) -> None:
    view = check({Sheet.PEOPLE: [SOMEBODY, SOMEBODY]})
    assert {"人员": {Effect.NEW: 1, Effect.REFUSED: 1}} == effects(view)
    assert ["与本表第2行重复。"] == remarks(view)


def test_two_people_alike_need_a_number(app: Application, enter: Import, check: Import) -> None:
    numbers = [identity_number(n, date(1990, 1, 1), "男") for n in (1, 2)]
    enter({Sheet.PEOPLE: [{**SOMEBODY, "identity_number": n} for n in numbers]})
    view = check({Sheet.PEOPLE: [SOMEBODY]})
    assert ["A2 姓名：有2人姓名、出生日期、所在支部都相同，请填写身份证号。"] == remarks(view)


def test_a_number_is_added_to_whom_it_belongs(app: Application, enter: Import) -> None:
    enter({Sheet.PEOPLE: [SOMEBODY]})
    before = count(app, Person)
    number = identity_number(1, date(1990, 1, 1), "男")
    view = enter({Sheet.PEOPLE: [{**SOMEBODY, "identity_number": number, "phone": "13900000001"}]})
    assert {"人员": {Effect.CHANGED: 1}} == effects(view)
    assert before == count(app, Person)
    with app.database.read() as session:
        person = session.scalars(select(Person).where(Person.name == "示例甲")).one()
    assert (number, "13900000001") == (person.identity_number, person.phone)


def test_what_a_procedure_decides_is_not_changed(enter: Import, check: Import) -> None:
    enter({Sheet.PEOPLE: [SOMEBODY]})
    view = check({Sheet.PEOPLE: [{**SOMEBODY, "status": "预备党员"}]})
    assert ["E2 政治面貌：与登记的政治面貌不同；变更请通过流程或者在人员页面办理。"] == remarks(
        view
    )


def test_bodies_may_stand_in_any_order_but_not_in_a_circle(check: Import) -> None:
    lines = list(COUNTRY.organizations())[::-1]
    assert {"组织": {Effect.NEW: 9}} == effects(check({Sheet.ORGANIZATIONS: lines}))
    first = {**lines[0], "code": "A", "parent": "B"}
    second = {**lines[0], "code": "B", "parent": "A"}
    view = check({Sheet.ORGANIZATIONS: [first, second]})
    assert {"组织": {Effect.REFUSED: 2}} == effects(view)


def test_rules_of_bodies_and_posts_hold(check: Import, country: Path) -> None:
    bad = {**list(COUNTRY.organizations())[2], "parent": "", "code": "X"}
    view = check({Sheet.ORGANIZATIONS: [bad]})
    assert "F2 上级组织代码：党支部必须有上级组织" in remarks(view)[0]


def test_an_import_is_spread_over_many_jobs(
    app: Application, enter: Import, country: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "BATCH", 5)
    monkeypatch.setattr(batch, "CHUNK_SECONDS", -1.0)  # every job does one batch
    before = count(app, Person)
    assert ImportPhase.DONE is enter(country).phase
    assert before + 24 == count(app, Person)


def test_a_worker_that_dies_half_way_leaves_whole_batches(
    app: Application,
    check: Import,
    country: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batch, "BATCH", 5)
    before = count(app, Person)
    view = check(country)
    confirm_import(app, None, view.id)
    enter_rows, calls = batch._enter, 0

    def dies(*arguments: Any) -> None:
        nonlocal calls
        calls += 1
        enter_rows(*arguments)
        if calls == 4:
            message = "power cut"
            raise KeyboardInterrupt(message)

    monkeypatch.setattr(batch, "_enter", dies)
    with pytest.raises(KeyboardInterrupt):
        run_due(app)
    assert before + 5 == count(app, Person)  # 9 bodies are two batches, then five people
    monkeypatch.setattr(batch, "_enter", enter_rows)
    clock: Any = app.clock
    clock.advance(queue.LEASE * 2)
    work_off(app)
    assert ImportPhase.DONE is progress(app, None, view.id).phase
    assert before + 24 == count(app, Person)


def test_only_one_worker_works_on_an_import(app: Application, check: Import, country: Path) -> None:
    view = check(country)
    confirm_import(app, None, view.id)
    job = next(iter(sweep(app)))
    assert run_job(app, job)
    assert not run_job(app, job)


def test_everything_is_in_the_books(app: Application, enter: Import, country: Path) -> None:
    enter(country)
    with app.database.read() as session:
        kinds = set(session.scalars(select(AuditRow.kind)))
        assert AuditKind.ROSTER_IMPORTED in kinds
        assert [] == list(verify(session))


def test_the_report_can_be_corrected_and_sent_again(
    app: Application, enter: Import, check: Import, tmp_path: Path
) -> None:
    view = enter({Sheet.PEOPLE: [SOMEBODY, {**SOMEBODY, "name": "示例乙", "sex": ""}]})
    path = tmp_path / "report.xlsx"
    assert "名册-有误的行.xlsx" == write_report(app, None, view.id, path)
    with open_workbook(path) as workbook:
        rows = [cells for _, cells in workbook.rows("人员")]
    assert "示例乙" == rows[1][0]
    assert "B3 性别：没有填写。" == rows[1][-1]
    assert {"人员": {Effect.REFUSED: 1}} == effects(check(path))
    with app.database.read() as session:
        assert AuditKind.SENSITIVE_READ in set(session.scalars(select(AuditRow.kind)))


def test_the_template_holds_nothing_to_take_in(check: Import, tmp_path: Path) -> None:
    path = tmp_path / "template.xlsx"
    write_template(path)
    with open_roster(path) as roster:
        assert set(Sheet) == set(roster.layout)
        assert [] == list(roster.rows())
    assert () == check(path).sheets


@pytest.mark.parametrize("heading", ["姓 名", "星座"])
def test_a_workbook_that_is_no_roster(check: Import, tmp_path: Path, heading: str) -> None:
    from xlsxwriter import Workbook  # noqa: PLC0415 - this test only

    path = tmp_path / "other.xlsx"
    with Workbook(str(path)) as book:
        book.add_worksheet("人员").write_row(0, 0, ["姓名", heading])
    view = check(path)
    assert ImportPhase.FAILED is view.phase
    assert f"有模板没有的列：{heading}" in view.failure


def test_no_other_file_is_taken(check: Import, tmp_path: Path) -> None:
    path = tmp_path / "名册.xlsx"
    path.write_bytes(b"%PDF-1.7\n")
    with pytest.raises(Invalid):
        check(path)


def test_who_keeps_no_register_imports_nothing(check: Import, as_: As) -> None:
    with pytest.raises(Forbidden):
        check({Sheet.PEOPLE: [SOMEBODY]}, as_("applicant"))


def test_a_branch_takes_in_its_own_people_only(check: Import, as_: As) -> None:
    organizer = as_("organizer")
    elsewhere = {**SOMEBODY, "name": "示例乙", "home": "HN-CS-YL-LS"}
    view = check({Sheet.PEOPLE: [SOMEBODY, elsewhere]}, organizer)
    assert {"人员": {Effect.NEW: 1, Effect.REFUSED: 1}} == effects(view)
    assert ["D3 所在支部代码：您没有登记该组织人员的权限。"] == remarks(view)
    post = {
        "name": "示例甲",
        "born_on": "1990-01-01",
        "home": HOME,
        "body": HOME,
        "post": "书记",
        "starts_on": "2026-01-01",
    }
    view = check({Sheet.PEOPLE: [SOMEBODY], Sheet.APPOINTMENTS: [post]}, organizer)
    assert ["E2 任职组织代码：您没有登记该组织任免的权限。"] == remarks(view)


def test_the_committee_above_takes_in_all(check: Import, keeper: Actor) -> None:
    post = {
        "name": "示例甲",
        "born_on": "1990-01-01",
        "home": HOME,
        "body": HOME,
        "post": "委员",
        "starts_on": "2026-01-01",
    }
    view = check({Sheet.PEOPLE: [SOMEBODY], Sheet.APPOINTMENTS: [post]}, keeper)
    assert {"人员": {Effect.NEW: 1}, "任职": {Effect.NEW: 1}} == effects(view)


def test_an_import_belongs_to_who_ordered_it(app: Application, check: Import, as_: As) -> None:
    view = check({Sheet.PEOPLE: [SOMEBODY]}, as_("organizer"))
    for act in (progress, confirm_import, cancel_import):
        with pytest.raises(NotFound):
            act(app, as_("secretary"), view.id)


def test_giving_up_deletes_the_rows(app: Application, check: Import) -> None:
    view = check({Sheet.PEOPLE: [SOMEBODY]})
    cancel_import(app, None, view.id)
    work_off(app)
    assert 0 == count(app, RosterRow)
    assert ImportPhase.CANCELED is progress(app, None, view.id).phase
    with pytest.raises(Conflict):
        confirm_import(app, None, view.id)


def test_far_cells_are_refused_before_they_cost_memory(check: Import, tmp_path: Path) -> None:
    from xlsxwriter import Workbook  # noqa: PLC0415 - this test only

    path = tmp_path / "far.xlsx"
    with Workbook(str(path)) as book:
        sheet = book.add_worksheet("人员")
        sheet.write_string(0, 0, "姓名")
        sheet.write_string(1_000_000, 16_000, "x")
    view = check(path)
    assert ImportPhase.FAILED is view.phase
    assert "工作表过大" in view.failure


def test_rows_are_written_by_hand_too(tmp_path: Path) -> None:
    path = write(tmp_path / "x.xlsx", {Sheet.PEOPLE: [SOMEBODY]})
    with open_roster(path) as roster:
        assert ["示例甲"] == [row.cells[0] for row in roster.rows()]
