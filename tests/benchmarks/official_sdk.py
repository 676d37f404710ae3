"""The same writes by Microsoft's own client for Python, in the bulk calls that it offers.

`PowerPlatform-Dataverse-Client` has `CreateMultiple` and `UpdateMultiple` for one table at a
time. It cannot put them into a change set, so that a chunk of contracts is not written all or
nothing; it is given floats, because it cannot write a `Decimal`.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from azure.core.credentials import AccessToken
from PowerPlatform.Dataverse.client import DataverseClient as OfficialClient

from dataverse_schema.tables import TABLES
from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.dataverse.store import DataverseBillingStore
from work365.adapters.dataverse.writing import ROWS_PER_MESSAGE_MAX, writes_of
from work365.domain.settlements import Settlement
from work365.http import write_json
from work365.ports.billing import KeptAccount, Written

PLACEHOLDER = "https://environment.example"
EXPIRES_ON = 4_102_444_800
"""Seconds since 1970: the year 2100."""


class Credential:
    """A source of tokens as the client asks for it; the emulator takes any."""

    def get_token(self, *scopes: str, **options: object) -> AccessToken:
        """Return a token that outlives every run."""
        return AccessToken("benchmark", EXPIRES_ON)


@contextmanager
def official_client(url: str) -> Iterator[OfficialClient]:
    """Return Microsoft's client of the environment at `url`."""
    client = OfficialClient(PLACEHOLDER, Credential())
    # It takes https alone; the address is exchanged before its first request, so that what is
    # measured is not the encryption.
    client._base_url = url
    with client:
        yield client


class OfficialStore(DataverseBillingStore):
    """Reads as the product does, and writes with Microsoft's client."""

    def __init__(self, client: DataverseClient, official: OfficialClient) -> None:
        super().__init__(client)
        self._official = official

    def keep(self, settlements: Sequence[tuple[KeptAccount, Settlement]]) -> Written:
        """Write the difference table by table."""
        writes = writes_of(settlements)
        assert not [*writes.guarded, *writes.deleted_lines], "a first month only creates"
        for table in TABLES:
            for rows in _messages(writes.created.get(table, [])):
                self._official.records.create(table.table_name(), rows)
            for rows in _messages(writes.updated.get(table, [])):
                ids = [str(row.pop(table.primary_id())) for row in rows]
                self._official.records.update(table.table_name(), ids, rows)
        return writes.written()


def _messages(rows: Sequence[dict[str, object]]) -> Iterator[list[dict[str, object]]]:
    plain = json.loads(write_json(rows))
    for first in range(0, len(plain), ROWS_PER_MESSAGE_MAX):
        yield plain[first : first + ROWS_PER_MESSAGE_MAX]
