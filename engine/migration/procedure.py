"""The plan of a case: beside its diagram the forms and lane rules of the two versions count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from engine.migration.plan import MigrationPlan, TokenMove, plan
from engine.migration.reasons import Reason, ReasonCode
from engine.model import NodeType
from engine.procedure import Procedure


def plan_case(
    old: Procedure, new: Procedure, state: bytes, mapping: Mapping[str, str] | None = None
) -> MigrationPlan:
    """Return what moving a case from one version of its procedure to another would mean.

    Like `plan`, and warns as well where a form of the same id or the rule of a lane differs.
    """
    found = plan(old.process, new.process, state, mapping)
    moves = tuple(
        replace(move, reasons=tuple(dict.fromkeys((*move.reasons, *_reasons(old, new, move)))))
        for move in found.moves
    )
    return replace(found, moves=moves)


def _reasons(old: Procedure, new: Procedure, move: TokenMove) -> Iterator[Reason]:
    if move.target_id is None:
        return
    node, target = old.nodes[move.element_id], new.nodes[move.target_id]
    if node.type is not NodeType.USER_TASK or target.type is not NodeType.USER_TASK:
        return
    if old.form_of(node.id) != new.form_of(target.id):
        yield Reason(ReasonCode.FORM_CHANGED, move.name)
    if old.lanes.get(node.lane or "") != new.lanes.get(target.lane or ""):
        yield Reason(ReasonCode.LANE_CHANGED, move.name)
