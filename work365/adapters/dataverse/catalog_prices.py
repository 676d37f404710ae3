"""Products and list prices in one environment: read by content, added in bulk."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from dataverse_schema.tables.standard import PriceLevel, Product, ProductPriceLevel
from work365.adapters.dataverse.catalog_basics import CatalogBasics, Sender
from work365.adapters.dataverse.catalog_price_lists import PriceLists
from work365.adapters.dataverse.catalog_reading import read_by
from work365.adapters.dataverse.catalog_rows import (
    check_exact,
    list_price_of,
    price_fields,
    price_key,
    price_list_key,
    product_fields,
    sku_of,
)
from work365.adapters.dataverse.mapping import write_row
from work365.adapters.dataverse.operations import Operation, all_of, create, is_in
from work365.adapters.dataverse.reading import AccountReader, portions
from work365.adapters.dataverse.writing import Writes, row_id_of
from work365.domain.catalog import ListPrice, Sku, price_months
from work365.domain.findings import Finding, Reading, Severity
from work365.errors import Refusal
from work365.ports.catalog import CatalogKind, Effect, Tally


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
        self._price_lists = PriceLists(reader, dry_run=sender.dry_run)
        self._products: dict[str, KeptProduct] = {}
        self._rehearsed: dict[str, ListPrice] = {}

    def kept(self, prices: Sequence[ListPrice]) -> Reading[ListPrice]:
        """Return the kept prices that have the key and the first day of one of `prices`."""
        asked = {price_key(price).casefold(): price for price in prices}
        rehearsed = [price for key, price in self._rehearsed.items() if key.casefold() in asked]
        rows = []
        for row in read_by(self._reader, ProductPriceLevel, "key", map(price_key, prices)):
            assert row.key is not None, "it was asked for by its key"
            rows.append((row, asked[row.key.casefold()].sku))
        return self._reading(rehearsed, rows)

    def of(self, part_numbers: Collection[str]) -> Reading[ListPrice]:
        """Return all list prices of the SKUs with these part numbers."""
        products = self.products(part_numbers)
        skus = {product.row_id: product.sku for product in products.values()}
        rehearsed = [
            price for price in self._rehearsed.values() if price.sku.part_number in part_numbers
        ]
        rows = []
        for some in portions(skus):
            # An entry that somebody made by hand has no key, and may have no price of its own.
            condition = all_of(
                is_in(ProductPriceLevel.column_name("productid"), some),
                f"{ProductPriceLevel.column_name('key')} ne null",
            )
            for row in self._reader.all(ProductPriceLevel, condition):
                assert row.productid is not None, "it was asked for by its product"
                rows.append((row, skus[row.productid]))
        return self._reading(rehearsed, rows)

    def add(self, prices: Sequence[ListPrice]) -> Tally:
        """Add `prices`, with the products and price lists they need, in one change set.

        Raises: Refusal: one of them cannot be kept, or not exactly.
        """
        for price in prices:
            check_exact(price)
            assert price.price_months == price_months(price.term, price.plan), price
        products = self.products({price.sku.part_number for price in prices})
        writes = Writes()
        self._create_products((price.sku for price in prices), products, writes)
        price_lists = self._price_lists.settle(prices, writes)
        creations = [
            self._creation(
                price,
                price_list=price_lists[price_list_key(price)],
                product=products[price.sku.part_number].row_id,
            )
            for price in prices
        ]
        self._sender.send([*writes.operations(), *creations])
        self._products.update(products)
        if self._sender.dry_run:
            self._rehearsed.update((price_key(price), price) for price in prices)
        return _tally(writes, prices)

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

    def add_products(self, skus: Sequence[Sku]) -> Tally:
        """Add those of `skus` that are no product yet, in one change set."""
        products = self.products({sku.part_number for sku in skus})
        writes = Writes()
        self._create_products(skus, products, writes)
        self._sender.send(writes.operations())
        self._products.update(products)
        created = len(writes.created.get(Product, ()))
        return Counter({(CatalogKind.PRODUCT, Effect.CREATED): created})

    def _create_products(
        self, skus: Iterable[Sku], products: dict[str, KeptProduct], writes: Writes
    ) -> None:
        for sku in skus:
            number = sku.part_number
            if number in products:
                continue
            products[number] = KeptProduct(row_id_of(f"product {number}"), sku)
            fields = product_fields(
                sku, unit=self._basics.base_unit, unit_group=self._basics.unit_group
            )
            writes.create(Product, products[number].row_id, fields)

    def _creation(self, price: ListPrice, *, price_list: UUID, product: UUID) -> Operation:
        # One by one: of a price list's entries Dynamics 365 has no bulk creation.
        fields = price_fields(
            price,
            price_list=price_list,
            product=product,
            unit=self._basics.units[price.term, price.plan],
        )
        body = write_row(ProductPriceLevel, fields, row_id=row_id_of(price_key(price)))
        return create(ProductPriceLevel.entity_set(), body)

    def _reading(
        self, rehearsed: Iterable[ListPrice], rows: Sequence[tuple[ProductPriceLevel, Sku]]
    ) -> Reading[ListPrice]:
        values = list(rehearsed)
        findings = []
        # The currency is the price list's, whatever Dynamics 365 puts on the row itself.
        currencies = self._price_lists.currencies(row.pricelevelid for row, _ in rows)
        for row, sku in rows:
            try:
                values.append(list_price_of(row, sku, currencies.get(row.pricelevelid)))
            except Refusal as refusal:
                findings.append(
                    Finding(Severity.ERROR, refusal.code, str(refusal), f"list price {row.key}")
                )
        return Reading(tuple(values), tuple(findings))


def _tally(writes: Writes, prices: Sequence[ListPrice]) -> Tally:
    return Counter(
        {
            (CatalogKind.PRICE_LIST, Effect.CREATED): len(writes.created.get(PriceLevel, ())),
            (CatalogKind.PRICE_LIST, Effect.CHANGED): len(writes.guarded),
            (CatalogKind.PRODUCT, Effect.CREATED): len(writes.created.get(Product, ())),
            (CatalogKind.LIST_PRICE, Effect.CREATED): len(prices),
        }
    )
