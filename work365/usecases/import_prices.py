"""Take in the list prices of price sheets: missing ones are added, kept ones stay as they are."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import TypeAlias

from work365.domain.catalog import ListPrice, PriceKey
from work365.errors import Refusal
from work365.ports.catalog import CatalogKind, CatalogStore, Effect
from work365.usecases.halving import halving
from work365.usecases.intake import Imported, Intake, Place, Progress, Provided, chunks

PRICES_PER_CHUNK = 895
"""As many as go into one change set of 1,000 operations with the price lists that change, and
as can be asked for in two queries."""

SheetPrice: TypeAlias = Provided[ListPrice]
Identity: TypeAlias = tuple[PriceKey, date]


def import_prices(
    *, prices: Sequence[SheetPrice], store: CatalogStore, progress: Progress
) -> Imported:
    """Add the prices that are not kept yet, with the products and price lists they need.

    A price that is kept is never overwritten: where a sheet says otherwise, a finding names
    both. A row that cannot be kept is found; the others go in.
    """
    intake = Intake(CatalogKind.LIST_PRICE)
    known = store.currencies() if prices else ()
    in_currency = [price for price in prices if price.value.currency in known]
    _refuse_unknown_currencies(
        (price for price in prices if price.value.currency not in known), intake
    )
    progress(len(prices) - len(in_currency))
    for chunk in chunks(in_currency, PRICES_PER_CHUNK):
        _import_chunk(chunk, store, intake)
        progress(len(chunk))
    return intake.imported()


def _refuse_unknown_currencies(prices: Iterable[SheetPrice], intake: Intake) -> None:
    # One finding for all rows of a file: a whole sheet may be in the currency.
    ordered = sorted(prices, key=lambda price: (price.file_name, price.value.currency))
    for (_, currency), rows in groupby(
        ordered, key=lambda price: (price.file_name, price.value.currency)
    ):
        refused = list(rows)
        intake.refuse(
            _place(refused[0], "Currency"),
            "currency_not_in_dynamics",
            currency,
            "add this currency in Dynamics 365 first, and import the file again;"
            f" {len(refused):,} row(s) of the file were not taken in",
            rows=len(refused),
        )


def _import_chunk(chunk: Sequence[SheetPrice], store: CatalogStore, intake: Intake) -> None:
    kept = _kept(chunk, store, intake)
    missing: dict[Identity, SheetPrice] = {}
    for price in chunk:
        identity = _identity(price.value)
        before = kept.get(identity)
        if before is None and identity in missing:
            before = missing[identity].value
        if before is None:
            missing[identity] = price
        else:
            _compare(price, before, intake)
    _add(list(missing.values()), store, intake)


def _add(missing: Sequence[SheetPrice], store: CatalogStore, intake: Intake) -> None:
    if not missing:
        return
    try:
        intake.tally += store.add_prices([price.value for price in missing])
    except Refusal:
        _add_by_halves(missing, store, intake)


def _add_by_halves(missing: Sequence[SheetPrice], store: CatalogStore, intake: Intake) -> None:
    # Another run may have been faster, or this one's own answer may have been lost.
    kept = _kept(missing, store, intake)
    rest = []
    for price in missing:
        now = kept.get(_identity(price.value))
        if now is None:
            rest.append(price)
        else:
            _compare(price, now, intake)
    added = halving(rest, lambda some: store.add_prices([price.value for price in some]))
    for tally in added.results:
        intake.tally += tally
    for price, refusal in added.refused:
        intake.refuse_as(refusal, _place(price, "ERP Price"), price.value.erp_price)


def _kept(
    prices: Sequence[SheetPrice], store: CatalogStore, intake: Intake
) -> Mapping[Identity, ListPrice]:
    reading = store.kept_prices([price.value for price in prices])
    intake.findings += [each for each in reading.findings if each not in intake.findings]
    return {_identity(price): price for price in reading.values}


def _compare(price: SheetPrice, kept: ListPrice, intake: Intake) -> None:
    intake.count(Effect.UNCHANGED)
    given = price.value
    if _terms(given) != _terms(kept):
        intake.warn(
            _place(price, "ERP Price"),
            "price_differs",
            given.erp_price,
            f"the sheet says {_terms(given)}, and kept is {_terms(kept)}, which stays as it is:"
            " correct it in the price list, if the sheet is right",
        )


def _terms(price: ListPrice) -> str:
    until = "" if price.effective_until is None else f" until {price.effective_until}"
    return (
        f"{price.erp_price.normalize():f} (cost {price.unit_price.normalize():f})"
        f" for {price.price_months} month(s){until}"
    )


def _identity(price: ListPrice) -> Identity:
    return price.key, price.effective_from


def _place(price: SheetPrice, field: str) -> Place:
    value = price.value
    return Place(price.file_name, f"{value.key} from {value.effective_from}", field)
