import pytest

from tests.emulators.partner_center.documented import documented, shape_differences
from tests.emulators.partner_center.room import Room
from work365.emulators.partner_center.seed_catalogue import RESERVED

SKU = "/v1/products/CFQ7TTC0TW01/skus/0001"
PREMIUM = "CFQ7TTC0TW03"


class TestCatalogue:
    def test_shows_what_is_documented(self, room: Room) -> None:
        availability = room.get(f"{SKU}/availabilities?country=DE")["items"][0]
        shown = {
            "product_get_nce_response": room.get("/v1/products/CFQ7TTC0TW01?country=DE"),
            "sku_get_nce_response": room.get(f"{SKU}?country=DE"),
            "skus_list_nce_response": room.get("/v1/products/CFQ7TTC0TW01/skus?country=DE"),
            "availability_get_nce_response": room.get(
                f"{SKU}/availabilities/{availability['id']}?country=DE"
            ),
        }

        differences = {
            name: shape_differences(documented(name), body) for name, body in shown.items()
        }

        assert not any(differences.values()), differences

    def test_lists_the_products_of_a_view(self, room: Room) -> None:
        found = room.get("/v1/products?country=DE&targetView=MicrosoftAzure")

        assert [each["title"] for each in found["items"]] == ["Azure plan"]
        assert found["links"]["self"]["uri"] == "/products?country=DE&targetView=MicrosoftAzure"

    @pytest.mark.parametrize(
        ("path", "refusal"),
        [
            ("/v1/products?country=DE&targetView=Toys", (400, 800002)),
            ("/v1/products?targetView=Azure", (400, 800002)),
            ("/v1/products/CFQ7TTC0NONE?country=DE", (404, 400013)),
            ("/v1/products/CFQ7TTC0TW01/skus/0099?country=DE", (404, 400018)),
            (f"{SKU}/availabilities/CFQ7TTC0OLD0?country=DE", (404, 400019)),
        ],
    )
    def test_refuses_what_it_does_not_have(
        self, room: Room, path: str, refusal: tuple[int, int]
    ) -> None:
        assert room.refused("GET", path) == refusal

    def test_issues_availabilities_anew(self, room: Room) -> None:
        before = room.item("CFQ7TTC0TW01", "P1Y", "annual")
        room.pass_time(days=14)

        assert room.item("CFQ7TTC0TW01", "P1Y", "annual") != before

    def test_takes_a_customers_country(self, room: Room) -> None:
        customer = room.customer()

        found = room.get(f"/v1/customers/{customer}{SKU.removeprefix('/v1')}/availabilities")

        assert {each["country"] for each in found["items"]} == {"DE"}

    def test_tells_where_a_machine_may_not_be_reserved(self, room: Room) -> None:
        body = {
            "TargetItems": [{"ProductId": RESERVED}],
            "InventoryContext": {"armRegionName": "japanwest"},
        }

        found = room.send("POST", "/v1/extensions/product/checkinventory?country=DE", body)

        assert shape_differences(documented("check_inventory_response"), found) == []
        assert found[0]["isRestricted"] is True
