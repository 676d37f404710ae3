"""The environment that real clients drive: the emulator, or a real one.

Without `WORK365_CONTRACT_URL` it is the emulator, served by http and https on this machine.
With it, it is the environment there, which has this product's solution, and
`WORK365_CONTRACT_TOKEN` is an access token for it; docs/conformance.md says how to get one.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx

from work365.emulators.dataverse.app import create_app
from work365.emulators.dataverse.certificates import server_certificate
from work365.emulators.dataverse.seeds import APPLICATION_ID
from work365.entrypoints.serving import LocalServer

API = "/api/data/v9.2/"
TARGETS_MAX = 1_000
"""Rows of one bulk request, and operations of one batch."""

TABLE, SET, ROW_ID = (
    "w365_subscriptionchange",
    "w365_subscriptionchanges",
    "w365_subscriptionchangeid",
)
KEY, NAME, DELTA, STATUS, DAY = (
    "w365_key",
    "w365_name",
    "w365_quantitydelta",
    "w365_status",
    "w365_effectiveon",
)
CANCELLED = 365_000_002
"""A choice of the status column, whose label is `Cancelled`."""

Body = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where an environment is, and what a client needs to be let in."""

    http: str
    """Without TLS where the environment is the emulator, else as `https`."""

    https: str
    certificates: Path | None
    """Certificates to trust, where the machine's own are not enough."""

    token: str
    token_url: str | None = None
    client_id: str = ""
    client_secret: str = ""

    @property
    def is_emulator(self) -> bool:
        """Return whether it is the one on this machine."""
        return self.certificates is not None


def real_address() -> Address | None:
    """Return the real environment that the variables name, or nothing."""
    url = os.environ.get("WORK365_CONTRACT_URL", "").rstrip("/")
    if not url:
        return None
    given = {
        name: os.environ.get(f"WORK365_CONTRACT_{name.upper()}", "")
        for name in ("token", "token_url", "client_id", "client_secret")
    }
    return Address(
        http=url,
        https=url,
        certificates=None,
        token=given["token"],
        token_url=given["token_url"] or None,
        client_id=given["client_id"],
        client_secret=given["client_secret"],
    )


@contextmanager
def emulator(folder: Path) -> Iterator[Address]:
    """Lend the address of an emulator that serves http and https."""
    secured = server_certificate(folder)
    app = create_app(state=None, clock=lambda: datetime(2026, 3, 1, tzinfo=UTC))
    with LocalServer(app) as server, LocalServer(app, certificate=secured.certificate) as secure:
        yield Address(
            http=server.url,
            https=secure.url,
            certificates=secured.bundle,
            token="anything",  # noqa: S106 - the emulator takes any
            token_url=f"{server.url}/contract/oauth2/v2.0/token",
            client_id=APPLICATION_ID,
            client_secret="anything",  # noqa: S106 - the emulator takes any
        )


class Observer:
    """Looks at an environment by plain requests, beside the client that is tried."""

    def __init__(self, address: Address) -> None:
        self._http = httpx.Client(
            base_url=address.http + API,
            headers={"Authorization": f"Bearer {address.token}", "OData-Version": "4.0"},
            trust_env=not address.is_emulator,
            timeout=120,
        )

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def request(
        self, method: str, path: str, body: Body | None = None, *, prefer: str = ""
    ) -> httpx.Response:
        """Send a request and return its answer, which is no error."""
        headers = {"Prefer": prefer} if prefer else {}
        answer = self._http.request(method, path, json=body, headers=headers)
        assert answer.is_success, answer.text
        return answer

    def rows(self, prefix: str, *columns: str) -> list[Body]:
        """Return every row whose key begins so, whatever the number of pages."""
        path = f"{SET}?$select={','.join((KEY, *columns))}&$filter={mine(prefix)}"
        found: list[Body] = []
        while path:
            page = self.request("GET", path).json()
            found += page["value"]
            path = page.get("@odata.nextLink", "")
        return found

    def kept(self, prefix: str, column: str = NAME) -> Body:
        """Return one column of these rows by what their keys end with."""
        return {row[KEY].removeprefix(prefix): row[column] for row in self.rows(prefix, column)}

    def delta_link(self) -> str:
        """Return the address that tells what changes from now on."""
        path = f"{SET}?$select={KEY},{NAME}"
        while True:
            page = self.request("GET", path, prefer="odata.track-changes").json()
            if "@odata.deltaLink" in page:
                return str(page["@odata.deltaLink"])
            path = page["@odata.nextLink"]

    def create(self, bodies: list[Body]) -> None:
        """Create rows, many in a request."""
        for start in range(0, len(bodies), TARGETS_MAX):
            targets = [
                {"@odata.type": f"Microsoft.Dynamics.CRM.{TABLE}", **body}
                for body in bodies[start : start + TARGETS_MAX]
            ]
            path = f"{SET}/Microsoft.Dynamics.CRM.CreateMultiple"
            self.request("POST", path, {"Targets": targets})

    def create_one(self, entity_set: str, columns: Body) -> str:
        """Create a row of any table, and return its id."""
        made = self.request("POST", entity_set, columns).headers["OData-EntityId"]
        return str(made).rpartition("(")[2].rstrip(")")

    def drop_table(self, logical_name: str) -> None:
        """Drop a table if it is there."""
        path = f"EntityDefinitions?$select=LogicalName&$filter=LogicalName eq '{logical_name}'"
        if self.request("GET", path).json()["value"]:
            self.request("DELETE", f"EntityDefinitions(LogicalName='{logical_name}')")

    def delete(self, prefix: str) -> None:
        """Delete every row whose key begins so, many in a request."""
        ids = [row[ROW_ID] for row in self.rows(prefix)]
        for start in range(0, len(ids), TARGETS_MAX):
            boundary = f"batch_{uuid4()}"
            parts = [
                f"--{boundary}\r\nContent-Type: application/http\r\n"
                "Content-Transfer-Encoding: binary\r\n\r\n"
                f"DELETE {API}{SET}({row_id}) HTTP/1.1\r\n\r\n\r\n"
                for row_id in ids[start : start + TARGETS_MAX]
            ]
            answer = self._http.post(
                "$batch",
                content="".join([*parts, f"--{boundary}--\r\n"]),
                headers={"Content-Type": f"multipart/mixed; boundary={boundary}"},
            )
            assert answer.is_success, answer.text


def names(rows: Iterable[Any], prefix: str) -> Body:
    """Return rows' names by what their keys end with."""
    return {row[KEY].removeprefix(prefix): row[NAME] for row in rows}


def body(key: str, name: str = "x", delta: float = 1.5) -> Body:
    """Return the columns of a row as a client sends them."""
    return {KEY: key, NAME: name, DELTA: delta}


def mine(prefix: str) -> str:
    """Return the condition by which a query finds the rows whose key begins so."""
    return f"startswith({KEY},'{prefix}')"


def fetch(prefix: str, *, page_size: int | None = None) -> str:
    """Return a FetchXML query of the rows whose key begins so, in the order of their keys."""
    count = f' count="{page_size}"' if page_size else ""
    return (
        f'<fetch{count}><entity name="{TABLE}"><attribute name="{KEY}"/>'
        f'<attribute name="{NAME}"/><order attribute="{KEY}"/>'
        f'<filter><condition attribute="{KEY}" operator="like" value="{prefix}%"/></filter>'
        "</entity></fetch>"
    )


def is_row_id(text: str) -> bool:
    """Return whether a text is a row's id."""
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False
