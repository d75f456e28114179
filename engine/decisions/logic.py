"""Boxed expressions → closures, once per file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from engine.decisions.boxed import (
    Boxed,
    Conditional,
    Context,
    Filter,
    Function,
    Invocation,
    Iteration,
    ListOf,
    Literal,
    Quantified,
    Quantifier,
    Relation,
)
from engine.decisions.evaluation import Outcome, Table
from engine.decisions.items import ItemTypes
from engine.decisions.model import DecisionTable
from engine.decisions.texts import Texts
from engine.feel import FeelValue, WarningCode, limits
from engine.feel.errors import FeelLimitExceeded, NotApplicable
from engine.feel.iteration import PARTIAL, Domain, filter_list, iterate, quantify
from engine.feel.runtime import Evaluator, Run, Scope
from engine.feel.values import FeelFunction, type_label

Logic: TypeAlias = Callable[[Scope], Outcome]

_ITEM: Final = "item"


def guarded(compute: Evaluator) -> Evaluator:
    """Turn what FEEL calls null, and Python an exception, into null and a warning."""

    def run(scope: Scope) -> FeelValue:
        try:
            return compute(scope)
        except NotApplicable as error:
            scope.run.warn(WarningCode.NOT_APPLICABLE, error.reason, (1, 1))
            return None

    return run


def warn_type(run: Run, name: str, type_ref: str) -> None:
    """Note that a value became null because it is not of the declared type."""
    message = f"“{name}”不是类型 {type_ref} 的值。"
    run.warn(WarningCode.NOT_APPLICABLE, message, (1, 1))


class LogicCompiler:
    """Compiles the logic of one node; `texts` gathers the names its FEEL uses."""

    def __init__(self, types: ItemTypes, names: frozenset[str]) -> None:
        self._types = types
        self.texts = Texts(names, types)

    def logic(self, boxed: Boxed) -> Logic:
        """Return the logic of a decision, which tells the rules that fired if it is a table."""
        if isinstance(boxed, DecisionTable):
            return Table(boxed, self._types, self.texts).evaluate
        evaluator = self.compile(boxed)
        return lambda scope: (evaluator(scope), ())

    def compile(self, boxed: Boxed) -> Evaluator:
        """Return the closure of a boxed expression, its result held to the declared type."""
        evaluator = self._bare(boxed)
        type_ref = boxed.type_ref
        if not type_ref or isinstance(boxed, DecisionTable | Function):
            return evaluator

        def typed(scope: Scope) -> FeelValue:
            fits, value = self._types.conform(type_ref, evaluator(scope))
            if not fits:
                warn_type(scope.run, "表达式的结果", type_ref)
            return value

        return typed

    def _bare(self, boxed: Boxed) -> Evaluator:  # noqa: C901 - one case for each kind of box
        match boxed:
            case Literal():
                return self.texts.expression(boxed.text).evaluate_in
            case DecisionTable():
                table = Table(boxed, self._types, self.texts)
                return lambda scope: table.evaluate(scope)[0]
            case Context():
                return self._context(boxed)
            case ListOf():
                items = tuple(map(self.compile, boxed.items))
                return lambda scope: [item(scope) for item in items]
            case Relation():
                return self._relation(boxed)
            case Function():
                return self.function(boxed)
            case Invocation():
                return self._invocation(boxed)
            case Conditional():
                return self._conditional(boxed)
            case Filter():
                return self._filter(boxed)
            case Iteration():
                return self._iteration(boxed)
            case Quantified():
                return self._quantified(boxed)

    def _context(self, boxed: Context) -> Evaluator:
        entries = []
        for index, entry in enumerate(boxed.entries, 1):
            with self.texts.binding(earlier.name for earlier in boxed.entries[:index]):
                entries.append((entry, self.compile(entry.value)))

        def build(scope: Scope) -> FeelValue:
            result: dict[str, FeelValue] = {}
            inner = scope.child(result)
            for entry, evaluator in entries:
                fits, value = self._types.conform(entry.type_ref, evaluator(inner))
                if not fits:
                    warn_type(scope.run, entry.name, entry.type_ref)
                if not entry.name:
                    return value
                result[entry.name] = value
            return result

        return build

    def _relation(self, boxed: Relation) -> Evaluator:
        rows = [tuple(map(self.compile, row)) for row in boxed.rows]
        return lambda scope: [
            {name: cell(scope) for name, cell in zip(boxed.columns, row, strict=False)}
            for row in rows
        ]

    def function(self, boxed: Function) -> Evaluator:
        """Return the closure that makes a function value over the scope it is defined in."""
        names = tuple(parameter.name for parameter in boxed.parameters)
        with self.texts.binding(names):
            body = self.compile(boxed.body)

        def define(scope: Scope) -> FeelValue:
            def call(*values: FeelValue) -> FeelValue:
                if len(values) != len(names):
                    raise NotApplicable(
                        f"函数需要 {len(names)} 个参数，实际传入 {len(values)} 个。"
                    )
                given: dict[str, FeelValue] = {}
                for parameter, value in zip(boxed.parameters, values, strict=True):
                    fits, given[parameter.name] = self._types.conform(parameter.type_ref, value)
                    if not fits:
                        raise NotApplicable(f"参数“{parameter.name}”的类型不符。")
                return called(scope.run, lambda: body(scope.child(given)))

            return FeelFunction("", names, call)

        return define

    def _invocation(self, boxed: Invocation) -> Evaluator:
        function = self.compile(boxed.function)
        bindings = [(name, self.compile(value)) for name, value in boxed.bindings]

        def invoke(scope: Scope) -> FeelValue:
            value = function(scope)
            if not isinstance(value, FeelFunction):
                raise NotApplicable(f"{type_label(value)}不能作为函数调用。")
            given = {name: argument(scope) for name, argument in bindings}
            if not given.keys() <= set(value.parameters):
                raise NotApplicable("按名称传入的参数与函数定义不符。")
            return value.call(*(given.get(name) for name in value.parameters))

        return guarded(invoke)

    def _conditional(self, boxed: Conditional) -> Evaluator:
        condition, positive, negative = map(
            self.compile, (boxed.condition, boxed.positive, boxed.negative)
        )

        def choose(scope: Scope) -> FeelValue:
            holds = condition(scope)
            if holds is not None and not isinstance(holds, bool):
                raise NotApplicable(f"条件应为是否值，实际为{type_label(holds)}。")
            return positive(scope) if holds else negative(scope)

        return guarded(choose)

    def _filter(self, boxed: Filter) -> Evaluator:
        source = self.compile(boxed.source)
        with self.texts.binding([_ITEM]):
            match = self.compile(boxed.match)
        return guarded(lambda scope: filter_list(source(scope), match, scope))

    def _iteration(self, boxed: Iteration) -> Evaluator:
        domains = (Domain(boxed.variable, (self.compile(boxed.domain),)),)
        before = PARTIAL in self.texts.used
        with self.texts.binding([boxed.variable, PARTIAL]):
            body = self.compile(boxed.body)
        partial = before or PARTIAL in self.texts.used
        return guarded(lambda scope: iterate(domains, body, scope, partial=partial))

    def _quantified(self, boxed: Quantified) -> Evaluator:
        domains = (Domain(boxed.variable, (self.compile(boxed.domain),)),)
        with self.texts.binding([boxed.variable]):
            condition = self.compile(boxed.condition)
        decisive = boxed.quantifier is Quantifier.SOME
        return guarded(lambda scope: quantify(domains, condition, scope, decisive=decisive))


def called(run: Run, body: Callable[[], FeelValue]) -> FeelValue:
    """Evaluate the body of a function, one level deeper.

    Raises:
        FeelLimitExceeded: the calls are nested too deeply.

    """
    run.spend()
    run.depth += 1
    try:
        if run.depth > limits.CALL_DEPTH:
            raise FeelLimitExceeded
        return body()
    finally:
        run.depth -= 1
