"""A power cut in the middle of work loses nothing, repeats nothing and forgets no timer."""

from __future__ import annotations

import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from engine import runtime
from engine.model import InstanceStatus
from engine.values import load_values
from services.audit.models import EntryKind, JournalEntry
from services.audit.verify import verify
from services.bootstrap import Application, create_application
from services.cases.start import StartCase, start_case
from services.clock import SHANGHAI
from services.demo.world import SAMPLE_PASSWORD, cast, seed
from services.identity.actor import Actor
from services.identity.queries import load_actor
from services.jobs.models import Job, JobKind, JobState
from services.jobs.queue import LEASE
from services.migrations.commands import upgrade
from services.notifications.models import Notification
from services.processes.commands import deploy_folder
from services.processes.models import ProcessInstance
from services.tasks.models import OPEN_STATES, TaskState, UserTask
from services.worker.nightly import NIGHTLY
from tests.e2e.load import Load
from tests.e2e.server import Server
from tests.stores import new_store

pytestmark = [pytest.mark.crash, pytest.mark.timeout(240)]

PROCEDURES = Path(__file__).resolve().parents[1] / "fixtures" / "procedures"
LOGINS = ("shuji", "fushuji", "zuzhiweiyuan", "jijianweiyuan")
CASES = 64
WATCHED = 6
KILL_AFTER = (6, 18, 30)
"""So many confirmed completions before each of the three kills."""
FEW_SECONDS = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Case:
    """What the database says about one case in the end."""

    instance: ProcessInstance
    task: UserTask
    due: datetime
    kinds: Counter[EntryKind]
    fired_at: datetime | None
    notices: int


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with new_store(tmp_path / "data") as store:
        server = Server(store, PROCEDURES)
        yield server
        server.kill()


@pytest.fixture
def app(server: Server) -> Iterator[Application]:
    application = create_application(server.settings)
    upgrade(server.settings.database)
    deploy_folder(application, PROCEDURES / "probe")
    seed(application)
    yield application
    application.database.dispose()


@pytest.fixture
def secretary(app: Application) -> Actor:
    with app.database.read() as session:
        person_id = cast(session)["secretary"]
    return load_actor(app, person_id)


@pytest.fixture
def start_cases(
    app: Application, secretary: Actor
) -> Callable[[int, Callable[[int], int]], set[int]]:
    """Return a function that starts cases; it is told after how many seconds the nth reminds."""

    def start(number: int, seconds: Callable[[int], int]) -> set[int]:
        today = datetime.now(SHANGHAI).date()
        return {
            start_case(
                app,
                secretary,
                StartCase("probe", None, {"acted_on": today, "remind_after": f"PT{seconds(n)}S"}),
            ).case_id
            for n in range(number)
        }

    return start


def test_power_cuts_during_completions(
    server: Server,
    app: Application,
    start_cases: Callable[[int, Callable[[int], int]], set[int]],
) -> None:
    due_before_start = start_cases(WATCHED, lambda _: 1)
    worked_on = start_cases(CASES, lambda n: 2 + n % 20)
    with app.database.read() as session:
        tasks = list(
            session.scalars(select(UserTask.id).where(UserTask.instance_id.in_(worked_on)))
        )
    load = Load(server.port, tasks)
    server.start()
    load.start(LOGINS, SAMPLE_PASSWORD)
    try:
        _kill_in_the_middle(server, load, KILL_AFTER[0])
        server.start()

        load.await_acknowledged(KILL_AFTER[1] - 4, seconds=30)
        due_while_down = start_cases(WATCHED, lambda _: 3)
        killed_at = _kill_in_the_middle(server, load, KILL_AFTER[1])
        _sleep_until(_last_due(app, due_while_down) + timedelta(seconds=0.5))
        restarted_at = datetime.now(SHANGHAI)
        server.start()

        load.await_acknowledged(KILL_AFTER[2] - 4, seconds=30)
        due_later = start_cases(WATCHED, lambda n: 12 + n)
        _kill_in_the_middle(server, load, KILL_AFTER[2])
        server.start()
        up_again_at = datetime.now(SHANGHAI)

        load.finish(seconds=60)
    finally:
        load.stop()
    watched = due_before_start | due_while_down | due_later
    _await_fired(app, watched)
    server.stop()

    assert load.failures == []
    assert load.found_done <= load.unsure, "a task was completed that nobody had sent"
    assert set(tasks) == load.acknowledged.keys() | load.found_done
    with app.database.read() as session:
        cases = _cases(session)
        _check_storage(session)
        for case in cases.values():
            _check_case(app, session, case)
        assert list(verify(session)) == []
    assert watched | worked_on == cases.keys()

    by_task = {case.task.id: case for case in cases.values()}
    for task, result in load.acknowledged.items():
        assert TaskState.COMPLETED is by_task[task].task.state
        assert result == load_values(by_task[task].task.data or b"{}")["result"]
    for number in worked_on:
        assert _without_timer(cases[number]) == {
            EntryKind.CASE_STARTED: 1,
            EntryKind.TASK_COMPLETED: 1,
        }
        assert InstanceStatus.COMPLETED is cases[number].instance.status
        assert cases[number].instance.outcome == "done"
    for number in watched:
        assert _without_timer(cases[number]) == {EntryKind.CASE_STARTED: 1}
        assert cases[number].kinds[EntryKind.TIMER_FIRED] == 1
    for number in due_while_down:
        assert killed_at < cases[number].due < restarted_at < _fired_at(cases[number])
    for number in due_later:
        moment = max(cases[number].due, up_again_at)
        assert _fired_at(cases[number]) - moment < FEW_SECONDS


def _kill_in_the_middle(server: Server, load: Load, number: int) -> datetime:
    """Kill the server at a moment nobody chose, soon after so many confirmed completions."""
    load.await_acknowledged(number, seconds=30)
    time.sleep(secrets.SystemRandom().uniform(0, 0.06))
    server.kill()
    assert load.is_busy, "the load was over before the kill"
    return datetime.now(SHANGHAI)


def _sleep_until(moment: datetime) -> None:
    time.sleep(max(0.0, (moment - datetime.now(SHANGHAI)).total_seconds()))


def _last_due(app: Application, numbers: set[int]) -> datetime:
    with app.database.read() as session:
        due = session.scalar(
            select(func.max(ProcessInstance.next_due_at)).where(ProcessInstance.id.in_(numbers))
        )
    assert due is not None
    return due


def _await_fired(app: Application, numbers: set[int]) -> None:
    """Wait for the timers; a kill between claiming and acting leaves a lease to run out."""
    deadline = time.monotonic() + LEASE.total_seconds() + 30
    fired = select(func.count()).where(
        JournalEntry.instance_id.in_(numbers), JournalEntry.kind == EntryKind.TIMER_FIRED
    )
    while time.monotonic() < deadline:
        with app.database.read() as session:
            if session.scalar(fired) == len(numbers):
                return
        time.sleep(0.2)
    raise AssertionError("some timers never fired")


def _cases(session: Session) -> dict[int, Case]:
    cases = {}
    for instance in session.scalars(select(ProcessInstance)):
        entries = session.scalars(
            select(JournalEntry).where(JournalEntry.instance_id == instance.id)
        ).all()
        waiting = str(load_values(instance.variables)["remind_after"])
        fired = [e.entered_at for e in entries if e.kind is EntryKind.TIMER_FIRED]
        cases[instance.id] = Case(
            instance=instance,
            task=session.scalars(select(UserTask).where(UserTask.instance_id == instance.id)).one(),
            due=instance.started_at + timedelta(seconds=int(waiting[2:-1])),
            kinds=Counter(entry.kind for entry in entries),
            fired_at=fired[0] if fired else None,
            notices=session.scalars(
                select(func.count()).where(Notification.instance_id == instance.id)
            ).one(),
        )
    return cases


def _check_storage(session: Session) -> None:
    assert session.scalar(text("PRAGMA integrity_check")) == "ok"
    unfinished = select(Job).where(Job.state != JobState.DONE)
    recurring = (JobKind.START_BY_TIMER, *NIGHTLY)  # wait for the next date, whatever happens
    left = session.scalars(unfinished.where(Job.kind.not_in(recurring))).all()
    assert [(job.kind, job.state, job.run_at, job.error) for job in left] == []


def _check_case(app: Application, session: Session, case: Case) -> None:
    """Engine, tables and journal tell the same story, and no step is half done."""
    procedure = app.procedures.get(session, case.instance.deployment_id)
    stored = runtime.inspect(procedure.process, case.instance.state)
    open_rows = {case.task.id} if case.task.state in OPEN_STATES else set()
    assert {task.id for task in stored.open_tasks} == open_rows
    assert stored.status is case.instance.status
    assert dict(stored.variables) == load_values(case.instance.variables)
    assert case.instance.revision == case.kinds.total()
    fired = case.kinds[EntryKind.TIMER_FIRED]
    assert fired == case.notices
    assert fired <= 1
    if case.fired_at is not None:
        assert case.due <= case.fired_at
    if case.task.completed_at is not None and case.task.completed_at < case.due:
        assert fired == 0


def _without_timer(case: Case) -> dict[EntryKind, int]:
    return {kind: n for kind, n in case.kinds.items() if kind is not EntryKind.TIMER_FIRED}


def _fired_at(case: Case) -> datetime:
    assert case.fired_at is not None
    return case.fired_at
