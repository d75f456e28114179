"""The closed set of ways to find the people of a lane, seen from the branch of the applicant."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from engine.procedure import Candidate, LaneRule, Level, Post, Procedure, Scope
from services.organizations.models import Organization
from services.people.models import Person
from services.tasks.candidates import Candidates, people_of, resolve
from tests.world import World

SECRETARY = (Post.SECRETARY,)
LANE = "branch_secretary"


def _people(world: World, rule: LaneRule, variables: dict[str, str] | None = None) -> set[str]:
    with world.app.database.read() as session:
        found = _found(world, rule, variables or {})
        people = people_of(session, found, world.instance(), world.today)
        return {person.name for person in people}


def _found(world: World, rule: LaneRule, variables: dict[str, str]) -> Candidates:
    with world.app.database.read() as session:
        instance = world.instance()
        procedure = world.app.procedures.get(session, instance.deployment_id)
        return resolve(session, _with(procedure, rule), LANE, instance, variables, world.today)


def _with(procedure: Procedure, rule: LaneRule) -> Procedure:
    return replace(procedure, lanes={**procedure.lanes, LANE: rule})


def _body(world: World, code: str) -> str:
    with world.app.database.read() as session:
        return str(session.scalars(select(Organization.id).where(Organization.code == code)).one())


def test_the_secretary_of_a_body_named_in_a_form(world: World) -> None:
    world.start()
    rule = LaneRule(Candidate.POST, SECRETARY, Scope.NAMED, body="target")
    assert _people(world, rule, {"target": _body(world, "HN-CS-YL-LS")}) == {"唐国栋"}


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ("HN-CS-YL-LS", "HN-CS-YL"),
        ("HN-CS-FR-JZ", "HN-CS"),
        ("HN-ZZ-TY-SN", "HN"),
        ("HN-CS", "HN-CS"),
        ("HN-CS-YL-XJ", "HN-CS-YL-XJ"),
    ],
)
def test_the_common_superior_of_two_bodies(world: World, other: str, expected: str) -> None:
    world.start()
    rule = LaneRule(
        Candidate.POST, tuple(Post), Scope.COMMON_SUPERIOR, body="target", fallback=None
    )
    found = _found(world, rule, {"target": _body(world, other)})
    assert str(found.organization_id) == _body(world, expected)


def test_bodies_without_a_common_superior_have_none(world: World) -> None:
    world.start()
    rule = LaneRule(Candidate.POST, SECRETARY, Scope.COMMON_SUPERIOR, body="target")
    found = _found(world, rule, {"target": _body(world, "ZZ-HN")})
    assert found.groups == ()
    assert "目前无人任职" in found.reason


@pytest.mark.parametrize(
    ("level", "expected"),
    [(Level.COUNTY, "HN-CS-YL"), (Level.CITY, "HN-CS"), (Level.PROVINCE, "HN")],
)
def test_the_body_of_a_level_above(world: World, level: Level, expected: str) -> None:
    world.start()
    found = _found(world, LaneRule(Candidate.POST, tuple(Post), Scope.LEVEL, level=level), {})
    assert str(found.organization_id) == _body(world, expected)


def test_the_linked_department(world: World) -> None:
    world.start()
    rule = LaneRule(Candidate.POST, (Post.DEPARTMENT_CLERK,), Scope.DEPARTMENT)
    assert _people(world, rule) == {"薛宁"}


def test_all_full_members_of_the_body(world: World) -> None:
    world.start()
    people = _people(world, LaneRule(Candidate.MEMBERS))
    assert len(people) == 10
    assert "邓若溪" not in people


def test_the_starter(world: World) -> None:
    world.start()
    assert _people(world, LaneRule(Candidate.STARTER)) == {"李一鸣"}


def test_who_did_an_earlier_task(world: World) -> None:
    world.until("assess_activist")
    rule = LaneRule(Candidate.HANDLER, tasks=("talk",))
    with world.app.database.read() as session:
        done = session.get_one(Person, world.task("talk").completed_by)
        assert _people(world, rule) == {done.name}


def test_people_named_in_a_form_without_the_subject(world: World) -> None:
    world.start()
    rule = LaneRule(Candidate.VARIABLE, variable="helpers")
    named = [str(world.people[alias]) for alias in ("applicant", "contact_1")]
    found = _found(world, rule, {"helpers": named})  # type: ignore[dict-item]
    assert found.people == (world.people["contact_1"],)


def test_nobody_named_yet_goes_to_the_body_above(world: World) -> None:
    world.start()
    found = _found(world, LaneRule(Candidate.VARIABLE, variable="helpers"), {})
    assert found.arranged_by is not None
    assert found.reason.startswith("“支部书记”尚未确定人员；由")
