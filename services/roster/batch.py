"""Working off an import: reading, checking, entering, a few hundred rows in a transaction.

The row of the import says how far it is, and moves in the transaction of the rows themselves.  So
whoever takes the job over after a crash goes on with the next row, and other people's writes get
their turn between two batches.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice, takewhile
from typing import Final

import orjson
from sqlalchemy import String, delete, func, select, type_coerce, update
from sqlalchemy.orm import Session

from engine.model import Value
from services.bootstrap import Application
from services.db import insert_many, refresh_statistics
from services.identity.queries import load_actor
from services.jobs import queue
from services.jobs.queue import ClaimedJob
from services.organizations.models import Organization
from services.people.models import Appointment, Person, SearchKey
from services.roster import counts
from services.roster.access import scope_of
from services.roster.appointments import Appointments
from services.roster.bodies import Bodies
from services.roster.columns import heading_of, parse
from services.roster.commands import (
    KEPT_AFTERWARDS,
    KEPT_UNCONFIRMED,
    import_in,
    note,
    put_forgetting,
    put_work,
)
from services.roster.models import Effect, ImportPhase, RosterImport, RosterRow, Sheet
from services.roster.people import People
from services.roster.plans import Plan, Register, Row
from services.roster.rows import RosterUnreadable, SheetRow, open_roster, pack, unpack
from services.roster.store import roster_store
from services.spreadsheets.reading import WorkbookUnreadable

BATCH: Final = 500
CHUNK_SECONDS: Final = 20.0
"""A job stops after this time, well within its lease, and is put again for the rest."""

BREATH: Final = 0.01
"""Seconds between two batches, in which others come to write on SQLite."""

WORKING = frozenset({ImportPhase.CHECKING, ImportPhase.IMPORTING})


class _Lost(Exception):  # noqa: N818
    """The lease went elsewhere, or the import was given up meanwhile."""


@dataclass(frozen=True, slots=True)
class _Work:
    """A claimed job about an import."""

    app: Application
    import_id: int
    job_id: int
    owner: str

    @contextmanager
    def step(self, phase: ImportPhase) -> Iterator[tuple[Session, RosterImport]]:
        """Open a transaction that counts only while the job is ours and the phase goes on."""
        with self.app.database.write() as session:
            row = session.get_one(RosterImport, self.import_id, with_for_update=True)
            job = queue.still_mine(session, self.job_id, self.owner)
            if job is None or row.phase is not phase:
                raise _Lost
            queue.renew(job, self.app.clock.now())
            yield session, row


def run_chunk(app: Application, claimed: ClaimedJob, owner: str) -> bool:
    """Do the next part of an import; False when the lease went elsewhere."""
    work = _Work(app, import_in(claimed.payload), claimed.id, owner)
    with app.database.read() as session:
        row = session.get_one(RosterImport, work.import_id)
    try:
        if row.phase is ImportPhase.READING:
            _read(work, row)
        elif row.phase in WORKING:
            _work_off(work, row)
        _finish(work)
    except _Lost:
        return False
    return True


def forget(app: Application, session: Session, payload: bytes) -> None:
    """Delete the rows of an import that has had its time, some thousands in a job."""
    import_id = import_in(payload)
    row = session.get_one(RosterImport, import_id, with_for_update=True)
    if row.phase is ImportPhase.CHECKED:
        row.phase, row.ended_at = ImportPhase.CANCELED, app.clock.now()
    some = select(RosterRow.id).where(RosterRow.import_id == import_id).limit(BATCH * 10)
    ids = session.scalars(some).all()
    session.execute(delete(RosterRow).where(RosterRow.id.in_(ids)))
    if ids:
        put_forgetting(app, session, import_id, timedelta())
    else:
        discard_file(app, session, row)


def discard_file(app: Application, session: Session, row: RosterImport) -> None:
    """Delete a workbook that has been read, unless somebody sent the same one again."""
    again = select(RosterImport.id).where(
        RosterImport.sha256 == row.sha256,
        RosterImport.phase == ImportPhase.READING,
        RosterImport.id != row.id,
    )
    if session.scalar(again.limit(1)) is None:
        roster_store(app).remove(row.sha256)


def _read(work: _Work, row: RosterImport) -> None:
    phase = ImportPhase.READING
    try:
        with open_roster(roster_store(work.app).path(row.sha256)) as roster:
            rows = islice(roster.rows(), row.position, None)
            while batch := list(islice(rows, BATCH)):
                with work.step(phase) as (session, current):
                    insert_many(session, RosterRow, [_stored(work, item) for item in batch])
                    current.position += len(batch)
                time.sleep(BREATH)
            with work.step(phase) as (session, current):
                current.phase, current.total = ImportPhase.CHECKING, current.position
                current.position = 0
                current.layout = orjson.dumps(roster.layout, option=orjson.OPT_NON_STR_KEYS)
    except (WorkbookUnreadable, RosterUnreadable) as error:
        with work.step(phase) as (session, current):
            current.phase, current.failure = ImportPhase.FAILED, error.message
            current.ended_at = work.app.clock.now()
    with work.app.database.read() as session:
        discard_file(work.app, session, session.get_one(RosterImport, work.import_id))


def _stored(work: _Work, row: SheetRow) -> dict[str, object]:
    return {
        "import_id": work.import_id,
        "sheet": row.sheet,
        "number": row.number,
        "cells": pack(row.cells),
        "key": row.key,
        "second_key": row.second_key,
        "effect": None,
        "remarks": "",
    }


def _work_off(work: _Work, row: RosterImport) -> None:
    """Check, or enter, at least one batch, and on until the time of this job is over."""
    phase, end = row.phase, time.monotonic() + CHUNK_SECONDS
    with work.app.database.write() as session:
        refresh_statistics(session, RosterRow, Organization, Person, SearchKey, Appointment)
    with work.app.database.read() as session:
        registers = _registers(work, session, row)
    position = row.position
    while True:
        with work.app.database.read() as session:
            sheet, rows = _next_rows(session, work.import_id, phase, position)
            if sheet is None:
                return
            plans = registers[sheet].plan(session, rows)
        with work.step(phase) as (session, current):
            if phase is ImportPhase.IMPORTING:
                _enter(work, session, current, registers[sheet], sheet, plans)
            _keep(session, current, sheet, plans)
            position = current.position = rows[-1].id
        if time.monotonic() > end:
            return
        time.sleep(BREATH)


def _registers(work: _Work, session: Session, row: RosterImport) -> dict[Sheet, Register]:
    actor = load_actor(work.app, row.ordered_by) if row.ordered_by is not None else None
    planned = session.scalars(
        select(RosterRow.cells)
        .where(
            RosterRow.import_id == row.id,
            RosterRow.sheet == Sheet.ORGANIZATIONS,
            RosterRow.effect == Effect.NEW,
            RosterRow.id <= row.position,
        )
        .order_by(RosterRow.id)
    )
    bodies = Bodies(
        scope_of(session, actor),
        session,
        [parse(Sheet.ORGANIZATIONS, unpack(cells))[0] for cells in planned],
    )
    return {
        Sheet.ORGANIZATIONS: bodies,
        Sheet.PEOPLE: People(bodies),
        Sheet.APPOINTMENTS: Appointments(bodies, row.id),
    }


def _next_rows(
    session: Session, import_id: int, phase: ImportPhase, position: int
) -> tuple[Sheet | None, list[Row]]:
    """Return the next rows of one sheet; what was refused when it was checked is not entered."""
    query = select(RosterRow).where(RosterRow.import_id == import_id, RosterRow.id > position)
    if phase is ImportPhase.IMPORTING:
        query = query.where(RosterRow.effect != Effect.REFUSED)
    found = session.scalars(query.order_by(RosterRow.id).limit(BATCH)).all()
    if not found:
        return None, []
    sheet = found[0].sheet
    rows = list(takewhile(lambda row: row.sheet is sheet, found))
    twins = _twins(session, import_id, rows)
    parsed = ((row, *parse(sheet, unpack(row.cells))) for row in rows)
    return sheet, [
        Row(
            row.id,
            row.number,
            values,
            row.key,
            row.second_key,
            problems,
            twins.get(row.key) if row.key and twins.get(row.key) != row.number else None,
        )
        for row, values, problems in parsed
    ]


def _twins(session: Session, import_id: int, rows: Sequence[RosterRow]) -> dict[str, int]:
    """Return, for keys that occur twice in the workbook, the number of the first row."""
    key = type_coerce(RosterRow.key, String)
    found = session.execute(
        select(key, func.min(RosterRow.id), func.min(RosterRow.number))
        .where(
            RosterRow.import_id == import_id,
            key.in_({row.key for row in rows if row.key}),
            RosterRow.sheet == rows[0].sheet,
        )
        .group_by(key)
        .having(func.count() > 1)
    )
    return {name: number for name, _, number in found}


def _enter(
    work: _Work,
    session: Session,
    current: RosterImport,
    register: Register,
    sheet: Sheet,
    plans: Sequence[Plan],
) -> None:
    new = register.carry_out(session, plans)
    changed: dict[str, Value] = {
        str(p.found): list(p.changes) for p in plans if p.effect is Effect.CHANGED
    }
    if new or changed:
        note(work.app, session, current, {"sheet": sheet, "new": list(new), "changed": changed})
    session.execute(
        delete(RosterRow).where(RosterRow.id.in_([plan.row.id for plan in plans if plan.is_good]))
    )


def _keep(session: Session, current: RosterImport, sheet: Sheet, plans: Sequence[Plan]) -> None:
    """Note what became of rows that stay, and count all."""
    letters = orjson.loads(current.layout).get(sheet, {})
    checking = current.phase is ImportPhase.CHECKING
    kept = [
        {"id": p.row.id, "effect": p.effect, "remarks": _remarks(sheet, letters, p)}
        for p in plans
        if checking or not p.is_good
    ]
    if kept:
        session.execute(update(RosterRow), kept)
    counts.add(current, sheet, (plan.effect for plan in plans))


def _remarks(sheet: Sheet, letters: dict[str, str], plan: Plan) -> str:
    """Return what is wrong, each with the address of its cell, or what would change."""
    if plan.changes and plan.is_good:
        return f"更新{'、'.join(plan.changes)}。"
    lines = []
    for key, reason in plan.problems:
        address = f"{letters[key]}{plan.row.number} " if key in letters else ""
        lines.append(f"{address}{heading_of(sheet, key)}：{reason}" if key else reason)
    return "\n".join(lines)


def _finish(work: _Work) -> None:
    """Mark the job done; go on to the next phase, or put the job again for the rest."""
    app, now = work.app, work.app.clock.now()
    with app.database.write() as session:
        row = session.get_one(RosterImport, work.import_id, with_for_update=True)
        job = queue.still_mine(session, work.job_id, work.owner)
        if job is None:
            raise _Lost
        queue.finish(session, job, now)
        if row.phase not in WORKING:
            put_forgetting(app, session, row.id, KEPT_AFTERWARDS)
            return
        sheet, _ = _next_rows(session, row.id, row.phase, row.position)
        if sheet is not None:
            put_work(app, session, row.id)
        elif row.phase is ImportPhase.CHECKING:
            row.phase = ImportPhase.CHECKED
            put_forgetting(app, session, row.id, KEPT_UNCONFIRMED)
        else:
            row.phase, row.ended_at = ImportPhase.DONE, now
            put_forgetting(app, session, row.id, KEPT_AFTERWARDS)
            note(app, session, row, {"phase": row.phase, "counts": orjson.loads(row.counts)})
