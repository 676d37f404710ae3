from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from dataverse_schema import options
from dataverse_schema.tables import billing as tables
from tests.adapters.dataverse.partner import NEW_YEAR
from work365.adapters.dataverse.accounts import (
    bundle_of,
    change_of,
    contract_of,
    one_time_charge_of,
    subscription_of,
)
from work365.adapters.dataverse.policies import USUAL_SETTINGS
from work365.adapters.dataverse.row_faults import FieldMissing, FieldWrong
from work365.domain.changes import Change, Status, UnitPrice
from work365.domain.contracts import (
    AnchorRule,
    BillingContract,
    ContractType,
    InvalidContract,
    Subscription,
    Timing,
)
from work365.domain.discounts import InvalidDiscount, Level, PercentageDiscount
from work365.domain.money import UnknownCurrency
from work365.domain.one_time_charges import InvalidOneTimeCharge, OneTimeCharge, OneTimeKind
from work365.domain.periods import MonthEnd
from work365.errors import Refusal

CONTRACT, CUSTOMER, EURO, SUBSCRIPTION = (UUID(int=number) for number in range(1, 5))
CURRENCIES = {EURO: "EUR", UUID(int=9): "QQQ"}
CREATED = datetime(2026, 1, 5, 12, tzinfo=UTC)


def a_contract(**values: Any) -> tables.BillingContract:
    given = {
        "row_id": CONTRACT,
        "name": "Contract",
        "key": "CT-1",
        "customer": CUSTOMER,
        "currency": EURO,
        "start_on": NEW_YEAR,
    }
    return tables.BillingContract(**{**given, **values})


def a_subscription(**values: Any) -> tables.Subscription:
    given = {"row_id": SUBSCRIPTION, "name": "Seats", "key": "sub-1", "start_on": NEW_YEAR}
    return tables.Subscription(**{**given, **values})


def a_change(**values: Any) -> tables.SubscriptionChange:
    given = {"name": "More", "key": "change-1", "effective_on": NEW_YEAR}
    return tables.SubscriptionChange(**{**given, **values})


class TestContract:
    def test_every_term_is_taken_from_the_row(self) -> None:
        row = a_contract(
            end_on=date(2027, 1, 1),
            contract_type=options.ContractType.FLEXI,
            timing=options.BillingTiming.ARREARS,
            anchor_rule=options.AnchorRule.BILL_DAY,
            bill_day=15,
            month_end=options.MonthEnd.KEEP_DISTANCE,
            cycle_months=12,
            change_cycle_months=3,
            payment_days=14,
            review_days=5,
            discount_percent=Decimal("10.0000000000"),
            refund_at_end=True,
        )

        assert contract_of(row, CURRENCIES, USUAL_SETTINGS) == BillingContract(
            id=CONTRACT,
            key="CT-1",
            customer=CUSTOMER,
            currency="EUR",
            start_on=NEW_YEAR,
            end_on=date(2027, 1, 1),
            active=True,
            type=ContractType.FLEXI,
            timing=Timing.ARREARS,
            anchor_rule=AnchorRule.BILL_DAY,
            bill_day=15,
            month_end=MonthEnd.KEEP_DISTANCE,
            cycle_months=12,
            change_cycle_months=3,
            payment_days=14,
            review_days=5,
            discounts=(PercentageDiscount(key="CT-1", percent=Decimal(10), level=Level.CONTRACT),),
            refund_at_end=True,
        )

    def test_a_percent_is_remembered_as_the_same_whatever_zeros_it_is_read_with(self) -> None:
        contracts = [
            contract_of(a_contract(discount_percent=Decimal(text)), CURRENCIES, USUAL_SETTINGS)
            for text in ("10", "10.0", "10.0000000000")
        ]

        assert len({contract.priced for contract in contracts}) == 1
        assert contracts[0].priced != ()

    def test_changes_are_invoiced_monthly_where_nothing_is_said(self) -> None:
        contract = contract_of(a_contract(cycle_months=12), CURRENCIES, USUAL_SETTINGS)

        assert contract.change_cycle_months == 1

    @pytest.mark.parametrize(
        ("status", "active"),
        [
            (options.ContractStatus.DRAFT, False),
            (options.ContractStatus.ACTIVE, True),
            (options.ContractStatus.TERMINATED, True),
        ],
    )
    def test_all_but_drafts_are_billed(self, status: options.ContractStatus, active: bool) -> None:
        row = a_contract(status=status, end_on=date(2027, 1, 1))

        assert contract_of(row, CURRENCIES, USUAL_SETTINGS).active is active

    @pytest.mark.parametrize(
        ("values", "refusal", "words"),
        [
            (
                {"customer": None},
                FieldMissing,
                "billing contract CT-1: the customer is empty; choose the account",
            ),
            (
                {"currency": None},
                FieldMissing,
                "billing contract CT-1: the currency is empty; choose the currency",
            ),
            (
                {"start_on": None},
                FieldMissing,
                "billing contract CT-1: the start is empty; enter the first day",
            ),
            (
                {"status": options.ContractStatus.TERMINATED},
                FieldWrong,
                "billing contract CT-1: it is terminated and has no end; enter the first day",
            ),
            (
                {"end_on": date(2025, 12, 31)},
                InvalidContract,
                "CT-1: ends on 2025-12-31, before it starts on 2026-01-01; correct one",
            ),
            (
                {"bill_day": 15},
                InvalidContract,
                "CT-1: bill day 15 with anchor rule anniversary; a bill day is given with",
            ),
            (
                {"anchor_rule": options.AnchorRule.BILL_DAY},
                InvalidContract,
                "CT-1: bill day None with anchor rule bill_day; a bill day is given with",
            ),
            (
                {"discount_percent": Decimal(120)},
                InvalidDiscount,
                "discount CT-1: 120 percent is not above 0 and up to 100; correct it",
            ),
            (
                {"proration": "by-moons/1"},
                FieldWrong,
                "billing contract CT-1: the proration is wrong: .*'by-moons/1' is not known; name",
            ),
            ({"currency": UUID(int=9)}, UnknownCurrency, "'QQQ' is not a code of ISO 4217"),
            ({"currency": UUID(int=8)}, UnknownCurrency, f"'of row {UUID(int=8)}'"),
        ],
    )
    def test_what_is_missing_or_wrong_is_named_with_its_remedy(
        self, values: dict[str, Any], refusal: type[Refusal], words: str
    ) -> None:
        with pytest.raises(refusal, match=words):
            contract_of(a_contract(**values), CURRENCIES, USUAL_SETTINGS)


class TestSubscription:
    def test_every_term_is_taken_from_the_row(self) -> None:
        change = Change("change-1", NEW_YEAR, CREATED)
        row = a_subscription(
            end_on=date(2026, 6, 1),
            cycle_months=12,
            billable=False,
            refund_at_end=True,
            discount_percent=Decimal("12.5"),
            term_months=36,
        )

        assert subscription_of(row, (change,), printed_with="sub-2") == Subscription(
            id=SUBSCRIPTION,
            key="sub-1",
            name="Seats",
            start_on=NEW_YEAR,
            end_on=date(2026, 6, 1),
            cycle_months=12,
            changes=(change,),
            billable=False,
            printed_with="sub-2",
            discounts=(PercentageDiscount(key="sub-1", percent=Decimal("12.5")),),
            term_months=36,
            refund_at_end=True,
        )

    def test_where_nothing_is_said_it_is_charged_and_printed_without_a_discount(self) -> None:
        subscription = subscription_of(a_subscription(), ())

        assert subscription.billable
        assert not subscription.refund_at_end
        assert (subscription.printed_with, subscription.discounts) == (None, ())

    def test_a_percent_of_nothing_is_named_with_its_remedy(self) -> None:
        with pytest.raises(InvalidDiscount, match=r"discount sub-1: 0 percent .*; correct it, or"):
            subscription_of(a_subscription(discount_percent=Decimal(0)), ())

    def test_a_start_that_is_missing_is_named_with_its_remedy(self) -> None:
        with pytest.raises(
            FieldMissing, match="subscription sub-1: the start is empty; enter the first day"
        ):
            subscription_of(a_subscription(start_on=None), ())


class TestBundle:
    @pytest.fixture
    def siblings(self) -> dict[UUID, tables.Subscription]:
        """A bundle, and a part that is printed with it."""
        bundle, part = UUID(int=11), UUID(int=12)
        return {
            bundle: a_subscription(row_id=bundle, key="bundle"),
            part: a_subscription(row_id=part, key="part", printed_with=bundle),
        }

    def test_is_told_by_its_key(self, siblings: dict[UUID, tables.Subscription]) -> None:
        bundles = [bundle_of(row, siblings) for row in siblings.values()]

        assert bundles == [None, "bundle"]

    @pytest.mark.parametrize(
        ("printed_with", "words"),
        [
            (13, "sub-1: it is printed with row .*d, which is not a subscription of the same"),
            (12, "sub-1: it is printed with part, which has no row of its own; choose"),
        ],
    )
    def test_that_it_cannot_be_printed_with_is_named_with_the_remedy(
        self, siblings: dict[UUID, tables.Subscription], printed_with: int, words: str
    ) -> None:
        row = a_subscription(printed_with=UUID(int=printed_with))

        with pytest.raises(FieldWrong, match=words):
            bundle_of(row, siblings)


class TestChange:
    def test_every_fact_is_taken_from_the_row(self) -> None:
        row = a_change(
            quantity_delta=Decimal(-3),
            unit_price=Decimal("0.0123456789"),
            price_months=12,
            status=options.SubscriptionStatus.PAUSED,
            refund=True,
        )

        assert change_of(row, CREATED) == Change(
            "change-1",
            NEW_YEAR,
            CREATED,
            Decimal(-3),
            UnitPrice(Decimal("0.0123456789"), 12),
            Status.PAUSED,
            refund=True,
        )

    def test_what_is_empty_stays_as_it_was(self) -> None:
        change = change_of(a_change(), CREATED)

        assert change == Change("change-1", NEW_YEAR, CREATED, Decimal(0), None, None)

    def test_it_is_recorded_when_it_says_so_and_else_when_its_row_was_created(self) -> None:
        recorded = datetime.fromisoformat("2026-01-04T01:00:00+02:00")

        said = change_of(a_change(recorded_on=recorded), CREATED)

        assert said.recorded_at == datetime(2026, 1, 3, 23, tzinfo=UTC)
        assert said.recorded_at.tzinfo is UTC
        assert change_of(a_change(), CREATED).recorded_at == CREATED

    def test_a_price_of_nothing_is_a_price(self) -> None:
        change = change_of(a_change(unit_price=Decimal(0), price_months=1), CREATED)

        assert change.price == UnitPrice(Decimal(0), 1)

    @pytest.mark.parametrize(
        ("values", "refusal", "words"),
        [
            (
                {"effective_on": None},
                FieldMissing,
                "change change-1: the effective day is empty; enter the first day",
            ),
            (
                {"unit_price": Decimal(12)},
                FieldMissing,
                "change change-1: the price months is empty; enter how many months",
            ),
            (
                {"unit_price": Decimal("-0.01"), "price_months": 1},
                FieldWrong,
                "change change-1: the unit price -0.01 is below zero; a credit is a negative",
            ),
        ],
    )
    def test_what_is_missing_or_wrong_is_named_with_its_remedy(
        self, values: dict[str, Any], refusal: type[Refusal], words: str
    ) -> None:
        with pytest.raises(refusal, match=words):
            change_of(a_change(**values), CREATED)


class TestOneTimeCharge:
    def test_every_fact_is_taken_from_the_row(self) -> None:
        row = a_one_time_charge(
            quantity=Decimal("1.5"), kind=options.OneTimeKind.EFFORT, discounted=False
        )

        assert one_time_charge_of(row) == OneTimeCharge(
            id=UUID(int=7),
            key="one-1",
            name="Migration",
            on=NEW_YEAR,
            quantity=Decimal("1.5"),
            unit_price=Decimal("-95.00"),
            kind=OneTimeKind.EFFORT,
            discounted=False,
        )

    def test_where_nothing_is_said_it_is_one_product_with_the_contracts_discount(self) -> None:
        charge = one_time_charge_of(a_one_time_charge())

        assert (charge.quantity, charge.kind) == (Decimal(1), OneTimeKind.PRODUCT)
        assert charge.discounted

    @pytest.mark.parametrize(
        ("values", "refusal", "words"),
        [
            ({"charged_on": None}, FieldMissing, "charge one-1: the day is empty; enter the day"),
            ({"unit_price": None}, FieldMissing, "charge one-1: the unit price is empty; enter"),
            ({"quantity": Decimal(0)}, InvalidOneTimeCharge, "one-1: the quantity is 0; give a"),
        ],
    )
    def test_what_is_missing_or_wrong_is_named_with_its_remedy(
        self, values: dict[str, Any], refusal: type[Refusal], words: str
    ) -> None:
        with pytest.raises(refusal, match=words):
            one_time_charge_of(a_one_time_charge(**values))


def a_one_time_charge(**values: Any) -> tables.OneTimeCharge:
    given = {
        "row_id": UUID(int=7),
        "name": "Migration",
        "key": "one-1",
        "contract": CONTRACT,
        "charged_on": NEW_YEAR,
        "unit_price": Decimal("-95.00"),
    }
    return tables.OneTimeCharge(**{**given, **values})
