from datetime import timedelta
from decimal import Decimal

from tests.emulators.partner_center.documented import documented, shape_differences
from tests.emulators.partner_center.room import Room

SKU = "/v1/products/CFQ7TTC0TW01/skus/0001"
PREMIUM = "CFQ7TTC0TW03"


class TestEndDates:
    def ends(self, room: Room, customer: str, term: str) -> dict[str, str]:
        address = f"/v1/customers/{customer}/subscriptions/customTermEndDates"
        told = room.get(f"{address}?term_duration={term}")
        return {
            each["allowedCustomTermEndDateType"]: each["allowedCustomTermEndDate"]
            for each in told["items"]
        }

    def test_are_those_of_the_month_and_of_other_subscriptions(self, room: Room) -> None:
        customer = room.customer()
        room.buy(customer, 3)
        room.pass_time(days=60)
        address = f"/v1/customers/{customer}/subscriptions/customTermEndDates"

        told = room.get(f"{address}?term_duration=P1Y")

        assert shape_differences(documented("custom_term_end_dates_response"), told) == []
        assert self.ends(room, customer, "P1Y") == {
            "calendarMonthAligned": "2027-03-31T00:00:00",
            "subscriptionAligned": "2027-02-09T00:00:00",
        }
        assert self.ends(room, customer, "P3Y")["subscriptionAligned"] == "2029-02-09T00:00:00"

    def test_of_months_are_nothing_for_years(self, room: Room) -> None:
        customer = room.customer()
        room.buy(customer, 3, plan=("P1M", "monthly"))

        assert "subscriptionAligned" not in self.ends(room, customer, "P1Y")
        assert "subscriptionAligned" in self.ends(room, customer, "P1M")

    def test_on_the_28th_are_nothing_for_months(self, room: Room) -> None:
        room.go_to(2026, 3, 29)
        customer = room.customer()
        room.buy(customer, 3)
        room.go_to(2027, 3, 5)

        assert self.ends(room, customer, "P1M") == {"calendarMonthAligned": "2027-03-31T00:00:00"}

    def test_shorten_the_first_term_and_its_first_cycle(self, room: Room) -> None:
        customer = room.customer()
        line = room.line(10) | {"customTermEndDate": "2027-01-31T00:00:00Z"}

        order = room.checkout(customer, line)[0]
        key = order["lineItems"][0]["subscriptionId"]
        shown = room.get(f"/v1/customers/{customer}/subscriptions/{key}")
        room.now += timedelta(days=30)
        room.get("/v1/customers")

        assert shown["commitmentEndDateTime"] == "2027-01-31T23:59:59Z"
        # 10 to 28 February: 19 of 28 days of 10.58, then whole months.
        assert room.charged(key) == [
            ("new", 10, Decimal("71.79")),
            ("cycleCharge", 10, Decimal("105.80")),
        ]
