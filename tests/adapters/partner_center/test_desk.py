"""What Microsoft answers, as whoever asks at the desk knows it."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from uuid import UUID

import httpx
import pytest
import respx

from tests.adapters.partner_center.asking import API, APPLICATION, connection, errand, page
from work365.adapters.partner_center.connection import Tokens
from work365.adapters.partner_center.desk import PartnerCenterDesk
from work365.domain.catalog import Term
from work365.domain.microsoft.subscription_edits import SubscriptionEdit
from work365.errors import Refusal, Unavailable, Work365Error
from work365.identity.failures import MfaNeeded, NotConnected
from work365.ports.provider_desk import (
    CartGone,
    ChangedMeanwhile,
    OfferReissued,
    OrderNotThere,
    ProviderOutOfReach,
    SeatLimits,
    Unsure,
)
from work365.ports.tokens import ConnectionWithdrawn, VaultRefused

CUSTOMER = f"{API}/v1/customers/c1"
CHECKOUT = f"{CUSTOMER}/carts/cart/checkout"
REQUEST = UUID("5f0c3a1e-0d4b-4f4e-9a63-0f8d6f1f2b11")
LOST = httpx.ReadTimeout("late")


@pytest.fixture(autouse=True)
def _answered_here() -> Iterator[None]:
    with respx.mock:
        yield


def desk(tokens: Tokens | None = None) -> PartnerCenterDesk:
    return PartnerCenterDesk(
        errand(on=connection(tokens=tokens)), clock=lambda: datetime(2026, 9, 14, tzinfo=UTC)
    )


def check_out(at: PartnerCenterDesk) -> object:
    return at.check_out("c1", "cart", request_id=REQUEST)


def refused(code: int, status: int = 400) -> httpx.Response:
    return httpx.Response(status, json={"code": code, "description": "No"})


def no_token(error: Work365Error) -> Callable[[], str]:
    def ask() -> str:
        raise error

    return ask


@pytest.mark.parametrize(
    ("answer", "known_as"),
    [
        (refused(400019, 404), OfferReissued),
        (refused(800008, 404), CartGone),
        (refused(20000, 404), OrderNotThere),
        (refused(2055), ChangedMeanwhile),
        (refused(13605, 403), Refusal),
        (refused(900278, 409), Unavailable),
    ],
)
def test_what_is_refused_was_not_done(answer: httpx.Response, known_as: type[Exception]) -> None:
    respx.post(CHECKOUT).mock(return_value=answer)

    with pytest.raises(known_as) as error:
        check_out(desk())

    assert not isinstance(error.value, Unsure)


@pytest.mark.parametrize(
    "answers",
    [
        [LOST, refused(13605, 403)],
        [LOST, httpx.Response(200, json={"orderErrors": [{"code": 400019, "description": "x"}]})],
        [httpx.Response(201, content=b'{"ord')] * 20,
        [httpx.Response(202, headers={"Location": "/customers/c1/carts/cart"})],
    ],
)
def test_what_may_have_been_done_is_never_a_refusal(
    answers: list[httpx.Response | Exception],
) -> None:
    respx.post(CHECKOUT).mock(side_effect=answers)
    respx.get(url__startswith=API).respond(405, json={"code": 800042, "description": "No"})

    with pytest.raises(Unsure):
        check_out(desk())


@pytest.mark.parametrize(
    "error",
    [
        NotConnected(),
        MfaNeeded(),
        ConnectionWithdrawn("it was withdrawn"),
        VaultRefused("it is not for us"),
    ],
)
def test_what_a_person_mends_for_all_changes_is_no_failure_of_one(error: Work365Error) -> None:
    with pytest.raises(ProviderOutOfReach, match=r"\w+"):
        check_out(desk(Tokens(no_token(error), no_token(error))))


def test_a_sign_in_that_is_not_accepted_is_for_a_person_as_well() -> None:
    respx.post(CHECKOUT).respond(401)

    with pytest.raises(ProviderOutOfReach, match="consented to again"):
        check_out(desk())


def test_a_consent_that_ends_after_an_answer_was_lost_is_no_refusal() -> None:
    respx.post(CHECKOUT).mock(side_effect=LOST)
    tokens = iter([APPLICATION])

    def token() -> str:
        for each in tokens:
            return each
        raise NotConnected

    with pytest.raises(ProviderOutOfReach) as error:
        check_out(desk(Tokens(token)))

    assert not isinstance(error.value, Refusal)


class TestAnAgreement:
    def test_that_cannot_be_looked_at_is_neither_there_nor_missing(self) -> None:
        assert desk(Tokens(lambda: APPLICATION)).has_agreement("c1") is None

    def test_is_one_that_the_partner_confirmed_or_the_customer_signed(self) -> None:
        respx.get(f"{CUSTOMER}/agreements").respond(json=page([]))
        respx.get(url__regex="directSigned").respond(json={"isSigned": True})

        assert desk().has_agreement("c1")


class TestSeatLimits:
    def test_are_those_of_the_sku_in_the_customers_country(self) -> None:
        sku = {
            "id": "0001",
            "productId": "CFQ7TTC0LH18",
            "title": "Basic",
            "minimumQuantity": 1,
            "maximumQuantity": 300,
        }
        respx.get(url__regex="availabilities").respond(json=page([_offered("DE")]))
        skus = respx.get(f"{API}/v1/products/CFQ7TTC0LH18/skus").respond(json=page([sku]))

        limits = desk().seat_limits("c1", "CFQ7TTC0LH18:0001")

        assert limits == SeatLimits(1, 300)
        assert skus.calls.last.request.url.params["country"] == "DE"

    def test_are_not_known_of_what_is_not_sold_there(self) -> None:
        respx.get(url__regex="availabilities").respond(json=page([]))

        assert desk().seat_limits("c1", "CFQ7TTC0LH18:0001") is None


def test_ends_of_a_first_term_are_days() -> None:
    ends = page([{"allowedCustomTermEndDate": "2027-03-31T00:00:00Z"}])
    respx.get(url__regex="customTermEndDates").respond(json=ends)

    assert desk().first_term_ends("c1", Term.YEAR) == {date(2027, 3, 31)}


def test_somebody_who_was_faster_is_told_before_anything_is_sent() -> None:
    seen = {"id": "s1", "autoRenewEnabled": True, "attributes": {"etag": "newer"}}
    respx.get(f"{CUSTOMER}/subscriptions/s1").respond(json=seen)

    with pytest.raises(ChangedMeanwhile, match="nothing was sent"):
        desk().change(
            "c1", "s1", SubscriptionEdit(quantity=4), request_id=REQUEST, seen_etag="older"
        )


def _offered(country: str) -> dict[str, object]:
    return {
        "id": "A",
        "productId": "CFQ7TTC0LH18",
        "skuId": "0001",
        "country": country,
        "defaultCurrency": {"code": "EUR"},
        "isPurchasable": True,
        "terms": [],
    }
