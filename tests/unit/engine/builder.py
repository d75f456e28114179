"""Tiny BPMN files for the tests of the kernel."""

from __future__ import annotations

from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

from engine.library import parse_library, parse_process
from engine.model import ProcessDefinition

HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:dw="urn:dangwu:bpmn:1"'
    ' xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t" id="definitions">'
)
MESSAGES = '<bpmn:message id="m1" name="hello"/>'


def document(body: str, root: str = MESSAGES) -> bytes:
    process = f'<bpmn:process id="p" name="流程" isExecutable="true">{body}</bpmn:process>'
    return f"{HEAD}{root}{process}</bpmn:definitions>".encode()


def process(body: str, root: str = MESSAGES) -> ProcessDefinition:
    return parse_process(document(body, root), "process.bpmn", foreign=True)


def node(tag: str, node_id: str, inner: str = "", **attributes: str) -> str:
    extra = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
    return f'<bpmn:{tag} id="{node_id}" name="{node_id}"{extra}>{inner}</bpmn:{tag}>'


def start(node_id: str = "s") -> str:
    return node("startEvent", node_id)


def end(node_id: str = "e", inner: str = "") -> str:
    return node("endEvent", node_id, inner)


def user(*node_ids: str, inner: str = "") -> str:
    return "".join(node("userTask", node_id, inner) for node_id in node_ids)


def flow(source: str, target: str, condition: str | None = None, flow_id: str | None = None) -> str:
    inner = (
        f"<bpmn:conditionExpression>{escape(condition)}</bpmn:conditionExpression>"
        if condition
        else ""
    )
    flow_id = flow_id or f"f_{source}_{target}"
    return (
        f'<bpmn:sequenceFlow id="{flow_id}" sourceRef="{source}" targetRef="{target}">'
        f"{inner}</bpmn:sequenceFlow>"
    )


def chain(*node_ids: str) -> str:
    return "".join(flow(source, target) for source, target in pairwise(node_ids))


def gateway(kind: str, node_id: str, **attributes: str) -> str:
    return node(f"{kind}Gateway", node_id, **attributes)


def timer(kind: str, text: str) -> str:
    return (
        f"<bpmn:timerEventDefinition><bpmn:{kind}>{escape(text)}</bpmn:{kind}>"
        "</bpmn:timerEventDefinition>"
    )


def message(ref: str = "m1") -> str:
    return f'<bpmn:messageEventDefinition messageRef="{ref}"/>'


def catch(node_id: str, definition: str) -> str:
    return node("intermediateCatchEvent", node_id, definition)


def boundary(node_id: str, host: str, definition: str, *, interrupting: bool) -> str:
    cancel = "true" if interrupting else "false"
    return node("boundaryEvent", node_id, definition, attachedToRef=host, cancelActivity=cancel)


def countersign(
    *,
    sequential: bool = False,
    condition: str | None = None,
    collection: str = "people",
    output: bool = True,
) -> str:
    done = (
        f"<bpmn:completionCondition>{escape(condition)}</bpmn:completionCondition>"
        if condition
        else ""
    )
    out = '<bpmn:outputDataItem name="vote"/>' if output else ""
    out_ref = "<bpmn:loopDataOutputRef>votes</bpmn:loopDataOutputRef>" if output else ""
    return (
        f'<bpmn:multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}">'
        f"<bpmn:loopDataInputRef>{collection}</bpmn:loopDataInputRef>{out_ref}"
        f'<bpmn:inputDataItem name="person"/>{out}{done}'
        "</bpmn:multiInstanceLoopCharacteristics>"
    )


TERMINATE = "<bpmn:terminateEventDefinition/>"
CANCEL = "<bpmn:cancelEventDefinition/>"


def file(**bodies: str) -> bytes:
    """A file with one executable process per keyword."""
    processes = "".join(
        f'<bpmn:process id="{process_id}" name="{process_id}" isExecutable="true">{body}'
        "</bpmn:process>"
        for process_id, body in bodies.items()
    )
    return f"{HEAD}{processes}</bpmn:definitions>".encode()


def files(root: str = "", /, **bodies: str) -> ProcessDefinition:
    """The process `p` of several files, one per process, whose ids may be the same."""
    contents = {
        f"{key}.bpmn": file(**{key: body}).replace(
            b"<bpmn:process", root.encode() + b"<bpmn:process", 1
        )
        for key, body in bodies.items()
    }
    return parse_library(contents, foreign=True).processes["p"]


def extension(*elements: tuple[str, str, str]) -> str:
    """Our extension elements as (tag, name, value)."""
    inner = "".join(
        f"<dw:{tag} name={quoteattr(name)} value={quoteattr(value)}/>"
        for tag, name, value in elements
    )
    return f"<bpmn:extensionElements>{inner}</bpmn:extensionElements>"


def call(node_id: str, called: str, *elements: tuple[str, str, str], inner: str = "") -> str:
    inner = extension(*elements) + inner if elements else inner
    return node("callActivity", node_id, inner, calledElement=called)


def compensation(activity: str | None = None, *, wait: bool | None = None) -> str:
    reference = f' activityRef="{activity}"' if activity else ""
    waiting = "" if wait is None else f' waitForCompletion="{str(wait).lower()}"'
    return f"<bpmn:compensateEventDefinition{reference}{waiting}/>"


def association(source: str, target: str) -> str:
    ends = f'sourceRef="{source}" targetRef="{target}" associationDirection="One"'
    return f'<bpmn:association id="{source}_{target}" {ends}/>'


def compensated(host: str, *, kind: str = "userTask", handler: str | None = None) -> str:
    """A boundary event on `host` with its handler, `undo_` and the name of the host."""
    undo = f"undo_{host}"
    event = node("boundaryEvent", f"on_{host}", compensation(), attachedToRef=host)
    return (
        event
        + (handler or node(kind, undo, isForCompensation="true"))
        + association(f"on_{host}", undo)
    )
