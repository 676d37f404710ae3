"""The inbox of providers' messages in Dataverse."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from dataverse_schema.tables import microsoft
from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.dataverse.errors import DuplicateKey
from work365.adapters.dataverse.mapping import write_row
from work365.adapters.dataverse.microsoft.rows import ProviderRows, in_seconds, updates, within
from work365.adapters.dataverse.operations import all_of, equals, upsert
from work365.ports.provider_events import ProviderEvent, ReceivedEvent

EVENT = microsoft.ProviderEvent


class DataverseEventInbox:
    """An `EventInbox` on one environment."""

    def __init__(self, client: DataverseClient) -> None:
        self._rows = ProviderRows(client)

    def remember(self, provider: str, event: ProviderEvent, *, at: datetime) -> bool:
        """Keep `event` under its key; return whether it is a new one."""
        key = {EVENT.column_name("key"): event.key}
        fields = {
            "provider": self._rows.provider(provider),
            "event_name": event.name,
            "resource_path": event.path,
            "changed_on": in_seconds(event.changed_at),
            "received_on": in_seconds(at),
        }
        body = write_row(EVENT, fields)
        try:
            self._rows.client.send(upsert(EVENT.entity_set(), key, body, create_only=True))
        except DuplicateKey as error:
            return error.maybe_done
        return True

    def unhandled(self, provider: str, *, most: int) -> Sequence[ReceivedEvent]:
        """Return up to `most` events that nobody has handled yet, the oldest change first."""
        own = equals(EVENT.read_name("provider"), self._rows.provider(provider))
        open_ones = f"{EVENT.column_name('handled_on')} eq null"
        order = f"{EVENT.column_name('changed_on')} asc,{EVENT.column_name('key')} asc"
        found = self._rows.first(EVENT, all_of(own, open_ones), most=most, order_by=order)
        return [_received(row) for row in found]

    def mark_handled(self, events: Sequence[ReceivedEvent], *, at: datetime, outcome: str) -> None:
        """Note what became of `events`, in words."""
        noted = {"handled_on": in_seconds(at), "outcome": within(EVENT, "outcome", outcome)}
        changed = []
        for event in events:
            assert isinstance(event.kept, UUID), "an event is marked as it was read"
            changed.append((event.kept, noted))
        self._rows.write(*updates(EVENT, changed))


def _received(row: microsoft.ProviderEvent) -> ReceivedEvent:
    return ReceivedEvent(
        event=ProviderEvent(name=row.event_name, path=row.resource_path, changed_at=row.changed_on),
        received_at=row.received_on,
        kept=row.row_id,
    )
