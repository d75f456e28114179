"""Diagrams as they are: BPMN 2.0 in XML."""

from __future__ import annotations

from typing import Any

from flask import Response

XML_RESPONSE: dict[str, Any] = {"type": "string", "description": "BPMN 2.0 XML"}


def diagram_response(xml: str) -> Response:
    """Return a diagram."""
    return Response(xml, mimetype="application/xml")
