"""The units of a joint branch: counted by where its people work; unusual numbers only warn."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import select

from services.audit.models import AuditKind, AuditRow
from services.basis import Basis
from services.bootstrap import Application
from services.errors import Forbidden, Invalid
from services.identity.actor import Actor
from services.organizations.commands import NewOrganization, establish
from services.organizations.joint import warnings_of
from services.organizations.models import Level, OrganizationKind
from services.organizations.queries import organization
from services.people.administration import ChangeEmployer, change_employer
from services.people.commands import NewPerson, employ, register_person
from services.people.models import PoliticalStatus
from tests.services.organizations.register import BASIS, MAIN, body_id, person_id

JOINT = "HN-CS-FR-JZ"
ByLogin = Callable[[str], Actor]


def _firm(app: Application, number: int) -> int:
    with app.database.write() as session:
        return establish(
            session,
            NewOrganization(
                f"LX-{number}",
                f"第{number}示例律师事务所",
                f"第{number}示例所",
                OrganizationKind.LAW_FIRM,
                Level.FIRM,
                body_id(app, "LX-CS"),
            ),
        ).id


def _person(app: Application, firm: int, status: PoliticalStatus = PoliticalStatus.MASSES) -> int:
    with app.database.write() as session:
        new = NewPerson(
            "示例人", "男", date(1990, 1, 1), body_id(app, JOINT), status, employer_id=firm
        )
        return register_person(session, new).id


def test_up_to_five_units_are_usual_and_more_are_warned_about(app: Application) -> None:
    for number in range(5):
        _person(app, _firm(app, number))
    assert warnings_of(app, body_id(app, JOINT)) == ()
    _person(app, _firm(app, 5))
    (words,) = warnings_of(app, body_id(app, JOINT))
    assert "覆盖6家单位，一般不超过5家" in words
    assert "待核对" in words


def test_a_unit_with_three_full_members_is_to_have_its_own_branch(
    app: Application, by_login: ByLogin
) -> None:
    firm = _firm(app, 1)
    for _ in range(2):
        _person(app, firm, PoliticalStatus.FULL)
    _person(app, firm)
    assert warnings_of(app, body_id(app, JOINT)) == ()
    _person(app, firm, PoliticalStatus.FULL)
    view = organization(app, by_login("lianheshuji"), body_id(app, JOINT))
    assert [(unit.name, unit.people, unit.full_members) for unit in view.units] == [
        ("第1示例律师事务所", 4, 3)
    ]
    assert "单独成立党支部" in view.warnings[0]


def test_other_bodies_have_no_units(app: Application, by_login: ByLogin) -> None:
    view = organization(app, by_login("shuji"), body_id(app, MAIN))
    assert (view.units, view.warnings) == ((), ())


def test_where_a_person_works_is_changed_and_on_record(app: Application, by_login: ByLogin) -> None:
    firm, who = _firm(app, 1), person_id(app, "钟亦凡")
    actor = by_login("lianheshuji")
    assert change_employer(app, actor, ChangeEmployer(who, firm, BASIS)) == body_id(app, JOINT)
    assert [unit.id for unit in organization(app, actor, body_id(app, JOINT)).units] == [firm]
    with app.database.read() as session:
        entry = session.scalars(
            select(AuditRow).where(AuditRow.kind == AuditKind.PERSON_CHANGED)
        ).one()
    assert entry.subject_id == str(who)
    change_employer(app, actor, ChangeEmployer(who, None, BASIS))
    assert organization(app, actor, body_id(app, JOINT)).units == ()


def test_only_a_law_firm_employs_and_only_the_keepers_say_so(
    app: Application, by_login: ByLogin
) -> None:
    who = person_id(app, "钟亦凡")
    with pytest.raises(Invalid), app.database.write() as session:
        employ(session, who, body_id(app, MAIN))
    with pytest.raises(Forbidden):
        change_employer(app, by_login("shuji"), ChangeEmployer(who, None, BASIS))
    basis = Basis(date(2030, 1, 1), "示例")
    with pytest.raises(Invalid):
        change_employer(app, by_login("lianheshuji"), ChangeEmployer(who, None, basis))
