"""The file store: once per content, whole or not at all."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from services.documents.store import FileStore
from services.errors import NotFound

CONTENT = "入党志愿书".encode()
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


def test_content_lies_under_its_hash_in_two_levels(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "files")
    assert store.put(CONTENT) == SHA256
    assert store.put(CONTENT) == SHA256
    assert files(tmp_path) == [tmp_path / "files" / SHA256[:2] / SHA256[2:4] / SHA256]
    with store.open(SHA256) as file:
        assert file.read() == CONTENT


def test_a_failed_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_space(handle: int) -> None:
        raise OSError(28, "No space left on device")

    store = FileStore(tmp_path)
    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(OSError, match="No space"):
        store.put(CONTENT)
    assert files(tmp_path) == []


@pytest.mark.parametrize("sha256", [SHA256, "../secret.key", "", SHA256.upper(), SHA256 + "\n"])
def test_what_is_not_there_is_not_found(tmp_path: Path, sha256: str) -> None:
    with pytest.raises(NotFound):
        FileStore(tmp_path).open(sha256)
