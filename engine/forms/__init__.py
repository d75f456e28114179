"""Forms: form-js documents as the only source of what a person fills in.

`parse_form` reads the document once; the `Form` then answers for pages, the JSON API, validation
and print.  Pure: choices that depend on people or organisations come in as `options`.
"""

from engine.forms.form import Form
from engine.forms.model import (
    Component,
    ComponentType,
    FormInvalid,
    Option,
    Options,
    Submission,
    ValueKind,
)
from engine.forms.parser import VALUES_KEYS, parse_form

__all__ = [
    "VALUES_KEYS",
    "Component",
    "ComponentType",
    "Form",
    "FormInvalid",
    "Option",
    "Options",
    "Submission",
    "ValueKind",
    "parse_form",
]
