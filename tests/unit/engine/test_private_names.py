"""The fence: which private names of SpiffWorkflow we depend on, and which version of it."""

from __future__ import annotations

import ast
import importlib.metadata
from pathlib import Path

from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.task import Task
from SpiffWorkflow.workflow import Workflow

ENGINE = Path(__file__).parents[3] / "engine"
CALLED = {"_add_child", "_children", "_set_state", "_update"}
OVERRIDDEN = {
    TaskSpec: {
        "_on_cancel",
        "_on_complete",
        "_on_complete_hook",
        "_predict",
        "_predict_hook",
        "_run_hook",
        "_update",
        "_update_hook",
    },
    TaskParser: {"_add_boundary_event", "_add_multiinstance_task"},
    SubWorkflowTask: {"_on_subworkflow_completed"},
    Workflow: {"_task_completed_notify"},
}


def test_the_library_is_the_one_we_know() -> None:
    assert importlib.metadata.version("SpiffWorkflow") == "3.2.0"


def test_private_names_are_called_behind_the_fence_only() -> None:
    found: dict[str, set[str]] = {}
    for path in ENGINE.rglob("*.py"):
        if "feel" in path.parts or "decisions" in path.parts:
            continue
        for item in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(item, ast.Attribute)
                and item.attr.startswith("_")
                and not item.attr.startswith("__")
                and not (isinstance(item.value, ast.Name) and item.value.id in {"self", "etree"})
                and not isinstance(item.value, ast.Call)
            ):
                found.setdefault(path.name, set()).add(item.attr)
    assert found["internals.py"] == CALLED
    spiff = {path.name for path in (ENGINE / "spiff").glob("*.py")}
    assert {"internals.py"} == spiff & set(found)


def test_what_we_override_is_still_there() -> None:
    for owner, names in OVERRIDDEN.items():
        assert names <= set(dir(owner))
    assert {"_children", "_parent", "_state"} <= set(vars(Task.__new__(Task)) or _slots())


def _slots() -> set[str]:
    source = ast.parse(Path(Task.__init__.__code__.co_filename).read_text(encoding="utf-8"))
    return {
        item.attr
        for item in ast.walk(source)
        if isinstance(item, ast.Attribute) and item.attr.startswith("_")
    }
