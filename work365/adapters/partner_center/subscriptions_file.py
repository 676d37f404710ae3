"""Subscriptions of one customer, as Partner Center answers and people save them.

Source: "Get a list of a customer's subscriptions", "Subscription resources",
learn.microsoft.com/partner-center/developer/subscription-resources.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date
from decimal import Decimal, InvalidOperation
from typing import Any

from work365.adapters.partner_center.files import (
    FileRefused,
    Row,
    Unreadable,
    moment_of,
    opened,
    printable,
    shown,
    text_of,
)
from work365.domain.catalog import (
    PLAN_MONTHS,
    PRICE_MONTHS,
    BillingPlan,
    ProviderSubscription,
    SubscriptionStatus,
    Term,
    part_number,
)
from work365.domain.findings import Finding, Reading, Severity

QUANTITY_MAX = 2**31 - 1
"""Partner Center's own: the field is a 32-bit integer."""

_TENANT = re.compile(r"/customers/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:/|$)", re.I)
_OFFER = re.compile(r"/offers/([^/?]+)")
_SKU = re.compile(r"/products/([^/?]+)/skus/([^/?]+)")
_PLANS = {plan.value.lower(): plan for plan in BillingPlan}
_ANYTHING = re.compile(r"(.+)")
_LONG_AGO = date(MINYEAR, 1, 1)


class _RepeatedName(ValueError):
    """An object of a JSON text names a field twice."""


@dataclass(frozen=True, slots=True)
class _Document:
    """What is in a file: the subscriptions, and what is said about all of them."""

    items: Sequence[object]
    total_count: object = None
    has_next_page: bool = False
    tenant: str | None = None


def read_subscriptions(text: str, *, file_name: str) -> Reading[ProviderSubscription]:
    """Return the subscriptions in a Partner Center response that was saved to a file.

    A collection, a list and a single subscription are read. Fields that mean nothing to
    billing are left out.

    Raises: FileRefused: the text is not JSON, or holds no subscriptions.
    """
    document = _document(_json(opened(text, file_name=file_name), file_name), file_name)
    rows: list[Row] = []
    read: list[tuple[Row, ProviderSubscription]] = []
    for number, item in enumerate(document.items, start=1):
        row = Row(file_name, number, _fields(item))
        rows.append(row)
        subscription = _subscription(row, item, document.tenant)
        if subscription is not None:
            read.append((row, subscription))
    values = tuple(_without_repetitions(read))
    findings = [finding for row in rows for finding in row.findings]
    return Reading(values, (*_pages_missing(document, file_name), *findings))


def _json(text: str, file_name: str) -> Any:
    try:
        # Some tools leave a question mark where a byte order mark could not be written.
        return json.loads(
            text.lstrip().removeprefix("?"),
            parse_float=Decimal,
            parse_constant=_no_constant,
            object_pairs_hook=_object,
        )
    except _RepeatedName as error:
        raise FileRefused(file_name, f"The file is not a response: {error}.") from error
    except json.JSONDecodeError as error:
        raise FileRefused(
            file_name,
            f"The file is not JSON: {error.msg}, line {error.lineno}. Save the response of"
            " Partner Center as it is.",
        ) from error
    except (ValueError, InvalidOperation, RecursionError) as error:
        # Numbers of thousands of digits, and brackets in brackets without end.
        raise FileRefused(file_name, "The file is JSON that cannot be a response.") from error


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _RepeatedName(f'"{twice}" is in one object twice')
    return found


def _document(content: Any, file_name: str) -> _Document:
    if isinstance(content, list):
        return _Document(content)
    if isinstance(content, dict) and isinstance(content.get("items"), list):
        return _Document(
            content["items"],
            total_count=content.get("totalCount"),
            has_next_page=_linked(content, "next", _ANYTHING) is not None,
            tenant=_tenant(content),
        )
    if isinstance(content, dict) and "id" in content:
        return _Document([content])
    if isinstance(content, dict) and "description" in content:
        raise FileRefused(
            file_name,
            f"Partner Center answered with an error: {printable(str(content['description']))}",
        )
    raise FileRefused(
        file_name,
        'The file holds no subscriptions: neither "items", nor a list, nor one subscription.',
    )


def _pages_missing(document: _Document, file_name: str) -> Iterator[Finding]:
    found = len(document.items)
    if document.total_count in (None, found) and not document.has_next_page:
        return
    yield Finding(
        Severity.WARNING,
        "not_all_pages",
        f"{file_name}: totalCount is {shown(document.total_count)}, and the file has {found}"
        " subscription(s). It is one page of several: save and import the others too.",
        f"{file_name}#/totalCount",
    )


def _fields(item: object) -> Mapping[str, object]:
    return item if isinstance(item, dict) else {"subscription": item}


def _subscription(
    row: Row, item: object, tenant_of_file: str | None
) -> ProviderSubscription | None:
    if not _is_subscription(row, item):
        return None
    fields = _fields(item)
    bought_as = _bought_as(row, fields)
    subscription_id = row.read("id", _identifier, otherwise="")
    quantity = row.read("quantity", _quantity, otherwise=1)
    start = row.read("effectiveStartDate", _day, otherwise=_LONG_AGO)
    end = row.read_if_given("commitmentEndDate", _last_day)
    status = row.read("status", _status, otherwise=SubscriptionStatus.NONE)
    term = row.read_if_given("termDuration", _term)
    plan = row.read_if_given("billingCycle", _plan)
    auto_renew = row.read("autoRenewEnabled", _yes_or_no, otherwise=False)
    is_trial = row.read_if_given("isTrial", _yes_or_no)
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
        commitment_last_day=None if end is None or end.year == MAXYEAR else end,
        status=status,
        term=term,
        plan=plan,
        auto_renew=auto_renew,
        # Only subscriptions of the new commerce say whether they are trials.
        is_trial=bool(is_trial),
        customer_tenant=_tenant(fields) or tenant_of_file,
        order_id=order_id,
    )


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
    offer = row.read_if_given("offerId", _offer)
    if offer is not None or not row.is_sound:
        return offer or ""
    sku = _linked(fields, "sku", _SKU)
    if sku is not None:
        return part_number(product_id=sku[0], sku_id=sku[1])
    # Lists of subscriptions older than the new commerce name the offer in a link only.
    legacy = _linked(fields, "offer", _OFFER)
    if legacy is None:
        row.report("missing", "offerId", "it must be given, or be told by the links")
        return ""
    return legacy[0]


def _tenant(fields: Mapping[str, object]) -> str | None:
    found = _linked(fields, "self", _TENANT)
    return found[0].lower() if found else None


def _linked(
    fields: Mapping[str, object], name: str, pattern: re.Pattern[str]
) -> Sequence[str] | None:
    links = fields.get("links")
    link = links.get(name) if isinstance(links, dict) else None
    uri = link.get("uri") if isinstance(link, dict) else None
    match = pattern.search(uri) if isinstance(uri, str) else None
    return match.groups() if match else None


def _without_repetitions(
    read: Sequence[tuple[Row, ProviderSubscription]],
) -> Iterator[ProviderSubscription]:
    same_id: dict[str, list[tuple[Row, ProviderSubscription]]] = defaultdict(list)
    for row, subscription in read:
        same_id[subscription.id].append((row, subscription))
    for (_, first), *others in same_id.values():
        contradicted = any(other != first for _, other in others)
        for row, _ in others:
            if contradicted:
                row.report("repeated_id", "id", "it is in the file with other values: keep one")
            else:
                row.warn("repeated_id", "id", "it is in the file already, with the same values")
        if not contradicted:
            yield first


def _offer(value: object) -> str:
    # A catalogue item is product:SKU:availability; only the first two name what is sold.
    product, *rest = text_of(value).split(":")
    if not rest:
        return product
    if not (product and rest[0]):
        raise Unreadable("not_an_offer", "it must be product:SKU:availability, or an offer id")
    return part_number(product_id=product, sku_id=rest[0])


def _identifier(value: object) -> str:
    return text_of(value).lower()


def _quantity(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise Unreadable("not_whole", "it must be a whole number, not text and not a fraction")
    if not 0 < value <= QUANTITY_MAX:
        raise Unreadable("not_positive", f"it must be from 1 to {QUANTITY_MAX}")
    return value


def _day(value: object) -> date:
    day = moment_of(value).date()
    if day == _LONG_AGO:
        raise Unreadable("missing", "it stands for no day; a subscription must have started")
    return day


def _last_day(value: object) -> date | None:
    day = moment_of(value).date()
    return None if day == _LONG_AGO else day


def _status(value: object) -> SubscriptionStatus:
    known = {status.value: status for status in SubscriptionStatus}
    status = known.get(text_of(value).lower())
    if status is None:
        raise Unreadable("unknown_status", f"it must be one of {', '.join(known)}")
    return status


def _term(value: object) -> Term:
    known = {term.value: term for term in Term}
    term = known.get(text_of(value).upper())
    if term is None:
        raise Unreadable("unknown_term", f"it must be one of {', '.join(known)}")
    return term


def _plan(value: object) -> BillingPlan:
    plan = _PLANS.get(text_of(value).lower().replace("_", ""))
    if plan is None:
        raise Unreadable("unknown_plan", f"it must be one of {', '.join(_PLANS)}")
    return plan


def _yes_or_no(value: object) -> bool:
    if not isinstance(value, bool):
        raise Unreadable("not_yes_or_no", "it must be true or false")
    return value
