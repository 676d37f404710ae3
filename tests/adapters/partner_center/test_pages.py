"""Lists: every page once, on one host, and none left out."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import respx

from tests.adapters.partner_center.asking import API, GRAPH, errand, page
from work365.adapters.partner_center import pages
from work365.adapters.partner_center.calls import Call
from work365.adapters.partner_center.endpoints import (
    LIST_ADMIN_RELATIONSHIPS,
    LIST_AUDIT_RECORDS,
    LIST_CUSTOMERS,
)
from work365.adapters.partner_center.errors import AnswerImpossible, LedElsewhere, RowsLeftOut
from work365.identity.clouds import Audience

CUSTOMERS = Call(LIST_CUSTOMERS, query={"size": "2"})


@pytest.fixture(autouse=True)
def _answered_here() -> Iterator[None]:
    with respx.mock:
        yield


def link(uri: str, *headers: tuple[str, str], method: str = "GET") -> dict[str, Any]:
    told = [{"key": key, "value": value} for key, value in headers]
    return {"next": {"uri": uri, "method": method, "headers": told}}


def answers(*pages: dict[str, Any]) -> respx.Route:
    route = respx.get(url__startswith=f"{API}/v1/")
    return route.mock(side_effect=[httpx.Response(200, json=each) for each in pages])


def test_the_next_page_is_asked_for_with_the_headers_of_its_link() -> None:
    following = link("/customers?size=2&seekOperation=Next", ("MS-ContinuationToken", "abc"))
    route = answers(page([1, 2], links=following), page([3]))

    rows = errand().rows(CUSTOMERS)

    assert rows == [1, 2, 3]
    last = route.calls.last.request
    assert str(last.url) == f"{API}/v1/customers?size=2&seekOperation=Next"
    assert last.headers["MS-ContinuationToken"] == "abc"


@pytest.mark.parametrize(
    "uri",
    [
        "/customers?size=2",
        "customers?size=2",
        "/v1/customers?size=2",
        f"{API}/v1/customers?size=2",
        "http://api.partnercenter.microsoft.com:80/v1/customers?size=2",
    ],
)
def test_links_are_followed_on_our_own_address(uri: str) -> None:
    route = answers(page([1], links=link(uri)), page([2]))

    errand().rows(Call(LIST_CUSTOMERS))

    assert str(route.calls.last.request.url) == f"{API}/v1/customers?size=2"


@pytest.mark.parametrize("uri", ["https://example.org/v1/customers", "//example.org/customers"])
def test_a_link_to_another_host_is_a_contradiction(uri: str) -> None:
    answers(page([1], links=link(uri)))

    with pytest.raises(LedElsewhere, match=r"leads to example\.org"):
        errand().rows(CUSTOMERS)


@pytest.mark.parametrize(
    ("links", "why"),
    [
        (link("/customers", method="POST"), "not to be read"),
        ({"next": {"method": "GET"}}, "without an address"),
        ({"next": {"uri": "/customers", "headers": [{"name": "x"}]}}, "no headers"),
        (link("/customers", ("Authorization", "Bearer theirs")), "brings a sign-in"),
        (link("/customers", ("MS-ContinuationToken", "ä")), "cannot be sent"),
        (link("/customers", ("MS-ContinuationToken", "a\r\nHost: b")), "cannot be sent"),
        (link("/customers", ("Host", "example.org")), "changes how it is sent"),
        (link("/customers?x=\x01"), "characters that stand in no address"),
        (link("https://[::1/customers"), "no address"),
    ],
)
def test_a_link_that_is_none_is_a_contradiction(links: dict[str, Any], why: str) -> None:
    answers(page([1], links=links))

    with pytest.raises(AnswerImpossible, match=why):
        errand().rows(CUSTOMERS)


def test_pages_that_lead_in_a_circle_are_a_contradiction() -> None:
    answers(*[page([1], links=link("/customers?page=2"))] * 3)

    with pytest.raises(AnswerImpossible, match="points back"):
        errand().rows(CUSTOMERS)


def test_the_same_address_with_another_token_is_another_page() -> None:
    answers(
        page([1], links=link("/customers", ("MS-ContinuationToken", "a"))),
        page([2], links=link("/customers", ("MS-ContinuationToken", "b"))),
        page([3]),
    )

    assert errand().rows(CUSTOMERS) == [1, 2, 3]


@pytest.mark.parametrize("totals", [(2, 1), (3, 3), (None, None)])
def test_a_total_can_be_of_the_page_or_of_the_list(totals: tuple[int | None, int | None]) -> None:
    first, second = totals
    answers(
        page([1, 2], totalCount=first, links=link("/customers?page=2")),
        page([3], totalCount=second),
    )

    assert errand().rows(CUSTOMERS) == [1, 2, 3]


def test_totals_that_are_of_neither_are_a_contradiction() -> None:
    answers(page([1, 2], totalCount=2, links=link("/customers?page=2")), page([3], totalCount=4))

    with pytest.raises(RowsLeftOut):
        errand().rows(CUSTOMERS)


def test_less_than_was_announced_is_a_contradiction() -> None:
    answers(page([1, 2], totalCount=5))

    with pytest.raises(RowsLeftOut, match=r"5 row\(s\) were announced, and 2 came"):
        errand().rows(CUSTOMERS)


def test_a_list_that_grew_while_it_was_read_is_taken() -> None:
    answers(page([1, 2], totalCount=2, links=link("/customers?page=2")), page([3], totalCount=2))

    assert errand().rows(CUSTOMERS) == [1, 2, 3]


def test_an_empty_answer_is_an_empty_list() -> None:
    respx.get(url__startswith=f"{API}/v1/auditrecords").respond(204)

    assert errand().rows(Call(LIST_AUDIT_RECORDS)) == []


@pytest.mark.parametrize("told", [[], {"items": {}}, {"value": 3}, "text"])
def test_what_is_no_page_is_a_contradiction(told: Any) -> None:
    respx.get(url__startswith=f"{API}/v1/").respond(json=told)

    with pytest.raises(AnswerImpossible, match="not a page"):
        errand().rows(CUSTOMERS)


def test_the_lists_of_microsoft_graph_are_followed_too() -> None:
    path = f"{GRAPH}/v1.0/tenantRelationships/delegatedAdminRelationships"
    first = {"value": [{"id": "a"}], "@odata.nextLink": f"{path}?$skiptoken=x"}
    route = respx.get(url__startswith=path).mock(
        side_effect=[
            httpx.Response(200, json=first),
            httpx.Response(200, json={"value": [{"id": "b"}]}),
        ]
    )

    rows = errand(Audience.GRAPH).rows(Call(LIST_ADMIN_RELATIONSHIPS))

    assert rows == [{"id": "a"}, {"id": "b"}]
    assert route.calls.last.request.url.params["$skiptoken"] == "x"
    assert "MS-RequestId" not in route.calls.last.request.headers
    assert route.calls.last.request.headers["client-request-id"]


def test_a_list_without_end_is_a_contradiction(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "PAGES_MAX", 3)
    answers(*[page([1], links=link(f"/customers?page={number}")) for number in range(9)])

    with pytest.raises(AnswerImpossible, match="more than 3 pages"):
        errand().rows(CUSTOMERS)
