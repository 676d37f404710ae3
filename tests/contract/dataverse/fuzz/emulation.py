"""Sends requests to the emulator inside this process, and looks at what comes back."""

import asyncio
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import monotonic
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote

from starlette.types import Message, Scope

from tests.contract.dataverse.fuzz.bodies import PRIMARY
from tests.contract.dataverse.fuzz.traffic import JSON, ROOT, Sent
from tests.contract.dataverse.fuzz.vocabulary import ROW_ID, STEPS, Words, read_words
from work365.emulators.dataverse.app import create_app

SECONDS_MAX = 20
"""Long after this an answer is taken to hang."""

STATUSES = frozenset(
    (200, 201, 204, 304, 400, 401, 403, 404, 405, 409, 412, 413, 415, 416, 429, 501)
)
FIRST_ERROR = 400
CODE = re.compile(r"(0x[0-9a-f]{1,8})?", re.IGNORECASE)
LABEL = {"LocalizedLabels": [{"Label": "Case", "LanguageCode": 1033}]}
INNER = re.compile(rb"HTTP/1\.1 (\d{3}) ")


DEFINED: dict[str, Any] = {
    "EntityDefinitions": {
        "@odata.type": "Microsoft.Dynamics.CRM.EntityMetadata",
        "SchemaName": "new_Case",
        "DisplayName": LABEL,
        "DisplayCollectionName": LABEL,
        "OwnershipType": "UserOwned",
        "Attributes": [{**PRIMARY, "DisplayName": LABEL}],
    },
    "EntityDefinitions(LogicalName='new_case')/Attributes": {
        "@odata.type": "Microsoft.Dynamics.CRM.StringAttributeMetadata",
        "SchemaName": "new_Case",
        "MaxLength": 20,
        "DisplayName": LABEL,
    },
    "EntityDefinitions(LogicalName='new_case')/Keys": {
        "SchemaName": "new_Case",
        "KeyAttributes": ["new_case"],
        "DisplayName": LABEL,
    },
    "GlobalOptionSetDefinitions": {
        "@odata.type": "Microsoft.Dynamics.CRM.OptionSetMetadata",
        "Name": "new_case",
        "IsGlobal": True,
        "OptionSetType": "Picklist",
        "DisplayName": LABEL,
        "Options": [{"Value": 1, "Label": LABEL}],
    },
}
"""A table with a column and a key, and a choice, to be changed and dropped."""


@dataclass(frozen=True, kw_only=True)
class Got:
    """One answer."""

    status: int
    headers: dict[str, str]
    body: bytes


class WrongAnswer(AssertionError):
    """An answer that no environment gives."""


class Emulation:
    """An emulator in this process, set back to the same rows before each sequence."""

    def __init__(self) -> None:
        self._app = create_app(state=None)
        self._runner = asyncio.Runner()
        self._is_clean = False
        self.tables: tuple[Words, ...] = ()
        self.counts: dict[int, int] = {}
        """Numbers of answers by status."""

    def __enter__(self) -> Self:
        """Make a first row of every table that can have one."""
        for path, body in DEFINED.items():
            made = self.send(_json("POST", path, body))
            assert made.status < FIRST_ERROR, made.body
        words = read_words(self.send(Sent(method="GET", path=f"{ROOT}$metadata")).body)
        self.tables = tuple(map(self._with_row, words))
        assert any(words.writable for words in self.tables)
        self._control("snapshots", {"name": "first"})
        return self

    def _with_row(self, words: Words) -> Words:
        """Make a row, and return the words with those of the columns that can be written."""
        if words.entity_set in STEPS:
            return words
        made = self.send(_json("PATCH", f"{words.entity_set}({ROW_ID})", {}))
        if made.status >= FIRST_ERROR:
            return words
        path = f"EntityDefinitions(LogicalName='{words.name}')/Attributes"
        query = "$select=LogicalName,IsValidForCreate"
        columns = self.send(Sent(method="GET", path=ROOT + path, query=query))
        found = json.loads(columns.body)["value"]
        written = [each["LogicalName"] for each in found if each["IsValidForCreate"]]
        return replace(words, writable=tuple(name for name in written if name in words.properties))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the emulator."""
        self._runner.run(self._end())
        self._runner.close()

    async def _end(self) -> None:
        events: list[Message] = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]

        async def receive() -> Message:
            return events.pop(0)

        async def send(_message: Message) -> None:
            pass

        await self._app({"type": "lifespan"}, receive, send)

    def play(self, sequence: Sequence[Sent]) -> None:
        """Send requests one after the other.

        Raises: WrongAnswer, for one that is not as Dataverse answers.
        """
        if not self._is_clean:
            self._control("snapshots/restore", {"name": "first"})
        self._is_clean = all(sent.method == "GET" for sent in sequence)
        for sent in sequence:
            got = self.send(sent)
            self.counts[got.status] = self.counts.get(got.status, 0) + 1
            check(sent, got)

    def send(self, sent: Sent) -> Got:
        """Send a request, and return the answer.

        Raises: WrongAnswer, where none comes in time, or the emulator breaks.
        """
        began = monotonic()
        try:
            return self._runner.run(asyncio.wait_for(self._answer(sent), SECONDS_MAX))
        except TimeoutError as error:
            raise WrongAnswer(f"{sent}: no answer after {monotonic() - began:.0f} s") from error
        except Exception as error:
            raise WrongAnswer(f"{sent}: the emulator broke") from error

    def _control(self, path: str, body: Any) -> None:
        got = self.send(
            Sent(
                method="POST",
                path=f"/_emulator/v1/{path}",
                headers=JSON,
                body=json.dumps(body).encode(),
            )
        )
        assert got.status < FIRST_ERROR, got.body

    async def _answer(self, sent: Sent) -> Got:
        events: list[Message] = [{"type": "http.request", "body": sent.body, "more_body": False}]
        got: list[Message] = []

        async def receive() -> Message:
            return events.pop(0) if events else {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            got.append(message)

        await self._app(_scope(sent), receive, send)
        return Got(
            status=got[0]["status"],
            headers={name.decode().lower(): text.decode() for name, text in got[0]["headers"]},
            body=b"".join(each.get("body", b"") for each in got[1:]),
        )


def _json(method: str, path: str, body: Any) -> Sent:
    return Sent(method=method, path=ROOT + path, headers=JSON, body=json.dumps(body).encode())


def _scope(sent: Sent) -> Scope:
    headers = {"Host": "localhost", "Authorization": "Bearer anything", **sent.headers}
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": sent.method,
        "scheme": "http",
        # As uvicorn does: the path decoded, and as it came.
        "path": unquote(sent.path),
        "raw_path": sent.path.encode("ascii"),
        "query_string": sent.query.encode("ascii"),
        "root_path": "",
        "headers": [
            (name.lower().encode("latin-1"), text.encode("latin-1"))
            for name, text in headers.items()
        ],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }


def check(sent: Sent, got: Got) -> None:
    """Raise unless an answer has a status of Dataverse's, and the form of its errors."""
    if got.status not in STATUSES:
        raise WrongAnswer(f"{sent}: {got}")
    kind = got.headers.get("content-type", "")
    if kind.startswith("multipart/mixed"):
        _check_parts(sent, got)
    elif got.status >= FIRST_ERROR:
        _check_error(sent, got)
    elif kind.startswith("application/json"):
        _parsed(sent, got)


def _check_parts(sent: Sent, got: Got) -> None:
    statuses = [int(found) for found in INNER.findall(got.body)]
    if not set(statuses) <= STATUSES:
        raise WrongAnswer(f"{sent}: {got}")


def _check_error(sent: Sent, got: Got) -> None:
    if sent.method == "HEAD" and not got.body:
        return
    error = _parsed(sent, got).get("error")
    if not isinstance(error, dict):
        raise WrongAnswer(f"{sent}: {got}")
    code, message = error.get("code"), error.get("message")
    is_coded = isinstance(code, str) and CODE.fullmatch(code)
    if not is_coded or not isinstance(message, str) or not message:
        raise WrongAnswer(f"{sent}: {got}")


def _parsed(sent: Sent, got: Got) -> dict[str, Any]:
    try:
        value = json.loads(got.body)
    except ValueError as error:
        raise WrongAnswer(f"{sent}: {got}") from error
    if not isinstance(value, dict):
        raise WrongAnswer(f"{sent}: {got}")
    return value
