"""Starting work in an ad-hoc sub-process, and ending the sub-process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from engine import runtime
from engine.ad_hoc import AdHocWork
from engine.errors import TaskNotOpen
from services.audit.models import EntryKind
from services.bootstrap import Application
from services.cases.access import visible_instance
from services.cases.ad_hoc.queries import lane_of
from services.cases.completed import completed_view
from services.cases.lanes import acts_in_any
from services.cases.views import Completed
from services.cases.write_path import Deed, LockedCase, lock
from services.errors import Conflict, Forbidden
from services.identity.actor import Actor


@dataclass(frozen=True, slots=True)
class StartWork:
    """Start the activity `element_id` in the running ad-hoc sub-process `scope_id`.

    `revision` is the case's revision the person saw, None to skip the check.
    """

    case_id: int
    scope_id: str
    element_id: str
    revision: int | None = None


@dataclass(frozen=True, slots=True)
class EndWork:
    """End the running ad-hoc sub-process `scope_id`, in which nothing runs."""

    case_id: int
    scope_id: str
    revision: int | None = None


def start_work(app: Application, actor: Actor, command: StartWork) -> Completed:
    """Start a piece of work; who stands in its lane may.

    Raises `NotFound`, `Forbidden`, `Conflict` when the case has moved on since the person looked,
    TaskNotOpen when the sub-process has ended, InvalidState when the work may not be started now,
    and InstanceSuspended.
    """
    with _choosing(app, actor, command) as (case, work):
        if command.element_id not in {activity.element_id for activity in work.activities}:
            raise Forbidden
        _require_lane(case, actor, command.element_id)
        advance = case.apply(runtime.activate, command.scope_id, command.element_id)
        case.settle(advance, _deed(case, actor, EntryKind.WORK_STARTED, command.element_id))
        return completed_view(case, actor)


def end_work(app: Application, actor: Actor, command: EndWork) -> Completed:
    """End the sub-process; who stands in its own lane may.  Raises as `start_work` does."""
    with _choosing(app, actor, command) as (case, work):
        _require_lane(case, actor, work.element_id)
        advance = case.apply(runtime.finish_ad_hoc, command.scope_id)
        case.settle(advance, _deed(case, actor, EntryKind.WORK_ENDED, work.element_id))
        return completed_view(case, actor)


@contextmanager
def _choosing(
    app: Application, actor: Actor, command: StartWork | EndWork
) -> Iterator[tuple[LockedCase, AdHocWork]]:
    """Lock the case and find the sub-process; commits when the block ends without an error."""
    with app.database.write() as session:
        visible_instance(session, actor, command.case_id)
        case = lock(app, session, command.case_id)
        if command.revision is not None and command.revision != case.instance.revision:
            raise Conflict("您查看期间办件已有变化，操作没有生效。", "请核对最新情况后重新选择。")
        works = runtime.inspect(case.procedure.process, case.instance.state).ad_hoc
        work = next((work for work in works if work.scope_id == command.scope_id), None)
        if work is None:
            raise TaskNotOpen("这部分工作已经结束。", "请回到办件页面查看当前环节。")
        yield case, work


def _require_lane(case: LockedCase, actor: Actor, element: str) -> None:
    lane = lane_of(case.procedure, element)
    if not lane or not acts_in_any(
        case.session, case.procedure, case.instance, [lane], actor, case.today
    ):
        raise Forbidden


def _deed(case: LockedCase, actor: Actor, kind: EntryKind, element: str) -> Deed:
    return Deed(
        kind=kind,
        acted_on=case.today,
        opens_from=case.latest_act_on(),
        actor=actor,
        element_id=element,
    )
