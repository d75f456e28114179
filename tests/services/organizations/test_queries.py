"""The tree, approval powers and the page of a body, on the sample world."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.bootstrap import Application
from services.demo.names import EMPOWERED_ON
from services.errors import Invalid, NotFound
from services.identity.actor import Actor
from services.organizations.commands import NewOrganization, establish, grant_approval_power
from services.organizations.models import ApprovalPower, Level, Organization, OrganizationKind
from services.organizations.queries import (
    ancestors,
    approver_of,
    department_above,
    organization,
    tree,
)
from services.people.models import PoliticalStatus, Post

TODAY = date(2026, 6, 1)
MAIN, JOINT, SHENNONG = "HN-CS-YL-XJ", "HN-CS-FR-JZ", "HN-ZZ-TY-SN"


def by_code(session: Session, code: str) -> Organization:
    return session.scalars(select(Organization).where(Organization.code == code)).one()


def test_the_province_has_fourteen_city_committees(app: Application) -> None:
    province = next(node for node in tree(app) if node.code == "HN")
    cities = [node for node in province.children if node.level_name == "市级"]
    assert len(cities) == 14
    assert not any(city.is_sample for city in cities)
    assert {city.has_approval_power for city in cities} == {True, False}


def test_departments_are_roots_after_the_province(app: Application) -> None:
    kinds = [node.kind for node in tree(app)]
    assert kinds[0] is OrganizationKind.INDUSTRY_COMMITTEE
    first = kinds.index(OrganizationKind.DEPARTMENT)
    assert set(kinds[first:]) == {OrganizationKind.DEPARTMENT}


def test_ancestors_run_from_the_parent_to_the_root(app: Application) -> None:
    with app.database.read() as session:
        found = ancestors(session, by_code(session, MAIN).id)
    assert [o.code for o in found] == ["HN-CS-YL", "HN-CS", "HN"]


def test_ancestors_of_an_unknown_body(app: Application) -> None:
    with app.database.read() as session, pytest.raises(NotFound):
        ancestors(session, 10**6)


@pytest.mark.parametrize(
    ("branch", "approver"),
    [
        (MAIN, "HN-CS"),  # the county committee has no power
        (JOINT, "HN-CS"),  # a general branch never has
        (SHENNONG, "HN-ZZ-TY"),  # the county committee itself
        ("HN-CS", "HN"),  # a committee does not approve for itself
    ],
)
def test_the_nearest_body_above_with_power_approves(
    app: Application, branch: str, approver: str
) -> None:
    with app.database.read() as session:
        found = approver_of(session, by_code(session, branch).id, TODAY)
    assert found is not None
    assert found.code == approver


def test_power_counts_from_its_first_to_its_last_day(app: Application) -> None:
    with app.database.write() as session:
        branch = by_code(session, MAIN).id
        city = by_code(session, "HN-CS").id
        power = session.scalars(
            select(ApprovalPower).where(ApprovalPower.organization_id == city)
        ).one()
        power.ends_on = TODAY
        session.flush()
        days = [EMPOWERED_ON, TODAY, TODAY + timedelta(days=1)]
        approvers = [approver_of(session, branch, day) for day in days]
        assert [a.code for a in approvers if a] == ["HN-CS", "HN-CS", "HN"]
        assert approver_of(session, branch, EMPOWERED_ON - timedelta(days=1)) is None


@pytest.mark.parametrize("code", [MAIN, "HN-CS-FR", "HN-CS-LS", "ZZ-CS"])
def test_only_a_committee_can_be_given_the_power(app: Application, code: str) -> None:
    with app.database.read() as session, pytest.raises(Invalid):
        grant_approval_power(session, by_code(session, code).id, "示例〔2026〕1号", TODAY)


def test_power_cannot_end_before_it_begins(app: Application) -> None:
    with app.database.read() as session, pytest.raises(Invalid) as caught:
        grant_approval_power(
            session,
            by_code(session, "HN-CS-YL").id,
            "示例〔2026〕1号",
            TODAY,
            TODAY - timedelta(days=1),
        )
    assert set(caught.value.errors) == {"ends_on"}


def test_the_department_is_found_up_the_tree(app: Application) -> None:
    with app.database.read() as session:
        of_main = department_above(session, by_code(session, MAIN).id)
        of_city = department_above(session, by_code(session, "HN-CS").id)
        of_yueyang = department_above(session, by_code(session, "HN-YY").id)
        of_department = department_above(session, by_code(session, "ZZ-CS").id)
    assert of_main is not None
    assert of_main == of_city
    assert of_main.code == "ZZ-CS"
    assert of_yueyang is not None
    assert of_yueyang.code == "ZZ-HN"
    assert of_department is None


def test_a_taken_code_is_refused(app: Application) -> None:
    with app.database.read() as session, pytest.raises(Invalid) as caught:
        establish(
            session,
            NewOrganization("HN", "某", "某", OrganizationKind.BRANCH, Level.FIRM),
        )
    assert set(caught.value.errors) == {"code"}


def test_the_page_of_the_main_branch(app: Application, as_: Callable[[str], Actor]) -> None:
    actor = as_("applicant")
    page = organization(app, actor, actor.organization_id)
    assert page.parent is not None
    assert page.approver is not None
    assert page.department is not None
    assert page.parent.name == "长沙市岳麓区律师行业党委（示例）"
    assert page.ancestors[0].short_name == "湖南省律师行业党委"
    assert page.approver.short_name == "长沙市律师行业党委"
    assert page.is_sample
    posts = {post.post: [holder.name for holder in post.holders] for post in page.posts}
    assert posts[Post.SECRETARY] == ["陈启明"]
    assert posts[Post.PUBLICITY_COMMISSIONER] == []
    counts = {count.status: count.count for count in page.people}
    assert counts[PoliticalStatus.FULL] == 10
    assert counts[PoliticalStatus.PROBATIONARY] == 1
    assert page.approval_powers == ()


def test_the_page_of_a_committee_counts_everybody_below(
    app: Application, as_: Callable[[str], Actor]
) -> None:
    actor = as_("committee_secretary")
    committee = actor.posts[0].organization_id
    page = organization(app, actor, committee)
    branch = organization(app, actor, as_("secretary").organization_id)
    assert sum(c.count for c in page.people) > sum(c.count for c in branch.people)
    assert [(p.document_number, p.is_in_force) for p in page.approval_powers] == [
        ("示例组〔2021〕2号", True)
    ]
    assert {child.kind_name for child in page.children} >= {"律师行业党委", "党总支"}


def test_the_page_of_an_unknown_body(app: Application, as_: Callable[[str], Actor]) -> None:
    with pytest.raises(NotFound):
        organization(app, as_("secretary"), 10**6)
