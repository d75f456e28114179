"""Who acts in a case in place of somebody it names: what hand-overs (交接) leave behind."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from services.processes.models import ProcessInstance

NOBODY = 0
"""Stands for the successor of somebody who has left and whom nobody could follow."""


def in_place_of(instance: ProcessInstance, people: Iterable[int]) -> tuple[int, ...]:
    """Return people a case names, by id, with successors in place of those who handed over."""
    if instance.stand_ins == "{}":
        return tuple(people)
    stand_ins = _load(instance)
    found = dict.fromkeys(stand_ins.get(person, person) for person in people)
    return tuple(person for person in found if person != NOBODY)


def let_stand_in(instance: ProcessInstance, person_id: int, successor_id: int) -> None:
    """Let the successor, or `NOBODY`, act wherever the case names the person from now on."""
    stand_ins = {
        person: successor_id if stand_in == person_id else stand_in
        for person, stand_in in _load(instance).items()
        if person != successor_id
    }
    stand_ins[person_id] = successor_id
    instance.stand_ins = json.dumps(
        {str(person): stand_in for person, stand_in in sorted(stand_ins.items())}
    )


def _load(instance: ProcessInstance) -> Mapping[int, int]:
    return {int(person): stand_in for person, stand_in in json.loads(instance.stand_ins).items()}
