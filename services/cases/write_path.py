"""The one write path of a case.

lock instance → load → guard → apply → run to quiet → synchronise user tasks and timers → save →
journal → commit.  A command opens a `LockedCase`, does its own checks, calls the engine and hands
the answer to `settle`; any exception on the way leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import runtime
from engine.functions import FeelFunctions, feel_functions
from engine.model import Advance, Event, InstanceStatus, Value, Variables
from engine.procedure import Procedure
from engine.runtime import Environment
from engine.values import dump_values, load_values
from services.bootstrap import Application
from services.calendars import load_calendar
from services.cases import operations
from services.cases.environment import environment_of
from services.errors import NotFound
from services.identity.actor import Actor
from services.jobs import queue
from services.jobs.models import JobKind
from services.processes.models import ProcessInstance
from services.tasks import sync
from services.tasks.models import TaskState, UserTask

ENDED = frozenset({InstanceStatus.COMPLETED, InstanceStatus.TERMINATED})


@dataclass(slots=True)
class LockedCase:
    """A process instance locked for the rest of the transaction."""

    app: Application
    session: Session
    instance: ProcessInstance
    procedure: Procedure
    now: datetime
    variables: dict[str, Value]
    events: list[Event] = field(default_factory=list)

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
        return environment_of(self.procedure, self.functions)

    def settle(self, advance: Advance, act: Act) -> Advance:
        """Take over an answer of the engine: run its operations, then save everything.

        `act` tells who caused it and when, for the tasks that open now.
        """
        self.events.extend(advance.events)
        while advance.operations:
            operation = advance.operations[0]
            result = operations.run(self, operation)
            advance = runtime.complete_operation(
                self.procedure.process,
                advance.state,
                operation.id,
                result,
                now=self.now,
                environment=self.environment,
            )
            self.events.extend(advance.events)
        self._save(advance)
        sync.synchronize(
            self.session,
            self.instance,
            self.procedure,
            advance,
            self.now,
            sender_id=act.actor.person_id if act.actor else None,
            not_before=act.acted_on,
        )
        self._schedule(advance)
        return advance

    def latest_act_on(self) -> date | None:
        """Return the date of the act entered last: what an event or a timer leads on from."""
        return self.session.scalars(
            select(UserTask.acted_on)
            .where(UserTask.instance_id == self.instance.id, UserTask.state == TaskState.COMPLETED)
            .order_by(UserTask.completed_at.desc())
        ).first()

    def path(self) -> Value:
        """What happened inside the command, for the journal: the way through the diagram."""
        return [
            {"type": str(e.type), "element": e.element_id, "name": e.name, "data": dict(e.data)}
            for e in self.events
        ]

    def _save(self, advance: Advance) -> None:
        instance = self.instance
        self.variables = dict(advance.variables)
        instance.state = advance.state
        instance.variables = dump_values(advance.variables)
        instance.status = advance.status
        instance.next_due_at = advance.next_due_at
        instance.messages = "\n".join(advance.messages)
        instance.revision += 1
        if advance.status in ENDED:
            instance.ended_at = self.now
        self.session.flush()

    def _schedule(self, advance: Advance) -> None:
        key = f"timers:{self.instance.id}"
        if advance.next_due_at is None or advance.status is not InstanceStatus.ACTIVE:
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


@dataclass(frozen=True, slots=True)
class Act:
    """Who acts and on which date; a timer has no actor."""

    acted_on: date | None
    actor: Actor | None = None


@contextmanager
def locked_case(app: Application, case_id: int) -> Iterator[LockedCase]:
    """Open a writing transaction with the case locked; commits when the block ends well."""
    with app.database.write() as session:
        yield lock(app, session, case_id)


def lock(app: Application, session: Session, case_id: int) -> LockedCase:
    """Lock a case inside the caller's transaction."""
    instance = session.get(ProcessInstance, case_id, with_for_update=True, populate_existing=True)
    if instance is None:
        raise NotFound
    return LockedCase(
        app=app,
        session=session,
        instance=instance,
        procedure=app.procedures.get(session, instance.deployment_id),
        now=app.clock.now(),
        variables=load_values(instance.variables),
    )


def record_of(values: Variables, **more: Value) -> Mapping[str, Value]:
    """Return the data of a journal entry, empty parts left out."""
    return {"values": dict(values), **{k: v for k, v in more.items() if v not in ("", [], None)}}
