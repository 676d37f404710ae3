from datetime import UTC, datetime

import pytest

from work365.emulators.partner_center.durations import after, is_between_a_day_and_two_years


class TestADuration:
    @pytest.mark.parametrize("text", ["P1D", "P730D", "P2Y", "P1Y6M", "P24M", "P1Y364D"])
    def test_of_a_relationship_lasts_a_day_to_two_years(self, text: str) -> None:
        assert is_between_a_day_and_two_years(text)

    @pytest.mark.parametrize("text", ["P", "P0D", "P731D", "P2Y1D", "P3Y", "PT24H", "1D", ""])
    def test_is_none_where_it_is_shorter_longer_or_no_duration(self, text: str) -> None:
        assert not is_between_a_day_and_two_years(text)

    @pytest.mark.parametrize(
        ("text", "day"),
        [("P1D", (2024, 3, 1)), ("P1Y", (2025, 2, 28)), ("P1M", (2024, 3, 29))],
    )
    def test_is_counted_from_the_day_on(self, text: str, day: tuple[int, int, int]) -> None:
        start = datetime(2024, 2, 29, 8, 30, tzinfo=UTC)

        assert after(start, text) == datetime(*day, 8, 30, tzinfo=UTC)
