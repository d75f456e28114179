"""Global tasks: what a call activity calls besides processes."""

from __future__ import annotations

import pytest

from engine.bpmn_xml import parse_bpmn
from engine.errors import DefinitionError, Severity
from engine.library import parse_library
from engine.lint import lint_process
from engine.migration import migrate
from engine.model import EventType, ProcessDefinition, Resubmission
from engine.soundness import explore
from tests.unit.engine.builder import (
    HEAD,
    boundary,
    call,
    chain,
    countersign,
    document,
    end,
    node,
    process,
    start,
    timer,
    user,
)
from tests.unit.engine.case import Case

GLOBAL = node("globalUserTask", "gt")


def calling(*elements: tuple[str, str, str], inner: str = "") -> str:
    body = start() + user("q") + call("c", "gt", *elements, inner=inner) + user("z") + end()
    return body + chain("s", "q", "c", "z", "e")


def in_another_file(task: str = GLOBAL) -> ProcessDefinition:
    files = {
        "a.bpmn": document(calling(), ""),
        "b.bpmn": f"{HEAD}{task}</bpmn:definitions>".encode(),
    }
    return parse_library(files, foreign=True).processes["p"]


def test_a_global_task_of_another_file() -> None:
    case = Case(in_another_file()).do("q")
    assert ["gt"] == case.open
    assert "completed" == case.do("gt").do("z").status


def test_it_has_inputs_and_outputs_of_its_own() -> None:
    task = node(
        "globalScriptTask",
        "gt",
        '<bpmn:ioSpecification><bpmn:dataInput id="i1" name="n"/>'
        '<bpmn:dataOutput id="o1" name="double"/></bpmn:ioSpecification>'
        "<bpmn:script>{double: 2 * n}</bpmn:script>",
    )
    mapped = [("input", "n", "number"), ("output", "result", "double")]
    case = Case(process(calling(*mapped), task), number=4).do("q")
    assert {"number": 4, "result": 8} == case.variables


def test_the_same_task_is_called_from_several_places() -> None:
    body = start() + call("c1", "gt") + call("c2", "gt") + end() + chain("s", "c1", "c2", "e")
    case = Case(process(body, GLOBAL)).do("gt")
    assert ["gt"] == case.open
    assert ["gt", "c2", "e"] == case.do("gt").seen(EventType.ELEMENT_COMPLETED)


def test_once_for_each_person_and_until_it_is_late() -> None:
    body = calling(inner=countersign(output=False)) + end("late") + chain("b", "late")
    body += boundary("b", "c", timer("timeDuration", "PT1H"), interrupting=True)
    case = Case(process(body, GLOBAL), people=["甲", "乙"]).do("q")
    assert ["gt", "gt"] == case.open
    assert ["z"] == case.do("gt").do("gt").open
    case = Case(process(body, GLOBAL), people=["甲", "乙"]).do("q")
    assert "completed" == case.wait(hours=1).status


def test_a_failing_script_is_an_incident_of_the_global_task() -> None:
    script = node("globalScriptTask", "gt", "<bpmn:script>1 + 1</bpmn:script>")
    case = Case(process(calling(), script)).do("q")
    assert ["gt"] == case.failed
    assert ["z"] == case.skip().open


def test_it_can_be_returned_out_of() -> None:
    case = Case(process(calling(), GLOBAL)).do("q").back("gt", "q", 0, Resubmission.PATH)
    assert ["q"] == case.open


def test_it_is_explored_and_migrated_like_a_process() -> None:
    definition = process(calling(), GLOBAL)
    assert ((), True) == (explore(definition, "x.bpmn").findings, explore(definition, "").complete)
    case = Case(definition).do("q")
    new = process(calling().replace('name="z"', 'name="完成"'), GLOBAL)
    case.advance = migrate(definition, new, case.advance.state, **case.outside)
    case.process = new
    assert ["z"] == case.do("gt").open


@pytest.mark.parametrize(
    ("task", "code"),
    [
        (node("globalUserTask", "gt", "<bpmn:sound/>"), "bpmn-unsupported-element"),
        (node("globalUserTask", "gt", priority="1"), "bpmn-unsupported-attribute"),
        (node("globalScriptTask", "gt", scriptLanguage="groovy"), "bpmn-script-format"),
        (GLOBAL + node("globalTask", "gt"), "bpmn-duplicate-id"),
    ],
)
def test_what_it_cannot_do_is_named(task: str, code: str) -> None:
    with pytest.raises(DefinitionError) as refused:
        process(calling(), task)
    found = {f.code for f in refused.value.findings if f.severity is Severity.ERROR}
    assert {code} == found


def test_a_task_that_nobody_calls_does_not_run() -> None:
    body = start() + user("a") + end() + chain("s", "a", "e")
    assert {"p"} == set(process(body, GLOBAL).library)


def test_our_folders_call_processes_only() -> None:
    root = parse_bpmn(document(calling(), GLOBAL), "x.bpmn")
    found = [f for f in lint_process(root, "x.bpmn") if f.code == "bpmn-called-element"]
    assert ["c"] == [finding.element_id for finding in found]
    assert "globalUserTask" in found[0].reason
