"""Starting a case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from engine import runtime
from engine.model import Advance
from engine.procedure import Procedure, Subject
from services.audit.models import EntryKind
from services.bootstrap import Application
from services.cases.acts import Act, ActContext, ActRequest, accept
from services.cases.complete import complete_row
from services.cases.completed import completed_view
from services.cases.facts import known_facts
from services.cases.identities import to_start
from services.cases.opening import About, new_instance, refuse_second
from services.cases.starters import subjects_for
from services.cases.views import Completed
from services.cases.write_path import Deed, LockedCase
from services.db import NO_KEY_UPDATE
from services.documents.commands import attach
from services.errors import Forbidden
from services.identity.actor import Actor
from services.people.models import Person
from services.tasks.identities import in_one_of
from services.tasks.models import UserTask


@dataclass(frozen=True, slots=True)
class StartCase:
    """Start a procedure about a person; `data` is the start form as submitted."""

    key: str
    subject_id: int | None
    data: Mapping[str, object]
    late_reason: str = ""


def start_case(app: Application, actor: Actor, command: StartCase) -> Completed:
    """Start a case on the newest version of the procedure."""
    with app.database.write() as session:
        deployment, procedure = app.procedures.latest(session, command.key)
        # Starts of one procedure wait for each other: one case per person, numbers without gaps.
        session.refresh(deployment, with_for_update=NO_KEY_UPDATE)
        now = app.clock.now()
        subject = _subject(session, procedure, actor, command.subject_id, now.date())
        actor = in_one_of(actor, to_start(session, procedure, actor, subject, now.date()))
        organization_id = subject.organization_id if subject else actor.organization_id
        subject_id = subject.id if subject is not None else None
        known = known_facts(session, subject, organization_id)
        act = accept(
            ActContext(session, procedure, known, organization_id, subject_id, now),
            ActRequest(
                procedure.first_act,
                procedure.forms[procedure.start.form],
                command.data,
                late_reason=command.late_reason,
            ),
        )
        instance = new_instance(
            session,
            deployment,
            procedure,
            About(organization_id, subject_id, actor.person_id),
            now,
        )
        case = LockedCase(app, session, instance, procedure, now, {**known, **act.changes})
        advance = runtime.start(
            procedure.process, case.variables, now=now, environment=case.environment
        )
        task = _first_task(case, advance, actor, act)
        if task is not None:
            advance = case.apply(runtime.complete, task.id, act.changes)
        attach(
            session,
            act.values,
            procedure.forms[procedure.start.form],
            instance.id,
            task.id if task is not None else None,
            int(app.settings.max_case_mb),
        )
        case.settle(
            advance,
            Deed(
                kind=EntryKind.CASE_STARTED,
                acted_on=act.acted_on,
                opens_from=act.acted_on,
                actor=actor,
                element_id=procedure.first_act,
                task_id=task.id if task is not None else "",
                values=act.values,
                details={
                    "deployment": deployment.id,
                    "late_reason": command.late_reason.strip(),
                    "warnings": list(act.warnings),
                },
            ),
        )
        return completed_view(case, actor, act.warnings)


def _first_task(case: LockedCase, advance: Advance, actor: Actor, act: Act) -> UserTask | None:
    """Record the task the start form completes, so that a case can come back to its starter."""
    if case.procedure.start.task is None:
        return None
    case.open(advance, actor)
    (opened,) = advance.open_tasks
    task = case.session.get_one(UserTask, opened.id)
    complete_row(task, actor, act, case.now)
    case.session.flush()
    return task


def _subject(
    session: Session, procedure: Procedure, actor: Actor, subject_id: int | None, on: date
) -> Person | None:
    allowed = subjects_for(session, procedure, actor, on)
    if not allowed:
        raise Forbidden("您不能发起此项流程。", "请与本支部组织委员联系。")
    if procedure.subject is Subject.NONE:
        return None
    person = next((p for p in allowed if p.id == subject_id), None)
    if person is None:
        raise Forbidden("不能为该人员发起此项流程。", "请在列出的人员中选择。")
    refuse_second(session, procedure, person)
    return person
