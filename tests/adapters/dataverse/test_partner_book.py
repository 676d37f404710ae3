from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from dataverse_schema import options
from dataverse_schema.tables.billing import BillingContract, Subscription, SubscriptionChange
from dataverse_schema.tables.providers import Provider, ProviderAccount
from dataverse_schema.tables.standard import Account, Product, SystemUser
from tests.adapters.dataverse.partner import NEW_YEAR, PRICE, Partner
from work365.adapters.dataverse.partner_book import (
    ContractTerms,
    Customer,
    DataversePartnerBook,
    NewChange,
    NewSubscription,
    NotFound,
)
from work365.domain.catalog import BillingPlan, Term
from work365.domain.changes import Status
from work365.domain.contracts import AnchorRule, ContractType, Timing
from work365.domain.microsoft.actions import ProvisioningAction, ProvisioningStatus
from work365.ports.billing import Written

TERMS = ContractTerms(
    key="CT-1",
    type=ContractType.FLEXI,
    timing=Timing.ARREARS,
    anchor_rule=AnchorRule.CALENDAR,
    cycle_months=3,
    start_on=NEW_YEAR,
    payment_days=14,
    refunds=True,
    refund_at_end=True,
)
CUSTOMER = Customer(
    number="C-2",
    name="Ahrens",
    street="Am Hafen 1",
    postal_code="20457",
    city="Hamburg",
    country="Germany",
    email="billing@ahrens.example",
    currency="USD",
    tenant="tenant-of-ahrens",
    domain="ahrens.example",
    contracts=(TERMS, replace(TERMS, key="CT-2")),
)


@pytest.fixture
def book(partner: Partner) -> DataversePartnerBook:
    return DataversePartnerBook(partner.people)


class TestCustomers:
    def test_come_with_their_accounts_and_contracts(
        self, partner: Partner, book: DataversePartnerBook
    ) -> None:
        book.keep_customers([CUSTOMER], provider="Microsoft")

        account = partner.row(Account, "C-2")
        contract = partner.row(BillingContract, "CT-1")
        provider_account = partner.row(ProviderAccount, "tenant-of-ahrens")
        assert (account.name, account.address1_city) == ("Ahrens", "Hamburg")
        assert (contract.customer, contract.name) == (account.row_id, "Ahrens, CT-1")
        assert partner.reader.currencies[contract.currency] == "USD"
        assert contract.contract_type is options.ContractType.FLEXI
        assert contract.timing is options.BillingTiming.ARREARS
        assert contract.anchor_rule is options.AnchorRule.CALENDAR
        assert (contract.cycle_months, contract.payment_days) == (3, 14)
        assert (contract.process_refunds, contract.refund_at_end) == (options.OwnYesNo.YES, True)
        assert (contract.start_on, contract.status.name) == (NEW_YEAR, "ACTIVE")
        assert provider_account.account == account.row_id
        assert provider_account.provider == partner.row(Provider, "microsoft").row_id
        assert len(partner.rows(BillingContract)) == 2

    def test_kept_twice_are_there_once_and_as_they_were_kept_last(
        self, partner: Partner, book: DataversePartnerBook
    ) -> None:
        book.keep_customers([CUSTOMER], provider="Microsoft")
        moved = replace(CUSTOMER, city="Bremen")

        book.keep_customers([moved], provider="Microsoft")

        assert partner.row(Account, "C-2").address1_city == "Bremen"
        assert len(partner.rows(Account)) == 2
        assert len(partner.rows(ProviderAccount)) == 1
        assert len(partner.rows(BillingContract)) == 2

    def test_need_no_contract(self, partner: Partner, book: DataversePartnerBook) -> None:
        book.keep_customers([replace(CUSTOMER, contracts=())], provider="Microsoft")

        assert partner.row(Account, "C-2").name == "Ahrens"
        assert partner.rows(BillingContract) == []

    def test_there_can_be_none(self, partner: Partner, book: DataversePartnerBook) -> None:
        book.keep_customers([], provider="Microsoft")

        assert partner.row(Provider, "microsoft").name == "Microsoft"

    def test_in_a_currency_that_is_not_there_are_refused(
        self, partner: Partner, book: DataversePartnerBook
    ) -> None:
        with pytest.raises(NotFound, match="no currency CHF; add it"):
            book.keep_customers([replace(CUSTOMER, currency="CHF")], provider="Microsoft")

        assert partner.rows(Provider) == []


class TestChanges:
    def test_are_kept_as_they_were_entered(
        self, partner: Partner, book: DataversePartnerBook
    ) -> None:
        _, subscription = partner.open()

        book.add_change(
            NewChange(
                key="change-1",
                subscription="sub-CT-1",
                effective_on=date(2026, 1, 11),
                quantity_delta=Decimal("2.5"),
                unit_price=Decimal("0.0123456789"),
                price_months=12,
                status=Status.SUSPENDED,
                refund=True,
                reason="A holiday",
            )
        )

        change = partner.row(SubscriptionChange, "change-1")
        apart = {name for name, kind in SubscriptionChange.columns().items() if kind.apart}
        assert change.model_dump(exclude={"row_id", "etag", *apart}) == {
            "name": "A holiday",
            "key": "change-1",
            "subscription": subscription,
            "effective_on": date(2026, 1, 11),
            "recorded_on": None,
            "quantity_delta": Decimal("2.5"),
            "unit_price": Decimal("0.0123456789"),
            "price_months": 12,
            "status": options.SubscriptionStatus.SUSPENDED,
            "refund": True,
            "reason": "A holiday",
            "settled_as": None,
        }

    def test_of_quantity_alone_leave_the_rest_as_it_was(
        self, partner: Partner, book: DataversePartnerBook
    ) -> None:
        contract = partner.add_contract()
        partner.add_change(partner.add_subscription(contract), "opening", NEW_YEAR, 10, **PRICE)

        book.add_change(
            NewChange(
                key="more", subscription="sub-1", effective_on=NEW_YEAR, quantity_delta=Decimal(3)
            )
        )

        assert partner.row(SubscriptionChange, "more").name == "more"
        assert partner.bill(contract).written == Written(invoices=1, lines=1)
        assert partner.amounts() == [("CT-1-00001", "2026-01-01", "161.20")]

    def test_of_a_subscription_that_is_not_there_are_refused(
        self, partner: Partner, book: DataversePartnerBook
    ) -> None:
        with pytest.raises(NotFound, match="no w365_subscription 'sub-9'"):
            book.add_change(NewChange(key="c", subscription="sub-9", effective_on=NEW_YEAR))

        assert partner.rows(SubscriptionChange) == []


class TestWhatTheProviderIsToldOf:
    @pytest.fixture(autouse=True)
    def entered(self, partner: Partner, book: DataversePartnerBook) -> None:
        book.keep_customers([CUSTOMER], provider="Microsoft")
        partner.add(Product, name="Seats", product_number="P1:0001")
        book.add_subscription(
            NewSubscription(
                key="SUB-1",
                name="Seats of Ahrens",
                contract="CT-1",
                tenant="tenant-of-ahrens",
                part_number="P1:0001",
                term=Term.YEAR,
                plan=BillingPlan.MONTHLY,
                start_on=NEW_YEAR,
            )
        )

    def test_is_a_subscription_with_its_place_at_both_ends(self, partner: Partner) -> None:
        row = partner.row(Subscription, "SUB-1")

        assert row.contract == partner.row(BillingContract, "CT-1").row_id
        assert row.provider_account == partner.row(ProviderAccount, "tenant-of-ahrens").row_id
        assert [row.product] == [product.row_id for product in partner.rows(Product)]
        assert row.start_on == NEW_YEAR

    def test_awaits_it_with_its_action_and_details(self, book: DataversePartnerBook) -> None:
        for key, day, action in (
            ("b", date(2026, 1, 2), ProvisioningAction.RENEWAL_SCHEDULE),
            ("a", NEW_YEAR, ProvisioningAction.PURCHASE),
            ("c", date(2026, 1, 3), ProvisioningAction.NONE),
        ):
            new = NewChange(key=key, subscription="SUB-1", effective_on=day, action=action)
            book.add_change(replace(new, details={"quantity": 8}))

        log = [(one.key, one.action, one.status, one.origin) for one in book.log("SUB-1")]

        assert log == [
            ("a", "purchase", ProvisioningStatus.AWAITING, "system"),
            ("b", "renewal schedule", ProvisioningStatus.AWAITING, "system"),
            ("c", "none", ProvisioningStatus.NOT_APPLICABLE, "system"),
        ]

    def test_can_be_taken_back(self, book: DataversePartnerBook) -> None:
        book.add_change(NewChange(key="a", subscription="SUB-1", effective_on=NEW_YEAR))

        book.take_back("a")

        assert list(book.log("SUB-1")) == []
        with pytest.raises(NotFound, match="'a'"):
            book.take_back("a")

    def test_has_no_id_of_the_providers_before_it_is_bought(
        self, book: DataversePartnerBook
    ) -> None:
        assert book.provider_reference("SUB-1") is None
        with pytest.raises(NotFound, match="no subscription 'SUB-9'"):
            book.provider_reference("SUB-9")


class TestPerson:
    def test_is_a_user_who_is_no_application(
        self, partner: Partner, book: DataversePartnerBook
    ) -> None:
        [person] = [row for row in partner.rows(SystemUser) if row.application_id is None]

        assert book.person() == person.row_id

    def test_there_has_to_be_one(self, partner: Partner, book: DataversePartnerBook) -> None:
        partner.set(SystemUser, book.person(), application_id=partner.customer)

        with pytest.raises(NotFound, match="no user who is a person"):
            DataversePartnerBook(partner.client).person()
