"""Two versions of a definition side by side: which element, scope and event answers which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.migration.token_rows import ScopeRows, TokenRow
from engine.model import FlowNode, ProcessDefinition
from engine.spiff.gateways import EventBasedGateway
from engine.spiff.parser import GUARD_SUFFIX, executable
from engine.state import TokenRole


@dataclass(frozen=True, slots=True)
class Versions:
    """The definition an instance runs on, the one it is to run on, and the mapping of elements."""

    old: ProcessDefinition
    new: ProcessDefinition
    mapping: Mapping[str, str]

    def target(self, element: str) -> str:
        """Return the id that answers `element` in the new version, whether or not it exists."""
        return self.mapping.get(element, element)

    def specs(self, scope: ScopeRows) -> tuple[Any, Any]:
        """Return the specifications of a scope before and after; None where there is no such."""
        if scope.owner is None:
            return executable(self.old).spec, executable(self.new).spec
        return (
            executable(self.old).subprocess_specs.get(scope.name),
            executable(self.new).subprocess_specs.get(self.target(scope.name)),
        )

    def old_node(self, element: str) -> FlowNode:
        """Return an element of the definition the instance runs on."""
        return self.old.nodes[element]

    def new_node(self, element: str) -> FlowNode | None:
        """Return what answers `element`, if anything does."""
        return self.new.nodes.get(self.target(element))


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


def companions(versions: Versions, scope: ScopeRows, row: TokenRow | None) -> Companions:
    """Return the events armed together with `row`; with the scope itself for None."""
    before, after = versions.specs(scope)
    if row is None:
        return Companions(
            *(tuple(map(_name, spec.event_sub_processes)) for spec in (before, after))
        )
    target = versions.target(row.element)
    return Companions(_armed_with(before, row.element), _armed_with(after, target))


def is_companion(versions: Versions, scope: ScopeRows, row: TokenRow) -> bool:
    """Whether `row` is an event armed with another row, or with its scope, and not yet begun."""
    before, _ = versions.specs(scope)
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
