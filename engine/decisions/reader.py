"""DMN XML → decisions, with every obstacle found on the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from lxml import etree

from engine.decisions.checks import Checks
from engine.decisions.elements import attribute, child, children, is_dmn, local_name, text
from engine.decisions.items import ItemDefinition, ItemTypes
from engine.decisions.model import Decision, InputData
from engine.decisions.problems import ELEMENT_LABELS
from engine.decisions.tables import TableReader
from engine.findings import Findings

_NAMED: Final = frozenset(
    {"decision", "inputData", "businessKnowledgeModel", "itemComponent", "variable"}
)

# Documentation only: nothing of it changes a result.
_SILENT: Final = frozenset(
    {"description", "extensionElements", "knowledgeSource", "textAnnotation", "association"}
    | {"group", "organizationUnit", "performanceIndicator", "elementCollection", "DMNDI"}
)
_SILENT_IN_DECISION: Final = frozenset(
    {"description", "extensionElements", "question", "allowedAnswers", "variable"}
    | {"informationRequirement", "authorityRequirement", "supportedObjective"}
    | {"impactedPerformanceIndicator", "decisionMaker", "decisionOwner"}
    | {"usingProcess", "usingTask"}
)


@dataclass(frozen=True, slots=True)
class Definitions:
    """What a file holds; `names` are all names FEEL has to recognise."""

    decisions: tuple[Decision, ...]
    inputs: tuple[InputData, ...]
    types: ItemTypes
    names: frozenset[str]


class Reader:
    """Reads one `definitions` element; `findings` names every obstacle met."""

    def __init__(self, root: etree._Element, path: str, findings: Findings) -> None:
        self._root = root
        self._ids: set[str] = set()
        self._checks = Checks(path, findings, frozenset(_names(root)))

    def read(self) -> Definitions:
        """Return the file's content; it is of no use if there are findings."""
        if not is_dmn(self._root, "definitions"):
            self._checks.report("dmn-namespace", None, found=self._root.tag)
            return Definitions((), (), self._checks.types, self._checks.names)
        self._checks.language(self._root)
        self._refuse_unknown_elements()
        items = [self._item(element) for element in children(self._root, "itemDefinition")]
        self._checks.types = ItemTypes({item.name: item for item in items})
        inputs = tuple(self._input_data(item) for item in children(self._root, "inputData"))
        decisions = tuple(self._decision(item) for item in children(self._root, "decision"))
        if not decisions:
            self._checks.report("dmn-no-decision", None)
        self._check_names([*inputs, *decisions])
        self._check_requirements(decisions, inputs)
        return Definitions(decisions, inputs, self._checks.types, self._checks.names)

    def identify(self, element: etree._Element) -> str:
        """Return an element's id, or its name if it has none, refusing a repeated one."""
        element_id = attribute(element, "id") or attribute(element, "name")
        if element_id in self._ids:
            self._checks.report("dmn-duplicate", element_id, name=element_id)
        self._ids.add(element_id)
        return element_id

    def _refuse_unknown_elements(self) -> None:
        known = _SILENT | {"decision", "inputData", "itemDefinition"}
        for element in children(self._root):
            if local_name(element) not in known:
                self._refuse(element, attribute(element, "id") or None)

    def _refuse(self, element: etree._Element, element_id: str | None) -> None:
        kind = local_name(element)
        label = attribute(element, "name") or ELEMENT_LABELS.get(kind, "未知元素")
        self._checks.report("dmn-unsupported", element_id, label=label, element=kind)

    def _item(self, element: etree._Element) -> ItemDefinition:
        name = attribute(element, "name")
        element_id = attribute(element, "id") or name
        for unsupported in ("functionItem", "typeConstraint"):
            if (part := child(element, unsupported)) is not None:
                self._refuse(part, element_id)
        allowed = text(child(element, "allowedValues"))
        return ItemDefinition(
            name,
            text(element, "typeRef").removeprefix("feel:"),
            tuple(self._item(part) for part in children(element, "itemComponent")),
            attribute(element, "isCollection") == "true",
            self._checks.tests(allowed, element_id) if allowed else None,
            allowed,
        )

    def _input_data(self, element: etree._Element) -> InputData:
        element_id = self.identify(element)
        type_ref = self._checks.type(child(element, "variable"), element_id)
        return InputData(element_id, attribute(element, "name"), type_ref)

    def _decision(self, element: etree._Element) -> Decision:
        element_id = self.identify(element)
        decision = Decision(
            element_id,
            attribute(element, "name"),
            text(element, "description"),
            self._checks.type(child(element, "variable"), element_id),
            required_decisions=_required(element, "requiredDecision"),
            required_inputs=_required(element, "requiredInput"),
        )
        logic = [
            inner for inner in children(element) if local_name(inner) not in _SILENT_IN_DECISION
        ]
        if not logic:
            self._checks.report("dmn-no-logic", element_id, name=decision.name)
        for inner in logic:
            kind = local_name(inner)
            if kind == "literalExpression":
                decision = self._literal(decision, inner)
            elif kind == "decisionTable":
                decision = TableReader(self._checks, decision).read(inner)
            else:
                self._refuse(inner, attribute(inner, "id") or element_id)
        return decision

    def _literal(self, decision: Decision, element: etree._Element) -> Decision:
        self._checks.language(element, decision.id)
        source = text(element)
        self._checks.expression(source, attribute(element, "id") or decision.id)
        return replace(decision, expression=source)

    def _check_names(self, nodes: list[InputData | Decision]) -> None:
        seen: set[str] = set()
        for node in nodes:
            if not node.name:
                self._checks.report("dmn-name", node.id or None)
            elif node.name in seen:
                self._checks.report("dmn-duplicate", node.id, name=node.name)
            seen.add(node.name)

    def _check_requirements(
        self, decisions: tuple[Decision, ...], inputs: tuple[InputData, ...]
    ) -> None:
        known_inputs = {item.id for item in inputs}
        by_id = {decision.id: decision for decision in decisions}
        for decision in decisions:
            missing = [href for href in decision.required_decisions if href not in by_id]
            missing += [href for href in decision.required_inputs if href not in known_inputs]
            for href in missing:
                self._checks.report("dmn-reference", decision.id, href=href)
            if decision.id in _ancestors(decision, by_id):
                self._checks.report("dmn-cycle", decision.id, name=decision.name)


def _names(root: etree._Element) -> Iterator[str]:
    for element in root.iter():
        if local_name(element) in _NAMED and attribute(element, "name"):
            yield attribute(element, "name")


def _required(element: etree._Element, kind: str) -> tuple[str, ...]:
    links = [
        link
        for requirement in children(element, "informationRequirement")
        for link in children(requirement, kind)
    ]
    return tuple(attribute(link, "href").removeprefix("#") for link in links)


def _ancestors(decision: Decision, by_id: dict[str, Decision]) -> set[str]:
    found: set[str] = set()
    waiting = list(decision.required_decisions)
    while waiting:
        required = waiting.pop()
        if required not in found and required in by_id:
            found.add(required)
            waiting.extend(by_id[required].required_decisions)
    return found
