"""Rules about the correlation of messages (BPMN 2.0.2 section 8.4.2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from lxml import etree

from engine.bpmn_names import bpmn
from engine.correlation import path_of, property_refs
from engine.errors import DangwuError
from engine.expressions import compile_text
from engine.lint.document import Document
from engine.references import referred

_RETRIEVAL: Final = bpmn("correlationPropertyRetrievalExpression")


def properties(document: Document) -> None:
    """A property says for each of its messages where it stands in the payload."""
    for item in document.root.iter(bpmn("correlationProperty")):
        expressions = item.findall(_RETRIEVAL)
        if not expressions:
            document.report("bpmn-correlation", item, what="关联属性没有取值表达式")
        for expression in expressions:
            if referred(expression, "message") is None:
                document.report("bpmn-correlation", item, what="关联属性没有指定消息")
            _path(document, item, path_of(expression, "messagePath"))


def keys(document: Document) -> None:
    """A key consists of properties that exist."""
    known = _ids(document, "correlationProperty")
    for key in document.root.iter(bpmn("correlationKey")):
        if not known.issuperset(property_refs(key)):
            document.report("bpmn-correlation", key, what="关联属性不存在")


def subscriptions(document: Document) -> None:
    """A subscription binds every property of its key to the variables."""
    known = {key.get("id"): key for key in document.root.iter(bpmn("correlationKey"))}
    for subscription in document.process.findall(bpmn("correlationSubscription")):
        key = known.get(subscription.get("correlationKeyRef"))
        bindings = subscription.findall(bpmn("correlationPropertyBinding"))
        bound = {binding.get("correlationPropertyRef") for binding in bindings}
        if key is None:
            document.report("bpmn-correlation", subscription, what="关联键不存在")
        elif bound != set(property_refs(key)):
            document.report("bpmn-correlation", subscription, what="关联属性没有一一绑定")
        for binding in bindings:
            _path(document, subscription, path_of(binding, "dataPath"))


def _ids(document: Document, tag: str) -> set[str | None]:
    return {item.get("id") for item in document.root.iter(bpmn(tag))}


def _path(document: Document, element: etree._Element, text: str) -> None:
    if not text:
        document.report("bpmn-correlation", element, what="没有填写表达式")
        return
    try:
        compile_text(text)
    except DangwuError as error:
        document.report("bpmn-expression", element, text=text, error=error.message)


RULES: Final[tuple[Callable[[Document], None], ...]] = (properties, keys, subscriptions)
