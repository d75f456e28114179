"""What must hold between the files of a procedure folder.

One small function per rule; each reports to `folder.findings` and never raises.  `RULES` is the
registry `engine.definition` walks through.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from engine.feel import compile_expression
from engine.findings import Findings
from engine.forms import ComponentType, ValueKind
from engine.functions import FUNCTION_NAMES
from engine.manifest import MANIFEST
from engine.model import FlowNode, NodeType
from engine.procedure import (
    RULE_VERSION,
    Operation,
    Procedure,
    StoreKey,
    Subject,
    completion_key,
    form_id,
)

PROCESS = "process.bpmn"
CALLED = "called/"
README = "README.md"
TITLE_PLACEHOLDERS = frozenset({"subject", "step", "organization", "procedure"})
BOUND_NAMES = frozenset(
    {
        "numberOfInstances",
        "numberOfActiveInstances",
        "numberOfCompletedInstances",
        "numberOfTerminatedInstances",
        "outputs",
        "loopCounter",
        "activationCount",
        "waitingForStart",
    }
)
"""What the kernel itself gives the expressions of loops and complex gateways."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A procedure under examination, its files and the findings so far.

    `procedure.forms` holds the forms that could be read; `form_ids` all that have a file; `paths`
    maps the id of each process to its file.
    """

    procedure: Procedure
    files: Collection[str]
    form_ids: frozenset[str]
    paths: Mapping[str, str]
    findings: Findings

    def report(
        self, code: str, path: str, element_id: str | None = None, **details: object
    ) -> None:
        """Add one finding."""
        self.findings.add(code, path, element_id, **details)

    @property
    def nodes(self) -> Iterator[tuple[str, FlowNode]]:
        """The flow nodes of all diagrams with the files they stand in."""
        for process in self.procedure.processes:
            for node in process.nodes.values():
                yield self.paths[process.id], node


def key_is_process_id(folder: Folder) -> None:
    """The folder, the manifest and the diagram carry one name."""
    key, process = folder.procedure.key, folder.procedure.process.id
    if key != process:
        folder.report("procedure-key", MANIFEST, "key", key=key, process=process)


def documentation_exists(folder: Folder) -> None:
    """A procedure explains itself and tells at least one story."""
    if README not in folder.files:
        folder.report("procedure-file-missing", README, file=README)
    if not any(f.startswith("scenarios/") and f.endswith(".yaml") for f in folder.files):
        folder.report("procedure-file-missing", "scenarios", file="scenarios/*.yaml")


def ids_are_unique(folder: Folder) -> None:
    """No two diagrams have a node of one id; lanes of one id are one lane and bear one name."""
    nodes: dict[str, str] = {}
    lanes: dict[str, str] = {}
    for process in folder.procedure.processes:
        path = folder.paths[process.id]
        for node in process.nodes:
            if nodes.setdefault(node, path) != path:
                folder.report("procedure-id-repeated", path, node, id=node, other=nodes[node])
        for lane in process.lanes.values():
            if lanes.setdefault(lane.id, lane.name) != lane.name:
                folder.report("procedure-lane-name", path, lane.id, lane=lane.id)


def processes_are_called(folder: Folder) -> None:
    """A diagram beside the main one is there to be called."""
    called = {node.called for _, node in folder.nodes}
    for process in folder.procedure.processes[1:]:
        if process.id not in called:
            path = folder.paths[process.id]
            folder.report("procedure-process-unused", path, process.id, process=process.id)


def forms_exist(folder: Folder) -> None:
    """Every form that is named has a file, and every file is named."""
    named = set()
    for path, element, form in _form_references(folder):
        named.add(form)
        if form not in folder.form_ids:
            folder.report("procedure-form-missing", path, element, form=form)
    for form in sorted(folder.form_ids - named):
        folder.report("procedure-form-unused", f"forms/{form}.form")


def start_task_comes_first(folder: Folder) -> None:
    """The task that the start form completes stands right after the start event."""
    procedure = folder.procedure
    task = procedure.start.task
    if task is None:
        return
    process = procedure.process
    first = {f.target for f in process.flows.values() if f.source == process.start_event.id}
    node = process.nodes.get(task)
    if task not in first or node is None or form_id(node) != procedure.start.form:
        folder.report("procedure-start-task", MANIFEST, "start.task", task=task)


def forms_ask_act_date(folder: Folder) -> None:
    """The law counts from the date of the act, so every form asks for it."""
    key = folder.procedure.act_date
    for form in folder.procedure.forms.values():
        asked = form.inputs.get(key)
        if (
            asked is None
            or asked.type is not ComponentType.DATETIME
            or not asked.validation.required
            or not asked.editable
        ):
            folder.report("procedure-form-act-date", form.path, key=key)


def keys_have_one_meaning(folder: Folder) -> None:
    """A key is one fact: of one kind in all forms, and none the engine records itself."""
    kinds: dict[str, set[ValueKind]] = {}
    recorded = {name for _, node in folder.nodes for name in _recorded(node)}
    for form in folder.procedure.forms.values():
        for key, component in form.inputs.items():
            kinds.setdefault(key, set()).add(component.kind)
            if key in recorded or key == RULE_VERSION:
                folder.report("procedure-key-reserved", form.path, component.id, key=key)
    for key, different in kinds.items():
        if len(different) > 1:
            words = "、".join(sorted(different))
            folder.report("procedure-key-kind", "forms", key, key=key, kinds=words)


def messages_match(folder: Folder) -> None:
    """What the diagram waits for is reported by people or comes from other cases."""
    procedure = folder.procedure
    starts = {
        found.element_id for process in procedure.processes for found in process.start_triggers
    }
    waiting = {
        message: (path, node.id)
        for path, node in folder.nodes
        for message in node.messages
        if node.id not in starts
    }
    for table, names in (("messages", procedure.messages), ("received", procedure.received)):
        for name in names:
            if name not in waiting:
                folder.report("procedure-message-unknown", MANIFEST, f"{table}.{name}", name=name)
    for name, (path, element) in waiting.items():
        if name not in procedure.messages and name not in procedure.received:
            folder.report("procedure-message-rule", path, element, name=name)


def data_stores_are_kept(folder: Folder) -> None:
    """Every data store that is read or written has a register, and every register has a store."""
    procedure = folder.procedure
    used = set()
    for path, node in folder.nodes:
        for store in sorted({key for _, key in node.store_reads} | dict(node.store_writes).keys()):
            used.add(store)
            if store not in procedure.data_stores:
                folder.report("procedure-data-store", path, node.id, store=store)
    for store, rule in procedure.data_stores.items():
        place = f"data_stores.{store}"
        if store not in used:
            folder.report("procedure-data-store-unknown", MANIFEST, place, store=store)
        if rule.key is StoreKey.SUBJECT and procedure.subject is Subject.NONE:
            folder.report("procedure-data-store-subject", MANIFEST, place)


def operations_exist(folder: Folder) -> None:
    """Service tasks call operations of the closed registry only."""
    known = [operation.value for operation in Operation]
    for path, node in folder.nodes:
        if node.operation is not None and node.operation not in known:
            folder.report(
                "procedure-operation", path, node.id, name=node.operation, known="、".join(known)
            )


def decisions_exist(folder: Folder) -> None:
    """Business-rule tasks refer to decisions of the folder."""
    for path, node in folder.nodes:
        if node.decision is not None and node.decision not in folder.procedure.decisions:
            folder.report("procedure-decision-missing", path, node.id, name=node.decision)


def stages_and_steps(folder: Folder) -> None:
    """Stages have names, steps are numbered once."""
    seen: set[int] = set()
    for path, node in folder.nodes:
        if node.stage is not None and not folder.procedure.stage_name(node.stage):
            folder.report("procedure-stage", path, node.id, stage=node.stage)
        if node.step is None:
            continue
        if node.step in seen:
            folder.report("procedure-step", path, node.id, step=node.step)
        seen.add(node.step)


def case_title_is_usable(folder: Folder) -> None:
    """The title of a case uses the known placeholders."""
    known = "、".join(f"{{{name}}}" for name in sorted(TITLE_PLACEHOLDERS))
    try:
        used = {name for _, name, _, _ in string.Formatter().parse(folder.procedure.case_title)}
        unknown = used - TITLE_PLACEHOLDERS - {None}
        error = f"{{{'、'.join(sorted(map(str, unknown)))}}}" if unknown else ""
    except ValueError as failure:
        error = str(failure)
    if error:
        folder.report("procedure-case-title", MANIFEST, "case_title", error=error, known=known)


def outcomes_are_declared(folder: Folder) -> None:
    """Every final outcome has a label."""
    procedure = folder.procedure
    if procedure.withdraw and procedure.withdraw.outcome not in procedure.outcomes:
        name = procedure.withdraw.outcome
        folder.report("procedure-outcome", MANIFEST, "withdraw", name=name)
    for path, node in folder.nodes:
        if node.operation != Operation.CASE_OUTCOME:
            continue
        for name, text in node.inputs:
            expression = compile_expression(text)
            if name != "outcome" or expression.names:
                continue
            value = expression.evaluate()
            if value not in procedure.outcomes:
                folder.report("procedure-outcome", path, node.id, name=value)


def conditions_use_known_variables(folder: Folder) -> None:
    """A condition on a variable nobody produces is probably a slip of the pen."""
    known = produced_variables(folder.procedure) | FUNCTION_NAMES
    for process in folder.procedure.processes:
        for flow in process.flows.values():
            names = compile_expression(flow.condition).names if flow.condition else frozenset()
            for name in sorted(names - known):
                folder.report("procedure-variable", folder.paths[process.id], flow.id, name=name)


RULES: tuple[Callable[[Folder], None], ...] = (
    key_is_process_id,
    ids_are_unique,
    processes_are_called,
    documentation_exists,
    forms_exist,
    start_task_comes_first,
    forms_ask_act_date,
    keys_have_one_meaning,
    messages_match,
    data_stores_are_kept,
    operations_exist,
    decisions_exist,
    stages_and_steps,
    case_title_is_usable,
    outcomes_are_declared,
    conditions_use_known_variables,
)


def _form_references(folder: Folder) -> Iterator[tuple[str, str, str]]:
    procedure = folder.procedure
    yield MANIFEST, "start.form", procedure.start.form
    for message in procedure.messages.values():
        yield MANIFEST, f"messages.{message.name}.form", message.form
    for path, node in folder.nodes:
        if node.type is NodeType.USER_TASK:
            yield path, node.id, form_id(node)


def produced_variables(procedure: Procedure) -> frozenset[str]:
    """Return the names of all variables that forms, decisions and the write path produce."""
    return frozenset(_produced(procedure))


def _produced(procedure: Procedure) -> Iterator[str]:
    yield from BOUND_NAMES
    yield RULE_VERSION
    for form in procedure.forms.values():
        yield from form.inputs
    for message in (*procedure.messages, *procedure.received):
        yield completion_key(message)
    for process in procedure.processes:
        yield from dict(process.variables)
    for node in procedure.nodes.values():
        yield from _recorded(node)
        yield from dict(node.variables)
        yield from dict(node.data_inputs)
        yield from dict(node.data_outputs)
        if node.script is not None:
            yield from _assigned(node.script)


def _assigned(script: str) -> Collection[str]:
    """Return the names a script assigns, as far as they do not depend on data."""
    value = compile_expression(script).evaluate()
    return value.keys() if isinstance(value, dict) else ()


def _recorded(node: FlowNode) -> tuple[str, ...]:
    """Return the variables the kernel and the write path set for an element."""
    if node.decision_result:
        return (node.decision_result,)
    suffixes = ("outcome", "dates", RULE_VERSION)
    return (completion_key(node.id), *node.results, *(f"{node.id}_{suffix}" for suffix in suffixes))
