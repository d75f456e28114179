"""Constructs in each other: what completes, in which order, by `dangwu trace`.

Expected is what BPMN 2.0.2 chapters 10 and 13 say; between branches that run side by side the
order is ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

import pytest

from engine.collaboration import Start
from engine.trace import Trace
from tests.standard.play import ROOT
from tests.unit.engine.builder import (
    CANCEL,
    HEAD,
    TERMINATE,
    boundary,
    catch,
    chain,
    compensated,
    compensation,
    condition,
    end,
    flow,
    gateway,
    message,
    node,
    start,
    throw,
    timer,
)
from tests.unit.engine.case import NOW

ERROR = '<bpmn:errorEventDefinition errorRef="err1"/>'
ANY_ERROR = "<bpmn:errorEventDefinition/>"
ESCALATION = '<bpmn:escalationEventDefinition escalationRef="esc1"/>'
SIGNAL = '<bpmn:signalEventDefinition signalRef="sig1"/>'
LINK = '<bpmn:linkEventDefinition name="L"/>'
HOUR = timer("timeDuration", "PT1H")
TOLD = '<bpmn:signalEventDefinition id="told" signalRef="sig1"/>'


@dataclass(frozen=True)
class Drawing:
    """The process `p`, what stands beside it, and what must come of it."""

    title: str
    body: str
    outcome: str
    beside: str = ""
    root: str = ""
    starts: Sequence[Start] = ()


def tasks(*ids: str) -> str:
    return "".join(node("task", task) for task in ids)


def line(*ids: str, first: str = "s", last: str = "e") -> str:
    """A start, abstract tasks, an end, in a row."""
    return start(first) + tasks(*ids) + end(last) + chain(first, *ids, last)


def sub(sub_id: str, *parts: str, kind: str = "subProcess") -> str:
    return node(kind, sub_id, "".join(parts))


def failing(last: str, *ids: str, first: str = "s2", definition: str = ERROR) -> str:
    """A row whose end throws."""
    return start(first) + tasks(*ids) + end(last, definition) + chain(first, *ids, last)


def handler(
    sub_id: str, definition: str, task: str, last: str = "", *, beside: bool = False
) -> str:
    """An event sub-process of one task; `last` is what its end throws."""
    first, final = f"{sub_id}_s", f"{sub_id}_e"
    begin = node("startEvent", first, definition, isInterrupting=str(not beside).lower())
    body = begin + tasks(task) + end(final, last) + chain(first, task, final)
    return node("subProcess", sub_id, body, triggeredByEvent="true")


def caught(event: str, host: str, definition: str, task: str, *, beside: bool = False) -> str:
    """A boundary event that leads to a task and an end of its own."""
    final = f"{event}_e"
    attached = boundary(event, host, definition, interrupting=not beside)
    return attached + tasks(task) + end(final) + chain(event, task, final)


def around(*ids: str) -> str:
    """A start and an end with elements in between that are drawn elsewhere."""
    return start() + end() + chain("s", *ids, "e")


def process(process_id: str, body: str) -> str:
    return f'<bpmn:process id="{process_id}" isExecutable="true">{body}</bpmn:process>'


def calling(activity: str, called: str, inner: str = "") -> str:
    return node("callActivity", activity, inner, calledElement=called)


def several(count: int, inner: str = "", *, behavior: str = "", sequential: bool = False) -> str:
    reference = f'behavior="{behavior}" {behavior.lower()}BehaviorEventRef="told"'
    return (
        f'<bpmn:multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}" '
        f"{reference if behavior else ''}><bpmn:loopCardinality>{count}</bpmn:loopCardinality>"
        f"{inner}</bpmn:multiInstanceLoopCharacteristics>"
    )


def repeated(maximum: int | None, text: str = "", *, before: bool = False) -> str:
    most = "" if maximum is None else f' loopMaximum="{maximum}"'
    inner = f"<bpmn:loopCondition>{escape(text)}</bpmn:loopCondition>" if text else ""
    tag = "bpmn:standardLoopCharacteristics"
    return f'<{tag} testBefore="{str(before).lower()}"{most}>{inner}</{tag}>'


def script(script_id: str, text: str, inner: str = "") -> str:
    return node("scriptTask", script_id, f"{inner}<bpmn:script>{escape(text)}</bpmn:script>")


def undoable(*ids: str) -> str:
    return "".join(compensated(task, kind="task") for task in ids)


def joined(kind: str, *ids: str) -> str:
    """A fork of this kind, the given elements (drawn elsewhere), a join, task `z`, an end."""
    ways = "".join(flow("f", item, "true" if kind == "inclusive" else None) for item in ids)
    body = start() + gateway(kind, "f") + gateway(kind, "j") + tasks("z") + end()
    return (
        body + chain("s", "f") + ways + chain("j", "z", "e") + "".join(chain(i, "j") for i in ids)
    )


UNREAD = node("receiveTask", "r", messageRef="m2")
BRANCHED = (
    start("s2") + gateway("parallel", "f2") + tasks("a") + end("e2", TERMINATE) + end("e3")
    + catch("w", message()) + chain("s2", "f2", "a", "e2") + chain("f2", "w", "e3")
)  # fmt: skip
NESTED = sub(
    "o",
    start("s1"),
    sub(
        "i",
        start("s2"),
        tasks("a", "b"),
        throw("t", ESCALATION),
        end("e2"),
        chain("s2", "a", "t", "b", "e2"),
    ),
    end("e1"),
    chain("s1", "i", "e1"),
)
POOLS = (
    '<bpmn:collaboration id="co"><bpmn:participant id="P1" processRef="p"/>'
    '<bpmn:participant id="P2" processRef="q"/>'
    '<bpmn:messageFlow id="mf1" sourceRef="snd" targetRef="q_s"/>'
    '<bpmn:messageFlow id="mf2" sourceRef="q_e" targetRef="rcv"/></bpmn:collaboration>'
)
UNNAMED = "<bpmn:messageEventDefinition/>"

DRAWINGS = [
    # Errors and escalations through scopes
    Drawing(
        "an event sub-process hears the error of its scope",
        around("o", "z") + tasks("z") + sub("o", failing("e2", "a"), handler("h", ERROR, "x")),
        "s s2 a e2 h_s x h_e h o z e | completed",
    ),
    Drawing(
        "and throws it on to the boundary",
        around("o")
        + sub("o", failing("e2", "a"), handler("h", ERROR, "x", ERROR))
        + caught("b", "o", ERROR, "y"),
        "s s2 a e2 h_s x h_e b y b_e | completed",
    ),
    Drawing(
        "an event sub-process inside an event sub-process",
        around("o")
        + sub(
            "o",
            failing("e2", "a"),
            handler("h", ERROR, "x", ESCALATION).replace(
                "</bpmn:subProcess>",
                handler("k", ESCALATION, "y", beside=True) + "</bpmn:subProcess>",
            ),
        ),
        "s s2 a e2 h_s x h_e k_s y k_e k h o e | completed",
    ),
    Drawing(
        "an event sub-process before the boundary event",
        around("o")
        + sub("o", failing("e2"), handler("h", ERROR, "x"))
        + caught("b", "o", ERROR, "y"),
        "s s2 e2 h_s x h_e h o e | completed",
    ),
    Drawing(
        "of two boundary events the one that names the error",
        around("o")
        + sub("o", failing("e2"))
        + caught("b1", "o", ANY_ERROR, "x")
        + caught("b2", "o", ERROR, "y"),
        "s s2 e2 b2 y b2_e | completed",
    ),
    Drawing(
        "an error without code is caught without code only",
        around("o")
        + sub("o", failing("e2", definition=ANY_ERROR))
        + caught("b1", "o", ERROR, "x")
        + caught("b2", "o", ANY_ERROR, "y"),
        "s s2 e2 b2 y b2_e | completed",
    ),
    Drawing(
        "an error out of a called process",
        around("c") + calling("c", "q") + caught("b", "c", ERROR, "y"),
        "s s2 a e2 b y b_e | completed",
        process("q", failing("e2", "a")),
    ),
    Drawing(
        "an error out of one of several called processes ends all",
        around("c") + calling("c", "q", several(3)) + handler("h", ERROR, "x"),
        "s s2 e2 h_s x h_e h | completed",
        process("q", failing("e2")),
    ),
    Drawing(
        "an error out of one instance interrupts the others",
        around("o") + sub("o", several(3), failing("e2", "a")) + caught("b", "o", ERROR, "y"),
        "s s2 a e2 b y b_e | completed",
    ),
    Drawing(
        "an escalation through two levels interrupts the outer",
        around("o") + NESTED + caught("v", "o", ESCALATION, "y"),
        "s s1 s2 a t v y v_e | completed",
    ),
    Drawing(
        "an escalation through two levels beside the flow",
        around("o") + NESTED + caught("x", "o", ESCALATION, "y", beside=True),
        "s s1 s2 a t x y x_e b e2 i e1 o e | completed",
    ),
    Drawing(
        "an escalation out of a called process",
        around("c") + calling("c", "q") + caught("x", "c", ESCALATION, "y", beside=True),
        "s s2 a e2 x y x_e c e | completed",
        process("q", failing("e2", "a", definition=ESCALATION)),
    ),
    Drawing(
        "an event sub-process per instance",
        around("o")
        + sub(
            "o",
            several(2),
            failing("e2", definition=ESCALATION),
            handler("h", ESCALATION, "x", beside=True),
        ),
        "s s2 e2 s2 e2 h_s x h_e h o h_s x h_e h o e | completed",
    ),
    # Terminate
    Drawing(
        "terminate ends the nested scope only",
        joined("parallel", "i", "c") + sub("i", BRANCHED) + tasks("c"),
        "s f c s2 f2 a e2 i j z e | completed",
    ),
    Drawing(
        "terminate ends the called process only",
        around("c", "z") + calling("c", "q") + tasks("z"),
        "s s2 f2 a e2 c z e | completed",
        process("q", BRANCHED),
    ),
    Drawing(
        "terminate ends one instance only",
        around("o")
        + sub("o", several(2, sequential=True), failing("e2", "a", definition=TERMINATE)),
        "s s2 a e2 o s2 a e2 o e | completed",
    ),
    Drawing(
        "terminate takes sub-processes with it",
        start() + gateway("parallel", "f") + end("e", TERMINATE) + end("e9") + chain("s", "f", "e")
        + sub("o", start("s2"), UNREAD, end("e2"), chain("s2", "r", "e2")) + chain("f", "o", "e9"),
        "s f e | completed",
    ),
    # Event-based gateways
    Drawing(
        "receive tasks behind an event-based gateway",
        start() + throw("t", message("m2")) + gateway("eventBased", "g") + UNREAD
        + node("receiveTask", "q", messageRef="m1") + tasks("x", "y") + end()
        + chain("s", "t", "g", "q", "x", "e") + chain("g", "r", "y", "e"),
        "s t g r y e | completed",
    ),
    Drawing(
        "an instantiating gateway",
        gateway("eventBased", "g", instantiate="true") + catch("c1", message("m1"))
        + catch("c2", message("m2")) + tasks("x", "y") + end()
        + chain("g", "c1", "x", "e") + chain("g", "c2", "y", "e"),
        "g c2 y e | completed",
        starts=(Start(message="again"),),
    ),
    *(
        Drawing(
            f"a parallel instantiating gateway after {len(names)} messages",
            gateway("eventBased", "g", instantiate="true", eventGatewayType="Parallel")
            + catch("c1", message("m1")) + catch("c2", message("m2")) + tasks("x", "y") + end()
            + chain("g", "c1", "x", "e") + chain("g", "c2", "y", "e"),
            outcome,
            starts=tuple(Start(message=name) for name in names),
        )
        for names, outcome in [
            (("again",), "g c2 y e | waiting"),
            (("again", "hello"), "g c2 y e c1 x e | completed"),
        ]
    ),
    # Compensation
    Drawing(
        "compensation of each instance",
        around("a", "t") + node("task", "a", several(2)) + undoable("a")
        + throw("t", compensation()),
        "s a a on_a undo_a on_a undo_a t e | completed",
    ),
    Drawing(
        "compensation of a sub-process by its inner handlers, in reverse",
        around("o", "t") + sub("o", line("a", "b", first="s2", last="e2"), undoable("a", "b"))
        + throw("t", compensation()),
        "s s2 a b e2 o on_b undo_b on_a undo_a t e | completed",
    ),
    Drawing(
        "compensation of a sub-process by its own handler",
        around("o", "t") + sub("o", line("a", first="s2", last="e2"), undoable("a"))
        + undoable("o") + throw("t", compensation()),
        "s s2 a e2 o on_o undo_o t e | completed",
    ),
    Drawing(
        "compensation of a sub-process by its event sub-process",
        around("o", "t")
        + sub("o", line("a", first="s2", last="e2"), undoable("a"),
              handler("h", compensation(), "x"))
        + throw("t", compensation()),
        "s s2 a e2 o h_s x h_e h t e | completed",
    ),
    Drawing(
        "compensation of a called process",
        around("c", "t") + calling("c", "q") + throw("t", compensation()),
        "s s2 a e2 c on_a undo_a t e | completed",
        process("q", line("a", first="s2", last="e2") + undoable("a")),
    ),
    Drawing(
        "a cancelled transaction",
        around("o") + caught("b", "o", CANCEL, "y")
        + sub("o", failing("e2", "a", definition=CANCEL), undoable("a"), kind="transaction"),
        "s s2 a e2 on_a undo_a b y b_e | completed",
    ),
    Drawing(
        "a transaction that fails undoes nothing",
        around("o") + caught("b", "o", ERROR, "y")
        + sub("o", failing("e2", "a"), undoable("a"), kind="transaction"),
        "s s2 a e2 b y b_e | completed",
    ),
    # Loops
    Drawing("a maximum", around("a") + node("task", "a", repeated(3)), "s a a a e | completed"),
    Drawing(
        "a maximum asked before",
        around("a") + node("task", "a", repeated(3, before=True)),
        "s a a a e | completed",
    ),
    Drawing(
        "a false condition asked after runs once",
        around("a") + node("task", "a", repeated(3, "false")),
        "s a e | completed",
    ),
    Drawing(
        "a false condition asked before never runs",
        around("a") + node("task", "a", repeated(3, "false", before=True)),
        "s e | completed",
    ),
    Drawing(
        "no instances", around("a") + node("task", "a", several(0)), "s e | completed"
    ),
    Drawing(
        "a loop over a call", around("c") + calling("c", "q", repeated(2)),
        "s s2 a e2 c s2 a e2 c e | completed",
        process("q", line("a", first="s2", last="e2")),
    ),
    Drawing(
        "every instance tells",
        around("a") + node("task", "a", several(2, behavior="None"))
        + caught("b", "a", SIGNAL, "y", beside=True),
        "s a b a b y e y b_e b_e | completed",
        root=TOLD,
    ),
    Drawing(
        "the first instance that tells interrupts the rest",
        around("a") + node("task", "a", several(3, behavior="One")) + caught("b", "a", SIGNAL, "y"),
        "s a b y b_e | completed",
        root=TOLD,
    ),
    # Gateways
    Drawing(
        "an inclusive join in a loop",
        start() + script("i", "{n: if n = null then 1 else n + 1}") + gateway("inclusive", "f")
        + tasks("a", "b") + gateway("inclusive", "j") + gateway("exclusive", "x", default="fx")
        + end() + chain("s", "i", "f") + flow("f", "a", "n > 0") + flow("f", "b", "n > 1")
        + chain("a", "j", "x") + chain("b", "j") + flow("x", "i", "n < 2")
        + flow("x", "e", flow_id="fx"),
        "s i f a j x i f a b j x e | completed",
    ),
    Drawing(
        "an inclusive join does not wait for a branch that left by the boundary",
        joined("inclusive", "r", "c") + UNREAD + tasks("c") + caught("b", "r", HOUR, "y"),
        "s f c b y b_e j z e | completed",
    ),
    Drawing(
        "an inclusive join waits for what comes by the boundary",
        joined("inclusive", "r", "c") + UNREAD + tasks("c", "y")
        + boundary("b", "r", HOUR, interrupting=True) + chain("b", "y", "j"),
        "s f c b y j z e | completed",
    ),
    Drawing(
        "a complex gateway takes the rest at its reset",
        start() + gateway("parallel", "f") + tasks("a", "b", "c", "z") + end()
        + node("complexGateway", "j",
               "<bpmn:activationCondition>activationCount &gt;= 2</bpmn:activationCondition>")
        + chain("s", "f", "a", "j", "z", "e") + chain("f", "b", "j") + chain("f", "c", "j"),
        "s f a b c j z e | completed",
    ),
    Drawing(
        "an exclusive gateway passes every token",
        start() + gateway("parallel", "f") + tasks("a", "b", "c") + gateway("exclusive", "x")
        + end() + chain("s", "f", "a", "x", "c", "e") + chain("f", "b", "x"),
        "s f a b x x c c e e | completed",
    ),
    Drawing(
        "two flows between the same gateways",
        start() + gateway("parallel", "f") + gateway("parallel", "j") + end() + chain("s", "f")
        + flow("f", "j", flow_id="f1") + flow("f", "j", flow_id="f2") + chain("j", "e"),
        "s f j e | completed",
    ),
    # Events
    Drawing(
        "two throws of one link",
        start() + gateway("parallel", "f") + throw("l1", LINK) + throw("l2", LINK)
        + catch("l", LINK) + end() + chain("s", "f", "l1") + chain("f", "l2") + chain("l", "e"),
        "s f l1 l2 l l e e | completed",
    ),
    Drawing(
        "a signal is lost when nobody waits, a message is not",
        around("t", "c", "t2", "c2") + throw("t", message()) + catch("c", message())
        + throw("t2", SIGNAL) + catch("c2", SIGNAL),
        "s t c t2 | waiting",
    ),
    Drawing(
        "all triggers together on the boundary",
        around("t", "r") + throw("t", message()) + UNREAD + tasks("y") + end("b_e")
        + node("boundaryEvent", "b", message() + HOUR, attachedToRef="r", parallelMultiple="true")
        + chain("b", "y", "b_e"),
        "s t b y b_e | completed",
    ),
    Drawing(
        "a condition that becomes true on the boundary",
        around("o") + caught("b", "o", condition("x = 5"), "y")
        + sub("o", start("s2"), script("a", "{x: 5}"), UNREAD, end("e2"),
              chain("s2", "a", "r", "e2")),
        "s s2 a b y b_e | completed",
    ),
    Drawing(
        "a cycle beside the activity",
        around("r") + UNREAD + caught("b", "r", timer("timeCycle", "R2/PT1H"), "y", beside=True)
        + caught("l", "r", timer("timeDuration", "PT9H"), "z"),
        "s b y b_e b y b_e l z l_e | completed",
    ),
    Drawing(
        "messages between pools by message flows alone",
        around("snd", "rcv") + node("sendTask", "snd") + node("receiveTask", "rcv"),
        "s snd q_s a q_e rcv e | completed",
        process("q", node("startEvent", "q_s", UNNAMED) + tasks("a") + end("q_e", UNNAMED)
                + chain("q_s", "a", "q_e")),
        POOLS,
    ),
    Drawing(
        "a signal starts another process",
        around("t") + throw("t", SIGNAL),
        "s t e q_s q_e | completed",
        process("q", node("startEvent", "q_s", SIGNAL) + end("q_e") + chain("q_s", "q_e")),
    ),
]  # fmt: skip


@pytest.mark.parametrize("drawing", DRAWINGS, ids=lambda drawing: drawing.title)
def test_what_completes(drawing: Drawing) -> None:
    root = ROOT + drawing.root + process("p", drawing.body) + drawing.beside
    xml = f"{HEAD}{root}</bpmn:definitions>".encode()
    trace = Trace({"x.bpmn": xml}, drawing.starts, {}, NOW)
    for _ in trace:
        pass
    assert drawing.outcome == f"{' '.join(trace.completed)} | {trace.status}"
