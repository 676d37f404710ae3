"""Price lists of one environment: one for each market, currency, segment and first day."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date
from typing import NamedTuple
from uuid import UUID

from dataverse_schema.tables.standard import PriceLevel
from work365.adapters.dataverse import operations
from work365.adapters.dataverse.catalog_reading import read_by
from work365.adapters.dataverse.catalog_rows import (
    last_day_of,
    price_list_end,
    price_list_fields,
    price_list_key,
)
from work365.adapters.dataverse.mapping import write_row
from work365.adapters.dataverse.operations import is_in
from work365.adapters.dataverse.reading import AccountReader, portions
from work365.adapters.dataverse.writing import Writes, row_id_of
from work365.domain.catalog import ListPrice


class KeptPriceList(NamedTuple):
    """A price list as it is kept, or is about to be."""

    row_id: UUID
    last_day: date | None
    etag: str | None


class PriceLists:
    """The price lists of one environment, remembered as long as nobody here changes them.

    In a dry run those that would be written are remembered as well.
    """

    def __init__(self, reader: AccountReader, *, dry_run: bool) -> None:
        self._reader = reader
        self._dry_run = dry_run
        self._kept: dict[str, KeptPriceList] = {}
        self._currencies: dict[UUID | None, str] = {}

    def currencies(self, price_lists: Iterable[UUID | None]) -> Mapping[UUID | None, str]:
        """Return the ISO 4217 code of those of `price_lists` that have a currency."""
        unknown = {row_id for row_id in price_lists if row_id is not None} - self._currencies.keys()
        for some in portions(unknown):
            for row in self._reader.all(PriceLevel, is_in(PriceLevel.primary_id(), some)):
                if row.transactioncurrencyid is not None:
                    code = self._reader.currencies[row.transactioncurrencyid]
                    self._currencies[row.row_id] = code
        return self._currencies

    def settle(self, prices: Sequence[ListPrice], writes: Writes) -> Mapping[str, UUID]:
        """Return the price lists that `prices` go on, by key.

        Those that are missing, or end before one of `prices` does, are added to `writes`.
        """
        by_key: dict[str, list[ListPrice]] = defaultdict(list)
        for price in prices:
            by_key[price_list_key(price)].append(price)
        self._read(by_key)
        return {key: self._settled(key, group, writes).row_id for key, group in by_key.items()}

    def _read(self, keys: Iterable[str]) -> None:
        unknown = sorted(set(keys) - self._kept.keys())
        for row in read_by(self._reader, PriceLevel, "key", unknown):
            assert row.key is not None, "it was asked for by its key"
            assert row.row_id is not None, "a row that was read has its id"
            last_day = None if row.end_date is None else row.end_date.astimezone(UTC).date()
            self._kept[row.key.casefold()] = KeptPriceList(row.row_id, last_day, row.etag)

    def _settled(self, key: str, prices: Sequence[ListPrice], writes: Writes) -> KeptPriceList:
        kept = self._kept.get(key)
        last_day = last_day_of(prices)
        if kept is None:
            settled = KeptPriceList(row_id_of(f"price list {key}"), last_day, None)
            currencies = {code: row for row, code in self._reader.currencies.items()}
            currency = currencies[prices[0].currency]
            fields = price_list_fields(prices[0], last_day=last_day, currency=currency)
            writes.create(PriceLevel, settled.row_id, fields)
        elif _ends_before(kept.last_day, last_day):
            settled = kept._replace(last_day=last_day)
            body = write_row(PriceLevel, price_list_end(last_day))
            # Guarded, so that of two runs none takes back what the other one wrote.
            writes.guarded.append(
                operations.update(PriceLevel.entity_set(), kept.row_id, body, etag=kept.etag)
            )
        else:
            return kept
        if self._dry_run:
            self._kept[key] = settled
        else:
            # Whether it comes to be, and at what version, is only known by reading it.
            self._kept.pop(key, None)
        return settled


def _ends_before(kept: date | None, other: date | None) -> bool:
    return kept is not None and (other is None or kept < other)
