"""Subscriptions: documented responses read field by field, and documented changes sent."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest
import respx

from tests.adapters.partner_center.asking import API, errand, page
from tests.contract.partner_center.documented import answering, body, sent, spelled_alike
from work365.adapters.partner_center.azure import AzureSubscriptions
from work365.adapters.partner_center.refusals import SeatWindowPassed
from work365.adapters.partner_center.subscriptions import Subscriptions
from work365.domain.catalog import BillingPlan, SubscriptionStatus, Term
from work365.domain.microsoft.azure import AzureEntitlement, Registration
from work365.domain.microsoft.subscription_edits import SubscriptionEdit
from work365.domain.microsoft.subscriptions import NextTerm, RefundableSeats, TermEnd

TENANT = "d8202a51-69f9-4228-b900-d0e081af17d7"
SUBSCRIPTION = "a4c1340d-6911-4758-bba3-0c4c6007d161"
ALL = f"{API}/v1/customers/{TENANT}/subscriptions"
ONE = f"{ALL}/{SUBSCRIPTION}"
NOW = datetime(2021, 1, 20, 12, tzinfo=UTC)


def subscriptions() -> Subscriptions:
    return Subscriptions(errand(), clock=lambda: NOW)


@respx.mock
def test_a_subscription_of_new_commerce_is_read() -> None:
    answering(ONE, "subscription_get_nce_expired_refundable_quantity_response")

    seen = subscriptions().get(TENANT, SUBSCRIPTION)

    provided = seen.provided
    assert (provided.id, provided.part_number) == (SUBSCRIPTION, "CFQ7TTC0LH18:0001")
    assert (provided.name, provided.quantity) == ("Microsoft 365 Business Basic", 15)
    assert (provided.term, provided.plan) == (Term.YEAR, BillingPlan.MONTHLY)
    assert provided.status is SubscriptionStatus.EXPIRED
    assert (provided.effective_start, provided.commitment_last_day) == (
        date(2021, 1, 14),
        date(2022, 1, 13),
    )
    assert (provided.customer_tenant, provided.order_id) == (TENANT, "34b37d7340cc")
    assert seen.availability == "CFQ7TTC0K971"
    assert seen.bought_at == datetime(2021, 1, 14, 16, 57, 15, tzinfo=UTC)
    assert seen.commitment_end_at == datetime(2022, 1, 13, 23, 59, 59, tzinfo=UTC)
    assert seen.refundable == (RefundableSeats(10, datetime(2021, 1, 24, 20, 39, 17, tzinfo=UTC)),)
    assert seen.full_refund_until == datetime(2021, 1, 15, tzinfo=UTC)
    assert (seen.seen_at, seen.etag, seen.term_end, seen.next_term) == (NOW, None, None, None)


@respx.mock
def test_older_subscriptions_are_read_from_the_whole_of_a_list() -> None:
    rows = body("subscriptions_list_response")["items"]
    respx.get(ALL).respond(json=page(rows))

    found = subscriptions().of_customer(TENANT)

    [seen] = found.values
    assert seen.etag == "<etag>"
    assert seen.provided.part_number == "0CCA44D6-68E9-4762-94EE-31ECE98783B9"
    assert seen.provided.customer_tenant == TENANT


@respx.mock
def test_software_can_be_cancelled_until_the_moment_that_is_told() -> None:
    answering(ALL, "subscriptions_list_software_response")

    [seen] = subscriptions().of_customer(TENANT).values

    assert seen.cancel_until == datetime(2021, 11, 14, 23, 59, tzinfo=UTC)
    assert seen.provided.plan is BillingPlan.TRIENNIAL
    assert seen.term_end is TermEnd.RENEW


@respx.mock
def test_the_subscriptions_of_an_order_are_asked_for() -> None:
    rows = body("subscriptions_by_order_response")["items"]
    route = respx.get(url__startswith=ALL).respond(json=page(rows))

    found = subscriptions().of_order(TENANT, "6183db3d")

    assert dict(route.calls.last.request.url.params) == {"order_id": "6183db3d"}
    assert len(found.values) == len(rows)
    assert found.findings == ()


@respx.mock
@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("subscription_get_legacy_response", SubscriptionStatus.ACTIVE),
        ("subscription_get_addon_legacy_response", SubscriptionStatus.ACTIVE),
        ("subscription_billing_frequency_software_response", SubscriptionStatus.ACTIVE),
    ],
)
def test_other_documented_subscriptions_are_read(name: str, status: SubscriptionStatus) -> None:
    documented = body(name)
    answering(ONE, name)

    provided = subscriptions().get(TENANT, SUBSCRIPTION).provided

    assert (provided.id, provided.quantity) == (documented["id"].lower(), documented["quantity"])
    assert provided.status is status


@respx.mock
@pytest.mark.parametrize(
    ("name", "edit"),
    [
        ("subscription_patch_cancel_response", SubscriptionEdit(status=SubscriptionStatus.DELETED)),
        ("subscription_patch_autorenew_response", SubscriptionEdit(term_end=TermEnd.CANCEL)),
    ],
)
def test_the_answer_to_a_change_is_read(name: str, edit: SubscriptionEdit) -> None:
    documented = body(name)
    respx.get(ONE).respond(json={**documented, "status": "active", "autoRenewEnabled": True})
    answering(ONE, name, method="PATCH")

    seen = subscriptions().change(TENANT, SUBSCRIPTION, edit)

    assert seen.provided.status.value == documented["status"]
    assert seen.provided.auto_renew is False
    assert seen.provided.term is Term.MONTH


@respx.mock
def test_a_scheduled_next_term_is_read() -> None:
    answering(ONE, "subscription_patch_scheduled_changes_response")

    seen = subscriptions().get(TENANT, SUBSCRIPTION)

    assert seen.term_end is TermEnd.RENEW
    assert seen.next_term == NextTerm(
        part_number="DG7GMGF0DVSV:000P",
        availability="DG7GMGF0F3Q9",
        term=Term.THREE_YEARS,
        plan=BillingPlan.ANNUAL,
        quantity=1,
        promotion="39NFJQT1PFPJ:000H:39NFJQT1Q5DK",
        end_on=date(2019, 1, 9),
    )


@respx.mock
@pytest.mark.parametrize(
    ("fragment", "term_end"),
    [
        ("subscription_scheduled_action_renew_fragment", TermEnd.RENEW),
        ("subscription_scheduled_action_cancel_fragment", TermEnd.CANCEL),
        ("subscription_scheduled_action_est_fragment", TermEnd.EXTEND),
    ],
)
def test_what_is_scheduled_for_the_end_of_the_term_is_read(
    fragment: str, term_end: TermEnd
) -> None:
    whole = body("subscription_patch_quantity_nce_response") | body(fragment)
    respx.get(ONE).respond(json=whole)

    seen = subscriptions().get(TENANT, SUBSCRIPTION)

    assert seen.term_end is term_end
    renews = term_end is TermEnd.RENEW
    assert (seen.next_term is not None and seen.next_term.quantity == 10) is renews


Before = Callable[[dict[str, Any]], dict[str, Any]]


def _with(**fields: object) -> Before:
    return lambda documented: {**documented, **fields}


@respx.mock
@pytest.mark.parametrize(
    ("request_name", "before", "edit"),
    [
        (
            "subscription_patch_quantity_nce_request",
            _with(quantity=11),
            SubscriptionEdit(quantity=1),
        ),
        (
            "subscription_patch_friendly_name_nce_request",
            _with(friendlyName="Microsoft 365 Business Basic"),
            SubscriptionEdit(friendly_name="nickname"),
        ),
        (
            "subscription_patch_cancel_request",
            _with(status="active"),
            SubscriptionEdit(status=SubscriptionStatus.DELETED),
        ),
    ],
)
def test_a_change_is_sent_with_the_whole_subscription_as_documented(
    request_name: str, before: Before, edit: SubscriptionEdit
) -> None:
    documented = body(request_name)
    respx.get(ONE).respond(json=before(documented))
    patch = respx.patch(ONE).respond(json=documented)

    subscriptions().change(TENANT, SUBSCRIPTION, edit)

    assert sent(patch) == documented


@respx.mock
@pytest.mark.parametrize(
    ("request_name", "status"),
    [
        ("subscription_patch_suspend_request", SubscriptionStatus.SUSPENDED),
        ("subscription_patch_reactivate_request", SubscriptionStatus.ACTIVE),
    ],
)
def test_suspending_and_reactivating_are_sent_as_documented(
    request_name: str, status: SubscriptionStatus
) -> None:
    # These samples write their names with capitals, and answers with small letters.
    documented = spelled_alike(body(request_name))
    answer = body("subscriptions_list_response")["items"][0]
    before = "active" if status is SubscriptionStatus.SUSPENDED else "suspended"
    respx.get(ONE).respond(json={**answer, "status": before})
    patch = respx.patch(ONE).respond(json={**answer, "status": status.value})

    subscriptions().change(TENANT, SUBSCRIPTION, SubscriptionEdit(status=status))

    told = spelled_alike(sent(patch))
    assert told["status"] == documented["status"] == status.value
    # What the sample leaves empty is left out of the answer that goes back.
    named = {name for name, value in documented.items() if value is not None}
    assert named <= set(told)
    assert patch.calls.last.request.headers["If-Match"] == "<etag>"


@respx.mock
@pytest.mark.parametrize(
    ("fragment_name", "term_end"),
    [
        # The sample is older than the extended term, into which it would fall without the action.
        ("subscription_scheduled_action_cancel_fragment", TermEnd.CANCEL),
        ("subscription_scheduled_action_est_fragment", TermEnd.EXTEND),
    ],
)
def test_turning_auto_renewal_off_is_sent_as_documented_with_what_comes_instead(
    fragment_name: str, term_end: TermEnd
) -> None:
    documented = body("subscription_patch_autorenew_nce_request")
    respx.get(ONE).respond(json={**documented, "autoRenewEnabled": True})
    patch = respx.patch(ONE).respond(json=documented)

    subscriptions().change(TENANT, SUBSCRIPTION, SubscriptionEdit(term_end=term_end))

    instead = body(fragment_name)
    assert sent(patch) == {**documented, **instead, "scheduledNextTermInstructions": None}


@respx.mock
def test_a_next_term_is_scheduled_as_documented() -> None:
    documented = body("subscription_patch_scheduled_changes_request")
    before = {**documented, "scheduledNextTermInstructions": None}
    respx.get(ONE).respond(json=before)
    patch = respx.patch(ONE).respond(json=documented)
    edit = SubscriptionEdit(
        term_end=TermEnd.RENEW,
        next_term=NextTerm(
            part_number="DG7GMGF0DVSV:000P",
            availability="DG7GMGF0F3Q9",
            term=Term.THREE_YEARS,
            plan=BillingPlan.ANNUAL,
            quantity=1,
            promotion="39NFJQT1PFPJ:000H:39NFJQT1Q5DK",
            end_on=date(2019, 1, 9),
        ),
    )

    subscriptions().change(TENANT, SUBSCRIPTION, edit)

    told = sent(patch)
    instructions = told.pop("scheduledNextTermInstructions")
    [action] = told.pop("scheduledActions")
    wanted = documented.pop("scheduledNextTermInstructions")
    assert told == documented
    # A last day is sent as such, where the sample has a moment within it.
    assert instructions == {**wanted, "customTermEndDate": "2019-01-09T00:00:00Z"}
    assert action == {
        "scheduledType": "TermEnd",
        "actionType": "RenewToNewTerm",
        "instructions": instructions,
    }


@respx.mock
def test_azure_subscriptions_under_a_plan_are_read() -> None:
    answering(f"{ONE}/azureEntitlements", "azure_entitlements_response")

    found = AzureSubscriptions(errand()).of_plan(TENANT, SUBSCRIPTION)

    assert found.values == (
        AzureEntitlement(
            id="899ae6f1-8a74-4d5e-b6c6-e6b5019bbff8",
            name="Microsoft Azure",
            status="active",
            plan="3f15978e-005c-b763-bb78-2a8fab289c58",
        ),
    )


@respx.mock
def test_an_azure_subscription_is_cancelled() -> None:
    entitlement = "5b76b8c3-dd85-4096-bb2e-9804b1d7b383"
    route = answering(
        f"{ONE}/azureEntitlements/{entitlement}/cancel",
        "azure_entitlement_cancel_response",
        method="POST",
    )

    AzureSubscriptions(errand()).cancel(TENANT, SUBSCRIPTION, entitlement, reason="compromise")

    assert sent(route) == {"cancellationReason": "compromise"}


@respx.mock
def test_a_registration_for_reservations_is_read() -> None:
    answering(f"{ONE}/registrationstatus", "subscription_registration_status_response")

    assert (
        AzureSubscriptions(errand()).registration(TENANT, SUBSCRIPTION)
        is Registration.NOT_REGISTERED
    )


@respx.mock
def test_a_refused_number_of_seats_says_what_can_be_done() -> None:
    documented = body("subscription_patch_quantity_nce_request")
    respx.get(ONE).respond(json={**documented, "quantity": 9})
    respx.patch(ONE).mock(
        return_value=httpx.Response(400, json=body("subscription_quantity_error_800090"))
    )

    with pytest.raises(SeatWindowPassed, match=r"has passed.*next term.*code 800090"):
        subscriptions().change(TENANT, SUBSCRIPTION, SubscriptionEdit(quantity=1))
