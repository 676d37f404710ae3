"""What the catalogue rests on: the provider, and the units that prices are for."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cached_property
from uuid import UUID

from dataverse_schema.options import ProviderKind
from dataverse_schema.table import Table
from dataverse_schema.tables.providers import Provider
from dataverse_schema.tables.standard import Uom, UomSchedule
from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.dataverse.errors import PrivilegeDenied
from work365.adapters.dataverse.mapping import write_row
from work365.adapters.dataverse.operations import Operation, equals, upsert
from work365.adapters.dataverse.reading import AccountReader
from work365.adapters.dataverse.writing import Fields, row_id_of
from work365.errors import Unavailable

PROVIDER = "microsoft"
UNIT_GROUP = "subscriptions"
UNITS: Mapping[int, str] = {1: "Monthly", 3: "Quarterly", 12: "Annual", 36: "Triennial"}
"""Name of each unit, by its length in months. The first is the one the others are counted in."""


class NotPermitted(Unavailable):
    """The service's user may not write what is to be written, whichever row it is."""

    code = "not_permitted"


class Sender:
    """Sends change sets; in a dry run it makes them, and keeps them to itself."""

    def __init__(self, client: DataverseClient, *, dry_run: bool) -> None:
        self._client = client
        self.dry_run = dry_run

    def send(self, operations: Iterable[Operation]) -> None:
        """Do all of `operations` or none.

        Raises: NotPermitted, so that nobody looks for the one row that is refused.
        """
        made = list(operations)
        if self.dry_run:
            return
        try:
            self._client.change_set(made, repeatable=True)
        except PrivilegeDenied as error:
            remedy = "give the service's user its role, and try again"
            raise NotPermitted(f"{error}: {remedy}") from error


class CatalogBasics:
    """The provider and the units of one environment, made when they are first needed."""

    def __init__(self, reader: AccountReader, sender: Sender) -> None:
        self._reader = reader
        self._sender = sender

    def kept_provider(self) -> UUID | None:
        """Return the row of the provider, if there is one."""
        return self._by_key(Provider, PROVIDER)

    @cached_property
    def provider(self) -> UUID:
        """The row of the provider."""
        fields = {
            "name": "Microsoft Partner Center",
            "key": PROVIDER,
            "kind": ProviderKind.PARTNER_CENTER,
        }
        return self._ensured(Provider, fields)

    @cached_property
    def unit_group(self) -> UUID:
        """The row of the unit group."""
        fields = {"name": "Subscriptions", "key": UNIT_GROUP, "base_uom_name": UNITS[1]}
        return self._ensured(UomSchedule, fields)

    @cached_property
    def units(self) -> Mapping[int, UUID]:
        """The row of each unit, by its length in months."""
        # Dynamics 365 itself adds the first unit to a new group, so they are told by name.
        kept = self._kept_units()
        missing = {months: name for months, name in UNITS.items() if name.lower() not in kept}
        if missing:
            self._sender.send(
                _upsert(
                    Uom,
                    {
                        "name": name,
                        "key": f"{UNIT_GROUP}_{name.lower()}",
                        "quantity": Decimal(months),
                        "uomscheduleid": self.unit_group,
                    },
                )
                for months, name in missing.items()
            )
            kept = {**_planned_units(), **self._kept_units()}
        return {months: kept[name.lower()] for months, name in UNITS.items()}

    def _kept_units(self) -> dict[str, UUID]:
        in_group = equals(Uom.read_name("uomscheduleid"), self.unit_group)
        return {
            row.name.lower(): row.row_id
            for row in self._reader.all(Uom, in_group)
            if row.row_id is not None
        }

    def _ensured(self, table: type[Table], fields: Fields) -> UUID:
        key = fields["key"]
        kept = self._by_key(table, key)
        if kept is None:
            self._sender.send([_upsert(table, fields)])
            # Whoever was first, it is one row; in a dry run there is none yet.
            kept = self._by_key(table, key)
        return kept or row_id_of(key)

    def _by_key(self, table: type[Table], key: str) -> UUID | None:
        rows = self._reader.all(table, equals(table.column_name("key"), key))
        return next((row.row_id for row in rows), None)


def _planned_units() -> dict[str, UUID]:
    return {name.lower(): row_id_of(f"{UNIT_GROUP}_{name.lower()}") for name in UNITS.values()}


def _upsert(table: type[Table], fields: Fields) -> Operation:
    key = {table.column_name("key"): fields["key"]}
    body = write_row(table, fields)
    return upsert(table.entity_set(), key, body)
