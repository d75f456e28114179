"""Decision tables at work: which rules fire, and what they make together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from engine.decisions.errors import Conflict, DecisionError
from engine.decisions.items import ItemTypes
from engine.decisions.model import Aggregator, DecisionTable, HitPolicy, MatchedRule, Rule
from engine.decisions.texts import Texts
from engine.feel import Expression, FeelValue, NotApplicable, UnaryTests, WarningCode
from engine.feel.functions import BUILTINS
from engine.feel.operators import equal
from engine.feel.runtime import Scope

_AGGREGATE: Final = {
    Aggregator.SUM: BUILTINS["sum"],
    Aggregator.COUNT: BUILTINS["count"],
    Aggregator.MIN: BUILTINS["min"],
    Aggregator.MAX: BUILTINS["max"],
}

Outcome = tuple[FeelValue, tuple[MatchedRule, ...]]


@dataclass(frozen=True, slots=True)
class _Column:
    """An input column: its expression, its type, and the values it may have."""

    label: str
    expression: Expression
    type_ref: str
    allowed: UnaryTests | None


@dataclass(frozen=True, slots=True)
class _Row:
    rule: Rule
    tests: tuple[tuple[int, UnaryTests], ...]
    outputs: tuple[Expression, ...]


class Table:
    """A compiled decision table."""

    def __init__(self, decision: DecisionTable, types: ItemTypes, compiler: Texts) -> None:
        self._table = decision
        self._types = types
        self._policy = decision.hit_policy
        self._columns = tuple(
            _Column(
                clause.label,
                compiler.expression(clause.expression),
                clause.type_ref,
                compiler.tests(clause.allowed),
            )
            for clause in decision.inputs
        )
        self._rows = tuple(self._row(rule, compiler) for rule in decision.rules)
        self._priorities = [
            compiler.expression(f"[{clause.allowed}]") if clause.allowed else None
            for clause in decision.outputs
        ]
        self._defaults = [
            (clause.name, compiler.expression(clause.default)) for clause in decision.outputs
        ]
        self._has_default = any(clause.default for clause in decision.outputs)

    @staticmethod
    def _row(rule: Rule, compiler: Texts) -> _Row:
        tests = ((column, compiler.tests(text)) for column, text in enumerate(rule.inputs))
        return _Row(
            rule,
            tuple((column, test) for column, test in tests if test is not None),
            tuple(compiler.expression(text) for text in rule.outputs),
        )

    def evaluate(self, scope: Scope) -> Outcome:
        """Return the table's value and the rules that fired.

        Raises:
            DecisionError: rules contradict each other.

        """
        inputs = self._inputs(scope)
        if inputs is None:
            return None, ()
        rows = self._matching(inputs, scope)
        matched = tuple(self._fired(row, scope) for row in rows)
        if not matched and self._has_default:
            values = {name: default.evaluate_in(scope) for name, default in self._defaults}
            return self._value(values), ()
        return self._decide(matched, scope)

    def _inputs(self, scope: Scope) -> list[FeelValue] | None:
        """Return the input values, or None if one is not allowed."""
        values: list[FeelValue] = []
        for column in self._columns:
            value = column.expression.evaluate_in(scope)
            fits, value = self._types.conform(column.type_ref, value)
            allowed = column.allowed is None or column.allowed.matches_in(value, scope)
            if not fits or (not allowed and value is not None):
                message = f"“{column.label}”的值不在允许的范围内。"
                scope.run.warn(WarningCode.NOT_APPLICABLE, message, (1, 1))
                return None
            values.append(value)
        return values

    def _matching(self, inputs: Sequence[FeelValue], scope: Scope) -> list[_Row]:
        rows: list[_Row] = []
        for row in self._rows:
            scope.run.spend()
            if all(test.matches_in(inputs[column], scope) for column, test in row.tests):
                rows.append(row)
                if self._policy is HitPolicy.FIRST:
                    break
        return rows

    def _fired(self, row: _Row, scope: Scope) -> MatchedRule:
        outputs: dict[str, FeelValue] = {}
        for clause, expression in zip(self._table.outputs, row.outputs, strict=True):
            fits, value = self._types.conform(clause.type_ref, expression.evaluate_in(scope))
            if not fits:
                message = f"规则 {row.rule.id} 的“{clause.label}”不是类型 {clause.type_ref} 的值。"
                scope.run.warn(WarningCode.NOT_APPLICABLE, message, (1, 1))
            outputs[clause.name] = value
        return MatchedRule(row.rule.index, row.rule.id, outputs, row.rule.annotations)

    def _value(self, outputs: dict[str, FeelValue]) -> FeelValue:
        """Return one rule's conclusion: the bare value of the only column, else a context."""
        if len(outputs) == 1:
            return next(iter(outputs.values()))
        return outputs

    def _decide(self, matched: tuple[MatchedRule, ...], scope: Scope) -> Outcome:
        if self._policy in {HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER}:
            matched = self._ordered(matched, scope)
        values = [self._value(dict(rule.outputs)) for rule in matched]
        if self._policy in {HitPolicy.COLLECT, HitPolicy.RULE_ORDER, HitPolicy.OUTPUT_ORDER}:
            return self._aggregated(values, scope), matched
        if not matched:
            return None, ()
        if self._policy is HitPolicy.UNIQUE and len(matched) > 1:
            raise self._conflict(Conflict.UNIQUE, matched)
        if self._policy is HitPolicy.ANY:
            if any(equal(values[0], value) is not True for value in values):
                raise self._conflict(Conflict.ANY, matched)
            return values[0], matched
        return values[0], matched[:1]

    def _aggregated(self, values: list[FeelValue], scope: Scope) -> FeelValue:
        aggregator = self._table.aggregator
        if aggregator is None:
            return values
        if not values and aggregator is not Aggregator.COUNT:
            return None
        try:
            return _AGGREGATE[aggregator].call(values)
        except NotApplicable as error:
            scope.run.warn(WarningCode.NOT_APPLICABLE, error.reason, (1, 1))
            return None

    def _ordered(self, matched: tuple[MatchedRule, ...], scope: Scope) -> tuple[MatchedRule, ...]:
        """Sort by the order of the output values, the first column deciding first."""
        orders = [
            priority.evaluate_in(scope) if priority else None for priority in self._priorities
        ]

        def rank(rule: MatchedRule) -> list[int]:
            return [
                _rank(value, order)
                for value, order in zip(rule.outputs.values(), orders, strict=True)
                if isinstance(order, list)
            ]

        return tuple(sorted(matched, key=rank))

    def _conflict(self, conflict: Conflict, matched: tuple[MatchedRule, ...]) -> DecisionError:
        return DecisionError(conflict, self._table.name, tuple(rule.id for rule in matched))


def _rank(value: FeelValue, order: list[FeelValue]) -> int:
    return next((n for n, item in enumerate(order) if equal(item, value) is True), len(order))
