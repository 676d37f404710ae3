"""Carts, orders and transitions: documented requests and responses."""

from datetime import UTC, date, datetime

import pytest
import respx

from tests.adapters.partner_center.asking import API, errand
from tests.contract.partner_center.documented import answering, body, sent, spelled_alike
from work365.adapters.partner_center.carts import Carts
from work365.adapters.partner_center.orders import Orders
from work365.adapters.partner_center.term_ends import TermEnds
from work365.adapters.partner_center.transitions import Transitions
from work365.domain.catalog import BillingPlan, Term
from work365.domain.microsoft.catalogue import Availability
from work365.domain.microsoft.coterm import AllowedTermEnd
from work365.domain.microsoft.orders import Order, OrderedLine, OrderStatus, Purchase
from work365.domain.microsoft.transitions import (
    TransitionOffer,
    TransitionOrder,
    TransitionStatus,
    TransitionType,
)

TENANT = "94cd6638-11b6-4323-8c9f-6ae3088adc59"
CARTS = f"{API}/v1/customers/{TENANT}/carts"
SUBSCRIPTION = "e487e8dc-421e-4275-cb42-3c1c8daccf70"
SUBSCRIPTIONS = f"{API}/v1/customers/{TENANT}/subscriptions"


def availability(catalogue_id: str) -> Availability:
    product, sku, own = catalogue_id.split(":")
    return Availability(
        id=own,
        product=product,
        sku=sku,
        segment="commercial",
        country="US",
        currency="USD",
        is_purchasable=True,
        terms=(),
    )


@respx.mock
def test_a_cart_of_new_commerce_is_sent_as_documented() -> None:
    route = answering(CARTS, "cart_create_nce_response", method="POST", status=201)
    purchase = Purchase(
        part_number="CFQ7TTC0LFLZ:0002", quantity=1, term=Term.MONTH, plan=BillingPlan.MONTHLY
    )

    cart = Carts(errand()).create(
        TENANT, [(purchase, availability("CFQ7TTC0LFLZ:0002:CFQ7TTC0K4TS"))]
    )

    [documented] = spelled_alike(body("cart_create_nce_request"))["lineitems"]
    [line] = spelled_alike(sent(route))["lineitems"]
    # The number of the line is documented elsewhere, and the plan in small letters.
    assert line == {**documented, "id": 0, "billingcycle": "monthly"}
    assert (cart.id, cart.refusals) == ("2517c51b-58cd-4abe-87ed-3ab812401ab4", ())


@respx.mock
def test_a_reservation_software_and_a_trial_are_sent_as_documented() -> None:
    route = answering(CARTS, "cart_create_response", method="POST", status=201)
    documented = [
        line
        for line in body("cart_create_request")["lineItems"]
        if ":" in line["catalogItemId"] and "renewsTo" not in line
    ]
    lines = [
        (
            Purchase(
                part_number=line["catalogItemId"].rpartition(":")[0],
                quantity=line["quantity"],
                term=Term(line["termDuration"]) if "termDuration" in line else None,
                plan={"one_time": BillingPlan.ONE_TIME, "monthly": BillingPlan.MONTHLY}[
                    line["billingCycle"]
                ],
                provisioning=tuple(line.get("provisioningContext", {}).items()),
            ),
            availability(line["catalogItemId"]),
        )
        for line in documented
    ]

    Carts(errand()).create(TENANT, lines)

    expected = [{**line, "id": number} for number, line in enumerate(documented)]
    assert len(expected) == 4
    assert sent(route) == {"lineItems": expected}


@respx.mock
@pytest.mark.parametrize("name", ["cart_create_addons_response", "cart_update_response"])
def test_other_documented_carts_are_read(name: str) -> None:
    answering(CARTS, name, method="POST", status=201)

    cart = Carts(errand()).create(TENANT, [])

    assert (cart.id, cart.refusals) == (body(name)["id"], ())


@respx.mock
def test_a_checkout_gives_its_orders() -> None:
    route = answering(f"{CARTS}/c1/checkout", "cart_checkout_response", method="POST", status=201)

    checkout = Carts(errand()).check_out(TENANT, "c1")

    assert route.calls.last.request.content == b""
    assert checkout.refusals == ()
    done, pending, other = checkout.orders
    assert done == Order(
        id="3c6f2530-1e31-4088-8230-dd1c31a18bce",
        status=OrderStatus.COMPLETED,
        lines=(
            OrderedLine(
                number=0,
                catalogue_id="MS-AZR-0145P",
                quantity=1,
                subscription="ef2e1307-86e6-40e3-a794-872403fbd31c",
            ),
        ),
        created_at=datetime(2019, 1, 16, 0, 48, 44, tzinfo=UTC),
    )
    assert (pending.status, len(pending.lines)) == (OrderStatus.PENDING, 3)
    assert other.lines[0].subscription is None


@respx.mock
def test_an_order_of_new_commerce_is_read() -> None:
    answering(f"{API}/v1/customers/{TENANT}/orders/a68736758d9c", "order_nce_pending_response")

    order = Orders(errand()).get(TENANT, "a68736758d9c")

    assert order.status is OrderStatus.PENDING
    assert order.lines[0].subscription == "0c353b8e-da9d-4007-d0d4-bca8bd5b5ce1"
    assert order.lines[0].catalogue_id == "CFQ7TTC0LF8S:0001:CFQ7TTC0N81H"


@respx.mock
@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("order_get_response", OrderStatus.COMPLETED),
        ("order_cancel_software_response", OrderStatus.COMPLETED),
        ("order_cancel_sandbox_response", None),
    ],
)
def test_other_documented_orders_are_read(name: str, status: OrderStatus | None) -> None:
    documented = body(name)
    answering(f"{API}/v1/customers/{TENANT}/orders/o1", name)

    order = Orders(errand()).get(TENANT, "o1")

    assert order.id == documented["id"]
    assert status in (None, order.status)


@respx.mock
def test_orders_are_listed() -> None:
    answering(f"{API}/v1/customers/{TENANT}/orders", "orders_list_response")

    found = Orders(errand()).of_customer(TENANT)

    assert found.findings == ()
    assert [order.status.value for order in found.values] == ["pending", "completed"]


@respx.mock
def test_ends_of_first_terms_are_read() -> None:
    route = answering(f"{SUBSCRIPTIONS}/customTermEndDates", "custom_term_end_dates_response")

    found = TermEnds(errand()).allowed(TENANT, Term.MONTH)

    assert dict(route.calls.last.request.url.params) == {"term_duration": "P1M"}
    assert found.values == (
        AllowedTermEnd(last_day=date(2023, 7, 31)),
        AllowedTermEnd(
            last_day=date(2023, 8, 1),
            aligned_with=(
                "5fcf618b-1daa-4604-da99-cc3e1c9ee422",
                "d30a9ff9-713e-4546-c97e-f06b9dcf6ef6",
            ),
        ),
    )


@respx.mock
def test_what_a_subscription_can_become_is_read_with_what_it_cannot() -> None:
    route = answering(
        f"{SUBSCRIPTIONS}/{SUBSCRIPTION}/transitionEligibilities",
        "transition_eligibilities_response",
    )

    found = Transitions(errand()).offers(TENANT, SUBSCRIPTION)

    assert dict(route.calls.last.request.url.params) == {"eligibilityType": "immediate"}
    first, second = found.values
    assert first == TransitionOffer(
        catalogue_id="CFQ7TTC0KZCR:0001:CFQ7TTC0K71H",
        title="Microsoft 365 E5 Test Sku Title",
        quantity=1,
        types=(TransitionType.WITHOUT_LICENCES,),
        into=("151467a1-4246-4a00-da7b-3405463d9b78",),
        reasons=(
            "Subscription cannot be transitioned because there are conflicting services.",
            "The subscription's term duration is shorter than the source subscription's term"
            " duration.",
        ),
    )
    assert second.types == ()


@respx.mock
def test_a_transition_is_ordered_as_documented() -> None:
    route = answering(
        f"{SUBSCRIPTIONS}/{SUBSCRIPTION}/transitions", "transition_create_response", method="POST"
    )
    order = TransitionOrder(
        catalogue_id="CFQ7TTC0LF8R:0001:CFQ7TTC0KCSV",
        quantity=2,
        type=TransitionType.WITHOUT_LICENCES,
        into="0af52192-4a2a-4364-d25b-c8ecab3a5697",
        term=Term.MONTH,
        plan=BillingPlan.MONTHLY,
    )

    begun = Transitions(errand()).start(
        TENANT, SUBSCRIPTION, order, from_catalogue_id="CFQ7TTC0LF8Q:0001:CFQ7TTC0K39X"
    )

    assert sent(route) == body("transition_create_request")
    assert begun.status is TransitionStatus.STARTED
    assert begun.subscription == "0af52192-4a2a-4364-d25b-c8ecab3a5697"


@respx.mock
def test_a_transition_that_was_carried_out_is_read() -> None:
    route = answering(f"{SUBSCRIPTIONS}/{SUBSCRIPTION}/transitions", "transitions_history_response")
    operation = "1caf8ec7-62cc-4ab5-b35d-572d2a62974c"

    [found] = Transitions(errand()).all(TENANT, SUBSCRIPTION, operation=operation).values

    assert dict(route.calls.last.request.url.params) == {"operationId": operation}
    assert (found.operation, found.status) == (operation, TransitionStatus.COMPLETED)
    assert found.catalogue_id == "CFQ7TTC0LF8S:0001:CFQ7TTC0K9G9"


@respx.mock
def test_a_cart_says_which_of_its_lines_cannot_be_bought() -> None:
    line = {"id": 1, "error": {"errorCode": 10002, "errorDescription": "Not enough quota"}}
    respx.post(CARTS).respond(201, json={"id": "c1", "lineItems": [{"id": 0}, line]})

    cart = Carts(errand()).create(TENANT, [])

    [refusal] = cart.refusals
    assert (refusal.line, refusal.code, refusal.description) == (1, "10002", "Not enough quota")
