from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from dataverse_schema import options
from dataverse_schema.tables import billing as tables
from tests.adapters.dataverse.partner import NEW_YEAR
from work365.adapters.dataverse.accounts import (
    FieldMissing,
    FieldWrong,
    change_of,
    charge_of,
    contract_of,
    subscription_of,
)
from work365.domain.changes import Change, Status, UnitPrice
from work365.domain.charges import Charge, Price, Slot
from work365.domain.contracts import (
    AnchorRule,
    BillingContract,
    ContractType,
    InvalidContract,
    Subscription,
    Timing,
)
from work365.domain.money import UnknownCurrency
from work365.domain.periods import Period
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
            anchor_rule=options.AnchorRule.CALENDAR,
            cycle_months=12,
            change_cycle_months=3,
            payment_days=14,
            review_days=5,
        )

        assert contract_of(row, CURRENCIES) == BillingContract(
            id=CONTRACT,
            key="CT-1",
            customer=CUSTOMER,
            currency="EUR",
            start_on=NEW_YEAR,
            end_on=date(2027, 1, 1),
            active=True,
            type=ContractType.FLEXI,
            timing=Timing.ARREARS,
            anchor_rule=AnchorRule.CALENDAR,
            cycle_months=12,
            change_cycle_months=3,
            payment_days=14,
            review_days=5,
        )

    def test_changes_are_invoiced_monthly_where_nothing_is_said(self) -> None:
        contract = contract_of(a_contract(cycle_months=12), CURRENCIES)

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

        assert contract_of(row, CURRENCIES).active is active

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
            ({"currency": UUID(int=9)}, UnknownCurrency, "'QQQ' is not a code of ISO 4217"),
            ({"currency": UUID(int=8)}, UnknownCurrency, f"'of row {UUID(int=8)}'"),
        ],
    )
    def test_what_is_missing_or_wrong_is_named_with_its_remedy(
        self, values: dict[str, Any], refusal: type[Refusal], words: str
    ) -> None:
        with pytest.raises(refusal, match=words):
            contract_of(a_contract(**values), CURRENCIES)


class TestSubscription:
    def test_every_term_is_taken_from_the_row(self) -> None:
        change = Change("change-1", NEW_YEAR, CREATED)
        row = a_subscription(end_on=date(2026, 6, 1), cycle_months=12)

        assert subscription_of(row, (change,)) == Subscription(
            id=SUBSCRIPTION,
            key="sub-1",
            name="Seats",
            start_on=NEW_YEAR,
            end_on=date(2026, 6, 1),
            cycle_months=12,
            changes=(change,),
        )

    def test_a_start_that_is_missing_is_named_with_its_remedy(self) -> None:
        with pytest.raises(
            FieldMissing, match="subscription sub-1: the start is empty; enter the first day"
        ):
            subscription_of(a_subscription(start_on=None), ())


class TestChange:
    def test_every_fact_is_taken_from_the_row(self) -> None:
        row = a_change(
            quantity_delta=Decimal(-3),
            unit_price=Decimal("0.0123456789"),
            price_months=12,
            status=options.SubscriptionStatus.SUSPENDED,
        )

        assert change_of(row, CREATED) == Change(
            "change-1",
            NEW_YEAR,
            CREATED,
            Decimal(-3),
            UnitPrice(Decimal("0.0123456789"), 12),
            Status.SUSPENDED,
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


def a_line(**values: Any) -> tables.InvoiceLine:
    given = {
        "key": "line-1",
        "invoice": UUID(int=5),
        "contract": CONTRACT,
        "subscription": SUBSCRIPTION,
        "position": 1,
        "description": "Seats",
        "component": "license",
        "quantity": Decimal(-3),
        "unit_price": Decimal("12.4000000000"),
        "price_months": 12,
        "cycle_months": 3,
        "service_start_on": date(2026, 1, 11),
        "service_end_on": date(2026, 2, 1),
        "period_start_on": NEW_YEAR,
        "period_end_on": date(2026, 4, 1),
        "service_days": 21,
        "period_days": 90,
        "proration": "actual-days/1",
        "rounding": "half-away-from-zero/1",
        "amount": Decimal("-25.2000"),
        "transactioncurrencyid": EURO,
    }
    return tables.InvoiceLine(**{**given, **values})


class TestCharge:
    def test_it_is_the_one_that_a_line_was_made_from(self) -> None:
        charge = charge_of(a_line(), "sub-1", "EUR")

        price = Price("sub-1", "license", "EUR", Decimal("12.40"), 12)
        assert charge == Charge(
            Slot(price, NEW_YEAR, date(2026, 4, 1), 3),
            Period(date(2026, 1, 11), date(2026, 2, 1)),
            Decimal(-3),
        )
        assert hash(charge.slot) == hash(Slot(price, NEW_YEAR, date(2026, 4, 1), 3))

    @pytest.mark.parametrize("field", ["service_end_on", "period_end_on"])
    def test_a_period_that_ends_before_it_starts_is_named_with_its_remedy(self, field: str) -> None:
        with pytest.raises(FieldWrong, match=r"line line-1: a period from .* 2025-12-31; restore"):
            charge_of(a_line(**{field: date(2025, 12, 31)}), "sub-1", "EUR")
