"""The section Exchange rates."""

from decimal import Decimal

from work365.domain.currencies import ExchangeRate, ExchangeTable
from work365.entrypoints.examples.markdown import Row, Section
from work365.entrypoints.examples.words import (
    Fields,
    Phrase,
    day,
    merged,
    number,
    several_phrases,
    text,
)

USE: tuple[Phrase[Fields], ...] = (
    Phrase("may be turned round", "may be turned round", lambda: {"inverse_allowed": True}),
    Phrase(
        "at most 7 days old", r"at most (\d+) days? old", lambda days: {"days_old_max": int(days)}
    ),
)


def read_exchange_rates(section: Section | None) -> ExchangeTable:
    """Return the rates of the section, and how they may be used.

    Raises: NotUnderstood: a rate means nothing, or cannot be one.
    """
    if section is None:
        return ExchangeTable(rates=())
    section.check_columns(("1 of", "is", "in", "from", "source"), ("use",))
    rates = tuple(_rate(row) for row in section.rows)
    use: Fields = {}
    for row in section.rows:
        use |= row.read("use", lambda use: merged(several_phrases(USE)(use)))
    return ExchangeTable(rates=rates, **use)


def _rate(row: Row) -> ExchangeRate:
    rate: Decimal = row.read("is", number)
    valid_on = row.read("from", day)
    to_currency, source = row.read("in", text), row.read("source", text)
    return row.read(
        "1 of",
        lambda from_currency: ExchangeRate(
            from_currency=from_currency,
            to_currency=to_currency,
            rate=rate,
            valid_on=valid_on,
            source=source,
        ),
    )
