"""Decisions that were evaluated on a case, as its journal tells them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.model import EventType, Value, Variables
from engine.procedure import Procedure
from services.audit.journal import contents
from services.audit.models import JournalEntry
from services.bootstrap import Application
from services.cases.access import visible_instance
from services.cases.describe import header
from services.cases.versions import deployment_at
from services.cases.views import DecisionLink, DecisionRecord
from services.errors import NotFound
from services.identity.actor import Actor
from services.processes.models import Deployment, ProcessInstance
from services.processes.queries import Found, facts_told, find_element, page_of


def decision_links(
    procedure: Procedure, row: JournalEntry, data: Variables
) -> tuple[DecisionLink, ...]:
    """Return the decisions that a journal entry with `data` tells of, in order."""
    return tuple(
        DecisionLink(row.instance_id, row.sequence, number, _name(procedure, event))
        for number, event in enumerate(_evaluated(data), 1)
    )


def decision_record(
    app: Application, actor: Actor, case_id: int, sequence: int, number: int
) -> DecisionRecord:
    """Return how decision `number`, from 1, of a journal entry came out.

    Whoever may see the case may see it; `NotFound` for all others and where there is none.
    """
    with app.database.read() as session:
        instance = visible_instance(session, actor, case_id)
        row = _entry(session, instance, sequence)
        deployment = session.get_one(Deployment, deployment_at(session, instance, sequence))
        procedure = app.procedures.get(session, deployment.id)
        event = dict(enumerate(_evaluated(contents(row)), 1)).get(number)
        if event is None:
            raise NotFound
        found = _found(procedure, event)
        matched = cast("dict[str, Any]", event["data"].get("matched") or {})
        facts = cast("dict[str, Value]", {**event["data"]["inputs"], **matched.get("facts", {})})
        return DecisionRecord(
            header=header(session, instance, app.procedures.get(session, instance.deployment_id)),
            name=_name(procedure, event),
            step_name=event["name"],
            acted_on=row.acted_on,
            entered_at=row.entered_at,
            facts=facts_told(procedure, found, facts) if found else tuple(facts.items()),
            value=event["data"]["result"],
            fired=tuple(_fired(found, matched)),
            page=page_of(app, session, deployment, procedure, found) if found else None,
        )


def _entry(session: Session, instance: ProcessInstance, sequence: int) -> JournalEntry:
    row = session.scalars(
        select(JournalEntry).where(
            JournalEntry.instance_id == instance.id, JournalEntry.sequence == sequence
        )
    ).first()
    if row is None:
        raise NotFound
    return row


def _evaluated(data: Variables) -> Iterator[dict[str, Any]]:
    for event in cast("list[dict[str, Any]]", data.get("path", [])):
        if event["type"] == EventType.DECISION_EVALUATED:
            yield event


def _name(procedure: Procedure, event: dict[str, Any]) -> str:
    decision_id = str(event["data"]["decision"])
    return procedure.decisions[decision_id].name if decision_id in procedure.decisions else ""


def _found(procedure: Procedure, event: dict[str, Any]) -> Found | None:
    decision_id = str(event["data"]["decision"])
    if decision_id not in procedure.decisions:
        return None
    return find_element(procedure, decision_id)


def _fired(found: Found | None, matched: dict[str, Any]) -> Iterator[int]:
    """Yield the index of each rule that fired; entries of older releases have its id only."""
    table = found.table if found is not None else None
    indexes = {rule.id: rule.index for rule in table.rules} if table is not None else {}
    for rule in matched.get("rules", ()):
        index = rule.get("index", indexes.get(rule["rule"]))
        if index is not None:
            yield int(index)
