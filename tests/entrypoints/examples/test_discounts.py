from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.entrypoints.examples.stories import kept, table
from work365.domain.discounts import Conditions, Level, PercentageDiscount, Window
from work365.entrypoints.examples.discounts import EVERYTHING, Discounts, read_discounts
from work365.entrypoints.examples.markdown import NotUnderstood, sections_of

QUARTER = Window(date(2026, 1, 1), date(2026, 4, 1))


def discounts_of(folder: Path, *rows: str) -> Discounts:
    text = table("Discounts", "discount | for | off | when", *rows)
    return read_discounts(sections_of(kept(folder, text))["Discounts"], ["Notes"])


@pytest.mark.parametrize(
    ("when", "conditions"),
    [
        ("", Conditions()),
        (
            "for service from 2026-01-01 to 2026-03-31",
            Conditions(service_days=QUARTER),
        ),
        ("for service from 2026-01-01", Conditions(service_days=Window(start=date(2026, 1, 1)))),
        ("for service to 2026-03-31", Conditions(service_days=Window(end=date(2026, 4, 1)))),
        (
            "for terms begun from 2026-01-01 to 2026-03-31",
            Conditions(bought_within=QUARTER),
        ),
        ("for the first 3 months of the term", Conditions(months=3)),
        ("for the first 10 seats", Conditions(units_max=Decimal(10))),
        ("not for seats added in the term", Conditions(for_additions=False)),
        (
            "for the first 10 units; not for units added in the term; for the first 1 month of"
            " the term",
            Conditions(units_max=Decimal(10), for_additions=False, months=1),
        ),
    ],
)
def test_a_discount_of_a_subscription_has_conditions(
    when: str, conditions: Conditions, tmp_path: Path
) -> None:
    found = discounts_of(tmp_path, f"Spring | Notes | 12.5 % | {when}")

    assert found == {
        "Notes": (
            PercentageDiscount(
                key="Spring",
                percent=Decimal("12.5"),
                level=Level.SUBSCRIPTION,
                conditions=conditions,
            ),
        )
    }


def test_discounts_on_everything_are_the_contracts_and_keep_their_order(tmp_path: Path) -> None:
    found = discounts_of(
        tmp_path, "Loyal | everything | 10 % | ", "Big | everything | 5 % | ", "A | Notes | 1 % | "
    )

    assert [(one.key, one.level) for one in found[EVERYTHING]] == [
        ("Loyal", Level.CONTRACT),
        ("Big", Level.CONTRACT),
    ]
    assert [one.key for one in found["Notes"]] == ["A"]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("Spring | Note | 10 % | ", "no subscription has the name 'Note'; there is everything, "),
        ("Spring | Notes | 10 | ", r"what can be written is:\s+10 %"),
        ("Spring | Notes | 110 % | ", "110 percent is not above 0 and up to 100"),
        ("Spring | Notes | 10 % | sometimes", r"for the first 10 seats;\s+not for seats"),
        ("Spring | Notes | 10 % | for the first 0 months of the term", "months 0"),
        (
            "Spring | Notes | 10 % | for the first 3 seats; for the first 4 seats",
            "the same is said twice",
        ),
    ],
)
def test_what_is_no_discount_is_refused(row: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(NotUnderstood, match=rf"(?s)section 'Discounts', row 1 \(line 5\).*{why}"):
        discounts_of(tmp_path, row)


def test_without_a_section_there_is_no_discount() -> None:
    assert read_discounts(None, ["Notes"]) == {}
