"""Microsoft Graph: admin relationships and billing exports, as documented."""

from datetime import UTC, datetime
from io import BytesIO

import httpx
import pytest
import respx

from tests.adapters.partner_center.asking import GRAPH, errand
from tests.contract.partner_center.documented import answering, body, sent, text
from work365.adapters.partner_center.admin_relationships import AdminRelationships
from work365.adapters.partner_center.billing_exports import BillingExports
from work365.adapters.partner_center.blobs import BlobFolder
from work365.adapters.partner_center.errands import Errand
from work365.domain.microsoft.billing_exports import (
    BilledExport,
    BillingPeriod,
    ExportFile,
    ExportKind,
    UnbilledExport,
)
from work365.domain.microsoft.relationships import (
    AccessAssignment,
    AdminRelationship,
    AdminStatus,
    WantedAdminRelationship,
)
from work365.http import http_client
from work365.identity.clouds import Audience

RELATIONSHIPS = f"{GRAPH}/v1.0/tenantRelationships/delegatedAdminRelationships"
RELATIONSHIP = "5d027261-d21f-4aa9-b7db-7fa1f56fb163-8777b240-c6f0-4469-9e98-a3205431b836"
BILLING = f"{GRAPH}/v1.0/reports/partners/billing"
OPERATION = "6fe687d7-1e0f-4bd6-9091-4672691f64bc"
ROLES = ("29232cdf-9323-42fd-ade2-1d097af3e4de", "3a2c62db-5318-420d-8d74-23affee5d9d5")


def graph() -> Errand:
    return errand(Audience.GRAPH)


def exports() -> BillingExports:
    return BillingExports(graph(), BlobFolder(http=http_client()))


@respx.mock
def test_an_admin_relationship_is_created_as_documented() -> None:
    documented = body("graph_gdap_relationship_create_request")
    route = answering(
        RELATIONSHIPS, "graph_gdap_relationship_create_response", method="POST", status=201
    )
    wanted = WantedAdminRelationship(
        name=documented["displayName"],
        days=730,
        roles=ROLES,
        customer=documented["customer"]["tenantId"],
        extends_itself=True,
    )

    created = AdminRelationships(graph()).create(wanted)

    # The customer's name need not be said: Microsoft knows it.
    documented["customer"].pop("displayName")
    assert sent(route) == documented
    assert created == AdminRelationship(
        id=RELATIONSHIP,
        etag='W/"JyIxODAwZTY4My0wMDAwLTAyMDAtMDAwMC02MTU0OWFmMDAwMDAiJw=="',
        name="Contoso admin relationship",
        status=AdminStatus.CREATED,
        roles=ROLES,
        customer="4b827261-d21f-4aa9-b7db-7fa1f56fb163",
        extends_itself=True,
        expires_at=datetime(2024, 2, 10, 11, 24, 42, tzinfo=UTC),
    )
    assert created.approval_link.endswith(f"/granularAdminRelationships/{RELATIONSHIP}")


@respx.mock
def test_a_relationship_is_locked_for_approval_as_documented() -> None:
    route = respx.post(f"{RELATIONSHIPS}/{RELATIONSHIP}/requests").respond(201, json={"id": "r"})
    answering(f"{RELATIONSHIPS}/{RELATIONSHIP}", "graph_gdap_relationship_create_response")

    AdminRelationships(graph()).lock_for_approval(RELATIONSHIP)

    assert sent(route) == body("graph_gdap_lock_for_approval_request")


@respx.mock
def test_a_group_is_given_roles_as_documented() -> None:
    documented = body("graph_gdap_access_assignment_request")
    route = answering(
        f"{RELATIONSHIPS}/{RELATIONSHIP}/accessAssignments",
        "graph_gdap_access_assignment_response",
        method="POST",
        status=201,
    )
    group = documented["accessContainer"]["accessContainerId"]

    assigned = AdminRelationships(graph()).assign(RELATIONSHIP, group, ROLES)

    assert sent(route) == documented
    assert assigned == AccessAssignment(
        id="a9d6cf90-083a-47dc-ace2-1da98be3f344",
        etag=None,
        group=group,
        roles=ROLES,
        status="pending",
    )


@respx.mock
@pytest.mark.parametrize(
    ("request_name", "path", "export"),
    [
        (
            "graph_billing_billed_reconciliation_export_request",
            "reconciliation/billed/export",
            BilledExport(ExportKind.RECONCILIATION, "G016907411"),
        ),
        (
            "graph_billing_billed_usage_export_request",
            "usage/billed/export",
            BilledExport(ExportKind.USAGE, "G016907411"),
        ),
        (
            "graph_billing_unbilled_reconciliation_export_request",
            "reconciliation/unbilled/export",
            UnbilledExport(ExportKind.RECONCILIATION, "USD", BillingPeriod.CURRENT),
        ),
        (
            "graph_billing_unbilled_usage_export_request",
            "usage/unbilled/export",
            UnbilledExport(ExportKind.USAGE, "USD", BillingPeriod.CURRENT),
        ),
    ],
)
def test_an_export_is_started_as_documented(
    request_name: str, path: str, export: BilledExport | UnbilledExport
) -> None:
    head = text("graph_billing_export_202.http").splitlines()
    location = next(line.partition(": ")[2] for line in head if line.startswith("Location"))
    route = respx.post(f"{BILLING}/{path}").respond(202, headers={"Location": location})

    operation = exports().start(export)

    assert sent(route) == body(request_name)
    assert operation == OPERATION


@respx.mock
def test_an_export_is_waited_for_and_its_files_are_downloaded() -> None:
    running = httpx.Response(
        200, json=body("graph_billing_operation_running"), headers={"Retry-After": "10"}
    )
    done = httpx.Response(200, json=body("graph_billing_operation_succeeded"))
    respx.get(f"{BILLING}/operations/{OPERATION}").mock(side_effect=[running, done])
    answering(f"{BILLING}/manifests/", "graph_billing_manifest")
    documented = body("graph_billing_manifest")
    blob = respx.get(url__startswith=documented["rootDirectory"]).respond(content=b"packed")
    asked = exports()
    into = BytesIO()

    manifest = asked.manifest(OPERATION)
    assert manifest is not None
    asked.download(manifest, manifest.files[0], into)

    assert manifest.files == (ExportFile(documented["blobs"][0]["name"], "default"),)
    assert (manifest.version, manifest.schema_version) == ("WYjLro78HdMg6vUWR", "1")
    assert into.read() == b"packed"
    request = blob.calls.last.request
    assert str(request.url).endswith(f"{manifest.files[0].name}?{documented['sasToken']}")
    assert "Authorization" not in request.headers


@respx.mock
def test_a_month_without_data_is_no_failure() -> None:
    answering(f"{BILLING}/operations/{OPERATION}", "graph_billing_operation_failed")

    assert exports().manifest(OPERATION) is None
