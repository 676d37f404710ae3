"""Exports: what can go wrong on the way to the files."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import httpx
import pytest
import respx

from tests.adapters.partner_center.asking import GRAPH, Hourglass, connection, errand
from work365.adapters.partner_center.billing_exports import BillingExports, ExportExpired
from work365.adapters.partner_center.blobs import BlobFolder
from work365.adapters.partner_center.errors import AnswerImpossible, RequestRefused, StillRunning
from work365.domain.microsoft.billing_exports import BilledExport, ExportKind
from work365.http import http_client
from work365.identity.clouds import Audience

BILLING = f"{GRAPH}/v1.0/reports/partners/billing"
OPERATION = f"{BILLING}/operations/o1"
FOLDER = "https://account.blob.core.windows.net/exports"
DONE = {
    "status": "succeeded",
    "resourceLocation@odata.navigationLink": f"{BILLING}/manifests/m1",
}


@pytest.fixture(autouse=True)
def _answered_here() -> Iterator[None]:
    with respx.mock:
        yield


def exports() -> BillingExports:
    asked = errand(on=connection(Audience.GRAPH, hourglass=Hourglass()))
    return BillingExports(asked, BlobFolder(http=http_client()))


def manifest(key: str = "sig=ONE", **fields: Any) -> dict[str, Any]:
    return {
        "id": "m1",
        "eTag": "e1",
        "schemaVersion": "1",
        "rootDirectory": FOLDER,
        "sasToken": key,
        "blobCount": 1,
        "blobs": [{"name": "a.gz", "partitionValue": "default"}],
        **fields,
    }


def test_a_key_that_ran_out_is_replaced_by_a_fresh_one() -> None:
    respx.get(OPERATION).respond(json=DONE)
    asked = respx.get(f"{BILLING}/manifests/m1").mock(
        side_effect=[
            httpx.Response(200, json=manifest()),
            httpx.Response(200, json=manifest("sig=TWO")),
        ]
    )
    blob = respx.get(url__startswith=FOLDER).mock(
        side_effect=[httpx.Response(403), httpx.Response(200, content=b"file")]
    )
    export, into = exports(), BytesIO()

    found = export.manifest("o1")
    assert found is not None
    export.download(found, found.files[0], into)

    assert into.read() == b"file"
    assert [call.request.url.query for call in blob.calls] == [b"sig=ONE", b"sig=TWO"]
    assert len(asked.calls) == 2


def test_a_manifest_that_was_kept_gets_a_key_when_it_is_used() -> None:
    respx.get(OPERATION).respond(json=DONE)
    respx.get(f"{BILLING}/manifests/m1").respond(json=manifest())
    respx.get(url__startswith=FOLDER).respond(content=b"file")
    found = exports().manifest("o1")
    assert found is not None
    into = BytesIO()

    exports().download(found, found.files[0], into)

    assert into.read() == b"file"


def test_no_value_has_the_key() -> None:
    respx.get(OPERATION).respond(json=DONE)
    respx.get(f"{BILLING}/manifests/m1").respond(json=manifest("sig=SECRET"))
    export = exports()

    found = export.manifest("o1")

    assert "SECRET" not in repr(found)
    assert "SECRET" not in repr(export)


def test_an_export_that_was_thrown_away_is_to_be_started_again() -> None:
    respx.get(OPERATION).respond(410, json={"error": {"code": "Gone", "message": "Expired"}})

    with pytest.raises(ExportExpired, match="started again"):
        exports().manifest("o1")


def test_another_failure_is_told_with_its_reason() -> None:
    failed = {"status": "failed", "error": {"code": "7000", "message": "Too busy"}}
    respx.get(OPERATION).respond(json=failed)

    with pytest.raises(RequestRefused, match="code 7000: Too busy"):
        exports().manifest("o1")


def test_an_export_that_takes_long_is_looked_at_later() -> None:
    respx.get(OPERATION).respond(json={"status": "running"}, headers={"Retry-After": "100"})

    with pytest.raises(StillRunning):
        exports().manifest("o1")


@pytest.mark.parametrize("told", [{}, {"status": "succeeded"}, []])
def test_an_operation_that_is_nothing_is_a_contradiction(told: Any) -> None:
    respx.get(OPERATION).respond(json=told)

    with pytest.raises(AnswerImpossible, match="neither done"):
        exports().manifest("o1")


def test_files_that_are_missing_are_a_contradiction() -> None:
    respx.get(OPERATION).respond(json=DONE)
    respx.get(f"{BILLING}/manifests/m1").respond(json=manifest(blobCount=3))

    with pytest.raises(AnswerImpossible, match="3 files announced, 1 named"):
        exports().manifest("o1")


def test_an_export_without_an_address_is_a_contradiction() -> None:
    respx.post(f"{BILLING}/usage/billed/export").respond(202)

    with pytest.raises(AnswerImpossible, match="no address"):
        exports().start(BilledExport(ExportKind.USAGE, "G1"))


@pytest.mark.parametrize("key", [None, ""])
def test_an_export_without_a_key_to_its_files_cannot_be(key: str | None) -> None:
    respx.get(OPERATION).respond(json=DONE)
    respx.get(f"{BILLING}/manifests/m1").respond(json=manifest(sasToken=key))

    with pytest.raises(AnswerImpossible, match="no sasToken"):
        exports().manifest("o1")
