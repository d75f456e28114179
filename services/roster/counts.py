"""How many rows of an import have which effect, kept in its row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import orjson

from services.roster.models import Effect, RosterImport, Sheet

Counts = Mapping[Sheet, Mapping[Effect, int]]


def counts_of(row: RosterImport) -> Counts:
    """Return the number of rows per sheet and effect; sheets that were not sent are left out."""
    return {
        Sheet(sheet): {Effect(effect): count for effect, count in effects.items()}
        for sheet, effects in orjson.loads(row.counts).items()
    }


def good_rows(row: RosterImport) -> int:
    """Return how many rows of an import are to be entered."""
    return sum(
        count
        for effects in counts_of(row).values()
        for effect, count in effects.items()
        if effect in {Effect.NEW, Effect.CHANGED}
    )


def add(row: RosterImport, sheet: Sheet, effects: Iterable[Effect]) -> None:
    """Count further rows."""
    counts = {key: dict(value) for key, value in counts_of(row).items()}
    of_sheet = counts.setdefault(sheet, {})
    for effect in effects:
        of_sheet[effect] = of_sheet.get(effect, 0) + 1
    row.counts = orjson.dumps(counts, option=orjson.OPT_NON_STR_KEYS)


def keep_refused(row: RosterImport) -> None:
    """Begin to count anew, but for the rows that stay refused."""
    kept = {
        sheet: {Effect.REFUSED: effects[Effect.REFUSED]}
        for sheet, effects in counts_of(row).items()
        if Effect.REFUSED in effects
    }
    row.counts = orjson.dumps(kept, option=orjson.OPT_NON_STR_KEYS)
