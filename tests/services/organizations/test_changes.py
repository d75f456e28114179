"""Founding, renaming, moving, merging, splitting and dissolving bodies."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from services.audit.models import AuditKind, AuditRow, Book
from services.basis import Basis
from services.bootstrap import Application
from services.cases import pages
from services.errors import Conflict, Forbidden, Invalid
from services.identity.actor import Actor
from services.organizations.administration import (
    EndPower,
    GrantPower,
    MoveOrganization,
    RenameOrganization,
    end_power,
    establish_organization,
    grant_power,
    move_organization,
    rename_organization,
)
from services.organizations.commands import NewOrganization
from services.organizations.errors import OrganizationInUse
from services.organizations.history import body_on, changes_of, name_on
from services.organizations.models import (
    ApprovalPower,
    ChangeKind,
    Level,
    Organization,
    OrganizationKind,
)
from services.organizations.queries import approver_of
from services.organizations.rules import require_place
from services.organizations.succession import (
    DissolveOrganization,
    MergeOrganizations,
    SplitOrganization,
    dissolve_organization,
    merge_organizations,
    split_organization,
)
from services.people.models import Appointment, Membership, Person
from services.tasks.commands import claim
from services.tasks.models import TaskCandidate
from tests.services.organizations.register import (
    BASIS,
    CITY,
    COUNTY,
    GENERAL_BRANCH,
    JOINT,
    MAIN,
    NEIGHBOUR,
    OTHER_CITY,
    TODAY,
    actor_named,
    body_id,
    body_of,
    person_id,
)
from tests.world import World

YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
def keeper(app: Application) -> Actor:
    """Whoever may keep every body of the province: its organiser."""
    return actor_named(app, "严书慧")


def _new(app: Application, parent: str, **changes: object) -> NewOrganization:
    values: dict[str, object] = {
        "code": "HN-CS-YL-XX",
        "name": "新设示例律师事务所党支部",
        "short_name": "新设示例所党支部",
        "kind": OrganizationKind.BRANCH,
        "level": Level.FIRM,
        "parent_id": body_id(app, parent),
        "established_on": TODAY,
        "document_number": BASIS.document_number,
    }
    return NewOrganization(**{**values, **changes})  # type: ignore[arg-type]


def test_a_founded_body_stands_below_its_parent_with_the_act_on_record(
    app: Application, keeper: Actor
) -> None:
    new_id = establish_organization(app, keeper, _new(app, COUNTY))
    with app.database.read() as session:
        row = session.get_one(Organization, new_id)
        history = changes_of(session, new_id)
    assert row.path == f"{body_of(app, COUNTY).path}{new_id}/"
    assert [(c.kind, c.acted_on, c.document_number) for c in history] == [
        (ChangeKind.ESTABLISHED, TODAY, BASIS.document_number)
    ]


@pytest.mark.parametrize(
    ("parent", "changes", "fields"),
    [
        (COUNTY, {"kind": OrganizationKind.LAW_FIRM}, {"parent_id"}),
        (GENERAL_BRANCH, {"kind": OrganizationKind.GENERAL_BRANCH}, {"parent_id"}),
        (COUNTY, {"level": Level.COUNTY}, {"level", "parent_id"}),
        (
            COUNTY,
            {"kind": OrganizationKind.INDUSTRY_COMMITTEE, "level": Level.CITY},
            {"parent_id"},
        ),
        (COUNTY, {"name": " ", "code": "x" * 33}, {"name", "code"}),
        (COUNTY, {"established_on": TODAY + timedelta(days=1)}, {"acted_on"}),
        (COUNTY, {"document_number": " "}, {"document_number"}),
        (COUNTY, {"code": MAIN}, {"code"}),
    ],
)
def test_what_no_rule_allows_is_not_founded(
    app: Application,
    keeper: Actor,
    parent: str,
    changes: dict[str, object],
    fields: set[str],
) -> None:
    with pytest.raises(Invalid) as caught:
        establish_organization(app, keeper, _new(app, parent, **changes))
    assert fields == set(caught.value.errors)


def test_a_branch_needs_a_body_above_it_and_the_refusal_names_the_article() -> None:
    with pytest.raises(Invalid) as caught:
        require_place(OrganizationKind.BRANCH, Level.FIRM, None)
    assert "第六条" in caught.value.errors["parent_id"]


def test_every_act_is_in_the_book_with_date_capacity_and_document(
    app: Application, keeper: Actor
) -> None:
    main, neighbour = body_id(app, MAIN), body_id(app, NEIGHBOUR)
    rename_organization(app, keeper, RenameOrganization(main, "新名党支部", "新名", BASIS))
    move_organization(app, keeper, MoveOrganization(main, body_id(app, CITY), BASIS))
    split_organization(app, keeper, SplitOrganization(main, _new(app, CITY), BASIS))
    merge_organizations(app, keeper, MergeOrganizations((main,), neighbour, BASIS))
    with app.database.read() as session:
        entries = session.scalars(
            select(AuditRow)
            .where(AuditRow.book == Book.ORGANIZATIONS, AuditRow.subject_id == str(main))
            .order_by(AuditRow.sequence)
        ).all()
    assert [entry.kind for entry in entries][-4:] == [
        AuditKind.ORGANIZATION_RENAMED,
        AuditKind.ORGANIZATION_MOVED,
        AuditKind.ORGANIZATION_SPLIT,
        AuditKind.ORGANIZATION_MERGED,
    ]
    assert {(e.acted_on, e.capacity, e.actor_id) for e in entries[-4:]} == {
        (TODAY, "湖南省律师行业党委组织员", keeper.person_id)
    }


@pytest.mark.parametrize(
    ("name", "may"),
    [
        ("范永康", True),  # secretary of the county committee above
        ("尹可心", True),  # organiser of the city committee above
        ("薛宁", True),  # organisation department of the city
        ("廖星辰", False),  # department of another city
        ("陈启明", False),  # secretary of the body itself
        ("唐国栋", False),  # secretary of a neighbour
        ("李一鸣", False),  # no post at all
    ],
)
def test_who_may_rename_a_body(app: Application, name: str, *, may: bool) -> None:
    command = RenameOrganization(body_id(app, MAIN), "改名示例所党支部", "改名所", BASIS)
    if may:
        rename_organization(app, actor_named(app, name), command)
        assert body_of(app, MAIN).name == "改名示例所党支部"
    else:
        with pytest.raises(Forbidden):
            rename_organization(app, actor_named(app, name), command)
        assert body_of(app, MAIN).name == "湘江示例律师事务所党支部"


def test_the_name_in_force_can_be_read_for_any_date(app: Application, keeper: Actor) -> None:
    main = body_id(app, MAIN)
    for day, name in ((date(2026, 3, 1), "三月所"), (date(2026, 5, 1), "五月所")):
        rename_organization(
            app, keeper, RenameOrganization(main, name, name, Basis(day, "示例〔2026〕1号"))
        )
    days = [
        date(2000, 1, 1),
        date(2023, 3, 15),
        date(2026, 3, 1),
        date(2026, 4, 30),
        date(2026, 5, 1),
        TODAY,
    ]
    with app.database.read() as session:
        names = [name_on(session, main, day) for day in days]
    assert names == [
        "湘江潮示例律师事务所党支部",
        "湘江示例律师事务所党支部",
        "三月所",
        "三月所",
        "五月所",
        "五月所",
    ]
    with pytest.raises(Invalid) as caught:
        rename_organization(
            app,
            keeper,
            RenameOrganization(main, "四月所", "四月所", Basis(date(2026, 4, 1), "迟到的文件")),
        )
    assert set(caught.value.errors) == {"acted_on"}


def test_a_case_shows_the_name_then_and_now(app: Application, keeper: Actor) -> None:
    world = World(app).start()
    rename_organization(
        app, keeper, RenameOrganization(body_id(app, MAIN), "新名所党支部", "新名所", BASIS)
    )
    world.go_to(TODAY + timedelta(days=30))
    header = pages.case(app, world.actor("applicant"), world.case_id).header
    assert header.organization_name == "新名所党支部"
    assert header.present_organization_name == ""
    rename_organization(
        app,
        keeper,
        RenameOrganization(
            body_id(app, MAIN), "再改名党支部", "再改名", Basis(date(2026, 6, 20), "示例2号")
        ),
    )
    header = pages.case(app, world.actor("applicant"), world.case_id).header
    assert header.organization_name == "新名所党支部"
    assert header.present_organization_name == "再改名党支部"
    assert world.variables()["organization_name"] == "再改名党支部"
    assert [str(e.kind) for e in world.journal()][-2:] == ["body_changed", "body_changed"]
    world.check_consistency()


def test_a_move_takes_the_whole_subtree_along(app: Application, keeper: Actor) -> None:
    county, city = body_of(app, COUNTY), body_of(app, OTHER_CITY)
    main = body_id(app, MAIN)
    move_organization(app, keeper, MoveOrganization(county.id, city.id, BASIS))
    with app.database.read() as session:
        everything = session.scalars(select(Organization)).all()
        assert {o.path for o in everything} == {
            f"{parent.path if parent else '/'}{o.id}/"
            for o in everything
            for parent in [session.get(Organization, o.parent_id) if o.parent_id else None]
        }
        approver = approver_of(session, main, TODAY)
        before = body_on(session, county.id, YESTERDAY)
        after = body_on(session, county.id, TODAY)
    assert approver is not None
    assert approver.code == OTHER_CITY
    assert (before.parent_id, after.parent_id) == (county.parent_id, city.id)


def test_running_cases_ask_the_new_superior_after_a_move(app: Application, keeper: Actor) -> None:
    world = World(app).until("file_activist")
    assert world.rows()[0].organization_id == body_id(app, CITY)
    move_organization(
        app,
        keeper,
        MoveOrganization(
            body_id(app, COUNTY), body_id(app, OTHER_CITY), Basis(world.today, "示例3号")
        ),
    )
    assert world.rows()[0].organization_id == body_id(app, OTHER_CITY)
    world.check_consistency()


@pytest.mark.parametrize(
    ("code", "parent"), [(COUNTY, COUNTY), (CITY, COUNTY), (COUNTY, CITY), (MAIN, JOINT)]
)
def test_a_body_does_not_move_where_it_cannot_stand(
    app: Application, keeper: Actor, code: str, parent: str
) -> None:
    before = body_of(app, code).path
    with pytest.raises(Invalid) as caught:
        move_organization(
            app, keeper, MoveOrganization(body_id(app, code), body_id(app, parent), BASIS)
        )
    assert set(caught.value.errors) == {"parent_id"}
    assert body_of(app, code).path == before


def test_a_merger_hands_over_people_cases_and_tasks(app: Application, keeper: Actor) -> None:
    world = World(app).start()
    main, neighbour = body_of(app, MAIN), body_of(app, NEIGHBOUR)
    shown = merge_organizations(app, keeper, MergeOrganizations((main.id,), neighbour.id, BASIS))
    assert shown == neighbour.id
    with app.database.read() as session:
        left = session.scalars(select(Person).where(Person.organization_id == main.id)).all()
        posts = session.scalars(
            select(Appointment).where(
                Appointment.organization_id == main.id, Appointment.ends_on.is_(None)
            )
        ).all()
        candidates = session.scalars(
            select(TaskCandidate.organization_id).where(TaskCandidate.task_id == world.rows()[0].id)
        ).all()
        applicant = session.scalars(
            select(Membership)
            .where(Membership.person_id == world.people["applicant"])
            .order_by(Membership.id)
        ).all()
        history = [c.kind for c in changes_of(session, neighbour.id)]
    assert (left, posts) == ([], [])
    assert set(candidates) == {neighbour.id}
    assert [(m.organization_id, m.ends_on) for m in applicant] == [
        (main.id, TODAY),
        (neighbour.id, None),
    ]
    assert history[0] is ChangeKind.ABSORBED
    closed = body_of(app, MAIN)
    assert (closed.dissolved_on, closed.successor_id) == (TODAY, neighbour.id)
    assert world.instance().organization_id == neighbour.id
    assert "并入" in str(world.record()["reason"])
    assert world.variables()["organization"] == str(neighbour.id)
    world.check_consistency()


def test_a_claimed_task_goes_to_who_is_competent_now(app: Application, keeper: Actor) -> None:
    world = World(app).start()
    claim(app, world.actor("secretary"), world.rows()[0].id)
    merge_organizations(
        app,
        keeper,
        MergeOrganizations((body_id(app, MAIN),), body_id(app, NEIGHBOUR), BASIS),
    )
    row = world.rows()[0]
    assert (row.assignee_id, str(row.state)) == (None, "created")


def test_who_cannot_take_what_the_other_has_takes_nothing(app: Application, keeper: Actor) -> None:
    with pytest.raises(OrganizationInUse) as caught:
        merge_organizations(
            app,
            keeper,
            MergeOrganizations((body_id(app, MAIN),), body_id(app, CITY), BASIS),
        )
    assert any("李一鸣" in words for words in caught.value.obstacles)
    assert body_of(app, MAIN).dissolved_on is None


def test_nothing_ends_while_anything_is_left_in_it(app: Application, keeper: Actor) -> None:
    World(app).start()
    with pytest.raises(OrganizationInUse) as caught:
        dissolve_organization(app, keeper, DissolveOrganization(body_id(app, MAIN), BASIS))
    words = "；".join(caught.value.obstacles)
    assert "人员李一鸣" in words
    assert "办件" in words
    with pytest.raises(OrganizationInUse) as caught:
        dissolve_organization(app, keeper, DissolveOrganization(body_id(app, COUNTY), BASIS))
    assert any("湘江示例律师事务所党支部" in words for words in caught.value.obstacles)


def test_an_empty_body_is_dissolved_with_posts_and_powers(app: Application, keeper: Actor) -> None:
    county = body_id(app, COUNTY)
    grant_power(app, keeper, GrantPower(county, Basis(YESTERDAY, "示例授权〔2026〕1号")))
    for code in (MAIN, NEIGHBOUR):
        move_organization(
            app, keeper, MoveOrganization(body_id(app, code), body_id(app, CITY), BASIS)
        )
    dissolve_organization(app, keeper, DissolveOrganization(county, BASIS))
    with app.database.read() as session:
        power = session.scalars(
            select(ApprovalPower).where(ApprovalPower.organization_id == county)
        ).one()
        posts = session.scalars(
            select(Appointment.ends_on).where(Appointment.organization_id == county)
        ).all()
    assert power.ends_on == YESTERDAY
    assert set(posts) == {YESTERDAY}
    with pytest.raises(Conflict):
        dissolve_organization(app, keeper, DissolveOrganization(county, BASIS))


def test_a_division_takes_people_and_their_cases_along(app: Application, keeper: Actor) -> None:
    world = World(app).start()
    main = body_id(app, MAIN)
    applicant = world.people["applicant"]
    new_id = split_organization(
        app,
        keeper,
        SplitOrganization(
            main, _new(app, COUNTY), BASIS, person_ids=(applicant, person_id(app, "曾令文"))
        ),
    )
    with app.database.read() as session:
        assert session.get_one(Person, applicant).organization_id == new_id
        kinds = (changes_of(session, main)[0].kind, changes_of(session, new_id)[0].kind)
    assert kinds == (ChangeKind.DIVIDED, ChangeKind.SPLIT_OFF)
    assert world.instance().organization_id == new_id
    assert "目前无人任职" in world.rows()[0].fallback_reason
    world.check_consistency()


def test_a_division_takes_nobody_elses_people(app: Application, keeper: Actor) -> None:
    with pytest.raises(Invalid) as caught:
        split_organization(
            app,
            keeper,
            SplitOrganization(
                body_id(app, MAIN),
                _new(app, COUNTY),
                BASIS,
                person_ids=(person_id(app, "唐国栋"),),
            ),
        )
    assert set(caught.value.errors) == {"people"}


def test_a_power_ends_once_and_is_kept(app: Application, keeper: Actor) -> None:
    city = body_id(app, CITY)
    with app.database.read() as session:
        power = session.scalars(
            select(ApprovalPower).where(ApprovalPower.organization_id == city)
        ).one()
        main = body_of(app, MAIN).id
    end_power(app, keeper, EndPower(power.id, BASIS))
    with app.database.read() as session:
        days = [approver_of(session, main, day) for day in (TODAY, TODAY + timedelta(days=1))]
    assert [body.code for body in days if body] == [CITY, "HN"]
    with pytest.raises(Conflict):
        end_power(app, keeper, EndPower(power.id, BASIS))


@pytest.mark.parametrize("name", ["谢正华", "范永康"])
def test_nobody_grants_power_to_their_own_body(app: Application, name: str) -> None:
    actor = actor_named(app, name)
    with pytest.raises(Forbidden):
        grant_power(app, actor, GrantPower(actor.posts[0].organization_id, BASIS))


def test_the_new_superior_has_to_be_kept_by_the_same_hand(
    app: Application, as_: Callable[[str], Actor]
) -> None:
    with pytest.raises(Forbidden):
        move_organization(
            app,
            as_("committee_organizer"),
            MoveOrganization(body_id(app, COUNTY), body_id(app, OTHER_CITY), BASIS),
        )
