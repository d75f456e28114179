"""From a form-js document to a `Form`, or to the list of everything that is wrong with it.

Source: form-js JSON, schemaVersion 19, the subset of docs/reference/forms.md.  What is not in the
subset is refused by name instead of being ignored.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from engine.feel import Expression, FeelLimitExceeded, FeelSyntaxError, compile_expression
from engine.findings import Findings
from engine.forms.form import Form
from engine.forms.model import (
    CHOICE_TYPES,
    LAYOUT_TYPES,
    MULTIPLE_CHOICE_TYPES,
    Component,
    ComponentType,
    Option,
    Validation,
)
from engine.forms.problems import PROBLEMS

VALUES_KEYS = frozenset(
    {
        "branch_members",
        "branch_full_members",
        "branch_voters",
        "branch_nonmembers",
        "branches",
        "approver_members",
    }
)
"""Sources of choices the services can fill in."""

_MAX_BYTES = 512 * 1024
_MAX_DEPTH = 5
_KEY = re.compile(r"[A-Za-z_]\w{0,63}", re.ASCII)
_SCHEMA_VERSIONS = range(1, 20)
_VALIDATE_KEYS = frozenset({"required", "minLength", "maxLength", "min", "max", "pattern"})
_UNSUPPORTED_PROPERTIES = ("valuesExpression", "expression")


def parse_form(document: bytes, path: str, act_date: str = "") -> Form:
    """Return the form in `document`; `path` ends in `<form id>.form` and is used in findings.

    `act_date` is the key of the field with the date of the act, see `Form.open`.  Raises
    DefinitionError with every finding (`form-…`).
    """
    parser = _Parser(path)
    data = parser.load(document)
    components = tuple(parser.components(data.get("components", []), depth=0))
    if not components and not parser.findings.found:
        parser.report("form-empty", None)
    parser.findings.raise_errors()
    return Form(path.rsplit("/", 1)[-1].removesuffix(".form"), path, components, act_date)


@dataclass
class _Parser:
    """Walks the document once and collects findings."""

    path: str
    findings: Findings = field(default_factory=lambda: Findings(PROBLEMS))
    ids: set[str] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)

    def report(self, code: str, where: str | None, **details: object) -> None:
        """Add one finding."""
        self.findings.add(code, self.path, where, **details)

    def load(self, document: bytes) -> dict[str, object]:
        """Read the JSON; on failure report and return an empty document."""
        if len(document) > _MAX_BYTES:
            self.report("form-too-large", None)
            return {}
        try:
            data = json.loads(document.decode("utf-8"), parse_float=Decimal)
        except (ValueError, RecursionError) as error:
            self.report("form-json", None, error=error)
            return {}
        if not isinstance(data, dict) or data.get("type", "default") != "default":
            self.report("form-type", None)
            return {}
        version = data.get("schemaVersion", _SCHEMA_VERSIONS[-1])
        if not isinstance(version, int) or version not in _SCHEMA_VERSIONS:
            self.report("form-schema-version", None)
        return data

    def components(self, raw: object, depth: int) -> Iterator[Component]:
        """Read a list of components."""
        if not isinstance(raw, list) or depth > _MAX_DEPTH:
            self.report("form-structure", None)
            return
        for item in raw:
            if not isinstance(item, dict):
                self.report("form-structure", None)
                continue
            component = self.component(item, depth)
            if component is not None:
                yield component

    def component(self, raw: dict[str, object], depth: int) -> Component | None:
        """Read one component; None when its type is not supported."""
        where = self.identity(raw)
        try:
            kind = ComponentType(str(raw.get("type")))
        except ValueError:
            self.report("form-component", where, type=raw.get("type"))
            return None
        properties = _mapping(raw.get("properties"))
        conditional = _mapping(raw.get("conditional"))
        label = raw.get("dateLabel") if kind is ComponentType.DATETIME else None
        nested = raw.get("components", []) if kind is ComponentType.GROUP else []
        component = Component(
            id=where,
            type=kind,
            key=None if kind in LAYOUT_TYPES else self.key(raw, where),
            label=str(label or raw.get("label") or "").strip(),
            description=str(raw.get("description") or "").strip(),
            text=str(raw.get("text") or ""),
            validation=self.validation(raw.get("validate"), where),
            options=self.options(raw, where) if kind in CHOICE_TYPES else (),
            values_key=_text(raw.get("valuesKey")) if kind in CHOICE_TYPES else None,
            hide=self.expression(conditional.get("hide"), where),
            prefill=self.expression(properties.get("prefill"), where),
            readonly=raw.get("readonly") is True,
            disabled=raw.get("disabled") is True,
            default=raw.get("defaultValue"),
            multiple=kind in MULTIPLE_CHOICE_TYPES or raw.get("multiple") is True,
            accept=str(raw.get("accept") or ""),
            sensitive=str(properties.get("sensitive", "")).lower() == "true",
            unit=str(properties.get("unit") or ""),
            components=tuple(self.components(nested, depth + 1)),
        )
        self.usage(raw, component)
        return component

    def identity(self, raw: dict[str, object]) -> str:
        """Return the id of a component, reporting a missing or repeated one."""
        where = _text(raw.get("id")) or ""
        if not where or where in self.ids:
            self.report("form-id", where or None)
        self.ids.add(where)
        return where

    def key(self, raw: dict[str, object], where: str) -> str:
        """Return the key of an input, reporting a missing, repeated or unusable one."""
        key = _text(raw.get("key")) or ""
        if not _KEY.fullmatch(key):
            self.report("form-key", where, key=key)
        elif key in self.keys:
            self.report("form-key-duplicate", where, key=key)
        self.keys.add(key)
        return key

    def validation(self, raw: object, where: str) -> Validation:
        """Read the `validate` part."""
        data = _mapping(raw)
        for name in sorted(data.keys() - _VALIDATE_KEYS - {"validationType"}):
            self.report("form-validate", where, name=name)
        pattern = _text(data.get("pattern"))
        try:
            re.compile(pattern or "")
        except re.error as error:
            self.report("form-pattern", where, error=error)
        return Validation(
            required=data.get("required") is True,
            min_length=self.length(data, "minLength", where),
            max_length=self.length(data, "maxLength", where),
            minimum=self.bound(data, "min", where),
            maximum=self.bound(data, "max", where),
            pattern=pattern,
        )

    def bound(self, data: dict[str, object], name: str, where: str) -> Decimal | None:
        """Read a number of the `validate` part."""
        raw = data.get(name)
        if raw is None or raw == "":
            return None
        if isinstance(raw, bool) or not isinstance(raw, int | Decimal):
            self.report("form-validate", where, name=name)
            return None
        return Decimal(raw)

    def length(self, data: dict[str, object], name: str, where: str) -> int | None:
        """Read a length of the `validate` part."""
        value = self.bound(data, name, where)
        return None if value is None else int(value)

    def options(self, raw: dict[str, object], where: str) -> tuple[Option, ...]:
        """Read the fixed choices; exactly one of `values` and `valuesKey` must be there."""
        values, values_key = raw.get("values"), raw.get("valuesKey")
        if values is None and values_key is not None:
            if values_key not in VALUES_KEYS:
                known = "、".join(sorted(VALUES_KEYS))
                self.report("form-values-key", where, name=values_key, known=known)
            return ()
        items = values if isinstance(values, list) else []
        read = tuple(
            Option(str(item["value"]), str(item["label"]))
            for item in items
            if isinstance(item, dict) and _filled(item.get("value")) and _filled(item.get("label"))
        )
        distinct = {option.value for option in read}
        if values_key is not None or not read or not len(distinct) == len(read) == len(items):
            self.report("form-options", where)
        return read

    def expression(self, raw: object, where: str) -> Expression | None:
        """Compile a FEEL property, with or without the leading `=`."""
        text = (_text(raw) or "").strip().removeprefix("=").strip()
        if not text:
            return None
        try:
            return compile_expression(text)
        except (FeelSyntaxError, FeelLimitExceeded) as error:
            self.report("form-expression", where, text=text, reason=error.message, error=error)
            return None

    def usage(self, raw: dict[str, object], component: Component) -> None:
        """Report what is readable but may not be used."""
        where = component.id
        if component.is_input and not component.label:
            self.report("form-label", where)
        if component.type is ComponentType.DATETIME and raw.get("subtype", "date") != "date":
            self.report("form-datetime", where)
        if component.type is ComponentType.GROUP and raw.get("path"):
            self.report("form-group-path", where)
        if component.type is ComponentType.TEXT and "{{" in component.text:
            self.report("form-text-template", where)
        for name in _UNSUPPORTED_PROPERTIES:
            if raw.get(name):
                self.report("form-property", where, name=name)


def _mapping(raw: object) -> dict[str, object]:
    return raw if isinstance(raw, dict) else {}


def _text(raw: object) -> str | None:
    return raw if isinstance(raw, str) and raw else None


def _filled(raw: object) -> bool:
    return isinstance(raw, str | int | Decimal) and str(raw).strip() != ""
