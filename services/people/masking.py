"""Identity number, phone and address as everybody sees them who may see the person."""

from __future__ import annotations

from dataclasses import dataclass

from services.disclosure.masks import mask_address, mask_number
from services.people.models import Person


@dataclass(frozen=True, slots=True)
class PersonalData:
    """What is known of a person beyond the register; empty where nothing is."""

    identity_number: str
    phone: str
    address: str

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known."""
        return not (self.identity_number or self.phone or self.address)


def masked(person: Person) -> PersonalData:
    """Return what a page about the person may show to everybody who may open it."""
    return PersonalData(
        mask_number(person.identity_number),
        mask_number(person.phone),
        mask_address(person.address),
    )
