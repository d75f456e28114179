"""Folders with further diagrams to be called."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.definition import lint_procedure, load_procedure
from engine.folder_rules import produced_variables
from engine.soundness import explore

RELAY = Path(__file__).resolve().parents[2] / "fixtures" / "procedures" / "relay"
CALLED = "called/consultation.bpmn"


def relay() -> dict[str, bytes]:
    return {
        path.relative_to(RELAY).as_posix(): path.read_bytes()
        for path in sorted(RELAY.rglob("*"))
        if path.is_file()
    }


def changed(path: str, *changes: tuple[str, str]) -> dict[str, bytes]:
    files = relay()
    text = files[path].decode()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return {**files, path: text.encode()}


def found(files: dict[str, bytes]) -> set[tuple[str, str, str | None]]:
    return {(f.code, f.path, f.element_id) for f in lint_procedure(files)}


def test_what_a_folder_with_called_processes_says() -> None:
    procedure = load_procedure(relay())
    assert [process.id for process in procedure.processes] == ["relay", "consultation"]
    assert {"ask", "give_opinion"} <= procedure.nodes.keys()
    assert procedure.drawn_lanes.keys() == {"worker", "supervisor"}
    assert [task.id for task in procedure.user_tasks] == [
        "report",
        "close",
        "give_opinion",
        "check_opinion",
    ]
    assert procedure.form_of("give_opinion").id == "opinion"
    assert (procedure.shown_by("report"), procedure.shown_by("check_opinion")) == (
        ("report",),
        ("ask",),
    )
    assert {"subject_matter", "asked_on", "check_opinion_on"} <= produced_variables(procedure)
    assert explore(procedure.process, "process.bpmn").findings == ()


def test_a_sound_folder_has_no_findings() -> None:
    assert found(relay()) == set()


def without(path: str) -> dict[str, bytes]:
    return {name: content for name, content in relay().items() if name != path}


FAULTS = [
    (without(CALLED), "bpmn-called-element", "process.bpmn", "ask"),
    (
        changed(CALLED, ('isExecutable="true"', 'isExecutable="false"')),
        "bpmn-no-process",
        CALLED,
        None,
    ),
    (
        {**relay(), "called/again.bpmn": relay()[CALLED]},
        "bpmn-repeated-process",
        CALLED,
        "consultation",
    ),
    (
        changed(CALLED, ('"check_opinion"', '"report"'), (">check_opinion<", ">report<")),
        "procedure-id-repeated",
        CALLED,
        "report",
    ),
    (
        changed(CALLED, ('id="supervisor" name="书记"', 'id="worker" name="书记"')),
        "procedure-lane-name",
        CALLED,
        "worker",
    ),
    (
        changed("procedure.toml", ("[lanes.supervisor]", "[lanes.other]")),
        "procedure-lane-rule",
        CALLED,
        "supervisor",
    ),
    (
        {
            **relay(),
            "called/spare.bpmn": relay()[CALLED]
            .replace(b"consultation", b"spare")
            .replace(b"_opinion", b"_spare"),
        },
        "procedure-process-unused",
        "called/spare.bpmn",
        "spare",
    ),
    (without("forms/check.form"), "procedure-form-missing", CALLED, "check_opinion"),
    (changed(CALLED, ('step="3"', 'step="1"')), "procedure-step", CALLED, "check_opinion"),
    (changed(CALLED, ('stage="1"', 'stage="7"')), "procedure-stage", CALLED, "give_opinion"),
]


@pytest.mark.parametrize(("files", "code", "path", "element"), FAULTS, ids=[f[1] for f in FAULTS])
def test_each_fault_is_found(
    files: dict[str, bytes], code: str, path: str, element: str | None
) -> None:
    assert (code, path, element) in found(files)


def test_a_spare_diagram_is_only_pointed_out() -> None:
    files = next(files for files, code, _, _ in FAULTS if code == "procedure-process-unused")
    assert found(files) >= {("procedure-process-unused", "called/spare.bpmn", "spare")}


def test_lanes_of_one_name_are_one_lane() -> None:
    files = changed(CALLED, ('id="supervisor" name="书记"', 'id="worker" name="办理人"'))
    manifest = files["procedure.toml"].split(b"[lanes.supervisor]")[0]
    files["procedure.toml"] = manifest.replace(b'fallback = "supervisor"\n', b"")
    assert load_procedure(files).drawn_lanes.keys() == {"worker"}


def test_warnings_of_the_diagrams_are_kept() -> None:
    name = "名" * 17
    files = changed(CALLED, ('name="意见已定"', f'name="{name}"'))
    [warning] = load_procedure(files).warnings
    assert (warning.code, warning.path, warning.element_id) == (
        "bpmn-long-name",
        CALLED,
        "end_opinion",
    )


SHAPES = (
    '<bpmndi:BPMNShape id="count_di" bpmnElement="count"><dc:Bounds x="0" y="0" width="1"'
    ' height="1" /></bpmndi:BPMNShape><bpmndi:BPMNEdge id="f_di" bpmnElement="f">'
    '<di:waypoint x="0" y="0" /><di:waypoint x="1" y="0" /></bpmndi:BPMNEdge>'
)
FLOW = '<bpmn:sequenceFlow id="f" sourceRef="count" targetRef="close" />'
SCRIPT = '<bpmn:scriptTask id="count" name="计数"><bpmn:script>{total: 1}</bpmn:script>'


def before(start: str, addition: str) -> tuple[str, str]:
    return start, addition + start


def test_what_scripts_assign_is_known_to_conditions() -> None:
    files = changed(
        "process.bpmn",
        ('targetRef="close"', 'targetRef="count"'),
        before('<bpmn:userTask id="close"', f"{SCRIPT}</bpmn:scriptTask>"),
        before('<bpmn:sequenceFlow id="flow_close__end"', FLOW),
        before('<bpmndi:BPMNShape id="close_di"', SHAPES),
    )
    assert "total" in produced_variables(load_procedure(files))
