"""What may be credited of what was billed: the `credit_cap` cases."""

from decimal import Decimal

from tests.contract.billing_cases import Case
from work365.domain.credit_notes import capped_credit
from work365.domain.money import Money

CURRENCY = "USD"
"""The cases name none."""


def check_credit_cap(case: Case) -> None:
    """Ask for the credit of `case`, and compare how much of it is given."""
    wanted, billed, credited, expected = (
        Money.exactly(Decimal(case[field]), case.get("currency", CURRENCY))
        for field in (
            "wanted_credit",
            "amount_originally_billed",
            "credited_before",
            "expected_credit",
        )
    )

    assert capped_credit(wanted=wanted, billed=billed, credited=credited) == expected
