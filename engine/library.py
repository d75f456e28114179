"""BPMN files deployed together: all their processes, checked, each able to call the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from engine.bpmn_problems import PROBLEMS
from engine.bpmn_xml import parse_bpmn
from engine.calls import select_processes
from engine.diagram import read_process
from engine.errors import DefinitionError, Finding, Severity
from engine.findings import Findings
from engine.lint import lint_library
from engine.model import NodeType, ProcessDefinition
from engine.spiff.parser import obstacle


@dataclass(frozen=True, slots=True)
class Library:
    """All processes of some files by id, in the order of files and within them of the document.

    `paths` maps the id of each process to its file; `warnings` do not refuse anything.
    """

    processes: Mapping[str, ProcessDefinition]
    paths: Mapping[str, str]
    warnings: tuple[Finding, ...]

    @property
    def uncalled(self) -> tuple[ProcessDefinition, ...]:
        """The processes that no other process calls: where things may begin."""
        called = {
            node.called
            for process in self.processes.values()
            for node in process.nodes.values()
            if node.type is NodeType.CALL_ACTIVITY and node.called != process.id
        }
        return tuple(p for p in self.processes.values() if p.id not in called)


def parse_library(files: Mapping[str, bytes], *, foreign: bool = False) -> Library:
    """Return all executable processes of BPMN files that are deployed together, checked.

    `files` maps paths, as they are named in findings, to contents.  `foreign` relaxes the rules of
    our procedure folders (form, lane, operation, names, one process per file), never the semantics.
    Raises DefinitionError with all obstacles of all files.
    """
    roots = {}
    findings: list[Finding] = []
    for path, xml in files.items():
        try:
            roots[path] = parse_bpmn(xml, path)
        except DefinitionError as error:
            findings.extend(error.findings)
    findings.extend(lint_library(roots, foreign=foreign))
    if any(finding.severity is Severity.ERROR for finding in findings):
        raise DefinitionError(tuple(findings))
    processes: dict[str, ProcessDefinition] = {}
    paths: dict[str, str] = {}
    shared = MappingProxyType(processes)
    for path, elements in select_processes(roots, foreign=foreign).items():
        for element in elements:
            process = read_process(element, files[path], shared)
            processes[process.id] = process
            paths[process.id] = path
    unreadable = Findings(PROBLEMS)
    for process in processes.values():
        reason = obstacle(process)
        if reason is not None:
            unreadable.add("bpmn-unreadable", paths[process.id], process.id, reason=reason)
    unreadable.raise_errors()
    return Library(shared, MappingProxyType(paths), tuple(findings))


def parse_process(
    xml: bytes, path: str, *, foreign: bool = False, process_id: str | None = None
) -> ProcessDefinition:
    """Return one executable process of a BPMN file by itself, checked.

    Without `process_id` it is the first that no other process of the file calls.  `path` and
    `foreign` are as in `parse_library`.  Raises DefinitionError with all obstacles, and KeyError
    for a process the file does not have.
    """
    library = parse_library({path: xml}, foreign=foreign)
    if process_id is not None:
        return library.processes[process_id]
    return next(iter((*library.uncalled, *library.processes.values())))
