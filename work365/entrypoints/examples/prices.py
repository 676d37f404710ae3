"""The sections Price models, Tiers and Rate card: how a price depends on the quantity."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import partial

from work365.domain.cost_plus import Addition, CostOfUsage, CostPlus, Margin, Markup, Surcharge
from work365.domain.price_models import (
    Discounted,
    Flat,
    Included,
    Package,
    PerUnit,
    PriceModel,
)
from work365.domain.rate_cards import Rate, RateCard
from work365.domain.tiers import Beyond, Graduated, Tier, Volume
from work365.entrypoints.examples.markdown import NotUnderstood, Row, Section
from work365.entrypoints.examples.words import (
    NUMBER,
    Meaningless,
    Phrase,
    day,
    named,
    number,
    one_phrase,
    optional,
    text,
)

PERCENT = rf"{NUMBER} %"
ADDITION = r"(plus .+|with a margin of .+)"
THE_REST = "the rest"

Models = Mapping[str, PriceModel]

ADDITIONS_PHRASES: tuple[Phrase[Addition], ...] = (
    Phrase("plus 15 %", rf"plus {PERCENT}", lambda share: Markup(number(share))),
    Phrase("plus 1.20", rf"plus {NUMBER}", lambda amount: Surcharge(number(amount))),
    Phrase(
        "with a margin of 15 %",
        rf"with a margin of {PERCENT}",
        lambda share: Margin(number(share)),
    ),
)
ADDITIONS = one_phrase(ADDITIONS_PHRASES)

PLAIN: tuple[Phrase[PriceModel], ...] = (
    Phrase("each at 0.05", rf"each at {NUMBER}", lambda price: PerUnit(number(price))),
    Phrase("flat 50.00", rf"flat {NUMBER}", lambda amount: Flat(number(amount))),
    Phrase(
        "packages of 100 at 5.00",
        rf"packages of {NUMBER} at {NUMBER}",
        lambda size, price: Package(size=number(size), price=number(price)),
    ),
    Phrase(
        "packages of 100 at 5.00 after 50 free",
        rf"packages of {NUMBER} at {NUMBER} after {NUMBER} free",
        lambda size, price, free: Package(
            size=number(size), price=number(price), free=number(free)
        ),
    ),
    Phrase(
        "40.00 with 500 included, then each at 0.10",
        rf"{NUMBER} with {NUMBER} included, then (.+)",
        lambda fee, units, beyond: Included(
            fee=number(fee), units=number(units), overage=plain_model(beyond)
        ),
    ),
    Phrase(
        "cost 8.00 plus 15 % (or: plus 1.20; with a margin of 15 %)",
        rf"cost {NUMBER} {ADDITION}",
        lambda cost, addition: CostPlus(unit_cost=number(cost), addition=ADDITIONS(addition)),
    ),
    Phrase(
        "cost 8.00, agreed price 9.00",
        rf"cost {NUMBER}, agreed price {NUMBER}",
        lambda cost, price: CostPlus(
            unit_cost=number(cost), addition=Surcharge(Decimal(0)), agreed_price=number(price)
        ),
    ),
    Phrase(
        "cost of the usage plus 15 %",
        rf"cost of the usage {ADDITION}",
        lambda addition: CostOfUsage(ADDITIONS(addition)),
    ),
)

TIERED = {
    "graduated": Graduated,
    "volume": Volume,
}
BEYOND = {
    "": Beyond.NOT_PRICED,
    ", beyond them not priced": Beyond.NOT_PRICED,
    ", beyond them as the last": Beyond.LAST_TIER,
    ", beyond them refused": Beyond.REFUSED,
}
SAYS_TIERED = (
    "graduated (or: volume), with its tiers in the section Tiers; and after it:"
    + ";".join(words.removeprefix(",") for words in BEYOND if words)
)


def plain_model(written: str) -> PriceModel:
    """Return the price model that is written, which has no tiers.

    Raises: Meaningless: none is. InvalidPriceModel: it could not price every quantity.
    """
    return one_phrase(PLAIN)(written)


def read_models(models: Section | None, tiers: Section | None) -> Models:
    """Return the price models of the sections, by name.

    Raises: NotUnderstood: a price means nothing, or tiers are for no price.
    """
    if models is None:
        if tiers is not None:
            raise NotUnderstood(f"{tiers.where}: there is no section 'Price models' to go with it")
        return {}
    models.check_columns(("name", "price"))
    by_name = _tiers(tiers)
    found: dict[str, PriceModel] = {}
    for row in models.rows:
        name = row.read("name", text)
        found[name] = row.read("price", partial(_model, name=name, tiers=by_name))
    for row in tiers.rows if tiers else ():
        row.read("name", named(found, "price model"))
    return found


def _model(price: str, *, name: str, tiers: Mapping[str, list[Tier]]) -> PriceModel:
    model, less, percent = price.partition(", less ")
    if less:
        share = one_phrase([Phrase("10 %", PERCENT, number)])(percent)
        return Discounted(_model(model, name=name, tiers=tiers), share)
    for words, tiered in TIERED.items():
        rest = price.removeprefix(words)
        if rest != price and rest in BEYOND:
            if name not in tiers:
                raise Meaningless(f"it has no tiers; add rows for {name!r} to the section Tiers")
            return tiered(tuple(tiers[name]), BEYOND[rest])
    try:
        return plain_model(price)
    except Meaningless as why:
        raise Meaningless(
            f"{why};\n  {SAYS_TIERED};\n  and at the end of any: , less 10 %"
        ) from None


def _tiers(section: Section | None) -> dict[str, list[Tier]]:
    tiers: dict[str, list[Tier]] = {}
    if section is None:
        return tiers
    section.check_columns(("name", "up to"), ("each", "once", "in blocks of"))
    for row in section.rows:
        tiers.setdefault(row.read("name", text), []).append(_tier(row))
    return tiers


def _tier(row: Row) -> Tier:
    up_to = row.read(
        "up to",
        one_phrase((Phrase(THE_REST, THE_REST, lambda: None), Phrase("10", NUMBER, number))),
    )
    prices = {
        field: row.read(column, optional(number))
        for field, column in (("per_unit", "each"), ("flat", "once"), ("block", "in blocks of"))
    }
    return row.read("up to", lambda _: Tier(up_to=up_to, **prices))


def read_rate_card(section: Section | None, models: Models) -> RateCard:
    """Return the rate card of the section.

    Raises: NotUnderstood: a rate has no known price model, or a meter has two from one day.
    """
    if section is None:
        return RateCard(())
    section.check_columns(("meter", "from", "priced by"))
    return section.make(lambda: RateCard(tuple(_rates(section.rows, models))))


def _rates(rows: Iterable[Row], models: Models) -> Iterable[Rate]:
    for row in rows:
        model = row.read("priced by", named(models, "price model"))
        yield Rate(row.read("meter", text), row.read("from", day), model)
