"""Carts: what is sent, and what was refused of it."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import httpx
import pytest
import respx

from tests.adapters.partner_center.asking import API, errand
from work365.adapters.partner_center.carts import Carts
from work365.adapters.partner_center.errors import AnswerImpossible
from work365.adapters.partner_center.refusals import AvailabilityChanged, CustomerAgreementMissing
from work365.domain.catalog import BillingPlan, Term
from work365.domain.microsoft.catalogue import Availability
from work365.domain.microsoft.orders import LineRefusal, Purchase
from work365.http import read_json

CARTS = f"{API}/v1/customers/c1/carts"
ORDER = {"id": "o1", "status": "pending", "lineItems": []}


@pytest.fixture(autouse=True)
def _answered_here() -> Iterator[None]:
    with respx.mock:
        yield


def line(**fields: Any) -> tuple[Purchase, Availability]:
    purchase = Purchase(
        part_number="PRODUCT:0001",
        quantity=3,
        term=Term.YEAR,
        plan=BillingPlan.MONTHLY,
        **fields,
    )
    availability = Availability(
        id="AVAIL",
        product="PRODUCT",
        sku="0001",
        segment=None,
        country="DE",
        currency="EUR",
        is_purchasable=True,
        terms=(),
    )
    return purchase, availability


def sent_lines(*lines: tuple[Purchase, Availability]) -> list[dict[str, object]]:
    route = respx.post(CARTS).respond(201, json={"id": "cart"})
    Carts(errand()).create("c1", lines)
    body: dict[str, list[dict[str, object]]] = read_json(route.calls.last.request.content)
    return body["lineItems"]


def test_what_is_not_said_is_not_sent() -> None:
    [told] = sent_lines(line())

    assert told == {
        "id": 0,
        "catalogItemId": "PRODUCT:0001:AVAIL",
        "quantity": 3,
        "billingCycle": "monthly",
        "termDuration": "P1Y",
    }


def test_everything_that_is_said_is_sent() -> None:
    [told] = sent_lines(
        line(
            friendly_name="Sales",
            promotion="PROMO",
            end_on=date(2026, 7, 31),
            parent="s1",
            partner_on_record="4847383",
            partner_on_record_attested=True,
            provisioning=(("scope", "shared"),),
        )
    )

    assert told["friendlyName"] == "Sales"
    assert told["promotionId"] == "PROMO"
    assert told["customTermEndDate"] == "2026-07-31T00:00:00Z"
    assert told["parentSubscriptionId"] == "s1"
    assert told["participants"] == [{"key": "transaction_reseller", "value": "4847383"}]
    assert told["partnerOnRecordAttestationAccepted"] is True
    assert told["provisioningContext"] == {"scope": "shared"}


def test_nobody_attests_what_no_person_did() -> None:
    [told] = sent_lines(line(partner_on_record="4847383"))

    assert "partnerOnRecordAttestationAccepted" not in told


def test_lines_with_a_promotion_come_first_and_keep_their_numbers() -> None:
    told = sent_lines(line(), line(promotion="PROMO"), line())

    assert [each["id"] for each in told] == [1, 0, 2]


def test_an_availability_that_was_reissued_is_told_as_such() -> None:
    respx.post(CARTS).respond(404, json={"code": 400019, "description": "Not found"})

    with pytest.raises(AvailabilityChanged, match="looked up again"):
        Carts(errand()).create("c1", [line()])


@pytest.mark.parametrize("status", [403, 200])
def test_a_customer_without_the_agreement_buys_nothing(status: int) -> None:
    told = {"code": 13605, "description": "Agreement"}
    body = told if status == 403 else {"orders": [], "orderErrors": [{"orderGroupId": "0", **told}]}
    respx.post(f"{CARTS}/cart/checkout").respond(status, json=body)

    with pytest.raises(CustomerAgreementMissing, match="Microsoft Customer Agreement"):
        Carts(errand()).check_out("c1", "cart")


def test_a_checkout_in_parts_tells_both() -> None:
    errors = [{"orderGroupId": "1", "code": 800017, "description": "Not so many"}]
    body = {"orders": [ORDER], "orderErrors": errors}
    respx.post(f"{CARTS}/cart/checkout").respond(200, json=body)

    checkout = Carts(errand()).check_out("c1", "cart")

    assert [order.id for order in checkout.orders] == ["o1"]
    assert checkout.refusals == (LineRefusal(line=None, code="800017", description="Not so many"),)


def test_a_checkout_whose_answer_was_lost_is_repeated_under_the_same_id() -> None:
    route = respx.post(f"{CARTS}/cart/checkout").mock(
        side_effect=[httpx.ReadTimeout("late"), httpx.Response(201, json={"orders": [ORDER]})]
    )

    checkout = Carts(errand()).check_out("c1", "cart")

    assert len(checkout.orders) == 1
    assert len({call.request.headers["MS-RequestId"] for call in route.calls}) == 1


@pytest.mark.parametrize("body", [{}, {"orders": [{"status": "pending"}]}])
def test_an_answer_that_does_not_say_what_was_bought_is_a_contradiction(
    body: dict[str, object],
) -> None:
    respx.post(f"{CARTS}/cart/checkout").respond(200, json=body)

    with pytest.raises(AnswerImpossible):
        Carts(errand()).check_out("c1", "cart")
