"""What moving an instance to another version would mean, token by token; moves nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from engine.errors import EngineError
from engine.migration import comparison
from engine.migration.reasons import Reason, ReasonCode
from engine.migration.references import ways_back
from engine.migration.token_rows import SavedState, ScopeRows, TokenRow
from engine.migration.versions import Versions, activity, companions, is_companion, per_scope
from engine.model import FlowNode, NodeType, ProcessDefinition
from engine.spiff.gateways import ARRIVED_FROM
from engine.spiff.records import ELEMENT, INNER
from engine.state import TokenRole
from engine.structure import Region

_OPTIONAL_FORKS: Final = frozenset({NodeType.INCLUSIVE_GATEWAY, NodeType.BOUNDARY_EVENT})
"""Forks whose join does not wait for a branch that was never taken."""


@dataclass(frozen=True, slots=True)
class TokenMove:
    """A token, where it would stand, and what differs there.

    `task_id` is the id of the token (of the user task, where it is one); `target_id` is None when
    the new version has no such element.  A loop is one token, whatever the number of its instances.
    """

    task_id: str
    element_id: str
    name: str
    target_id: str | None
    target_name: str
    reasons: tuple[Reason, ...]

    @property
    def can_move(self) -> bool:
        """Whether nothing keeps the token from moving."""
        return not any(reason.blocks for reason in self.reasons)


@dataclass(frozen=True, slots=True)
class MigrationPlan:
    """Every token of an instance; `notes` are about the process or a sub-process as a whole."""

    moves: tuple[TokenMove, ...]
    notes: tuple[Reason, ...] = ()

    @property
    def can_move(self) -> bool:
        """Whether the instance can move as a whole."""
        return not self.obstacles

    @property
    def obstacles(self) -> tuple[Reason, ...]:
        """What keeps the instance from moving, each once."""
        return tuple(reason for reason in self._reasons if reason.blocks)

    @property
    def warnings(self) -> tuple[Reason, ...]:
        """What changes without keeping it from moving, each once."""
        return tuple(reason for reason in self._reasons if not reason.blocks)

    @property
    def _reasons(self) -> tuple[Reason, ...]:
        found = (reason for move in self.moves for reason in move.reasons)
        return tuple(dict.fromkeys((*found, *self.notes)))


class MigrationRefused(EngineError):  # noqa: N818 - the state is the name of the error
    """Some token cannot move; nothing was changed.  `plan` says which and why."""

    code = "migration-refused"
    message = "办件不能迁移到所选版本。"
    remedy = "请为无法接续的环节指定对应环节，或者等办件走过这些环节后再迁移。"

    def __init__(self, plan: MigrationPlan) -> None:
        self.plan = plan
        super().__init__("".join(reason.message for reason in plan.obstacles))


class MappingInvalid(EngineError):  # noqa: N818 - the state is the name of the error
    """The mapping names an element one of the versions does not have."""

    code = "migration-mapping"
    message = "环节对应关系有误。"
    remedy = "请从两个版本各自的环节中选择。"


def plan(
    old: ProcessDefinition,
    new: ProcessDefinition,
    state: bytes,
    mapping: Mapping[str, str] | None = None,
) -> MigrationPlan:
    """Return what moving the instance saved as `state` from `old` to `new` would mean.

    `mapping` names for elements of `old` the element of `new` that takes their place; all others
    go to the element of the same id.  Raises MappingInvalid.
    """
    check_mapping(old, new, mapping or {})
    saved = SavedState(state)
    scopes = per_scope(old, new, mapping or {}, saved)
    moves = [
        _move(versions, row)
        for scope, versions in scopes
        for row in scope.rows
        if _is_listed(versions, row)
    ]
    notes = [note for scope, versions in scopes for note in _scope_notes(versions, scope)]
    for position, records in saved.records:
        notes += _lost_compensation(scopes[position][1], records)
    return MigrationPlan(tuple(moves), tuple(notes))


def check_mapping(
    old: ProcessDefinition, new: ProcessDefinition, mapping: Mapping[str, str]
) -> None:
    """Raise MappingInvalid unless the mapping names elements of the two versions."""
    for source, target in mapping.items():
        if not any(source in process.nodes for process in old.with_called):
            raise MappingInvalid(f"原版本中没有环节“{source}”。")
        if not any(target in process.nodes for process in new.with_called):
            raise MappingInvalid(f"新版本中没有环节“{target}”。")


def _is_listed(versions: Versions, row: TokenRow) -> bool:
    """Whether `row` is a token of its own: no armed event, no instance of a listed loop."""
    alone = row.role in {TokenRole.NODE, TokenRole.GATE}
    return row.is_live and alone and not is_companion(versions, row)


def _move(versions: Versions, row: TokenRow) -> TokenMove:
    node = versions.old.nodes.get(row.element)
    if node is None or versions.before is None:
        hidden = Reason(ReasonCode.IN_PROGRESS, _name(versions.old, row.element))
        return TokenMove(row.id, row.element, hidden.name, None, "", (hidden,))
    target = versions.new_node(row.element)
    return TokenMove(
        task_id=row.id,
        element_id=row.element,
        name=_words(node),
        target_id=None if target is None else target.id,
        target_name="" if target is None else _words(target),
        reasons=tuple(_reasons(versions, row, node, target)),
    )


def _reasons(
    versions: Versions, row: TokenRow, node: FlowNode, target: FlowNode | None
) -> Iterator[Reason]:
    name = _words(node)
    if target is None:
        yield Reason(ReasonCode.ELEMENT_MISSING, name)
        return
    if not _has(versions.after, target.id):
        yield Reason(ReasonCode.SCOPE_CHANGED, name)
        return
    if _kind(versions.before, node) != _kind(versions.after, target):
        yield Reason(ReasonCode.TYPE_CHANGED, name)
        return
    yield from _place_reasons(versions, node, target)
    if row.role is TokenRole.GATE:
        if _gathering(versions, versions.old, node) != _gathering(None, versions.new, target):
            yield Reason(ReasonCode.JOIN_CHANGED, name)
        return
    yield from _content_reasons(versions, row, node, target)
    yield from _event_reasons(versions, row, node, target)


def _kind(spec: Any, node: FlowNode) -> tuple[NodeType, bool]:
    return node.type, bool(spec.task_specs[node.id].handles_events)


def _place_reasons(versions: Versions, node: FlowNode, target: FlowNode) -> Iterator[Reason]:
    """Where the token stands among parallel branches must not change."""
    same = len(node.regions) == len(target.regions) and all(
        _same_branch(versions, before, after)
        for before, after in zip(node.regions, target.regions, strict=True)
    )
    if not same:
        yield Reason(ReasonCode.REGION_CHANGED, _words(node))
        return
    for fork, _ in node.regions:
        kind = versions.old_node(fork).type
        before, after = (
            _branches(versions.old, fork),
            _branches(versions.new, versions.target(fork)),
        )
        if kind not in _OPTIONAL_FORKS and before != after:
            detail = f"“{_words(versions.old_node(fork))}”由 {before} 条改为 {after} 条"
            yield Reason(ReasonCode.BRANCHES_CHANGED, _words(node), detail)


def _same_branch(versions: Versions, before: Region, after: Region) -> bool:
    (old_fork, old_flow), (new_fork, new_flow) = before, after
    if versions.target(old_fork) != new_fork:
        return False
    old, new = versions.old.flows.get(old_flow), versions.new.flows.get(new_flow)
    if old is None or new is None:
        return (old is None) == (new is None)
    return old_flow == new_flow or versions.target(old.target) == new.target


def _branches(process: ProcessDefinition, fork: str) -> int:
    return sum(flow.source == fork for flow in process.flows.values())


def _content_reasons(
    versions: Versions, row: TokenRow, node: FlowNode, target: FlowNode
) -> Iterator[Reason]:
    """What the element asks for, and what it has collected so far."""
    name, old, new = _words(node), versions.old, versions.new
    if comparison.loop_of(old, node.id) != comparison.loop_of(new, target.id):
        yield Reason(ReasonCode.LOOP_CHANGED, name)
    elif comparison.loop_condition_of(old, node.id) != comparison.loop_condition_of(new, target.id):
        yield Reason(ReasonCode.LOOP_CONDITION_CHANGED, name)
    if ARRIVED_FROM in row.internal and _sources(versions, old, node) != _sources(
        None, new, target
    ):
        yield Reason(ReasonCode.JOIN_CHANGED, name)
    if node.called != target.called:
        yield Reason(ReasonCode.CALL_CHANGED, name)
    if node.operation != target.operation:
        yield Reason(ReasonCode.OPERATION_CHANGED, name)
    if node.name != target.name:
        yield Reason(ReasonCode.NAME_CHANGED, name, target.name)
    if node.lane != target.lane:
        yield Reason(ReasonCode.LANE_CHANGED, name)
    if (node.form or node.id) != (target.form or target.id):
        yield Reason(ReasonCode.FORM_CHANGED, name)
    if node.outcomes != target.outcomes:
        yield Reason(ReasonCode.OUTCOMES_CHANGED, name)


def _sources(versions: Versions | None, process: ProcessDefinition, join: FlowNode) -> Counter[str]:
    """Where the incoming flows of a join come from, in ids of the new version."""
    return Counter(
        flow.source if versions is None else versions.target(flow.source)
        for flow in process.flows.values()
        if flow.target == join.id
    )


def _gathering(
    versions: Versions | None, process: ProcessDefinition, node: FlowNode
) -> tuple[int, Counter[str]]:
    """How many tokens an activity waits for, and where they come from."""
    return node.start_quantity, _sources(versions, process, node)


def _event_reasons(
    versions: Versions, row: TokenRow, node: FlowNode, target: FlowNode
) -> Iterator[Reason]:
    """What the token waits for itself, and the events armed with it."""
    if row.is_waiting:
        yield from _trigger_reasons(versions, node.id, target.id)
    armed = companions(versions, row)
    for event in armed.added(versions):
        detail = _words(versions.new.nodes[event])
        yield Reason(ReasonCode.EVENT_ADDED, _words(node), detail)
    for event in armed.removed(versions):
        detail = _words(versions.old_node(event))
        yield Reason(ReasonCode.EVENT_REMOVED, _words(node), detail)
    for event in armed.before:
        if versions.target(event) in armed.after:
            yield from _trigger_reasons(versions, event, versions.target(event))
    for element in ways_back(row):
        if not _has(versions.after, versions.target(element)):
            yield Reason(ReasonCode.WAY_BACK_MISSING, _words(node), _name(versions.old, element))


def _trigger_reasons(versions: Versions, before: str, after: str) -> Iterator[Reason]:
    name = _words(versions.old_node(before))
    if is_replaced(versions, before):
        yield Reason(ReasonCode.TRIGGER_REPLACED, name)
    elif comparison.trigger_of(versions.old, before) != comparison.trigger_of(versions.new, after):
        yield Reason(ReasonCode.TRIGGER_CHANGED, name)


def is_replaced(versions: Versions, event: str) -> bool:
    """Whether an event waits for another kind of thing in the new version."""
    return comparison.trigger_kinds(versions.old, event) != comparison.trigger_kinds(
        versions.new, versions.target(event)
    )


def _scope_notes(versions: Versions, scope: ScopeRows) -> Iterator[Reason]:
    """What changes beside the flow of a scope: its event sub-processes."""
    if versions.before is None or versions.after is None:
        return
    armed = companions(versions, None)
    where = versions.old.nodes.get(scope.name)
    name = versions.old.name if where is None else _words(where)
    for event in armed.added(versions):
        yield Reason(ReasonCode.EVENT_ADDED, name, _words(versions.new.nodes[event]))
    idle = {row.element for row in scope.rows if is_companion(versions, row)}
    for event in armed.removed(versions):
        if event in idle:
            yield Reason(ReasonCode.EVENT_REMOVED, name, _words(versions.old_node(event)))
    for event in idle & set(armed.before):
        if versions.target(event) in armed.after:
            yield from _trigger_reasons(versions, event, versions.target(event))


def _lost_compensation(versions: Versions, records: list[dict[str, Any]]) -> Iterator[Reason]:
    """What has completed and could be compensated, but not in the new version."""
    for record in records:
        element = str(record[ELEMENT])
        if not _compensates_alike(versions, element):
            yield Reason(ReasonCode.COMPENSATION_MISSING, _name(versions.old, element))
        yield from _lost_compensation(versions.inside(element), record.get(INNER, []))


def _compensates_alike(versions: Versions, element: str) -> bool:
    before = activity(versions.before, element)
    after = activity(versions.after, versions.target(element))
    return after is not None and (before.handler is None) == (after.handler is None)


def _words(node: FlowNode) -> str:
    return node.name or node.id


def _name(process: ProcessDefinition, element: str) -> str:
    node = process.nodes.get(element)
    return element if node is None else _words(node)


def _has(spec: Any, element: str) -> bool:
    """Whether a scope of the new version exists and has the element."""
    return spec is not None and element in spec.task_specs
