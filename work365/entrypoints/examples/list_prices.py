"""The section List prices, and what happened when a subscription is repriced from it."""

from collections.abc import Iterable
from functools import partial

from work365.domain.catalog import BillingPlan, ListPrice, PriceKey, PriceList, Sku, Term
from work365.domain.contracts import Subscription
from work365.domain.findings import Finding
from work365.domain.repricing import (
    Basis,
    BeforeTermEnd,
    Listed,
    SellingRule,
    differences,
    repriced,
)
from work365.entrypoints.examples.markdown import Row, Section
from work365.entrypoints.examples.told import Fact, Tale, Told
from work365.entrypoints.examples.words import (
    NUMBER,
    Fields,
    Meaningless,
    Phrase,
    after_last_day,
    day,
    merged,
    number,
    one_phrase,
    optional,
    several_phrases,
    text,
    whole,
)

SKU_ID = "0001"
MARKET = "XX"
"""A price of an example depends on its name, its currency and the day alone."""

BASES: tuple[Phrase[Fields], ...] = (
    Phrase(
        "at retail plus 5 %",
        rf"at retail plus {NUMBER} %",
        lambda share: {"basis": Basis.RETAIL, "percent": number(share)},
    ),
    Phrase(
        "at retail less 5 %",
        rf"at retail less {NUMBER} %",
        lambda share: {"basis": Basis.RETAIL, "percent": -number(share)},
    ),
    Phrase("at retail", "at retail", lambda: {"basis": Basis.RETAIL}),
    Phrase(
        "at cost plus 20 %",
        rf"at cost plus {NUMBER} %",
        lambda share: {"basis": Basis.COST, "percent": number(share)},
    ),
)
READ_BASIS = one_phrase(BASES)

OPTIONS: tuple[Phrase[Fields], ...] = (
    Phrase("to 2 decimals", r"to (\d+) decimals?", lambda digits: {"digits": int(digits)}),
    Phrase("confirmed by the customer", "confirmed by the customer", lambda: {"confirmed": True}),
)
READ_OPTIONS = several_phrases(OPTIONS)


def read_list_prices(section: Section | None, currency: str) -> PriceList:
    """Return the list prices of the section, which are in `currency`.

    Raises: NotUnderstood: a price means nothing.
    """
    if section is None:
        return PriceList.of(())
    section.check_columns(("of", "from", "cost", "retail", "months"), ("to",))
    return PriceList.of([_listed(row, currency) for row in section.rows])


def _listed(row: Row, currency: str) -> ListPrice:
    name = row.read("of", text)
    return ListPrice(
        sku=_sku(name),
        term=Term.YEAR,
        plan=BillingPlan.ANNUAL,
        market=MARKET,
        currency=currency,
        segment="",
        unit_price=row.read("cost", number),
        erp_price=row.read("retail", number),
        price_months=row.read("months", whole),
        effective_from=row.read("from", day),
        effective_until=row.read("to", optional(after_last_day)),
    )


def _sku(name: str) -> Sku:
    # Part numbers are compared in capitals.
    return Sku(name.upper(), SKU_ID, name, "")


def _repriced(rule: SellingRule, is_confirmed: bool, fact: Fact, told: Told) -> Told:
    subscription = told.subscription(fact.about)
    proposals, findings = differences(
        [_row(subscription, fact, told.account.contract.currency)],
        fact.agreed.list_prices,
        on=fact.day,
        rule=rule,
    )
    _refuse(findings)
    if not proposals:
        raise Meaningless(f"{fact.about!r} has the price of the list already; leave it out")
    changes, findings = repriced(
        proposals,
        before_term_end=BeforeTermEnd.CONFIRM,
        recorded_at=fact.recorded_at,
        confirmed=[subscription.key] if is_confirmed else [],
    )
    _refuse(findings)
    made = changes[subscription.key]
    return told.edited(fact.about, changes=(*subscription.changes, made))


def _row(subscription: Subscription, fact: Fact, currency: str) -> Listed:
    sku = _sku(subscription.name)
    key = PriceKey(sku.part_number, Term.YEAR, BillingPlan.ANNUAL, MARKET, currency, "")
    terms = subscription.terms_cycle if subscription.term_months else None
    return Listed(subscription, key, terms.start_from(fact.day) if terms else None)


def _refuse(findings: Iterable[Finding]) -> None:
    for finding in findings:
        raise Meaningless(finding.message)


def _from_the_list(basis: str, options: str) -> Tale:
    fields = merged(READ_OPTIONS(options.removeprefix(", ")))
    is_confirmed = fields.pop("confirmed", False)
    return partial(_repriced, SellingRule(**READ_BASIS(basis), **fields), is_confirmed)


SAYS_BASES = "; ".join(phrase.says for phrase in BASES)
SAYS_OPTIONS = "; ".join(phrase.says for phrase in OPTIONS)

REPRICINGS: tuple[Phrase[Tale], ...] = (
    Phrase(
        f"repriced from the list at retail (or: {SAYS_BASES}; and, after commas: {SAYS_OPTIONS})",
        r"repriced from the list (at [^,]+)((?:, .+)?)",
        _from_the_list,
    ),
)
