"""Subscriptions of one customer, as Partner Center answers and people save them.

Source: "Get a list of a customer's subscriptions", "Subscription resources",
learn.microsoft.com/partner-center/developer/subscription-resources.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from work365.adapters.partner_center.files import FileRefused, Row, opened, printable, shown
from work365.adapters.partner_center.response_text import NotJson, read_response
from work365.adapters.partner_center.subscription_fields import (
    fields_of,
    linked,
    read_subscription,
    tenant_of,
)
from work365.domain.catalog import ProviderSubscription
from work365.domain.findings import Finding, Reading, Severity

_ANYTHING = re.compile(r"(.+)")


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
        row = Row(file_name, number, fields_of(item))
        rows.append(row)
        subscription = read_subscription(row, item, document.tenant)
        if subscription is not None:
            read.append((row, subscription))
    values = tuple(_without_repetitions(read))
    findings = [finding for row in rows for finding in row.findings]
    return Reading(values, (*_pages_missing(document, file_name), *findings))


def _json(text: str, file_name: str) -> Any:
    try:
        return read_response(text)
    except NotJson as error:
        raise FileRefused(
            file_name,
            f"The file is {error}. Save the response of Partner Center as it is.",
        ) from error


def _document(content: Any, file_name: str) -> _Document:
    if isinstance(content, list):
        return _Document(content)
    if isinstance(content, dict) and isinstance(content.get("items"), list):
        return _Document(
            content["items"],
            total_count=content.get("totalCount"),
            has_next_page=linked(content, "next", _ANYTHING) is not None,
            tenant=tenant_of(content),
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
