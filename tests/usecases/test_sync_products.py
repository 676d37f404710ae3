from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.usecases.provider_ends import UNREADABLE, RefusedHere
from work365.domain.catalog import Sku
from work365.domain.findings import Reading
from work365.domain.microsoft.catalogue import OfferedProduct, OfferedSku, ProductView
from work365.ports.catalog import CatalogKind, Effect, Tally
from work365.usecases.intake import Imported
from work365.usecases.sync_products import VIEWS, sync_products


@dataclass
class Offers:
    """An `OfferList` with one SKU of each product."""

    by_view: dict[ProductView, Sequence[str]]
    unreadable: str = ""
    asked: list[str] = field(default_factory=list)

    def products(self, *, market: str, view: ProductView) -> Reading[OfferedProduct]:
        assert market == "DE"
        made = [_product(each) for each in self.by_view.get(view, ())]
        return Reading(tuple(made), ())

    def skus(self, product: str, *, market: str) -> Reading[OfferedSku]:
        self.asked.append(product)
        if product == "REFUSED":
            raise RefusedHere("no")
        if product == self.unreadable:
            return Reading((), (UNREADABLE,))
        sku = OfferedSku(
            part_number=f"{product}:0001",
            title="",
            quantity_min=1,
            quantity_max=300,
            is_trial=False,
            is_add_on=False,
            plans=(),
        )
        return Reading((sku,), ())


@dataclass
class Products:
    """A `ProductStore` that refuses a product called `WRONG`."""

    kept: list[Sku] = field(default_factory=list)

    def add_products(self, skus: Sequence[Sku]) -> Tally:
        if any(sku.product_id == "WRONG" for sku in skus):
            raise RefusedHere("wrong")
        self.kept += skus
        return Counter({(CatalogKind.PRODUCT, Effect.CREATED): len(skus)})


def _product(product: str) -> OfferedProduct:
    return OfferedProduct(
        id=product, title=f"Title of {product}", kind="", publisher="Microsoft", is_microsoft=True
    )


def synced(offers: Offers, store: Products, known: Sequence[str] = ()) -> Imported:
    return sync_products(
        market="DE", offers=offers, store=store, progress=lambda _: None, known=known
    )


def test_what_is_sold_becomes_a_product() -> None:
    store = Products()

    imported = synced(Offers({VIEWS[0]: ["A"], VIEWS[1]: ["B"]}), store)

    assert store.kept == [
        Sku("A", "0001", "Title of A", "Microsoft"),
        Sku("B", "0001", "Title of B", "Microsoft"),
    ]
    assert imported.count(Effect.CREATED) == 2


def test_skus_are_asked_for_once_and_not_of_what_is_known() -> None:
    offers = Offers({VIEWS[0]: ["A", "B"], VIEWS[1]: ["A"]})

    synced(offers, Products(), known=["b"])

    assert offers.asked == ["A"]


def test_what_is_refused_or_cannot_be_read_or_kept_stops_nothing_else() -> None:
    store = Products()
    offers = Offers({VIEWS[0]: ["REFUSED", "A", "WRONG", "X"]}, unreadable="X")

    imported = synced(offers, store)

    assert [sku.product_id for sku in store.kept] == ["A"]
    assert sorted(finding.path for finding in imported.findings) == [
        "product REFUSED",
        "product WRONG:0001",
        "row 2/quantity",
    ]
