"""Putting the API into the Flask app, with its specification."""

from __future__ import annotations

import http
from typing import Any

from flask import Flask
from flask_smorest import Api
from flask_smorest.utils import prepare_response

from web.api.attachments import attachments
from web.api.directory import me, organizations, people
from web.api.docs import EXTENSION, docs
from web.api.handovers import handovers
from web.api.incidents import incidents
from web.api.instances import instances
from web.api.messages import messages
from web.api.notices import circulations, notices
from web.api.problem import MEDIA_TYPE, Problem
from web.api.procedures import migrations, procedures
from web.api.tasks import tasks
from web.security import TOKEN_BLUEPRINTS, csrf

BLUEPRINTS = (
    me,
    procedures,
    instances,
    tasks,
    messages,
    incidents,
    attachments,
    notices,
    circulations,
    organizations,
    handovers,
    people,
    migrations,
)


class DocumentedApi(Api):
    """Describes errors as problem details, and leaves handling them to `web.errors`."""

    def _register_error_handlers(self) -> None:
        pass

    def _register_responses(self) -> None:
        for status in http.HTTPStatus:
            self._document(status.name, status.phrase)
        self._document(self.DEFAULT_ERROR_RESPONSE_NAME, "问题说明（RFC 9457）")

    def _document(self, name: str, description: str) -> None:
        response: dict[str, Any] = {"description": description, "schema": Problem}
        prepare_response(response, self.spec, MEDIA_TYPE)
        self.spec.components.response(name, response, lazy=True)


def register(app: Flask) -> None:
    """Add the API and its documentation page to `app`."""
    app.config.update(
        API_TITLE="律师行业党务办理 接口",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
    )
    api = DocumentedApi(app)
    bearer = {"type": "http", "scheme": "bearer", "description": "在“接口令牌”页面办理"}
    api.spec.components.security_scheme("token", bearer)
    api.spec.options["security"] = [{"token": []}]
    api.spec.options["info"] = {"description": "与页面同一套用例；说明见接口参考。"}
    for blueprint in BLUEPRINTS:
        csrf.exempt(blueprint)
        TOKEN_BLUEPRINTS.add(blueprint.name)
        api.register_blueprint(blueprint)
    app.extensions[EXTENSION] = api.spec
    app.register_blueprint(docs)
