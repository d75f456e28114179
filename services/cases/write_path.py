"""The one write path of a case.

lock instance → load → guard → apply → run to quiet → timers → save → journal → synchronise user
tasks → commit.  A command opens a `LockedCase`, does its own checks, calls the engine and hands
the answer to `settle`; any exception on the way leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import structlog
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from engine import incidents, runtime
from engine.errors import DangwuError
from engine.functions import FeelFunctions, feel_functions
from engine.model import (
    Advance,
    Event,
    EventType,
    Incident,
    InstanceStatus,
    PendingOperation,
    Value,
    Variables,
)
from engine.procedure import Procedure
from engine.runtime import Environment
from engine.values import dump_values, load_values
from services.audit.journal import Entry, append
from services.audit.models import EntryKind
from services.bootstrap import Application
from services.calendars import load_calendar
from services.cases import latest_act, operations
from services.cases.acts import Act, ActContext, ActRequest, accept
from services.cases.ad_hoc.begun import tell_who_may_start
from services.cases.environment import environment_of
from services.cases.errors import OperationFailed
from services.cases.incidents.raised import report_raised
from services.cases.variables import variables_at
from services.data_stores.store import Stores
from services.errors import Busy, NotFound
from services.events import outbox, subscriptions
from services.identity.actor import Actor
from services.jobs import queue
from services.jobs.models import JobKind
from services.processes.models import ProcessInstance
from services.tasks import leftovers, sync
from services.tasks.models import TaskState, UserTask
from services.tasks.record import on_behalf

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Deed:
    """What a command does to a case, as the journal will tell it.

    `acted_on` is the date of the act; a timer has no `actor`.  `values` come from a form, `details`
    are the rest, empty ones left out.  `opens_from` is the earliest date the acts that follow may
    bear, None for any.  `has_drafts` tells whether the task leaves drafts and nothing else, None if
    that is not known.
    """

    kind: EntryKind
    acted_on: date
    opens_from: date | None
    actor: Actor | None = None
    element_id: str = ""
    task_id: str = ""
    has_drafts: bool | None = None
    values: Variables = field(default_factory=dict)
    details: Variables = field(default_factory=dict)


@dataclass(slots=True)
class LockedCase:
    """A process instance locked for the rest of the transaction.

    `state` is that of the engine as far as the command has come; the row takes it over at the end,
    so that it is written once.  `failed_steps` names the steps that became incidents on the way.
    """

    app: Application
    session: Session
    instance: ProcessInstance
    procedure: Procedure
    now: datetime
    variables: dict[str, Value]
    events: list[Event] = field(default_factory=list)
    failed_steps: tuple[str, ...] = ()
    changes: sync.Changes = field(default_factory=sync.Changes)
    state: bytes = b""
    stores: Stores = field(init=False)

    def __post_init__(self) -> None:
        """Begin where the row stands."""
        self.state = self.instance.state
        self.stores = Stores(self.session, self.procedure.data_stores, self.instance)

    @property
    def today(self) -> date:
        """The day of the command in Asia/Shanghai."""
        return self.now.date()

    @property
    def functions(self) -> FeelFunctions:
        """What expressions of the procedure may call now."""
        return feel_functions(load_calendar(), self.now)

    @property
    def environment(self) -> Environment:
        """What the engine asks back for while it runs."""
        return environment_of(self.procedure, self.functions, self.stores)

    def accept(self, request: ActRequest, task_id: str | None = None) -> Act:
        """Check an act that is to be done on this case, at an open task or at none."""
        context = ActContext(
            self.session,
            self.procedure,
            self.variables
            if task_id is None
            else variables_at(self.procedure, self.instance, task_id),
            self.instance.organization_id,
            self.instance.subject_id,
            self.now,
        )
        return accept(context, request)

    def apply(self, command: Callable[..., Advance], *arguments: object) -> Advance:
        """Run a command of `engine.runtime` on the saved state."""
        return command(
            self.procedure.process,
            self.state,
            *arguments,
            now=self.now,
            environment=self.environment,
        )

    def settle(self, advance: Advance, deed: Deed) -> None:
        """Take over an answer of the engine: run its operations, save everything, journal it."""
        before = self.state
        ran: list[str] = []
        self._take(advance)
        while advance.operations:
            ran.append(advance.operations[0].operation)
            advance = self._operate(advance.operations[0])
            self._take(advance)
        with self.session.no_autoflush:  # the row of the case is complete, and written, once
            self._schedule(advance)
            self._save(advance)
            self._journal(deed)
            if outbox.send(self.session, self.instance, self.events, self._sending(deed)):
                ran.append(operations.EVENT_SENT)
            if self.stores.keep(self.now):
                ran.append(operations.STORE_WRITTEN)
            raised = self._raised(advance)
            nodes = self.procedure.nodes
            self.failed_steps = tuple(dict.fromkeys(nodes[i.element_id].name for i in raised))
            report_raised(self, raised)
            self._keep(advance, deed, before, ran)
            sender_id = deed.actor.person_id if deed.actor is not None else None
            self._synchronize(
                advance, sync.Opening(sender_id, deed.opens_from, self.now, deed.task_id)
            )
        tell_who_may_start(self, advance)

    def _keep(self, advance: Advance, deed: Deed, before: bytes, ran: Sequence[str]) -> None:
        """Keep what 取回 of this act would restore; what the ended tasks had goes in any case."""
        is_completion = deed.kind is EntryKind.TASK_COMPLETED
        known = set() if deed.has_drafts is None else {deed.task_id}
        left = leftovers.clear(self.session, self.changes.closed - known, self.now)
        if deed.has_drafts:
            left = left.with_drafts(leftovers.take_drafts(self.session, [deed.task_id]))
        withdrawable = is_completion and not advance.status.has_ended
        latest_act.keep(self.instance, deed.task_id if withdrawable else None, before, ran, left)

    def _operate(self, operation: PendingOperation) -> Advance:
        """Carry out an operation; what it did before failing is undone, the case rests there."""
        try:
            with self.session.begin_nested():
                results = operations.run(self, operation)
        except (Busy, DBAPIError):
            raise
        except DangwuError as error:
            return self._give_up(operation, error)
        except Exception:
            log.exception("operation failed", case=self.instance.id, operation=operation.operation)
            return self._give_up(operation, OperationFailed())
        return self.apply(runtime.complete_operation, operation.id, results)

    def _give_up(self, operation: PendingOperation, error: DangwuError) -> Advance:
        return self.apply(incidents.fail_operation, operation.id, error.message, error.remedy)

    def _raised(self, advance: Advance) -> tuple[Incident, ...]:
        """Return the incidents this command has left."""
        tasks = {e.task_id for e in self.events if e.type is EventType.INCIDENT_RAISED}
        return tuple(incident for incident in advance.incidents if incident.task_id in tasks)

    def open(self, advance: Advance, actor: Actor) -> None:
        """Take over the first answer of the engine: the tasks of a new case."""
        self._take(advance)
        self._synchronize(advance, sync.Opening(actor.person_id, None, self.now))
        tell_who_may_start(self, advance)

    def latest_act_on(self) -> date | None:
        """Return the date of the act entered last: what an event or a timer leads on from."""
        return self.session.scalars(
            select(UserTask.acted_on)
            .where(UserTask.instance_id == self.instance.id, UserTask.state == TaskState.COMPLETED)
            .order_by(UserTask.completed_at.desc())
        ).first()

    def _take(self, advance: Advance) -> None:
        self.events.extend(advance.events)
        self.changes.add(advance)
        self.stores.write(advance)
        self.state = advance.state
        self.variables = dict(advance.variables)

    def _synchronize(self, advance: Advance, opening: sync.Opening) -> None:
        sync.synchronize(
            self.session, self.instance, self.procedure, advance, self.changes, opening
        )
        self.changes = sync.Changes()

    def _save(self, advance: Advance) -> None:
        instance = self.instance
        instance.state = self.state
        instance.variables = dump_values(advance.variables)
        subscriptions.keep(self.session, instance, advance, self.now)
        if not self._rests_on_a_failed_job(advance):
            instance.status = advance.status
        instance.next_due_at = advance.next_due_at
        instance.revision += 1
        if advance.status.has_ended:
            instance.ended_at = self.now

    def _rests_on_a_failed_job(self, advance: Advance) -> bool:
        """Whether the case stays an incident although the engine sees none."""
        before = self.instance.status
        return (
            before is InstanceStatus.INCIDENT
            and advance.status is InstanceStatus.ACTIVE
            and bool(queue.failed(self.session, self.instance.id))
        )

    def _schedule(self, advance: Advance) -> None:
        key = f"timers:{self.instance.id}"
        if self.instance.status is InstanceStatus.INCIDENT:
            queue.forget_failed(self.session, key, self.now)
        if advance.next_due_at is None or not advance.status.is_running:
            if self.instance.next_due_at is not None:
                queue.drop(self.session, key, self.now)
        else:
            queue.put(
                self.session,
                JobKind.FIRE_TIMERS,
                key,
                advance.next_due_at,
                self.now,
                instance_id=self.instance.id,
            )

    def _sending(self, deed: Deed) -> outbox.Sending:
        actor_id = deed.actor.person_id if deed.actor is not None else self.instance.started_by
        return outbox.Sending(actor_id, deed.acted_on, self.now)

    def _journal(self, deed: Deed) -> None:
        path: Value = [
            {"type": str(e.type), "element": e.element_id, "name": e.name, "data": dict(e.data)}
            for e in self.events
        ]
        details = {**deed.details, **on_behalf(deed.actor), "path": path}
        append(
            self.session,
            self.instance,
            Entry(
                kind=deed.kind,
                acted_on=deed.acted_on,
                entered_at=self.now,
                actor_id=deed.actor.person_id if deed.actor is not None else None,
                capacity=deed.actor.title if deed.actor is not None else "",
                element_id=deed.element_id,
                task_id=deed.task_id,
                data={
                    "values": dict(deed.values),
                    **{key: value for key, value in details.items() if value not in ("", [], None)},
                },
            ),
        )


def lock(app: Application, session: Session, case_id: int) -> LockedCase:
    """Lock a case inside the caller's transaction."""
    instance = session.get(ProcessInstance, case_id, with_for_update=True, populate_existing=True)
    if instance is None:
        raise NotFound
    return hold(app, session, instance)


def hold(app: Application, session: Session, instance: ProcessInstance) -> LockedCase:
    """Return the case of an instance the caller has locked."""
    return LockedCase(
        app=app,
        session=session,
        instance=instance,
        procedure=app.procedures.get(session, instance.deployment_id),
        now=app.clock.now(),
        variables=load_values(instance.variables),
    )
