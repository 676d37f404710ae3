"""Products and list prices in one environment: read by content, added in bulk."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeVar
from urllib.parse import quote
from uuid import UUID

from dataverse_schema.table import Table
from dataverse_schema.tables.standard import PriceLevel, Product, ProductPriceLevel
from work365.adapters.dataverse.catalog_basics import CatalogBasics, Sender
from work365.adapters.dataverse.catalog_rows import (
    check_exact,
    list_price_of,
    price_fields,
    price_key,
    price_list_fields,
    price_list_key,
    product_fields,
    sku_of,
)
from work365.adapters.dataverse.operations import all_of, is_in
from work365.adapters.dataverse.reading import AccountReader, portions
from work365.adapters.dataverse.writing import Writes, row_id_of
from work365.domain.catalog import ListPrice, Sku
from work365.domain.findings import Finding, Reading, Severity
from work365.errors import Refusal
from work365.ports import CatalogKind, Effect, Tally

TEXTS_CHARACTERS_MAX = 24_000
"""Of an address of 32,768 characters, what may be taken by the texts that are asked for."""

TableT = TypeVar("TableT", bound=Table)


class KeptProduct(NamedTuple):
    """A product as it is kept."""

    row_id: UUID
    sku: Sku


class CatalogPrices:
    """The products and list prices of one environment.

    Remembers the products and price lists it has met, and nothing else: a price list may have
    more prices than fit the memory. In a dry run it remembers the prices too.
    """

    def __init__(self, reader: AccountReader, sender: Sender, basics: CatalogBasics) -> None:
        self._reader = reader
        self._sender = sender
        self._basics = basics
        self._products: dict[str, KeptProduct] = {}
        self._price_lists: dict[str, UUID] = {}
        self._rehearsed: dict[str, ListPrice] = {}

    def kept(self, prices: Sequence[ListPrice]) -> Reading[ListPrice]:
        """Return the kept prices that have the key and the first day of one of `prices`."""
        asked = {price_key(price).casefold(): price for price in prices}
        values = [price for key, price in self._rehearsed.items() if key.casefold() in asked]
        findings: list[Finding] = []
        for row in read_by(self._reader, ProductPriceLevel, "key", map(price_key, prices)):
            assert row.key is not None, "it was asked for by its key"
            self._read_row(row, asked[row.key.casefold()].sku, values, findings)
        return Reading(tuple(values), tuple(findings))

    def of(self, part_numbers: Collection[str]) -> Reading[ListPrice]:
        """Return all list prices of the SKUs with these part numbers."""
        products = self.products(part_numbers)
        skus = {product.row_id: product.sku for product in products.values()}
        values = [
            price for price in self._rehearsed.values() if price.sku.part_number in part_numbers
        ]
        findings: list[Finding] = []
        for some in portions(skus):
            # An entry that somebody made by hand has no key, and may have no price of its own.
            condition = all_of(
                is_in(ProductPriceLevel.column_name("productid"), some),
                f"{ProductPriceLevel.column_name('key')} ne null",
            )
            for row in self._reader.all(ProductPriceLevel, condition):
                assert row.productid is not None, "it was asked for by its product"
                self._read_row(row, skus[row.productid], values, findings)
        return Reading(tuple(values), tuple(findings))

    def add(self, prices: Sequence[ListPrice]) -> Tally:
        """Add `prices`, with the products and price lists they need, in one change set.

        Raises: Refusal: one of them cannot be kept, or not exactly.
        """
        for price in prices:
            check_exact(price)
        products = self.products({price.sku.part_number for price in prices})
        price_lists = self._read_price_lists(prices)
        writes = Writes()
        self._create_products(prices, products, writes)
        self._create_price_lists(prices, price_lists, writes)
        currencies = self._currency_rows()
        for price in prices:
            fields = price_fields(
                price,
                price_list=price_lists[price_list_key(price)],
                product=products[price.sku.part_number].row_id,
                unit=self._basics.units[price.price_months],
                currency=currencies[price.currency],
            )
            writes.create(ProductPriceLevel, row_id_of(price_key(price)), fields)
        self._sender.send(writes.operations())
        self._products.update(products)
        self._price_lists.update(price_lists)
        if self._sender.dry_run:
            self._rehearsed.update((price_key(price), price) for price in prices)
        return _created(writes)

    def products(self, part_numbers: Collection[str]) -> dict[str, KeptProduct]:
        """Return those products that are kept, by part number."""
        asked = set(part_numbers) - self._products.keys()
        for row in read_by(self._reader, Product, "product_number", sorted(asked)):
            assert row.row_id is not None, "a row that was read has its id"
            sku = sku_of(row)
            self._products[sku.part_number] = KeptProduct(row.row_id, sku)
        return {
            number: self._products[number] for number in part_numbers if number in self._products
        }

    def _read_price_lists(self, prices: Sequence[ListPrice]) -> dict[str, UUID]:
        asked = {price_list_key(price) for price in prices}
        unknown = asked - self._price_lists.keys()
        for row in read_by(self._reader, PriceLevel, "key", sorted(unknown)):
            assert row.key is not None, "it was asked for by its key"
            assert row.row_id is not None, "a row that was read has its id"
            self._price_lists[row.key] = row.row_id
        return {key: self._price_lists[key] for key in asked if key in self._price_lists}

    def _create_products(
        self, prices: Sequence[ListPrice], products: dict[str, KeptProduct], writes: Writes
    ) -> None:
        for price in prices:
            number = price.sku.part_number
            if number in products:
                continue
            products[number] = KeptProduct(row_id_of(f"product {number}"), price.sku)
            fields = product_fields(
                price.sku, unit=self._basics.units[1], unit_group=self._basics.unit_group
            )
            writes.create(Product, products[number].row_id, fields)

    def _create_price_lists(
        self, prices: Sequence[ListPrice], price_lists: dict[str, UUID], writes: Writes
    ) -> None:
        for price in prices:
            key = price_list_key(price)
            if key in price_lists:
                continue
            price_lists[key] = row_id_of(f"price list {key}")
            fields = price_list_fields(price, self._currency_rows()[price.currency])
            writes.create(PriceLevel, price_lists[key], fields)

    def _currency_rows(self) -> dict[str, UUID]:
        return {code: row for row, code in self._reader.currencies.items()}

    def _read_row(
        self,
        row: ProductPriceLevel,
        sku: Sku,
        values: list[ListPrice],
        findings: list[Finding],
    ) -> None:
        try:
            values.append(list_price_of(row, sku, self._reader.currencies))
        except Refusal as refusal:
            findings.append(
                Finding(Severity.ERROR, refusal.code, str(refusal), f"list price {row.key}")
            )


def read_by(
    reader: AccountReader, table: type[TableT], field: str, texts: Iterable[str]
) -> Iterator[TableT]:
    """Yield the rows of `table` whose `field` is one of `texts`, in as few queries as fit."""
    column = table.column_name(field)
    some: list[str] = []
    room = TEXTS_CHARACTERS_MAX
    for text in texts:
        size = len(quote(f'"{text}",'))
        if size > room and some:
            yield from reader.all(table, is_in(column, some))
            some, room = [], TEXTS_CHARACTERS_MAX
        some.append(text)
        room -= size
    if some:
        yield from reader.all(table, is_in(column, some))


def _created(writes: Writes) -> Tally:
    kinds: dict[type[Table], CatalogKind] = {
        PriceLevel: CatalogKind.PRICE_LIST,
        Product: CatalogKind.PRODUCT,
        ProductPriceLevel: CatalogKind.LIST_PRICE,
    }
    return Counter(
        {
            (kind, Effect.CREATED): len(writes.created.get(table, ()))
            for table, kind in kinds.items()
        }
    )
