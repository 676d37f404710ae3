"""The section Discounts: what is taken off, for whom, and when."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from decimal import Decimal

from work365.domain.discounts import Conditions, Level, PercentageDiscount, Window
from work365.entrypoints.examples.markdown import Row, Section
from work365.entrypoints.examples.words import (
    DAY,
    MONTHS,
    NUMBER,
    SEATS,
    Fields,
    Phrase,
    after_last_day,
    day,
    merged,
    named,
    number,
    one_phrase,
    several_phrases,
    text,
)

EVERYTHING = "everything"
"""What a discount of the contract is for."""

OFF = one_phrase((Phrase[Decimal]("10 %", rf"{NUMBER} %", number),))

CONDITIONS: tuple[Phrase[Fields], ...] = (
    Phrase(
        "for service from 2026-01-01 to 2026-03-31",
        rf"for service from {DAY} to {DAY}",
        lambda first, last: {"service_days": Window(day(first), after_last_day(last))},
    ),
    Phrase(
        "for service from 2026-01-01",
        rf"for service from {DAY}",
        lambda first: {"service_days": Window(start=day(first))},
    ),
    Phrase(
        "for service to 2026-03-31",
        rf"for service to {DAY}",
        lambda last: {"service_days": Window(end=after_last_day(last))},
    ),
    Phrase(
        "for terms begun from 2026-01-01 to 2026-03-31",
        rf"for terms begun from {DAY} to {DAY}",
        lambda first, last: {"bought_within": Window(day(first), after_last_day(last))},
    ),
    Phrase(
        "for the first 3 months of the term",
        rf"for the first {MONTHS} of the term",
        lambda months: {"months": int(months)},
    ),
    Phrase(
        "for the first 10 seats",
        rf"for the first {SEATS}",
        lambda units: {"units_max": number(units)},
    ),
    Phrase(
        "not for seats added in the term",
        "not for (?:seats|units) added in the term",
        lambda: {"for_additions": False},
    ),
)

Discounts = Mapping[str, tuple[PercentageDiscount, ...]]
"""By the name of the subscription; those of the contract by `EVERYTHING`."""


def read_discounts(section: Section | None, sold: Collection[str]) -> Discounts:
    """Return the discounts of the section; `sold` are the names of what they can be for.

    Raises: NotUnderstood: one means nothing, is for nothing that is sold, or takes away nothing
        or more than there is.
    """
    known = {name: name for name in (EVERYTHING, *sold)}
    discounts: defaultdict[str, tuple[PercentageDiscount, ...]] = defaultdict(tuple)
    if section is not None:
        section.check_columns(("discount", "for", "off"), ("when",))
        for row in section.rows:
            discounts[row.read("for", named(known, "subscription"))] += (_discount(row),)
    return discounts


def _discount(row: Row) -> PercentageDiscount:
    level = Level.CONTRACT if row.cells["for"] == EVERYTHING else Level.SUBSCRIPTION
    conditions = row.read(
        "when",
        lambda when: Conditions(**merged(several_phrases(CONDITIONS, between="; ")(when))),
    )
    name = row.read("discount", text)
    return row.read(
        "off",
        lambda off: PercentageDiscount(
            key=name, percent=OFF(off), level=level, conditions=conditions
        ),
    )
