from decimal import Decimal

from tests.emulators.partner_center.documented import documented, shape_differences
from tests.emulators.partner_center.room import Room
from work365.emulators.partner_center.seed_catalogue import PROMOTION

SKU = "/v1/products/CFQ7TTC0TW01/skus/0001"
PREMIUM = "CFQ7TTC0TW03"


class TestPromotions:
    def ask(self, room: Room, customer: str, quantity: int) -> dict[str, object]:
        line = room.line(quantity, PREMIUM) | {"promotionId": PROMOTION}
        address = f"/v1/customers/{customer}/promotionEligibilities"
        told = room.send("POST", address, {"items": [line]})
        found: dict[str, object] = told["items"][0]["eligibilities"][0]
        return found

    def test_show_what_is_documented(self, room: Room) -> None:
        shown = room.get("/v1/productpromotions?country=DE&segment=commercial")

        told = documented("promotions_list_response")

        assert shape_differences(told, shown) == []
        assert shown["items"][0]["requiredProducts"][0]["pricingPolicies"][0]["value"] == "0.15"

    def test_count_the_seats_that_a_customer_has_with_them(self, room: Room) -> None:
        customer = room.customer()
        line = room.line(300, PREMIUM) | {"promotionId": PROMOTION}
        for _ in range(8):
            room.checkout(customer, line)
        told = documented("promotion_eligibility_ineligible_response")

        found = self.ask(room, customer, 1)

        assert shape_differences(told["items"][0]["eligibilities"][0], found) == []
        assert found["isEligible"] is False
        address = f"/v1/customers/{customer}/carts"
        assert room.refused("POST", address, {"lineItems": [line]}) == (400, 800024)

    def test_take_their_share_off_the_whole_term(self, room: Room) -> None:
        customer = room.customer()
        order = room.checkout(customer, room.line(10, PREMIUM) | {"promotionId": PROMOTION})[0]
        key = order["lineItems"][0]["subscriptionId"]
        room.go_to(2026, 7, 20)
        room.get(f"/v1/customers/{customer}/subscriptions/{key}")

        # 19.53, and 15 % of it off.
        amounts = {amount for _, _, amount in room.charged(key)}

        assert self.ask(room, customer, 1)["isEligible"] is True
        assert amounts == {Decimal("166.00")}

    def test_for_another_term_are_silently_not_given(self, room: Room) -> None:
        customer = room.customer()
        line = room.line(10, PREMIUM, ("P1Y", "annual")) | {"promotionId": PROMOTION}

        order = room.checkout(customer, line)[0]
        key = order["lineItems"][0]["subscriptionId"]

        assert "promotionId" not in room.get(f"/v1/customers/{customer}/subscriptions/{key}")
        assert room.charged(key) == [("new", 10, Decimal("2232.00"))]

    def test_end(self, room: Room) -> None:
        customer = room.customer()
        room.go_to(2027, 1, 1)

        assert self.ask(room, customer, 1)["isEligible"] is False
