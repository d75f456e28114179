"""Two versions of a definition side by side: which element, scope and event answers which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine.migration.token_rows import SavedState, ScopeRows, TokenRow
from engine.model import FlowNode, ProcessDefinition
from engine.spiff.flow_node import GUARD_SUFFIX, INSTANCE_SUFFIX
from engine.spiff.gateways import EventBasedGateway
from engine.spiff.parser import executable
from engine.state import TokenRole


@dataclass(frozen=True, slots=True)
class Versions:
    """The two versions of the process that the rows of one scope belong to.

    `before` and `after` are the specifications of the scope itself; `after` is None when the new
    version has no such scope.
    """

    old: ProcessDefinition
    new: ProcessDefinition
    mapping: Mapping[str, str]
    before: Any
    after: Any

    def target(self, element: str) -> str:
        """Return the id that answers `element` in the new version, whether or not it exists."""
        return self.mapping.get(element, element)

    def old_node(self, element: str) -> FlowNode:
        """Return an element of the definition the instance runs on."""
        return self.old.nodes[element]

    def new_node(self, element: str) -> FlowNode | None:
        """Return what answers `element`, if anything does."""
        return self.new.nodes.get(self.target(element))

    def inside(self, activity: str) -> Versions:
        """Return the versions of the scope that a sub-process or call activity opens."""
        node, target = self.old.nodes.get(activity), self.new_node(activity)
        if node is None or node.called is None:
            return replace(
                self,
                before=_sub_process(self.old, activity),
                after=_sub_process(self.new, self.target(activity)),
            )
        old = self.old.library[node.called]
        if target is None or target.called != node.called or self.after is None:
            return replace(self, old=old, new=old, before=executable(old).spec, after=None)
        new = self.new.library[node.called]
        return replace(
            self, old=old, new=new, before=executable(old).spec, after=executable(new).spec
        )


def per_scope(
    old: ProcessDefinition, new: ProcessDefinition, mapping: Mapping[str, str], saved: SavedState
) -> tuple[tuple[ScopeRows, Versions], ...]:
    """Return every scope of a saved state with the versions its rows belong to."""
    root = Versions(old, new, mapping, executable(old).spec, executable(new).spec)
    found: list[tuple[ScopeRows, Versions]] = []
    owners: dict[str, tuple[TokenRow, Versions]] = {}
    for scope in saved.scopes:
        versions = root
        if scope.owner is not None:
            owner, around = owners[scope.owner]
            versions = around.inside(owner.element)
        found.append((scope, versions))
        owners.update({row.id: (row, versions) for row in scope.rows})
    return tuple(found)


def activity(spec: Any, element: str) -> Any:
    """Return what does the work of an activity in a scope: of a loop its instances; or None."""
    specs = {} if spec is None else spec.task_specs
    return specs.get(f"{element}{INSTANCE_SUFFIX}") or specs.get(element)


def _sub_process(process: ProcessDefinition, element: str) -> Any:
    return executable(process).subprocess_specs.get(element)


@dataclass(frozen=True, slots=True)
class Companions:
    """Events armed with an anchor (activity, gateway, scope), before and after."""

    before: tuple[str, ...]
    after: tuple[str, ...]

    def added(self, versions: Versions) -> Iterator[str]:
        """The events only the new version has."""
        known = {versions.target(event) for event in self.before}
        return (event for event in self.after if event not in known)

    def removed(self, versions: Versions) -> Iterator[str]:
        """The events only the old version has, by their old ids."""
        return (event for event in self.before if versions.target(event) not in self.after)


def companions(versions: Versions, row: TokenRow | None) -> Companions:
    """Return the events armed together with `row`; with the scope itself for None."""
    before, after = versions.before, versions.after
    if row is None:
        return Companions(
            *(tuple(map(_name, spec.event_sub_processes)) for spec in (before, after))
        )
    target = versions.target(row.element)
    return Companions(_armed_with(before, row.element), _armed_with(after, target))


def is_companion(versions: Versions, row: TokenRow) -> bool:
    """Whether `row` is an event armed with another row, or with its scope, and not yet begun."""
    before = versions.before
    spec = None if before is None else before.task_specs.get(row.element)
    if spec is None or row.role is not TokenRole.NODE:
        return False
    if row.parent is not None:
        return row.element in _armed_with(before, row.parent.element)
    return bool(spec.handles_events and row.is_waiting)


def has_guard(spec: Any, element: str) -> bool:
    """Whether an activity has boundary events."""
    return f"{element}{GUARD_SUFFIX}" in spec.task_specs


def _armed_with(spec: Any, element: str) -> tuple[str, ...]:
    anchor = spec.task_specs.get(f"{element}{GUARD_SUFFIX}")
    if anchor is not None:
        return tuple(name for name in map(_name, anchor.outputs) if name != element)
    node = spec.task_specs.get(element)
    return tuple(map(_name, node.outputs)) if isinstance(node, EventBasedGateway) else ()


def _name(spec: Any) -> str:
    return str(spec.name)
