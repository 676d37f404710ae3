from dataclasses import FrozenInstanceError

import pytest

from work365.domain.findings import Finding, Reading, Severity

ERROR = Finding(Severity.ERROR, "not_whole", "Row 3: seats are whole.", "seats.json#3/quantity")
WARNING = Finding(Severity.WARNING, "one_page", "One page of two.", "seats.json")


@pytest.mark.parametrize(
    ("findings", "expected"),
    [((), True), ((WARNING,), True), ((ERROR,), False), ((WARNING, ERROR), False)],
)
def test_a_reading_is_complete_until_a_row_was_left_out(
    findings: tuple[Finding, ...], expected: bool
) -> None:
    reading = Reading(values=(1, 2), findings=findings)

    assert reading.is_complete is expected


def test_a_finding_does_not_change_once_it_is_made() -> None:
    with pytest.raises(FrozenInstanceError):
        ERROR.message = "It was nothing."  # type: ignore[misc]  # the assignment under test


def test_equal_findings_count_once() -> None:
    again = Finding(ERROR.severity, ERROR.code, ERROR.message, ERROR.path)

    assert {ERROR, again} == {ERROR}
