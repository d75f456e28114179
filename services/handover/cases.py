"""What a person has in cases beside tasks: the part they are named for, the start, what to read."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from sqlalchemy import exists, or_, select

from engine.values import load_values
from services.circulation.models import Circulation
from services.circulation.names import KIND_NAMES
from services.handover.handing import Handing, Part, nothing
from services.handover.models import HandoverScope, ItemKind, ItemOutcome
from services.processes.models import ProcessInstance, has_starter
from services.processes.stand_ins import NOBODY, let_stand_in
from services.tasks.candidates import named_by
from services.tasks.models import OPEN_STATES, TaskCandidate, UserTask


def role_parts(handing: Handing) -> Iterator[Part]:
    """Yield the running cases that name the leaver, for the steps that are still to come."""
    if handing.scope is HandoverScope.POST:
        return
    for instance in _running(handing):
        roles = _roles(handing, instance)
        if not roles:
            continue
        why = handing.why_not_by_name(instance)
        if handing.is_barred_actor(instance):
            outcome, done = ItemOutcome.KEPT, nothing
        elif why:
            outcome = ItemOutcome.RELEASED
            done = partial(let_stand_in, instance, handing.leaver.id, NOBODY)
        else:
            outcome = ItemOutcome.HANDED_OVER
            done = partial(let_stand_in, instance, handing.leaver.id, handing.successor.id)
        words = f"由{'、'.join(roles)}办理的环节（{instance.number}）"
        yield Part(ItemKind.ROLE, outcome, words, why, instance.id, done)


def _running(handing: Handing) -> Iterator[ProcessInstance]:
    """Yield the cases of the body, and those where the leaver is named for an open task."""
    is_named = exists().where(
        UserTask.instance_id == ProcessInstance.id,
        UserTask.state.in_(OPEN_STATES),
        TaskCandidate.task_id == UserTask.id,
        TaskCandidate.person_id == handing.leaver.id,
    )
    rows = handing.session.scalars(
        select(ProcessInstance)
        .where(
            ProcessInstance.ended_at.is_(None),
            or_(ProcessInstance.organization_id == handing.body.id, is_named),
            ProcessInstance.subject_id.is_distinct_from(handing.leaver.id),
        )
        .order_by(ProcessInstance.id)
    ).all()
    for instance in rows:
        if handing.lies_with(instance.organization_id):
            yield instance


def _roles(handing: Handing, instance: ProcessInstance) -> list[str]:
    """Return the lanes of a case, by name, in which the leaver acts because they are named."""
    procedure = handing.procedure_of(instance)
    variables = load_values(instance.variables)
    return [
        f"“{procedure.drawn_lanes[lane_id].name}”"
        for lane_id, rule in procedure.lanes.items()
        if handing.leaver.id in named_by(handing.session, rule, instance, variables)
    ]


def started_parts(handing: Handing) -> Iterator[Part]:
    """Yield the running cases of which the leaver has the rights of the starter."""
    rows = handing.session.scalars(
        select(ProcessInstance)
        .where(
            ProcessInstance.ended_at.is_(None),
            has_starter(handing.leaver.id),
            ProcessInstance.subject_id.is_distinct_from(handing.leaver.id),
        )
        .order_by(ProcessInstance.id)
    ).all()
    for instance in rows:
        if handing.lies_with(instance.organization_id):
            yield _started(handing, instance)


def _started(handing: Handing, instance: ProcessInstance) -> Part:
    words = f"{handing.procedure_of(instance).title}（{instance.number}）的发起人权利"
    if handing.keeps_a_post:
        why = "仍在本组织任职，仍由其行使"
        return Part(ItemKind.CASE, ItemOutcome.KEPT, words, why, instance.id)
    why = handing.why_not_by_name(instance)
    if why:
        return Part(ItemKind.CASE, ItemOutcome.KEPT, words, why, instance.id)
    done = partial(_start_over, handing, instance)
    return Part(ItemKind.CASE, ItemOutcome.HANDED_OVER, words, case_id=instance.id, done=done)


def _start_over(handing: Handing, instance: ProcessInstance) -> None:
    instance.starter_successor_id = handing.successor.id


def circulation_parts(handing: Handing) -> Iterator[Part]:
    """Yield what the leaver was sent and has not read."""
    rows = handing.session.execute(
        select(Circulation, ProcessInstance)
        .join(ProcessInstance, ProcessInstance.id == Circulation.instance_id)
        .where(Circulation.person_id == handing.leaver.id, Circulation.read_at.is_(None))
        .order_by(Circulation.id)
    ).all()
    for row, instance in rows:
        if handing.lies_with(instance.organization_id):
            why = _why_not_sent(handing, row, instance)
            yield Part(
                ItemKind.CIRCULATION,
                ItemOutcome.KEPT if why else ItemOutcome.HANDED_OVER,
                f"{KIND_NAMES[row.kind]}（{instance.number}）",
                why,
                instance.id,
                nothing if why else partial(_send_on, handing, row),
            )


def _why_not_sent(handing: Handing, row: Circulation, instance: ProcessInstance) -> str:
    if handing.keeps_a_post:
        return "仍在本组织任职，由其阅看"
    twice = handing.session.scalars(
        select(Circulation.id).where(
            Circulation.instance_id == row.instance_id,
            Circulation.person_id == handing.successor.id,
            Circulation.read_at.is_(None),
        )
    ).first()
    if twice is not None:
        return "接收人已收到该办件的传阅"
    if row.sender_id == handing.successor.id:
        return "该件由接收人发出"
    return handing.why_barred(instance)


def _send_on(handing: Handing, row: Circulation) -> None:
    row.person_id = handing.successor.id
