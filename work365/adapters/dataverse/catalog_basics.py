"""What the catalogue rests on: the provider, and the units that prices are for."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from functools import cached_property
from uuid import UUID

from dataverse_schema.options import ProviderKind
from dataverse_schema.table import Table
from dataverse_schema.tables.providers import Provider
from dataverse_schema.tables.standard import Uom, UomSchedule
from work365.adapters.dataverse.catalog_rows import UNIT_GROUP, unit_key, unit_name
from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.dataverse.errors import PrivilegeDenied
from work365.adapters.dataverse.mapping import write_row
from work365.adapters.dataverse.operations import Operation, equals, upsert
from work365.adapters.dataverse.reading import AccountReader
from work365.adapters.dataverse.writing import Fields, row_id_of
from work365.domain.catalog import PRICE_MONTHS, BillingPlan, Term
from work365.errors import Unavailable

PROVIDER = "microsoft"
BASE_UNIT = "1 month"
BASE_UNIT_KEY = f"{UNIT_GROUP}_base"


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
        fields = {"name": "Subscriptions", "key": UNIT_GROUP, "base_uom_name": BASE_UNIT}
        return self._ensured(UomSchedule, fields)

    @cached_property
    def base_unit(self) -> UUID:
        """The row of the unit that the others are counted in: one month."""
        # It is known by what it is: Dynamics 365 makes it with the group, and without a key.
        kept = self._kept_base_unit()
        if kept is None:
            self._create_units({"name": BASE_UNIT, "key": BASE_UNIT_KEY, "quantity": Decimal(1)})
            kept = self._kept_base_unit()
        return kept or row_id_of(BASE_UNIT_KEY)

    @cached_property
    def units(self) -> Mapping[tuple[Term, BillingPlan], UUID]:
        """The row of the unit of each term with a billing plan that prices are listed for."""
        kept = self._kept_units()
        missing = [sold for sold in PRICE_MONTHS if unit_key(*sold) not in kept]
        if missing:
            self._create_units(
                *(
                    {
                        "name": unit_name(term, plan),
                        "key": unit_key(term, plan),
                        "quantity": Decimal(PRICE_MONTHS[term, plan]),
                        "baseuom": self.base_unit,
                    }
                    for term, plan in missing
                )
            )
            kept = self._kept_units()
        keys = {sold: unit_key(*sold) for sold in PRICE_MONTHS}
        # In a dry run there are none yet.
        return {sold: kept.get(key) or row_id_of(key) for sold, key in keys.items()}

    def _create_units(self, *units: Fields) -> None:
        self._sender.send(
            _upsert(Uom, {**fields, "uomscheduleid": self.unit_group}) for fields in units
        )

    def _kept_base_unit(self) -> UUID | None:
        rows = (row for row in self._unit_rows() if row.baseuom is None and row.quantity == 1)
        return next((row.row_id for row in rows), None)

    def _kept_units(self) -> dict[str, UUID]:
        return {
            row.key: row.row_id
            for row in self._unit_rows()
            if row.key is not None and row.row_id is not None
        }

    def _unit_rows(self) -> Iterator[Uom]:
        return self._reader.all(Uom, equals(Uom.read_name("uomscheduleid"), self.unit_group))

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


def _upsert(table: type[Table], fields: Fields) -> Operation:
    key = {table.column_name("key"): fields["key"]}
    body = write_row(table, fields)
    return upsert(table.entity_set(), key, body)
