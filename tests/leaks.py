"""Looks for secrets where none may be: in logs, errors, files, databases and on the screen.

A journey runs inside `watching`, with its clients tapped: whatever secret goes over the wire in
either direction is then known by its text, and is looked for at the end. Secrets that do not
travel (a password that a test makes up) are told by `know`.
"""

import io
import json
import logging
import traceback
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import httpx
import pytest
import requests

from work365.identity.redaction import QUIET_LOGGERS, install_redaction

SECRET_NAMES = frozenset(
    {
        "access_token",
        "client_assertion",
        "client_secret",
        "code",
        "code_verifier",
        "id_token",
        "nonce",
        "password",
        "refresh_token",
        "sasToken",
        "sig",
        "state",
        "value",
    }
)
"""Names in forms, in JSON and in addresses; `value` is a vault's."""

SECRET_HEADERS = ("Authorization", "X-IDENTITY-HEADER", "Cookie", "Set-Cookie")

SECRET_LENGTH_MIN = 10
"""What is shorter is a word."""

SNIPPET = 40


class Watch:
    """What is known to be secret, and where it might have gone."""

    def __init__(self, folder: Path, written: pytest.CaptureFixture[str]) -> None:
        self._folder = folder
        self._written = written
        self._known: dict[str, set[str]] = {}
        self._errors: list[str] = []
        self.log = io.StringIO()

    def know(self, name: str, text: str) -> None:
        """Look for `text`, which is secret, and for the parts of a token by themselves."""
        self._known.setdefault(text, set()).add(name)
        parts = text.split(".")
        for part in parts[1:] if len(parts) > 1 else ():
            if len(part) > SNIPPET:
                self._known.setdefault(part, set()).add(f"part of {name}")

    def saw(self, error: BaseException) -> None:
        """Look into what would be printed of `error`."""
        self._errors.append("".join(traceback.format_exception(error)) + repr(error))

    @property
    def kinds(self) -> set[str]:
        """What kinds of secrets there were to look for."""
        return set().union(*self._known.values())

    def tap(self, client: httpx.Client) -> None:
        """Learn every secret that goes over `client`."""
        client.event_hooks["request"].append(self._asked)
        client.event_hooks["response"].append(self._answered)

    def tap_requests(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Learn every secret that goes over the library requests, as Azure's libraries do."""
        send = requests.Session.send

        def tapped(session: requests.Session, request: Any, **kwargs: Any) -> requests.Response:
            self._headers(request.headers)
            self._text(str(request.url), request.body)
            answer = send(session, request, **kwargs)
            self._text(str(request.url), answer.content)
            return answer

        monkeypatch.setattr(requests.Session, "send", tapped)

    def leaks(self) -> list[str]:
        """Return which secret is where; the secrets themselves are not told."""
        return [
            f"{' and '.join(sorted(names))} in {place}"
            for place, text in self._places()
            for secret, names in self._known.items()
            if any(form in text for form in _forms(secret))
        ]

    def _places(self) -> Iterator[tuple[str, bytes]]:
        yield "the log", self.log.getvalue().encode()
        for number, error in enumerate(self._errors):
            yield f"error {number}", error.encode()
        out, err = self._written.readouterr()
        yield "the output", out.encode()
        yield "the error output", err.encode()
        for path in sorted(self._folder.rglob("*")):
            if path.is_file():
                # A database as it lies on the disk: its rows, its log, and what was deleted.
                yield f"file {path.name}", path.read_bytes()

    def _asked(self, request: httpx.Request) -> None:
        self._headers(request.headers)
        self._text(str(request.url), request.content)

    def _answered(self, response: httpx.Response) -> None:
        response.read()
        self._headers(response.headers)
        self._text(response.headers.get("Location", ""), response.content)

    def _headers(self, headers: Any) -> None:
        for name in SECRET_HEADERS:
            if headers.get(name):
                value = str(headers[name]).partition(";")[0]
                self._learn(name, value.split(" ")[-1].rpartition("=")[2] or value)

    def _text(self, url: str, body: bytes | str | None) -> None:
        text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body or ""
        for name, value in [*parse_qsl(urlsplit(url).query), *parse_qsl(text)]:
            self._learn(name, value)
        try:
            self._json(json.loads(text))
        except ValueError:
            return

    def _json(self, value: Any) -> None:
        if isinstance(value, dict):
            for name, each in value.items():
                self._learn(name, each)
                self._json(each)
        if isinstance(value, list):
            for each in value:
                self._json(each)

    def _learn(self, name: str, value: Any) -> None:
        is_secret = name in SECRET_NAMES or name in SECRET_HEADERS
        if is_secret and isinstance(value, str) and len(value) >= SECRET_LENGTH_MIN:
            self.know(name, value)


@contextmanager
def watching(folder: Path, written: pytest.CaptureFixture[str]) -> Iterator[Watch]:
    """Run a journey with every logger at DEBUG, as the service sets its logging up."""
    root, factory = logging.getLogger(), logging.getLogRecordFactory()
    levels = {name: logging.getLogger(name).level for name in ("", *QUIET_LOGGERS)}
    watch = Watch(folder, written)
    handler = logging.StreamHandler(watch.log)
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    install_redaction()
    try:
        yield watch
    finally:
        root.removeHandler(handler)
        logging.setLogRecordFactory(factory)
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


def _forms(secret: str) -> set[bytes]:
    """The ways in which a secret could be written down."""
    return {
        secret.encode(),
        quote(secret, safe="").encode(),
        b64encode(secret.encode()).rstrip(b"="),
        json.dumps(secret)[1:-1].encode(),
        secret.encode("utf-16-le"),
    }
