"""The only way XML enters the kernel: bounded, without documents types, entities or network.

Older libxml2 builds leak files through parameter entities, and a byte search for `<!DOCTYPE` is
bypassed by UTF-16, so the check stands on the parsed document (engine-notes.md 5).
"""

from __future__ import annotations

from typing import Any, Final

from lxml import etree

from engine.errors import DefinitionError, Finding

MAX_BYTES: Final = 4 * 1024 * 1024


def parse_xml(data: bytes, path: str, max_bytes: int = MAX_BYTES) -> etree._Element:
    """Return the root element of `data`, comments and processing instructions removed.

    `path` names the file in findings.  Raises DefinitionError for files over `max_bytes`, for
    anything that is not well-formed and for every document type declaration.
    """
    if len(data) > max_bytes:
        raise _refused(
            path,
            "xml-too-large",
            f"文件超过 {max_bytes // 1024} KB。",
            "请拆分或精简文件。",
            f"file is larger than {max_bytes // 1024} KB",
        )
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise _refused(
            path,
            "xml-malformed",
            "文件不是格式正确的 XML。",
            "请用流程设计器重新导出文件。",
            f"not well-formed XML: {error}",
        ) from error
    if _has_doctype(root):
        raise _refused(
            path,
            "xml-doctype",
            "文件含有 DOCTYPE 声明，存在安全风险。",
            "请删除 DOCTYPE 声明。",
            "document type declarations are refused",
        )
    return root


def _has_doctype(root: etree._Element) -> bool:
    info: Any = root.getroottree().docinfo  # lxml-stubs lack `doctype`
    return bool(info.doctype) or info.internalDTD is not None or info.externalDTD is not None


def _refused(path: str, code: str, reason: str, remedy: str, reason_en: str) -> DefinitionError:
    return DefinitionError((Finding(code, path, None, reason, remedy, reason_en),))
