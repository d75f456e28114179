"""Elements that saved rows name besides the one they stand on; they have to be mapped as well."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from engine.migration.token_rows import TokenRow
from engine.spiff.complex_gateway import CONSUMED
from engine.spiff.flow_node import TRIGGERED
from engine.spiff.gateways import ARRIVED_FROM
from engine.spiff.records import ELEMENT, INNER

_RESUBMIT: Final = "resubmit"
"""Where a returned step goes straight back to: a list of {element, task}, the next first."""


def ways_back(row: TokenRow) -> tuple[str, ...]:
    """Return the elements a token has yet to go straight back to after a return."""
    return tuple(step["element"] for step in row.internal.get(_RESUBMIT, ()))


def rename(row: TokenRow, target: Callable[[str], str]) -> None:
    """Put the ids of the new version into everything a row says."""
    row.element = target(row.element)
    source = row.internal.get(ARRIVED_FROM)
    if isinstance(source, str):
        row.internal[ARRIVED_FROM] = target(source)
    triggered = row.internal.get(TRIGGERED)
    if isinstance(triggered, str):
        row.internal[TRIGGERED] = target(triggered)
    if CONSUMED in row.internal:
        row.internal[CONSUMED] = [target(name) for name in row.internal[CONSUMED]]
    for step in row.internal.get(_RESUBMIT, ()):
        step["element"] = target(step["element"])


def rename_records(records: list[dict[str, Any]], target: Callable[[str], str]) -> None:
    """Put the ids of the new version into what could be compensated."""
    for record in records:
        record[ELEMENT] = target(record[ELEMENT])
        rename_records(record.get(INNER, []), target)
