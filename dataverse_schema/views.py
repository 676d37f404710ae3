"""Views: which columns lists show, by what they are sorted, and where a search looks."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from uuid import UUID
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from dataverse_schema import options
from dataverse_schema.columns import Lookup, Memo
from dataverse_schema.identifiers import identifier
from dataverse_schema.labels import table_plural_label
from dataverse_schema.table import Table
from dataverse_schema.tables import TABLES, billing, microsoft, operations, providers


class QueryType(IntEnum):
    """What a view is for. Source: docs of the table savedquery, column querytype."""

    PUBLIC = 0
    ASSOCIATED = 2
    QUICK_FIND = 4
    LOOKUP = 64


@dataclass(frozen=True, kw_only=True)
class View:
    """One saved query of a table."""

    id: UUID
    table: str
    """Logical name."""

    name: str
    query_type: QueryType
    fetch_xml: str
    layout_xml: str
    is_default: bool


@dataclass(frozen=True, kw_only=True)
class Listing:
    """What the lists of one table have in common."""

    table: type[Table]
    fields: tuple[str, ...]
    sorted_by: str
    descending: bool = False
    searched: tuple[str, ...] = ()
    """Fields in which a search looks, besides the row's name and key."""


@dataclass(frozen=True, kw_only=True)
class PublicView:
    """A list of the rows of `table` that have `value` in `field`, or nothing."""

    table: type[Table]
    name: str
    field: str
    value: IntEnum | None


Condition = tuple[str, str, str | None]
"""Column, operator and value of a condition in FetchXML."""

LISTINGS = (
    Listing(
        table=providers.Provider,
        fields=("name", "kind", "connection", "token_expires_on", "checked_on"),
        sorted_by="name",
    ),
    Listing(
        table=providers.ProviderAccount,
        fields=("name", "provider", "account", "tenant", "domain"),
        sorted_by="name",
        searched=("tenant", "domain"),
    ),
    Listing(
        table=billing.BillingSettings,
        fields=("name", "proration", "change_lines", "adding_up", "process_refunds"),
        sorted_by="name",
    ),
    Listing(
        table=billing.BillingContract,
        fields=(
            "name",
            "key",
            "customer",
            "status",
            "contract_type",
            "start_on",
            "end_on",
            "settled_through",
        ),
        sorted_by="name",
    ),
    Listing(
        table=billing.Subscription,
        fields=("name", "key", "contract", "product", "quantity", "start_on", "end_on"),
        sorted_by="name",
        searched=("provider_reference",),
    ),
    Listing(
        table=billing.SubscriptionChange,
        fields=(
            "name",
            "subscription",
            "effective_on",
            "quantity_delta",
            "unit_price",
            "status",
            "recorded_on",
            "provisioning_status",
        ),
        sorted_by="effective_on",
        descending=True,
    ),
    Listing(
        table=billing.OneTimeCharge,
        fields=("name", "key", "contract", "charged_on", "quantity", "unit_price", "kind"),
        sorted_by="charged_on",
        descending=True,
    ),
    Listing(
        table=billing.Invoice,
        fields=("name", "customer", "contract", "kind", "status", "invoice_on", "net_amount"),
        sorted_by="invoice_on",
        descending=True,
    ),
    Listing(
        table=billing.InvoiceLine,
        fields=(
            "description",
            "invoice",
            "position",
            "service_start_on",
            "service_end_on",
            "quantity",
            "unit_price",
            "amount",
        ),
        sorted_by="position",
    ),
    Listing(
        table=microsoft.ConsentRequest,
        fields=("name", "provider", "state", "requested_by", "expires_on", "used_on"),
        sorted_by="expires_on",
        descending=True,
    ),
    Listing(
        table=microsoft.Consent,
        fields=("name", "kind", "tenant", "given_by", "given_on", "expires_on", "withdrawn_on"),
        sorted_by="given_on",
        descending=True,
        searched=("tenant", "given_by"),
    ),
    Listing(
        table=microsoft.AdminRelationship,
        fields=("name", "provider_account", "status", "expires_on", "auto_extend"),
        sorted_by="expires_on",
        searched=("reference",),
    ),
    Listing(
        table=microsoft.Agreement,
        fields=("name", "provider_account", "kind", "agreed_on", "contact"),
        sorted_by="agreed_on",
        descending=True,
    ),
    Listing(
        table=microsoft.ProviderEvent,
        fields=("event_name", "resource_path", "changed_on", "received_on", "handled_on"),
        sorted_by="received_on",
        descending=True,
        searched=("resource_path",),
    ),
    Listing(
        table=microsoft.ProviderInvoice,
        fields=("name", "provider", "document_type", "invoice_on", "total_amount", "amends"),
        sorted_by="invoice_on",
        descending=True,
        searched=("reference",),
    ),
    Listing(
        table=microsoft.ProviderCall,
        fields=("purpose", "called_on", "calls", "refused", "failed"),
        sorted_by="called_on",
        descending=True,
    ),
    Listing(
        table=operations.Job,
        fields=("name", "kind", "status", "attempts", "started_on", "finished_on"),
        sorted_by="started_on",
        descending=True,
        searched=("kind",),
    ),
    Listing(
        table=operations.Finding,
        fields=("code", "severity", "status", "message", "contract", "origin", "found_on"),
        sorted_by="found_on",
        descending=True,
        searched=("path",),
    ),
    Listing(table=operations.Watermark, fields=("name", "read_on"), sorted_by="name"),
)

PUBLIC_VIEWS = (
    PublicView(
        table=billing.Invoice,
        name="Invoices to review",
        field="status",
        value=options.InvoiceStatus.DRAFT,
    ),
    PublicView(
        table=billing.SubscriptionChange,
        name="Changes to provision",
        field="provisioning_status",
        value=options.ProvisioningStatus.AWAITING,
    ),
    PublicView(
        table=billing.SubscriptionChange,
        name="Changes that failed at the provider",
        field="provisioning_status",
        value=options.ProvisioningStatus.FAILED,
    ),
    PublicView(
        table=microsoft.ProviderEvent,
        name="Provider events to handle",
        field="handled_on",
        value=None,
    ),
    PublicView(
        table=operations.Finding,
        name="Open findings",
        field="status",
        value=options.FindingStatus.OPEN,
    ),
    PublicView(
        table=operations.Job,
        name="Failed jobs",
        field="status",
        value=options.JobStatus.FAILED,
    ),
    PublicView(
        table=providers.ProviderAccount,
        name="Provider accounts without a customer",
        field="account",
        value=None,
    ),
)

ACTIVE: Condition = ("statecode", "eq", "0")
INACTIVE: Condition = ("statecode", "eq", "1")
NAME_WIDTH = 300
"""Pixels."""

OTHER_WIDTH = 125
"""Pixels."""


@cache
def views() -> tuple[View, ...]:
    """Return the views of all tables of ours, in the order of the tables."""
    by_table = {listing.table: listing for listing in LISTINGS}
    ours = [declared for declared in TABLES if declared.is_ours()]
    return tuple(view for declared in ours for view in _views_of(by_table[declared]))


def view_id(declared: type[Table], name: str) -> UUID:
    """Return the id of the view of `declared` that is called `name`."""
    return identifier("view", f"{declared.table_name()}:{name}")


def active_view_name(declared: type[Table]) -> str:
    """Return the name of the list that a table opens with."""
    return f"Active {_in_a_sentence(declared)}"


def _views_of(listing: Listing) -> Iterable[View]:
    declared = listing.table
    plural = _in_a_sentence(declared)
    active = active_view_name(declared)
    yield _view(listing, active, QueryType.PUBLIC, [ACTIVE], is_default=True)
    yield _view(listing, f"Inactive {plural}", QueryType.PUBLIC, [INACTIVE])
    for public in PUBLIC_VIEWS:
        if public.table is declared:
            yield _view(listing, public.name, QueryType.PUBLIC, [ACTIVE, _condition(public)])
    yield _view(
        listing, f"Quick find: {active.lower()}", QueryType.QUICK_FIND, [ACTIVE], is_default=True
    )
    for purpose in (QueryType.ASSOCIATED, QueryType.LOOKUP):
        name = f"{table_plural_label(declared)}: {purpose.name.lower()}"
        yield _view(listing, name, purpose, [ACTIVE], is_default=True)


def _in_a_sentence(declared: type[Table]) -> str:
    return table_plural_label(declared).lower()


def _condition(public: PublicView) -> Condition:
    column = public.table.column_name(public.field)
    if public.value is None:
        return (column, "null", None)
    return (column, "eq", str(int(public.value)))


def _view(
    listing: Listing,
    name: str,
    query_type: QueryType,
    conditions: list[Condition],
    *,
    is_default: bool = False,
) -> View:
    return View(
        id=view_id(listing.table, name),
        table=listing.table.table_name(),
        name=name,
        query_type=query_type,
        fetch_xml=_fetch(listing, query_type, conditions),
        layout_xml=_layout(listing),
        is_default=is_default,
    )


def _fetch(listing: Listing, query_type: QueryType, conditions: list[Condition]) -> str:
    declared = listing.table
    fetch = Element("fetch", version="1.0", mapping="logical")
    entity = SubElement(fetch, "entity", name=declared.table_name())
    for column in (declared.primary_id(), *map(declared.column_name, listing.fields)):
        SubElement(entity, "attribute", name=column)
    SubElement(
        entity,
        "order",
        attribute=declared.column_name(listing.sorted_by),
        descending="true" if listing.descending else "false",
    )
    _filter(entity, conditions)
    if query_type is QueryType.QUICK_FIND:
        search = SubElement(entity, "filter", type="or", isquickfindfields="1")
        for column in searched_columns(listing):
            SubElement(search, "condition", attribute=column, operator="like", value="{0}")
    return ElementTree.tostring(fetch, encoding="unicode")


def _filter(entity: Element, conditions: list[Condition]) -> None:
    every = SubElement(entity, "filter", type="and")
    for column, operator, value in conditions:
        condition = SubElement(every, "condition", attribute=column, operator=operator)
        if value is not None:
            condition.set("value", value)


def searched_columns(listing: Listing) -> tuple[str, ...]:
    """Return the logical names of the columns in which a search looks."""
    declared = listing.table
    fields = dict.fromkeys((declared.primary_name, "key", *listing.searched))
    assert not any(isinstance(declared.columns()[field], Lookup | Memo) for field in fields)
    return tuple(declared.column_name(field) for field in fields)


def _layout(listing: Listing) -> str:
    declared = listing.table
    name = declared.column_name(declared.primary_name)
    grid = Element("grid", name="resultset", jump=name, select="1", icon="1", preview="1")
    row = SubElement(grid, "row", name="result", id=declared.primary_id())
    for field in listing.fields:
        width = NAME_WIDTH if field == declared.primary_name else OTHER_WIDTH
        SubElement(row, "cell", name=declared.column_name(field), width=str(width))
    return ElementTree.tostring(grid, encoding="unicode")
