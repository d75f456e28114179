"""DMN XML → what a file holds, with every obstacle found on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from lxml import etree

from engine.decisions.boxed import Boxed, Function
from engine.decisions.boxed_reader import NULL, BoxedReader
from engine.decisions.checks import Checks
from engine.decisions.elements import attribute, child, children, is_dmn, local_name, text
from engine.decisions.items import ItemDefinition, ItemTypes
from engine.decisions.model import (
    Decision,
    DecisionService,
    Import,
    InputData,
    KnowledgeModel,
    Reference,
)
from engine.decisions.problems import ELEMENT_LABELS
from engine.findings import Findings

_NAMED: Final = frozenset(
    {"decision", "inputData", "businessKnowledgeModel", "decisionService", "itemComponent"}
    | {"variable", "formalParameter", "parameter", "column", "import"}
)

# Documentation only: nothing of it changes a result.
_SILENT: Final = frozenset(
    {"description", "extensionElements", "knowledgeSource", "textAnnotation", "association"}
    | {"group", "organizationUnit", "performanceIndicator", "elementCollection", "DMNDI"}
)
_READ: Final = frozenset(
    {"decision", "inputData", "itemDefinition", "businessKnowledgeModel", "decisionService"}
    | {"import"}
)
_SILENT_IN_DECISION: Final = frozenset(
    {"description", "extensionElements", "question", "allowedAnswers", "variable"}
    | {"informationRequirement", "authorityRequirement", "supportedObjective"}
    | {"impactedPerformanceIndicator", "decisionMaker", "decisionOwner"}
    | {"usingProcess", "usingTask", "knowledgeRequirement"}
)


@dataclass(frozen=True, slots=True)
class Definitions:
    """What a file holds; `names` are all names FEEL has to recognise in it."""

    namespace: str
    decisions: tuple[Decision, ...]
    inputs: tuple[InputData, ...]
    knowledge: tuple[KnowledgeModel, ...]
    services: tuple[DecisionService, ...]
    types: ItemTypes
    names: frozenset[str]


def namespace_of(root: etree._Element) -> str:
    """Return the namespace a file gives its elements."""
    return attribute(root, "namespace")


def imports_of(root: etree._Element) -> tuple[Import, ...]:
    """Return the files a file builds on."""
    return tuple(
        Import(attribute(item, "name"), attribute(item, "namespace"))
        for item in children(root, "import")
    )


def names_of(root: etree._Element) -> frozenset[str]:
    """Return every name a file declares."""
    return frozenset(_names(root))


class Reader:
    """Reads one `definitions` element; `findings` names every obstacle met.

    `imported` are the types of imported files by the name of the import, `names` their names.
    """

    def __init__(
        self,
        root: etree._Element,
        path: str,
        findings: Findings,
        imported: Mapping[str, ItemTypes],
        names: frozenset[str],
    ) -> None:
        self._root = root
        self._ids: set[str] = set()
        self._imported = imported
        self._namespace = namespace_of(root)
        self._checks = Checks(path, findings, names_of(root) | names)

    def read(self) -> Definitions:
        """Return the file's content; it is of no use if there are findings."""
        checks = self._checks
        if not is_dmn(self._root, "definitions"):
            checks.report("dmn-namespace", None, found=self._root.tag)
            return Definitions(self._namespace, (), (), (), (), checks.types, checks.names)
        checks.language(self._root)
        self._refuse_unknown_elements()
        items = [self._item(element) for element in children(self._root, "itemDefinition")]
        checks.types = ItemTypes({item.name: item for item in items}, self._imported)
        inputs = tuple(self._input_data(item) for item in children(self._root, "inputData"))
        knowledge = tuple(
            self._knowledge(item) for item in children(self._root, "businessKnowledgeModel")
        )
        decisions = tuple(self._decision(item) for item in children(self._root, "decision"))
        services = tuple(self._service(item) for item in children(self._root, "decisionService"))
        if not decisions and not knowledge and not items:
            checks.report("dmn-no-decision", None)
        self._check_names([*inputs, *decisions, *knowledge, *services])
        return Definitions(
            self._namespace, decisions, inputs, knowledge, services, checks.types, checks.names
        )

    def identify(self, element: etree._Element) -> str:
        """Return an element's id, or its name if it has none, refusing a repeated one."""
        element_id = attribute(element, "id") or attribute(element, "name")
        if element_id in self._ids:
            self._checks.report("dmn-duplicate", element_id, name=element_id)
        self._ids.add(element_id)
        return element_id

    def _refuse_unknown_elements(self) -> None:
        for element in children(self._root):
            if local_name(element) not in _SILENT | _READ:
                self._refuse(element, attribute(element, "id") or None)

    def _refuse(self, element: etree._Element, element_id: str | None) -> None:
        kind = local_name(element)
        label = attribute(element, "name") or ELEMENT_LABELS.get(kind, "未知元素")
        self._checks.report("dmn-unsupported", element_id, label=label, element=kind)

    def _item(self, element: etree._Element) -> ItemDefinition:
        name = attribute(element, "name")
        element_id = attribute(element, "id") or name
        function = child(element, "functionItem")
        allowed = text(child(element, "allowedValues"))
        constraint = text(child(element, "typeConstraint"))
        return ItemDefinition(
            name,
            text(element, "typeRef").removeprefix("feel:"),
            tuple(self._item(part) for part in children(element, "itemComponent")),
            attribute(element, "isCollection") == "true",
            self._checks.tests(allowed, element_id) if allowed else None,
            allowed,
            self._checks.tests(constraint, element_id) if constraint else None,
            None if function is None else len(list(children(function, "parameters"))),
        )

    def _input_data(self, element: etree._Element) -> InputData:
        element_id = self.identify(element)
        type_ref = self._checks.type(child(element, "variable"), element_id)
        return InputData(element_id, attribute(element, "name"), type_ref)

    def _decision(self, element: etree._Element) -> Decision:
        element_id, name = self.identify(element), attribute(element, "name")
        type_ref = self._checks.type(child(element, "variable"), element_id)
        reader = BoxedReader(self._checks, element_id, name, type_ref)
        logic: Boxed = NULL
        parts = [part for part in children(element) if local_name(part) not in _SILENT_IN_DECISION]
        if not parts:
            self._checks.report("dmn-no-logic", element_id, name=name)
        for part in parts:
            logic = reader.read(part)
        return Decision(
            element_id,
            name,
            text(element, "description"),
            type_ref,
            logic,
            self._required(element),
        )

    def _knowledge(self, element: etree._Element) -> KnowledgeModel:
        element_id, name = self.identify(element), attribute(element, "name")
        type_ref = self._checks.type(child(element, "variable"), element_id)
        logic = child(element, "encapsulatedLogic")
        function = Function((), NULL)
        if logic is not None:
            function = BoxedReader(self._checks, element_id, name, type_ref).function(logic, "")
        return KnowledgeModel(element_id, name, type_ref, function, self._required(element))

    def _service(self, element: etree._Element) -> DecisionService:
        element_id = self.identify(element)
        return DecisionService(
            element_id,
            attribute(element, "name"),
            self._checks.type(child(element, "variable"), element_id),
            tuple(map(self._reference, children(element, "outputDecision"))),
            tuple(
                self._reference(link)
                for kind in ("inputData", "inputDecision")
                for link in children(element, kind)
            ),
        )

    def _required(self, element: etree._Element) -> tuple[Reference, ...]:
        return tuple(
            self._reference(link)
            for kind in ("informationRequirement", "knowledgeRequirement")
            for requirement in children(element, kind)
            for link in children(requirement)
            if local_name(link).startswith("required")
        )

    def _reference(self, link: etree._Element) -> Reference:
        namespace, _, element_id = attribute(link, "href").rpartition("#")
        return Reference(namespace or self._namespace, element_id)

    def _check_names(
        self, nodes: list[InputData | Decision | KnowledgeModel | DecisionService]
    ) -> None:
        seen: set[str] = set()
        for node in nodes:
            if not node.name:
                self._checks.report("dmn-name", node.id or None)
            elif node.name in seen:
                self._checks.report("dmn-duplicate", node.id, name=node.name)
            seen.add(node.name)


def _names(root: etree._Element) -> Iterator[str]:
    for element in root.iter():
        if local_name(element) in _NAMED and attribute(element, "name"):
            yield attribute(element, "name")
