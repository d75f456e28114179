"""A person with a very plain browser: pages over HTTP, one cookie jar, the tokens of the forms."""

from __future__ import annotations

import http.client
import re
from dataclasses import dataclass
from http.cookies import SimpleCookie
from urllib.parse import urlencode

_HIDDEN = re.compile(r'<input type="hidden" name="(?P<name>[\w-]+)" value="(?P<value>[^"]*)">')
_TIMEOUT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `location` is the target of a redirect, which is not followed."""

    status: int
    location: str
    text: str

    def hidden(self, form_id: str) -> dict[str, str]:
        """Return the hidden fields of a form of the page by name, empty if it has no such form."""
        _, found, rest = self.text.partition(f'<form id="{form_id}"')
        form = rest.partition("</form>")[0] if found else ""
        return {m["name"]: m["value"] for m in _HIDDEN.finditer(form)}


class Client:
    """Keeps cookies between requests; any broken connection surfaces as `OSError`."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._cookies: SimpleCookie = SimpleCookie()

    def log_in(self, login: str, password: str) -> None:
        """Log in through the login page; raises `AssertionError` when it is refused."""
        page = self.get("/login")
        token = next(m["value"] for m in _HIDDEN.finditer(page.text) if m["name"] == "csrf_token")
        answer = self.post(
            "/login", {"csrf_token": token, "login": login, "password": password, "next": "/inbox"}
        )
        if answer.status != http.client.SEE_OTHER:
            raise AssertionError(f"login of {login} refused: {answer.status}")

    def get(self, path: str) -> Answer:
        """Ask for a page."""
        return self._send("GET", path, None)

    def post(self, path: str, fields: dict[str, str]) -> Answer:
        """Send a form."""
        return self._send("POST", path, urlencode(fields))

    def _send(self, method: str, path: str, body: str | None) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_TIMEOUT_SECONDS)
        headers = {"Cookie": "; ".join(f"{k}={m.value}" for k, m in self._cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        except http.client.HTTPException as error:
            raise ConnectionError(str(error)) from error
        finally:
            connection.close()
        for header in answer.headers.get_all("Set-Cookie") or ():
            self._cookies.load(header)
        return Answer(answer.status, answer.getheader("Location") or "", text)
