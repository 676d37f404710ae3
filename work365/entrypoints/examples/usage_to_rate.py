"""The sections Usage to rate and Spending: usage priced by itself, outside of a contract.

A period may be rated in several lines; what was agreed about spending is looked at over all of
them.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from work365.domain.commitments import Commitment, RatedLine, SpendingTerms
from work365.domain.money import Money
from work365.domain.price_models import PriceModel
from work365.domain.rate_cards import RateCard
from work365.domain.rating import LineUsage, rate_line
from work365.entrypoints.examples.markdown import Row, Section
from work365.entrypoints.examples.prices import Models
from work365.entrypoints.examples.words import (
    DAY,
    NAME,
    NUMBER,
    Fields,
    Phrase,
    day,
    named,
    number,
    one_of,
    one_phrase,
    text,
)

FIELDS = {"at least": "minimum", "at most": "maximum", "discount": "discount_percent"}
PERCENT = one_phrase((Phrase("10 %", f"{NUMBER} %", number),))


class ToRate(NamedTuple):
    """One of the lines in which the usage of a period is rated."""

    row: Row
    period: str
    model: PriceModel
    usage: LineUsage
    is_last: bool


class Rated(NamedTuple):
    """A line as it was rated."""

    period: str
    lines: tuple[RatedLine, ...]
    period_total: Money | None
    """What is owed for the period; told with its last line."""


def read_spending(section: Section | None) -> SpendingTerms:
    """Return what is agreed about the spending of every period.

    Raises: NotUnderstood: a term means nothing, or two contradict each other.
    """
    if section is None:
        return SpendingTerms()
    section.check_columns(("term", "value"))
    fields: Fields = {}
    for row in section.rows:
        field = row.read("term", one_of(FIELDS))
        fields[field] = row.read("value", PERCENT if field == "discount_percent" else number)
    percent = {name: fields.pop(name) for name in ("discount_percent",) if name in fields}
    return section.make(lambda: SpendingTerms(commitment=Commitment(**fields), **percent))


def read_usage(section: Section | None, models: Models, card: RateCard) -> tuple[ToRate, ...]:
    """Return the lines to rate, in the order of the section.

    Raises: NotUnderstood: a line means nothing.
    """
    if section is None:
        return ()
    section.check_columns(("period", "units", "priced by"))
    return tuple(_lines(section, models, card))


def _lines(section: Section, models: Models, card: RateCard) -> Iterator[ToRate]:
    periods = [row.read("period", text) for row in section.rows]
    used: dict[str, LineUsage] = {}
    for place, (row, period) in enumerate(zip(section.rows, periods, strict=True)):
        before = used.get(period)
        usage = LineUsage(row.read("units", number), None if before is None else before.total)
        used[period] = usage
        model = _model(row, models, card)
        yield ToRate(row, period, model, usage, is_last=period not in periods[place + 1 :])


def _model(row: Row, models: Mapping[str, PriceModel], card: RateCard) -> PriceModel:
    by_card = one_phrase(
        (
            Phrase[PriceModel](
                "the rate card for Compute on 2026-02-01",
                f"the rate card for {NAME} on {DAY}",
                lambda meter, on: card.model_on(meter, day(on)),
            ),
            Phrase("a name of the section Price models", "(.+)", named(models, "price model")),
        )
    )
    return row.read("priced by", by_card)


def rated(to_rate: Sequence[ToRate], terms: SpendingTerms, *, currency: str) -> Iterator[Rated]:
    """Yield the lines as they are rated, each after those before it in its period.

    Raises: NotUnderstood: a price model refuses the usage.
    """
    billed: dict[str, Money] = {}
    for line in to_rate:
        before = billed.get(line.period, Money.zero(currency))
        lines = line.row.read("units", partial(_rated, line, terms, before))
        total = Money.total((before, *(one.total for one in lines)), currency)
        billed[line.period] = total
        yield Rated(line.period, lines, total if line.is_last else None)


def _rated(line: ToRate, terms: SpendingTerms, billed: Money, _: str) -> tuple[RatedLine, ...]:
    return rate_line(line.model, line.usage, terms, billed=billed, last=line.is_last)
