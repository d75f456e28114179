"""Reading our own documentation: files, tables, code spans."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
READMES = (ROOT / "README.md", ROOT / "README.zh-CN.md")
PAGES = (*READMES, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md")))

_CODE = re.compile(r"`([^`\n]+)`")
_FENCE = re.compile(r"```\w*\n(.*?)```", re.DOTALL)


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def code_of(text: str) -> str:
    """Everything set as code, spans and blocks, one piece a line."""
    return "\n".join([*_FENCE.findall(text), *_CODE.findall(_FENCE.sub("", text))])


def rows(text: str) -> dict[str, list[str]]:
    """Rows of all tables by their first cell (without backticks); a cell twice is an error."""
    found: dict[str, list[str]] = {}
    for line, following in pairwise([*text.splitlines(), ""]):
        is_head = following.startswith("|---")
        if line.startswith("| `") and not is_head:
            cells = [cell.strip() for cell in line.strip("|").split(" | ")]
            key = cells[0].strip("`").split("`")[0]
            assert key not in found, f"{key} stands in two rows"
            found[key] = [cell.strip(" |") for cell in cells[1:]]
    return found


def sections(text: str) -> dict[str, str]:
    """Text of each `## ` section by its heading."""
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def import_everything() -> None:
    """Import every module of the product, so that all subclasses and commands are known."""
    for package in ("engine", "services", "web"):
        path = importlib.import_module(package).__path__
        for module in pkgutil.walk_packages(path, f"{package}."):
            # Alembic runs these two inside a migration only.
            if not module.name.startswith(
                ("services.migrations.env", "services.migrations.versions")
            ):
                importlib.import_module(module.name)


def string_constants(folder: Path, pattern: str) -> Iterator[str]:
    """String literals below `folder` that match `pattern` as a whole."""
    literal = re.compile(rf'"({pattern})"')
    for path in sorted(folder.rglob("*.py")):
        yield from (match[1] for match in literal.finditer(read(path)))
