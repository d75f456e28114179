"""The requirement graph at work: inputs, decisions, knowledge models and decision services.

Nodes are linked once, across files; an evaluation asks for one node and works out what that one
requires, each decision once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from engine.decisions.evaluation import Outcome
from engine.decisions.items import ItemTypes
from engine.decisions.logic import Logic, called, warn_type
from engine.decisions.model import (
    Decision,
    DecisionService,
    Element,
    HitPolicy,
    InputData,
    KnowledgeModel,
    MatchedRule,
)
from engine.feel import FeelValue
from engine.feel.errors import NotApplicable
from engine.feel.runtime import Evaluator, Run, Scope
from engine.feel.values import FeelFunction

_LISTING = frozenset({HitPolicy.COLLECT, HitPolicy.RULE_ORDER, HitPolicy.OUTPUT_ORDER})


@dataclass(frozen=True, slots=True)
class Requirement:
    """A node another one builds on; `prefix` is the name of the import it comes through."""

    prefix: str
    node: Node


@dataclass(eq=False, slots=True)
class InputNode:
    """A fact given from outside."""

    data: InputData
    types: ItemTypes

    @property
    def name(self) -> str:
        """The name the fact stands under."""
        return self.data.name


@dataclass(eq=False, slots=True)
class DecisionNode:
    """A decision with its compiled logic; `names` are those its texts take from outside.

    `free` leaves out the names that boxes inside the logic give.
    """

    decision: Decision
    types: ItemTypes
    logic: Logic
    names: frozenset[str]
    free: tuple[str, ...] = ()
    requires: list[Requirement] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The name the value stands under."""
        return self.decision.name


@dataclass(eq=False, slots=True)
class KnowledgeNode:
    """A business knowledge model; `define` makes its function over a scope."""

    model: KnowledgeModel
    types: ItemTypes
    define: Evaluator
    names: frozenset[str]
    requires: list[Requirement] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The name the function stands under."""
        return self.model.name


@dataclass(eq=False, slots=True)
class ServiceNode:
    """A decision service with the decisions it gives out and what it takes."""

    service: DecisionService
    types: ItemTypes
    outputs: list[DecisionNode] = field(default_factory=list)
    parameters: list[InputNode | DecisionNode] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The name the function stands under."""
        return self.service.name


Node: TypeAlias = InputNode | DecisionNode | KnowledgeNode | ServiceNode


def element_of(node: Node) -> Element:
    """Return what a node stands for in its file."""
    match node:
        case InputNode():
            return node.data
        case DecisionNode():
            return node.decision
        case KnowledgeNode():
            return node.model
        case ServiceNode():
            return node.service


def requirements_of(node: Node) -> list[Requirement]:
    """Return what a node builds on."""
    return node.requires if isinstance(node, DecisionNode | KnowledgeNode) else []


def closure(node: Node) -> Iterator[Node]:
    """Yield a node and all it builds on, each once."""
    seen: set[int] = set()
    pending: list[Node] = [node]
    while pending:
        current = pending.pop()
        if id(current) not in seen:
            seen.add(id(current))
            yield current
            pending += [requirement.node for requirement in requirements_of(current)]
            if isinstance(current, ServiceNode):
                pending += current.outputs


def names_used(node: Node) -> frozenset[str]:
    """Return the names the texts of a node, and of all it builds on, take from outside."""
    used = frozenset[str]()
    for current in closure(node):
        if isinstance(current, DecisionNode | KnowledgeNode):
            used |= current.names
    return used


class Evaluation:
    """One evaluation: `variables` are the facts by name, `values` what is known of nodes."""

    def __init__(
        self,
        run: Run,
        variables: Mapping[str, FeelValue],
        values: Mapping[Node, FeelValue] | None = None,
    ) -> None:
        self._run = run
        self._variables = variables
        self._values: dict[Node, FeelValue] = dict(values or {})
        self._matched: dict[Node, tuple[MatchedRule, ...]] = {}

    def decide(self, node: DecisionNode) -> Outcome:
        """Return a decision's value and the rules that made it.

        Raises:
            DecisionError: rules contradict each other.

        """
        return self.value_of(node), self._matched.get(node, ())

    def value_of(self, node: Node) -> FeelValue:
        """Return the value of a node, worked out at most once."""
        if node in self._values:
            return self._values[node]
        match node:
            case InputNode():
                value = self._input(node)
            case DecisionNode():
                value = self._decision(node)
            case KnowledgeNode():
                value = self._function(node)
            case ServiceNode():
                value = self._service(node)
        self._values[node] = value
        return value

    def _input(self, node: InputNode) -> FeelValue:
        return self._typed(node, node.data.type_ref, self._variables.get(node.name))

    def _typed(self, node: InputNode | DecisionNode, type_ref: str, value: FeelValue) -> FeelValue:
        fits, typed = node.types.conform(type_ref, value)
        if not fits:
            warn_type(self._run, node.name, type_ref)
        return typed

    def _decision(self, node: DecisionNode) -> FeelValue:
        value, self._matched[node] = node.logic(self._scope(node.requires))
        return self._concluded(node, value)

    def _concluded(self, node: DecisionNode, value: FeelValue) -> FeelValue:
        """Return a decision's value if it is of the declared type, else null.

        Modellers write the type of one conclusion for tables that return several.
        """
        type_ref, table = node.decision.type_ref, node.decision.table
        fits, typed = node.types.conform(type_ref, value)
        if not fits and table and table.hit_policy in _LISTING and isinstance(value, list):
            conformed = [node.types.conform(type_ref, item) for item in value]
            fits, typed = all(fit for fit, _item in conformed), [item for _fit, item in conformed]
        if fits:
            return typed
        warn_type(self._run, node.name, type_ref)
        return None

    def _function(self, node: KnowledgeNode) -> FeelValue:
        """Return a knowledge model as a function; what it requires is looked up when called."""

        def call(*values: FeelValue) -> FeelValue:
            function = node.define(self._scope(node.requires, {}))
            if not isinstance(function, FeelFunction):
                raise NotApplicable(f"“{node.name}”不能作为函数调用。")
            fits, value = node.types.conform(node.model.type_ref, function.call(*values))
            if not fits:
                warn_type(self._run, node.name, node.model.type_ref)
            return value

        names = tuple(parameter.name for parameter in node.model.logic.parameters)
        return FeelFunction(node.name, names, call)

    def _service(self, node: ServiceNode) -> FeelValue:
        names = tuple(parameter.name for parameter in node.parameters)

        def call(*values: FeelValue) -> FeelValue:
            if len(values) != len(names):
                raise NotApplicable(f"函数需要 {len(names)} 个参数，实际传入 {len(values)} 个。")
            known: dict[Node, FeelValue] = {
                parameter: self._given(parameter, value)
                for parameter, value in zip(node.parameters, values, strict=True)
            }
            inside = Evaluation(self._run, {}, known)
            return called(self._run, lambda: inside.outputs_of(node))

        return FeelFunction(node.name, names, call)

    def _given(self, parameter: InputNode | DecisionNode, value: FeelValue) -> FeelValue:
        type_ref = (
            parameter.data.type_ref
            if isinstance(parameter, InputNode)
            else parameter.decision.type_ref
        )
        fits, typed = parameter.types.conform(type_ref, value)
        if not fits:
            raise NotApplicable(f"参数“{parameter.name}”的类型不符。")
        return typed

    def outputs_of(self, node: ServiceNode) -> FeelValue:
        """Return what a service gives out: one value, or several by name."""
        values = {output.name: self.value_of(output) for output in node.outputs}
        result: FeelValue = values if len(values) != 1 else next(iter(values.values()))
        fits, typed = node.types.conform(node.service.type_ref, result)
        if not fits:
            warn_type(self._run, node.name, node.service.type_ref)
        return typed

    def _scope(
        self, requires: Iterable[Requirement], facts: Mapping[str, FeelValue] | None = None
    ) -> Scope:
        """Return the facts (all of the evaluation unless given), and what is required on top."""
        names: dict[str, FeelValue] = {}
        for requirement in requires:
            node = requirement.node
            if isinstance(node, InputNode) and not self._knows(node) and not requirement.prefix:
                continue  # an unknown name says so where it is used
            value = self.value_of(node)
            if not requirement.prefix:
                names[node.name] = value
            else:
                inner = names.setdefault(requirement.prefix, {})
                if isinstance(inner, dict):
                    inner[node.name] = value
        return Scope(self._variables if facts is None else facts, self._run).child(names)

    def _knows(self, node: InputNode) -> bool:
        return node in self._values or node.name in self._variables
