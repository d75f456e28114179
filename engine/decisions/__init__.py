"""DMN decision tables (DMN 1.3 to 1.5): read once, shown as tables, evaluated with their citations.

Supported are decision tables with every hit policy and aggregator, literal expressions, item
definitions and requirement graphs.  Anything else in a file is refused by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from engine.decisions.errors import Conflict, DecisionError, UnknownDecision
from engine.decisions.evaluation import CompiledDecision, compile_decision
from engine.decisions.items import ItemTypes
from engine.decisions.model import (
    Aggregator,
    Decision,
    DecisionResult,
    HitPolicy,
    InputClause,
    InputData,
    MatchedRule,
    OutputClause,
    Rule,
)
from engine.decisions.problems import PROBLEMS
from engine.decisions.reader import Reader
from engine.feel import FeelValue, Functions, WarningCode
from engine.feel.runtime import Run, Scope, bind
from engine.findings import Findings
from engine.xml import parse_xml

__all__ = [
    "Aggregator",
    "Conflict",
    "Decision",
    "DecisionError",
    "DecisionModel",
    "DecisionResult",
    "HitPolicy",
    "InputClause",
    "InputData",
    "MatchedRule",
    "OutputClause",
    "Rule",
    "UnknownDecision",
    "parse_decisions",
]

_MAX_BYTES: Final = 2 * 1024 * 1024
_LISTING: Final = frozenset({HitPolicy.COLLECT, HitPolicy.RULE_ORDER, HitPolicy.OUTPUT_ORDER})
_NO_FUNCTIONS: Final[Functions] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class DecisionModel:
    """The decisions of one DMN file, by id; immutable, shared between threads."""

    decisions: Mapping[str, Decision]
    inputs: Mapping[str, InputData]
    _compiled: Mapping[str, CompiledDecision] = field(repr=False)
    _types: ItemTypes = field(repr=False)

    def find(self, id_or_name: str) -> Decision:
        """Return a decision by its id or its name.

        Raises:
            UnknownDecision: there is none.

        """
        for decision in self.decisions.values():
            if id_or_name in {decision.id, decision.name}:
                return decision
        raise UnknownDecision(id_or_name)

    def evaluate(
        self,
        decision_id: str,
        context: Mapping[str, object],
        functions: Functions = _NO_FUNCTIONS,
    ) -> DecisionResult:
        """Decide for the facts in `context` (Python values by name, see `engine.feel.to_feel`).

        Required decisions are made first, and their values stand under their names.  `functions`
        are extra FEEL functions by name.

        Raises:
            UnknownDecision: there is no decision of that id or name.
            DecisionError: rules contradict each other.
            FeelLimitExceeded: the evaluation asks for too much work.

        """
        order = self._order(self.find(decision_id))
        run = Run(functions)
        names = frozenset[str]().union(*(self._compiled[item.id].names for item in order))
        variables = bind(names, context, run)
        self._check_inputs(order, variables, run)
        scope = Scope(variables, run)
        value: FeelValue = None
        matched: tuple[MatchedRule, ...] = ()
        for decision in order:
            value, matched = self._compiled[decision.id].evaluate(scope)
            value = self._typed(decision, value, run)
            variables[decision.name] = value
        return DecisionResult(value, matched, tuple(run.warnings))

    def _typed(self, decision: Decision, value: FeelValue, run: Run) -> FeelValue:
        """Return a decision's value if it is of the declared type, else null.

        Modellers write the type of one conclusion for tables that return several.
        """
        fits, typed = self._types.conform(decision.type_ref, value)
        if not fits and decision.hit_policy in _LISTING and isinstance(value, list):
            conformed = [self._types.conform(decision.type_ref, item) for item in value]
            fits, typed = all(fit for fit, _item in conformed), [item for _fit, item in conformed]
        if fits:
            return typed
        _warn_type(run, decision.name, decision.type_ref)
        return None

    def _order(self, decision: Decision) -> list[Decision]:
        """Return a decision after all it requires."""
        order: list[Decision] = []

        def visit(current: Decision) -> None:
            for required in current.required_decisions:
                visit(self.decisions[required])
            if current not in order:
                order.append(current)

        visit(decision)
        return order

    def _check_inputs(
        self, order: list[Decision], variables: dict[str, FeelValue], run: Run
    ) -> None:
        for item in {item for decision in order for item in decision.required_inputs}:
            data = self.inputs[item]
            if data.name in variables:
                fits, value = self._types.conform(data.type_ref, variables[data.name])
                if not fits:
                    _warn_type(run, data.name, data.type_ref)
                variables[data.name] = value


def _warn_type(run: Run, name: str, type_ref: str) -> None:
    message = f"“{name}”不是类型 {type_ref} 的值。"
    run.warn(WarningCode.NOT_APPLICABLE, message, (1, 1))


def parse_decisions(xml: bytes, path: str = "") -> DecisionModel:
    """Read a DMN file; `path` names it in findings.

    Raises:
        engine.errors.DefinitionError: with every obstacle, if there is any.

    """
    root = parse_xml(xml, path, _MAX_BYTES)
    findings = Findings(PROBLEMS)
    definitions = Reader(root, path, findings).read()
    findings.raise_errors()
    compiled = {
        decision.id: compile_decision(decision, definitions.types, definitions.names)
        for decision in definitions.decisions
    }
    return DecisionModel(
        MappingProxyType({decision.id: decision for decision in definitions.decisions}),
        MappingProxyType({item.id: item for item in definitions.inputs}),
        MappingProxyType(compiled),
        definitions.types,
    )
