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
from dataverse_schema.tables.standard import Account, SystemUser
from work365.adapters.dataverse import operations
from work365.adapters.dataverse.choices import option, own_option
from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.dataverse.mapping import write_row
from work365.adapters.dataverse.operations import equals
from work365.adapters.dataverse.reading import AccountReader
from work365.domain.changes import Status
from work365.domain.contracts import AnchorRule, ContractType, Timing
from work365.errors import Refusal


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
        body = write_row(SubscriptionChange, values)
        table = SubscriptionChange.entity_set(), SubscriptionChange.primary_id()
        self._client.send(operations.create_once(*table, body))

    def _id(self, table: type[Table], key: str) -> UUID:
        for row in self._reader.all(table, equals(table.column_name("key"), key)):
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
