"""People who act in the same instant."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from engine.errors import DangwuError

PATIENCE_SECONDS = 60


def together(acts: Sequence[Callable[[], object]]) -> list[object]:
    """Run all acts at once, each in its own thread; a refusal is returned in its place."""
    gate = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        gate.wait(PATIENCE_SECONDS)
        try:
            return act()
        except DangwuError as refusal:
            return refusal

    with ThreadPoolExecutor(len(acts)) as pool:
        return [f.result(PATIENCE_SECONDS) for f in [pool.submit(run, act) for act in acts]]


def outcomes_of(answers: list[object]) -> Counter[str]:
    """Return how often each kind of answer came."""
    return Counter(type(answer).__name__ for answer in answers)
