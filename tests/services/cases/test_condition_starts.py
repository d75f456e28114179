"""Cases that are opened where a condition about a body has become true."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from engine.start_rules import BODY_FACTS
from services.bootstrap import Application
from services.cases.facts import facts_of_bodies
from services.clock import FixedClock
from services.identity.actor import Actor
from services.jobs.models import JobKind, JobState
from services.organizations.models import Organization, OrganizationKind
from services.people.commands import set_status
from services.people.models import PoliticalStatus
from services.processes.commands import deploy_folder
from tests.services.cases.stage import PROCEDURES, Stage
from tests.services.cases.statements import counted

TIMER = (
    '<bpmn:timerEventDefinition id="yearly"><bpmn:timeCycle>R3/2026-07-01T09:00/P365D'
    "</bpmn:timeCycle></bpmn:timerEventDefinition>"
)
NIGHT = timedelta(days=1)


def deploy(app: Application, folder: Path, condition: str, version: str = "1") -> None:
    """Deploy a procedure that opens a case in each branch where a condition becomes true."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(PROCEDURES / "review", folder)
    diagram = folder / "process.bpmn"
    text = diagram.read_text(encoding="utf-8")
    assert TIMER in text
    event = (
        f'<bpmn:conditionalEventDefinition id="grown"><bpmn:condition>{condition}'
        "</bpmn:condition></bpmn:conditionalEventDefinition>"
    )
    diagram.write_text(text.replace(TIMER, event), encoding="utf-8")
    manifest = folder / "procedure.toml"
    told = manifest.read_text(encoding="utf-8").replace(
        'version = "1"', f'version = "{version}"', 1
    )
    manifest.write_text(told, encoding="utf-8")
    deploy_folder(app, folder)


@pytest.fixture
def stage(app: Application, clock: FixedClock, as_: Callable[[str], Actor]) -> Stage:
    clock.set(datetime.fromisoformat("2026-06-01T09:00+08:00"))
    return Stage(app, clock, as_("secretary"))


@pytest.fixture
def branch(stage: Stage) -> int:
    return stage.actor.organization_id


def activists(stage: Stage, branch: int) -> int:
    with stage.app.database.read() as session:
        known = facts_of_bodies(session, [OrganizationKind.BRANCH], date(2026, 6, 1))[branch]
        count = known["activist_count"]
        assert isinstance(count, int)
        return count


def become_activist(stage: Stage, person_id: int, status: PoliticalStatus) -> None:
    with stage.app.database.write() as session:
        set_status(session, person_id, status, date(2026, 6, 1))


def test_a_case_is_opened_once_where_the_condition_becomes_true(
    stage: Stage, branch: int, tmp_path: Path, as_: Callable[[str], Actor]
) -> None:
    applicant = as_("applicant").person_id
    more = activists(stage, branch) + 1
    own = f'organization = "{branch}" and activist_count &gt;= {more}'
    deploy(stage.app, tmp_path / "review", own)
    stage.work()
    assert [] == stage.all("review")

    become_activist(stage, applicant, PoliticalStatus.ACTIVIST)
    stage.work()
    assert [] == stage.all("review"), "it is looked at once a day"
    stage.later(NIGHT)
    [opened] = stage.all("review")
    assert branch == opened.organization_id
    assert stage.actor.person_id == opened.started_by
    assert ["check_it"] == list(stage.open(opened.id))

    stage.later(NIGHT)
    assert 1 == len(stage.all("review")), "it has not become true again"
    become_activist(stage, applicant, PoliticalStatus.APPLICANT)
    stage.later(NIGHT)
    become_activist(stage, applicant, PoliticalStatus.ACTIVIST)
    stage.later(NIGHT)
    assert 2 == len(stage.all("review"))


def test_a_new_version_opens_no_second_case_where_the_condition_held(
    stage: Stage, branch: int, tmp_path: Path
) -> None:
    condition = f'organization = "{branch}" and full_member_count &gt; 0'
    deploy(stage.app, tmp_path / "review", condition)
    stage.work()
    assert 1 == len(stage.all("review"))
    deploy(stage.app, tmp_path / "review", condition, "2")
    stage.work()
    assert 1 == len(stage.all("review"))
    jobs = stage.jobs(JobKind.START_BY_CONDITION)
    assert 1 == sum(job.state is JobState.OPEN for job in jobs)
    deploy(stage.app, tmp_path / "review", f"{condition} and true", "3")
    stage.work()
    assert 2 == len(stage.all("review")), "another condition is looked at anew"


def test_a_condition_on_the_date(stage: Stage, branch: int, tmp_path: Path) -> None:
    since = 'organization = "' + str(branch) + '" and today() &gt;= @"2026-06-03"'
    deploy(stage.app, tmp_path / "review", since)
    stage.work()
    stage.later(NIGHT)
    assert [] == stage.all("review")
    stage.later(NIGHT)
    assert 1 == len(stage.all("review"))


def test_what_is_known_of_bodies_costs_the_same_however_many_there_are(
    stage: Stage, branch: int
) -> None:
    with stage.app.database.read() as session, counted(stage.app) as statements:
        facts = facts_of_bodies(session, list(OrganizationKind), date(2026, 6, 1))
    assert 3 == len(statements)
    assert {BODY_FACTS} == {frozenset(known) for known in facts.values()}
    with stage.app.database.read() as session:
        above = session.get_one(Organization, branch).parent_id
    assert above is not None
    below, whole = facts[branch]["full_member_count"], facts[above]["full_member_count"]
    assert isinstance(below, int)
    assert isinstance(whole, int)
    assert 0 < below < whole
    assert isinstance(facts[branch]["secretary_since"], date)
