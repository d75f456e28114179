"""Makes the Flask app out of the application."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask import Flask, g, request, url_for

from services.bootstrap import Application, secret_key
from services.cases.designate import arranges
from services.cases.incidents.queries import may_resolve_somewhere
from services.circulation.queries import unread_count
from services.notifications.queries import unread
from web import context, errors, formatting, security
from web.access import MENUS
from web.admin.audit import audit
from web.admin.consent import consent
from web.admin.founding import founding
from web.admin.retention import retention
from web.admin.security import security as security_area
from web.admin.system import system
from web.api import registration as api
from web.api_tokens.routes import api_tokens
from web.attachments.routes import attachments
from web.auth.account import account
from web.auth.routes import LARGE_TEXT, auth
from web.auth.sign_on import connect, sign_on
from web.cases.routes import cases
from web.circulation.routes import circulation
from web.converters import RowNumber
from web.data_stores.routes import data_stores
from web.delegation.routes import delegation
from web.demo.routes import demo
from web.designation.routes import designation
from web.disclosure.routes import disclosure
from web.handover.routes import handover
from web.health.routes import health
from web.inbox.routes import inbox
from web.incidents.routes import incidents
from web.interventions.routes import interventions
from web.manifest import load_manifest
from web.notices.routes import notices
from web.operations.routes import operations
from web.organizations.routes import organizations
from web.own_data.routes import own
from web.people.routes import people
from web.procedures.routes import procedures
from web.process_migration.routes import process_migration
from web.recusal.routes import recusal
from web.roster.routes import roster
from web.start.routes import start
from web.tasks.routes import tasks

BLUEPRINTS = (
    api_tokens,
    account,
    attachments,
    audit,
    auth,
    cases,
    circulation,
    consent,
    data_stores,
    delegation,
    demo,
    designation,
    disclosure,
    founding,
    handover,
    health,
    inbox,
    incidents,
    interventions,
    notices,
    operations,
    organizations,
    own,
    people,
    procedures,
    process_migration,
    retention,
    recusal,
    security_area,
    sign_on,
    roster,
    start,
    system,
    tasks,
)
_MEGABYTE = 1024 * 1024
_FORM_MEGABYTES = 2
_YEAR = timedelta(days=365)


def create_app(application: Application) -> Flask:
    """Return the WSGI app; raises AssetsMissing when the assets have not been built."""
    settings = application.settings
    app = Flask("web")
    app.config.update(
        SECRET_KEY=secret_key(settings),
        SESSION_COOKIE_NAME="dangwu",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies == "1",
        # A form may carry a few files; each file has its own limit in the service.
        MAX_CONTENT_LENGTH=(int(settings.max_upload_mb) * 5 + _FORM_MEGABYTES) * _MEGABYTE,
        MAX_FORM_MEMORY_SIZE=_FORM_MEGABYTES * _MEGABYTE,
        # The token lives as long as the session: a long form must not die of its own age.
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
        SEND_FILE_MAX_AGE_DEFAULT=_YEAR,
        API_PER_MINUTE=settings.api_per_minute,
    )
    app.extensions[context.EXTENSION] = application
    app.url_map.converters["int"] = RowNumber
    app.jinja_options = {"autoescape": True}
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals["asset"] = _asset_function()
    formatting.register(app)
    security.secure(app)
    connect(app, settings)
    errors.register(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    api.register(app)
    app.context_processor(_surroundings)
    return app


def _asset_function() -> Callable[[str], str]:
    manifest = load_manifest()

    def asset(name: str) -> str:
        return url_for("static", filename=manifest[name])

    return asset


def _surroundings() -> dict[str, object]:
    """Return what every page shows around its content."""
    product = context.application()
    actor = g.get("actor")
    administrator = g.get("administrator")
    return {
        "actor": actor,
        "administrator": administrator,
        "administrator_menu": MENUS[administrator.role] if administrator else (),
        "is_demo": product.settings.is_demo,
        "now": product.clock.now,
        "unread_count": (lambda: unread(product, actor)) if actor else (lambda: 0),
        "resolves_incidents": (
            (lambda: may_resolve_somewhere(product, actor)) if actor else (lambda: False)
        ),
        "arranges": (lambda: arranges(actor)) if actor else (lambda: False),
        "to_read_count": (lambda: unread_count(product, actor)) if actor else (lambda: 0),
        "large_text": bool(request.cookies.get(LARGE_TEXT)),
        "here": request.full_path.rstrip("?"),
    }
