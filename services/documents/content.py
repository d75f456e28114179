"""What a file really is: told from its bytes, never from its name alone."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from io import BytesIO
from pathlib import PurePosixPath

from services.errors import Invalid
from services.packages import PackageRefused, require_harmless

MEDIA_TYPES: Mapping[str, str] = {
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".ofd": "application/ofd",
    ".wps": "application/vnd.ms-works",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".txt": "text/plain",
}
ACCEPTED = "PDF、OFD、Word（docx）、Excel（xlsx）、演示文稿（pptx）、WPS文字（wps）、JPG、PNG、TXT"

_SIGNATURES: Mapping[bytes, str] = {
    b"%PDF-": ".pdf",
    b"\xff\xd8\xff": ".jpg",
    b"\x89PNG\r\n\x1a\n": ".png",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": ".wps",
}
_PACKAGE_PARTS: Mapping[str, str] = {
    "word/document.xml": ".docx",
    "xl/workbook.xml": ".xlsx",
    "ppt/presentation.xml": ".pptx",
}
_ZIP = b"PK\x03\x04"
_SAME = {".jpeg": ".jpg"}
_TEXT_ENCODINGS = ("utf-8", "gb18030")
_TEXT_CONTROLS = frozenset("\t\r\n\f")
_NAME_LIMIT = 120
MAX_UNPACKED = 256 * 1024 * 1024
"""Bytes an attached document may unpack to."""


def clean_name(file_name: str) -> str:
    """Return a file name without folders and invisible characters, at most 120 characters long."""
    name = PurePosixPath(file_name.replace("\\", "/")).name
    name = unicodedata.normalize("NFC", name)
    name = "".join(c for c in name if unicodedata.category(c)[0] != "C" and c not in '<>:"|?*')
    name = " ".join(name.split()).lstrip(".")
    path = PurePosixPath(name or "附件")
    return path.stem[: _NAME_LIMIT - len(path.suffix)] + path.suffix[:_NAME_LIMIT]


def media_type_of(file_name: str, content: bytes) -> str:
    """Return the media type; raises `Invalid` for refused types and for names that do not fit."""
    found = _suffix_of(content)
    if found is None:
        raise Invalid(errors={"file": f"不支持该类型的文件。可以上传：{ACCEPTED}。"})
    named = PurePosixPath(file_name).suffix.lower()
    if _SAME.get(named, named) != found:
        raise Invalid(errors={"file": "文件内容与扩展名不符，请核对后重新选择文件。"})
    return MEDIA_TYPES[found]


def _suffix_of(content: bytes) -> str | None:
    for signature, suffix in _SIGNATURES.items():
        if content.startswith(signature):
            return suffix
    if content.startswith(_ZIP):
        return _package_suffix(content)
    return ".txt" if _is_text(content) else None


def _package_suffix(content: bytes) -> str | None:
    try:
        names = require_harmless(BytesIO(content), MAX_UNPACKED)
    except PackageRefused as error:
        raise Invalid(errors={"file": error.reason}) from error
    if "OFD.xml" in names:
        return ".ofd"
    if "[Content_Types].xml" not in names:
        return None  # an ordinary archive
    return next((suffix for part, suffix in _PACKAGE_PARTS.items() if part in names), None)


def _is_text(content: bytes) -> bool:
    for encoding in _TEXT_ENCODINGS:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return all(c in _TEXT_CONTROLS or unicodedata.category(c) != "Cc" for c in text)
    return False
