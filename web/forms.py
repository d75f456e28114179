"""Between a `Form` and a browser: what a page shows of it, and what a browser sent of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from engine.forms import Component, Form, Option
from engine.forms.form import display
from engine.functions import feel_functions
from engine.model import Value
from services.calendars import load_calendar
from services.cases.views import AttachmentView
from web.formatting import size

SEARCHABLE_FROM = 8
"""From this many choices on, a list gets a search box."""

UPLOAD_PREFIX = "upload:"
"""Name prefix of the plain file inputs, used when the browser runs no script."""


@dataclass(frozen=True, slots=True)
class FormPage:
    """One form on one page.

    `values` are process values or what was typed; `visible` holds the ids of the components to
    show; `errors` maps keys to Chinese messages; `files` maps attachment ids to what is known of
    them.  `preview_url` re-renders the form for other values, `upload_url` stores one file.
    """

    form: Form
    values: Mapping[str, object]
    options: Mapping[str, tuple[Option, ...]]
    visible: frozenset[str]
    preview_url: str
    upload_url: str
    errors: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, AttachmentView] = field(default_factory=dict)

    @property
    def is_conditional(self) -> bool:
        """Whether what is shown depends on what is filled in."""
        return any(c.hide is not None for c in _walk(self.form.components))

    @property
    def error_list(self) -> list[tuple[str, str]]:
        """(id of the input, message) of every error of a shown field, in the order of the form."""
        return [
            (self.input_id(component), self.errors[key])
            for key, component in self.form.inputs.items()
            if key in self.errors and component.id in self.visible
        ]

    def input_id(self, component: Component) -> str:
        """Return the stable HTML id of the input (of the first one of a list of choices)."""
        return f"field-{component.key}"

    def error(self, component: Component) -> str:
        """Return what is wrong with the field, or nothing."""
        return self.errors.get(component.key or "", "")

    def text(self, component: Component) -> str:
        """Return the value as the `value` of an HTML input."""
        value = self._single(component)
        if value is None or isinstance(value, bool):
            return ""
        if isinstance(value, datetime):
            return value.date().isoformat()
        return value.isoformat() if isinstance(value, date) else str(value)

    def chosen(self, component: Component) -> frozenset[str]:
        """Return the chosen values of a field with several."""
        return frozenset(self._several(component))

    def is_ticked(self, component: Component) -> bool:
        """Return whether a checkbox is ticked."""
        value = self._single(component)
        return value if isinstance(value, bool) else bool(value)

    def choices(self, component: Component) -> tuple[Option, ...]:
        """Return the choices of a field."""
        return tuple(component.choices(self.options))

    def is_searchable(self, component: Component) -> bool:
        """Return whether the list of choices is long enough for a search box."""
        return len(self.choices(component)) >= SEARCHABLE_FROM

    def shown(self, component: Component) -> str:
        """Return the value of a readonly field in words."""
        value = self.values.get(component.key or "")
        if value is None or value in ("", []):
            return "（无）"
        return display(component, value, self.options)  # type: ignore[arg-type]  # readonly: as stored

    def stored(self, component: Component) -> list[tuple[str, str, str]]:
        """Return (id, name, size in words) of the files a filepicker carries."""
        return [
            (item, self.files[item].file_name, size(self.files[item].size))
            if item in self.files
            else (item, f"附件（编号{item}）", "")
            for item in self._several(component)
        ]

    def _single(self, component: Component) -> object:
        value = self.values.get(component.key or "")
        if isinstance(value, list | tuple):
            return value[0] if value else None
        return value

    def _several(self, component: Component) -> list[str]:
        value = self.values.get(component.key or "")
        items = value if isinstance(value, list | tuple) else [value]
        return [str(item) for item in items if item not in {None, ""}]


def shown(
    form: Form, values: Mapping[str, object], known: Mapping[str, Value], now: datetime
) -> frozenset[str]:
    """Return the ids of the components to show for `values`; `known` are the other facts."""
    return frozenset(form.visible(values, known, feel_functions(load_calendar(), now)))


def _walk(components: tuple[Component, ...]) -> Iterator[Component]:
    for component in components:
        yield component
        yield from _walk(component.components)
