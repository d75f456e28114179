"""Views of the audit administrator: the books, with filters and export; no case."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from io import BytesIO
from typing import TypeVar

from flask import Blueprint, render_template, request, send_file
from flask.typing import ResponseReturnValue

from services.audit.anchors import list_anchors
from services.audit.models import AuditKind, Book
from services.audit.names import AUDIT_NAMES, BOOK_NAMES
from services.audit.queries import Filter, export_entries, list_entries
from services.audit.tables import as_csv, as_xlsx
from services.identity import administration
from web.context import administrating, application
from web.pages import page_number

audit = Blueprint("audit", __name__, url_prefix="/admin/audit")

ChoiceT = TypeVar("ChoiceT", bound=StrEnum)

WATCHED = (
    (AuditKind.LOGIN_REFUSED, "登录未成功"),
    (AuditKind.LOGIN_LOCKED, "锁定登录"),
    (AuditKind.REQUEST_CONFIRMED, "已确认的申请"),
    (AuditKind.SENSITIVE_READ, "查阅敏感信息"),
    (AuditKind.EXPORTED, "导出"),
)
"""What the home page counts and leads to."""
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@audit.get("")
def home() -> ResponseReturnValue:
    """Show what to look at, and the newest entries."""
    app, me = application(), administrating()
    return render_template(
        "admin/audit_home.html",
        to_decide=administration.count_to_decide(app, me),
        watched=[
            (kind.value, words, list_entries(app, me, Filter(kind=kind)).total)
            for kind, words in WATCHED
        ],
        books=[(book.value, words) for book, words in BOOK_NAMES.items()],
        newest=list_entries(app, me, Filter()).items[:10],
    )


@audit.get("/books")
def books() -> ResponseReturnValue:
    """Show entries by book, kind, day and words."""
    wanted = _filter()
    return render_template(
        "admin/books.html",
        entries=list_entries(application(), administrating(), wanted, page_number()),
        wanted=wanted,
        book_names=BOOK_NAMES,
        kind_names=AUDIT_NAMES,
        chosen={k: v for k, v in request.args.items() if k != "page" and v},
    )


@audit.post("/books/export")
def export() -> ResponseReturnValue:
    """Hand the entries out as an Excel or CSV file; the export itself is recorded."""
    entries = export_entries(application(), administrating(), _filter())
    is_csv = request.form.get("format") == "csv"
    day = application().clock.now().strftime("%Y%m%d")
    return send_file(
        BytesIO(as_csv(entries) if is_csv else as_xlsx(entries)),
        mimetype="text/csv" if is_csv else _XLSX,
        as_attachment=True,
        download_name=f"审计记录-{day}.{'csv' if is_csv else 'xlsx'}",
    )


@audit.get("/anchors")
def anchors() -> ResponseReturnValue:
    """Show the day anchors, the newest first."""
    return render_template(
        "admin/anchors.html", anchors=list_anchors(application(), administrating())
    )


@audit.get("/anchors/file")
def anchors_file() -> ResponseReturnValue:
    """Hand the anchors out as the file `dangwu verify --anchors` takes."""
    lines = reversed(list_anchors(application(), administrating()))
    day = application().clock.now().strftime("%Y%m%d")
    return send_file(
        BytesIO("".join(f"{line}\n" for line in lines).encode()),
        mimetype="text/plain",
        as_attachment=True,
        download_name=f"每日存证-{day}.txt",
    )


def _filter() -> Filter:
    return Filter(
        book=_choice(Book, "book"),
        kind=_choice(AuditKind, "kind"),
        since=_day("since"),
        until=_day("until"),
        words=request.values.get("q", ""),
    )


def _choice(enum: type[ChoiceT], name: str) -> ChoiceT | None:
    try:
        return enum(request.values.get(name, ""))
    except ValueError:
        return None


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(request.values.get(name, ""))
    except ValueError:
        return None
