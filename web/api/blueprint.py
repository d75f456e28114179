"""What all parts of the API have in common: the address, the token, the rate, strict input."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, NoReturn, TypeAlias

import orjson
from flask import Request, current_app, request
from flask_smorest import Blueprint
from marshmallow import Schema, ValidationError
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from services.errors import Invalid
from web.api.bearer import caller, require_bearer
from web.api.fields import first_messages
from web.security import limiter

PREFIX = "/api/v1"
NUL = "\x00"
View = Callable[..., Any]
SchemaLike: TypeAlias = "Schema | type[Schema]"


class StrictParser(FlaskParser):
    """Reads JSON bodies strictly and complains in Chinese, field by field."""

    def load_json(self, req: Request, schema: Schema) -> Any:
        """Return the body; an absent one is an empty object."""
        del schema
        content = req.get_data(cache=True)
        if not content:
            return {}
        if not req.is_json:
            raise UnsupportedMediaType
        try:
            read = orjson.loads(content)
        except ValueError as error:
            raise BadRequest from error
        if "\\u0000" in content.decode() and _has_nul(read):
            raise Invalid("内容中含有不能保存的字符（U+0000）。")
        return read

    def load_querystring(self, req: Request, schema: Schema) -> Any:
        """Return the query; raises `Invalid` for characters no database keeps."""
        if any(NUL in value for values in req.args.listvalues() for value in values):
            raise Invalid("内容中含有不能保存的字符（U+0000）。")
        return super().load_querystring(req, schema)

    def handle_error(
        self,
        error: ValidationError,
        req: Request,
        schema: Schema,
        *,
        error_status_code: int | None,
        error_headers: Any,
    ) -> NoReturn:
        """Raise `Invalid` with the first complaint per field."""
        del req, schema, error_status_code, error_headers
        (messages,) = error.messages_dict.values()  # of the one place that was read
        raise Invalid(errors=first_messages(messages)) from error


class ApiBlueprint(Blueprint):
    """A part of the API; every call needs a token and counts against its rate."""

    ARGUMENTS_PARSER = StrictParser()

    def __init__(self, name: str, title: str, path: str) -> None:
        super().__init__(f"api_{name}", __name__, url_prefix=PREFIX + path, description=title)
        self.title = title
        self.before_request(_check_address)
        self.before_request(require_bearer)
        limiter.shared_limit(_rate, scope="api", key_func=caller)(self)

    def operation(
        self,
        rule: str,
        name: str,
        summary: str,
        *,
        method: str = "GET",
        query: SchemaLike | None = None,
        body: SchemaLike | None = None,
        files: SchemaLike | None = None,
        headers: Sequence[Mapping[str, Any]] = (),
        status: int = HTTPStatus.OK,
        gives: SchemaLike | Mapping[str, Any] | None = None,
        media: str = "application/json",
    ) -> Callable[[View], View]:
        """Decorate a view: its address, its stable `operationId` and what it does, in Chinese.

        `query`, `body` and `files` are read and handed to the view in this order, before the parts
        of the address; `gives` writes what the view returns.
        """

        def decorate(view: View) -> View:
            view = self.response(status, gives, content_type=media)(view)
            for schema, location in ((files, "files"), (body, "json"), (query, "query")):
                if schema is not None:
                    view = self.arguments(schema, location=location)(view)
            view = self.doc(operationId=name, summary=summary, parameters=list(headers))(view)
            self.add_url_rule(rule, name, view, methods=[method], tags=[self.title])
            return view

        return decorate


def _rate() -> str:
    return f"{current_app.config['API_PER_MINUTE']} per minute"


def _check_address() -> None:
    if NUL in request.path:
        raise BadRequest


def _has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return NUL in value
    if isinstance(value, dict):
        return any(NUL in key or _has_nul(item) for key, item in value.items())
    return isinstance(value, list) and any(map(_has_nul, value))
