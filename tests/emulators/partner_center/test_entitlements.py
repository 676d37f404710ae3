from decimal import Decimal

from tests.emulators.partner_center.documented import documented, shape_differences
from tests.emulators.partner_center.room import ONCE, Room, carts
from work365.emulators.partner_center.seed_catalogue import (
    AZURE,
    RESERVED,
)


class TestAzure:
    def test_plan_is_bought_once(self, room: Room, customer: str) -> None:
        plan = room.buy(customer, 1, AZURE, ONCE)

        shown = room.get(plan)

        assert shown["commitmentEndDate"] == "9999-12-31T00:00:00Z"
        assert room.charged(plan) == []
        line = room.line(1, AZURE, ONCE)
        assert room.refused("POST", carts(customer), {"lineItems": [line]}) == (403, 800089)

    def test_reservation_belongs_to_an_azure_subscription(self, room: Room, customer: str) -> None:
        line = room.line(2, RESERVED, ("P1Y", "one_time"))
        without = room.refused("POST", carts(customer), {"lineItems": [line]})
        plan = room.buy(customer, 1, AZURE, ONCE).rpartition("/")[2]
        context = {"provisioningContext": {"subscriptionId": plan, "scope": "shared"}}

        order = room.checkout(customer, line | context)[0]

        assert without == (400, 900317)
        key = order["lineItems"][0]["subscriptionId"]
        shown = room.get(f"/v1/customers/{customer}/subscriptions/{key}")
        assert shown["productOrderId"]
        assert room.charged(key) == [("new", 2, Decimal("1640.00"))]

    def test_entitlements_are_cancelled_and_come_back(self, room: Room, customer: str) -> None:
        root = f"{room.buy(customer, 1, AZURE, ONCE)}/azureEntitlements"
        listed = room.get(root)
        one = f"{root}/{listed['items'][0]['id']}"

        without = room.refused("POST", f"{one}/cancel")
        wrong = room.refused("POST", f"{one}/cancel", {"cancellationReason": "dull"})
        answered = room.send("POST", f"{one}/cancel", {"cancellationReason": "compromise"})
        cancelled = room.get(one)["status"]
        room.send("POST", f"{one}/reactivate")

        assert shape_differences(documented("azure_entitlements_response"), listed) == []
        assert shape_differences(documented("azure_entitlement_cancel_response"), answered) == []
        assert (without, wrong) == ((400, 800002), (400, 900307))
        assert (cancelled, room.get(one)["status"]) == ("inactive", "active")

    def test_plan_is_suspended_without_active_subscriptions_only(
        self, room: Room, customer: str
    ) -> None:
        plan = room.buy(customer, 1, AZURE, ONCE)
        one = f"{plan}/azureEntitlements/{room.get(f'{plan}/azureEntitlements')['items'][0]['id']}"

        refused = room.change_refused(plan, status="suspended")
        room.send("POST", f"{one}/cancel", {"cancellationReason": "billing"})

        assert refused == (403, 900115)
        assert room.change(plan, status="suspended")["status"] == "suspended"
