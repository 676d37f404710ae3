"""A catalogue in the memory, and the subscriptions and prices that tests put into it."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID, uuid5

from work365.domain.catalog import (
    BillingPlan,
    ListPrice,
    ProviderSubscription,
    Sku,
    SubscriptionStatus,
    Term,
)
from work365.domain.changes import Change
from work365.domain.findings import Finding, Reading, Severity
from work365.errors import Refusal
from work365.ports.catalog import (
    CatalogKind,
    CatalogStore,
    ContractHead,
    Effect,
    KeptSubscription,
    Opening,
    ProviderAccount,
    Tally,
)

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
TODAY = NOW.date()
SOME = UUID("5a3e6f0c-63a1-4a5c-8d3a-1f0f4f2f9b11")
CUSTOMER, OTHER_CUSTOMER = uuid5(SOME, "customer"), uuid5(SOME, "other customer")
TENANT, OTHER_TENANT = str(uuid5(SOME, "tenant")), str(uuid5(SOME, "other tenant"))
BASIC = Sku("CFQ7TTC0LH18", "0001", "Business Basic", "Microsoft Corporation")


def a_price(**given: object) -> ListPrice:
    """Return a price of Business Basic for a year, billed monthly."""
    price = ListPrice(
        sku=BASIC,
        term=Term.YEAR,
        plan=BillingPlan.MONTHLY,
        market="DE",
        currency="EUR",
        segment="Commercial",
        unit_price=Decimal("49.92"),
        erp_price=Decimal("62.40"),
        price_months=12,
        effective_from=date(2025, 1, 1),
        effective_until=None,
    )
    return replace(price, **given)  # type: ignore[arg-type]  # fields are given by name


def a_subscription(**given: object) -> ProviderSubscription:
    """Return ten seats of Business Basic, had since January 2026."""
    subscription = ProviderSubscription(
        id="s-1",
        part_number=BASIC.part_number,
        name="Business Basic",
        quantity=10,
        effective_start=date(2026, 1, 1),
        commitment_last_day=date(2026, 12, 31),
        status=SubscriptionStatus.ACTIVE,
        term=Term.YEAR,
        plan=BillingPlan.MONTHLY,
        auto_renew=True,
        is_trial=False,
        customer_tenant=TENANT,
        order_id=None,
    )
    return replace(subscription, **given)  # type: ignore[arg-type]  # fields are given by name


def a_contract(key: str = "CT-1", currency: str = "EUR", customer: UUID = CUSTOMER) -> ContractHead:
    return ContractHead(id=uuid5(SOME, key), key=key, customer=customer, currency=currency)


class NoSuchContract(Refusal):
    """The fake's own."""

    code = "contract_not_usable"


class TooLong(Refusal):
    """The fake's own."""

    code = "too_long"


@dataclass
class FakeCatalog(CatalogStore):
    """A `CatalogStore` that refuses what is called `refused`, and counts its writes."""

    contracts: list[ContractHead] = field(default_factory=lambda: [a_contract()])
    customers: dict[str, UUID | None] = field(default_factory=lambda: {TENANT: CUSTOMER})
    prices: list[ListPrice] = field(default_factory=lambda: [a_price()])
    openings: list[Opening] = field(default_factory=list)
    kept: dict[str, KeptSubscription] = field(default_factory=dict)
    writes: int = 0
    answers_get_lost: bool = False
    """Whether it does what it is asked, and says that it did not."""

    def currencies(self) -> Collection[str]:
        return {"EUR", "GBP"}

    def kept_prices(self, prices: Sequence[ListPrice]) -> Reading[ListPrice]:
        asked = {(price.key, price.effective_from) for price in prices}
        found = [price for price in self.prices if (price.key, price.effective_from) in asked]
        return Reading(tuple(found), ())

    def add_prices(self, prices: Sequence[ListPrice]) -> Tally:
        if any(price.sku.title == "refused" for price in prices):
            raise TooLong("the title is too long")
        self.writes += 1
        self.prices += prices
        if self.answers_get_lost:
            raise TooLong("there is such a row")
        return Counter({(CatalogKind.LIST_PRICE, Effect.CREATED): len(prices)})

    def prices_of(self, part_numbers: Collection[str]) -> Reading[ListPrice]:
        found = [price for price in self.prices if price.sku.part_number in part_numbers]
        wrong = [price for price in found if price.sku.title == "wrong"]
        return Reading(
            tuple(price for price in found if price not in wrong),
            tuple(Finding(Severity.ERROR, "field_wrong", "It is wrong.", "a") for _ in wrong),
        )

    def provider_accounts(self, tenants: Collection[str]) -> Mapping[str, ProviderAccount]:
        return {
            tenant: ProviderAccount(tenant, self.customers[tenant])
            for tenant in tenants
            if tenant in self.customers
        }

    def add_provider_accounts(self, tenants: Collection[str]) -> Tally:
        self.writes += 1
        self.customers.update(dict.fromkeys(tenants))
        return Counter({(CatalogKind.PROVIDER_ACCOUNT, Effect.CREATED): len(tenants)})

    def contract(self, key: str) -> ContractHead:
        for contract in self.contracts:
            if contract.key == key:
                return contract
        raise NoSuchContract(f"there is no billing contract {key}")

    def contracts_of(self, customers: Collection[UUID]) -> Sequence[ContractHead]:
        return [contract for contract in self.contracts if contract.customer in customers]

    def subscriptions(self, keys: Collection[str]) -> Mapping[str, KeptSubscription]:
        return {key: self.kept[key] for key in keys if key in self.kept}

    def add_subscriptions(self, openings: Sequence[Opening]) -> Tally:
        if any(opening.provided.name == "refused" for opening in openings):
            raise TooLong("the name is too long")
        self.writes += 1
        self.openings += openings
        for opening in openings:
            self.kept[opening.provided.id] = as_kept(opening)
            self.customers[opening.tenant] = opening.contract.customer
        if self.answers_get_lost:
            raise TooLong("there is such a row")
        return Counter({(CatalogKind.SUBSCRIPTION, Effect.CREATED): len(openings)})


def as_kept(opening: Opening) -> KeptSubscription:
    """Return the subscription that an opening makes."""
    bought = opening.provided
    return KeptSubscription(
        key=bought.id,
        contract=opening.contract.id,
        term=bought.term.value if bought.term else None,
        plan=bought.plan.value if bought.plan else None,
        term_end_on=opening.term_end_on,
        auto_renew=bought.auto_renew,
        changes=(
            Change(
                key=f"{bought.id}_opening",
                effective_on=bought.effective_start,
                recorded_at=opening.recorded_at,
                quantity=Decimal(bought.quantity),
            ),
        ),
    )
