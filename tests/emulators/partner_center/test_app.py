from typing import Any

import pytest

from tests.emulators.partner_center.room import (
    STRANGER,
    TOKENS,
    WITH_USER,
    WITHOUT_MFA,
    WRONG_AUDIENCE,
    Room,
    room_at,
)
from work365.emulators.partner_center.app import Settings
from work365.emulators.partner_center.callers import InvalidToken


class TestLettingIn:
    @pytest.mark.parametrize(
        ("token", "path", "refusal"),
        [
            ("nobody's", "/v1/customers", (401, 800001)),
            (WRONG_AUDIENCE, "/v1/customers", (401, 900420)),
            (WITHOUT_MFA, "/v1/customers", (401, 900421)),
            ("application", "/v1/agreements", (403, 900329)),
            (STRANGER, "/v1/customers", (403, 2032)),
        ],
    )
    def test_is_refused_with_its_code(
        self, room: Room, token: str, path: str, refusal: tuple[int, int]
    ) -> None:
        room.token = token

        assert room.refused("GET", path) == refusal

    def test_says_whether_a_user_gave_a_second_factor(self) -> None:
        room = room_at(settings=Settings(demands_mfa=False))
        told = {}
        for token in (WITH_USER, WITHOUT_MFA):
            room.token = token
            _, _, headers = room.call("GET", "/v1/customers", headers={"ValidateMfa": "true"})
            told[token] = headers["ismfacompliant"]

        assert told == {WITH_USER: "true", WITHOUT_MFA: "false"}

    def test_knows_no_token_but_those_it_was_given(self) -> None:
        with pytest.raises(InvalidToken):
            TOKENS("made up")


class TestRequestIds:
    def test_a_repeated_request_is_done_once(self, room: Room) -> None:
        customer = room.customer()
        body = {"lineItems": [room.line(3)]}
        headers = {"MS-RequestId": "6f2e0b1a-9a7d-4c55-8d10-2b4a7e9c3f60"}
        address = f"/v1/customers/{customer}/carts"

        first = room.call("POST", address, body, headers)
        second = room.call("POST", address, body, headers)

        assert first[1] == second[1]
        assert len(room.world.carts) == 1

    def test_a_refusal_is_repeated_too(self, room: Room) -> None:
        customer = room.customer(signed=False)
        cart = room.cart(customer, room.line(1))["id"]
        headers = {"MS-RequestId": "0d3c5a77-1111-4c55-8d10-2b4a7e9c3f60"}
        address = f"/v1/customers/{customer}/carts/{cart}/checkout"
        room.call("POST", address, None, headers)
        room.token = WITH_USER
        room.sign(customer)

        assert room.call("POST", address, None, headers)[0] == 403

    def test_ids_come_back(self, room: Room) -> None:
        sent = {"MS-RequestId": "request-1", "MS-CorrelationId": "correlation-1"}

        _, _, headers = room.call("GET", "/v1/customers", headers=sent)

        assert headers["ms-requestid"] == "request-1"
        assert headers["ms-correlationid"] == "correlation-1"


class TestForm:
    def test_a_byte_order_mark_comes_first_when_asked_for(self) -> None:
        room = room_at(settings=Settings(has_bom=True))

        answer = room.client.request(
            "GET", "/v1/customers", headers={"Authorization": "Bearer application"}
        )

        assert answer.content.startswith(b"\xef\xbb\xbf{")

    @pytest.mark.parametrize("path", ["/v1/Customers", "/v1/customers/"])
    def test_an_address_may_be_written_in_any_case(self, room: Room, path: str) -> None:
        assert room.get(path)["items"] == []

    def test_what_is_not_there_is_refused(self, room: Room) -> None:
        assert room.refused("GET", "/v1/nothing") == (404, 1000)
        assert room.refused("DELETE", "/v1/customers") == (405, 800042)

    @pytest.mark.parametrize("content", ["{", "[]"])
    def test_a_body_has_to_be_an_object(self, room: Room, content: str) -> None:
        headers = {"Authorization": f"Bearer {WITH_USER}"}

        answer: Any = room.client.request("POST", "/v1/customers", content=content, headers=headers)

        assert (answer.status_code, answer.json()["code"]) == (400, 800002)
