"""The public compatibility kit, where it lies beside the checkout: all of level 2, 97 % of level 3.

What fails is listed here with its reason, so that neither a new failure nor a mended one passes
unseen.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Final

import pytest

from tests.tck.runner import Outcome, run

KIT: Final = Path(__file__).resolve().parents[3] / "shared" / "dmn-tck"
EXTERNAL: Final = "compliance-level-3/0076-feel-external-java"
"""External functions would run code of our machine; they are refused (docs/reference/feel.md)."""
FAILING: Final = {
    # (=10) is the range from 10 to 10 for us; the kit tells it from [10..10].
    ("compliance-level-3/0068-feel-equality", "range_010"),
}

pytestmark = pytest.mark.skipif(not KIT.exists(), reason=f"no compatibility kit at {KIT}")


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    return list(run(KIT))


def test_exactly_the_known_cases_fail(outcomes: list[Outcome]) -> None:
    failed = {(o.folder, o.case) for o in outcomes if not o.success and o.folder != EXTERNAL}
    assert FAILING == failed


def test_external_functions_are_refused(outcomes: list[Outcome]) -> None:
    details = [outcome.detail for outcome in outcomes if outcome.folder == EXTERNAL]
    assert details
    assert all("dmn-function-kind" in detail for detail in details)


def test_the_whole_kit_was_run(outcomes: list[Outcome]) -> None:
    levels = Counter(outcome.folder.split("/")[0] for outcome in outcomes)
    assert levels["compliance-level-2"] > 100
    assert levels["compliance-level-3"] > 1_300
