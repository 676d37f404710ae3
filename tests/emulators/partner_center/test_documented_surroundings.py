"""The areas around subscriptions have the shapes that are documented."""

import csv
import json
from typing import Any

import pytest

from tests.emulators.partner_center.documented import FOLDER, documented, shape_differences
from tests.emulators.partner_center.stage import GRAPH_AGENT, GRAPH_APP, PRICE_AGENT, Stage
from tests.emulators.partner_center.test_graph_assignments import assign
from tests.emulators.partner_center.test_graph_exports import exported, finished, manifest_of
from tests.emulators.partner_center.test_graph_relationships import (
    LICENCES,
    ROOT,
    active,
    created,
)
from tests.emulators.partner_center.test_surroundings import _entitlement

RARELY_THERE = ("taxReceipts", "immutableId", "lastDirectorySyncTime", "softDeletionTime")
"""What the documentation shows and not every resource has."""


def lacking(name: str, body: Any, *accepted: str) -> list[str]:
    """Return what a body lacks of a documented one, but what may be lacking."""
    return [
        each
        for each in shape_differences(documented(name), body)
        if not any(part in each for part in (*RARELY_THERE, *accepted))
    ]


def columns(name: str) -> list[str]:
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"no documented files in {FOLDER}")
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return next(csv.reader(lines))


class TestInvoices:
    def test_have_the_documented_shape(self, stage: Stage) -> None:
        last = stage.get("/v1/invoices")["items"][-1]

        assert lacking("invoice_get_response", stage.get(f"/v1/invoices/{last['id']}")) == []
        assert lacking("invoices_list_response", stage.get("/v1/invoices?size=1")) == []

    def test_have_the_documented_balances(self, stage: Stage) -> None:
        assert lacking("invoice_summary_balance_response", stage.get("/v1/invoices/summary")) == []
        assert lacking("invoice_summaries_response", stage.get("/v1/invoices/summaries")) == []

    def test_have_the_documented_line_items(self, stage: Stage) -> None:
        stage.conduct(v1_line_items="served")
        last = stage.get("/v1/invoices")["items"][-1]["id"]
        path = f"/v1/invoices/{last}/lineitems?provider=onetime"

        lines = stage.get(f"{path}&invoicelineitemtype=billinglineitems&size=2")

        assert lacking("invoice_lineitems_onetime_response", lines, "productQualifiers") == []

    def test_have_the_documented_links_to_what_is_to_come(self, stage: Stage) -> None:
        found = stage.get("/v1/invoices/estimates/links?currencycode=USD")

        assert lacking("invoice_estimate_links_response", found) == []


class TestFiles:
    def test_of_reconciliation_have_the_documented_columns_in_their_order(
        self, stage: Stage
    ) -> None:
        last = stage.get("/v1/invoices")["items"][-1]["id"]

        row = exported(stage, "reconciliation/billed", {"invoiceId": last})[0]

        assert list(row) == columns("recon_nce_documented_sample_values.csv")

    def test_of_usage_have_the_documented_columns_in_their_order(self, stage: Stage) -> None:
        last = stage.get("/v1/invoices")["items"][-1]["id"]

        row = exported(stage, "usage/billed", {"invoiceId": last})[0]

        assert list(row) == columns("daily_rated_usage_sample.csv")

    @pytest.mark.parametrize(
        ("path", "name"),
        [
            ("offermatrix(Month='202607')", "offer_matrix.csv"),
            ("fxrates(Month='202607')", "fx_rates.csv"),
        ],
    )
    def test_of_prices_have_the_documented_columns(
        self, stage: Stage, path: str, name: str
    ) -> None:
        answer = stage.call("GET", f"/v1.0/sales/{path}/$value", token=PRICE_AGENT)

        assert next(csv.reader(answer.text.splitlines())) == columns(name)

    def test_of_prices_add_the_segment_to_the_documented_columns(self, stage: Stage) -> None:
        path = "pricesheets(Market='DE',PricesheetView='updatedlicensebased')"
        answer = stage.call("GET", f"/v1.0/sales/{path}/$value", token=PRICE_AGENT)

        found = next(csv.reader(answer.text.splitlines()))

        assert found == [*columns("price_sheet_updatedlicensebased.csv"), "Segment"]


class TestGraph:
    def test_has_the_documented_operations_and_manifest(self, stage: Stage) -> None:
        last = stage.get("/v1/invoices")["items"][-1]["id"]
        done = finished(stage, "reconciliation/billed", {"invoiceId": last})
        failed = finished(stage, "reconciliation/billed", {"invoiceId": "G0"})

        assert lacking("graph_billing_operation_succeeded", done) == []
        assert lacking("graph_billing_operation_failed", failed) == []
        assert lacking("graph_billing_manifest", manifest_of(stage, done)) == []

    def test_takes_the_documented_request_for_a_relationship(self, stage: Stage) -> None:
        asked = documented("graph_gdap_relationship_create_request")

        answer = stage.call("POST", ROOT, asked, GRAPH_AGENT)

        assert answer.status_code == 201
        assert lacking("graph_gdap_relationship_create_response", answer.json()) == []

    def test_takes_the_documented_request_for_an_approval(self, stage: Stage) -> None:
        asked = documented("graph_gdap_lock_for_approval_request")

        answer = stage.call("POST", f"{ROOT}/{created(stage)['id']}/requests", asked, GRAPH_AGENT)

        assert answer.status_code == 201

    def test_has_the_documented_assignment(self, stage: Stage) -> None:
        answer = assign(stage, active(stage)["id"], LICENCES)

        assert lacking("graph_gdap_access_assignment_response", answer.json()) == []

    @pytest.mark.parametrize(
        ("of", "name"),
        [
            ("reconciliation/billed", "graph_billing_billed_reconciliation_export_request"),
            ("reconciliation/unbilled", "graph_billing_unbilled_reconciliation_export_request"),
            ("usage/billed", "graph_billing_billed_usage_export_request"),
            ("usage/unbilled", "graph_billing_unbilled_usage_export_request"),
        ],
    )
    def test_takes_the_documented_requests_for_exports(
        self, stage: Stage, of: str, name: str
    ) -> None:
        path = f"/v1.0/reports/partners/billing/{of}/export"

        assert stage.call("POST", path, documented(name), GRAPH_APP).status_code == 202


class TestPartnerCenter:
    def test_has_the_documented_audit_records(self, stage: Stage) -> None:
        key = stage.get(f"/v1/customers/{stage.customer}/subscriptions")["items"][0]["id"]
        stage.act("change-seats", subscription=key, quantity=31, actor="eva@adler.example")

        assert lacking("audit_records_response", stage.get("/v1/auditrecords")) == []

    def test_has_the_documented_users_and_licences(self, stage: Stage) -> None:
        root = f"/v1/customers/{stage.customer}"

        assert lacking("users_list_response", stage.get(f"{root}/users")) == []
        assert lacking("subscribed_skus_response", stage.get(f"{root}/subscribedskus")) == []

    def test_has_the_documented_answer_to_a_licence_given(self, stage: Stage) -> None:
        root = f"/v1/customers/{stage.customer}"
        user = stage.get(f"{root}/users")["items"][0]["id"]
        asked = documented("user_license_assign_request")
        sku = stage.get(f"{root}/subscribedskus")["items"][0]["productSku"]["id"]
        asked["LicensesToAssign"][0]["SkuId"] = sku

        given = stage.call("POST", f"{root}/users/{user}/licenseupdates", asked)

        held = stage.get(f"{root}/users/{user}/licenses")
        assert given.status_code == 201
        assert lacking("user_license_assign_response", given.json()) == []
        assert lacking("user_licenses_response", held) == []

    def test_has_the_documented_service_requests(self, stage: Stage) -> None:
        body = {"Title": "Late", "SupportTopicId": "1", "Description": "Mail"}
        key = stage.call("POST", "/v1/servicerequests", body).json()["id"]
        changed = stage.call(
            "PATCH", f"/v1/servicerequests/{key}", documented("service_request_patch_request")
        )

        assert changed.status_code == 200
        # The product and the topic's name are of Microsoft's own lists.
        unknown = ("supportTopicName", "productId")
        assert lacking("service_request_get_response", changed.json(), *unknown) == []

    def test_has_the_documented_relationships_and_profile(self, stage: Stage) -> None:
        invitation = stage.get("/v1/customers/relationshiprequests")

        assert lacking("relationship_request_response", invitation) == []
        assert lacking("mpn_profile_response", stage.get("/v1/profiles/mpn")) == []

    def test_has_the_documented_mfa_reports(self, stage: Stage) -> None:
        requests = stage.get("/v1/partnerRequests")
        days = stage.get("/v1/applicationmfaadoptionstatus")

        assert lacking("partner_requests_mfa_response", requests) == []
        assert lacking("mfa_adoption_summary_response", days) == []

    def test_has_the_documented_fraud_events(self, stage: Stage) -> None:
        stage.act("notice-fraud", entitlement=_entitlement(stage))

        assert lacking("fraud_events_response", stage.get("/v1/fraudEvents")) == []

    def test_throttles_in_the_documented_shape(self, stage: Stage) -> None:
        stage.control("POST", "faults", {"faults": [{"kind": "throttled"}]})

        assert lacking("throttled_429_response", stage.call("GET", "/v1/invoices").json()) == []

    def test_has_the_documented_webhook_registration(self, stage: Stage) -> None:
        asked = documented("webhook_register_request") | {"WebhookUrl": "https://here/callback"}

        answer = stage.call("POST", "/webhooks/v1/registration", asked)

        assert lacking("webhook_register_response", answer.json()) == []

    def test_sends_the_documented_event(self, stage: Stage) -> None:
        asked = {"WebhookUrl": "http://127.0.0.1:9/", "WebhookEvents": ["subscription-updated"]}
        stage.call("POST", "/webhooks/v1/registration", asked)
        key = stage.get(f"/v1/customers/{stage.customer}/subscriptions")["items"][0]["id"]
        stage.act("change-seats", subscription=key, quantity=31)

        body = json.loads(stage.control("GET", "deliveries")["deliveries"][0]["body"])

        assert lacking("webhook_event_subscription_updated", body) == []
        assert list(body) == list(documented("webhook_event_test_created"))
