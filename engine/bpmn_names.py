"""Names of the BPMN 2.0 XML vocabulary, in one place."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from lxml import etree

BPMN: Final = "http://www.omg.org/spec/BPMN/20100524/MODEL"
DANGWU: Final = "urn:dangwu:bpmn:1"
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"


def bpmn(name: str) -> str:
    """Return the full tag of a BPMN element."""
    return f"{{{BPMN}}}{name}"


def dangwu(name: str) -> str:
    """Return the full tag of one of our extension elements."""
    return f"{{{DANGWU}}}{name}"


@lru_cache(maxsize=1024)
def namespace(name: str) -> str | None:
    """Return the namespace of a tag or attribute name."""
    return etree.QName(name).namespace


@lru_cache(maxsize=1024)
def local_name(name: str) -> str:
    """Return a tag or attribute name without its namespace."""
    return str(etree.QName(name).localname)
