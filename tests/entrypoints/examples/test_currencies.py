from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.entrypoints.examples.stories import kept, table
from work365.domain.currencies import NO_EXCHANGE_RATES, ExchangeRate, ExchangeTable
from work365.entrypoints.examples.currencies import read_exchange_rates
from work365.entrypoints.examples.markdown import NotUnderstood, sections_of

COLUMNS = "1 of | is | in | from | source | use"


def rates_of(folder: Path, *rows: str) -> ExchangeTable:
    text = table("Exchange rates", COLUMNS, *rows)
    return read_exchange_rates(sections_of(kept(folder, text))["Exchange rates"])


def test_each_row_is_a_rate(tmp_path: Path) -> None:
    found = rates_of(tmp_path, "USD | 0.92 | EUR | 2026-01-01 | bank | ")

    assert found == ExchangeTable(
        rates=(
            ExchangeRate(
                from_currency="USD",
                to_currency="EUR",
                rate=Decimal("0.92"),
                valid_on=date(2026, 1, 1),
                source="bank",
            ),
        )
    )


def test_how_rates_are_used_is_said_with_any_of_them(tmp_path: Path) -> None:
    found = rates_of(
        tmp_path,
        "USD | 0.92 | EUR | 2026-01-01 | bank | may be turned round, at most 7 days old",
        "USD | 0.93 | EUR | 2026-01-02 | bank | ",
    )

    assert (len(found.rates), found.inverse_allowed, found.days_old_max) == (2, True, 7)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("USD | 0 | EUR | 2026-01-01 | bank | ", "0 is not above 0; correct the rate"),
        ("Dollar | 0.9 | EUR | 2026-01-01 | bank | ", "'Dollar' is not a code of ISO 4217"),
        ("USD | 0.9 | EUR | 2026-01-01 | bank | always", r"may be turned round;\s+at most 7 days"),
    ],
)
def test_what_is_no_rate_is_refused(row: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(NotUnderstood, match=f"(?s){why}"):
        rates_of(tmp_path, row)


def test_without_a_section_there_is_no_rate() -> None:
    assert read_exchange_rates(None) == NO_EXCHANGE_RATES
