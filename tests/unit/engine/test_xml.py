from __future__ import annotations

import pytest

from engine.errors import DefinitionError
from engine.xml import parse_xml

DOCTYPE = '<?xml version="1.0" encoding="{}"?><!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "xml-malformed"),
        (b"<a>", "xml-malformed"),
        (b"\xff\xfe\x00", "xml-malformed"),
        (b"<!DOCTYPE a><a/>", "xml-doctype"),
        (DOCTYPE.format("utf-8").encode(), "xml-doctype"),
        (DOCTYPE.format("utf-16").encode("utf-16"), "xml-doctype"),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "xml-doctype"),
        (b"<a>" + b" " * 100 + b"</a>", "xml-too-large"),
        (b"<a>" * 300, "xml-malformed"),
    ],
)
def test_refused_with_a_finding(data: bytes, code: str) -> None:
    limit = 64 if code == "xml-too-large" else 10_000
    with pytest.raises(DefinitionError) as refused:
        parse_xml(data, "x.bpmn", limit)
    assert [code] == [finding.code for finding in refused.value.findings]
    assert refused.value.findings[0].path == "x.bpmn"


def test_comments_and_instructions_are_gone() -> None:
    root = parse_xml(b"<a><!-- c --><?pi x?><b/></a>", "x.bpmn")
    assert [element.tag for element in root.iter()] == ["a", "b"]
