"""How far a provider's lists were read, in Dataverse."""

from collections.abc import Mapping
from datetime import datetime

from dataverse_schema.tables.operations import Watermark
from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.dataverse.microsoft.rows import ProviderRows, in_seconds, upserts


class DataverseReadingMarks:
    """`ReadingMarks` on one environment."""

    def __init__(self, client: DataverseClient) -> None:
        self._rows = ProviderRows(client)

    def marks(self) -> Mapping[str, datetime]:
        """Return until when was read, in UTC, by the name of the list."""
        return {
            row.key: row.read_on for row in self._rows.all(Watermark) if row.read_on is not None
        }

    def keep(self, name: str, *, until: datetime) -> None:
        """Remember that the list called `name` was read until then."""
        # Parts of a second are cut off, so that nothing is skipped at the edge.
        values = {"name": name, "key": name, "read_on": in_seconds(until)}
        self._rows.write(*upserts(Watermark, [values]))
