"""Checks of a BPMN file before it may run: nothing is ignored silently, everything is listed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from lxml import etree

from engine.bpmn_names import bpmn
from engine.bpmn_problems import PROBLEMS
from engine.calls import callables, select_processes
from engine.errors import Finding
from engine.findings import Findings
from engine.lint import (
    ad_hoc,
    behaviour,
    compensation,
    content,
    correlations,
    data,
    flow,
    folder,
    instances,
)
from engine.lint.document import Document

RULES: Final[tuple[Callable[[Document], None], ...]] = (
    *content.RULES,
    *flow.RULES,
    *behaviour.RULES,
    *instances.RULES,
    *ad_hoc.RULES,
    *data.RULES,
    *compensation.RULES,
    *correlations.RULES,
)
FOLDER_RULES: Final[tuple[Callable[[Document], None], ...]] = folder.RULES
"""Rules of our procedure folders; files of other tools need not keep them."""


def lint_library(
    roots: Mapping[str, etree._Element], *, foreign: bool = False
) -> tuple[Finding, ...]:
    """Return all findings of BPMN documents deployed together, refusals and warnings.

    `roots` maps paths to root elements.  `foreign` leaves out the rules of our folders, never those
    of the semantics.
    """
    findings = Findings(PROBLEMS)
    readable = {}
    for path, root in roots.items():
        if root.tag == bpmn("definitions"):
            readable[path] = root
        else:
            findings.add("bpmn-not-bpmn", path)
    chosen = select_processes(readable, foreign=foreign)
    running = [process for processes in chosen.values() for process in processes]
    known = callables(readable.values(), running)
    for path, root in readable.items():
        if not chosen[path] and not (foreign and running):
            findings.add("bpmn-no-process", path)
        if len(chosen[path]) > 1 and not foreign:
            findings.add("bpmn-several-processes", path)
        for process in chosen[path]:
            _lint(Document(root, process, path, findings, known, foreign=foreign))
    _report_repeated(chosen, findings)
    return tuple(dict.fromkeys(findings.found))


def lint_process(root: etree._Element, path: str, *, foreign: bool = False) -> tuple[Finding, ...]:
    """Return all findings of one BPMN document by itself, see `lint_library`."""
    return lint_library({path: root}, foreign=foreign)


def _lint(document: Document) -> None:
    for rule in RULES if document.foreign else (*RULES, *FOLDER_RULES):
        rule(document)


def _report_repeated(chosen: Mapping[str, list[etree._Element]], findings: Findings) -> None:
    """Refuse processes of one id in several files; within a file the ids are checked anyway."""
    seen: dict[str, str] = {}
    for path, processes in chosen.items():
        for process_id in {process.get("id", "") for process in processes}:
            if seen.setdefault(process_id, path) != path:
                findings.add(
                    "bpmn-repeated-process", path, process_id, id=process_id, other=seen[process_id]
                )
