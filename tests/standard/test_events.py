"""Event definitions where the standard does not know them; the others are in the catalogue."""

from __future__ import annotations

import pytest

from engine.errors import DefinitionError
from tests.standard.events import RUNS, STANDARD, XML, Definition, Place
from tests.standard.play import play
from tests.unit.engine.builder import boundary, chain, end, node, start, user

OTHERS = [
    (definition, place)
    for definition in Definition
    for place in Place
    if place not in STANDARD[definition] and definition is not Definition.NONE
]


@pytest.mark.parametrize(("definition", "place"), OTHERS, ids=lambda part: part.name)
def test_is_refused_where_the_standard_does_not_know_it(
    definition: Definition, place: Place
) -> None:
    assert place in RUNS
    inner = XML[definition]
    extra = {"parallelMultiple": "true"} if definition is Definition.PARALLEL else {}
    sub = {"isInterrupting": "true" if place is Place.INTERRUPTING else "false", **extra}
    drawings = {
        Place.START: node("startEvent", "x", inner, **extra) + end() + chain("x", "e"),
        Place.INTERRUPTING: _event_sub_process(inner, sub),
        Place.BESIDE: _event_sub_process(inner, sub),
        Place.CATCH: _between(node("intermediateCatchEvent", "x", inner, **extra)),
        Place.BOUNDARY: _on_boundary(inner, interrupting=True),
        Place.SIDE_BOUNDARY: _on_boundary(inner, interrupting=False),
        Place.THROW: _between(node("intermediateThrowEvent", "x", inner, **extra)),
        Place.END: start() + node("endEvent", "x", inner, **extra) + chain("s", "x"),
    }
    with pytest.raises(DefinitionError) as refusal:
        play(drawings[place])
    assert {"x"} & {finding.element_id for finding in refusal.value.findings}


def _between(event: str) -> str:
    return start() + event + end() + chain("s", "x", "e")


def _on_boundary(inner: str, *, interrupting: bool) -> str:
    host = start() + user("a") + end() + chain("s", "a", "e")
    return (
        host + boundary("x", "a", inner, interrupting=interrupting) + end("e2") + chain("x", "e2")
    )


def _event_sub_process(inner: str, attributes: dict[str, str]) -> str:
    handler = node("startEvent", "x", inner, **attributes) + end("e2") + chain("x", "e2")
    return (
        start()
        + user("a")
        + end()
        + chain("s", "a", "e")
        + node("subProcess", "es", handler, triggeredByEvent="true")
    )
