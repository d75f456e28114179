"""Moving one case: its state, its open tasks, its journal, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, insert, select

from engine.migration import UNDER_WAY, MigrationRefused, migrate, plan_case
from engine.model import Advance, Variables
from engine.procedure import Procedure
from services.audit.models import EntryKind
from services.cases.write_path import Deed, LockedCase
from services.identity.actor import Actor
from services.processes.models import Deployment
from services.tasks.candidates import candidate_rows, people_of
from services.tasks.models import OPEN_STATES, TaskCandidate, TaskState, UserTask
from services.tasks.sync import find_candidates, separation_of


def migrate_case(
    case: LockedCase,
    target: Deployment,
    mapping: Mapping[str, str],
    reason: str,
    actor: Actor | None,
) -> bool:
    """Move a locked case to another version; False when it has ended meanwhile.

    Raises MigrationRefused when one of its tokens cannot move.
    """
    if case.instance.status not in UNDER_WAY:
        return False
    old, new = case.procedure, case.app.procedures.get(case.session, target.id)
    source = case.session.get_one(Deployment, case.instance.deployment_id)
    found = plan_case(old, new, case.instance.state, mapping)
    if not found.can_move:
        raise MigrationRefused(found)
    case.procedure = new
    case.instance.deployment_id = target.id
    advance = migrate(
        old.process,
        new.process,
        case.instance.state,
        mapping,
        now=case.now,
        environment=case.environment,
    )
    _follow(case, old, advance)
    case.settle(
        advance,
        Deed(
            kind=EntryKind.INSTANCE_MIGRATED,
            acted_on=case.today,
            opens_from=case.latest_act_on(),
            actor=actor,
            details={
                "from_deployment": source.id,
                "to_deployment": target.id,
                "from_version": source.version,
                "to_version": target.version,
                "mapping": dict(mapping),
                "grounds": reason,
                "warnings": [reason.message for reason in found.warnings],
            },
        ),
    )
    return True


def _follow(case: LockedCase, old: Procedure, advance: Advance) -> None:
    """Let the rows of the open tasks say what the new version says of them."""
    session = case.session
    opened = {task.id: task for task in advance.open_tasks}
    rows = session.scalars(
        select(UserTask).where(UserTask.id.in_(opened), UserTask.state.in_(OPEN_STATES))
    ).all()
    for row in rows:
        node = case.procedure.nodes[opened[row.id].element_id]
        lane = node.lane or ""
        same_people = row.lane_id == lane and old.lanes.get(lane) == case.procedure.lanes.get(lane)
        row.deployment_id = case.instance.deployment_id
        row.element_id = node.id
        row.name = node.name
        row.lane_id = lane
        row.separate_from = separation_of(case.procedure, node.id)
        row.in_person = case.procedure.is_in_person(node.id)
        if not same_people:
            own = opened[row.id].variables
            _ask_anew(case, row, advance.variables if own is None else own)
    session.flush()


def _ask_anew(case: LockedCase, row: UserTask, variables: Variables) -> None:
    """Find the candidates of a task again; who has claimed it keeps it while still one of them."""
    session = case.session
    session.execute(delete(TaskCandidate).where(TaskCandidate.task_id == row.id))
    found = find_candidates(session, case.instance, case.procedure, row, variables, case.today)
    new = candidate_rows(row.id, found)
    if new:
        session.execute(insert(TaskCandidate), new)
    people = {person.id for person in people_of(session, found, case.instance, case.today)}
    if row.assignee_id is not None and row.assignee_id not in people:
        row.assignee_id = None
        row.state = TaskState.CREATED
