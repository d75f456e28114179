"""Compensation and transactions drawn wrongly, for the tests of the rules."""

from __future__ import annotations

from tests.unit.engine.builder import (
    CANCEL,
    association,
    boundary,
    chain,
    compensated,
    compensation,
    countersign,
    end,
    message,
    node,
    start,
    user,
)


def line(inner: str, *ids: str) -> str:
    return start() + inner + end() + chain("s", *ids, "e")


def undone(extra: str = "", handler: str | None = None) -> str:
    return line(user("a"), "a") + compensated("a", handler=handler) + extra


def sub(inner: str, kind: str = "subProcess", **attributes: str) -> str:
    body = start("s2") + user("x") + end("e2") + chain("s2", "x", "e2") + inner
    return node(kind, "sub", body, **attributes)


def event_sub(name: str = "ev", inner: str = "", **attributes: str) -> str:
    begin = node("startEvent", f"{name}_s", compensation(), **attributes)
    ends = end(f"{name}_e") + chain(f"{name}_s", f"{name}_e")
    return node("subProcess", name, begin + ends + inner, triggeredByEvent="true")


def thrown(activity: str | None, extra: str = "") -> str:
    throw = node("intermediateThrowEvent", "t", compensation(activity))
    return line(user("a", "b") + throw, "a", "b", "t") + compensated("a") + extra


EVENT = node("boundaryEvent", "on_a", compensation(), attachedToRef="a")
ASIDE = node("userTask", "undo_a", isForCompensation="true")
OFF = node("boundaryEvent", "off", CANCEL, attachedToRef="sub")
CANCELLING = sub("").replace(end("e2"), end("e2", CANCEL))
TRANSACTION = CANCELLING.replace("subProcess", "transaction")
LOOP = countersign(output=False)
ORPHAN, HANDLER = "bpmn-compensation-orphan", "bpmn-compensation-handler"
ASSOCIATION, TWICE = "bpmn-compensation-association", "bpmn-compensation-twice"
START, REFERENCE = "bpmn-compensation-start", "bpmn-compensation-reference"
PLACE, EXIT = "bpmn-cancel-place", "bpmn-cancel-exit"
VALUE = "bpmn-unsupported-value"

REFUSED: list[tuple[str, str | None, str]] = [
    (ORPHAN, "undo_a", line(user("a"), "a") + ASIDE),
    (ORPHAN, "undo_a", line(user("a"), "a") + ASIDE + association("a", "undo_a")),
    (HANDLER, "undo_a", undone(chain("undo_a", "e"))),
    (HANDLER, "undo_a", undone(chain("a", "undo_a"))),
    (HANDLER, "undo_a", undone(boundary("m", "undo_a", message(), interrupting=True))),
    (
        HANDLER,
        "ev",
        line(user("a"), "a") + event_sub().replace(">", ' isForCompensation="true">', 1),
    ),
    (ASSOCIATION, "on_a", line(user("a"), "a") + EVENT),
    (ASSOCIATION, "on_a", line(user("a", "b"), "a", "b") + EVENT + association("on_a", "b")),
    (
        ASSOCIATION,
        "on_a",
        undone(node("task", "more", isForCompensation="true") + association("on_a", "more")),
    ),
    (
        ASSOCIATION,
        "on_a",
        line(user("a") + sub(ASIDE), "a", "sub") + EVENT + association("on_a", "undo_a"),
    ),
    ("bpmn-outgoing", "on_a", undone(chain("on_a", "e"))),
    ("bpmn-incoming", "on_a", undone(chain("s", "on_a"))),
    ("bpmn-attached-to", "on_s", line(user("a"), "a") + compensated("s")),
    (
        TWICE,
        "on_a",
        undone(EVENT.replace("on_a", "again") + association("again", "undo_a")),
    ),
    (TWICE, "on_sub", line(sub(event_sub()), "sub") + compensated("sub")),
    (TWICE, "ev", line(sub(event_sub() + event_sub("ev2")), "sub")),
    (START, "ev", line(user("a"), "a") + event_sub()),
    (START, "ev", line(sub(event_sub("ev2", event_sub())), "sub")),
    (VALUE, "ev_s", line(sub(event_sub(isInterrupting="false")), "sub")),
    ("bpmn-event-sub-process", "ev", line(sub(event_sub() + chain("x", "ev")), "sub")),
    (REFERENCE, "t", thrown("gone")),
    (REFERENCE, "t", thrown("b")),
    (REFERENCE, "t", thrown("undo_a")),
    (REFERENCE, "t", thrown("x", sub(compensated("x")) + chain("b", "sub"))),
    (
        "bpmn-unsupported-attribute",
        "on_a",
        undone().replace("<bpmn:compensateEventDefinition/>", compensation("a")),
    ),
    (VALUE, "t", thrown("a").replace('activityRef="a"', 'waitForCompletion="1"')),
    (VALUE, "undo_a", undone().replace('isForCompensation="true"', 'isForCompensation="1"')),
    (PLACE, "e", start() + end("e", CANCEL) + chain("s", "e")),
    (PLACE, "e2", line(CANCELLING, "sub")),
    (PLACE, "off", line(CANCELLING, "sub") + OFF + chain("off", "e")),
    (EXIT, "sub", line(TRANSACTION, "sub")),
    ("bpmn-cancel-loop", "sub", line(TRANSACTION.replace(start("s2"), LOOP + start("s2")), "sub")),
    (EXIT, "sub", line(TRANSACTION, "sub") + OFF + OFF.replace("off", "off2")),
    (VALUE, "off", line(TRANSACTION, "sub") + OFF.replace(">", ' cancelActivity="false">', 1)),
    (VALUE, "sub", line(sub("", "transaction", method="##Store"), "sub")),
    (VALUE, "sub", line(sub("", "transaction", triggeredByEvent="true"), "sub")),
    ("bpmn-start-count", "sub", line(node("transaction", "sub", user("x")), "sub")),
]
"""Code, element and body."""

FINE = [
    undone(),
    undone().replace('sourceRef="on_a" targetRef="undo_a"', 'sourceRef="undo_a" targetRef="on_a"'),
    thrown("a"),
    thrown(None),
    line(sub(event_sub()), "sub"),
    line(TRANSACTION, "sub") + OFF + chain("off", "e"),
    line(sub("", "transaction", method="##Compensate"), "sub"),
]
"""Bodies with nothing to be said about."""
