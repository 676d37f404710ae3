from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from work365.domain.incentives import (
    Basis,
    IncentivePlan,
    NoQuota,
    NothingInvoiced,
    Sale,
    SharesNotWhole,
    TargetIncentive,
    Tier,
    TiersNotRising,
    Trigger,
    attainment,
    earned_by_receipt,
    percentage,
    split,
    tiered,
    tiered_on_attainment,
)
from work365.domain.money import CurrencyMismatch, Money
from work365.domain.periods import Period

BRACKETS = (
    Tier(Decimal(1000), Decimal(4)),
    Tier(Decimal(2500), Decimal("6.5")),
    Tier(None, Decimal(9)),
)
ACCELERATOR = (Tier(Decimal(100), Decimal(5)), Tier(None, Decimal(8)))


def euros(amount: str) -> Money:
    return Money.exactly(Decimal(amount), "EUR")


def dollars(amount: str) -> Money:
    return Money.exactly(Decimal(amount), "USD")


def plan(basis: Basis = Basis.REVENUE) -> IncentivePlan:
    return IncentivePlan(
        key="resale-2025",
        product_class="resale",
        effective=Period(date(2025, 1, 1), date(2026, 1, 1)),
        basis=basis,
        rate=Decimal(5),
    )


SALE = Sale(revenue=euros("240"), cost=euros("200"), booking=euros("2880"))


@pytest.mark.parametrize(
    ("basis", "earned"),
    [(Basis.REVENUE, "12.00"), (Basis.NET, "2.00"), (Basis.BOOKING, "144.00")],
)
def test_a_plan_is_a_percentage_of_its_basis(basis: Basis, earned: str) -> None:
    assert plan(basis).earning(SALE) == euros(earned)


def test_a_sale_at_a_loss_earns_less_than_nothing() -> None:
    sale = Sale(revenue=euros("200"), cost=euros("240"), booking=euros("0"))

    assert plan(Basis.NET).earning(sale) == euros("-2")


def test_a_prorated_invoice_has_a_prorated_incentive() -> None:
    third = Sale(revenue=euros("80"), cost=euros("66.67"), booking=euros("960"))

    assert plan().earning(third) == euros("4")


def test_cost_is_in_the_currency_of_the_revenue() -> None:
    sale = Sale(revenue=euros("240"), cost=dollars("200"), booking=euros("0"))

    with pytest.raises(CurrencyMismatch):
        plan(Basis.NET).earning(sale)


@pytest.mark.parametrize(
    ("starts_on", "covered"),
    [
        (date(2024, 12, 31), False),
        (date(2025, 1, 1), True),
        (date(2025, 12, 31), True),
        (date(2026, 1, 1), False),
    ],
)
def test_a_plan_covers_subscriptions_that_start_within_its_days(
    starts_on: date, covered: bool
) -> None:
    assert plan().covers("resale", starts_on=starts_on) is covered


def test_a_plan_covers_its_own_class_of_products() -> None:
    assert not plan().covers("services", starts_on=date(2025, 6, 1))


def test_a_payout_is_due_some_days_after_it_was_earned() -> None:
    later = replace(plan(), payout_after_days=30)

    assert later.payable_on(date(2025, 2, 10)) == date(2025, 3, 12)
    assert plan().payable_on(date(2025, 2, 10)) == date(2025, 2, 10)


def test_an_incentive_is_earned_by_an_invoice_unless_said_otherwise() -> None:
    assert plan().trigger is Trigger.INVOICE


def test_a_percentage_is_rounded_once() -> None:
    assert percentage(euros("10.01"), Decimal("2.5")) == euros("0.25")
    assert percentage(euros("10.20"), Decimal("2.5")) == euros("0.26")


@pytest.mark.parametrize(
    ("amount", "parts"),
    [
        ("0", ["0", "0", "0"]),
        ("999.99", ["40.00", "0", "0"]),
        ("1000", ["40", "0", "0"]),
        ("1000.50", ["40", "0.03", "0"]),
        ("2500", ["40", "97.50", "0"]),
        ("2600", ["40", "97.50", "9"]),
        ("-50", ["0", "0", "0"]),
    ],
)
def test_each_part_of_an_amount_earns_the_rate_of_its_own_tier(
    amount: str, parts: list[str]
) -> None:
    assert tiered(euros(amount), BRACKETS) == tuple(euros(part) for part in parts)


def test_what_is_above_the_last_tiers_end_earns_nothing() -> None:
    assert tiered(euros("5000"), BRACKETS[:2]) == (euros("40"), euros("97.50"))
    assert tiered(euros("5000"), ()) == ()


def test_a_tier_without_end_may_stand_alone() -> None:
    assert tiered(euros("50"), BRACKETS[2:]) == (euros("4.50"),)


@pytest.mark.parametrize("end", ["1000", "999"])
def test_tiers_that_do_not_rise_are_refused(end: str) -> None:
    tiers = (BRACKETS[0], Tier(Decimal(end), Decimal(5)))

    with pytest.raises(TiersNotRising, match=f"tier 2 ends at {end}"):
        tiered(euros("1"), tiers)


def test_a_first_tier_of_nothing_is_refused() -> None:
    with pytest.raises(TiersNotRising, match="tier 1 ends at 0"):
        tiered(euros("1"), (Tier(Decimal(0), Decimal(5)),))


def test_a_tier_after_one_without_end_is_refused() -> None:
    with pytest.raises(TiersNotRising, match="tier 1 has no end, and tier 2"):
        tiered(euros("1"), (BRACKETS[2], BRACKETS[0]))


def test_tiers_may_end_at_a_percentage_of_a_quota() -> None:
    below = tiered_on_attainment(euros("300"), euros("400"), ACCELERATOR)
    beyond = tiered_on_attainment(euros("500"), euros("400"), ACCELERATOR)

    assert below == (euros("15"), euros("0"))
    assert beyond == (euros("20"), euros("8"))


@pytest.mark.parametrize("quota", ["0", "-400"])
def test_a_quota_is_above_zero(quota: str) -> None:
    with pytest.raises(NoQuota, match=f"quota of {quota}"):
        tiered_on_attainment(euros("300"), euros(quota), ACCELERATOR)


def test_a_quota_is_in_the_currency_of_what_attains_it() -> None:
    with pytest.raises(CurrencyMismatch):
        tiered_on_attainment(euros("300"), dollars("400"), ACCELERATOR)


def test_attainment_is_in_percent() -> None:
    assert attainment(euros("300"), euros("400")) == 75
    assert attainment(euros("400"), euros("300")) == Fraction(400, 3)
    assert attainment(euros("-4"), euros("400")) == -1
    assert attainment(euros("0.01"), euros("0.01")) == 100


TARGET = TargetIncentive(at_target=euros("8000"), rate_per_percent_over=Decimal("1.5"))


@pytest.mark.parametrize(
    ("attained", "base", "over"),
    [
        ("0", "0", "0"),
        ("62.5", "5000", "0"),
        ("100", "8000", "0"),
        ("104", "8000", "480"),
    ],
)
def test_a_target_earns_its_share_up_to_it_and_a_rate_beyond(
    attained: str, base: str, over: str
) -> None:
    assert TARGET.base(Decimal(attained)) == euros(base)
    assert TARGET.overachievement(Decimal(attained)) == euros(over)


def test_a_target_pays_what_was_not_earned_before() -> None:
    assert TARGET.due(Decimal(104), earned_to_date=euros("5000")) == euros("3480")
    assert TARGET.due(Decimal(50), earned_to_date=euros("5000")) == euros("-1000")


def test_attainment_of_a_target_may_be_a_fraction() -> None:
    assert TARGET.base(Fraction(100, 3)) == euros("2666.67")


def test_an_incentive_is_split_so_that_it_adds_up() -> None:
    thirds = {"ada": Decimal("33.3"), "bob": Decimal("33.3"), "cleo": Decimal("33.4")}

    assert split(euros("0.05"), thirds) == {
        "ada": euros("0.02"),
        "bob": euros("0.01"),
        "cleo": euros("0.02"),
    }


@pytest.mark.parametrize(
    ("shares", "told"),
    [
        ({"ada": Decimal(60), "bob": Decimal(39)}, "ada 60, bob 39 are 99 percent"),
        ({"ada": Decimal(60), "bob": Decimal(41)}, "ada 60, bob 41 are 101 percent"),
        ({"ada": Decimal(101), "bob": Decimal(-1)}, "ada 101, bob -1 are 100 percent"),
        ({}, "of nobody are 0 percent"),
    ],
)
def test_shares_that_are_not_a_whole_are_refused(shares: dict[str, Decimal], told: str) -> None:
    with pytest.raises(SharesNotWhole, match=told):
        split(euros("1"), shares)


def test_a_person_may_have_no_share() -> None:
    assert split(euros("1"), {"ada": Decimal(100), "bob": Decimal(0)}) == {
        "ada": euros("1"),
        "bob": euros("0"),
    }


def receipt(incentive: str, invoiced: str, before: str, received: str) -> Money:
    return earned_by_receipt(
        euros(incentive),
        invoiced=euros(invoiced),
        received_before=euros(before),
        received=euros(received),
    )


def test_a_receipt_earns_the_share_of_the_invoice_that_it_is() -> None:
    assert receipt("10", "300", "0", "100") == euros("3.33")
    assert receipt("10", "300", "100", "100") == euros("3.34")
    assert receipt("10", "300", "200", "100") == euros("3.33")


def test_money_beyond_the_invoice_earns_nothing() -> None:
    assert receipt("10", "300", "0", "450") == euros("10")
    assert receipt("10", "300", "300", "50") == euros("0")


def test_money_that_is_given_back_takes_back_what_it_earned() -> None:
    assert receipt("10", "300", "300", "-150") == euros("-5")


@pytest.mark.parametrize("invoiced", ["0", "-3"])
def test_an_invoice_without_amount_earns_nothing_by_receipts(invoiced: str) -> None:
    with pytest.raises(NothingInvoiced, match=f"invoice of {invoiced}"):
        receipt("10", invoiced, "0", "1")


def test_the_smallest_invoice_is_earned() -> None:
    assert receipt("10", "0.01", "0", "0.01") == euros("10")


def test_money_is_received_in_the_currency_of_the_invoice() -> None:
    with pytest.raises(CurrencyMismatch):
        earned_by_receipt(
            euros("1"),
            invoiced=euros("1"),
            received_before=dollars("0"),
            received=dollars("1"),
        )


@given(
    incentive=st.integers(0, 10_000),
    receipts=st.lists(st.integers(1, 10_000), min_size=1, max_size=6),
)
def test_receipts_of_a_whole_invoice_earn_the_whole_incentive(
    incentive: int, receipts: list[int]
) -> None:
    earned = Decimal(0)
    before = 0
    for received in receipts:
        earned += receipt(str(incentive), str(sum(receipts)), str(before), str(received)).amount
        before += received

    assert earned == incentive


@given(st.integers(0, 1_000_000), st.sampled_from([BRACKETS, BRACKETS[:2]]))
def test_more_never_earns_less(cents: int, tiers: tuple[Tier, ...]) -> None:
    amount = Money("EUR", Decimal(cents).scaleb(-2))

    less = Money.total(tiered(amount, tiers), "EUR")
    more = Money.total(tiered(amount + euros("1"), tiers), "EUR")

    assert more >= less
