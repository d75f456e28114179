"""Checks every part of a DMN file shares: language, types, FEEL texts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from engine.decisions.elements import attribute
from engine.decisions.items import ItemTypes
from engine.errors import EngineError
from engine.feel import FeelSyntaxError, UnaryTests, compile_expression, compile_unary_tests
from engine.feel.errors import FeelLimitExceeded
from engine.findings import Findings

_FEEL: Final = re.compile(
    r"feel|https?://www\.omg\.org/spec/(?:DMN/(?:\d{8}/)?)?FEEL/?(?:\d{8}/?)?", re.IGNORECASE
)


@dataclass(slots=True)
class Checks:
    """Notes obstacles of one file; `names` are the names FEEL has to recognise in it."""

    path: str
    findings: Findings
    names: frozenset[str]
    types: ItemTypes = field(default_factory=lambda: ItemTypes({}))

    def report(self, code: str, element_id: str | None, **details: object) -> None:
        """Note an obstacle."""
        self.findings.add(code, self.path, element_id, **details)

    def language(self, element: etree._Element, element_id: str | None = None) -> None:
        """Refuse any `expressionLanguage` but FEEL."""
        language = attribute(element, "expressionLanguage")
        if language and not _FEEL.fullmatch(language):
            self.report("dmn-language", attribute(element, "id") or element_id, language=language)

    def type(self, element: etree._Element | None, element_id: str | None) -> str:
        """Return an element's `typeRef`, refusing an undeclared one."""
        type_ref = attribute(element, "typeRef").removeprefix("feel:")
        if not self.types.knows(type_ref):
            self.report("dmn-type", element_id, type=type_ref)
        return type_ref

    def expression(self, source: str, element_id: str | None) -> None:
        """Refuse a text that is no FEEL expression."""
        try:
            compile_expression(source, self.names)
        except (FeelSyntaxError, FeelLimitExceeded) as error:
            self._refuse_feel(source, element_id, error)

    def tests(self, source: str, element_id: str | None) -> UnaryTests | None:
        """Return compiled unary tests, refusing a text that is none."""
        try:
            return compile_unary_tests(source, self.names)
        except (FeelSyntaxError, FeelLimitExceeded) as error:
            self._refuse_feel(source, element_id, error)
            return None

    def _refuse_feel(self, source: str, element_id: str | None, error: EngineError) -> None:
        self.report("dmn-feel", element_id, text=source, reason=error.message, error=error.code)
