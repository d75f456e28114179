"""Reading one task, one case, one procedure: what their pages show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.forms import Form, Option
from engine.functions import feel_functions
from engine.model import InstanceStatus, TriggerKind, Value
from engine.procedure import Procedure, Subject
from engine.simulation import simulate
from engine.values import load_values
from services.bootstrap import Application
from services.calendars import load_calendar
from services.cases import withdraw_task
from services.cases.access import visible_instance, visible_to
from services.cases.ad_hoc.queries import ad_hoc_work
from services.cases.describe import header
from services.cases.facts import known_facts
from services.cases.history import diagram, entries, journal, story
from services.cases.identities import of_lanes, on_the_case, to_start, to_urge
from services.cases.incidents.queries import incidents_of
from services.cases.intervene import allowed
from services.cases.intervention import NAMES, PERMISSIONS, Intervention
from services.cases.jump import jump_sources
from services.cases.lanes import acts_in_any
from services.cases.options import options_for, options_of_case
from services.cases.return_ import return_targets
from services.cases.sensitive import may_read
from services.cases.starters import subjects_for
from services.cases.steps import holders, open_steps, open_tasks
from services.cases.variables import variables_at
from services.cases.versions import by_version
from services.cases.views import (
    CaseView,
    DiagramView,
    InterventionView,
    MessageOption,
    ProcedureCard,
    ProcedurePage,
    StartView,
    StepLink,
    TaskForm,
    TaskView,
)
from services.circulation.queries import sent_by
from services.circulation.readers import may_circulate
from services.documents.queries import attachments_of
from services.errors import Forbidden, NotFound
from services.events.subscriptions import awaited
from services.identity.actor import Actor, Identity
from services.people.models import Person
from services.processes.explored import explored_text
from services.processes.models import Deployment, ProcessInstance
from services.processes.queries import decision_cards
from services.recusal.queries import case_recusals
from services.tasks.deadlines import due_view
from services.tasks.explain import eligibility
from services.tasks.holdings import taking
from services.tasks.identities import fitting
from services.tasks.models import OPEN_STATES, TaskDraft, TaskState, UserTask
from services.tasks.operations import operations_of


def task(app: Application, actor: Actor, task_id: str) -> TaskView:
    """Return the page of a task; `NotFound` when its case is not the actor's to see."""
    now = app.clock.now()
    with app.database.read() as session:
        row = session.get(UserTask, task_id)
        if row is None:
            raise NotFound
        instance = visible_instance(session, actor, row.instance_id)
        procedure = app.procedures.get(session, row.deployment_id)
        node = procedure.nodes[row.element_id]
        form = procedure.form_of(node.id)
        options = options_of_case(session, form, instance, now.date())
        draft = session.get(TaskDraft, (task_id, actor.person_id))
        is_open = row.state in OPEN_STATES
        suspended = instance.status is InstanceStatus.SUSPENDED
        operations = operations_of(session, actor, row, instance, procedure, now)
        taker = taking(session, actor, row) if is_open and not suspended else None
        mine = taker is not None and not operations.is_waiting
        values = _values(procedure, form, instance, row, draft, options, now)
        if taker is None and operations.mine is None and row.completed_by != actor.person_id:
            values = {key: v for key, v in values.items() if key not in form.sensitive_in(values)}
        principal = taker.acting_for if taker is not None and mine else None
        did = row.state is TaskState.COMPLETED and row.completed_by == actor.person_id
        why_not_withdraw = withdraw_task.why_not(session, procedure, instance, row) if did else ""
        journal_rows = entries(session, instance)
        told = by_version(app, session, instance, journal_rows)
        files = attachments_of(session, instance.id)
        return TaskView(
            header=header(session, instance, procedure),
            task_id=row.id,
            element_id=row.element_id,
            step_name=row.name,
            step_number=node.step,
            documentation=node.documentation,
            state=TaskState(row.state),
            revision=instance.revision,
            due=due_view(row, now.date()),
            fallback_reason=row.fallback_reason,
            form=form,
            values=values,
            options=options,
            draft_saved_at=draft.saved_at if draft is not None else None,
            draft_opinion=draft.opinion if draft is not None else "",
            draft_late_reason=draft.late_reason if draft is not None else "",
            outcomes=node.outcomes,
            return_targets=return_targets(session, instance, procedure, row) if mine else (),
            holders=holders(session, [row], now.date())[row.id],
            assignee=(
                session.get_one(Person, row.assignee_id).name if row.assignee_id is not None else ""
            ),
            identities=fitting(session, actor, row) if mine and principal is None else (),
            may_complete=mine,
            may_claim=mine and row.assignee_id is None,
            may_release=mine and row.assignee_id is not None and not operations.has_unanswered,
            may_withdraw=did and not why_not_withdraw,
            why_not_withdraw=why_not_withdraw,
            why_not=""
            if mine
            else operations.why_waiting or _why_not(session, row, suspended=suspended),
            attachments=files,
            history=story(session, told, files, reader=actor),
            diagram=diagram(session, instance, procedure, journal_rows),
            operations=operations,
            acting_for=principal.principal_name if principal is not None else "",
            may_read_sensitive=may_read(session, actor, instance),
        )


def task_form(app: Application, actor: Actor, task_id: str) -> TaskForm:
    """Return the form of a task; `NotFound` when its case is not the actor's to see."""
    with app.database.read() as session:
        row = session.scalars(
            select(UserTask)
            .join(ProcessInstance, ProcessInstance.id == UserTask.instance_id)
            .where(UserTask.id == task_id, visible_to(actor))
        ).one_or_none()
        if row is None:
            raise NotFound
        procedure = app.procedures.get(session, row.deployment_id)
        return TaskForm(row.instance_id, row.name, procedure.form_of(row.element_id))


def form_of(app: Application, deployment_id: int, element_id: str) -> Form:
    """Return the form of a step, of whatever case: it is the procedure's and no secret."""
    with app.database.read() as session:
        return app.procedures.get(session, deployment_id).form_of(element_id)


def case(app: Application, actor: Actor, case_id: int) -> CaseView:
    """Return the page of a case; `NotFound` when it is not the actor's to see."""
    now = app.clock.now()
    with app.database.read() as session:
        instance = visible_instance(session, actor, case_id)
        procedure = app.procedures.get(session, instance.deployment_id)
        rows = entries(session, instance)
        told = by_version(app, session, instance, rows)
        files = attachments_of(session, instance.id)
        active = instance.status.is_running
        withdraw = procedure.withdraw
        return CaseView(
            header=header(session, instance, procedure),
            open_steps=open_steps(session, instance, procedure, actor, now),
            history=story(session, told, files, reader=actor),
            journal=journal(session, told),
            attachments=files,
            diagram=diagram(session, instance, procedure, rows),
            messages=_messages(session, actor, instance, procedure, now) if active else (),
            may_withdraw=active
            and withdraw is not None
            and acts_in_any(session, procedure, instance, withdraw.lanes, actor, now.date()),
            withdraw_title=withdraw.title if withdraw is not None else "",
            task_to_withdraw=_task_to_withdraw(session, procedure, instance, actor),
            incidents=incidents_of(session, instance, procedure, actor, now.date()),
            circulations=sent_by(session, actor, instance.id),
            may_circulate=may_circulate(session, actor, instance),
            recusals=case_recusals(session, actor, instance),
            eligibility=eligibility(
                session, instance, open_tasks(session, instance.id), now.date()
            ),
            interventions=allowed(session, procedure, instance, actor, now.date()),
            may_read_sensitive=may_read(session, actor, instance),
            ad_hoc=ad_hoc_work(session, instance, procedure, actor, rows, now.date()),
        )


def _task_to_withdraw(
    session: Session, procedure: Procedure, instance: ProcessInstance, actor: Actor
) -> StepLink | None:
    task = withdraw_task.to_withdraw(session, procedure, instance, actor)
    return StepLink(task.id, task.name) if task is not None else None


def intervention(
    app: Application, actor: Actor, case_id: int, kind: Intervention
) -> InterventionView:
    """Return the page on which an intervention is confirmed; `Forbidden` when it is not offered."""
    now = app.clock.now()
    with app.database.read() as session:
        instance = visible_instance(session, actor, case_id)
        procedure = app.procedures.get(session, instance.deployment_id)
        if kind not in allowed(session, procedure, instance, actor, now.date()):
            raise Forbidden(
                f"您现在不能对本办件进行{NAMES[kind]}。", "请回到办件页面，查看可以进行的操作。"
            )
        steps = open_steps(session, instance, procedure, actor, now)
        names = sorted(awaited(instance, TriggerKind.MESSAGE))
        return InterventionView(
            header=header(session, instance, procedure),
            intervention=kind,
            revision=instance.revision,
            open_steps=steps,
            messages=tuple(procedure.messages[n].title for n in names if n in procedure.messages),
            next_due_at=instance.next_due_at,
            jump_sources=jump_sources(procedure, instance, steps)
            if kind is Intervention.JUMP
            else (),
            diagram=diagram(session, instance, procedure, entries(session, instance)),
            identities=of_lanes(
                session,
                procedure,
                instance,
                procedure.operations[PERMISSIONS[kind]],
                actor,
                now.date(),
            ),
        )


def identities_to_urge(app: Application, actor: Actor, task_id: str) -> tuple[Identity, ...]:
    """Return the identities in which the actor would urge a task; raises `NotFound`."""
    with app.database.read() as session:
        row = session.get(UserTask, task_id)
        if row is None:
            raise NotFound
        instance = visible_instance(session, actor, row.instance_id)
        return to_urge(session, instance, row, actor)


def identities_on_the_case(app: Application, actor: Actor, case_id: int) -> tuple[Identity, ...]:
    """Return the identities in which the actor sends a case to be read; raises `NotFound`."""
    with app.database.read() as session:
        return on_the_case(visible_instance(session, actor, case_id), actor)


def procedures(app: Application, actor: Actor) -> tuple[ProcedureCard, ...]:
    """Return every deployed procedure, saying for each why the actor may not start it."""
    with app.database.read() as session:
        keys = session.scalars(select(Deployment.key).distinct().order_by(Deployment.key)).all()
        return tuple(_card(app, session, actor, key) for key in keys)


def start_form(app: Application, actor: Actor, key: str) -> StartView:
    """Return the start form of a procedure; `Forbidden` when the actor may not start it."""
    now = app.clock.now()
    with app.database.read() as session:
        _, procedure = app.procedures.latest(session, key)
        card = _card(app, session, actor, key)
        if card.why_not:
            raise Forbidden(card.why_not)
        form = procedure.forms[procedure.start.form]
        options = options_for(session, form, actor.organization_id, None, now.date())
        about_nobody = procedure.subject is Subject.NONE
        subjects = () if about_nobody else subjects_for(session, procedure, actor, now.date())
        known = known_facts(
            session, subjects[0] if len(subjects) == 1 else None, actor.organization_id
        )
        return StartView(
            card=card,
            form=form,
            values=_opened(procedure, form, known, options, now),
            options=options,
            subjects=tuple(Option(str(p.id), p.name) for p in subjects),
            identities=_identities_to_start(session, procedure, actor, subjects, now.date()),
        )


def _identities_to_start(
    session: Session, procedure: Procedure, actor: Actor, subjects: Sequence[Person], on: date
) -> tuple[Identity, ...]:
    if procedure.subject is Subject.NONE:
        return to_start(session, procedure, actor, None, on)
    about = {subject.organization_id: subject for subject in subjects}
    own = [subject for subject in subjects if subject.id == actor.person_id]
    found = [
        identity
        for subject in (*own, *about.values())
        for identity in to_start(session, procedure, actor, subject, on)
    ]
    return tuple(dict.fromkeys(found))


def visible_components(
    app: Application, actor: Actor, task_id: str, raw: Mapping[str, object]
) -> frozenset[str]:
    """Return which components of a task's form show for what has been typed so far."""
    now = app.clock.now()
    with app.database.read() as session:
        row = session.get(UserTask, task_id)
        if row is None:
            raise NotFound
        instance = visible_instance(session, actor, row.instance_id)
        procedure = app.procedures.get(session, row.deployment_id)
        variables = (
            variables_at(procedure, instance, row.id)
            if row.state in OPEN_STATES
            else load_values(instance.variables)
        )
        form = procedure.form_of(row.element_id)
        return frozenset(form.visible(raw, variables, feel_functions(load_calendar(), now)))


def visible_at_start(
    app: Application, actor: Actor, key: str, raw: Mapping[str, object]
) -> frozenset[str]:
    """Return which components of a start form show for what has been typed so far."""
    del actor
    now = app.clock.now()
    with app.database.read() as session:
        _, procedure = app.procedures.latest(session, key)
        form = procedure.forms[procedure.start.form]
        return frozenset(form.visible(raw, {}, feel_functions(load_calendar(), now)))


def procedure_page(app: Application, actor: Actor, key: str) -> ProcedurePage:
    """Return a procedure as anybody may read it: diagram, sources, and its legal timeline."""
    today = app.clock.now().date()
    with app.database.read() as session:
        deployment, procedure = app.procedures.latest(session, key)
        return ProcedurePage(
            card=_card(app, session, actor, key),
            version=deployment.version,
            label=procedure.version,
            explored=explored_text(deployment.explored_states, deployment.explored_fully),
            in_force_from=procedure.in_force_from,
            diagram=DiagramView(procedure.process.xml.decode(), (), ()),
            sources=tuple(procedure.sources.values()),
            timeline=simulate(procedure, today, load_calendar()),
            decisions=decision_cards(procedure),
        )


def _values(
    procedure: Procedure,
    form: Form,
    instance: ProcessInstance,
    row: UserTask,
    draft: TaskDraft | None,
    options: Mapping[str, tuple[Option, ...]],
    now: datetime,
) -> Mapping[str, Value]:
    if row.state not in OPEN_STATES:
        return load_values(row.data) if row.data is not None else {}
    variables = variables_at(procedure, instance, row.id)
    values = _opened(procedure, form, variables, options, now)
    if draft is not None:
        values.update(form.read(load_values(draft.data)))
    return values


def _opened(
    procedure: Procedure,
    form: Form,
    variables: Mapping[str, Value],
    options: Mapping[str, tuple[Option, ...]],
    now: datetime,
) -> dict[str, Value]:
    values = form.open(variables, options, feel_functions(load_calendar(), now))
    if values.get(procedure.act_date) is None:
        values[procedure.act_date] = now.date()
    return values


def _messages(
    session: Session,
    actor: Actor,
    instance: ProcessInstance,
    procedure: Procedure,
    now: datetime,
) -> tuple[MessageOption, ...]:
    """Return the events the case waits for now and the actor may report."""
    waiting = awaited(instance, TriggerKind.MESSAGE)
    variables = load_values(instance.variables)
    found = []
    for rule in procedure.messages.values():
        if rule.name not in waiting or not acts_in_any(
            session, procedure, instance, rule.lanes, actor, now.date()
        ):
            continue
        form = procedure.forms[rule.form]
        options = options_of_case(session, form, instance, now.date())
        found.append(
            MessageOption(
                name=rule.name,
                title=rule.title,
                form=form,
                values=_opened(procedure, form, variables, options, now),
                options=options,
            )
        )
    return tuple(found)


def _why_not(session: Session, row: UserTask, *, suspended: bool) -> str:
    if row.state not in OPEN_STATES:
        return "该事项已经办结，仅供查看。"
    if suspended:
        return "办件已挂起，恢复以前不能办理；原因见流转记录。时限照常计算。"
    if row.assignee_id is not None:
        return f"该事项已由{session.get_one(Person, row.assignee_id).name}签收。"
    return "该事项由下列人员办理，您可以查看进展。"


def _card(app: Application, session: Session, actor: Actor, key: str) -> ProcedureCard:
    _, procedure = app.procedures.latest(session, key)
    may_start = bool(subjects_for(session, procedure, actor, app.clock.now().date()))
    starters = "、".join(procedure.drawn_lanes[lane].name for lane in procedure.start.lanes)
    return ProcedureCard(
        key=key,
        title=procedure.title,
        category=procedure.category,
        summary=procedure.summary,
        needs=procedure.needs,
        lanes=tuple(lane.name for lane in procedure.drawn_lanes.values()),
        why_not="" if may_start else f"本流程由{starters}发起。",
    )
