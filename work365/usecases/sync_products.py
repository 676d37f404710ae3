"""Create the products that Microsoft sells and that are not known here.

Availabilities are not kept: Microsoft reissues their ids, so that they are looked up when
something is bought.
"""

from collections.abc import Iterable
from itertools import islice

from work365.domain.catalog import Sku
from work365.domain.findings import Finding, Severity
from work365.domain.microsoft.catalogue import OfferedProduct, OfferedSku, ProductView
from work365.ports.catalog import ProductStore
from work365.ports.provider_lists import OfferList
from work365.usecases.halving import halving
from work365.usecases.intake import Imported, Progress
from work365.usecases.reading_ahead import read_ahead

PRODUCTS_PER_CHUNK = 200
VIEWS = (
    ProductView.ONLINE_SERVICES,
    ProductView.SOFTWARE,
    ProductView.AZURE_PLANS_AND_RESERVATIONS,
)
"""What a partner sells to most customers. Those of the marketplace are tens of thousands."""


def sync_products(
    *,
    market: str,
    offers: OfferList,
    store: ProductStore,
    progress: Progress,
    views: Iterable[ProductView] = VIEWS,
    known: Iterable[str] = (),
) -> Imported:
    """Add the SKUs that are sold in `market` and are no product yet; the others stay as they are.

    `known` are ids of products whose SKUs need not be asked for: each other one is a request.
    `progress` counts products.

    Raises: Refusal, Unavailable, Contradiction: the list of a view was not given.
    """
    skipped = {product.upper() for product in known}
    offered: dict[str, OfferedProduct] = {}
    imported = Imported()
    for view in views:
        listed = offers.products(market=market, view=view)
        imported += Imported(findings=listed.findings)
        offered |= {each.id: each for each in listed.values if each.id not in skipped}
    answers = read_ahead(
        offered.values(),
        lambda product: offers.skus(product.id, market=market),
        path=lambda product: f"product {product.id}",
    )
    while chunk := list(islice(answers, PRODUCTS_PER_CHUNK)):
        skus: list[Sku] = []
        for each in chunk:
            if each.finding is not None:
                imported += Imported(findings=(each.finding,))
            if each.answer is not None:
                imported += Imported(findings=each.answer.findings)
                skus += [_sku(each.about, sku) for sku in each.answer.values]
        imported += _added(skus, store)
        progress(len(chunk))
    return imported


def _added(skus: list[Sku], store: ProductStore) -> Imported:
    added = halving(skus, store.add_products)
    findings = tuple(
        Finding(
            Severity.ERROR,
            why.code,
            f"Product {sku.part_number} ({sku.title}) was not added: {why}",
            f"product {sku.part_number}",
        )
        for sku, why in added.refused
    )
    return sum(map(Imported, added.results), Imported(findings=findings))


def _sku(product: OfferedProduct, sku: OfferedSku) -> Sku:
    product_id, _, sku_id = sku.part_number.partition(":")
    return Sku(product_id, sku_id, sku.title or product.title, product.publisher)
