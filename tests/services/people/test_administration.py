"""Appointing, transferring, leaving and coming back."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from engine.values import load_values
from services.audit.models import AuditKind, AuditRow, Book
from services.basis import Basis
from services.bootstrap import Application
from services.errors import Conflict, Forbidden, Invalid
from services.identity.queries import load_actor
from services.organizations.history import body_on
from services.people.administration import (
    AppointPerson,
    EndAppointment,
    EndMembership,
    ReadmitPerson,
    TransferMembership,
    appoint_person,
    end_membership,
    end_post,
    enter_person,
    readmit_person,
    transfer_membership,
)
from services.people.commands import NewPerson
from services.people.errors import PersonInUse
from services.people.models import (
    Appointment,
    LeavingReason,
    Membership,
    Person,
    PersonKind,
    PoliticalStatus,
    Post,
)
from services.people.queries import people_of
from services.tasks.commands import claim
from tests.services.organizations.register import (
    BASIS,
    CITY,
    MAIN,
    NEIGHBOUR,
    TODAY,
    actor_named,
    body_id,
    person_id,
)
from tests.world import World

SUPERIOR, ORGANIZER, SECRETARY = "范永康", "刘思齐", "陈启明"


def _appointment(app: Application, name: str) -> Appointment:
    with app.database.read() as session:
        return session.scalars(
            select(Appointment)
            .where(Appointment.person_id == person_id(app, name))
            .order_by(Appointment.id.desc())
        ).all()[0]


def test_one_person_holds_posts_in_several_bodies(app: Application) -> None:
    who = person_id(app, ORGANIZER)
    command = AppointPerson(who, body_id(app, NEIGHBOUR), Post.PUBLICITY_COMMISSIONER, BASIS)
    appoint_person(app, actor_named(app, SUPERIOR), command)
    actor = load_actor(app, who)
    assert [identity.title for identity in actor.identities] == [
        "湘江示例所党支部组织委员",
        "麓山示例所党支部宣传委员",
        "湘江示例所党支部党员",
    ]
    assert _appointment(app, ORGANIZER).document_number == BASIS.document_number


def test_a_post_ends_with_date_and_document_and_stays_on_record(app: Application) -> None:
    row = _appointment(app, ORGANIZER)
    end_post(app, actor_named(app, SUPERIOR), EndAppointment(row.id, BASIS))
    ended = _appointment(app, ORGANIZER)
    assert (ended.id, ended.ends_on, ended.end_document) == (
        row.id,
        TODAY,
        BASIS.document_number,
    )
    with pytest.raises(Invalid):
        end_post(app, actor_named(app, SUPERIOR), EndAppointment(row.id, BASIS))


@pytest.mark.parametrize("post", [Post.OFFICE_CLERK, Post.DEPARTMENT_HEAD, Post.REGISTER_KEEPER])
def test_a_branch_has_no_such_post(app: Application, post: Post) -> None:
    command = AppointPerson(person_id(app, "曾令文"), body_id(app, MAIN), post, BASIS)
    with pytest.raises(Invalid) as caught:
        appoint_person(app, actor_named(app, SUPERIOR), command)
    assert set(caught.value.errors) == {"post"}


@pytest.mark.parametrize("name", [SECRETARY, "唐国栋", "曾令文", "李一鸣"])
def test_who_is_not_above_the_body_appoints_nobody(app: Application, name: str) -> None:
    command = AppointPerson(
        person_id(app, "谭晓岚"), body_id(app, MAIN), Post.PUBLICITY_COMMISSIONER, BASIS
    )
    with pytest.raises(Forbidden):
        appoint_person(app, actor_named(app, name), command)


def test_nobody_appoints_themselves(app: Application) -> None:
    actor = actor_named(app, SUPERIOR)
    command = AppointPerson(actor.person_id, body_id(app, MAIN), Post.COMMISSIONER, BASIS)
    with pytest.raises(Forbidden, match="本人"):
        appoint_person(app, actor, command)


def test_a_register_keeper_keeps_everything_below_the_own_body(app: Application) -> None:
    appoint_person(
        app,
        actor_named(app, "万晓"),
        AppointPerson(person_id(app, "谭晓岚"), body_id(app, MAIN), Post.COMMISSIONER, BASIS),
    )
    assert _appointment(app, "谭晓岚").post is Post.COMMISSIONER
    with app.database.read() as session:
        entry = session.scalars(
            select(AuditRow).where(AuditRow.book == Book.PEOPLE).order_by(AuditRow.id.desc())
        ).all()[0]
    assert (entry.kind, entry.acted_on, entry.capacity) == (
        AuditKind.POST_TAKEN_UP,
        TODAY,
        "长沙市律师行业党委名册管理员",
    )
    assert load_values(entry.data)["document_number"] == BASIS.document_number


def test_a_transfer_keeps_the_time_that_counts_and_takes_the_case_along(app: Application) -> None:
    world = World(app).until("assess_activist")
    applicant = world.people["applicant"]
    with app.database.read() as session:
        before = session.get_one(Person, applicant)
    facts = world.variables()
    basis = Basis(world.today, "示例转〔2026〕1号")
    transfer_membership(
        app,
        actor_named(app, ORGANIZER),
        TransferMembership(applicant, body_id(app, NEIGHBOUR), basis),
    )
    with app.database.read() as session:
        after = session.get_one(Person, applicant)
        periods = session.scalars(
            select(Membership).where(Membership.person_id == applicant).order_by(Membership.id)
        ).all()
    assert (after.status, after.status_since) == (before.status, before.status_since)
    assert after.status is PoliticalStatus.ACTIVIST
    assert [(p.organization_id, p.starts_on, p.ends_on) for p in periods] == [
        (before.organization_id, None, world.today),
        (body_id(app, NEIGHBOUR), world.today, None),
    ]
    assert world.instance().organization_id == body_id(app, NEIGHBOUR)
    changed = {key for key, value in world.variables().items() if facts.get(key) != value}
    assert changed == {"organization", "organization_name"}
    world.waiting_at("assess_activist")


def test_a_transfer_into_a_committee_or_back_in_time_is_refused(app: Application) -> None:
    actor, who = actor_named(app, SUPERIOR), person_id(app, "曾令文")
    with pytest.raises(Invalid):
        transfer_membership(app, actor, TransferMembership(who, body_id(app, CITY), BASIS))
    transfer_membership(app, actor, TransferMembership(who, body_id(app, NEIGHBOUR), BASIS))
    early = Basis(TODAY - timedelta(days=1), "更早的文件")
    with pytest.raises(Invalid) as caught:
        transfer_membership(app, actor, TransferMembership(who, body_id(app, MAIN), early))
    assert set(caught.value.errors) == {"acted_on"}


def test_who_leaves_keeps_the_record_and_loses_the_posts(app: Application) -> None:
    who = person_id(app, ORGANIZER)
    end_membership(
        app, actor_named(app, SECRETARY), EndMembership(who, LeavingReason.DECEASED, BASIS)
    )
    with app.database.read() as session:
        person = session.get_one(Person, who)
        period = session.scalars(select(Membership).where(Membership.person_id == who)).one()
        names = [p.name for p in people_of(session, body_id(app, MAIN))]
    assert (person.left_on, period.ends_on, period.reason) == (
        TODAY,
        TODAY,
        LeavingReason.DECEASED,
    )
    assert ORGANIZER not in names
    assert load_actor(app, who).posts == ()
    with pytest.raises(Conflict):
        appoint_person(
            app,
            actor_named(app, SUPERIOR),
            AppointPerson(who, body_id(app, MAIN), Post.COMMISSIONER, BASIS),
        )


def test_nobody_leaves_with_open_matters(app: Application) -> None:
    world = World(app).start()
    with pytest.raises(PersonInUse) as caught:
        end_membership(
            app,
            actor_named(app, SECRETARY),
            EndMembership(world.people["applicant"], LeavingReason.TRANSFERRED_OUT, BASIS),
        )
    assert caught.value.obstacles == (f"本人的办件{world.instance().number}",)
    claim(app, world.actor("secretary"), world.rows()[0].id)
    with pytest.raises(PersonInUse) as caught:
        end_membership(
            app,
            actor_named(app, SUPERIOR),
            EndMembership(world.people["secretary"], LeavingReason.TRANSFERRED_OUT, BASIS),
        )
    assert "已签收的" in caught.value.obstacles[0]


def test_who_was_expelled_comes_back_as_non_member(app: Application) -> None:
    who, actor = person_id(app, "曾令文"), actor_named(app, SUPERIOR)
    end_membership(app, actor, EndMembership(who, LeavingReason.EXPELLED, BASIS))
    command = ReadmitPerson(who, body_id(app, NEIGHBOUR), PoliticalStatus.MASSES, BASIS)
    readmit_person(app, actor, command)
    with app.database.read() as session:
        person = session.get_one(Person, who)
    assert (person.left_on, person.status, person.organization_id) == (
        None,
        PoliticalStatus.MASSES,
        body_id(app, NEIGHBOUR),
    )
    with pytest.raises(Conflict):
        readmit_person(app, actor, command)


def test_an_intern_is_entered_by_the_own_branch(app: Application) -> None:
    new = NewPerson(
        name="示例新人",
        sex="女",
        born_on=date(2000, 1, 1),
        organization_id=body_id(app, MAIN),
        status=PoliticalStatus.MASSES,
        kind=PersonKind.INTERN,
        occupation="实习律师",
        belongs_since=TODAY,
        document_number="实习备案表",
    )
    who = enter_person(app, actor_named(app, ORGANIZER), new)
    with app.database.read() as session:
        assert session.get_one(Person, who).kind is PersonKind.INTERN
        assert body_on(session, new.organization_id, TODAY).name == "湘江示例律师事务所党支部"
    with pytest.raises(Forbidden):
        enter_person(app, actor_named(app, "唐国栋"), new)
