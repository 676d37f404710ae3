"""What is on each main form: its sections, and the lists of rows that belong to the row."""

from dataclasses import dataclass

from dataverse_schema.table import Table
from dataverse_schema.tables import TABLES
from dataverse_schema.tables.billing import (
    BillingContract,
    Invoice,
    InvoiceLine,
    OneTimeCharge,
    Subscription,
    SubscriptionChange,
)
from dataverse_schema.tables.microsoft import (
    AdminRelationship,
    Agreement,
    Consent,
    ConsentRequest,
    ProviderInvoice,
)
from dataverse_schema.tables.operations import Finding
from dataverse_schema.tables.providers import Provider, ProviderAccount

GENERAL = "General"

WRITTEN_BY_BILLING = ("settle_next_on", "settled_through", "last_sequence", "settled_as")
"""Fields of any table that people read, and only billing writes."""


@dataclass(frozen=True, kw_only=True)
class Section:
    """A group of fields under one heading."""

    title: str
    fields: tuple[str, ...]
    read_only: bool = False


@dataclass(frozen=True, kw_only=True)
class RelatedRows:
    """The rows of `table` whose lookup `field` is the row of the form."""

    table: type[Table]
    field: str


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The main form of one table."""

    table: type[Table]
    sections: tuple[Section, ...]
    related: tuple[RelatedRows, ...]


SECTIONS: dict[type[Table], tuple[Section, ...]] = {
    Provider: (
        Section(
            title="Connection",
            fields=("connection", "consented_on", "token_expires_on", "checked_on", "health"),
            read_only=True,
        ),
    ),
    ProviderAccount: (
        Section(
            title="At the provider",
            fields=(
                "relationship",
                "reseller",
                "agreement_signed_on",
                "unlisted_since",
                "last_synced_on",
            ),
            read_only=True,
        ),
    ),
    BillingContract: (
        Section(
            title="Billing periods",
            fields=(
                "timing",
                "cycle_months",
                "change_cycle_months",
                "anchor_rule",
                "bill_day",
                "month_end",
                "payment_days",
                "review_days",
                "offset_days",
            ),
        ),
        Section(
            title="Changes and refunds",
            fields=(
                "proration",
                "change_lines",
                "adding_up",
                "process_refunds",
                "refund_at_end",
                "last_day_counts",
            ),
        ),
    ),
    Subscription: (
        Section(
            title="Term",
            fields=(
                "term",
                "term_months",
                "term_end_on",
                "custom_term_end_on",
                "billing_plan",
                "auto_renew",
            ),
        ),
        Section(title="Provider", fields=("provider_account", "provider_reference")),
        Section(
            title="Extended service",
            fields=("extended_service", "extended_decided_on", "extended_decided_by"),
        ),
        Section(
            title="As the provider says",
            fields=(
                "friendly_name",
                "provider_status",
                "provider_quantity",
                "promotion",
                "at_term_end",
                "next_term",
                "cancel_until",
                "refundable_seats",
                "in_extended_term",
                "last_seen_on",
            ),
            read_only=True,
        ),
    ),
    SubscriptionChange: (
        Section(
            title="Provisioning", fields=("provisioning_status", "action", "details", "origin")
        ),
        Section(
            title="What became of it",
            fields=(
                "provider_reference",
                "provisioned_on",
                "provisioning_message",
                "attempts",
                "attempt_epoch",
                "next_try_on",
                "seen_etag",
            ),
            read_only=True,
        ),
    ),
    InvoiceLine: (
        Section(
            title="Days",
            fields=(
                "service_start_on",
                "service_end_on",
                "service_days",
                "period_start_on",
                "period_end_on",
                "period_days",
                "proration",
            ),
        ),
        Section(
            title="Price",
            fields=(
                "quantity",
                "unit_price",
                "price_months",
                "cycle_months",
                "discounts",
                "price_currency",
                "exchange_rate",
                "rate_valid_on",
                "rate_source",
                "rate_is_inverse",
                "carried",
                "rounding",
                "is_limited",
                "amount",
                "transactioncurrencyid",
            ),
        ),
    ),
}
"""Sections after the general one, which has every field that is in no other."""

RELATED: dict[type[Table], tuple[RelatedRows, ...]] = {
    Provider: (
        RelatedRows(table=ProviderAccount, field="provider"),
        RelatedRows(table=ConsentRequest, field="provider"),
        RelatedRows(table=Consent, field="provider"),
        RelatedRows(table=ProviderInvoice, field="provider"),
    ),
    ProviderAccount: (
        RelatedRows(table=Subscription, field="provider_account"),
        RelatedRows(table=AdminRelationship, field="provider_account"),
        RelatedRows(table=Agreement, field="provider_account"),
    ),
    BillingContract: (
        RelatedRows(table=Subscription, field="contract"),
        RelatedRows(table=OneTimeCharge, field="contract"),
        RelatedRows(table=Invoice, field="contract"),
        RelatedRows(table=Finding, field="contract"),
    ),
    Subscription: (
        RelatedRows(table=SubscriptionChange, field="subscription"),
        RelatedRows(table=InvoiceLine, field="subscription"),
    ),
    OneTimeCharge: (RelatedRows(table=InvoiceLine, field="one_time_charge"),),
    Invoice: (RelatedRows(table=InvoiceLine, field="invoice"),),
}


def layouts() -> tuple[Layout, ...]:
    """Return the layout of the main form of each table of ours."""
    return tuple(_layout(declared) for declared in TABLES if declared.is_ours())


def _layout(declared: type[Table]) -> Layout:
    own = SECTIONS.get(declared, ())
    billed = tuple(field for field in declared.columns() if field in WRITTEN_BY_BILLING)
    placed = {*billed, *(field for section in own for field in section.fields)}
    general = tuple(field for field in declared.columns() if field not in placed)
    sections = (Section(title=GENERAL, fields=general), *own)
    if billed:
        sections += (Section(title="Written by billing", fields=billed, read_only=True),)
    return Layout(table=declared, sections=sections, related=RELATED.get(declared, ()))
