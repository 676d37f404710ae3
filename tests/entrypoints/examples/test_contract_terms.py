from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.entrypoints.examples.stories import kept, story, table
from work365.domain.contracts import AnchorRule, BillingContract, ContractType, Timing
from work365.domain.day_counts import DayCount
from work365.domain.periods import MonthEnd
from work365.domain.policies import AddingUp, BillingPolicy, ChangeLines
from work365.domain.proration import Proration, Rounding
from work365.domain.rounding import RoundingMode
from work365.entrypoints.examples.contract_terms import DAY_COUNTS
from work365.entrypoints.examples.markdown import NotUnderstood
from work365.entrypoints.examples.reading import read_example


def contract_of(folder: Path, *terms: str, everywhere: tuple[str, ...] = ()) -> BillingContract:
    sections = [
        table("Contract", "term | value", "currency | EUR", "first day | 2026-01-01", *terms)
    ]
    if everywhere:
        sections.append(table("Everywhere", "term | value", *everywhere))
    return read_example(kept(folder, story(*sections))).told.account.contract


def proration_of(folder: Path, words: str) -> Proration:
    return contract_of(folder, f"proration | {words}").policy.proration


def test_the_fewest_terms_make_the_usual_contract(tmp_path: Path) -> None:
    contract = contract_of(tmp_path)

    assert (contract.key, contract.currency) == ("story", "EUR")
    assert (contract.start_on, contract.end_on) == (date(2026, 1, 1), None)
    assert contract.policy == BillingPolicy()


@pytest.mark.parametrize(
    ("term", "field", "value"),
    [
        ("last day | 2026-03-31", "end_on", date(2026, 4, 1)),
        ("type | flexi", "type", ContractType.FLEXI),
        ("type | one-time", "type", ContractType.NON_RECURRING),
        ("state | draft", "active", False),
        ("billed | every 3 months", "cycle_months", 3),
        ("paid | in arrears", "timing", Timing.ARREARS),
        ("paid | in advance", "timing", Timing.ADVANCE),
        ("periods | of the calendar", "anchor_rule", AnchorRule.CALENDAR),
        ("periods | from the first day", "anchor_rule", AnchorRule.ANNIVERSARY),
        ("periods | from the 15th of the month", "bill_day", 15),
        ("periods | from the 31st of the month", "anchor_rule", AnchorRule.BILL_DAY),
        (
            "short months | as far from the month's end as the anchor",
            "month_end",
            MonthEnd.KEEP_DISTANCE,
        ),
        ("changes billed | every 6 months", "change_cycle_months", 6),
        ("review | 5 days", "review_days", 5),
        ("due after | 14 days", "payment_days", 14),
    ],
)
def test_a_term_is_a_field_of_the_contract(
    term: str, field: str, value: object, tmp_path: Path
) -> None:
    assert getattr(contract_of(tmp_path, term), field) == value


@pytest.mark.parametrize(
    ("term", "field", "value"),
    [
        ("change lines | a credit and a charge", "change_lines", ChangeLines.CREDIT_AND_CHARGE),
        ("change lines | the difference", "change_lines", ChangeLines.DELTA),
        ("rounding | each line by itself", "adding_up", AddingUp.LINE),
        ("rounding | so that lines add up", "adding_up", AddingUp.PERIOD),
        ("refunds | given", "refunds", True),
        ("refunds | refused", "refunds", False),
        ("day of the end | charged", "last_day_counts", True),
        ("invoiced | 5 days before", "offset_days", -5),
        ("invoiced | 1 day after", "offset_days", 1),
        ("invoiced | on the day", "offset_days", 0),
    ],
)
def test_a_term_is_a_choice_of_the_policy(
    term: str, field: str, value: object, tmp_path: Path
) -> None:
    assert getattr(contract_of(tmp_path, term).policy, field) == value


def test_the_contract_says_otherwise_than_everywhere(tmp_path: Path) -> None:
    contract = contract_of(
        tmp_path,
        "refunds | refused",
        everywhere=("refunds | given", "rounding | each line by itself"),
    )

    assert (contract.policy.refunds, contract.policy.adding_up) == (False, AddingUp.LINE)


def test_the_last_day_is_the_end_where_that_day_is_charged(tmp_path: Path) -> None:
    contract = contract_of(tmp_path, "last day | 2026-03-31", "day of the end | charged")

    assert contract.end_on == date(2026, 3, 31)


class TestProration:
    @pytest.mark.parametrize(("words", "day_count"), DAY_COUNTS.items())
    def test_every_rule_has_its_words(
        self, words: str, day_count: DayCount, tmp_path: Path
    ) -> None:
        assert proration_of(tmp_path, words) == Proration(day_count=day_count)

    def test_no_rule_is_without_words(self) -> None:
        assert set(DAY_COUNTS.values()) == set(DayCount)

    @pytest.mark.parametrize(
        ("words", "rounding"),
        [
            ("the share has 9 decimals", Rounding(fraction_digits=9)),
            ("the unit price has 3 decimals", Rounding(unit_price_digits=3)),
            (
                "the unit price has 2 decimals and is cut off",
                Rounding(unit_price_digits=2, unit_price_mode=RoundingMode.TOWARDS_ZERO),
            ),
            ("the line is rounded up", Rounding(line_mode=RoundingMode.AWAY_FROM_ZERO)),
            (
                "the line is rounded with halves to the even digit",
                Rounding(line_mode=RoundingMode.HALF_EVEN),
            ),
        ],
    )
    def test_rounded_steps_follow_a_comma(
        self, words: str, rounding: Rounding, tmp_path: Path
    ) -> None:
        found = proration_of(tmp_path, f"whole months, then days, {words}")

        assert found == Proration(day_count=DayCount.MONTHS_THEN_DAYS, rounding=rounding)

    def test_what_is_said_of_the_rule_itself(self, tmp_path: Path) -> None:
        found = proration_of(
            tmp_path,
            "whole months, then days, months keep their distance from the month's end,"
            " an instant costs the whole",
        )

        assert found == Proration(
            day_count=DayCount.MONTHS_THEN_DAYS,
            month_end=MonthEnd.KEEP_DISTANCE,
            instants_cost_whole=True,
        )

    def test_another_word_is_told_all_of_them(self, tmp_path: Path) -> None:
        with pytest.raises(
            NotUnderstood, match=r"no proration; .* whole months only; .* none; and"
        ):
            proration_of(tmp_path, "by the moon")


@pytest.mark.parametrize(
    ("terms", "why"),
    [
        (("money | EUR",), r"row 3 \(line 9\), column 'term': 'money': .* write currency or"),
        (("refunds | maybe",), "column 'value': 'maybe': .* write given or refused"),
        (("refunds | given", "refunds | given"), "'refunds' is said before; say it once"),
        (("last day | 2025-12-01",), "section 'Contract': contract story: ends on 2025-12-02"),
        (("periods | from the 32nd of the month",), "bill day 32 is not a day of the month"),
        (("proration | none, the line is cut",), "'none, the line is cut': .* the line is cut off"),
    ],
)
def test_what_means_nothing_is_refused_with_its_place(
    terms: tuple[str, ...], why: str, tmp_path: Path
) -> None:
    with pytest.raises(NotUnderstood, match=f"(?s){why}"):
        contract_of(tmp_path, *terms)


def test_a_contract_has_a_currency_and_a_first_day(tmp_path: Path) -> None:
    file = kept(tmp_path, story(table("Contract", "term | value", "currency | EUR")))

    with pytest.raises(NotUnderstood, match="the 'first day' is missing; add a row with it"):
        read_example(file)


def test_a_discount_on_everything_is_the_contracts(tmp_path: Path) -> None:
    sections = (
        table("Contract", "term | value", "currency | EUR", "first day | 2026-01-01"),
        table("Discounts", "discount | for | off", "Loyal | everything | 10 %"),
    )

    contract = read_example(kept(tmp_path, story(*sections))).told.account.contract

    assert [one.percent for one in contract.discounts] == [Decimal(10)]
