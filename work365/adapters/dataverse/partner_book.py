"""Customers, their contracts and changes, written as a person of the partner would."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from dataverse_schema import options
from dataverse_schema.table import Table
from dataverse_schema.tables.billing import BillingContract, Subscription, SubscriptionChange
from dataverse_schema.tables.providers import Provider, ProviderAccount
from dataverse_schema.tables.standard import Account, Product, SystemUser
from work365.adapters.dataverse import operations
from work365.adapters.dataverse.choices import meaning, option, own_option
from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.dataverse.mapping import write_row
from work365.adapters.dataverse.microsoft.rows import ProviderRows
from work365.adapters.dataverse.operations import equals
from work365.adapters.dataverse.reading import AccountReader
from work365.domain.catalog import BillingPlan, Term
from work365.domain.changes import Status
from work365.domain.contracts import AnchorRule, ContractType, Timing
from work365.domain.microsoft.actions import ProvisioningAction, ProvisioningStatus
from work365.errors import Refusal
from work365.http import write_json


class NotFound(Refusal):
    """A row that was named is not there."""

    code = "not_found"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractTerms:
    """A billing contract to be made."""

    key: str
    type: ContractType
    timing: Timing
    anchor_rule: AnchorRule
    cycle_months: int
    start_on: date
    payment_days: int
    refunds: bool | None = None
    """Whether refunds are processed; as the environment says where it is none."""
    refund_at_end: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A customer to be made, with its tenant at Microsoft and its contracts."""

    number: str
    name: str
    street: str
    postal_code: str
    city: str
    country: str
    email: str
    currency: str
    tenant: str
    domain: str
    contracts: tuple[ContractTerms, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewChange:
    """An entry to be added to the change log of the subscription with this key."""

    key: str
    subscription: str
    effective_on: date
    quantity_delta: Decimal = Decimal(0)
    unit_price: Decimal | None = None
    price_months: int | None = None
    status: Status | None = None
    refund: bool = False
    reason: str | None = None
    action: ProvisioningAction = ProvisioningAction.NONE
    """What the provider is to do for it; with one it awaits the provider."""
    details: Mapping[str, Any] | None = None
    """What the action needs beyond the quantity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSubscription:
    """A subscription to be entered, before it is bought."""

    key: str
    name: str
    contract: str
    tenant: str
    """Of the customer at the provider."""
    part_number: str
    term: Term
    plan: BillingPlan
    start_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedChange:
    """An entry of a change log as people see it."""

    key: str
    effective_on: date
    quantity_delta: Decimal
    action: str
    origin: str
    """Where it was made."""
    status: ProvisioningStatus
    message: str
    """What the provider said to it."""


class DataversePartnerBook:
    """Where the partner's people keep whom they sell to."""

    def __init__(self, client: DataverseClient) -> None:
        self._client = client
        self._reader = AccountReader(client)

    def person(self) -> UUID:
        """Return the id of a user who is a person, not an application."""
        condition = f"{SystemUser.column_name('application_id')} eq null"
        for row in self._reader.all(SystemUser, condition):
            assert row.row_id is not None
            return row.row_id
        raise NotFound("the environment has no user who is a person")

    def keep_customers(self, customers: Sequence[Customer], *, provider: str) -> None:
        """Make the customers, their accounts at `provider`, and their contracts.

        Raises: NotFound: the environment does not have the currency of one of them.
        """
        currencies = {code: row for row, code in self._reader.currencies.items()}
        if unknown := sorted({each.currency for each in customers} - currencies.keys()):
            raise NotFound(f"the environment has no currency {', '.join(unknown)}; add it there")
        self._upsert(
            Provider,
            [{"key": "microsoft", "name": provider, "kind": options.ProviderKind.PARTNER_CENTER}],
        )
        provider_id = self._id(Provider, "microsoft")
        self._upsert(
            Account, [_account_fields(each, currencies[each.currency]) for each in customers]
        )
        accounts = {row.key: row.row_id for row in self._reader.all(Account)}
        self._upsert(
            ProviderAccount,
            [
                {
                    "key": each.tenant,
                    "name": each.name,
                    "provider": provider_id,
                    "account": accounts[each.number],
                    "tenant": each.tenant,
                    "domain": each.domain,
                }
                for each in customers
            ],
        )
        self._upsert(
            BillingContract,
            [
                {
                    **_contract_fields(terms),
                    "name": f"{each.name}, {terms.key}",
                    "customer": accounts[each.number],
                    "currency": currencies[each.currency],
                }
                for each in customers
                for terms in each.contracts
            ],
        )

    def add_subscription(self, new: NewSubscription) -> None:
        """Enter a subscription that has no seats yet.

        Raises: NotFound: there is no such contract, product or account at the provider.
        """
        values = {
            "key": new.key,
            "name": new.name,
            "contract": self._id(BillingContract, new.contract),
            "product": self._id(Product, new.part_number, by="product_number"),
            "provider_account": self._id(ProviderAccount, new.tenant, by="tenant"),
            "term": new.term.value,
            "billing_plan": new.plan.value,
            "start_on": new.start_on,
        }
        self._create(Subscription, values)

    def add_change(self, change: NewChange) -> None:
        """Add an entry to a change log.

        Raises: NotFound: there is no such subscription.
        """
        subscription = self._id(Subscription, change.subscription)
        status = change.status and option(change.status, options.SubscriptionStatus)
        values = {
            "key": change.key,
            "name": change.reason or change.key,
            "subscription": subscription,
            "effective_on": change.effective_on,
            "quantity_delta": change.quantity_delta,
            "unit_price": change.unit_price,
            "price_months": change.price_months,
            "status": status,
            "refund": change.refund,
            "reason": change.reason,
        }
        if change.action is not ProvisioningAction.NONE:
            values |= {
                "action": option(change.action, options.ProvisioningAction),
                "provisioning_status": options.ProvisioningStatus.AWAITING,
                "details": change.details and write_json(change.details),
            }
        self._create(SubscriptionChange, values)

    def log(self, subscription: str) -> Sequence[LoggedChange]:
        """Return the change log of a subscription, by the days from which its entries hold.

        Raises: NotFound: there is no such subscription.
        """
        column = SubscriptionChange.read_name("subscription")
        of_it = equals(column, self._id(Subscription, subscription))
        rows = ProviderRows(self._client).all(SubscriptionChange, of_it)
        return sorted(map(_logged, rows), key=lambda logged: (logged.effective_on, logged.key))

    def take_back(self, change: str) -> None:
        """Delete an entry of a change log.

        Raises: NotFound: there is no such entry.
        """
        row = self._id(SubscriptionChange, change)
        self._client.send(operations.delete(SubscriptionChange.entity_set(), row))

    def provider_reference(self, subscription: str) -> str | None:
        """Return the provider's id of a subscription; none before it is bought.

        Raises: NotFound: there is no such subscription.
        """
        named = equals(Subscription.column_name("key"), subscription)
        for row in ProviderRows(self._client).all(Subscription, named):
            return row.provider_reference
        raise NotFound(f"there is no subscription {subscription!r}")

    def _create(self, table: type[Table], values: Mapping[str, Any]) -> None:
        body = write_row(table, values)
        self._client.send(operations.create_once(table.entity_set(), table.primary_id(), body))

    def _id(self, table: type[Table], key: str, *, by: str = "key") -> UUID:
        for row in self._reader.all(table, equals(table.column_name(by), key)):
            assert row.row_id is not None
            return row.row_id
        raise NotFound(f"there is no {table.table_name()} {key!r}")

    def _upsert(self, table: type[Table], rows: Sequence[Mapping[str, Any]]) -> None:
        key = table.column_name("key")
        targets = [({key: row["key"]}, write_row(table, row)) for row in rows]
        if targets:
            message = operations.upsert_multiple(table.entity_set(), table.table_name(), targets)
            self._client.send(message)


def _account_fields(customer: Customer, currency: UUID) -> dict[str, Any]:
    return {
        "key": customer.number,
        "account_number": customer.number,
        "name": customer.name,
        "email_address1": customer.email,
        "address1_line1": customer.street,
        "address1_postalcode": customer.postal_code,
        "address1_city": customer.city,
        "address1_country": customer.country,
        "transactioncurrencyid": currency,
    }


def _logged(row: SubscriptionChange) -> LoggedChange:
    assert row.effective_on is not None, "the column is required"
    return LoggedChange(
        key=row.key,
        effective_on=row.effective_on,
        quantity_delta=row.quantity_delta,
        action=meaning(row.action, ProvisioningAction).value,
        origin=row.origin.name.lower(),
        status=meaning(row.provisioning_status, ProvisioningStatus),
        message=row.provisioning_message or "",
    )


def _contract_fields(terms: ContractTerms) -> dict[str, Any]:
    return {
        "key": terms.key,
        "contract_type": option(terms.type, options.ContractType),
        "timing": option(terms.timing, options.BillingTiming),
        "anchor_rule": option(terms.anchor_rule, options.AnchorRule),
        "cycle_months": terms.cycle_months,
        "start_on": terms.start_on,
        "payment_days": terms.payment_days,
        "process_refunds": own_option(terms.refunds),
        "refund_at_end": terms.refund_at_end,
        "status": options.ContractStatus.ACTIVE,
    }
