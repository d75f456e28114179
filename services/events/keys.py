"""Correlation keys as digests, so that one receiver is found among thousands by an index.

The engine decides whether a message belongs to an instance (`runtime.would_correlate`); a digest
only leaves out those it would surely refuse.  Values whose equality is more than that of their
text have no digest and are left to the engine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from engine.correlation import keys_of
from engine.functions import FeelFunctions
from engine.model import ProcessDefinition, Value, Variables

ANY = ""
"""The digest of who takes messages with any key."""


def wanted(keys: Mapping[str, Sequence[Value]]) -> str:
    """Return the digest of the values a subscription expects: of the first key fully known."""
    for key in sorted(keys):
        digest = _digest(key, keys[key])
        if digest != ANY:
            return digest
    return ANY


def carried(
    process: ProcessDefinition, message: str, payload: Variables, functions: FeelFunctions
) -> frozenset[str]:
    """Return the digests a message may be expected by in instances of `process`."""
    found = keys_of(process, message, payload, functions)
    return frozenset({ANY, *(_digest(key, values) for key, values in found.items())})


def _digest(key: str, values: Sequence[Value]) -> str:
    texts = [_text(value) for value in values]
    if not texts or None in texts:
        return ANY
    digest = hashlib.sha256()
    for text in (key, *texts):
        part = str(text).encode()
        digest.update(f"{len(part)}:".encode())
        digest.update(part)
    return digest.hexdigest()


def _text(value: Value) -> str | None:
    if isinstance(value, str):
        return f"text {value}"
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return f"number {Decimal(value).normalize()}"
    if isinstance(value, date) and not isinstance(value, datetime):
        return f"date {value.isoformat()}"
    return None
