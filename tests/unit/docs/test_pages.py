"""READMEs, decision records, links, lock files and procedure folders keep their form."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import click
import pytest

from tests.unit.docs.documents import DOCS, PAGES, READMES, ROOT, code_of, read
from web.cli import main

ADRS = sorted((DOCS / "adr").glob("*.md"))
PROCEDURES = sorted(path.parent for path in (ROOT / "bpmn").glob("*/procedure.toml"))
MAKEFILE = read(ROOT / "Makefile")
TARGETS = set(re.findall(r"^([a-z0-9-]+):", MAKEFILE, re.MULTILINE))
EXPLAINED = set(re.findall(r"^([a-z0-9-]+):.*?## ", MAKEFILE, re.MULTILINE))

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_MAKE = re.compile(r"\bmake ([a-z][a-z0-9-]*)")
_COMMAND = re.compile(r"\bdangwu ([a-z][a-z-]*)(?: (upgrade|create|add|rotate|status|export))?")
_MACHINE = re.compile(r"/work/|/tmp/|/root/|/home/")


def page_id(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def commands_in(path: Path) -> set[str]:
    found = _COMMAND.findall(code_of(read(path)))
    return {" ".join(part for part in parts if part) for parts in found}


@pytest.mark.parametrize("path", PAGES, ids=page_id)
def test_relative_links_resolve(path: Path) -> None:
    targets = [t.split("#")[0] for t in _LINK.findall(read(path)) if "://" not in t]

    assert not [t for t in targets if t and not (path.parent / t).exists()]


@pytest.mark.parametrize("path", PAGES, ids=page_id)
def test_make_targets_and_commands_exist(path: Path) -> None:
    first_words = {name.split(" ")[0] for name in commands_in(path)}

    assert set() == set(_MAKE.findall(code_of(read(path)))) - TARGETS
    assert set() == first_words - main.commands.keys()


@pytest.mark.parametrize("path", PAGES, ids=page_id)
def test_pages_name_no_machine(path: Path) -> None:
    assert _MACHINE.search(read(path)) is None


@pytest.mark.parametrize("path", READMES, ids=page_id)
def test_readme_explains_every_target_and_command(path: Path) -> None:
    leaves = {
        f"{name} {inner}"
        for name, command in main.commands.items()
        if isinstance(command, click.Group)
        for inner in command.commands
    } | {n for n, command in main.commands.items() if not isinstance(command, click.Group)}

    assert set(_MAKE.findall(code_of(read(path)))) == EXPLAINED
    assert leaves == commands_in(path)


def test_both_readmes_have_the_same_code_blocks_links_and_length() -> None:
    english, chinese = map(read, READMES)
    blocks = [re.findall(r"```\n(\S+)", text) for text in (english, chinese)]
    links = [
        sorted(t for t in _LINK.findall(text) if not t.startswith("README"))
        for text in (english, chinese)
    ]
    headings = [len(re.findall("^#", text, re.MULTILINE)) for text in (english, chinese)]

    assert blocks[0] == blocks[1]
    assert links[0] == links[1]
    assert headings[0] == headings[1]


@pytest.mark.parametrize("path", ADRS, ids=page_id)
def test_decision_record_has_its_four_parts(path: Path) -> None:
    text = read(path)
    parts = ["Status", "Context", "Decision", "Consequences"]

    assert text.startswith(f"# {path.name[:4]} ")
    assert parts == re.findall(r"^## (.+)$", text, re.MULTILINE)


def test_decision_records_are_numbered_without_gaps() -> None:
    assert [f"{n:04}" for n in range(1, len(ADRS) + 1)] == [path.name[:4] for path in ADRS]


def test_changelog_has_the_version_of_the_project() -> None:
    version = tomllib.loads(read(ROOT / "pyproject.toml"))["project"]["version"]

    assert f"## [{version}]" in read(ROOT / "CHANGELOG.md")


@pytest.mark.parametrize("name", ["requirements.lock", "package-lock.json"])
def test_lock_files_hold_no_addresses(name: str) -> None:
    assert "://" not in read(ROOT / name)


@pytest.mark.parametrize("folder", PROCEDURES, ids=page_id)
def test_procedure_folder_explains_itself(folder: Path) -> None:
    assert (folder / "README.md").is_file()
    assert list((folder / "scenarios").glob("*.yaml"))
