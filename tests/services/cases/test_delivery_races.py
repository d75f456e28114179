"""Workers and people in the same instant, on the database of an installation."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from engine.values import load_values
from services.audit.models import EntryKind
from services.audit.verify import verify
from services.bootstrap import create_application
from services.clock import FixedClock
from services.demo.world import cast, seed
from services.identity.queries import load_actor
from services.jobs.models import JobKind, JobState
from services.migrations.commands import upgrade
from services.processes.commands import deploy_folder
from services.processes.models import ProcessInstance
from services.settings import Settings
from services.worker import run
from tests.conftest import START
from tests.services.cases.rivals import PATIENCE_SECONDS, outcomes_of, together
from tests.services.cases.stage import PROCEDURES, Stage
from tests.stores import empty_database

PAIRS = 6


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """The sample world on PostgreSQL with two procedures that talk to each other."""
    clock = FixedClock(START)
    with empty_database("postgresql", tmp_path) as url:
        app = create_application(
            Settings(data_dir=str(tmp_path), database_url=url, demo="1"), clock
        )
        upgrade(url)
        seed(app)
        for key in ("inquiry", "reply"):
            deploy_folder(app, PROCEDURES / key)
        with app.database.read() as session:
            secretary = cast(session)["secretary"]
        yield Stage(app, clock, load_actor(app, secretary))
        with app.database.read() as session:
            assert list(verify(session)) == []
        app.database.dispose()


def test_many_workers_deliver_everything_once(stage: Stage) -> None:
    names = [str(number) for number in range(PAIRS)]
    asked = [stage.start("inquiry", reference=name, matter="制度") for name in names]
    together([lambda: run.run_due(stage.app)] * 3)
    stage.later(timedelta(minutes=10))
    replies = {load_values(c.variables)["reference"]: c.id for c in stage.all("reply")}
    assert sorted(map(str, replies)) == names
    for name in names:
        stage.complete(replies[name], "answer_it", reply=name)
    together([lambda: run.run_due(stage.app)] * 3)
    stage.later(timedelta(minutes=10))
    assert [load_values(stage.instance(case).variables)["reply"] for case in asked] == names
    received = Counter(kind for case in asked for kind in stage.kinds(case))
    assert received[EntryKind.MESSAGE_RECEIVED] == PAIRS
    assert len(stage.all("reply")) == PAIRS


def test_who_begins_to_wait_while_a_worker_finds_nobody_gets_the_message(stage: Stage) -> None:
    for number in range(PAIRS):
        name = str(number)
        sent = stage.start("reply", reference=name, matter="制度")
        stage.complete(sent, "answer_it", reply=name)
        together(
            [
                lambda name=name: stage.start("inquiry", reference=name, matter="制度"),
                lambda: run.run_due(stage.app),
            ]
        )
    stage.later(timedelta(minutes=10))
    answers = [load_values(case.variables).get("reply") for case in stage.all("inquiry")]
    assert answers == [str(number) for number in range(PAIRS)]
    waiting = [job for job in stage.jobs(JobKind.DELIVER_MESSAGE) if job.state is JobState.OPEN]
    assert waiting == []


def test_of_two_that_wait_for_each_other_one_is_told_to_try_again(stage: Stage) -> None:
    first, second = (stage.start("reply", reference=name, matter="制度") for name in "甲乙")
    gate = threading.Barrier(2)

    def lock_both(one: int, other: int) -> str:
        with stage.app.database.write() as session:
            session.get_one(ProcessInstance, one, with_for_update=True)
            gate.wait(PATIENCE_SECONDS)
            session.get_one(ProcessInstance, other, with_for_update=True)
        return "done"

    answers = together([lambda: lock_both(first, second), lambda: lock_both(second, first)])
    assert outcomes_of(answers) == Counter({"str": 1, "Busy": 1})
