"""Dates in the plain forms of pages."""

from __future__ import annotations

from datetime import date

from flask import request


def day_in_form(name: str) -> date | None:
    """Return the date a form field holds; None when it is empty or no date."""
    try:
        return date.fromisoformat(request.form.get(name, "").strip())
    except ValueError:
        return None
