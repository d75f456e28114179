"""From the files of a procedure folder to a checked `Procedure`.

Layout: procedure.toml, process.bpmn, called/*.bpmn, decisions/*.dmn, forms/*.form,
scenarios/*.yaml, README.md; see docs/reference/procedure-folder.md.  Everything that is wrong is
found in one go.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import ParamSpec, TypeVar

from engine.decisions import DecisionModel, parse_models
from engine.errors import DefinitionError, Finding
from engine.findings import Findings
from engine.folder_rules import CALLED, PROCESS, RULES, Folder
from engine.forms import Form, parse_form
from engine.lane_rules import LANE_RULES
from engine.library import parse_library
from engine.manifest import MANIFEST, read_manifest
from engine.procedure import Decisions, Procedure
from engine.procedure_problems import PROBLEMS
from engine.rule_tables import TABLE_RULES
from engine.start_rules import START_RULES

__all__ = ["Procedure", "lint_procedure", "load_procedure"]

_MAX_FILES = 1_000
_MAX_BYTES = 64 * 1024 * 1024
_P = ParamSpec("_P")
_T = TypeVar("_T")


def load_procedure(files: Mapping[str, bytes]) -> Procedure:
    """Return the procedure in `files`, which maps paths inside the folder to contents.

    Raises DefinitionError with every finding, warnings included; findings that are only warnings do
    not refuse the folder and stand in `Procedure.warnings`.
    """
    findings = Findings(PROBLEMS)
    procedure = _examine(files, findings)
    if procedure is None or findings.errors:
        raise DefinitionError(tuple(findings.found))
    return replace(procedure, warnings=findings.warnings)


def lint_procedure(files: Mapping[str, bytes]) -> tuple[Finding, ...]:
    """Return everything `load_procedure` would find fault with, warnings included."""
    findings = Findings(PROBLEMS)
    _examine(files, findings)
    return tuple(findings.found)


def _examine(files: Mapping[str, bytes], findings: Findings) -> Procedure | None:
    """Read and check all files; None when too little could be read to compare them."""
    if len(files) > _MAX_FILES or sum(map(len, files.values())) > _MAX_BYTES:
        findings.add("procedure-too-large", MANIFEST)
        return None
    for required in (MANIFEST, PROCESS):
        if required not in files:
            findings.add("procedure-file-missing", required, file=required)
    manifest = read_manifest(files[MANIFEST], findings) if MANIFEST in files else None
    library = _attempt(findings, parse_library, _diagrams(files)) if PROCESS in files else None
    forms = tuple(_forms(files, manifest["act_date"] if manifest else "", findings))
    decisions = Decisions(dict(_decision_models(files, findings)))
    if manifest is None or library is None:
        return None
    findings.found.extend(library.warnings)
    procedure = Procedure(
        **manifest,
        process=next(p for p in library.processes.values() if library.paths[p.id] == PROCESS),
        forms={form.id: form for form in forms},
        decisions=decisions,
        sha256=_digest(files),
    )
    folder = Folder(
        procedure,
        files.keys(),
        frozenset(_names(files, "forms/", ".form")),
        library.paths,
        findings,
    )
    for rule in (*RULES, *LANE_RULES, *START_RULES, *TABLE_RULES):
        rule(folder)
    return procedure


def _attempt(
    findings: Findings, read: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs
) -> _T | None:
    """Return what `read` returns, or None after taking over the findings it raised."""
    try:
        return read(*args, **kwargs)
    except DefinitionError as error:
        findings.found.extend(error.findings)
        return None


def _names(files: Mapping[str, bytes], folder: str, suffix: str) -> Iterator[str]:
    """Yield the names, without folder and suffix, of the files in `folder`, sorted."""
    for path in sorted(files):
        if path.startswith(folder) and path.endswith(suffix):
            yield path.removeprefix(folder).removesuffix(suffix)


def _diagrams(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the BPMN files of a folder, the main one first."""
    called = (f"{CALLED}{name}.bpmn" for name in _names(files, CALLED, ".bpmn"))
    return {path: files[path] for path in (PROCESS, *called)}


def _forms(files: Mapping[str, bytes], act_date: str, findings: Findings) -> Iterator[Form]:
    for name in _names(files, "forms/", ".form"):
        path = f"forms/{name}.form"
        form = _attempt(findings, parse_form, files[path], path, act_date)
        if form is not None:
            yield form


def _decision_models(
    files: Mapping[str, bytes], findings: Findings
) -> Iterator[tuple[str, DecisionModel]]:
    seen: set[str] = set()
    paths = [f"decisions/{name}.dmn" for name in _names(files, "decisions/", ".dmn")]
    models = _attempt(findings, parse_models, {path: files[path] for path in paths})
    for path, model in (models or {}).items():
        for decision_id in sorted(seen & model.decisions.keys()):
            findings.add("procedure-decision-repeated", path, decision_id, name=decision_id)
        seen |= model.decisions.keys()
        yield path, model


def _digest(files: Mapping[str, bytes]) -> str:
    """Return the SHA-256 over paths and contents, independent of the order of the files."""
    total = hashlib.sha256()
    for path in sorted(files):
        for part in (path.encode(), files[path]):
            total.update(len(part).to_bytes(8, "big"))
            total.update(part)
    return total.hexdigest()
