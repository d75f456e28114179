"""`decisionTable` elements → columns and rules."""

from __future__ import annotations

from typing import Final

from lxml import etree

from engine.decisions.checks import Checks
from engine.decisions.elements import attribute, child, children, text
from engine.decisions.model import (
    Aggregator,
    DecisionTable,
    HitPolicy,
    InputClause,
    OutputClause,
    Rule,
)

_BY_PRIORITY: Final = frozenset({HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER})


class TableReader:
    """Reads the table of one decision; what it finds goes to the checks of its file."""

    def __init__(self, checks: Checks, owner_id: str, owner_name: str, type_ref: str) -> None:
        self._checks = checks
        self._id = owner_id
        self._name = owner_name
        self._type = type_ref

    def read(self, table: etree._Element) -> DecisionTable:
        """Return the table."""
        inputs = tuple(self._input(element) for element in children(table, "input"))
        hit_policy = self._hit_policy(table)
        outputs = self._outputs(table)
        annotations = tuple(
            attribute(element, "name") or f"注释{number}"
            for number, element in enumerate(children(table, "annotation"), 1)
        )
        if hit_policy in _BY_PRIORITY and not any(output.allowed for output in outputs):
            self._checks.report("dmn-priority", self._id)
        shape = (len(inputs), len(outputs))
        return DecisionTable(
            self._id,
            hit_policy,
            self._aggregator(table, hit_policy, len(outputs)),
            inputs,
            outputs,
            tuple(
                self._rule(element, index, shape, annotations)
                for index, element in enumerate(children(table, "rule"), 1)
            ),
            annotations,
            self._type,
            self._name,
        )

    def _hit_policy(self, table: etree._Element) -> HitPolicy:
        written = attribute(table, "hitPolicy") or HitPolicy.UNIQUE.value
        try:
            return HitPolicy(written)
        except ValueError:
            self._checks.report("dmn-hit-policy", self._id, policy=written)
            return HitPolicy.UNIQUE

    def _aggregator(
        self, table: etree._Element, hit_policy: HitPolicy, columns: int
    ) -> Aggregator | None:
        written = attribute(table, "aggregation")
        if not written:
            return None
        fits = hit_policy is HitPolicy.COLLECT and (columns == 1 or written == Aggregator.COUNT)
        if not fits or written not in set(Aggregator):
            self._checks.report("dmn-aggregation", self._id, aggregation=written)
            return None
        return Aggregator(written)

    def _input(self, element: etree._Element) -> InputClause:
        element_id = attribute(element, "id") or self._id
        expression = child(element, "inputExpression")
        source = text(expression)
        if expression is not None:
            self._checks.language(expression, element_id)
        self._checks.expression(source, element_id)
        allowed = text(child(element, "inputValues"))
        if allowed:
            self._checks.tests(allowed, element_id)
        return InputClause(
            element_id,
            attribute(element, "label") or source,
            source,
            self._checks.type(expression, element_id),
            allowed,
        )

    def _outputs(self, table: etree._Element) -> tuple[OutputClause, ...]:
        elements = list(children(table, "output"))
        outputs = tuple(self._output(element, single=len(elements) == 1) for element in elements)
        names = {output.name for output in outputs}
        if not outputs or len(names) != len(outputs) or "" in names:
            self._checks.report("dmn-columns", self._id)
        return outputs

    def _output(self, element: etree._Element, *, single: bool) -> OutputClause:
        element_id = attribute(element, "id") or self._id
        type_ref = self._checks.type(element, element_id)
        whole = self._type if single else ""
        allowed = text(child(element, "outputValues")) or self._checks.types.allowed_text(
            type_ref or whole
        )
        if allowed:
            self._checks.expression(f"[{allowed}]", element_id)
        default = text(child(element, "defaultOutputEntry"))
        if default:
            self._checks.expression(default, element_id)
        name = attribute(element, "name") or (self._name if single else "")
        label = attribute(element, "label") or name
        return OutputClause(element_id, name, label, type_ref, allowed, default)

    def _rule(
        self,
        element: etree._Element,
        index: int,
        shape: tuple[int, int],
        annotations: tuple[str, ...],
    ) -> Rule:
        rule_id = attribute(element, "id") or f"{self._id}-rule-{index}"
        inputs = tuple(text(entry) for entry in children(element, "inputEntry"))
        outputs = tuple(text(entry) for entry in children(element, "outputEntry"))
        if (len(inputs), len(outputs)) != shape:
            self._checks.report(
                "dmn-cells", rule_id, index=index, inputs=len(inputs), outputs=len(outputs)
            )
        for entry in children(element, "inputEntry"):
            if text(entry):
                self._checks.language(entry, rule_id)
                self._checks.tests(text(entry), attribute(entry, "id") or rule_id)
        for entry in children(element, "outputEntry"):
            if text(entry):
                self._checks.language(entry, rule_id)
                self._checks.expression(text(entry), attribute(entry, "id") or rule_id)
        notes = [text(entry) for entry in children(element, "annotationEntry")]
        return Rule(
            rule_id,
            index,
            inputs,
            outputs,
            dict(zip(annotations, notes, strict=False)),
            text(element, "description"),
        )
