import gzip
import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.emulators.partner_center.stage import AGENT, GRAPH_AGENT, GRAPH_APP, Stage

ROOT = "/v1.0/reports/partners/billing"
Row = dict[str, Any]


def invoice(stage: Stage, number: int = -1) -> dict[str, Any]:
    found: dict[str, Any] = stage.get("/v1/invoices")["items"][number]
    return found


def start(stage: Stage, of: str, body: Row) -> str:
    answer = stage.call("POST", f"{ROOT}/{of}/export", body, GRAPH_APP)
    assert answer.status_code == 202, answer.text
    assert answer.content == b""
    return answer.headers["location"]


def finished(stage: Stage, of: str, body: Row) -> Row:
    place = start(stage, of, body)
    stage.get(place, GRAPH_APP)
    found: Row = stage.get(place, GRAPH_APP)
    return found


def manifest_of(stage: Stage, operation: Row) -> Row:
    place = operation["resourceLocation@odata.navigationLink"]
    found: Row = stage.get(place, GRAPH_APP)
    return found


def addresses(manifest: Row) -> list[str]:
    return [
        f"{manifest['rootDirectory']}/{blob['name']}?{manifest['sasToken']}"
        for blob in manifest["blobs"]
    ]


def rows(stage: Stage, manifest: Row) -> list[Row]:
    found: list[Row] = []
    for address in addresses(manifest):
        content = gzip.decompress(stage.http.get(address).content)
        found += [json.loads(line, parse_float=Decimal) for line in content.splitlines()]
    return found


def exported(stage: Stage, of: str, body: Row) -> list[Row]:
    return rows(stage, manifest_of(stage, finished(stage, of, body)))


class TestAnOperation:
    def test_runs_then_succeeds(self, stage: Stage) -> None:
        place = start(stage, "reconciliation/billed", {"invoiceId": invoice(stage)["id"]})

        running = stage.call("GET", place, token=GRAPH_APP)
        done = stage.get(place, GRAPH_APP)

        assert running.headers["retry-after"] == "10"
        assert running.json()["@odata.type"].endswith("billing.runningOperation")
        assert done["@odata.type"].endswith("billing.exportSuccessOperation")

    def test_fails_with_5000_where_nothing_is_to_be_had(self, stage: Stage) -> None:
        found = finished(stage, "reconciliation/billed", {"invoiceId": "G999999999"})

        assert found["@odata.type"].endswith("billing.failedOperation")
        assert found["error"] == {"message": "No data available", "code": "5000"}

    def test_is_gone_after_a_while(self, stage: Stage) -> None:
        place = start(stage, "reconciliation/billed", {"invoiceId": invoice(stage)["id"]})
        stage.pass_days(1)

        answer = stage.call("GET", place, token=GRAPH_APP)

        assert answer.status_code == 410

    @pytest.mark.parametrize(
        ("of", "body"),
        [
            ("reconciliation/billed", {}),
            ("reconciliation/billed", {"invoiceId": "G1", "attributeSet": "some"}),
            ("usage/unbilled", {"billingPeriod": "current"}),
            ("usage/unbilled", {"currencyCode": "EUR", "billingPeriod": "next"}),
        ],
    )
    def test_is_not_begun_for_what_is_nothing(self, stage: Stage, of: str, body: Row) -> None:
        answer = stage.call("POST", f"{ROOT}/{of}/export", body, GRAPH_APP)

        assert answer.status_code == 400

    def test_needs_its_own_permission(self, stage: Stage) -> None:
        body = {"invoiceId": invoice(stage)["id"]}

        other = stage.call("POST", f"{ROOT}/reconciliation/billed/export", body, GRAPH_AGENT)
        audience = stage.call("POST", f"{ROOT}/reconciliation/billed/export", body, AGENT)

        assert (other.status_code, audience.status_code) == (403, 401)


class TestABlob:
    def test_opens_with_its_token_only_and_for_a_time(self, stage: Stage) -> None:
        operation = finished(stage, "reconciliation/billed", {"invoiceId": invoice(stage)["id"]})
        address = addresses(manifest_of(stage, operation))[0]

        good = stage.http.get(address)
        forged = stage.http.get(address[:-1] + ("0" if address[-1] != "0" else "1"))
        bare = stage.http.get(address.partition("?")[0])
        stage.at(stage.clock() + timedelta(hours=12))
        late = stage.http.get(address)

        assert good.status_code == 200
        assert [each.status_code for each in (forged, bare, late)] == [403, 403, 403]
        assert "AuthenticationFailed" in late.text

    def test_is_in_parts_and_members_where_asked_for(self, stage: Stage) -> None:
        stage.conduct(blob_rows_max=4, blob_members=2)
        body = {"invoiceId": invoice(stage)["id"]}

        manifest = manifest_of(stage, finished(stage, "reconciliation/billed", body))

        found = rows(stage, manifest)
        first = stage.http.get(addresses(manifest)[0]).content
        assert manifest["blobCount"] == len(manifest["blobs"]) > 1
        assert first.count(b"\x1f\x8b\x08") == 2
        assert len(found) == len(invoice_lines(stage, body["invoiceId"]))

    def test_has_a_manifest_whose_etag_tells_whether_it_changed(self, stage: Stage) -> None:
        body = {"currencyCode": "EUR", "billingPeriod": "current"}
        first = manifest_of(stage, finished(stage, "reconciliation/unbilled", body))
        again = manifest_of(stage, finished(stage, "reconciliation/unbilled", body))
        subscription = stage.get(f"/v1/customers/{stage.customer}/subscriptions")["items"][0]
        stage.act("change-seats", subscription=subscription["id"], quantity=40)
        changed = manifest_of(stage, finished(stage, "reconciliation/unbilled", body))

        assert first["eTag"] == again["eTag"]
        assert first["eTag"] != changed["eTag"]

    def test_query_is_in_no_log(self, stage: Stage) -> None:
        body = {"invoiceId": invoice(stage)["id"]}
        address = addresses(manifest_of(stage, finished(stage, "usage/billed", body)))[0]
        stage.http.get(address)

        last = stage.control("GET", "requests")["requests"][-1]

        assert last["path"].startswith("/billing-exports/")
        assert last["query"] == ""


def invoice_lines(stage: Stage, key: str) -> list[Row]:
    stage.conduct(v1_line_items="served")
    found: list[Row] = stage.get(
        f"/v1/invoices/{key}/lineitems?provider=onetime&invoicelineitemtype=billinglineitems"
    )["items"]
    return found


class TestReconciliation:
    def test_adds_up_to_each_invoice(self, stage: Stage) -> None:
        for each in stage.get("/v1/invoices")["items"]:
            found = exported(stage, "reconciliation/billed", {"invoiceId": each["id"]})
            assert sum(row["Total"] for row in found) == each["totalCharges"]
            assert all(row["InvoiceNumber"] == each["id"] for row in found)

    def test_adds_up_with_tax(self, stage: Stage) -> None:
        partner = next(iter(stage.world.partners))
        stage.act("tax-invoices", partner=partner, rate="0.19")
        stage.pass_days(31)
        last = invoice(stage)

        found = exported(stage, "reconciliation/billed", {"invoiceId": last["id"]})

        assert sum(row["TaxTotal"] for row in found) > 0
        assert sum(row["Total"] for row in found) == last["totalCharges"]

    def test_has_a_json_reference_since_june_2026(self, stage: Stage) -> None:
        old = exported(stage, "reconciliation/billed", {"invoiceId": invoice(stage, -3)["id"]})
        current = {"currencyCode": "EUR", "billingPeriod": "current"}
        new = exported(stage, "reconciliation/unbilled", current)

        assert not any(row["ReferenceId"].startswith("{") for row in old)
        assert all(set(json.loads(row["ReferenceId"])) == {"osId", "id", "v"} for row in new)

    def test_of_an_open_month_has_no_invoice_and_no_frequency(self, stage: Stage) -> None:
        body = {"currencyCode": "EUR", "billingPeriod": "current", "attributeSet": "full"}

        found = exported(stage, "reconciliation/unbilled", body)

        assert {row["InvoiceNumber"] for row in found} == {""}
        assert {row["BillingFrequency"] for row in found} == {""}

    def test_pairs_the_lines_of_a_seat_change(self, stage: Stage) -> None:
        subscription = stage.get(f"/v1/customers/{stage.customer}/subscriptions")["items"][0]
        stage.act("change-seats", subscription=subscription["id"], quantity=40)
        body = {"currencyCode": "EUR", "billingPeriod": "current"}

        found = exported(stage, "reconciliation/unbilled", body)

        pair = [row for row in found if row["ChargeType"] == "addQuantity"]
        assert len(pair) == 2
        assert len({row["ReferenceId"] for row in pair}) == 1
        refund = next(row for row in pair if row["Subtotal"] < 0)
        assert refund["EffectiveUnitPrice"] < 0
        assert refund["BillableQuantity"] == 25


class TestUsage:
    def test_adds_up_to_the_reconciliation_of_each_meter(self, stage: Stage) -> None:
        body = {"invoiceId": invoice(stage)["id"]}
        usage = exported(stage, "usage/billed", body)
        lines = exported(stage, "reconciliation/billed", body)

        metered = [row for row in lines if row["MeterDescription"]]
        assert metered
        for line in metered:
            days = [
                row
                for row in usage
                if (row["SubscriptionId"], row["SkuId"]) == (line["SubscriptionId"], line["SkuId"])
            ]
            assert sum(row["BillingPreTaxTotal"] for row in days) == line["Subtotal"]
            assert sum(row["Quantity"] for row in days) == line["BillableQuantity"]

    def test_lacks_columns_in_the_basic_set(self, stage: Stage) -> None:
        body = {"currencyCode": "EUR", "billingPeriod": "current"}
        full = exported(stage, "usage/unbilled", {**body, "attributeSet": "full"})
        basic = exported(stage, "usage/unbilled", {**body, "attributeSet": "basic"})

        assert len(full[0]) == 55
        assert {"MeterId", "CustomerCountry", "ServiceInfo2"} & set(basic[0]) == set()
        assert len(full) == len(basic)

    def test_of_today_is_not_known_yet(self, stage: Stage) -> None:
        body = {"currencyCode": "EUR", "billingPeriod": "current"}

        found = exported(stage, "usage/unbilled", body)

        assert max(row["UsageDate"] for row in found) == "2026-07-09T00:00:00Z"
        assert {row["Tier2MpnId"] for row in found} == {""}
