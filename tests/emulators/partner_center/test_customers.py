import json

import pytest

from tests.emulators.partner_center.documented import documented, shape_differences
from tests.emulators.partner_center.room import STRANGER, WITH_USER, Room


class TestCreating:
    def test_shows_the_administrators_password_once(self, room: Room) -> None:
        room.token = WITH_USER
        body = documented("customer_create_request")

        created = room.send("POST", "/v1/customers", body)

        assert created["userCredentials"]["userName"] == "admin"
        assert created["userCredentials"]["password"]
        assert "userCredentials" not in room.get(f"/v1/customers/{created['id']}")

    def test_refuses_a_domain_that_somebody_has(self, room: Room) -> None:
        room.customer("Tanne Technik")

        taken = room.call("HEAD", "/v1/domains/tanne.onmicrosoft.com")[0]
        free = room.call("HEAD", "/v1/domains/eiche.onmicrosoft.com")[0]

        assert (taken, free) == (200, 404)

    def test_needs_a_registration_number_in_some_countries(self, room: Room) -> None:
        body = {
            "companyProfile": {"domain": "nyar.onmicrosoft.com"},
            "billingProfile": {
                "companyName": "Nyar Kft",
                "defaultAddress": {"country": "HU", "postalCode": "1011"},
            },
        }

        assert room.refused("POST", "/v1/customers", body) == (400, 600049)

    def test_is_told_in_the_history(self, room: Room) -> None:
        customer = room.customer()

        event = room.world.history[0]

        assert (event.kind, event.customer) == ("add_customer", customer)


class TestFinding:
    def test_pages_with_the_token_of_the_next_link(self, room: Room) -> None:
        names = [f"Firma{number} AG" for number in range(5)]
        for name in names:
            room.customer(name)

        first = room.get("/v1/customers?size=2")
        found = [each["companyProfile"]["companyName"] for each in first["items"]]
        page = first
        while "next" in page["links"]:
            link = page["links"]["next"]
            headers = {each["key"]: each["value"] for each in link["headers"]}
            _, page, _ = room.call("GET", f"/v1{link['uri']}", headers=headers)
            found += [each["companyProfile"]["companyName"] for each in page["items"]]

        assert first["totalCount"] == 2
        assert found == names

    def test_refuses_the_next_page_without_its_token(self, room: Room) -> None:
        assert room.refused("GET", "/v1/customers?seekOperation=Next") == (400, 3000)

    def test_finds_by_the_beginning_of_the_name(self, room: Room) -> None:
        room.customer("Tanne Technik")
        room.customer("Eiche Event")
        condition = {"Field": "CompanyName", "Value": "tan", "Operator": "starts_with"}

        found = room.get(f"/v1/customers?size=0&filter={json.dumps(condition)}")

        assert [each["companyProfile"]["companyName"] for each in found["items"]] == [
            "Tanne Technik"
        ]

    def test_shows_another_partners_customer_to_nobody(self, room: Room) -> None:
        customer = room.customer()
        room.token = STRANGER

        assert room.refused("GET", f"/v1/customers/{customer}")[0] == 403


class TestProfiles:
    def test_changes_the_billing_profile_under_its_etag_only(self, room: Room) -> None:
        address = f"/v1/customers/{room.customer()}/profiles/billing"
        profile = room.get(address)
        stale = {"If-Match": "-1"}
        fresh = {"If-Match": profile["attributes"]["etag"]}

        refused = room.call("PUT", address, profile | {"email": "neu@t.example"}, stale)
        status, changed, _ = room.call("PUT", address, profile | {"email": "neu@t.example"}, fresh)

        assert (refused[0], refused[1]["code"]) == (400, 2055)
        assert (status, changed["email"]) == (200, "neu@t.example")
        assert changed["attributes"]["etag"] != profile["attributes"]["etag"]


class TestLettingGo:
    def test_needs_suspended_subscriptions_and_a_user(self, room: Room) -> None:
        customer = room.customer()
        subscription = room.buy(customer, 5)
        body = {"relationshipToPartner": "none", "attributes": {"objectType": "Customer"}}
        address = f"/v1/customers/{customer}"

        alone = room.refused("PATCH", address, body)
        room.token = WITH_USER
        active = room.refused("PATCH", address, body)
        room.change(subscription, status="suspended")
        gone = room.send("PATCH", address, body)

        assert alone == (403, 900329)
        assert active == (400, 800002)
        assert gone["RelationshipToPartner"] == "none"
        assert room.refused("GET", address) == (403, 20002)


class TestAgreements:
    def test_are_asked_for_at_checkout(self, room: Room) -> None:
        customer = room.customer(signed=False)
        cart = room.cart(customer, room.line(3))["id"]
        address = f"/v1/customers/{customer}/carts/{cart}/checkout"

        before = room.refused("POST", address)
        room.token = WITH_USER
        room.sign(customer)

        assert before == (403, 13605)
        assert room.call("POST", address)[0] == 201


@pytest.mark.parametrize(
    ("line", "status"), [("Wall 7", "VerifiedShippable"), ("Wall", "StreetPartial")]
)
def test_an_address_without_a_number_is_partly_good(room: Room, line: str, status: str) -> None:
    body = {"addressLine1": line, "city": "Bremen", "postalCode": "28195", "country": "DE"}

    assert room.send("POST", "/v1/validations/address", body)["status"] == status


class TestDocumentedShapes:
    def test_of_customers_are_kept(self, room: Room) -> None:
        customer = room.customer()
        room.token = WITH_USER
        bodies = {
            "customer_get_response": room.get(f"/v1/customers/{customer}"),
            "customers_list_response": room.get("/v1/customers?size=40"),
            "customer_company_profile_response": room.get(
                f"/v1/customers/{customer}/profiles/company"
            ),
            "validation_status_allowed_response": room.get(
                f"/v1/customers/{customer}/validationStatus?type=account"
            ),
            "agreement_metadata_response": room.get("/v1/agreements"),
        }

        differences = {
            name: shape_differences(documented(name), body) for name, body in bodies.items()
        }

        assert not any(differences.values()), differences
