"""The table of operations, and the page that shows it."""

import re
from pathlib import Path
from string import Formatter

import pytest

from work365.adapters.partner_center.endpoints import (
    ENDPOINTS,
    GET_SUBSCRIPTION,
    LIST_LICENCES,
    PERSONAL,
    Endpoint,
    Mode,
)
from work365.identity.clouds import GLOBAL

PAGE = Path(__file__).parents[3] / "docs" / "partner_center.md"
PACKAGE = Path(__file__).parents[3] / "work365" / "adapters" / "partner_center"
BLOCK = re.compile(r"<!-- operations -->\n(.*?)<!-- /operations -->", re.DOTALL)

named = pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda each: each.title)


def _row(endpoint: Endpoint) -> str:
    cells = (
        endpoint.title,
        f"`{endpoint.method} {endpoint.path}`",
        endpoint.audience.value,
        endpoint.mode.value,
        "documentation only",
    )
    return f"| {' | '.join(cells)} |"


def test_the_page_shows_the_table() -> None:
    head = (
        "| operation | method, path | interface | mode | checked against |\n" + "| --- " * 5 + "|"
    )
    table = "\n".join([head, *map(_row, ENDPOINTS)]) + "\n"

    shown = BLOCK.search(PAGE.read_text(encoding="utf-8"))

    assert shown is not None
    assert shown[1] == table, f"docs/partner_center.md is stale; its table is:\n{table}"


@named
def test_an_operation_is_one_that_somebody_asks_for(endpoint: Endpoint) -> None:
    [name] = [
        name
        for name, value in vars(__import__(Endpoint.__module__, fromlist=["_"])).items()
        if value is endpoint
    ]
    others = "".join(
        path.read_text(encoding="utf-8")
        for path in PACKAGE.glob("*.py")
        if path.name != "endpoints.py"
    )

    assert re.search(rf"\b{name}\b", others)


@named
def test_an_operation_is_on_a_host_that_there_is(endpoint: Endpoint) -> None:
    assert endpoint.audience in GLOBAL.addresses
    assert endpoint.path.startswith(("/v1/", "/v1.0/", "/webhooks/v1/"))


@named
def test_what_needs_the_delegated_connection_names_its_feature(endpoint: Endpoint) -> None:
    assert bool(endpoint.feature) is (endpoint.mode is Mode.DELEGATED)


@named
def test_no_log_can_have_an_id_of_a_person(endpoint: Endpoint) -> None:
    ids = {name: "secret-id" for _, name, _, _ in Formatter().parse(endpoint.path) if name}

    told = endpoint.path_told(ids)

    assert told.count("secret-id") == len(ids.keys() - PERSONAL)


def test_reading_is_told_from_writing_and_always_repeatable() -> None:
    assert all(endpoint.is_repeatable for endpoint in ENDPOINTS if not endpoint.writes)


def test_an_id_cannot_lead_to_another_path() -> None:
    ids = {"customer": "../invoices", "subscription": "a/b?c#d"}

    assert GET_SUBSCRIPTION.path_with(ids) == (
        "/v1/customers/..%2Finvoices/subscriptions/a%2Fb%3Fc%23d"
    )


@pytest.mark.parametrize("named", ["", ".", ".."])
def test_what_is_no_id_is_no_part_of_a_path(named: str) -> None:
    with pytest.raises(AssertionError):
        GET_SUBSCRIPTION.path_with({"customer": named, "subscription": "s"})


def test_customers_and_what_is_below_them_are_counted() -> None:
    counted = {endpoint.path for endpoint in ENDPOINTS if endpoint.is_counted}

    assert GET_SUBSCRIPTION.path in counted
    assert LIST_LICENCES.path in counted
    assert "/v1/invoices" not in counted
