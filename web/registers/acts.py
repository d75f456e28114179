"""One page for every act on a register: its fields, its consequences in words, and doing it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from engine.errors import DangwuError
from services.organizations.joint import warnings_of
from web.context import application
from web.errors import status_of
from web.refusals import refusal_of
from web.registers.fields import Field, is_search


@dataclass(frozen=True, slots=True)
class ActPage:
    """An act on one record.

    `note` says what follows from it; `done` is read after it; `back` is the page it came from;
    `run` does it with what was typed and returns the address to show.
    """

    title: str
    about: str
    note: str
    done: str
    back: str
    fields: Sequence[Field]
    run: Callable[[], str]
    is_danger: bool = False


def tell_what_is_unusual(organization_id: int) -> None:
    """Show beside the answer what is unusual about a joint branch; nothing is refused for it."""
    for words in warnings_of(application(), organization_id):
        flash(words, "warning")


def answer(page: ActPage) -> ResponseReturnValue:
    """Show the form, search in it, or carry the act out."""
    if request.method == "GET" or is_search():
        return render_template("registers/act.html", page=page, refused=None)
    try:
        address = page.run()
    except DangwuError as error:
        shown = render_template("registers/act.html", page=page, refused=refusal_of(error))
        return shown, status_of(error)
    flash(page.done, "success")
    return redirect(address, code=303)
