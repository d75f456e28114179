"""Item definitions: the types a DMN file declares, and checking values against them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from engine.feel import FeelValue, UnaryTests
from engine.feel.types import FeelType, TypeName, built_in_type, convert
from engine.feel.values import FeelFunction

_NO_TYPES: Final[Mapping[str, ItemTypes]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ItemDefinition:
    """A declared type: a base type by name, components, or a function.

    `allowed` limits single values, `constraint` the whole value; `parameters` counts those of a
    function type, None for all other types.
    """

    name: str
    base: str = ""
    components: tuple[ItemDefinition, ...] = ()
    is_collection: bool = False
    allowed: UnaryTests | None = None
    allowed_text: str = ""
    constraint: UnaryTests | None = None
    parameters: int | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """What values of a type look like: `components` of a context, `allowed` as unary tests.

    A collection holds items of what the rest says.
    """

    type: TypeName
    components: tuple[tuple[str, Shape], ...] = ()
    is_collection: bool = False
    allowed: str = ""


@dataclass(frozen=True, slots=True)
class DeclaredType:
    """A type of a file as FEEL sees it, in `instance of` and in parameters."""

    types: ItemTypes
    name: str

    def holds(self, value: FeelValue) -> bool:
        """Return whether the value is of this type; null is not."""
        return value is not None and self.types.has_shape(self.name, value)

    def accepts(self, value: FeelValue) -> bool:
        """Return whether the value may be assigned to this type; null may, always."""
        return value is None or self.holds(value)


@dataclass(frozen=True, slots=True)
class _Assignable:
    """A type as values are held to it when they are assigned: allowed values count."""

    types: ItemTypes
    name: str

    def holds(self, value: FeelValue) -> bool:
        return value is not None and self.types.fits(self.name, value)

    def accepts(self, value: FeelValue) -> bool:
        return self.types.fits(self.name, value)


class ItemTypes:
    """All types of one file; those of imported files stand under the name of the import."""

    def __init__(
        self,
        definitions: Mapping[str, ItemDefinition],
        imported: Mapping[str, ItemTypes] = _NO_TYPES,
    ) -> None:
        self._definitions = definitions
        self._imported = imported

    def knows(self, type_ref: str) -> bool:
        """Return whether the name is a built-in or declared type."""
        return (
            not type_ref or built_in_type(type_ref) is not None or self._find(type_ref) is not None
        )

    def declared(self, name: str) -> DeclaredType | None:
        """Return a type of the file by its name."""
        return None if self._find(name) is None else DeclaredType(self, name)

    def allowed_text(self, type_ref: str) -> str:
        """Return the declared allowed values of a type, empty if it has none."""
        found = self._find(type_ref)
        return found[1].allowed_text if found else ""

    def shape(self, type_ref: str) -> Shape:
        """Return what values of a type look like, for somebody who has to enter one."""
        return self._shape(type_ref, ())

    def _shape(self, type_ref: str, seen: tuple[str, ...]) -> Shape:
        built_in = built_in_type(type_ref)
        found = self._find(type_ref) if built_in is None and type_ref not in seen else None
        if found is None:
            return Shape(built_in or TypeName.ANY)
        return found[0]._shaped(found[1], (*seen, type_ref))  # noqa: SLF001 - a sibling

    def _shaped(self, definition: ItemDefinition, seen: tuple[str, ...]) -> Shape:
        shape = self._shape(definition.base, seen)
        if definition.components:
            parts = tuple((part.name, self._shaped(part, seen)) for part in definition.components)
            shape = Shape(TypeName.CONTEXT, parts)
        if definition.parameters is not None:
            shape = Shape(TypeName.FUNCTION)
        if definition.is_collection and shape.is_collection:
            return Shape(TypeName.LIST)
        return replace(
            shape,
            is_collection=shape.is_collection or definition.is_collection,
            allowed=definition.allowed_text or shape.allowed,
        )

    @property
    def part_names(self) -> frozenset[str]:
        """The names of all components: what filters take from the items of a list."""
        names = frozenset[str]().union(*(types.part_names for types in self._imported.values()))
        pending = list(self._definitions.values())
        while pending:
            parts = pending.pop().components
            names |= {part.name for part in parts}
            pending += parts
        return names

    def conform(self, type_ref: str, value: FeelValue) -> tuple[bool, FeelValue]:
        """Return whether a value fits a type, and the value converted to it."""
        if not type_ref or value is None:
            return True, value
        return convert(_Assignable(self, type_ref), value)

    def fits(self, type_ref: str, value: FeelValue) -> bool:
        """Return whether a value is of a type as it is; null is of every type."""
        name = built_in_type(type_ref)
        if name is TypeName.ANY or value is None:
            return True
        if name is not None:
            return FeelType(name).accepts(value)
        found = self._find(type_ref)
        return found is not None and found[0]._matches(found[1], value)  # noqa: SLF001 - a sibling

    def has_shape(self, type_ref: str, value: FeelValue) -> bool:
        """Return whether a value is of a type for `instance of`.

        Allowed values do not count there, and a context needs all components.
        """
        name = built_in_type(type_ref)
        if name is not None:
            return FeelType(name).holds(value)
        found = self._find(type_ref)
        return found is not None and found[0]._is_shaped(found[1], value)  # noqa: SLF001

    def _is_shaped(self, definition: ItemDefinition, value: FeelValue) -> bool:
        if not definition.is_collection:
            return self._is_shaped_single(definition, value)
        return isinstance(value, list) and all(
            item is None or self._is_shaped_single(definition, item) for item in value
        )

    def _is_shaped_single(self, definition: ItemDefinition, value: FeelValue) -> bool:
        if definition.parameters is not None:
            return (
                isinstance(value, FeelFunction) and len(value.parameters) == definition.parameters
            )
        if definition.base and not self.has_shape(definition.base, value):
            return False
        return not definition.components or (
            isinstance(value, dict)
            and all(
                part.name in value
                and (value[part.name] is None or self._is_shaped(part, value[part.name]))
                for part in definition.components
            )
        )

    def _find(self, type_ref: str) -> tuple[ItemTypes, ItemDefinition] | None:
        """Return a declared type with the file it is from."""
        own = self._definitions.get(type_ref)
        if own is not None:
            return self, own
        for prefix, types in self._imported.items():
            inner = type_ref.removeprefix(f"{prefix}.") if prefix else type_ref
            if (inner != type_ref or not prefix) and (found := types._find(inner)) is not None:  # noqa: SLF001
                return found
        return None

    def _matches(self, definition: ItemDefinition, value: FeelValue) -> bool:
        if value is None:
            return True
        if definition.is_collection:
            fits = isinstance(value, list) and all(
                self._matches_single(definition, item) for item in value
            )
        else:
            fits = self._matches_single(definition, value)
        return fits and (definition.constraint is None or definition.constraint.matches(value))

    def _matches_single(self, definition: ItemDefinition, value: FeelValue) -> bool:
        if definition.parameters is not None:
            return (
                isinstance(value, FeelFunction) and len(value.parameters) == definition.parameters
            )
        if definition.base and not self.fits(definition.base, value):
            return False
        if definition.components:
            if not isinstance(value, dict):
                return False
            for component in definition.components:
                if not self._matches(component, value.get(component.name)):
                    return False
        return definition.allowed is None or definition.allowed.matches(value)
