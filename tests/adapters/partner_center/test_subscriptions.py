"""Changing subscriptions: the whole of it goes back, and never over somebody else's change."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
import respx

from tests.adapters.partner_center.asking import API, errand, page
from work365.adapters.partner_center.errors import (
    AnswerImpossible,
    PartnerCenterUnavailable,
    VersionChanged,
)
from work365.adapters.partner_center.subscriptions import Subscriptions
from work365.domain.catalog import SubscriptionStatus
from work365.domain.microsoft.subscription_edits import SubscriptionEdit
from work365.http import read_json, write_json

TENANT = "11111111-2222-3333-4444-555555555555"
ALL = f"{API}/v1/customers/{TENANT}/subscriptions"
ONE = f"{ALL}/s1"
NOW = datetime(2026, 3, 1, tzinfo=UTC)
ADD = SubscriptionEdit(quantity=7)


@pytest.fixture(autouse=True)
def _answered_here() -> Iterator[None]:
    with respx.mock:
        yield


def subscription(**fields: Any) -> dict[str, Any]:
    return {
        "id": "s1",
        "offerId": "CFQ7TTC0AAAA:0001:CFQ7TTC0BBBB",
        "quantity": 5,
        "effectiveStartDate": "2026-01-01T00:00:00Z",
        "status": "active",
        "autoRenewEnabled": True,
        "attributes": {"etag": "v1", "objectType": "Subscription"},
        **fields,
    }


def version(etag: str) -> dict[str, Any]:
    return {"attributes": {"etag": etag, "objectType": "Subscription"}}


def subscriptions() -> Subscriptions:
    return Subscriptions(errand(), clock=lambda: NOW)


def conflict() -> httpx.Response:
    return httpx.Response(400, json={"code": 2055, "description": "Etag is no longer valid"})


def test_what_is_not_known_here_goes_back_digit_by_digit() -> None:
    content = write_json(subscription()).removesuffix("}") + (
        ',"future":{"price":12.340000000000000000001,"list":[1,null,true,1e2]},"empty":""}'
    )
    respx.get(ONE).respond(content=content.encode())
    patch = respx.patch(ONE).respond(json=subscription(quantity=7))

    subscriptions().change(TENANT, "s1", ADD)

    told = read_json(patch.calls.last.request.content)
    assert told == {**read_json(content), "quantity": 7}
    assert b"12.340000000000000000001" in patch.calls.last.request.content


def test_the_version_that_was_read_guards_the_change() -> None:
    respx.get(ONE).respond(json=subscription())
    patch = respx.patch(ONE).respond(json=subscription(quantity=7, **version("v2")))
    kept = UUID("99999999-2222-3333-4444-555555555555")

    seen = subscriptions().change(TENANT, "s1", ADD, request_id=kept)

    assert patch.calls.last.request.headers["If-Match"] == "v1"
    assert patch.calls.last.request.headers["MS-RequestId"] == str(kept)
    assert (seen.provided.quantity, seen.etag, seen.seen_at) == (7, "v2", NOW)


def test_without_a_version_there_is_no_guard() -> None:
    respx.get(ONE).respond(json=subscription(attributes={"etag": ""}))
    patch = respx.patch(ONE).respond(json=subscription(quantity=7))

    subscriptions().change(TENANT, "s1", ADD)

    assert "If-Match" not in patch.calls.last.request.headers


def test_what_is_so_already_is_not_sent() -> None:
    respx.get(ONE).respond(json=subscription(quantity=7))
    patch = respx.patch(ONE).respond(500)

    seen = subscriptions().change(TENANT, "s1", ADD)

    assert seen.provided.quantity == 7
    assert not patch.called


def test_a_change_at_the_other_end_since_it_was_seen_stops_ours() -> None:
    respx.get(ONE).respond(json=subscription(**version("v2")))
    patch = respx.patch(ONE).respond(500)

    with pytest.raises(VersionChanged, match="v1 was seen, and now it is v2; nothing was sent"):
        subscriptions().change(TENANT, "s1", ADD, seen_etag="v1")

    assert not patch.called


def test_a_change_at_the_other_end_while_ours_is_sent_is_told() -> None:
    respx.get(ONE).respond(json=subscription())
    respx.patch(ONE).mock(return_value=conflict())

    with pytest.raises(VersionChanged) as error:
        subscriptions().change(TENANT, "s1", ADD)

    assert not error.value.maybe_done


def test_our_own_change_whose_answer_was_lost_is_found_done() -> None:
    respx.get(ONE).mock(
        side_effect=[
            httpx.Response(200, json=subscription()),
            httpx.Response(200, json=subscription(quantity=7, **version("v2"))),
            httpx.Response(200, json=subscription(quantity=7, **version("v2"))),
        ]
    )
    patch = respx.patch(ONE).mock(side_effect=[httpx.ReadTimeout("late"), conflict()])

    seen = subscriptions().change(TENANT, "s1", ADD)

    assert (seen.provided.quantity, seen.etag) == (7, "v2")
    assert len({call.request.headers["MS-RequestId"] for call in patch.calls}) == 1


def test_somebody_elses_change_is_not_taken_for_ours() -> None:
    other = subscription(quantity=6, **version("v2"))
    respx.get(ONE).mock(
        side_effect=[httpx.Response(200, json=subscription()), httpx.Response(200, json=other)]
    )
    respx.patch(ONE).mock(side_effect=[httpx.ReadTimeout("late"), conflict()])

    with pytest.raises(VersionChanged):
        subscriptions().change(TENANT, "s1", ADD)


def test_an_answer_without_the_subscription_is_looked_up() -> None:
    respx.get(ONE).mock(
        side_effect=[
            httpx.Response(200, json=subscription()),
            httpx.Response(200, json=subscription(quantity=7)),
        ]
    )
    respx.patch(ONE).respond(204)

    assert subscriptions().change(TENANT, "s1", ADD).provided.quantity == 7


def test_a_change_that_takes_long_is_waited_for() -> None:
    respx.get(ONE).respond(json=subscription())
    location = {"Location": f"/customers/{TENANT}/subscriptions/s1/provisioningstatus"}
    respx.patch(ONE).respond(202, headers=location)
    respx.get(f"{ONE}/provisioningstatus").mock(
        side_effect=[
            httpx.Response(202, headers=location),
            httpx.Response(200, json=subscription(status="suspended")),
        ]
    )
    edit = SubscriptionEdit(status=SubscriptionStatus.SUSPENDED)

    seen = subscriptions().change(TENANT, "s1", edit)

    assert seen.provided.status is SubscriptionStatus.SUSPENDED


def test_a_subscription_that_does_not_say_whether_it_renews_is_not_sent_back() -> None:
    told = subscription()
    del told["autoRenewEnabled"]
    respx.get(ONE).respond(json=told)
    patch = respx.patch(ONE).respond(500)

    with pytest.raises(AnswerImpossible, match="whether it renews"):
        subscriptions().change(TENANT, "s1", ADD)

    assert not patch.called


def test_a_lost_answer_that_stays_lost_may_be_done() -> None:
    respx.get(ONE).respond(json=subscription())
    respx.patch(ONE).mock(side_effect=[httpx.ReadTimeout("late")] * 20)

    with pytest.raises(PartnerCenterUnavailable) as error:
        subscriptions().change(TENANT, "s1", ADD)

    assert error.value.maybe_done


def test_one_that_cannot_be_read_leaves_the_others() -> None:
    bad = subscription(id="s2", quantity="five", status="asleep")
    respx.get(ALL).respond(json=page([subscription(), bad]))

    found = subscriptions().of_customer(TENANT.upper())

    assert [seen.provided.id for seen in found.values] == ["s1"]
    assert found.values[0].provided.customer_tenant == TENANT
    assert [finding.path.rpartition("/")[2] for finding in found.findings] == [
        "quantity",
        "status",
    ]


def test_a_single_one_that_cannot_be_read_is_a_contradiction_that_names_each_field() -> None:
    respx.get(ONE).respond(json=subscription(quantity="five", status="asleep"))

    with pytest.raises(AnswerImpossible, match=r"quantity is .*status is "):
        subscriptions().get(TENANT, "s1")


def test_an_answer_with_nothing_in_it_is_a_contradiction() -> None:
    respx.get(ONE).respond(204)

    with pytest.raises(AnswerImpossible, match="must be an object"):
        subscriptions().get(TENANT, "s1")
