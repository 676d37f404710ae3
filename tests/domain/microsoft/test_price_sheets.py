"""Names of price sheets."""

import pytest

from work365.domain.microsoft.price_sheets import PriceSheetName, PriceSheetView, Timeline

VIEW = PriceSheetView.LICENCES


@pytest.mark.parametrize(
    ("timeline", "month", "name"),
    [
        (Timeline.CURRENT, None, "updatedlicensebased-DE-current.csv"),
        (Timeline.FUTURE, None, "updatedlicensebased-DE-future.csv"),
        (Timeline.HISTORY, "202611", "updatedlicensebased-DE-202611.csv"),
    ],
)
def test_a_sheet_has_a_name_that_tells_it_from_others(
    timeline: Timeline, month: str | None, name: str
) -> None:
    sheet = PriceSheetName(market="DE", view=VIEW, timeline=timeline, month=month)

    assert str(sheet) == name


@pytest.mark.parametrize(
    ("timeline", "month"),
    [
        (Timeline.HISTORY, None),
        (Timeline.CURRENT, "202611"),
        (Timeline.HISTORY, "2026-11"),
        (Timeline.HISTORY, "20261"),
    ],
)
def test_a_month_is_said_of_the_history_and_only_of_it(
    timeline: Timeline, month: str | None
) -> None:
    with pytest.raises(AssertionError):
        PriceSheetName(market="DE", view=VIEW, timeline=timeline, month=month)
