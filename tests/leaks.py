"""Looks for secrets where none may be: in logs, errors, files, databases and on the screen.

A journey runs inside `watching`, with its clients tapped: whatever secret goes over the wire in
either direction is then known by its text, and is looked for at the end. Secrets that do not
travel (a password that a test makes up) are told by `know`.
"""

import io
import json
import logging
import sqlite3
import traceback
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager
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
    }
)
"""Names in forms, in JSON and in addresses."""

WORDS = frozenset({"code", "nonce", "state"})
"""What in JSON is no secret: of an error, of a subscription."""

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
        vars(client)["_transport"] = _Tap(vars(client)["_transport"], self)

    def tap_requests(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Learn every secret that goes over the library requests, as Azure's libraries do."""
        send = requests.Session.send

        def tapped(session: requests.Session, request: Any, **kwargs: Any) -> requests.Response:
            self._headers(request.headers)
            self._text(str(request.url), request.body)
            answer = send(session, request, **kwargs)
            self._text(str(request.url), answer.content)
            for content in (request.body, answer.content):
                self._vault_value(content)
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
            if path.suffix == ".sqlite":
                yield from _rows_of(path)

    def asked(self, request: httpx.Request) -> None:
        """Learn what is secret in a request."""
        self._headers(request.headers)
        self._text(str(request.url), request.content)

    def answered(self, headers: httpx.Headers, content: bytes) -> None:
        """Learn what is secret in an answer."""
        self._headers(headers)
        self._text(headers.get("Location", ""), content)

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

    def _vault_value(self, body: Any) -> None:
        try:
            told = json.loads(body or "null")
        except (TypeError, ValueError):
            return
        value = told.get("value") if isinstance(told, dict) else None
        if isinstance(value, str):
            self.know("value", value)

    def _json(self, value: Any) -> None:
        if isinstance(value, dict):
            for name, each in value.items():
                if name not in WORDS:
                    self._learn(name, each)
                self._json(each)
        if isinstance(value, list):
            for each in value:
                self._json(each)

    def _learn(self, name: str, value: Any) -> None:
        is_secret = name in SECRET_NAMES or name in SECRET_HEADERS
        if is_secret and isinstance(value, str) and len(value) >= SECRET_LENGTH_MIN:
            self.know(name, value)


class _Tap(httpx.BaseTransport):
    """Lets requests and answers through as they are: an answer can still be read in pieces."""

    def __init__(self, inner: httpx.BaseTransport, watch: Watch) -> None:
        self._inner = inner
        self._watch = watch

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self._watch.asked(request)
        answer = self._inner.handle_request(request)
        stream = answer.stream
        assert isinstance(stream, httpx.SyncByteStream)
        raw = b"".join(stream)
        answer.close()
        plain = httpx.Response(answer.status_code, headers=answer.headers, content=raw)
        self._watch.answered(plain.headers, plain.content)
        return httpx.Response(
            answer.status_code, headers=answer.headers, stream=httpx.ByteStream(raw)
        )

    def close(self) -> None:
        self._inner.close()


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


def _rows_of(database: Path) -> Iterator[tuple[str, bytes]]:
    """Every table's values in full: in the file, a long one lies in pieces."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as opened:
        # Text as it is kept, readable or not.
        opened.text_factory = bytes
        named = opened.execute("select name from sqlite_master where type = 'table'").fetchall()
        for (name,) in named:
            query = f'select * from "{name.decode()}"'  # noqa: S608  the database's own names
            rows = opened.execute(query).fetchall()
            values = (value for row in rows for value in row if value is not None)
            told = b"\n".join(_bytes_of(value) for value in values)
            yield f"table {name.decode()} of {database.name}", told


def _bytes_of(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def _forms(secret: str) -> set[bytes]:
    """The ways in which a secret could be written down."""
    return {
        secret.encode(),
        quote(secret, safe="").encode(),
        b64encode(secret.encode()).rstrip(b"="),
        json.dumps(secret)[1:-1].encode(),
        secret.encode("utf-16-le"),
    }
