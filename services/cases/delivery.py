"""Passing events on to other cases, exactly once.

Every job here marks itself done in the transaction of its effect, and only while its lease is held:
a repeated, late or broken-off run has either done nothing or everything.  No transaction locks two
cases.  A case is locked before the job, as in every command; who decides that nobody is there to
take a message holds the job first, so that a new subscription cannot slip through in between
(`subscriptions.wake`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, cast

from sqlalchemy.orm import Session

from engine import runtime
from engine.expressions import evaluate
from engine.functions import feel_functions
from engine.model import Advance, Event, EventType, InstanceStatus, TriggerKind, Value
from engine.procedure import CaseOperation, completion_key
from engine.values import dump_values, load_values
from services.audit.journal import Entry, append
from services.audit.models import EntryKind
from services.bootstrap import Application
from services.calendars import load_calendar
from services.cases.errors import CaseUnplaced
from services.cases.event_start import (
    head_of,
    lock_deployment,
    occasion_of,
    open_case,
    placed_by,
    source_number,
    timed,
)
from services.cases.facts import bodies, facts_of_bodies
from services.cases.lanes import people_for
from services.cases.opening import About
from services.cases.write_path import Deed, LockedCase, lock
from services.errors import Conflict
from services.events.condition_starts import Watch, look_again
from services.events.models import EventSubscription
from services.events.outbox import Thrown
from services.events.receivers import RUNNING, Receiver, listening, next_receiver, starting
from services.events.subscriptions import awaited
from services.events.timer_starts import Occurrence, put_next
from services.jobs import queue
from services.jobs.models import Job, JobKind
from services.jobs.queue import ClaimedJob
from services.notifications.commands import notify
from services.processes.models import Deployment, ProcessInstance

WAITING_PERIOD: Final = timedelta(days=7)
"""How long a message waits for somebody to take it (P7D)."""

SUSPENDED_AGAIN: Final = timedelta(days=1)
"""When something for a suspended case is looked at again, unless the case goes on before."""

CHUNK: Final = 100
"""How many cases one step of a broadcast reaches."""

NOBODY: Final = "在规定的等待时间内，没有办件接收，也没有可以由它启动的流程。"


class _Answer(StrEnum):
    """What became of an attempt; `lost` means that the job went elsewhere."""

    TAKEN = "taken"
    REFUSED = "refused"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class _Start:
    """A start event of a deployment."""

    deployment_id: int
    element_id: str
    kind: TriggerKind

    def dump(self) -> dict[str, Value]:
        """Return the entries of a job payload."""
        return {
            "deployment": self.deployment_id,
            "start_event": self.element_id,
            "kind": self.kind.value,
        }

    @classmethod
    def load(cls, data: Mapping[str, Value]) -> _Start:
        """Return what `dump` wrote."""
        deployment_id = cast("int", data["deployment"])
        return cls(deployment_id, str(data["start_event"]), TriggerKind(str(data["kind"])))


@dataclass(frozen=True, slots=True)
class _Work:
    """A job being run."""

    app: Application
    claimed: ClaimedJob
    owner: str

    @property
    def now(self) -> datetime:
        return self.app.clock.now()

    @property
    def data(self) -> Mapping[str, Value]:
        return load_values(self.claimed.payload)

    def job(self, session: Session) -> Job | None:
        """Return the row while it is ours."""
        return queue.still_mine(session, self.claimed.id, self.owner)

    @contextmanager
    def finished(self, session: Session) -> Iterator[bool]:
        """Mark the job done around its effect; yields False when it is no longer ours."""
        job = self.job(session)
        if job is not None:
            queue.finish(session, job, self.now)
        yield job is not None


def run(app: Application, claimed: ClaimedJob, owner: str) -> bool:
    """Run a job of this module's kinds; returns whether it was still ours to run."""
    return WORK[claimed.kind](_Work(app, claimed, owner))


def _deliver_message(work: _Work) -> bool:
    """Give a message to who has waited longest, else to a start event, else let it wait."""
    thrown = Thrown.load(work.claimed.payload)
    refused: set[int] = set()
    while True:
        with work.app.database.read() as session:
            receiver = next_receiver(work.app, session, thrown, without=refused)
            starts = starting(session, thrown, TriggerKind.MESSAGE)
            held = _is_held(work.app, session, thrown)
        if receiver is not None:
            answer = _receive(work, thrown, receiver)
            if answer is not _Answer.REFUSED:
                return answer is _Answer.TAKEN
            refused.add(receiver.subscription_id)
        elif starts and not held:
            return _start(work, thrown, _start_of(starts[0]))
        else:
            answer = _wait(work, thrown, refused, is_held=held)
            if answer is not _Answer.REFUSED:
                return answer is _Answer.TAKEN


def _is_held(app: Application, session: Session, thrown: Thrown) -> bool:
    """Whether the message is for a suspended case: it waits until that goes on."""
    suspended = (InstanceStatus.SUSPENDED,)
    return next_receiver(app, session, thrown, statuses=suspended) is not None


def _receive(work: _Work, thrown: Thrown, receiver: Receiver) -> _Answer:
    with work.app.database.write() as session:
        case = lock(work.app, session, receiver.instance_id)
        takes = case.instance.status in RUNNING and runtime.would_correlate(
            case.procedure.process,
            case.instance.state,
            thrown.name,
            thrown.payload,
            now=case.now,
            environment=case.environment,
        )
        if not takes:
            return _Answer.REFUSED
        with work.finished(session) as mine:
            if not mine:
                return _Answer.LOST
            received_on = completion_key(thrown.name)
            changes = {**thrown.payload, received_on: thrown.sending.acted_on}
            _settle(case, thrown, EntryKind.MESSAGE_RECEIVED, runtime.correlate, changes)
    return _Answer.TAKEN


def _settle(
    case: LockedCase,
    thrown: Thrown,
    kind: EntryKind,
    command: Callable[..., Advance],
    changes: Mapping[str, Value],
) -> None:
    """Let an event happen in a case and journal it."""
    advance = case.apply(command, thrown.name, changes)
    latest = case.latest_act_on()
    acted_on = thrown.sending.acted_on
    name = "message" if kind is EntryKind.MESSAGE_RECEIVED else "signal"
    case.settle(
        advance,
        Deed(
            kind=kind,
            acted_on=acted_on,
            opens_from=max(latest, acted_on) if latest is not None else acted_on,
            element_id=_caught_by(advance.events),
            details={
                name: thrown.name,
                "source": source_number(case.session, thrown),
                "payload": dict(thrown.payload),
            },
        ),
    )


def _caught_by(events: tuple[Event, ...]) -> str:
    """Return the event or task a message or signal happened at first."""
    happened = (EventType.MESSAGE_CAUGHT, EventType.ELEMENT_COMPLETED, EventType.ELEMENT_ENTERED)
    for kind in happened:
        for event in events:
            if event.type is kind and event.element_id is not None:
                return event.element_id
    return ""


def _start_of(row: EventSubscription) -> _Start:
    return _Start(cast("int", row.deployment_id), row.element_id, row.kind)


def _start(work: _Work, thrown: Thrown, start: _Start) -> bool:
    """Open a case by a message or signal; what refuses it is told in the case that sent it."""
    try:
        with work.app.database.write() as session:
            deployment = lock_deployment(session, start.deployment_id)
            with work.finished(session) as mine:
                if mine:
                    procedure = work.app.procedures.get(session, deployment.id)
                    about = placed_by(session, procedure, start.element_id, thrown)
                    occasion = occasion_of(session, start.element_id, thrown, start.kind)
                    open_case(work.app, session, deployment, about, occasion)
                return mine
    except (CaseUnplaced, Conflict) as error:
        return _give_up(work, thrown, error.message) is _Answer.TAKEN


def _wait(work: _Work, thrown: Thrown, refused: set[int], *, is_held: bool) -> _Answer:
    """Let a message wait that nobody takes, for the last time in the case that sent it.

    `refused` when somebody has turned up meanwhile.
    """
    last = thrown.sending.thrown_at + WAITING_PERIOD
    if work.now >= last and not is_held:
        return _give_up(work, thrown, NOBODY, refused)
    with work.app.database.write() as session:
        job = work.job(session)
        if job is None:
            return _Answer.LOST
        if _somebody(work.app, session, thrown, refused):
            return _Answer.REFUSED
        queue.postpone(job, max(last, work.now + SUSPENDED_AGAIN) if is_held else last)
    return _Answer.TAKEN


def _somebody(app: Application, session: Session, thrown: Thrown, refused: set[int]) -> bool:
    if next_receiver(app, session, thrown, without=refused) is not None:
        return True
    starts = starting(session, thrown, TriggerKind.MESSAGE)
    return bool(starts) and not _is_held(app, session, thrown)


def _give_up(work: _Work, thrown: Thrown, reason: str, refused: set[int] | None = None) -> _Answer:
    """Journal in the case that sent something that it was not delivered, and tell its people.

    With `refused`, only when still nobody else could take it.
    """
    with work.app.database.write() as session:
        source = session.get_one(
            ProcessInstance, thrown.source_id, with_for_update=True, populate_existing=True
        )
        job = work.job(session)
        if job is None:
            return _Answer.LOST
        if refused is not None and _somebody(work.app, session, thrown, refused):
            return _Answer.REFUSED
        queue.finish(session, job, work.now)
        append(
            session,
            source,
            Entry(
                kind=EntryKind.EVENT_UNDELIVERED,
                acted_on=work.now.date(),
                entered_at=work.now,
                element_id=thrown.element_id,
                data={"event": thrown.name, "error": reason, "entry": thrown.entry},
            ),
        )
        notify(
            session,
            _concerned(work, session, source, thrown),
            source.id,
            f"{source.number}发出的内容没有送达",
            reason,
            work.now,
        )
    return _Answer.TAKEN


def _concerned(
    work: _Work, session: Session, source: ProcessInstance, thrown: Thrown
) -> tuple[int, ...]:
    """Return who is told: those who resolve incidents there, else who has acted and started it."""
    procedure = work.app.procedures.get(session, source.deployment_id)
    resolving = people_for(
        session, procedure, source, CaseOperation.RESOLVE_INCIDENT, work.now.date()
    )
    return tuple(p.id for p in resolving) or (source.starter_id, thrown.sending.actor_id)


def _broadcast_signal(work: _Work) -> bool:
    """Put one job for every case that waited for a signal, and for every case it starts.

    A signal nobody waits for is over (BPMN 2.0.2 section 10.5.1).
    """
    thrown = Thrown.load(work.claimed.payload)
    after = cast("int", work.data.get("after", 0))
    with work.app.database.write() as session:
        job = work.job(session)
        if job is None:
            return False
        reached = listening(session, thrown, after, CHUNK)
        for instance_id in reached:
            queue.add(
                session,
                JobKind.DELIVER_SIGNAL,
                f"{job.key}:{instance_id}",
                work.now,
                instance_id=instance_id,
                payload=thrown.dump(),
            )
        if not after:
            for start in starting(session, thrown, TriggerKind.SIGNAL):
                queue.add(
                    session,
                    JobKind.OPEN_CASE,
                    f"{job.key}:start:{start.id}",
                    work.now,
                    payload=thrown.dump(**_start_of(start).dump()),
                )
        if len(reached) < CHUNK:
            queue.finish(session, job, work.now)
        else:
            job.payload = thrown.dump(after=reached[-1])
            queue.postpone(job, work.now)
    return True


def _deliver_signal(work: _Work) -> bool:
    """Let a signal happen in one case, if it still waits for it."""
    thrown = Thrown.load(work.claimed.payload)
    with work.app.database.write() as session:
        case = lock(work.app, session, cast("int", work.claimed.instance_id))
        job = work.job(session)
        if job is None:
            return False
        if case.instance.status is InstanceStatus.SUSPENDED:
            queue.postpone(job, work.now + SUSPENDED_AGAIN)
            return True
        queue.finish(session, job, work.now)
        hears = thrown.name in awaited(case.instance, TriggerKind.SIGNAL)
        if hears and case.instance.status in RUNNING:
            _settle(case, thrown, EntryKind.SIGNAL_RECEIVED, runtime.signal, thrown.payload)
    return True


def _start_by_timer(work: _Work) -> bool:
    """Put one job for every body the time opens a case in, and the next occurrence of a cycle."""
    occurrence = Occurrence.load(work.data)
    with work.app.database.write() as session:
        job = work.job(session)
        if job is None:
            return False
        queue.finish(session, job, work.now)
        deployment = session.get_one(Deployment, occurrence.deployment_id)
        procedure = work.app.procedures.get(session, deployment.id)
        start = _Start(deployment.id, occurrence.element_id, TriggerKind.TIMER)
        kinds = procedure.starts[start.element_id].bodies
        _open_in(work, session, job, start, bodies(session, kinds), occurrence.timer.due)
        put_next(session, deployment.key, occurrence, work.now)
    return True


def _start_by_condition(work: _Work) -> bool:
    """Put one job for every body where a condition has become true since the last look."""
    watch = Watch.load(work.data)
    with work.app.database.write() as session:
        job = work.job(session)
        if job is None:
            return False
        queue.finish(session, job, work.now)
        deployment = session.get_one(Deployment, watch.deployment_id)
        procedure = work.app.procedures.get(session, deployment.id)
        start = _Start(deployment.id, watch.element_id, TriggerKind.CONDITION)
        functions = feel_functions(load_calendar(), work.now)
        facts = facts_of_bodies(session, procedure.starts[start.element_id].bodies, work.now.date())
        held = frozenset(
            body
            for body, known in facts.items()
            if evaluate(watch.expression, known, functions, start.element_id) is True
        )
        _open_in(work, session, job, start, sorted(held - watch.held), work.now)
        look_again(session, deployment.key, watch, held, work.now)
    return True


def _open_in(
    work: _Work,
    session: Session,
    job: Job,
    start: _Start,
    organization_ids: Iterable[int],
    due_at: datetime,
) -> None:
    """Put one job for each body a case is to be opened in."""
    for organization_id in organization_ids:
        queue.add(
            session,
            JobKind.OPEN_CASE,
            f"{job.key}:{organization_id}",
            work.now,
            payload=dump_values(
                {**start.dump(), "organization": organization_id, "due_at": due_at}
            ),
        )


def _open_case(work: _Work) -> bool:
    """Open a case by a signal, or in one body by the time or by a condition."""
    data = work.data
    start = _Start.load(data)
    if start.kind is TriggerKind.SIGNAL:
        return _start(work, Thrown.load(work.claimed.payload), start)
    organization_id = cast("int", data["organization"])
    today = work.now.date()
    with work.app.database.write() as session:
        deployment = lock_deployment(session, start.deployment_id)
        with work.finished(session) as mine:
            if mine:
                head = head_of(session, organization_id, today)
                occasion = timed(start.element_id, cast("datetime", data["due_at"]), today)
                about = About(organization_id, None, head)
                open_case(work.app, session, deployment, about, occasion)
            return mine


WORK: Final[Mapping[JobKind, Callable[[_Work], bool]]] = {
    JobKind.DELIVER_MESSAGE: _deliver_message,
    JobKind.BROADCAST_SIGNAL: _broadcast_signal,
    JobKind.DELIVER_SIGNAL: _deliver_signal,
    JobKind.START_BY_TIMER: _start_by_timer,
    JobKind.START_BY_CONDITION: _start_by_condition,
    JobKind.OPEN_CASE: _open_case,
}
