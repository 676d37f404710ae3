import json
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from tests.emulators.partner_center.stage import APP, START, Stage

PATH = "/v1/auditrecords"


def subscription(stage: Stage) -> str:
    found: str = stage.get(f"/v1/customers/{stage.customer}/subscriptions")["items"][0]["id"]
    return found


def change(stage: Stage, quantity: int) -> None:
    stage.act(
        "change-seats", subscription=subscription(stage), quantity=quantity, actor="eva@adler"
    )


def filtered(field: str, value: str, operator: str = "equals") -> str:
    return quote(json.dumps({"Field": field, "Value": value, "Operator": operator}))


def operations(body: Any) -> list[str]:
    return [each["operationType"] for each in body["items"]]


class TestARecord:
    def test_has_the_old_and_the_new_value_as_texts(self, stage: Stage) -> None:
        change(stage, 40)

        record = stage.get(PATH, APP)["items"][0]

        assert record["operationType"] == "update_subscription"
        assert record["resourceType"] == "subscription"
        assert record["userPrincipalName"] == "eva@adler"
        assert json.loads(record["resourceOldValue"])["Quantity"] == 25
        assert json.loads(record["resourceNewValue"])["Quantity"] == 40

    def test_is_found_by_its_id_under_both_addresses(self, stage: Stage) -> None:
        change(stage, 40)
        record = stage.get(PATH)["items"][0]

        assert stage.get(f"{PATH}/{record['id']}") == record
        assert stage.get(f"/auditactivity/v1/auditrecords/{record['id']}") == record
        assert stage.call("GET", f"{PATH}/nothing").status_code == 404

    def test_of_two_changes_in_a_moment_has_an_id_of_its_own(self, stage: Stage) -> None:
        change(stage, 40)
        change(stage, 41)

        ids = [each["id"] for each in stage.get(PATH)["items"]]

        assert len(set(ids)) == len(ids)

    def test_of_a_renewal_is_none(self, stage: Stage) -> None:
        stage.pass_days(60)
        kinds = {event["kind"] for event in stage.control("GET", "history")["events"]}

        assert "renew_subscription" in kinds
        assert "renew_subscription" not in operations(stage.get(PATH))


class TestTheList:
    def test_is_of_thirty_days_where_no_start_is_given(self, stage: Stage) -> None:
        change(stage, 40)
        stage.pass_days(31)

        assert "update_subscription" not in operations(stage.get(PATH))
        since = f"{START - timedelta(days=1):%Y-%m-%d}"
        assert "update_subscription" in operations(stage.get(f"{PATH}?startDate={since}"))

    def test_ends_with_the_end_date_included(self, stage: Stage) -> None:
        change(stage, 40)
        stage.pass_days(5)
        day, before = f"{START:%Y-%m-%d}", f"{START - timedelta(days=1):%Y-%m-%d}"

        with_day = stage.get(f"{PATH}?startDate={before}&endDate={day}")
        without = stage.get(f"{PATH}?startDate={before}&endDate={before}")

        assert "update_subscription" in operations(with_day)
        assert "update_subscription" not in operations(without)

    def test_takes_the_american_date_of_the_documentation(self, stage: Stage) -> None:
        change(stage, 40)

        found = stage.get(f"{PATH}?startDate={quote('7/1/2026 12:00:00 AM')}")

        assert "update_subscription" in operations(found)

    @pytest.mark.parametrize(
        "query",
        [
            f"startDate={START - timedelta(days=91):%Y-%m-%d}",
            "startDate=yesterday",
            "startDate=2026-07-01&endDate=2026-06-01",
            f"filter={filtered('CustomerName', 'Adler')}",
            f"filter={filtered('CustomerId', 'adler', 'substring')}",
        ],
    )
    def test_is_refused_for_what_cannot_be(self, stage: Stage, query: str) -> None:
        assert stage.call("GET", f"{PATH}?{query}").status_code == 400

    def test_is_filtered_by_customer_company_or_resource(self, stage: Stage) -> None:
        change(stage, 40)
        by_id = stage.get(f"{PATH}?filter={filtered('CustomerId', stage.customer.upper())}")
        by_name = stage.get(f"{PATH}?filter={filtered('CompanyName', 'adler', 'substring')}")
        by_type = stage.get(f"{PATH}?filter={filtered('ResourceType', 'Subscription')}")

        assert {each["customerId"] for each in by_id["items"]} == {stage.customer}
        assert by_name["items"] == by_id["items"]
        assert {each["resourceType"] for each in by_type["items"]} == {"subscription"}

    def test_is_paged_the_newest_first(self, stage: Stage) -> None:
        change(stage, 40)
        change(stage, 41)
        everything = [each["id"] for each in stage.get(PATH)["items"]]

        page = stage.get(f"{PATH}?size=2")
        headers = {each["key"]: each["value"] for each in page["links"]["next"]["headers"]}
        rest = stage.call("GET", f"/v1{page['links']['next']['uri']}", headers=headers).json()

        ids = [each["id"] for each in page["items"] + rest["items"]]
        assert ids == everything[: len(ids)]
        assert len(page["items"]) == 2
