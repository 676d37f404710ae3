"""How often a provider was asked, and why: counted here, and added to Dataverse by the day."""

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date
from threading import Lock
from typing import NamedTuple

from dataverse_schema.tables import microsoft
from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.dataverse.errors import DuplicateKey, VersionMismatch
from work365.adapters.dataverse.mapping import write_row
from work365.adapters.dataverse.microsoft.rows import ProviderRows, within
from work365.adapters.dataverse.operations import Operation, update, upsert
from work365.adapters.dataverse.writing import row_id_of
from work365.errors import Unavailable
from work365.ports.provider_calls import CallOutcome, ProviderCall

CALL = microsoft.ProviderCall
RACES_MAX = 5
"""How often a count may be overtaken by another worker's before it is left for later."""


class CountsOvertaken(Unavailable):
    """Other workers counted at the same moment, again and again; what was counted is kept."""

    code = "counts_overtaken"


class _Purpose(NamedTuple):
    """What is counted in one row."""

    day: date
    purpose: str


class DataverseCallCounts:
    """A `CallRecorder` that counts in memory until `keep` adds the counts to the environment.

    Safe to share between threads. A count that is lost with the machine is only a count.
    """

    def __init__(
        self, client: DataverseClient, *, provider: str, today: Callable[[], date]
    ) -> None:
        self._rows = ProviderRows(client)
        self._provider = provider
        self._today = today
        self._lock = Lock()
        self._counts: dict[_Purpose, Counter[CallOutcome]] = defaultdict(Counter)

    def record(self, call: ProviderCall) -> None:
        """Take note of `call`."""
        with self._lock:
            self._counts[_Purpose(self._today(), call.purpose)][call.outcome] += 1

    def keep(self) -> None:
        """Add what was counted since the last time to the rows of its days.

        Raises: what the environment answers; what could not be added is added next time.
        """
        with self._lock:
            counts, self._counts = self._counts, defaultdict(Counter)
        for counted in list(counts):
            try:
                self._add(counted, counts[counted])
            except BaseException:
                self._take_back(counts)
                raise
            del counts[counted]

    def _take_back(self, counts: dict[_Purpose, Counter[CallOutcome]]) -> None:
        with self._lock:
            for counted, outcomes in counts.items():
                self._counts[counted] += outcomes

    def _add(self, counted: _Purpose, outcomes: Counter[CallOutcome]) -> None:
        for _ in range(RACES_MAX):
            try:
                self._rows.client.send(self._addition(counted, outcomes))
            except (VersionMismatch, DuplicateKey) as error:
                if error.maybe_done:
                    # Counted once too few is better than once too often: it was most likely us.
                    return
            else:
                return
        raise CountsOvertaken(f"calls for {counted.purpose!r}: others count at the same moment")

    def _addition(self, counted: _Purpose, outcomes: Counter[CallOutcome]) -> Operation:
        key = f"{self._provider}_{counted.day}_{row_id_of(counted.purpose)}"
        more = {
            "calls": outcomes.total(),
            "refused": outcomes[CallOutcome.REFUSED],
            "failed": outcomes[CallOutcome.FAILED],
        }
        for row in self._rows.by_text(CALL, "key", [key]):
            assert row.row_id is not None, "a row that was read has its id"
            sums = {name: getattr(row, name) + count for name, count in more.items()}
            return update(CALL.entity_set(), row.row_id, write_row(CALL, sums), etag=row.etag)
        fields = {
            "provider": self._rows.provider(self._provider),
            "called_on": counted.day,
            "purpose": within(CALL, "purpose", counted.purpose),
            **more,
        }
        body = write_row(CALL, fields)
        return upsert(CALL.entity_set(), {CALL.column_name("key"): key}, body, create_only=True)
