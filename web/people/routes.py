"""Views of people: the register, one person, and the acts on their record."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue

from services.cases.queries import running
from services.errors import NotFound
from services.identity.permissions import Permission, allowed
from services.organizations.listing import tree_around
from services.people import listing, queries
from services.people.listing import PersonFilter
from services.people.models import PersonKind, PoliticalStatus
from services.people.names import PERSON_KIND_NAMES, STATUS_NAMES
from services.people.posts import PostFilter
from services.roster.access import may_import
from services.roster.export import export_people, export_posts
from web.context import acting, application
from web.downloads import send_written
from web.pages import page_number, row_number
from web.people.acts import ACTS, END_POST, build, build_end_post
from web.registers.acts import answer
from web.registers.fields import MemberT

people = Blueprint("people", __name__, url_prefix="/people")

COLUMNS = {
    "sex": "性别",
    "kind": "人员类别",
    "status": "政治面貌",
    "since": "起始日期",
    "body": "所在组织",
    "posts": "现任职务",
}
"""Columns beside the name that may be shown or not."""

SHOWN = ("kind", "status", "body", "posts")
COLUMN_COOKIE = "people_columns"
_YEAR_SECONDS = 365 * 24 * 3600


@people.get("")
def index() -> ResponseReturnValue:
    """Show the register: the tree, and the people in and below what is selected in it."""
    app, actor = application(), acting()
    chosen = _chosen()
    page = page_number()
    columns = _columns()
    response = make_response(
        render_template(
            "people/index.html",
            roots=tree_around(app, chosen.selected_id),
            listed=listing.people(app, actor, chosen, page),
            chosen=chosen,
            all_columns=COLUMNS,
            columns=columns,
            statuses=STATUS_NAMES,
            kinds=PERSON_KIND_NAMES,
            may_import=may_import(actor),
        )
    )
    if "columns" in request.args:
        response.set_cookie(
            COLUMN_COOKIE, ".".join(columns), max_age=_YEAR_SECONDS, samesite="Lax", httponly=True
        )
    return response


@people.get("/export.xlsx")
def export() -> ResponseReturnValue:
    """Give the people and columns of the register as a workbook, all pages of it."""
    columns = {key: COLUMNS[key] for key in _columns()}
    chosen = _chosen()
    return send_written(partial(export_people, application(), acting(), chosen, columns))


@people.get("/posts.xlsx")
def export_appointments() -> ResponseReturnValue:
    """Give the posts held in and below the selected body as a workbook, or all ever held."""
    chosen = PostFilter(row_number("body"), "ended" in request.args)
    return send_written(partial(export_posts, application(), acting(), chosen))


@people.get("/<int:person_id>")
def show(person_id: int) -> ResponseReturnValue:
    """Show one person."""
    app, actor = application(), acting()
    view = queries.person_page(app, actor, person_id)
    can = allowed(app, actor, view.organization_id)
    endable = {
        post.id
        for post in view.appointments
        if post.is_held
        and post.ends_on is None
        and person_id != actor.person_id
        and Permission.APPOINT in allowed(app, actor, post.organization_id).here
    }
    return render_template(
        "people/person.html",
        view=view,
        acts=[
            act
            for act in ACTS.values()
            if person_id != actor.person_id and act.is_offered(can, has_left=bool(view.left_on))
        ],
        endable=endable,
        hand_over_in=_hand_over_in(view),
        cases=running(app, actor, subject_id=person_id),
    )


@people.route("/<int:person_id>/<act>", methods=["GET", "POST"])
def change(person_id: int, act: str) -> ResponseReturnValue:
    """Ask for what an act needs, and carry it out."""
    if act not in ACTS:
        raise NotFound
    view = queries.person_page(application(), acting(), person_id)
    return answer(build(ACTS[act], view))


@people.route(f"/<int:person_id>/{END_POST}/<int:appointment_id>", methods=["GET", "POST"])
def end_post(person_id: int, appointment_id: int) -> ResponseReturnValue:
    """Ask for the document that ends a post, and record it."""
    view = queries.person_page(application(), acting(), person_id)
    post = next((post for post in view.appointments if post.id == appointment_id), None)
    if post is None:
        raise NotFound
    return answer(build_end_post(view, post))


def _hand_over_in(view: queries.PersonView) -> dict[int, str]:
    """Return the bodies, by id, in which the actor may hand over what the person has."""
    app, actor = application(), acting()
    if view.id == actor.person_id:
        return {}
    bodies = {view.organization_id: view.organization_name} | {
        post.organization_id: post.organization_name for post in view.appointments if post.is_held
    }
    return {
        body: name
        for body, name in bodies.items()
        if Permission.HAND_OVER in allowed(app, actor, body).here
    }


def _chosen() -> PersonFilter:
    """Return what narrows the register, as the address says."""
    return PersonFilter(
        text=request.args.get("q", "").strip(),
        selected_id=row_number("body"),
        status=_member(PoliticalStatus, "status"),
        kind=_member(PersonKind, "kind"),
        with_left="left" in request.args,
    )


def _columns() -> tuple[str, ...]:
    """Return the columns to show: as just ticked, as remembered, or the usual ones."""
    if "columns" in request.args:
        ticked = request.args.getlist("column")
        return tuple(column for column in COLUMNS if column in ticked)
    remembered = request.cookies.get(COLUMN_COOKIE)
    if remembered is None:
        return SHOWN
    return tuple(column for column in COLUMNS if column in remembered.split("."))


def _member(enum: type[MemberT], name: str) -> MemberT | None:
    value = request.args.get(name, "")
    return enum(value) if value in set(enum) else None
