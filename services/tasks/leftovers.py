"""What tasks leave behind when they end: drafts, kept acts, and questions nobody has answered.

Nothing of it stays in its tables, so that no inbox shows it; it is returned, and can be put back
while the act that ended the tasks can be taken back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeAlias, cast

from sqlalchemy import delete, exists, insert, select, update
from sqlalchemy.orm import Session

from engine.model import Value, Variables
from services.tasks.models import (
    UNANSWERED,
    SubTask,
    SubTaskState,
    TaskDraft,
    TaskSubmission,
)

_BATCH = 500
"""Ids in one statement: databases bound the number of parameters."""

Row: TypeAlias = Variables
"""A row by column; its data, which is JSON, as text."""


@dataclass(frozen=True, slots=True)
class Leftovers:
    """The rows taken away, and the state of the cancelled sub-tasks before, by id."""

    drafts: tuple[Row, ...] = ()
    submissions: tuple[Row, ...] = ()
    asked: Mapping[int, SubTaskState] = field(default_factory=dict)

    def dump(self) -> dict[str, Value]:
        """Return it as a value that can be stored."""
        return {
            "drafts": [dict(row) for row in self.drafts],
            "submissions": [dict(row) for row in self.submissions],
            "asked": [[key, str(state)] for key, state in self.asked.items()],
        }

    @classmethod
    def load(cls, stored: Variables) -> Leftovers:
        """Return what `dump` wrote."""
        data = cast("Mapping[str, Any]", stored)
        return cls(
            drafts=tuple(data["drafts"]),
            submissions=tuple(data["submissions"]),
            asked={int(key): SubTaskState(state) for key, state in data["asked"]},
        )

    def with_drafts(self, drafts: tuple[Row, ...]) -> Leftovers:
        """Return the same with more drafts."""
        return replace(self, drafts=self.drafts + drafts)

    def handed_on(self, task_id: str, successor: str, owner: int | None) -> Leftovers:
        """Return the same with the drafts of one task on its successor.

        What its `owner` had there is left out: they have what they submitted.
        """
        return Leftovers(
            drafts=tuple(
                {**row, "task_id": successor} if row["task_id"] == task_id else row
                for row in self.drafts
                if (row["task_id"], row["person_id"]) != (task_id, owner)
            ),
            submissions=tuple(row for row in self.submissions if row["task_id"] != task_id),
            asked=self.asked,
        )


def batches(ids: Collection[str]) -> Iterator[Sequence[str]]:
    """Yield ids in portions one statement can carry."""
    ordered = sorted(ids)
    return (ordered[begin : begin + _BATCH] for begin in range(0, len(ordered), _BATCH))


def clear(session: Session, task_ids: Collection[str], now: datetime) -> Leftovers:
    """Take away what belongs to tasks that are over; that most have nothing, one look shows."""
    drafts: list[Row] = []
    submissions: list[Row] = []
    asked: dict[int, SubTaskState] = {}
    for ids in batches(task_ids):
        unanswered = (SubTask.parent_id.in_(ids), SubTask.state.in_(UNANSWERED))
        has_drafts, has_submissions, is_asked = session.execute(
            select(
                exists().where(TaskDraft.task_id.in_(ids)),
                exists().where(TaskSubmission.task_id.in_(ids)),
                exists().where(*unanswered),
            )
        ).one()
        if has_drafts:
            drafts += take_drafts(session, ids)
        if has_submissions:
            submissions += _take(session, TaskSubmission, ids)
        if is_asked:
            rows = session.execute(select(SubTask.id, SubTask.state).where(*unanswered))
            asked |= {key: SubTaskState(state) for key, state in rows}
            session.execute(
                update(SubTask).where(*unanswered).values(state=SubTaskState.CANCELED, ended_at=now)
            )
    return Leftovers(tuple(drafts), tuple(submissions), asked)


def take_drafts(session: Session, task_ids: Sequence[str]) -> tuple[Row, ...]:
    """Take away the drafts of tasks alone."""
    return tuple(_take(session, TaskDraft, task_ids))


def put_back(session: Session, left: Leftovers) -> None:
    """Give tasks that are open again what they had."""
    if left.drafts:
        session.execute(insert(TaskDraft), [_as_stored(row) for row in left.drafts])
    if left.submissions:
        session.execute(insert(TaskSubmission), [_as_stored(row) for row in left.submissions])
    for state in set(left.asked.values()):
        ids = [key for key, before in left.asked.items() if before is state]
        session.execute(
            update(SubTask).where(SubTask.id.in_(ids)).values(state=state, ended_at=None)
        )


def _take(
    session: Session, model: type[TaskDraft | TaskSubmission], ids: Sequence[str]
) -> Iterator[Row]:
    """Delete the rows of tasks and yield them."""
    table = model.__table__
    rows = session.execute(
        delete(model).where(model.task_id.in_(ids)).returning(*table.columns)
    ).mappings()
    for row in rows:
        yield {**row, "data": row["data"].decode()}


def _as_stored(row: Row) -> dict[str, object]:
    return {**row, "data": str(row["data"]).encode()}
