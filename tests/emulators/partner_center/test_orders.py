from datetime import timedelta
from decimal import Decimal

from tests.emulators.partner_center.documented import documented, shape_differences
from tests.emulators.partner_center.room import ONCE, WITH_USER, Room
from work365.emulators.partner_center.seed_catalogue import (
    PERPETUAL,
    SOFTWARE,
)


class TestOrder:
    def test_shows_what_is_documented(self, room: Room, customer: str) -> None:
        order = room.checkout(customer, room.line(3))[0]["id"]

        shown = room.get(f"/v1/customers/{customer}/orders/{order}?include_price=true")

        assert shape_differences(documented("order_nce_pending_response"), shown) == []
        assert shown["status"] == "completed"
        assert shown["totalPrice"] == Decimal("10.58") * 3 * 12

    def test_is_unknown_for_a_while_and_pending_for_longer(self, room: Room, customer: str) -> None:
        room.world.lags.order_seen = timedelta(minutes=15)
        room.world.lags.order_completed = timedelta(minutes=40)
        answered = room.checkout(customer, room.line(3))[0]
        address = f"/v1/customers/{customer}/orders/{answered['id']}"

        at_once = room.refused("GET", address)
        room.pass_time(minutes=15)
        seen = room.get(address)
        room.pass_time(minutes=25)
        done = room.get(address)

        assert "subscriptionId" not in answered["lineItems"][0]
        assert at_once == (404, 20000)
        assert (seen["status"], done["status"]) == ("pending", "completed")
        assert "subscriptionId" not in seen["lineItems"][0]
        key = done["lineItems"][0]["subscriptionId"]
        subscription = room.get(f"/v1/customers/{customer}/subscriptions/{key}")
        assert subscription["effectiveStartDate"] == "2026-02-10T09:30:15.25Z"

    def test_lists_one_kind_of_billing(self, room: Room, customer: str) -> None:
        room.checkout(customer, room.line(3), room.line(3, plan=("P1Y", "annual")))

        found = room.get(f"/v1/customers/{customer}/orders?billingType=annual")

        assert [each["billingCycle"] for each in found["items"]] == ["annual"]

    def test_tells_how_far_it_is_provisioned_to_users_only(self, room: Room, customer: str) -> None:
        order = room.checkout(customer, room.line(3))[0]["id"]
        address = f"/v1/customers/{customer}/orders/{order}/provisioningstatus"

        alone = room.refused("GET", address)
        room.token = WITH_USER
        shown = room.get(address)

        assert alone == (403, 900329)
        assert shape_differences(documented("order_provisioning_status_response"), shown) == []

    def test_of_software_is_cancelled_within_its_window(self, room: Room, customer: str) -> None:
        late = room.checkout(customer, room.line(1, SOFTWARE, ("P1Y", "one_time")))[0]["id"]
        soon = room.checkout(customer, room.line(1, PERPETUAL, ONCE))[0]["id"]
        seats = room.checkout(customer, room.line(3))[0]["id"]
        room.pass_time(days=8)
        orders = f"/v1/customers/{customer}/orders"
        body = {"status": "cancelled"}

        assert room.send("PATCH", f"{orders}/{soon}", body)["status"] == "cancelled"
        assert room.refused("PATCH", f"{orders}/{late}", body) == (400, 800061)
        assert room.refused("PATCH", f"{orders}/{seats}", body) == (400, 800063)
