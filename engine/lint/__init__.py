"""Checks of a BPMN file before it may run: nothing is ignored silently, everything is listed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from lxml import etree

from engine.bpmn_names import bpmn
from engine.bpmn_problems import PROBLEMS
from engine.errors import Finding
from engine.findings import Findings
from engine.lint import behaviour, content, flow, folder
from engine.lint.document import Document, executable_processes

RULES: Final[tuple[Callable[[Document], None], ...]] = (
    *content.RULES,
    *flow.RULES,
    *behaviour.RULES,
)
FOLDER_RULES: Final[tuple[Callable[[Document], None], ...]] = folder.RULES
"""Rules of our procedure folders; files of other tools need not keep them."""


def lint_process(root: etree._Element, path: str, *, foreign: bool = False) -> tuple[Finding, ...]:
    """Return all findings of a BPMN document, refusals and warnings, in document order of rules.

    `foreign` leaves out the rules of our folders, never those of the semantics.
    """
    findings = Findings(PROBLEMS)
    if root.tag != bpmn("definitions"):
        findings.add("bpmn-not-bpmn", path)
        return tuple(findings.found)
    processes = executable_processes(root, foreign=foreign)
    if not processes:
        findings.add("bpmn-no-process", path)
        return tuple(findings.found)
    if len(processes) > 1:
        findings.add("bpmn-several-processes", path)
    document = Document(root, processes[0], path, findings, foreign=foreign)
    for rule in RULES:
        rule(document)
    if not foreign:
        for rule in FOLDER_RULES:
            rule(document)
    return tuple(findings.found)
