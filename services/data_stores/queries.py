"""The registers (台账) that data stores of diagrams are kept in, as they are read by people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import groupby

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from engine.model import Value
from engine.procedure import Procedure
from services.bootstrap import Application
from services.cases.access import store_entries_visible_to, visible_to
from services.cases.incidents.corrections import label_of, shown
from services.data_stores.models import StoreEntry
from services.data_stores.store import value_of
from services.data_stores.views import RegisterEntry, RegisterPage, RegisterRow
from services.errors import NotFound
from services.identity.actor import Actor
from services.organizations.models import Organization
from services.people.models import Person
from services.processes.models import ProcessInstance

MAX_ENTRIES = 200
"""How many entries a page shows, those written last."""


def list_registers(app: Application, actor: Actor) -> tuple[RegisterRow, ...]:
    """Return the registers with an entry the actor may see, in order of their titles."""
    with app.database.read() as session:
        rows = session.execute(
            select(StoreEntry.register, StoreEntry.title, StoreEntry.written_at)
            .where(*_current(actor))
            .order_by(StoreEntry.register, StoreEntry.written_at.desc())
        ).all()
    found = []
    for register, group in groupby(rows, key=lambda row: row.register):
        entries = list(group)
        found.append(RegisterRow(register, entries[0].title, len(entries), entries[0].written_at))
    return tuple(sorted(found, key=lambda row: (row.title, row.register)))


def register_page(app: Application, actor: Actor, register: str) -> RegisterPage:
    """Return the entries of a register as they stand that the actor may see, the latest first.

    `NotFound` when there is none.
    """
    with app.database.read() as session:
        rows = session.scalars(
            select(StoreEntry)
            .where(StoreEntry.register == register, *_current(actor))
            .order_by(StoreEntry.written_at.desc(), StoreEntry.id.desc())
            .limit(MAX_ENTRIES + 1)
        ).all()
        return _page(app, session, actor, rows[:MAX_ENTRIES], is_cut=len(rows) > MAX_ENTRIES)


def entry_history(app: Application, actor: Actor, entry_id: int) -> RegisterPage:
    """Return everything an entry has said, the latest first; `NotFound` for others."""
    with app.database.read() as session:
        own = session.scalars(
            select(StoreEntry).where(StoreEntry.id == entry_id, store_entries_visible_to(actor))
        ).first()
        if own is None:
            raise NotFound
        rows = session.scalars(
            select(StoreEntry)
            .where(
                StoreEntry.register == own.register,
                StoreEntry.organization_id == own.organization_id,
                StoreEntry.key == own.key,
            )
            .order_by(StoreEntry.version.desc())
            .limit(MAX_ENTRIES + 1)
        ).all()
        return _page(app, session, actor, rows[:MAX_ENTRIES], is_cut=len(rows) > MAX_ENTRIES)


def _current(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    """SQL: the `StoreEntry` is the newest version of its entry, and the actor's to see."""
    later = aliased(StoreEntry)
    newer = exists().where(
        later.register == StoreEntry.register,
        later.organization_id == StoreEntry.organization_id,
        later.key == StoreEntry.key,
        later.version > StoreEntry.version,
    )
    return store_entries_visible_to(actor), ~newer.correlate(StoreEntry)


def _page(
    app: Application, session: Session, actor: Actor, rows: Sequence[StoreEntry], *, is_cut: bool
) -> RegisterPage:
    if not rows:
        raise NotFound
    cases = {
        case.id: case
        for case in session.scalars(
            select(ProcessInstance).where(ProcessInstance.id.in_({row.instance_id for row in rows}))
        )
    }
    seen = set(
        session.scalars(
            select(ProcessInstance.id).where(ProcessInstance.id.in_(cases), visible_to(actor))
        )
    )
    bodies = _by_id(session, Organization.id, Organization.name, (r.organization_id for r in rows))
    people = _by_id(session, Person.id, Person.name, (int(row.key) for row in rows if row.key))
    entries = []
    for row in rows:
        case = cases[row.instance_id]
        procedure = app.procedures.get(session, case.deployment_id)
        node = procedure.nodes.get(row.element_id)
        entries.append(
            RegisterEntry(
                id=row.id,
                organization_name=bodies[row.organization_id],
                person_name=people[int(row.key)] if row.key else "",
                version=row.version,
                lines=tuple(_lines(procedure, value_of(row))),
                case_number=case.number,
                case_id=case.id if case.id in seen else None,
                step_name=node.name if node is not None else "",
                written_at=row.written_at,
            )
        )
    return RegisterPage(rows[0].register, rows[0].title, tuple(entries), is_cut=is_cut)


def _by_id(
    session: Session,
    key: InstrumentedAttribute[int],
    name: InstrumentedAttribute[str],
    ids: Iterable[int],
) -> dict[int, str]:
    rows = session.execute(select(key, name).where(key.in_(set(ids))))
    return {number: text for number, text in rows}  # noqa: C416 - rows are not pairs to mypy


def _lines(procedure: Procedure, value: Value) -> Iterator[tuple[str, str]]:
    """Yield (label, text) of what an entry says; the label is empty for what has no name."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield label_of(procedure, name), _said(part)
    elif isinstance(value, list):
        for part in value:
            yield "", "；".join(_joined(line) for line in _lines(procedure, part))
    else:
        yield "", _said(value)


def _said(value: Value) -> str:
    return value.isoformat() if type(value) is date else shown(value)


def _joined(line: tuple[str, str]) -> str:
    label, text = line
    return f"{label}：{text}" if label else text
