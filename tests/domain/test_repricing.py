from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.domain.logs import LATER, START, entry, subscription, with_entries
from work365.domain.catalog import BillingPlan, ListPrice, PriceKey, PriceList, Sku, Term
from work365.domain.changes import Change, Status, UnitPrice
from work365.domain.contracts import Subscription
from work365.domain.findings import Severity
from work365.domain.history import had_on
from work365.domain.repricing import (
    Basis,
    BeforeTermEnd,
    Listed,
    Proposal,
    Repriced,
    SellingRule,
    differences,
    repriced,
)
from work365.domain.rounding import RoundingMode

ON = date(2026, 4, 1)
ONE_DAY = timedelta(days=1)
TERM_END = date(2027, 3, 1)
KEY = PriceKey("CFQ7TTC0LCHC:0002", Term.YEAR, BillingPlan.MONTHLY, "AT", "EUR")
LISTED = ListPrice(
    sku=Sku("CFQ7TTC0LCHC", "0002", "Plan", "Microsoft Corporation"),
    term=Term.YEAR,
    plan=BillingPlan.MONTHLY,
    market="AT",
    currency="EUR",
    segment="Commercial",
    unit_price=Decimal("90.00"),
    erp_price=Decimal("120.00"),
    price_months=12,
    effective_from=date(2026, 1, 1),
    effective_until=None,
)
PRICES = PriceList.of([LISTED])
RULE = SellingRule()
OLD = UnitPrice(Decimal("9.50"), 1)
NEW = UnitPrice(Decimal("120.0000"), 12)
OPENING = entry(START, 3, price=OLD)
PART = subscription("S", OPENING)


def proposed(part: Subscription, *, on: date = ON, rule: SellingRule = RULE) -> list[Proposal]:
    return list(differences([Listed(part, KEY, TERM_END)], PRICES, on=on, rule=rule).proposals)


class TestSellingRule:
    @pytest.mark.parametrize(
        ("rule", "amount"),
        [
            (SellingRule(), "120.0000"),
            (SellingRule(Basis.COST), "90.0000"),
            (SellingRule(Basis.COST, Decimal(15)), "103.5000"),
            (SellingRule(Basis.RETAIL, Decimal("-2.5")), "117.0000"),
            (SellingRule(Basis.COST, Decimal("0.0333"), digits=2), "90.03"),
            (SellingRule(Basis.COST, Decimal("0.0389"), digits=2), "90.04"),
            (
                SellingRule(
                    Basis.COST, Decimal("0.0389"), digits=2, mode=RoundingMode.TOWARDS_ZERO
                ),
                "90.03",
            ),
        ],
    )
    def test_a_price_is_made_from_the_listed_one(self, rule: SellingRule, amount: str) -> None:
        assert str(rule.price(LISTED).amount) == amount
        assert rule.price(LISTED).months == 12


class TestDifferences:
    def test_another_price_is_proposed(self) -> None:
        assert proposed(PART) == [Proposal(PART, OLD, NEW, ON, TERM_END)]

    @pytest.mark.parametrize(
        ("price", "count"),
        [
            (UnitPrice(Decimal("10.00"), 1), 0),
            (UnitPrice(Decimal(120), 12), 0),
            (UnitPrice(Decimal(120), 1), 1),
            (UnitPrice(Decimal("10.01"), 1), 1),
        ],
    )
    def test_prices_are_compared_by_the_month(self, price: UnitPrice, count: int) -> None:
        assert len(proposed(subscription("S", entry(START, 3, price=price)))) == count

    def test_what_has_no_price_yet_gets_one(self) -> None:
        part = subscription("S", entry(START, 3, status=Status.SUSPENDED))

        assert [proposal.old for proposal in proposed(part)] == [None]

    @pytest.mark.parametrize(("on", "count"), [(START - ONE_DAY, 0), (START, 1)])
    def test_what_is_not_had_yet_is_left_out(self, on: date, count: int) -> None:
        assert len(proposed(PART, on=on)) == count

    @pytest.mark.parametrize(("end_on", "count"), [(ON, 0), (ON + ONE_DAY, 1)])
    def test_what_is_over_is_left_out(self, end_on: date, count: int) -> None:
        assert len(proposed(replace(PART, end_on=end_on))) == count

    def test_what_is_cancelled_is_left_out(self) -> None:
        assert proposed(with_entries(PART, [entry(ON, status=Status.CANCELLED)])) == []

    def test_the_price_of_the_day_is_the_one_that_differs(self) -> None:
        risen = with_entries(PART, [entry(ON, price=NEW)])

        assert proposed(risen) == []
        assert len(proposed(risen, on=ON - ONE_DAY)) == 1

    def test_what_the_catalogue_does_not_have_is_a_finding_and_stops_nothing(self) -> None:
        rows = [
            Listed(subscription("X", OPENING), replace(KEY, market="CH")),
            Listed(PART, KEY),
        ]

        found = differences(rows, PRICES, on=ON, rule=RULE)

        assert [proposal.subscription for proposal in found.proposals] == [PART]
        (finding,) = found.findings
        assert (finding.severity, finding.code) == (Severity.ERROR, "price_not_found")
        assert finding.path == "subscription X"
        assert "CH EUR" in finding.message

    def test_two_prices_for_one_day_are_a_finding(self) -> None:
        prices = PriceList.of([LISTED, replace(LISTED, unit_price=Decimal(1))])

        found = differences([Listed(PART, KEY)], prices, on=ON, rule=RULE)

        assert [finding.code for finding in found.findings] == ["price_ambiguous"]
        assert found.proposals == ()


class TestProposal:
    @pytest.mark.parametrize(
        ("fixed_until", "is_early"),
        [(None, False), (ON - ONE_DAY, False), (ON, False), (ON + ONE_DAY, True)],
    )
    def test_it_is_early_before_the_first_day_after_the_term(
        self, fixed_until: date | None, is_early: bool
    ) -> None:
        assert Proposal(PART, OLD, NEW, ON, fixed_until).is_early is is_early


class TestRepriced:
    def made(self, fixed_until: date | None, policy: BeforeTermEnd, *confirmed: str) -> Repriced:
        proposal = Proposal(PART, OLD, NEW, ON, fixed_until)
        return repriced([proposal], before_term_end=policy, recorded_at=LATER, confirmed=confirmed)

    def test_a_new_price_is_an_entry_of_its_day(self) -> None:
        made = self.made(ON, BeforeTermEnd.REFUSE)

        change = made.changes["S"]
        assert made.findings == ()
        assert change == Change(change.key, ON, LATER, price=NEW)
        assert change.key.startswith("S_repricing_20260401_")

    @pytest.mark.parametrize(
        ("policy", "confirmed", "is_made"),
        [
            (BeforeTermEnd.REFUSE, (), False),
            (BeforeTermEnd.REFUSE, ("S",), False),
            (BeforeTermEnd.CONFIRM, (), False),
            (BeforeTermEnd.CONFIRM, ("T",), False),
            (BeforeTermEnd.CONFIRM, ("S",), True),
            (BeforeTermEnd.ALLOW, (), True),
        ],
    )
    def test_an_early_price_needs_what_the_policy_says(
        self, policy: BeforeTermEnd, confirmed: tuple[str, ...], is_made: bool
    ) -> None:
        made = self.made(TERM_END, policy, *confirmed)

        assert ("S" in made.changes) is is_made
        assert (made.findings == ()) is is_made

    @pytest.mark.parametrize(
        ("policy", "remedy"),
        [
            (BeforeTermEnd.REFUSE, "let it begin on 2027-03-01"),
            (BeforeTermEnd.CONFIRM, "confirm that the customer agreed"),
        ],
    )
    def test_what_is_refused_is_a_finding_with_the_remedy(
        self, policy: BeforeTermEnd, remedy: str
    ) -> None:
        (finding,) = self.made(TERM_END, policy).findings

        assert finding.code == "price_is_fixed"
        assert finding.path == "subscription S"
        assert finding.message == (
            "subscription S: its price is fixed until 2027-03-01 and 120.0000 would begin on"
            f" 2026-04-01; {remedy}"
        )

    def test_one_that_is_refused_stops_nothing(self) -> None:
        other = subscription("T", OPENING)
        late = subscription("U", replace(entry(ON, price=OLD), recorded_at=LATER, key="~"))
        proposals = [
            Proposal(PART, OLD, NEW, ON, TERM_END),
            Proposal(late, OLD, NEW, ON, None),
            Proposal(other, OLD, NEW, ON, None),
        ]

        made = repriced(proposals, before_term_end=BeforeTermEnd.REFUSE, recorded_at=LATER)

        assert list(made.changes) == ["T"]
        assert [finding.code for finding in made.findings] == [
            "price_is_fixed",
            "recorded_too_early",
        ]

    def test_what_was_repriced_does_not_differ_any_more(self) -> None:
        made = repriced(proposed(PART), before_term_end=BeforeTermEnd.ALLOW, recorded_at=LATER)

        after = with_entries(PART, [made.changes["S"]])

        assert had_on(after.changes, ON).price == NEW
        assert proposed(after) == []
