"""Views of registers: the list, one of them, and everything an entry has said."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from services.data_stores import queries
from web.context import acting, application

data_stores = Blueprint("data_stores", __name__)


@data_stores.get("/data-stores")
def index() -> ResponseReturnValue:
    """List the registers of which the reader may see something."""
    rows = queries.list_registers(application(), acting())
    return render_template("data_stores/index.html", rows=rows)


@data_stores.get("/data-stores/<register>")
def show(register: str) -> ResponseReturnValue:
    """Show what a register says now."""
    page = queries.register_page(application(), acting(), register)
    return render_template("data_stores/register.html", page=page, is_history=False)


@data_stores.get("/data-stores/entries/<int:entry_id>")
def entry(entry_id: int) -> ResponseReturnValue:
    """Show everything an entry has said."""
    page = queries.entry_history(application(), acting(), entry_id)
    return render_template("data_stores/register.html", page=page, is_history=True)
