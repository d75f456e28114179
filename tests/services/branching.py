"""The probe procedure with a parallel part."""

from __future__ import annotations

from pathlib import Path

STEPS = ("first", "second", "third")


def branch_out(folder: Path) -> None:
    """Let three steps stand side by side after the first one of the probe procedure in `folder`."""
    diagram = folder / "process.bpmn"
    text = diagram.read_text(encoding="utf-8")
    nodes = "".join(
        f'<bpmn:userTask id="{step}" name="{step}"><bpmn:documentation>办理。</bpmn:documentation>'
        f'<bpmn:extensionElements><dw:task form="work" step="{number}" stage="1" return="none"/>'
        f"</bpmn:extensionElements></bpmn:userTask>"
        for number, step in enumerate(STEPS, 2)
    )
    nodes += "".join(
        f'<bpmn:parallelGateway id="{name}" name="{name}"/>' for name in ("fork", "join")
    )
    flows = [("work", "fork"), ("join", "close")]
    flows += [pair for step in STEPS for pair in (("fork", step), (step, "join"))]
    drawn = "".join(
        f'<bpmn:sequenceFlow id="flow_{a}__{b}" sourceRef="{a}" targetRef="{b}"/>' for a, b in flows
    )
    text = text.replace(
        '<bpmn:sequenceFlow id="flow_work__close" sourceRef="work" targetRef="close" />',
        nodes + drawn,
    )
    text = text.replace("<bpmn:outgoing>flow_work__close</bpmn:outgoing>", "")
    text = text.replace("<bpmn:incoming>flow_work__close</bpmn:incoming>", "")
    refs = "".join(f"<bpmn:flowNodeRef>{n}</bpmn:flowNodeRef>" for n in (*STEPS, "fork", "join"))
    close = "<bpmn:flowNodeRef>close</bpmn:flowNodeRef>"
    text = text.replace(close, close + refs)
    shapes = "".join(
        f'<bpmndi:BPMNShape id="{n}_di" bpmnElement="{n}">'
        f'<dc:Bounds x="{1000 + 200 * i}" y="115" width="140" height="90"/></bpmndi:BPMNShape>'
        for i, n in enumerate((*STEPS, "fork", "join"))
    )
    edges = "".join(
        f'<bpmndi:BPMNEdge id="flow_{a}__{b}_di" bpmnElement="flow_{a}__{b}">'
        '<di:waypoint x="490" y="160"/><di:waypoint x="580" y="160"/></bpmndi:BPMNEdge>'
        for a, b in flows
    )
    before, edge = text.split('<bpmndi:BPMNEdge id="flow_work__close_di"')
    text = before + shapes + edges + edge.split("</bpmndi:BPMNEdge>", 1)[1]
    diagram.write_text(text, encoding="utf-8")
