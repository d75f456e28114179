"""Boxed expressions: XML → data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from lxml import etree

from engine.decisions.boxed import (
    Boxed,
    Conditional,
    Context,
    Entry,
    Filter,
    Function,
    Invocation,
    Iteration,
    ListOf,
    Literal,
    Parameter,
    Quantified,
    Quantifier,
    Relation,
)
from engine.decisions.checks import Checks
from engine.decisions.elements import attribute, child, children, local_name, text
from engine.decisions.problems import ELEMENT_LABELS
from engine.decisions.tables import TableReader

_SILENT: Final = frozenset({"description", "extensionElements", "variable", "parameter"})
NULL: Final = Literal("")


class BoxedReader:
    """Reads the logic of one decision or knowledge model, `owner_id` and `owner_name`."""

    def __init__(self, checks: Checks, owner_id: str, owner_name: str, type_ref: str) -> None:
        self._checks = checks
        self._id = owner_id
        self._name = owner_name
        self._type = type_ref
        self._read: dict[str, Callable[[etree._Element, str], Boxed]] = {
            "literalExpression": self._literal,
            "decisionTable": self._table,
            "context": self._context,
            "list": self._list,
            "relation": self._relation,
            "functionDefinition": self.function,
            "invocation": self._invocation,
            "conditional": self._conditional,
            "filter": self._filter,
            "for": self._for,
            "some": self._quantified,
            "every": self._quantified,
        }

    def read(self, element: etree._Element) -> Boxed:
        """Return one boxed expression; anything else is refused by name."""
        kind = local_name(element)
        reader = self._read.get(kind)
        if reader is None:
            label = ELEMENT_LABELS.get(kind, "未知元素")
            element_id = attribute(element, "id") or self._id
            self._checks.report("dmn-unsupported", element_id, label=label, element=kind)
            return NULL
        self._checks.language(element, self._id)
        return reader(element, self._checks.type(element, attribute(element, "id") or self._id))

    def inside(self, element: etree._Element | None) -> Boxed:
        """Return the boxed expression an element holds; null if it holds none."""
        parts = [] if element is None else self._parts(element)
        return self.read(parts[0]) if parts else NULL

    def function(self, element: etree._Element, type_ref: str) -> Function:
        """Return a function definition; only FEEL functions are run."""
        kind = attribute(element, "kind") or "FEEL"
        if kind != "FEEL":
            element_id = attribute(element, "id") or self._id
            self._checks.report("dmn-function-kind", element_id, kind=kind)
        parameters = tuple(
            Parameter(attribute(item, "name"), self._checks.type(item, self._id))
            for item in children(element, "formalParameter")
        )
        body = [part for part in self._parts(element) if local_name(part) != "formalParameter"]
        return Function(parameters, self.read(body[0]) if body else NULL, type_ref)

    @staticmethod
    def _parts(element: etree._Element) -> list[etree._Element]:
        return [part for part in children(element) if local_name(part) not in _SILENT]

    def _part(self, element: etree._Element, name: str) -> Boxed:
        return self.inside(child(element, name))

    def _literal(self, element: etree._Element, type_ref: str) -> Boxed:
        source = text(element)
        if source:
            self._checks.expression(source, attribute(element, "id") or self._id)
        return Literal(source, type_ref)

    def _table(self, element: etree._Element, type_ref: str) -> Boxed:
        return TableReader(self._checks, self._id, self._name, type_ref or self._type).read(element)

    def _context(self, element: etree._Element, type_ref: str) -> Boxed:
        entries = []
        for item in children(element, "contextEntry"):
            variable = child(item, "variable")
            kind = self._checks.type(variable, self._id)
            entries.append(Entry(attribute(variable, "name"), kind, self.inside(item)))
        return Context(tuple(entries), type_ref)

    def _list(self, element: etree._Element, type_ref: str) -> Boxed:
        return ListOf(tuple(self.read(part) for part in self._parts(element)), type_ref)

    def _relation(self, element: etree._Element, type_ref: str) -> Boxed:
        columns = tuple(attribute(column, "name") for column in children(element, "column"))
        rows = tuple(
            tuple(self.read(part) for part in self._parts(row)) for row in children(element, "row")
        )
        for index, row in enumerate(rows, 1):
            if len(row) != len(columns):
                self._checks.report("dmn-relation", self._id, index=index)
        return Relation(columns, rows, type_ref)

    def _invocation(self, element: etree._Element, type_ref: str) -> Boxed:
        called = [part for part in self._parts(element) if local_name(part) != "binding"]
        bindings = tuple(
            (attribute(child(item, "parameter"), "name"), self.inside(item))
            for item in children(element, "binding")
        )
        return Invocation(self.read(called[0]) if called else NULL, bindings, type_ref)

    def _conditional(self, element: etree._Element, type_ref: str) -> Boxed:
        condition, positive, negative = (
            self._part(element, name) for name in ("if", "then", "else")
        )
        return Conditional(condition, positive, negative, type_ref)

    def _filter(self, element: etree._Element, type_ref: str) -> Boxed:
        return Filter(self._part(element, "in"), self._part(element, "match"), type_ref)

    def _for(self, element: etree._Element, type_ref: str) -> Boxed:
        variable = attribute(element, "iteratorVariable")
        domain, body = self._part(element, "in"), self._part(element, "return")
        return Iteration(variable, domain, body, type_ref)

    def _quantified(self, element: etree._Element, type_ref: str) -> Boxed:
        return Quantified(
            Quantifier(local_name(element)),
            attribute(element, "iteratorVariable"),
            self._part(element, "in"),
            self._part(element, "satisfies"),
            type_ref,
        )
