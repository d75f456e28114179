"""DMN files that belong together: read, linked along their requirements, compiled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeVar

from lxml import etree

from engine.decisions.errors import UnknownDecision
from engine.decisions.facts import Fact, fact_names, facts_of
from engine.decisions.graph import (
    DecisionNode,
    Evaluation,
    InputNode,
    KnowledgeNode,
    Node,
    Requirement,
    ServiceNode,
    closure,
    element_of,
    names_used,
    requirements_of,
)
from engine.decisions.logic import LogicCompiler
from engine.decisions.model import (
    Decision,
    DecisionResult,
    DecisionService,
    Element,
    Import,
    InputData,
    KnowledgeModel,
    Reference,
)
from engine.decisions.problems import PROBLEMS
from engine.decisions.reader import Definitions, Reader, imports_of, names_of, namespace_of
from engine.feel import FeelFunction, Functions
from engine.feel.errors import NotApplicable, WarningCode
from engine.feel.runtime import Run, bind
from engine.findings import Findings
from engine.xml import parse_xml

_MAX_BYTES: Final = 2 * 1024 * 1024
_NO_FUNCTIONS: Final[Functions] = MappingProxyType({})


ItemT = TypeVar("ItemT", Decision, InputData, KnowledgeModel, DecisionService)


@dataclass(frozen=True, slots=True)
class DecisionModel:
    """What one DMN file defines, by id; immutable, shared between threads."""

    decisions: Mapping[str, Decision]
    inputs: Mapping[str, InputData]
    knowledge: Mapping[str, KnowledgeModel]
    services: Mapping[str, DecisionService]
    _nodes: Mapping[str, Node]

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
        node = self._nodes[self.find(decision_id).id]
        run = Run(functions)
        evaluation = Evaluation(run, bind(self._names(node), context, run))
        assert isinstance(node, DecisionNode)  # noqa: S101 - `find` looks among decisions
        value, matched = evaluation.decide(node)
        return DecisionResult(value, matched, tuple(run.warnings))

    def invoke(
        self,
        name: str,
        arguments: Mapping[str, object],
        functions: Functions = _NO_FUNCTIONS,
    ) -> DecisionResult:
        """Call a decision service or knowledge model, by its id or name, with named arguments.

        Arguments that are not given are null.

        Raises:
            UnknownDecision: there is none of that id or name.
            DecisionError: rules contradict each other.
            FeelLimitExceeded: the evaluation asks for too much work.

        """
        node = next(
            (
                node
                for key, node in self._nodes.items()
                if name in {key, node.name} and isinstance(node, KnowledgeNode | ServiceNode)
            ),
            None,
        )
        if node is None:
            raise UnknownDecision(name)
        run = Run(functions)
        function = Evaluation(run, bind(self._names(node), {}, run)).value_of(node)
        assert isinstance(function, FeelFunction)  # noqa: S101 - the value of such a node
        given = bind(function.parameters, arguments, run)
        try:
            value = function.call(*(given.get(parameter) for parameter in function.parameters))
        except NotApplicable as error:
            run.warn(WarningCode.NOT_APPLICABLE, error.reason, (1, 1))
            value = None
        return DecisionResult(value, (), tuple(run.warnings))

    def facts(self, element_id: str) -> tuple[Fact, ...]:
        """Return what a decision, knowledge model or service takes from its caller.

        Raises:
            UnknownDecision: there is none of that id.

        """
        return facts_of(self._node(element_id))

    def facts_used(self, decision_id: str) -> tuple[str, ...]:
        """Return the names of a decision's facts, without saying more about them."""
        return tuple(fact_names(self._node(decision_id)))

    def requirements(self, element_id: str) -> tuple[Element, ...]:
        """Return what an element builds on: decisions, facts, knowledge models, services."""
        node = self._node(element_id)
        nodes = [requirement.node for requirement in requirements_of(node)]
        if isinstance(node, ServiceNode):
            nodes = [*node.outputs, *node.parameters]
        return tuple(map(element_of, nodes))

    def _node(self, element_id: str) -> Node:
        if element_id not in self._nodes:
            raise UnknownDecision(element_id)
        return self._nodes[element_id]

    @staticmethod
    def _names(node: Node) -> frozenset[str]:
        facts = {item.name for item in closure(node) if isinstance(item, InputNode)}
        return names_used(node) | facts


@dataclass(frozen=True, slots=True)
class _File:
    """A file that has been read; its nodes are made once all files are in order."""

    path: str
    definitions: Definitions
    imports: tuple[Import, ...]
    nodes: dict[str, Node]


class _Linker:
    """Reads files in the order of their imports and connects their nodes."""

    def __init__(self, roots: Mapping[str, etree._Element], findings: Findings) -> None:
        self._roots = roots
        self._findings = findings
        self._paths = {namespace_of(root): path for path, root in roots.items()}
        self.files: dict[str, _File] = {}
        self._reading: set[str] = set()

    def read(self, path: str) -> _File | None:
        """Read a file after those it imports; None while it is being read already."""
        if path in self.files:
            return self.files[path]
        root = self._roots[path]
        if path in self._reading:
            self._findings.add("dmn-cycle", path, None, name=path)
            return None
        self._reading.add(path)
        imports = imports_of(root)
        imported = {item.name: self._imported(path, item) for item in imports}
        known = {name: file for name, file in imported.items() if file is not None}
        names = frozenset[str]().union(*(file.definitions.names for file in known.values()))
        types = {name: file.definitions.types for name, file in known.items()}
        definitions = Reader(root, path, self._findings, types, names | names_of(root)).read()
        file = _File(path, definitions, imports, {})
        self.files[path] = file
        self._reading.discard(path)
        return file

    def _imported(self, path: str, item: Import) -> _File | None:
        target = self._paths.get(item.namespace)
        if target is None:
            self._findings.add("dmn-import", path, None, namespace=item.namespace)
            return None
        return self.read(target)

    def link(self, file: _File) -> None:
        """Connect the nodes of a file with what they require."""
        definitions = file.definitions
        items: list[Decision | KnowledgeModel] = [*definitions.decisions, *definitions.knowledge]
        for item in items:
            node = file.nodes[item.id]
            for reference in item.requires:
                found = self._resolve(file, reference, item.id)
                if found is not None:
                    requirements_of(node).append(found)
        for service in definitions.services:
            self._link_service(file, service)
        for decision in definitions.decisions:
            if _requires_itself(file.nodes[decision.id]):
                self._findings.add("dmn-cycle", file.path, decision.id, name=decision.name)

    def _link_service(self, file: _File, service: DecisionService) -> None:
        node = file.nodes[service.id]
        assert isinstance(node, ServiceNode)  # noqa: S101 - made for it in `_nodes`
        for reference in service.outputs:
            found = self._resolve(file, reference, service.id)
            if found is not None and isinstance(found.node, DecisionNode):
                node.outputs.append(found.node)
        for reference in service.parameters:
            found = self._resolve(file, reference, service.id)
            if found is not None and isinstance(found.node, InputNode | DecisionNode):
                node.parameters.append(found.node)

    def _resolve(self, file: _File, reference: Reference, owner: str) -> Requirement | None:
        prefix, target = "", file
        if reference.namespace != file.definitions.namespace:
            path = self._paths.get(reference.namespace, "")
            item = next((i for i in file.imports if i.namespace == reference.namespace), None)
            prefix = item.name if item is not None else ""
            target = self.files.get(path, file) if item is not None else file
        node = target.nodes.get(reference.id)
        if node is None:
            self._findings.add("dmn-reference", file.path, owner, href=reference.id)
            return None
        return Requirement(prefix, node)


def _nodes(definitions: Definitions) -> dict[str, Node]:
    types, names = definitions.types, definitions.names
    nodes: dict[str, Node] = {item.id: InputNode(item, types) for item in definitions.inputs}
    for decision in definitions.decisions:
        compiler = LogicCompiler(types, names)
        logic = compiler.logic(decision.logic)
        texts = compiler.texts
        nodes[decision.id] = DecisionNode(
            decision, types, logic, frozenset(texts.used), tuple(texts.free)
        )
    for model in definitions.knowledge:
        compiler = LogicCompiler(types, names)
        define = compiler.function(model.logic)
        nodes[model.id] = KnowledgeNode(model, types, define, frozenset(compiler.texts.used))
    for service in definitions.services:
        nodes[service.id] = ServiceNode(service, types)
    return nodes


def _requires_itself(node: Node) -> bool:
    """Whether a decision needs its own value; functions may call themselves."""
    pending = [r.node for r in requirements_of(node) if isinstance(r.node, DecisionNode)]
    seen: set[int] = set()
    while pending:
        current = pending.pop()
        if current is node:
            return True
        if id(current) not in seen:
            seen.add(id(current))
            pending += [r.node for r in current.requires if isinstance(r.node, DecisionNode)]
    return False


def parse_models(files: Mapping[str, bytes]) -> dict[str, DecisionModel]:
    """Read DMN files that may import each other; returns them by path.

    Raises:
        engine.errors.DefinitionError: with every obstacle of all files, if there is any.

    """
    findings = Findings(PROBLEMS)
    roots = {path: parse_xml(xml, path, _MAX_BYTES) for path, xml in files.items()}
    linker = _Linker(roots, findings)
    for path in roots:
        linker.read(path)
    findings.raise_errors()
    for file in linker.files.values():
        file.nodes.update(_nodes(file.definitions))
    for file in linker.files.values():
        linker.link(file)
    findings.raise_errors()
    return {path: _model(linker.files[path]) for path in files}


def parse_decisions(xml: bytes, path: str = "") -> DecisionModel:
    """Read a DMN file that stands by itself; `path` names it in findings.

    Raises:
        engine.errors.DefinitionError: with every obstacle, if there is any.

    """
    return parse_models({path: xml})[path]


def _model(file: _File) -> DecisionModel:
    found = file.definitions
    return DecisionModel(
        _by_id(found.decisions),
        _by_id(found.inputs),
        _by_id(found.knowledge),
        _by_id(found.services),
        MappingProxyType(dict(file.nodes)),
    )


def _by_id(items: Iterable[ItemT]) -> Mapping[str, ItemT]:
    return MappingProxyType({item.id: item for item in items})
