"""Global tasks: reusable tasks outside of any process, which call activities call.

BPMN 2.0.2 section 10.3.6.  Calling one means running that task with variables of its own, so each
is read as a process that consists of this task; both have its id.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lxml import etree

from engine.bpmn_names import BPMN, bpmn, dangwu, local_name, namespace

_TASKS: Final[Mapping[str, str]] = {
    "globalTask": "task",
    "globalUserTask": "userTask",
    "globalManualTask": "manualTask",
    "globalScriptTask": "scriptTask",
    "globalBusinessRuleTask": "businessRuleTask",
}
_RENAMED: Final = {"scriptLanguage": "scriptFormat"}
_OF_CALLABLE: Final = frozenset({"ioSpecification", "ioBinding", "supportedInterfaceRef"})
"""What belongs to everything that can be called, not to the task."""
_MARK: Final = dangwu("global")


def unfold(root: etree._Element) -> etree._Element:
    """Put a process around every global task at the top of a file; changes `root`, returns it."""
    for element in list(root):
        if namespace(element.tag) == BPMN and local_name(element.tag) in _TASKS:
            root.replace(element, _process(element))
    return root


def global_tag(process: etree._Element) -> str | None:
    """Return the tag of the global task a process was made of; None for other processes."""
    return process.get(_MARK)


def _process(element: etree._Element) -> etree._Element:
    tag = local_name(element.tag)
    process = etree.Element(bpmn("process"))
    process.set(_MARK, tag)
    task = etree.SubElement(process, bpmn(_TASKS[tag]))
    for name, value in element.attrib.items():
        task.set(_RENAMED.get(str(name), str(name)), value)
    for name in ("id", "name"):
        if element.get(name) is not None:
            process.set(name, element.get(name, ""))
    for child in list(element):
        of_callable = namespace(child.tag) == BPMN and local_name(child.tag) in _OF_CALLABLE
        (process if of_callable else task).append(child)
    return process
