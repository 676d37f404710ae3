"""Answers: marks in front of them, errors in several shapes, and what is none."""

from collections.abc import Iterator

import httpx
import pytest
import respx

from tests.adapters.partner_center.asking import API, CUSTOMER, FINE, anywhere, errand
from work365.adapters.partner_center.calls import Call
from work365.adapters.partner_center.connection import Connection, Tokens
from work365.adapters.partner_center.endpoints import (
    LIST_CUSTOMERS,
)
from work365.adapters.partner_center.errors import (
    RequestRefused,
)
from work365.http import http_client
from work365.identity.clouds import Audience


@pytest.fixture(autouse=True)
def _answered_here() -> Iterator[None]:
    with respx.mock:
        yield


class TestBodies:
    @pytest.mark.parametrize(
        "content", ['\ufeff{"id": "c1"}', '?{"id": "c1"}', '\ufeff\n{"id": "c1"}']
    )
    def test_a_byte_order_mark_or_what_is_left_of_it_is_read_over(self, content: str) -> None:
        anywhere(httpx.Response(200, content=content.encode()))

        assert errand().ask(CUSTOMER).body == {"id": "c1"}

    def test_an_error_with_a_byte_order_mark_is_read(self) -> None:
        content = '\ufeff{"code": "20003", "description": "Subscription not found."}'
        anywhere(httpx.Response(404, content=content.encode()))

        with pytest.raises(RequestRefused, match="code 20003: Subscription not found"):
            errand().ask(CUSTOMER)

    def test_an_error_that_is_no_json_says_what_it_is(self) -> None:
        page = httpx.Response(403, content=b"<html>", headers={"Content-Type": "text/html"})
        anywhere(page)

        with pytest.raises(RequestRefused, match="text/html without Microsoft's own error"):
            errand().ask(CUSTOMER)

    def test_a_redirection_is_not_followed(self) -> None:
        route = anywhere(httpx.Response(302, headers={"Location": "https://example.org/"}), FINE)

        with pytest.raises(Exception, match="HTTP 302"):
            errand().ask(CUSTOMER)

        assert len(route.calls) == 1

    def test_an_address_without_a_host_is_refused(self) -> None:
        with pytest.raises(ValueError, match="needs a scheme and a host"):
            Connection(
                audience=Audience.PARTNER_CENTER,
                address="api.partnercenter.microsoft.com",
                tokens=Tokens(None),
                http=http_client(),
            )

    def test_names_with_special_characters_stay_in_the_query(self) -> None:
        route = anywhere(httpx.Response(200, json={"items": []}))

        errand().ask(Call(LIST_CUSTOMERS, query={"filter": '{"a":"b&c=d#e"}'}))

        assert dict(route.calls.last.request.url.params) == {"filter": '{"a":"b&c=d#e"}'}
        assert str(route.calls.last.request.url).startswith(f"{API}/v1/customers?filter=")
