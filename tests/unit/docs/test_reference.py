"""The reference pages say exactly what the code knows, no more and no less."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import fields

import click
import pytest

from engine.compliance import ACT_ORDER, FUTURE_ACT
from engine.decisions.errors import Conflict
from engine.errors import DangwuError
from engine.feel.functions import BUILTINS
from engine.forms import VALUES_KEYS, ComponentType
from engine.functions import FUNCTION_NAMES
from engine.migration import Reason, ReasonCode
from engine.model import NodeType
from engine.procedure import Operation
from engine.spiff.parser import FLOW_NODES
from services.cases.operations import OPERATIONS
from services.cases.options import SOURCES
from services.settings import Settings
from tests.standard import page
from tests.unit.docs.documents import (
    REFERENCE,
    ROOT,
    code_of,
    import_everything,
    read,
    rows,
    sections,
    string_constants,
)
from web import errors as web_errors
from web.cli import main

import_everything()

FINDING_CODE = r"(?:bpmn|form|dmn|procedure|xml)-[a-z]+(?:-[a-z]+)*"
PAGES_OF_FINDINGS = ("bpmn", "forms", "procedure-folder")
VARIES = "（随具体情况）"


def error_classes(base: type[DangwuError] = DangwuError) -> list[type[DangwuError]]:
    found = {base: None}
    for child in base.__subclasses__():
        if child.__module__.split(".")[0] in {"engine", "services", "web"}:
            found |= dict.fromkeys(error_classes(child))
    return list(found)


def commands(group: click.Group, path: str = "") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{path}{name} ")
        else:
            yield f"{path}{name}", command


ERROR_ROWS = rows(read(REFERENCE / "errors.md"))
COMMANDS = dict(commands(main))


def test_settings_page_lists_every_setting_with_default_and_help() -> None:
    expected = {
        f"DANGWU_{f.name.upper()}": [
            f"`{f.default}`" if f.default else "（空）",
            f.metadata["help"],
        ]
        for f in fields(Settings)
    }

    assert expected == rows(read(REFERENCE / "settings.md"))


def test_error_codes_are_unique() -> None:
    counted = Counter([*(cls.__dict__.get("code") for cls in error_classes()), *Conflict])

    assert not [code for code, times in counted.items() if code is None or times > 1]


@pytest.mark.parametrize("cls", error_classes(), ids=lambda cls: cls.__name__)
def test_errors_page_has_status_and_words_of(cls: type[DangwuError]) -> None:
    expected = [
        str(web_errors.status_of(cls.__new__(cls))),
        cls.__dict__.get("message", VARIES),
        cls.__dict__.get("remedy", VARIES),
    ]

    assert expected == ERROR_ROWS.get(cls.code)


def test_errors_page_names_nothing_else() -> None:
    expected = {cls.code for cls in error_classes()} | set(Conflict) | {"csrf", "unexpected"}
    expected |= {f"http-{status}" for status in web_errors._HTTP}

    assert expected == ERROR_ROWS.keys()


@pytest.mark.parametrize("name", COMMANDS)
def test_commands_page_has_section_with_options_of(name: str) -> None:
    section = sections(read(REFERENCE / "commands.md")).get(f"dangwu {name}", "")
    options = [o.opts[0] for o in COMMANDS[name].params if isinstance(o, click.Option)]

    assert section
    assert sorted(options) == sorted(key for key in rows(section) if key.startswith("--"))


def test_commands_page_has_no_other_commands() -> None:
    headings = sections(read(REFERENCE / "commands.md"))

    assert {f"dangwu {name}" for name in COMMANDS} == headings.keys()


def test_every_finding_code_is_documented_once() -> None:
    known = set(string_constants(ROOT / "engine", FINDING_CODE))
    known -= {cls.code for cls in error_classes()}
    documented = [
        key
        for page in PAGES_OF_FINDINGS
        for key in rows(sections(read(REFERENCE / f"{page}.md"))["问题编号"])
    ]

    assert known == set(documented)
    assert len(known) == len(documented)


def test_bpmn_page_says_of_every_flow_node_whether_it_runs() -> None:
    table = rows(sections(read(REFERENCE / "bpmn.md"))["流程节点"])

    assert {kind.value for kind in NodeType} == table.keys()
    assert {kind.value for kind in FLOW_NODES} == {k for k, row in table.items() if row[0] != "否"}


def test_migration_page_lists_every_difference_and_what_it_means() -> None:
    listed = rows(sections(read(ROOT / "docs" / "howto" / "migrate.md"))["不能迁移的原因和变化"])
    expected = {
        code.value: "不能迁移" if Reason(code, "").blocks else "提醒" for code in ReasonCode
    }

    assert expected == {code: row[0] for code, row in listed.items()}


def test_bpmn_page_is_generated_from_the_catalogue() -> None:
    assert page.tables() == page.generated(read(page.PAGE)), "run: make reference"


def test_bpmn_page_lists_the_additional_functions() -> None:
    table = rows(sections(read(REFERENCE / "bpmn.md"))["表达式：FEEL"])

    assert {key.split("(")[0] for key in table} == FUNCTION_NAMES


def test_feel_page_lists_the_built_in_functions() -> None:
    assert BUILTINS.keys() == rows(sections(read(REFERENCE / "feel.md"))["内置函数"]).keys()


def test_folder_page_lists_the_registered_operations() -> None:
    extensions = sections(read(REFERENCE / "procedure-folder.md"))["1. 流程图的扩展"]
    listed = rows(extensions.split("### 操作")[1])

    assert {operation.value for operation in Operation} == OPERATIONS.keys()
    assert OPERATIONS.keys() == listed.keys()


def test_forms_page_lists_components_and_sources_of_choices() -> None:
    parts = sections(read(REFERENCE / "forms.md"))

    assert {kind.value for kind in ComponentType} == rows(parts["组件"]).keys()
    assert rows(parts["动态选项"]).keys() == VALUES_KEYS
    assert SOURCES.keys() == VALUES_KEYS


def test_rules_that_hold_everywhere_are_explained() -> None:
    page = code_of(read(ROOT / "docs" / "explanation" / "time-and-deadlines.md"))

    assert FUTURE_ACT in page
    assert ACT_ORDER in page
