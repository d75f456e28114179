"""Reading versions, previews and the progress of migrations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.migration import UNDER_WAY, MigrationPlan, TokenMove, plan_case
from engine.migration.plan import check_mapping
from engine.model import FlowNode
from engine.procedure import Procedure
from services.bootstrap import Application
from services.errors import NotFound
from services.identity.actor import Actor
from services.people.models import Person
from services.process_migration.access import below, require_roots, roots_of
from services.process_migration.commands import deployment_of, require_other
from services.process_migration.models import ItemState, MigrationItem, ProcessMigration
from services.process_migration.views import (
    CasePlan,
    ElementChoice,
    ElementPlan,
    MigrationItemView,
    MigrationView,
    PreviewView,
    VersionItem,
    VersionsView,
)
from services.processes.models import Deployment, ProcessInstance

SHOWN = 200
"""Cases a page lists; the numbers above count all of them."""
RECENT = 10
_READ_AT_ONCE = 500


def versions(app: Application, actor: Actor, key: str) -> VersionsView:
    """Return the versions of a procedure with their running cases, and the latest migrations."""
    with app.database.read() as session:
        newest, procedure = app.procedures.latest(session, key)
        deployments = session.scalars(
            select(Deployment).where(Deployment.key == key).order_by(Deployment.version.desc())
        ).all()
        running = session.execute(
            select(ProcessInstance.deployment_id, func.count())
            .where(ProcessInstance.key == key, ProcessInstance.status.in_(UNDER_WAY))
            .group_by(ProcessInstance.deployment_id)
        )
        counted = {deployment_id: count for deployment_id, count in running}  # noqa: C416 - rows are not pairs to mypy
        may = bool(roots_of(actor, procedure))
        ordered = session.scalars(
            select(ProcessMigration)
            .where(ProcessMigration.key == key)
            .order_by(ProcessMigration.id.desc())
            .limit(RECENT)
        ).all()
        return VersionsView(
            key=key,
            title=newest.title,
            versions=tuple(
                VersionItem(
                    row.version,
                    row.label,
                    row.deployed_at,
                    counted.get(row.id, 0),
                    row.explored_states,
                    row.explored_fully,
                )
                for row in deployments
            ),
            migrations=tuple(_view(session, row) for row in ordered) if may else (),
            may_migrate=may,
        )


def preview(
    app: Application,
    actor: Actor | None,
    key: str,
    from_version: int,
    to_version: int,
    mapping: Mapping[str, str] | None = None,
) -> PreviewView:
    """Return what moving all running cases of a version would mean; moves nothing.

    `actor` is None for the command line.  Raises NotFound, Invalid, Forbidden, MappingInvalid.
    """
    mapping = mapping or {}
    with app.database.read() as session:
        source = deployment_of(session, key, from_version)
        target = deployment_of(session, key, to_version)
        require_other(source, target)
        old, new = (app.procedures.get(session, row.id) for row in (source, target))
        roots = None if actor is None else require_roots(actor, new)
        check_mapping(old.process, new.process, mapping)
        rows = session.execute(
            select(ProcessInstance.id, ProcessInstance.number, ProcessInstance.state)
            .where(
                ProcessInstance.deployment_id == source.id,
                ProcessInstance.status.in_(UNDER_WAY),
                below(session, roots),
            )
            .order_by(ProcessInstance.id)
            .execution_options(yield_per=_READ_AT_ONCE)
        )
        cases: list[CasePlan] = []
        moves: dict[tuple[str, str], list[TokenMove]] = defaultdict(list)
        total = can_move = warned = 0
        for case_id, number, state in rows:
            found = plan_case(old, new, state, mapping)
            total += 1
            can_move += found.can_move
            warned += found.can_move and bool(found.warnings)
            for move in found.moves:
                moves[move.element_id, move.target_id or ""].append(move)
            cases.append(_case_plan(case_id, number, found))
    cases.sort(key=lambda case: (case.can_move, case.case_id))
    elements = tuple(_element_plan(group) for group in moves.values())
    return PreviewView(
        key=key,
        title=target.title,
        from_version=from_version,
        to_version=to_version,
        total=total,
        can_move=can_move,
        warned=warned,
        elements=elements,
        cases=tuple(cases[:SHOWN]),
        choices=_choices(old, new, elements, mapping),
        names={node.id: node.name or node.id for node in old.nodes.values()},
        mapping=mapping,
        movable=tuple(e.target for e in elements if e.can_move),
        blocked=tuple(e.target for e in elements if not e.can_move and e.target),
    )


def diagram(app: Application, key: str, version: int) -> str:
    """Return the BPMN file of a version; raises NotFound."""
    with app.database.read() as session:
        row = deployment_of(session, key, version)
        return app.procedures.get(session, row.id).process.xml.decode()


def migration(app: Application, actor: Actor, migration_id: int) -> MigrationView:
    """Return a migration with its progress; raises NotFound and Forbidden."""
    with app.database.read() as session:
        row = session.get(ProcessMigration, migration_id)
        if row is None:
            raise NotFound
        require_roots(actor, app.procedures.get(session, row.to_deployment_id))
        return _view(session, row)


def progress(app: Application, migration_id: int) -> MigrationView:
    """Return a migration for the command line."""
    with app.database.read() as session:
        return _view(session, session.get_one(ProcessMigration, migration_id))


def _view(session: Session, row: ProcessMigration) -> MigrationView:
    counted = session.execute(
        select(MigrationItem.state, func.count())
        .where(MigrationItem.migration_id == row.id)
        .group_by(MigrationItem.state)
    )
    counts = dict.fromkeys(ItemState, 0)
    counts.update({ItemState(state): count for state, count in counted})
    failed = session.execute(
        select(ProcessInstance.id, ProcessInstance.number, MigrationItem.state, MigrationItem.error)
        .join(ProcessInstance, ProcessInstance.id == MigrationItem.instance_id)
        .where(
            MigrationItem.migration_id == row.id,
            MigrationItem.state.in_((ItemState.FAILED, ItemState.SKIPPED)),
        )
        .order_by(MigrationItem.id)
        .limit(SHOWN)
    )
    source = session.get_one(Deployment, row.from_deployment_id)
    target = session.get_one(Deployment, row.to_deployment_id)
    starter = session.get(Person, row.started_by) if row.started_by is not None else None
    return MigrationView(
        id=row.id,
        key=row.key,
        title=target.title,
        from_version=source.version,
        to_version=target.version,
        reason=row.reason,
        started_by=starter.name if starter is not None else "命令行",
        started_at=row.started_at,
        counts=counts,
        failed=tuple(MigrationItemView(*item) for item in failed),
    )


def _case_plan(case_id: int, number: str, found: MigrationPlan) -> CasePlan:
    return CasePlan(
        case_id=case_id,
        number=number,
        waiting_at=tuple(dict.fromkeys(move.name for move in found.moves)),
        can_move=found.can_move,
        obstacles=tuple(dict.fromkeys(reason.message for reason in found.obstacles)),
        warnings=tuple(dict.fromkeys(reason.message for reason in found.warnings)),
    )


def _element_plan(moves: Sequence[TokenMove]) -> ElementPlan:
    first = moves[0]
    reasons = dict.fromkeys(reason.message for move in moves for reason in move.reasons)
    return ElementPlan(
        element=first.element_id,
        name=first.name,
        target=first.target_id or "",
        target_name=first.target_name,
        tokens=len(moves),
        can_move=all(move.can_move for move in moves),
        reasons=tuple(reasons),
    )


def _choices(
    old: Procedure, new: Procedure, elements: Sequence[ElementPlan], mapping: Mapping[str, str]
) -> dict[str, tuple[ElementChoice, ...]]:
    """Return for each element that cannot stay, or is mapped, those of its type to map it to."""
    wanted = {e.element for e in elements if not e.can_move or not e.target} | mapping.keys()
    return {
        element: tuple(
            _choice(node) for node in new.nodes.values() if node.type is old.nodes[element].type
        )
        for element in sorted(wanted)
    }


def _choice(node: FlowNode) -> ElementChoice:
    return ElementChoice(node.id, node.name or node.id, node.type.value)
