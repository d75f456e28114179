"""Which messages an instance takes: keys learnt from messages, keys bound to variables."""

from __future__ import annotations

import pytest

from engine.correlation import fits
from engine.errors import NoMatchingEvent
from engine.model import CorrelationKey, ProcessDefinition, Subscription, TriggerKind
from tests.unit.engine.builder import catch, chain, message, node, process, start, user
from tests.unit.engine.case import Case
from tests.unit.engine.test_lint import codes

MESSAGES = '<bpmn:message id="m1" name="order"/><bpmn:message id="m2" name="answer"/>'


def retrieval(ref: str, path: str, tag: str = "messagePath") -> str:
    return (
        f'<bpmn:correlationPropertyRetrievalExpression messageRef="{ref}"><bpmn:{tag}>{path}'
        f"</bpmn:{tag}></bpmn:correlationPropertyRetrievalExpression>"
    )


def prop(node_id: str, *retrievals: str) -> str:
    inner = "".join(retrievals)
    return f'<bpmn:correlationProperty id="{node_id}">{inner}</bpmn:correlationProperty>'


def key(*properties: str, key_id: str = "k1") -> str:
    refs = "".join(
        f"<bpmn:correlationPropertyRef>{name}</bpmn:correlationPropertyRef>" for name in properties
    )
    inner = f'<bpmn:correlationKey id="{key_id}" name="k">{refs}</bpmn:correlationKey>'
    return f'<bpmn:collaboration id="c">{inner}</bpmn:collaboration>'


NUMBER = prop(
    "p1", retrieval("m1", "= order.number"), retrieval("m2", "number", "formalExpression")
)
ROOT = MESSAGES + NUMBER + key("p1")


def subscription(key_ref: str, *bindings: tuple[str, str]) -> str:
    inner = "".join(
        f'<bpmn:correlationPropertyBinding correlationPropertyRef="{name}"><bpmn:dataPath>{path}'
        "</bpmn:dataPath></bpmn:correlationPropertyBinding>"
        for name, path in bindings
    )
    return (
        f'<bpmn:correlationSubscription id="cs" correlationKeyRef="{key_ref}">{inner}'
        "</bpmn:correlationSubscription>"
    )


def conversation(root: str = ROOT, extra: str = "") -> ProcessDefinition:
    """Starts by an order, waits for two answers."""
    body = (
        node("startEvent", "s", message())
        + catch("w1", message("m2"))
        + catch("w2", message("m2"))
        + user("a")
        + chain("s", "w1", "w2", "a")
    )
    return process(extra + body, root)


def test_the_key_is_learnt_from_the_message_that_creates_the_instance() -> None:
    case = Case(conversation(), start_event="s", order={"number": 7})
    expected = Subscription(TriggerKind.MESSAGE, "w1", "answer", {"k1": [7]})
    assert case.advance.subscriptions == (expected,)
    assert (case.takes("answer", number=8), case.takes("answer", number=7)) == (False, True)
    assert not case.takes("order", order={"number": 7})
    with pytest.raises(NoMatchingEvent):
        case.tell("answer", number=8)
    assert case.tell("answer", number=7).tell("answer", number=7).open == ["a"]


def test_the_key_may_be_learnt_later_and_then_holds() -> None:
    case = Case(conversation(), start_event="s")
    assert case.advance.subscriptions[0].keys == {}
    case.tell("answer", number=3)
    assert (case.takes("answer", number=4), case.takes("answer", number=3)) == (False, True)


def test_the_key_is_learnt_from_what_is_sent() -> None:
    given = '<dw:input name="order" value="{number: n}"/>'
    inner = f"<bpmn:extensionElements>{given}</bpmn:extensionElements>"
    body = (
        start()
        + node("sendTask", "x", inner, messageRef="m1")
        + catch("w", message("m2"))
        + chain("s", "x", "w")
    )
    case = Case(process(body, ROOT), n=5)
    assert (case.takes("answer", number=4), case.takes("answer", number=5)) == (False, True)


def test_a_key_of_several_properties_is_compared_as_a_whole() -> None:
    year = prop("p2", retrieval("m1", "order.year"), retrieval("m2", "year"))
    definition = conversation(MESSAGES + NUMBER + year + key("p1", "p2"))
    case = Case(definition, start_event="s", order={"number": 7, "year": 2026})
    assert case.takes("answer", number=7, year=2026)
    assert not case.takes("answer", number=7, year=2025)
    partly = Case(definition, start_event="s", order={"number": 7})
    assert partly.takes("answer", number=7, year=2025)
    assert not partly.tell("answer", number=7, year=2026).takes("answer", number=7, year=2025)


def test_a_subscription_compares_with_the_variables_as_they_stand() -> None:
    bound = subscription("k1", ("p1", "= file.number"))
    definition = conversation(extra=bound)
    assert definition.correlation_keys == (
        CorrelationKey("k1", {"order": ("order.number",), "answer": ("number",)}, ("file.number",)),
    )
    case = Case(definition, start_event="s", order={"number": 7}, file={"number": 9})
    assert (case.takes("answer", number=7), case.takes("answer", number=9)) == (False, True)
    case.tell("answer", number=9, file={"number": 1})
    assert (case.takes("answer", number=9), case.takes("answer", number=1)) == (False, True)
    free = Case(definition, start_event="s", order={"number": 7})
    assert free.takes("answer", number=1)


def test_messages_without_a_key_are_taken_by_anyone() -> None:
    alone = MESSAGES + prop("p1", retrieval("m1", "order.number")) + key("p1")
    assert Case(conversation(alone), start_event="s", order={"number": 7}).takes("answer")
    assert fits({}, {"k1": [7]})


@pytest.mark.parametrize(
    ("root", "extra", "element_id"),
    [
        (prop("p1") + key("p1"), "", "p1"),
        (prop("p1", retrieval("m9", "x")) + key("p1"), "", "p1"),
        (prop("p1", retrieval("m1", " ")) + key("p1"), "", "p1"),
        (NUMBER + key("p9"), "", "k1"),
        (NUMBER + key("p1"), subscription("k9"), "cs"),
        (NUMBER + key("p1"), subscription("k1"), "cs"),
        (NUMBER + key("p1"), subscription("k1", ("p1", " ")), "cs"),
    ],
)
def test_an_incomplete_correlation_is_refused(root: str, extra: str, element_id: str) -> None:
    body = extra + start() + user("a") + chain("s", "a")
    root = root.replace('"m1"', '"m2"') + '<bpmn:message id="m2" name="answer"/>'
    assert ("bpmn-correlation", element_id) in codes(body, root)


def test_a_path_that_is_no_feel_is_refused() -> None:
    body = subscription("k1", ("p1", "1 +")) + start() + user("a") + chain("s", "a")
    found = codes(body, prop("p1", retrieval("m1", ")")) + key("p1"))
    assert {("bpmn-expression", "p1"), ("bpmn-expression", "cs")} <= found
