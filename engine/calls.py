"""Which processes of a set of files run, and which of them others call.

A call activity names its process by a qualified name (BPMN 2.0.2 section 10.3.6); the prefix tells
the namespace of a file that is deployed together, so the local part decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from lxml import etree

from engine.bpmn_names import bpmn, local_name
from engine.global_tasks import global_tag
from engine.model import NodeType
from engine.starts import entries, triggered_entries

_FLOW_NODES: Final = frozenset(node_type.value for node_type in NodeType)


@dataclass(frozen=True, slots=True)
class Callables:
    """What call activities may refer to: ids of processes, and tags of global tasks by id.

    `triggered` are the processes that cannot begin without a message or the like.
    """

    processes: frozenset[str]
    triggered: frozenset[str]
    global_tasks: Mapping[str, str]


def called_id(activity: etree._Element) -> str:
    """Return the id of what a call activity calls, without prefix; empty when it names nothing."""
    return activity.get("calledElement", "").strip().rpartition(":")[2]


def called_ids(process: etree._Element) -> Iterator[str]:
    """The ids of everything the call activities of a process call, in document order."""
    for activity in process.iter(bpmn("callActivity")):
        yield called_id(activity)


def select_processes(
    roots: Mapping[str, etree._Element], *, foreign: bool
) -> dict[str, list[etree._Element]]:
    """Return the processes to run by file, in document order.

    Those marked executable; of foreign files, when none is marked, all that have flow nodes, and
    in any case those that are called.
    """
    chosen = {path: _marked(root) for path, root in roots.items()}
    if not foreign:
        return chosen
    if not any(chosen.values()):
        chosen = {path: _unmarked(root) for path, root in roots.items()}
    wanted = [process for processes in chosen.values() for process in processes]
    known = {p.get("id"): p for root in roots.values() for p in root.iter(bpmn("process"))}
    for process in wanted:  # grows on the way
        for called in map(known.get, called_ids(process)):
            if called is not None and called not in wanted:
                wanted.append(called)
    return {
        path: [process for process in root.iter(bpmn("process")) if process in wanted]
        for path, root in roots.items()
    }


def callables(roots: Iterable[etree._Element], processes: Iterable[etree._Element]) -> Callables:
    """Return what the call activities of files may refer to, given the processes that run."""
    running = list(processes)
    return Callables(
        processes=frozenset(process.get("id", "") for process in running),
        triggered=frozenset(
            process.get("id", "")
            for process in running
            if triggered_entries(process) and not entries(process)
        ),
        global_tasks={
            process.get("id", ""): tag
            for root in roots
            for process in root.iter(bpmn("process"))
            if (tag := global_tag(process)) is not None
        },
    )


def _marked(root: etree._Element) -> list[etree._Element]:
    return [p for p in root.iter(bpmn("process")) if p.get("isExecutable") == "true"]


def _unmarked(root: etree._Element) -> list[etree._Element]:
    """The processes with flow nodes, first of all those not expressly marked not executable.

    A global task runs only when it is called.
    """
    processes = [
        process
        for process in root.iter(bpmn("process"))
        if any(local_name(child.tag) in _FLOW_NODES for child in process)
        and global_tag(process) is None
    ]
    return [p for p in processes if p.get("isExecutable") is None] or processes
