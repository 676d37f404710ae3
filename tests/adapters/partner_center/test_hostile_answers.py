"""Answers of somebody who means harm, or has gone wrong for good."""

import logging

import httpx
import pytest
import respx

from tests.adapters.partner_center.asking import API, errand
from work365.adapters.partner_center import answers
from work365.adapters.partner_center.calls import Call
from work365.adapters.partner_center.endpoints import CREATE_CART, GET_CUSTOMER
from work365.adapters.partner_center.errors import (
    AnswerImpossible,
    AnswerUnreadable,
    PartnerCenterError,
    PartnerCenterUnavailable,
    RequestRefused,
    Throttled,
)

CUSTOMER = Call(GET_CUSTOMER, {"customer": "c1"})
CART = Call(CREATE_CART, {"customer": "c1"}, body={"lineItems": []})
ENDLESS = "9" * 400
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(429, headers={"Retry-After": ENDLESS}),
        httpx.Response(429, headers={"Retry-After": "86400"}),
        httpx.Response(
            429,
            headers={
                "Retry-After": "Mon, 01 Jan 99999999999999999999 00:00:00 GMT",
                "Date": "Mon, 23 Nov 2026 04:00:00 GMT",
            },
            json={"statusCode": 429, "message": f"Try again in {ENDLESS} seconds."},
        ),
    ],
    ids=["endless", "a day", "no date"],
)
@respx.mock
def test_a_pause_lasts_a_day_at_most(answer: httpx.Response) -> None:
    route = respx.route(host="api.partnercenter.microsoft.com").mock(return_value=answer)

    with pytest.raises(Throttled) as error:
        errand().ask(CUSTOMER)

    assert error.value.retry_after_seconds == 86_400
    assert len(route.calls) == 1


@respx.mock
def test_an_answer_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "ANSWER_BYTES_MAX", 1_000)
    route = respx.route().respond(content=b"[" + b" " * 5_000 + b"]")

    with pytest.raises(AnswerImpossible, match="more than 1,000 bytes"):
        errand().ask(CUSTOMER)

    assert len(route.calls) == 1


@pytest.mark.parametrize(
    "content",
    [b"[" * 100_000, b'{"id": NaN}', b'{"id": 1, "id": 2}', b"<html>", b"\xff\xfe{\x00}\x00"],
    ids=["deep", "NaN", "twice", "html", "utf-16"],
)
@respx.mock
def test_what_is_no_answer_is_unreadable_and_not_believed(content: bytes) -> None:
    respx.route().respond(content=content, headers={"Content-Type": "application/json"})

    with pytest.raises(AnswerUnreadable):
        errand().ask(CUSTOMER)


@respx.mock
def test_what_an_error_repeats_of_a_request_is_masked_and_on_one_line() -> None:
    told = f"Bad token Bearer {JWT}\r\nERROR forged line https://x.example/f?sig=abcdefgh1234"
    respx.route().respond(400, json={"code": {"a": "x" * 500}, "description": told})

    with pytest.raises(RequestRefused) as error:
        errand().ask(CUSTOMER)

    shown = str(error.value)
    assert JWT not in shown
    assert "abcdefgh1234" not in shown
    assert "\n" not in shown
    assert "x" * 100 not in shown


@respx.mock
def test_a_write_that_fails_in_every_way_is_sent_under_one_id(
    caplog: pytest.LogCaptureFixture,
) -> None:
    route = respx.route().mock(
        side_effect=[
            httpx.Response(401),
            httpx.Response(429),
            httpx.Response(500),
            httpx.ReadTimeout("late"),
            httpx.Response(200, content=b'{"id": "c'),
            httpx.Response(302, headers={"Location": "https://evil.example/v1/carts"}),
        ]
    )

    with (
        caplog.at_level(logging.DEBUG, logger="work365"),
        pytest.raises(PartnerCenterError) as error,
    ):
        errand().ask(CART)

    requests = [call.request for call in route.calls]
    assert len({request.headers["MS-RequestId"] for request in requests}) == 1
    assert {request.url.host for request in requests} == {httpx.URL(API).host}
    assert error.value.maybe_done
    tokens = {request.headers["Authorization"].removeprefix("Bearer ") for request in requests}
    assert not any(token in caplog.text or token in str(error.value) for token in tokens)


def test_an_outage_is_not_a_refusal() -> None:
    with respx.mock:
        respx.route().respond(503, content=b"")

        with pytest.raises(PartnerCenterUnavailable):
            errand().ask(CUSTOMER)
