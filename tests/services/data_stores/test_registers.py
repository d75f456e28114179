"""What diagrams write to data stores is kept in registers that outlive the cases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import select

from engine.errors import DangwuError
from services.audit.journal import contents
from services.audit.models import JournalEntry
from services.audit.verify import verify
from services.bootstrap import Application
from services.cases import pages
from services.cases.complete import CompleteTask, complete_task
from services.cases.operations import LASTING, STORE_WRITTEN
from services.cases.options import NON_MEMBERS
from services.cases.start import StartCase, start_case
from services.cases.withdraw_task import WithdrawTask, withdraw_task
from services.clock import FixedClock
from services.data_stores.errors import StoreChanged
from services.data_stores.models import StoreEntry
from services.data_stores.queries import entry_history, list_registers, register_page
from services.data_stores.store import Stores, value_of
from services.errors import NotFound
from services.identity.actor import Actor
from services.identity.queries import load_actor
from services.people.queries import people_of
from services.processes.commands import deploy_folder
from services.processes.models import ProcessInstance
from tests.scenario import Player, load_scenario
from tests.services.cases.statements import counted
from tests.services.data_stores.conftest import PROCEDURES, Honour, deploy_changed

DAY = date(2026, 6, 1)


def written(app: Application, register: str) -> list[StoreEntry]:
    with app.database.read() as session:
        return list(
            session.scalars(
                select(StoreEntry).where(StoreEntry.register == register).order_by(StoreEntry.id)
            )
        )


def confirm(app: Application, secretary: Actor, case_id: int) -> str:
    """Complete the task that writes what all bodies share; returns its id."""
    [step] = pages.case(app, secretary, case_id).open_steps
    data = {"acted_on": DAY, "remark": "无误。"}
    complete_task(app, secretary, CompleteTask(step.task_id, data=data))
    return step.task_id


def says(*names: str) -> list[dict[str, object]]:
    return [{"honour": name, "acted_on": DAY} for name in names]


def test_the_story_of_the_folder(app: Application, clock: FixedClock) -> None:
    deploy_folder(app, PROCEDURES / "honours")
    story = load_scenario(PROCEDURES / "honours" / "scenarios" / "HO-1.yaml")
    Player(app, clock, "honours").play(story)


def test_a_case_reads_what_another_wrote_and_older_versions_stay(
    app: Application, honour: Honour
) -> None:
    first, second = honour("secretary", "甲奖"), honour("secretary", "乙奖")
    entries = written(app, "honour_roll")
    assert [says("甲奖"), says("甲奖", "乙奖")] == [value_of(entry) for entry in entries]
    assert [(1, first), (2, second)] == [(entry.version, entry.instance_id) for entry in entries]
    assert {"enrol"} == {entry.element_id for entry in entries}


def test_bodies_have_their_own_unless_all_share(
    app: Application, as_: Callable[[str], Actor], honour: Honour
) -> None:
    for by, name in (("secretary", "甲奖"), ("new_branch_secretary", "乙奖")):
        confirm(app, as_(by), honour(by, name))
    own, shared = written(app, "honour_roll"), written(app, "latest")
    assert [says("甲奖"), says("乙奖")] == [value_of(entry) for entry in own]
    assert 2 == len({entry.organization_id for entry in own})
    assert [("甲奖", 1), ("乙奖", 2)] == [(value_of(entry), entry.version) for entry in shared]
    assert 1 == len({entry.organization_id for entry in shared})


def test_an_entry_for_each_person(
    app: Application, as_: Callable[[str], Actor], tmp_path: Path
) -> None:
    deploy_changed(
        app,
        tmp_path / "honours",
        "procedure.toml",
        ('subject = "none"', 'subject = "person"'),
        ('scope = "own"', 'scope = "all"\nkey = "subject"'),
    )
    secretary = as_("secretary")
    with app.database.read() as session:
        people = people_of(session, secretary.organization_id, NON_MEMBERS)[:2]
    for person in people:
        data = {"acted_on": "2026-06-01", "honour": f"{person.name}奖"}
        start_case(app, secretary, StartCase("honours", person.id, data))
    entries = written(app, "honour_roll")
    assert [(str(p.id), 1, says(f"{p.name}奖")) for p in people] == [
        (entry.key, entry.version, value_of(entry)) for entry in entries
    ]
    concerned = load_actor(app, people[0].id)
    [row] = list_registers(app, concerned)
    assert ("honour_roll", 1) == (row.register, row.entries)
    [entry] = register_page(app, concerned, "honour_roll").entries
    assert people[0].name == entry.person_name
    with pytest.raises(NotFound):
        entry_history(app, concerned, entries[1].id)
    with pytest.raises(NotFound):
        register_page(app, secretary, "honour_roll")


def test_the_journal_tells_of_it_and_holds_together(
    app: Application, as_: Callable[[str], Actor], honour: Honour
) -> None:
    case_id = honour("secretary", "甲奖")
    confirm(app, as_("secretary"), case_id)
    [entry] = written(app, "honour_roll")
    with app.database.read() as session:
        row = session.scalars(
            select(JournalEntry).where(
                JournalEntry.instance_id == case_id,
                JournalEntry.sequence == entry.journal_sequence,
            )
        ).one()
        path = cast("list[dict[str, Any]]", contents(row)["path"])
        assert [] == list(verify(session))
    told = [(step["element"], step["data"]) for step in path if step["type"] == "data_stored"]
    assert [("enrol", {"store": "roll"})] == told
    journal = {
        item.sequence: item.text for item in pages.case(app, as_("secretary"), case_id).journal
    }
    [latest] = written(app, "latest")
    assert "登记“表彰台账”" in journal[entry.journal_sequence]
    assert "登记“最近一项表彰”" in journal[latest.journal_sequence]


def test_an_act_that_wrote_cannot_be_taken_back(
    app: Application, as_: Callable[[str], Actor], honour: Honour
) -> None:
    task_id = confirm(app, as_("secretary"), honour("secretary", "甲奖"))
    with pytest.raises(DangwuError, match=LASTING[STORE_WRITTEN]):
        withdraw_task(app, as_("secretary"), WithdrawTask(task_id, "填错了"))
    assert 1 == len(written(app, "latest"))


def test_who_writes_after_another_has_written_is_refused(app: Application, honour: Honour) -> None:
    case_ids = [honour("secretary", "甲奖"), honour("secretary", "乙奖")]
    with app.database.write() as session:
        rules = app.procedures.latest(session, "honours")[1].data_stores
        cases = [session.get_one(ProcessInstance, case_id) for case_id in case_ids]
        first, second = (Stores(session, rules, case) for case in cases)
        assert first["roll"] == second["roll"] == says("甲奖", "乙奖")
        first.put("roll", [], "enrol")
        second.put("roll", [], "enrol")
        assert first.keep(app.clock.now())
        with pytest.raises(StoreChanged):
            second.keep(app.clock.now())
        session.rollback()


def test_only_what_touches_a_store_asks_for_it(
    app: Application, as_: Callable[[str], Actor], honour: Honour
) -> None:
    secretary = as_("secretary")
    case_id = honour("secretary", "甲奖")
    with counted(app) as statements:
        confirm(app, secretary, case_id)
    assert 2 == len([text for text in statements if "data_store_entry" in text])
    [step] = pages.case(app, secretary, case_id).open_steps
    data = {"acted_on": DAY, "place": "档案柜"}
    with counted(app) as statements:
        complete_task(app, secretary, CompleteTask(step.task_id, data=data))
    assert [] == [text for text in statements if "data_store_entry" in text]


def test_those_in_the_body_and_above_may_read(
    app: Application, as_: Callable[[str], Actor], honour: Honour
) -> None:
    honour("secretary", "甲奖")
    honour("secretary", "乙奖")
    honour("new_branch_secretary", "丙奖")
    [row] = list_registers(app, as_("secretary"))
    assert ("honour_roll", "表彰台账", 1) == (row.register, row.title, row.entries)
    [entry] = register_page(app, as_("secretary"), "honour_roll").entries
    assert (2, "记入台账") == (entry.version, entry.step_name)
    assert ("", "表彰名称：甲奖；办理日期：2026-06-01") == entry.lines[0]
    above = register_page(app, as_("committee_secretary"), "honour_roll").entries
    assert 2 == len(above)
    history = entry_history(app, as_("secretary"), entry.id)
    assert [2, 1] == [version.version for version in history.entries]


@pytest.mark.parametrize("alias", ["applicant", "new_branch_secretary"])
def test_others_read_nothing(
    app: Application, as_: Callable[[str], Actor], honour: Honour, alias: str
) -> None:
    honour("secretary", "甲奖")
    [entry] = written(app, "honour_roll")
    assert () == list_registers(app, as_(alias))
    with pytest.raises(NotFound):
        register_page(app, as_(alias), "honour_roll")
    with pytest.raises(NotFound):
        entry_history(app, as_(alias), entry.id)
