"""What a case tells of the decisions evaluated on it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from services.audit.journal import Entry, append
from services.audit.models import EntryKind
from services.bootstrap import Application
from services.cases.decisions import decision_record
from services.cases.pages import case, task
from services.cases.start import StartCase, start_case
from services.cases.views import DecisionLink
from services.cases.write_path import lock
from services.errors import NotFound
from services.identity.actor import Actor
from services.process_migration.instance import migrate_case
from services.processes.commands import deploy_folder
from services.processes.models import Deployment, ProcessInstance
from services.processes.views import TableView
from tests.scenario import Player, load_scenario
from tests.world import World

GRADING = Path(__file__).resolve().parents[2] / "fixtures" / "procedures" / "grading"
DATA = {"acted_on": "2026-06-01", "income": "3000", "members": "3", "illness": "serious"}


@pytest.fixture
def graded(app: Application, as_: Callable[[str], Actor]) -> int:
    """A case whose decision was evaluated when it was started."""
    deploy_folder(app, GRADING)
    return start_case(app, as_("secretary"), StartCase("grading", None, DATA)).case_id


def deploy_raised(app: Application, tmp_path: Path) -> Deployment:
    """Deploy a second version, in which the first rule grants 1500."""
    folder = tmp_path / "raised"
    shutil.copytree(GRADING, folder)
    table = folder / "decisions" / "amount.dmn"
    table.write_bytes(table.read_bytes().replace(b"CDATA[1000]", b"CDATA[1500]"))
    return deploy_folder(app, folder).deployment


def test_the_story_of_the_folder(app: Application) -> None:
    deploy_folder(app, GRADING)
    Player(app, World(app).clock, "grading").play(load_scenario(GRADING / "scenarios/GR-1.yaml"))


def test_history_and_journal_link_to_the_decision(
    app: Application, as_: Callable[[str], Actor], graded: int
) -> None:
    page = case(app, as_("secretary"), graded)
    links = (DecisionLink(graded, 1, 1, "慰问金额"),)
    assert [links] == [item.decisions for item in page.history]
    assert [links] == [item.decisions for item in page.journal]
    assert [links] == [
        item.decisions for item in task(app, as_("secretary"), page.open_steps[0].task_id).history
    ]


def test_the_record_keeps_facts_result_and_rules(
    app: Application, as_: Callable[[str], Actor], graded: int
) -> None:
    record = decision_record(app, as_("secretary"), graded, 1, 1)
    assert ("慰问金额", "评定金额") == (record.name, record.step_name)
    assert 3000 == record.value
    assert (1, 2) == record.fired
    assert {"家庭月收入": 3000, "家庭人口": 3, "患病情况": "患重大疾病"} == dict(record.facts)
    assert record.page is not None
    assert isinstance(record.page.logic, TableView)


def test_the_version_of_the_case_is_shown(
    app: Application, as_: Callable[[str], Actor], graded: int, tmp_path: Path
) -> None:
    deploy_raised(app, tmp_path)
    page = decision_record(app, as_("secretary"), graded, 1, 1).page
    assert page is not None
    assert isinstance(page.logic, TableView)
    assert (1, False, "1000") == (
        page.version,
        page.is_latest,
        page.logic.rules[0].outputs[0].text,
    )


def test_a_case_moved_to_another_version_keeps_what_was_decided(
    app: Application, as_: Callable[[str], Actor], graded: int, tmp_path: Path
) -> None:
    newer = deploy_raised(app, tmp_path)
    with app.database.write() as session:
        case_now = lock(app, session, graded)
        target = session.get_one(Deployment, newer.id)
        assert migrate_case(case_now, target, {}, "标准调整。", None)
    page = decision_record(app, as_("secretary"), graded, 1, 1).page
    assert page is not None
    assert (1, False) == (page.version, page.is_latest)
    history = case(app, as_("secretary"), graded).history
    assert ["慰问金额"] == [link.name for item in history for link in item.decisions]


def test_entries_of_older_releases_name_rules_by_id(
    app: Application, as_: Callable[[str], Actor], graded: int
) -> None:
    matched = {"rules": [{"rule": "amount_rule_2", "annotations": {}}]}
    told = {"decision": "amount", "inputs": {"illness_known": "none"}, "result": 2000}
    event = {"type": "decision_evaluated", "element": "grade", "name": "评定金额"}
    with app.database.write() as session:
        append(
            session,
            session.get_one(ProcessInstance, graded),
            Entry(
                EntryKind.TASK_COMPLETED,
                app.clock.now().date(),
                app.clock.now(),
                element_id="confirm",
                data={"values": {}, "path": [{**event, "data": {**told, "matched": matched}}]},
            ),
        )
    record = decision_record(app, as_("secretary"), graded, 2, 1)
    assert (2,) == record.fired
    assert {"患病情况": "没有"} == dict(record.facts)


@pytest.mark.parametrize(("sequence", "number"), [(1, 2), (1, 0), (2, 1), (0, 1)])
def test_what_was_not_evaluated_is_not_found(
    app: Application, as_: Callable[[str], Actor], graded: int, sequence: int, number: int
) -> None:
    with pytest.raises(NotFound):
        decision_record(app, as_("secretary"), graded, sequence, number)


def test_who_may_not_see_the_case_sees_no_decision(
    app: Application, as_: Callable[[str], Actor], graded: int
) -> None:
    with pytest.raises(NotFound):
        decision_record(app, as_("new_branch_organizer"), graded, 1, 1)
