"""A subscription as Partner Center writes it, in answers and in files that people saved.

Source: "Subscription resources", learn.microsoft.com/partner-center/developer/
subscription-resources.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date

from work365.adapters.partner_center.field_values import (
    LONG_AGO,
    bought_part_of,
    day_of,
    identifier_of,
    last_day_of,
    member_of,
    plan_of,
    quantity_of,
    term_of,
    yes_or_no_of,
)
from work365.adapters.partner_center.files import Row, text_of
from work365.domain.catalog import (
    PLAN_MONTHS,
    PRICE_MONTHS,
    BillingPlan,
    ProviderSubscription,
    SubscriptionStatus,
    Term,
    part_number,
)
from work365.domain.microsoft.guids import GUID

_TENANT = re.compile(rf"/customers/({GUID})(?:/|$)", re.IGNORECASE | re.ASCII)
_OFFER = re.compile(r"/offers/([^/?]+)")
_SKU = re.compile(r"/products/([^/?]+)/skus/([^/?]+)")

_status_of = member_of(SubscriptionStatus, "unknown_status")


def read_subscription(row: Row, item: object, tenant: str | None) -> ProviderSubscription | None:
    """Return the subscription that `item` is; None where the row now has errors.

    `tenant` is the customer's, for subscriptions that do not name it.
    """
    if not _is_subscription(row, item):
        return None
    fields = fields_of(item)
    bought_as = _bought_as(row, fields)
    subscription_id = row.read("id", identifier_of, otherwise="")
    quantity = row.read("quantity", quantity_of, otherwise=1)
    start = row.read("effectiveStartDate", day_of, otherwise=LONG_AGO)
    end = row.read_if_given("commitmentEndDate", last_day_of)
    status = row.read("status", _status_of, otherwise=SubscriptionStatus.NONE)
    term = row.read_if_given("termDuration", term_of)
    plan = row.read_if_given("billingCycle", plan_of)
    auto_renew = row.read("autoRenewEnabled", yes_or_no_of, otherwise=False)
    is_trial = row.read_if_given("isTrial", yes_or_no_of)
    title = row.read_if_given("offerName", text_of)
    nickname = row.read_if_given("friendlyName", text_of)
    order_id = row.read_if_given("orderId", text_of)
    _check_term(row, start=start, end=end, term=term, plan=plan)
    if not row.is_sound:
        return None
    return ProviderSubscription(
        id=subscription_id,
        part_number=bought_as,
        name=_name(title, nickname) or bought_as,
        quantity=quantity,
        effective_start=start,
        commitment_last_day=end,
        status=status,
        term=term,
        plan=plan,
        auto_renew=auto_renew,
        # Only subscriptions of the new commerce say whether they are trials.
        is_trial=bool(is_trial),
        customer_tenant=tenant_of(fields) or tenant,
        order_id=order_id,
    )


def fields_of(item: object) -> Mapping[str, object]:
    """Return the fields of a row; what is no object is one field of it."""
    return item if isinstance(item, dict) else {"subscription": item}


def tenant_of(fields: Mapping[str, object]) -> str | None:
    """Return the tenant of the customer that a link of the resource to itself names."""
    found = linked(fields, "self", _TENANT)
    return found[0].lower() if found else None


def linked(
    fields: Mapping[str, object], name: str, pattern: re.Pattern[str]
) -> Sequence[str] | None:
    """Return what `pattern` finds in the link called `name`, None where there is none."""
    links = fields.get("links")
    link = links.get(name) if isinstance(links, dict) else None
    uri = link.get("uri") if isinstance(link, dict) else None
    match = pattern.search(uri) if isinstance(uri, str) else None
    return match.groups() if match else None


def _name(title: str | None, nickname: str | None) -> str | None:
    """Return what is sold, and in brackets what the customer calls it."""
    if title and nickname and title != nickname:
        return f"{title} ({nickname})"
    return title or nickname


def _is_subscription(row: Row, item: object) -> bool:
    if not isinstance(item, dict):
        row.report("not_a_subscription", "subscription", "it must be an object with fields")
        return False
    attributes = item.get("attributes")
    kind = attributes.get("objectType") if isinstance(attributes, dict) else None
    if kind not in (None, "Subscription"):
        row.report("not_a_subscription", "attributes", "its objectType must be Subscription")
        return False
    return True


def _check_term(
    row: Row,
    *,
    start: date,
    end: date | None,
    term: Term | None,
    plan: BillingPlan | None,
) -> None:
    if end is not None and end < start:
        row.report("ends_before_start", "commitmentEndDate", f"it is before the start, {start}")
    if term is not None and plan in PLAN_MONTHS and (term, plan) not in PRICE_MONTHS:
        row.report("plan_not_sold", "billingCycle", f"a term of {term.value} is not billed so")


def _bought_as(row: Row, fields: Mapping[str, object]) -> str:
    offer = row.read_if_given("offerId", bought_part_of)
    if offer is not None or not row.is_sound:
        return offer or ""
    sku = linked(fields, "sku", _SKU)
    if sku is not None:
        return part_number(product_id=sku[0], sku_id=sku[1])
    # Lists of subscriptions older than the new commerce name the offer in a link only.
    legacy = linked(fields, "offer", _OFFER)
    if legacy is None:
        row.report("missing", "offerId", "it must be given, or be told by the links")
        return ""
    return legacy[0]
