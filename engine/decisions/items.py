"""Item definitions: the types a DMN file declares, and checking values against them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.feel import FeelValue, UnaryTests
from engine.feel.types import FeelType, TypeName, built_in_type


@dataclass(frozen=True, slots=True)
class ItemDefinition:
    """A declared type: a base type by name, or components; `allowed` limits single values."""

    name: str
    base: str = ""
    components: tuple[ItemDefinition, ...] = ()
    is_collection: bool = False
    allowed: UnaryTests | None = None
    allowed_text: str = ""


class ItemTypes:
    """All types of one file."""

    def __init__(self, definitions: Mapping[str, ItemDefinition]) -> None:
        self._definitions = definitions

    def knows(self, type_ref: str) -> bool:
        """Return whether the name is a built-in or declared type."""
        return not type_ref or built_in_type(type_ref) is not None or type_ref in self._definitions

    def allowed_text(self, type_ref: str) -> str:
        """Return the declared allowed values of a type, empty if it has none."""
        definition = self._definitions.get(type_ref)
        return definition.allowed_text if definition else ""

    def conform(self, type_ref: str, value: FeelValue) -> tuple[bool, FeelValue]:
        """Return whether a value fits a type, and the value converted to it.

        FEEL converts a list of one item to the item and the reverse (DMN 1.5, 10.3.2.9.4); null
        fits every type.
        """
        if not type_ref or value is None or self._fits(type_ref, value):
            return True, value
        if isinstance(value, list) and len(value) == 1 and self._fits(type_ref, value[0]):
            return True, value[0]
        if not isinstance(value, list) and self._fits(type_ref, [value]):
            return True, [value]
        return False, None

    def _fits(self, type_ref: str, value: FeelValue) -> bool:
        name = built_in_type(type_ref)
        if name is TypeName.ANY or value is None:
            return True
        if name is not None:
            return FeelType(name).accepts(value)
        definition = self._definitions.get(type_ref)
        return definition is not None and self._matches(definition, value)

    def _matches(self, definition: ItemDefinition, value: FeelValue) -> bool:
        if value is None:
            return True
        if not definition.is_collection:
            return self._matches_single(definition, value)
        return isinstance(value, list) and all(
            self._matches_single(definition, item) for item in value
        )

    def _matches_single(self, definition: ItemDefinition, value: FeelValue) -> bool:
        if definition.base and not self._fits(definition.base, value):
            return False
        if definition.components:
            if not isinstance(value, dict):
                return False
            for component in definition.components:
                if not self._matches(component, value.get(component.name)):
                    return False
        return definition.allowed is None or definition.allowed.matches(value)
