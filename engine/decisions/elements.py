"""Walking DMN XML; every release from 1.2 to 1.5 has the elements we read under the same names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lxml import etree

_NAMESPACES: Final = frozenset(
    {
        "http://www.omg.org/spec/DMN/20180521/MODEL/",
        "https://www.omg.org/spec/DMN/20191111/MODEL/",
        "https://www.omg.org/spec/DMN/20211108/MODEL/",
        "https://www.omg.org/spec/DMN/20230324/MODEL/",
    }
)


def local_name(element: etree._Element) -> str:
    """Return an element's name without namespace."""
    return etree.QName(element).localname


def is_dmn(element: etree._Element, name: str | None = None) -> bool:
    """Return whether an element stands in a DMN namespace, under one local name if given."""
    tag = etree.QName(element)
    return tag.namespace in _NAMESPACES and name in {None, tag.localname}


def children(element: etree._Element, name: str | None = None) -> Iterator[etree._Element]:
    """Yield the child elements in a DMN namespace, under one local name if given."""
    return (inner for inner in element if is_dmn(inner, name))


def child(element: etree._Element, name: str) -> etree._Element | None:
    """Return the first child of a local name, or None."""
    return next(children(element, name), None)


def text(element: etree._Element | None, name: str = "text") -> str:
    """Return the stripped text of a named child, empty if there is none."""
    inner = None if element is None else child(element, name)
    return "" if inner is None else (inner.text or "").strip()


def attribute(element: etree._Element | None, name: str) -> str:
    """Return an attribute's stripped value, empty if there is none."""
    return "" if element is None else (element.get(name) or "").strip()
