"""Types by content, and clean names."""

from __future__ import annotations

import zipfile
from io import BytesIO

import pytest

from services.documents.content import clean_name, media_type_of
from services.errors import Invalid


def package(*parts: str) -> bytes:
    """Return an archive; its bytes are part of test names, so they bear no time."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for part in parts:
            archive.writestr(zipfile.ZipInfo(part), "x")
    return buffer.getvalue()


DOCX = package("[Content_Types].xml", "word/document.xml")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("志愿书.pdf", b"%PDF-1.7\n", "application/pdf"),
        ("照片.jpg", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("照片.JPEG", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("扫描.png", b"\x89PNG\r\n\x1a\n", "image/png"),
        ("谈话.txt", "谈话记录\r\n".encode(), "text/plain"),
        ("谈话.txt", "谈话记录".encode("gb18030"), "text/plain"),
        ("公示.wps", OLE, "application/vnd.ms-works"),
        (
            "自传.docx",
            DOCX,
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        (
            "名册.xlsx",
            package("[Content_Types].xml", "xl/workbook.xml"),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
        (
            "党课.pptx",
            package("[Content_Types].xml", "ppt/presentation.xml"),
            "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        ),
    ],
)
def test_accepted_types(name: str, content: bytes, media_type: str) -> None:
    assert media_type == media_type_of(name, content)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("程序.exe", b"MZ\x90\0"),
        ("志愿书.pdf", b"MZ\x90\0"),
        ("志愿书.pdf", b"\x89PNG\r\n\x1a\n"),
        ("页面.html", b"<script>alert(1)</script>"),
        ("图.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("旧.doc", OLE),
        ("压缩.zip", package("a.txt")),
        ("自传.docx", package("a.txt")),
        ("自传.docx", package("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin")),
        ("自传.docx", DOCX[:40]),
        ("自传.docx", b"PK\x03\x04"),
        ("谈话.txt", b"\0\1\2"),
        ("谈话.txt", b"\xff\xff\xff"),
        ("无扩展名", b"%PDF-1.7"),
    ],
)
def test_refused_files(name: str, content: bytes) -> None:
    with pytest.raises(Invalid) as caught:
        media_type_of(name, content)
    assert set(caught.value.errors) == {"file"}


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("志愿书.pdf", "志愿书.pdf"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\文件\\志愿书.pdf", "志愿书.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie x.pdf"),
        ("\u202efdp.exe.pdf", "fdp.exe.pdf"),
        ("...hidden.txt", "hidden.txt"),
        ("  两  个.pdf ", "两 个.pdf"),
        ("", "附件"),
        ("..", "附件"),
        ("长" * 300 + ".pdf", "长" * 116 + ".pdf"),
    ],
)
def test_clean_names(sent: str, kept: str) -> None:
    assert kept == clean_name(sent)
