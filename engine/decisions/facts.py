"""What a decision has to be told: facts by name, with what is known about their values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from engine.decisions.graph import (
    DecisionNode,
    InputNode,
    KnowledgeNode,
    Node,
    ServiceNode,
    requirements_of,
)
from engine.decisions.items import Shape
from engine.feel.functions import BUILTINS
from engine.feel.types import TypeName

_ITEM: Final = "item"


@dataclass(frozen=True, slots=True)
class Fact:
    """A value asked from the caller.

    `label` is what a table calls it, else its name; `declared` tells input data and parameters from
    names that merely stand in expressions.
    """

    name: str
    label: str
    shape: Shape
    declared: bool


def facts_of(node: Node) -> tuple[Fact, ...]:
    """Return what a node takes from its caller: declared facts first, then other names.

    Parameters of a knowledge model or service are its facts.
    """
    if isinstance(node, KnowledgeNode):
        return tuple(
            Fact(part.name, part.name, node.types.shape(part.type_ref), declared=True)
            for part in node.model.logic.parameters
        )
    if isinstance(node, ServiceNode):
        return tuple(map(_parameter, node.parameters))
    if isinstance(node, InputNode):
        return (_parameter(node),)
    clauses = _clauses(node)
    facts: dict[str, Fact] = {}
    for source in _sources(node):
        if isinstance(source, InputNode):
            facts[source.name] = _with(_parameter(source), clauses.get(source.name))
    for name in fact_names(node):
        unknown = Fact(name, name, Shape(TypeName.ANY), declared=False)
        facts.setdefault(name, _with(unknown, clauses.get(name)))
    return tuple(facts.values())


def fact_names(node: Node) -> Iterator[str]:
    """Yield the names a decision takes from its caller, each once.

    Names of functions that the caller adds are among them.
    """
    seen: set[str] = set()
    for source in _sources(node):
        for name in _names(source):
            if name not in seen:
                seen.add(name)
                yield name


def _names(node: InputNode | DecisionNode) -> Iterator[str]:
    if isinstance(node, InputNode):
        yield node.name
        return
    given = {requirement.prefix or requirement.node.name for requirement in node.requires}
    given |= node.types.part_names | BUILTINS.keys() | {_ITEM}
    yield from (name for name in node.free if name not in given)


def _sources(node: Node) -> Iterator[InputNode | DecisionNode]:
    """Yield a decision with all decisions and facts it builds on, each once."""
    seen: set[int] = set()
    pending: list[Node] = [node]
    while pending:
        current = pending.pop(0)
        if id(current) in seen or not isinstance(current, InputNode | DecisionNode):
            continue
        seen.add(id(current))
        yield current
        pending += [requirement.node for requirement in requirements_of(current)]


def _parameter(node: InputNode | DecisionNode) -> Fact:
    type_ref = node.data.type_ref if isinstance(node, InputNode) else node.decision.type_ref
    return Fact(node.name, node.name, node.types.shape(type_ref), declared=True)


def _clauses(node: Node) -> dict[str, Fact]:
    """Return what the columns of tables say about facts that are a column by themselves."""
    found: dict[str, Fact] = {}
    for source in _sources(node):
        if not isinstance(source, DecisionNode) or source.decision.table is None:
            continue
        for clause in source.decision.table.inputs:
            shape = source.types.shape(clause.type_ref)
            allowed = clause.allowed or shape.allowed
            described = Fact(
                clause.expression, clause.label, replace(shape, allowed=allowed), declared=False
            )
            found.setdefault(clause.expression, described)
    return found


def _with(fact: Fact, column: Fact | None) -> Fact:
    """Return a fact with what a column of a table adds to it."""
    if column is None:
        return fact
    shape = column.shape if fact.shape.type is TypeName.ANY else fact.shape
    return replace(
        fact,
        label=column.label,
        shape=replace(shape, allowed=fact.shape.allowed or column.shape.allowed),
    )
