"""Data stores of a folder and the registers its manifest keeps them in."""

from __future__ import annotations

import pytest

from engine.definition import load_procedure
from engine.procedure import DataStoreRule, StoreKey, StoreScope
from tests.unit.definition.test_starts import Files, folder, found, manifest

KEPT = '[data_stores.latest]\ntitle = "最近一项表彰"\nscope = "all"\n'


def test_what_the_folder_says() -> None:
    assert set() == found(folder("honours"))
    assert {
        "roll": DataStoreRule("honour_roll", "表彰台账", StoreScope.OWN, StoreKey.NONE),
        "latest": DataStoreRule("latest", "最近一项表彰", StoreScope.ALL, StoreKey.NONE),
    } == load_procedure(folder("honours")).data_stores


@pytest.mark.parametrize(
    ("files", "finding"),
    [
        (manifest("honours", KEPT, ""), ("procedure-data-store", "process.bpmn", "confirm")),
        (
            manifest("honours", KEPT, KEPT + KEPT.replace("latest", "other")),
            ("procedure-data-store-unknown", "procedure.toml", "data_stores.other"),
        ),
        (
            manifest("honours", KEPT, KEPT + 'key = "subject"\n'),
            ("procedure-data-store-subject", "procedure.toml", "data_stores.latest"),
        ),
        (
            manifest("honours", 'scope = "all"', 'scope = "everybody"'),
            ("procedure-entry", "procedure.toml", "data_stores.latest.scope"),
        ),
    ],
)
def test_what_is_wrong_with_a_register(files: Files, finding: tuple[str, str, str | None]) -> None:
    assert finding in found(files)
