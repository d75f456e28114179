"""Which work may be chosen in a case now: what runs, what was done, who may start and end it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from engine import runtime
from engine.ad_hoc import AdHocWork
from engine.model import InstanceStatus, NodeType
from engine.procedure import Procedure
from services.audit.models import JournalEntry
from services.cases.history import completed_elements
from services.cases.lanes import people_in
from services.cases.views import AdHocView, WorkItem
from services.identity.actor import Actor
from services.people.models import Person
from services.processes.models import ProcessInstance


def ad_hoc_work(
    session: Session,
    instance: ProcessInstance,
    procedure: Procedure,
    actor: Actor,
    rows: Sequence[JournalEntry],
    on: date,
) -> tuple[AdHocView, ...]:
    """Return the ad-hoc sub-processes that run in a case; `rows` is its journal.

    The number of statements depends on how many lanes they lie in.
    """
    kinds = {node.type for node in procedure.nodes.values()}
    if instance.status.has_ended or NodeType.AD_HOC_SUB_PROCESS not in kinds:
        return ()
    works = runtime.inspect(procedure.process, instance.state).ad_hoc
    lanes = {lane_of(procedure, element) for work in works for element in _elements(work)}
    people = {lane: people_in(session, procedure, instance, [lane], on) for lane in lanes if lane}
    done = completed_elements(rows)
    may_act = instance.status is not InstanceStatus.SUSPENDED
    views = []
    for work in works:
        enders = people.get(lane_of(procedure, work.element_id), ())
        views.append(
            AdHocView(
                scope_id=work.scope_id,
                element_id=work.element_id,
                name=procedure.nodes[work.element_id].name,
                ending=_ending(work),
                enders=() if work.ends_by_condition else _names(enders),
                items=tuple(
                    _item(
                        procedure,
                        activity.element_id,
                        people.get(lane_of(procedure, activity.element_id), ()),
                        running=activity.running,
                        done=done[activity.element_id],
                        actor=actor if activity.may_start and may_act else None,
                    )
                    for activity in work.activities
                ),
                is_quiet=work.may_finish,
                may_end=work.may_finish and may_act and _is_among(actor, enders),
                revision=instance.revision,
            )
        )
    return tuple(views)


def lane_of(procedure: Procedure, element: str) -> str:
    """Return the lane of an element; the checks at deployment see to it that there is one."""
    return procedure.nodes[element].lane or ""


def _elements(work: AdHocWork) -> tuple[str, ...]:
    inner = (activity.element_id for activity in work.activities)
    return (*inner, *(() if work.ends_by_condition else (work.element_id,)))


def _item(
    procedure: Procedure,
    element: str,
    starters: Sequence[Person],
    *,
    running: int,
    done: int,
    actor: Actor | None,
) -> WorkItem:
    """Describe one activity; without `actor` nobody may start it now."""
    node = procedure.nodes[element]
    return WorkItem(
        element_id=element,
        name=node.name,
        documentation=node.documentation,
        lane_name=procedure.drawn_lanes[node.lane].name if node.lane else "",
        starters=_names(starters),
        running=running,
        done=done,
        may_start=actor is not None and _is_among(actor, starters),
    )


def _ending(work: AdHocWork) -> str:
    if work.ends_by_condition:
        return "每办结一项工作即判断是否完成，完成后自动进入下一环节。"
    if not work.may_finish:
        return "各项工作都办结后，可以结束并进入下一环节。"
    return "目前没有进行中的工作，可以结束并进入下一环节。"


def _names(people: Sequence[Person]) -> tuple[str, ...]:
    return tuple(person.name for person in people)


def _is_among(actor: Actor, people: Sequence[Person]) -> bool:
    return any(person.id == actor.person_id for person in people)
