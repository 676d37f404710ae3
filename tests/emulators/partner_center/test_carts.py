from decimal import Decimal
from typing import Any

import pytest

from tests.emulators.partner_center.documented import documented, shape_differences
from tests.emulators.partner_center.room import Room, carts
from work365.emulators.partner_center.seed_catalogue import (
    ADDON,
)


class TestCart:
    def test_shows_what_is_documented(self, room: Room, customer: str) -> None:
        cart = room.cart(customer, room.line(12))
        line = cart["lineItems"][0]

        told = documented("cart_create_nce_response")

        assert shape_differences(told, cart) == []
        assert line["pricing"]["listPrice"] == Decimal("10.58")
        assert line["pricing"]["extendedPrice"] == Decimal("10.58") * 12 * 12

    def test_takes_the_documented_spelling(self, room: Room, customer: str) -> None:
        body = documented("cart_create_nce_request")
        body["LineItems"][0]["CatalogItemId"] = room.item("CFQ7TTC0TW02", "P1M", "monthly")

        cart = room.send("POST", carts(customer), body)

        assert cart["lineItems"][0]["termDuration"] == "P1M"

    def test_lives_seven_days(self, room: Room, customer: str) -> None:
        address = f"{carts(customer)}/{room.cart(customer, room.line(1))['id']}"
        room.pass_time(days=7)
        alive = room.get(address)["status"]
        room.pass_time(seconds=1)

        assert alive == "Active"
        assert room.refused("GET", address) == (404, 800008)

    def test_is_changed_until_it_is_checked_out(self, room: Room, customer: str) -> None:
        address = f"{carts(customer)}/{room.cart(customer, room.line(1))['id']}"

        changed = room.send("PUT", address, {"lineItems": [room.line(4)]})
        room.send("POST", f"{address}/checkout")

        assert changed["lineItems"][0]["quantity"] == 4
        assert room.refused("PUT", address, {"lineItems": [room.line(5)]}) == (400, 800065)

    @pytest.mark.parametrize(
        ("change", "refusal"),
        [
            ({"catalogItemId": "CFQ7TTC0TW02:0001:CFQ7TTC0OLD0"}, (404, 400019)),
            ({"catalogItemId": "CFQ7TTC0TW02:0099:CFQ7TTC0OLD0"}, (404, 400018)),
            ({"catalogItemId": "CFQ7TTC0NONE:0001:CFQ7TTC0OLD0"}, (404, 400013)),
            ({"catalogItemId": ""}, (400, 900142)),
            ({"catalogItemId": "CFQ7TTC0TW02"}, (400, 800009)),
            ({"quantity": 301}, (400, 900275)),
            ({"termDuration": "P3Y"}, (400, 900268)),
            ({"billingCycle": "annual"}, (400, 900269)),
            ({"promotionId": "none:0001:such"}, (400, 27007)),
            ({"customTermEndDate": "2026-11-11T00:00:00"}, (400, 900242)),
            ({"quantity": "many"}, (400, 800002)),
        ],
    )
    def test_refuses_a_line_that_is_not_right(
        self, room: Room, customer: str, change: dict[str, Any], refusal: tuple[int, int]
    ) -> None:
        line = room.line(3) | change

        assert room.refused("POST", carts(customer), {"lineItems": [line]}) == refusal

    def test_refuses_to_be_empty(self, room: Room, customer: str) -> None:
        assert room.refused("POST", carts(customer), {"lineItems": []}) == (400, 800009)


class TestCheckout:
    def test_twice_gives_the_same_orders(self, room: Room, customer: str) -> None:
        cart = room.cart(customer, room.line(3))["id"]
        address = f"{carts(customer)}/{cart}/checkout"

        first = room.send("POST", address)
        room.pass_time(days=30)
        second = room.send("POST", address)

        assert [each["id"] for each in first["orders"]] == [each["id"] for each in second["orders"]]
        assert len(room.world.orders) == 1

    def test_refuses_an_availability_that_was_issued_anew(self, room: Room, customer: str) -> None:
        cart = room.cart(customer, room.line(3))["id"]
        room.world.catalogue.reissues += 1

        refused = room.refused("POST", f"{carts(customer)}/{cart}/checkout")

        assert refused == (404, 400019)
        assert room.world.orders == {}

    def test_makes_an_order_for_each_billing_cycle(self, room: Room, customer: str) -> None:
        yearly = room.line(3, plan=("P1Y", "annual"))

        orders = room.checkout(customer, room.line(3), yearly, room.line(5))

        assert [(each["billingCycle"], len(each["lineItems"])) for each in orders] == [
            ("monthly", 2),
            ("annual", 1),
        ]

    def test_is_refused_while_the_customer_is_under_review(self, room: Room, customer: str) -> None:
        cart = room.cart(customer, room.line(3))["id"]
        room.world.customers[customer].validation_status = "UnderReview"

        assert room.refused("POST", f"{carts(customer)}/{cart}/checkout") == (403, 800074)


class TestAddons:
    def test_hang_on_the_subscription_of_their_parent(self, room: Room, customer: str) -> None:
        line = room.line(5) | {"addonItems": [room.line(2, ADDON)]}

        order = room.checkout(customer, line)[0]
        parent, child = (each["subscriptionId"] for each in order["lineItems"])
        address = f"/v1/customers/{customer}/subscriptions/{parent}"
        found = room.get(f"{address}/addons")

        assert [each["id"] for each in found["items"]] == [child]
        assert found["items"][0]["parentSubscriptionId"] == parent

    def test_have_to_fit(self, room: Room, customer: str) -> None:
        line = room.line(5, "CFQ7TTC0TW06") | {"addonItems": [room.line(2, ADDON)]}

        assert room.refused("POST", carts(customer), {"lineItems": [line]}) == (400, 800029)

    def test_end_with_their_parent(self, room: Room, customer: str) -> None:
        order = room.checkout(customer, room.line(5) | {"addonItems": [room.line(2, ADDON)]})[0]
        keys = [each["subscriptionId"] for each in order["lineItems"]]
        root = f"/v1/customers/{customer}/subscriptions"

        room.change(f"{root}/{keys[0]}", status="deleted")

        assert room.get(f"{root}/{keys[1]}")["status"] == "deleted"
