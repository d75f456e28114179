"""Reads a procedure folder from disk into the mapping the engine takes."""

from __future__ import annotations

from pathlib import Path

from services.errors import Invalid

MAX_FILE_BYTES = 5 * 1024 * 1024
MAX_FILES = 500


def read_folder(folder: Path) -> dict[str, bytes]:
    """Return every regular file below `folder` by its POSIX path; raise `Invalid` if unusable."""
    if not folder.is_dir():
        raise Invalid(f"没有找到流程文件夹“{folder}”。", "请检查路径后重试。")
    files: dict[str, bytes] = {}
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in relative.parts)
        if hidden or path.is_symlink() or not path.is_file():
            continue
        if path.stat().st_size > MAX_FILE_BYTES:
            raise Invalid(f"文件“{relative}”超过 5 MB。", "请删去过大的文件后重试。")
        files[relative.as_posix()] = path.read_bytes()
    if len(files) > MAX_FILES:
        raise Invalid(f"流程文件夹“{folder}”中的文件超过 {MAX_FILES} 个。", "请检查路径后重试。")
    return files


def procedure_folders(root: Path) -> tuple[Path, ...]:
    """Return the procedure folders below `root`, by name; names with `_` are shared parts."""
    return tuple(
        sorted(
            p
            for p in root.iterdir()
            if p.is_dir() and not p.name.startswith(("_", ".")) and (p / "procedure.toml").exists()
        )
    )
