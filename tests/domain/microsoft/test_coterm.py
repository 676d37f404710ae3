"""Ends of first terms."""

from datetime import date

from work365.domain.microsoft.coterm import AllowedTermEnd


def test_the_end_of_a_calendar_month_is_aligned_with_no_subscription() -> None:
    assert AllowedTermEnd(last_day=date(2026, 7, 31)).aligned_with == ()
