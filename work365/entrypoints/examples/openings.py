"""What happened, openings: how a subscription begins."""

from functools import partial
from uuid import UUID

from work365.domain.changes import Status, UnitPrice
from work365.domain.contracts import Subscription
from work365.entrypoints.examples.rules import FollowsBundle, FollowsLinked, Rule
from work365.entrypoints.examples.told import Fact, Tale, Told
from work365.entrypoints.examples.words import (
    MONTHS,
    NAME,
    NUMBER,
    SEATS,
    Fields,
    Meaningless,
    Phrase,
    merged,
    months,
    named,
    number,
    one_phrase,
    several_phrases,
)

OPTIONS_OF_MODEL = ("usage_model", "price_model")
OPTION = "(?:, .+)?"

OPTIONS: tuple[Phrase[Fields], ...] = (
    Phrase(
        "billed every 12 months",
        f"billed (every {MONTHS})",
        lambda cycle, _: {"cycle_months": months(cycle)},
    ),
    Phrase(
        "for terms of 12 months",
        f"for terms of {MONTHS}",
        lambda length: {"term_months": int(length)},
    ),
    Phrase("in USD", "in ([A-Z]{3})", lambda currency: {"currency": currency}),
    Phrase("not billed", "not billed", lambda: {"billable": False}),
    Phrase(
        "printed with Office Bundle",
        f"printed with {NAME}",
        lambda parent: {"printed_with": parent},
    ),
    Phrase(
        "usage priced by Traffic",
        f"usage priced by {NAME}",
        lambda model: {"usage_model": model},
    ),
    Phrase("as a trial", "as a trial", lambda: {"status": Status.TRIAL}),
)
READ_OPTIONS = several_phrases(OPTIONS)
SAYS_OPTIONS = "; ".join(phrase.says for phrase in OPTIONS)


def _opened(base: Fields, options: str, fact: Fact, told: Told, *rules: Rule) -> Told:
    """Return `told` with a further subscription, whose log opens with the first fact about it."""
    fields = merged([base, *READ_OPTIONS(options.removeprefix(", "))])
    for field in OPTIONS_OF_MODEL:
        if field in fields:
            fields[field] = named(fact.agreed.models, "price model")(fields[field])
    if "printed_with" in fields:
        told.subscription(fields["printed_with"])
    entry = {name: fields.pop(name) for name in ("quantity", "price", "status") if name in fields}
    return told.opened(
        Subscription(
            id=UUID(int=len(told.account.subscriptions) + 10),
            key=fact.about,
            name=fact.about,
            start_on=fact.day,
            changes=(fact.change(**entry),),
            tax_category=fact.agreed.tax_category(fact.about),
            discounts=fact.agreed.discounts.get(fact.about, ()),
            **fields,
        ),
        *rules,
    )


def _seats(quantity: str, price: str, length: str, options: str) -> Tale:
    base = {"quantity": number(quantity), "price": UnitPrice(number(price), int(length))}
    return partial(_opened, base, options)


def _modelled(quantity: str, rest: str) -> Tale:
    model, comma, options = rest.partition(", ")
    base = {"quantity": number(quantity), "price_model": model}
    return partial(_opened, base, comma + options)


def _used(options: str) -> Tale:
    return partial(_opened, {}, options)


PART_PRICE = one_phrase(
    (
        Phrase[Fields](
            "at 3.00 for 1 month",
            f"at {NUMBER} for {MONTHS}",
            lambda price, length: {"price": UnitPrice(number(price), int(length))},
        ),
        Phrase("not billed", "not billed", lambda: {"billable": False}),
    )
)


def _part(ratio: str, parent: str, price: str, options: str) -> Tale:
    base = PART_PRICE(price)

    def tell(fact: Fact, told: Told) -> Told:
        rule = FollowsBundle(fact.about, told.subscription(parent).key, number(ratio))
        return _opened(base, options, fact, told, rule)

    return tell


def _provisioned(children: str) -> Tale:
    def tell(fact: Fact, told: Told) -> Told:
        names = tuple(children.split(" and "))
        for name in names:
            told.subscription(name)
        if len(set(names)) != len(names):
            raise Meaningless("a subscription is named twice; name each once")
        base = {"billable": False}
        return _opened(base, "", fact, told, FollowsLinked(fact.about, names))

    return tell


OPENINGS: tuple[Phrase[Tale], ...] = (
    Phrase(
        f"10 seats at 12.40 for 1 month (to open a subscription; then, after commas:"
        f" {SAYS_OPTIONS})",
        f"{SEATS} at {NUMBER} for {MONTHS}({OPTION})",
        _seats,
    ),
    Phrase("10 seats priced by Storage", f"{SEATS} priced by (.+)", _modelled),
    Phrase("usage priced by Traffic", "(usage priced by .+)", _used),
    Phrase(
        "2 for each Office Bundle at 3.00 for 1 month (or: not billed)",
        rf"{NUMBER} for each {NAME},? (at {NUMBER} for {MONTHS}|not billed)({OPTION})",
        lambda ratio, parent, price, _amount, _length, options: _part(
            ratio, parent, price, options
        ),
    ),
    Phrase(
        "provisioned for Branch North and Branch South",
        "provisioned for (.+)",
        _provisioned,
    ),
)
"""Each of them opens the subscription that the row is about."""
