"""Which messages belong to which instance (BPMN 2.0.2 section 8.4.2, correlation).

A correlation key is learnt from the first message an instance receives or sends that carries it,
or is bound to variables of the instance by a correlation subscription; from then on only messages
with equal values are taken.  What is not known is not compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

from lxml import etree

from engine.bpmn_names import bpmn
from engine.errors import ExpressionError
from engine.expressions import Functions, evaluate, feel_text, to_value
from engine.model import CorrelationKey, ProcessDefinition, Value, Variables
from engine.references import referred

Keys: TypeAlias = Mapping[str, list[Value]]
"""Values by id of the correlation key, one per property; None where nothing is known."""

_RETRIEVAL: Final = bpmn("correlationPropertyRetrievalExpression")


def read_keys(process: etree._Element) -> tuple[CorrelationKey, ...]:
    """Return the correlation keys of the file of a checked process, with its own subscriptions."""
    root = process.getroottree().getroot()
    properties = {item.get("id"): _paths(item) for item in root.iter(bpmn("correlationProperty"))}
    bindings = {
        item.get("correlationKeyRef"): _bindings(item)
        for item in process.findall(bpmn("correlationSubscription"))
    }
    return tuple(
        _key(element, properties, bindings.get(element.get("id"), {}))
        for element in root.iter(bpmn("correlationKey"))
    )


def property_refs(key: etree._Element) -> list[str]:
    """Return the ids of the properties of a correlation key."""
    return [(item.text or "").strip() for item in key.findall(bpmn("correlationPropertyRef"))]


def path_of(expression: etree._Element, tag: str) -> str:
    """Return the FEEL of a `messagePath` or `dataPath`, perhaps nested as some tools write it."""
    found = next(expression.iter(bpmn(tag), bpmn("formalExpression")), None)
    return feel_text("".join(str(text) for text in found.itertext())) if found is not None else ""


def _paths(item: etree._Element) -> dict[str, str]:
    found = {}
    for expression in item.findall(_RETRIEVAL):
        message = referred(expression, "message")
        if message is not None:
            name = (message.get("name") or "").strip() or message.get("id", "")
            found[name] = path_of(expression, "messagePath")
    return found


def _bindings(subscription: etree._Element) -> dict[str, str]:
    return {
        item.get("correlationPropertyRef", ""): path_of(item, "dataPath")
        for item in subscription.findall(bpmn("correlationPropertyBinding"))
    }


def _key(
    element: etree._Element,
    properties: Mapping[str | None, Mapping[str, str]],
    bindings: Mapping[str, str],
) -> CorrelationKey:
    refs = property_refs(element)
    paths = [properties[ref] for ref in refs]
    messages = [name for name in (paths[0] if paths else {}) if all(name in p for p in paths)]
    return CorrelationKey(
        id=element.get("id") or element.get("name") or "",
        paths={name: tuple(path[name] for path in paths) for name in messages},
        bindings=tuple(bindings[ref] for ref in refs) if bindings else (),
    )


def keys_of(
    process: ProcessDefinition, message: str, payload: Variables, functions: Functions
) -> Keys:
    """Return the values of all keys that `message` carries; null where the payload lacks them."""
    return {
        key.id: [_value(path, payload, functions, key.id) for path in key.paths[message]]
        for key in process.correlation_keys
        if message in key.paths
    }


def expected_keys(
    process: ProcessDefinition,
    known: Keys,
    message: str,
    variables: Variables,
    functions: Functions,
) -> Keys:
    """Return the values `message` must have: bound ones as the variables stand, else the learnt."""
    return {
        key.id: [_value(text, variables, functions, key.id) for text in key.bindings]
        if key.bindings
        else known[key.id]
        for key in process.correlation_keys
        if message in key.paths and (key.bindings or key.id in known)
    }


def fits(expected: Keys, found: Keys) -> bool:
    """Whether a message with the values `found` belongs to who expects `expected`."""
    return all(
        wanted is None or wanted == value
        for key, values in expected.items()
        for wanted, value in zip(values, found[key], strict=True)
    )


def learnt(process: ProcessDefinition, known: Keys, found: Keys) -> dict[str, list[Value]]:
    """Return what is known of the keys after a message with the values `found`."""
    bound = {key.id for key in process.correlation_keys if key.bindings}
    keys = {key: list(values) for key, values in known.items()}
    for key, values in found.items():
        if key not in bound and any(value is not None for value in values):
            before = keys.get(key, [None] * len(values))
            keys[key] = [
                new if old is None else old for old, new in zip(before, values, strict=True)
            ]
    return keys


def _value(text: str, names: Variables, functions: Functions, key: str) -> Value:
    try:
        return to_value(evaluate(text, names, functions, key))
    except ExpressionError:
        return None
