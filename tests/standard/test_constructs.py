"""Every construct of the catalogue runs as the standard says, or is refused as promised."""

from __future__ import annotations

import pytest

from engine.errors import DefinitionError, Severity
from engine.vocabulary import NODE_VALUES
from tests.standard import data, flows, loops, messages, nodes
from tests.standard.catalogue import ROWS, Check, Refusal
from tests.standard.play import play

MODULES = (nodes, flows, loops, data, messages)
PROOFS = [
    pytest.param(check, id=f"{key}-{title}")
    for key, row in ROWS.items()
    for title, check in row.proofs.items()
]
REFUSALS = [
    pytest.param(refusal, id=f"{key}-{refusal.code}")
    for key, row in ROWS.items()
    for refusal in row.refusals.values()
]


@pytest.mark.parametrize("check", PROOFS)
def test_runs(check: Check) -> None:
    check()


@pytest.mark.parametrize("refusal", REFUSALS)
def test_is_refused(refusal: Refusal) -> None:
    with pytest.raises(DefinitionError) as caught:
        play(refusal.body, root=refusal.root)
    assert [refusal.code] == [
        finding.code for finding in caught.value.findings if finding.severity is Severity.ERROR
    ]


def test_every_row_is_proven_or_refused() -> None:
    assert not [key for key, row in ROWS.items() if not row.proofs and not row.refusals]


def test_every_flow_node_has_a_row() -> None:
    assert MODULES
    assert ROWS.keys() >= NODE_VALUES
