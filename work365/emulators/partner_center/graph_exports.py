"""Graph's billing exports: start one, ask for it, read its manifest, download its blobs.

Source: learn.microsoft.com/graph/api/resources/partners-billing-api-overview. What becomes of an
operation of an unknown invoice, and how long operations are kept, is inferred.
"""

import hmac
from datetime import timedelta
from hashlib import sha256
from http import HTTPStatus
from secrets import token_bytes
from urllib.parse import parse_qs, quote, unquote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from work365.emulators.partner_center.annexes import Record, moment_of
from work365.emulators.partner_center.app import Twin
from work365.emulators.partner_center.calls import Answer, Call
from work365.emulators.partner_center.conduct import conduct_of
from work365.emulators.partner_center.exports import (
    FAILED,
    RECONCILIATION,
    RUNNING,
    SUCCEEDED,
    USAGE,
    blob_of,
    is_gone,
    manifests,
    operations,
    poll,
    start,
)
from work365.emulators.partner_center.graph_calls import VERSION, GraphEndpoint
from work365.emulators.partner_center.graph_errors import bad_request, gone, not_found
from work365.emulators.partner_center.invoice_endpoints import unbilled_month
from work365.emulators.partner_center.moments import read_moment
from work365.emulators.partner_center.relationships import shown

ROOT = f"{VERSION}/reports/partners/billing"
BLOBS = "/billing-exports"
READ = ("PartnerBilling.Read.All",)
ATTRIBUTE_SETS = ("full", "basic")
_TYPES = {
    RUNNING: "runningOperation",
    SUCCEEDED: "exportSuccessOperation",
    FAILED: "failedOperation",
}


def _billed(call: Call) -> Answer:
    invoice = call.body.text("invoiceId")
    if not invoice:
        raise bad_request("'invoiceId' is missing.")
    return _start(call, {"invoice": invoice, "currency": "", "month": ""})


def _unbilled(call: Call) -> Answer:
    currency = call.body.text("currencyCode").upper()
    if not currency:
        raise bad_request("'currencyCode' is missing.")
    period = call.body.text("billingPeriod")
    month = unbilled_month(period, call.now) if period in ("current", "last") else None
    if month is None:
        raise bad_request("'billingPeriod' is current or last.")
    return _start(call, {"invoice": "", "currency": currency, "month": str(month)})


def _start(call: Call, asked: Record) -> Answer:
    attributes = call.body.text("attributeSet", "full")
    if attributes not in ATTRIBUTE_SETS:
        raise bad_request("'attributeSet' is full or basic.")
    of = USAGE if "/usage/" in call.path else RECONCILIATION
    operation = start(call.world, call.caller.tenant, {"of": of, "attributes": attributes, **asked})
    location = f"{call.base}{ROOT}/operations/{operation['id']}"
    return Answer(None, HTTPStatus.ACCEPTED, {"Location": location})


def _operation(call: Call) -> Answer:
    operation = _asked(call, operations(call.world), "The operation")
    poll(call.world, operation)
    body: Record = {
        "@odata.type": f"#microsoft.graph.partners.billing.{_TYPES[operation['status']]}",
        "id": operation["id"],
        "status": operation["status"],
        "createdDateTime": f"{moment_of(operation['created']):%Y-%m-%dT%H:%M:%S}",
        "lastActionDateTime": shown(operation["acted"]),
    }
    headers = {}
    if operation["status"] == RUNNING:
        headers["Retry-After"] = str(conduct_of(call.world).export_retry_after_seconds)
    elif operation["status"] == FAILED:
        body["error"] = {"message": "No data available", "code": "5000"}
    else:
        place = f"{call.base}{ROOT}/manifests/{operation['manifest']}"
        body["resourceLocation@odata.navigationLink"] = place
    return Answer(body, headers=headers)


def _asked(call: Call, kept: dict[str, Record], what: str) -> Record:
    found = kept.get(call.parameters["key"])
    if found is None or found["partner"] != call.caller.tenant:
        raise not_found(call.parameters["key"])
    if is_gone(call.world, found):
        raise gone(what)
    return found


class Exports:
    """The manifests with their tokens, and the blobs behind them."""

    def __init__(self) -> None:
        self._key = token_bytes(32)
        endpoints = (
            GraphEndpoint("POST", f"{ROOT}/reconciliation/billed/export", _billed),
            GraphEndpoint("POST", f"{ROOT}/reconciliation/unbilled/export", _unbilled),
            GraphEndpoint("POST", f"{ROOT}/usage/billed/export", _billed),
            GraphEndpoint("POST", f"{ROOT}/usage/unbilled/export", _unbilled),
            GraphEndpoint("GET", f"{ROOT}/operations/{{key}}", _operation),
            GraphEndpoint("GET", f"{ROOT}/manifests/{{key}}", self._manifest),
        )
        self.endpoints = tuple(
            GraphEndpoint(each.method, each.path, each.answer, permissions=READ)
            for each in endpoints
        )

    def _manifest(self, call: Call) -> Answer:
        manifest = _asked(call, manifests(call.world), "The manifest")
        hours = timedelta(hours=conduct_of(call.world).sas_hours)
        expires = f"{call.now + hours:%Y-%m-%dT%H:%M:%SZ}"
        blobs = [{"name": name, "partitionValue": "default"} for name in manifest["blobs"]]
        return Answer(
            {
                "id": manifest["id"],
                "schemaVersion": "1",
                "dataFormat": manifest["format"],
                "createdDateTime": shown(manifest["created"]),
                "eTag": manifest["etag"],
                "partnerTenantId": manifest["partner"],
                "rootDirectory": f"{call.base}{BLOBS}/{manifest['path']}",
                "sasToken": self._token(manifest["id"], expires),
                "partitionType": "default",
                "blobCount": len(blobs),
                "blobs": blobs,
            }
        )

    def _token(self, manifest: str, expires: str) -> str:
        signature = quote(self._signature(manifest, expires), safe="")
        return f"sv=2021-08-06&se={quote(expires, safe='')}&sr=d&sp=rl&sdd=7&sig={signature}"

    def _signature(self, manifest: str, expires: str) -> str:
        text = f"{manifest}\n{expires}".encode()
        return hmac.new(self._key, text, sha256).hexdigest()

    def blob_route(self, twin: Twin) -> Route:
        """Return the route of the blobs: no bearer token opens them, only the manifest's."""

        def download(request: Request) -> Response:
            with twin.lock:
                return self._blob(twin, request)

        return Route(f"{BLOBS}/{{rest:path}}", download, methods=["GET", "HEAD"])

    def _blob(self, twin: Twin, request: Request) -> Response:
        *_, key, name = request.path_params["rest"].split("/")
        manifest = manifests(twin.world).get(key)
        # A plus sign must stay one, so that the query is read as it was sent.
        query = parse_qs(request.url.query)
        expires = unquote(query.get("se", [""])[0])
        signature = query.get("sig", [""])[0]
        expected = self._signature(key, expires)
        end = read_moment(expires)
        is_signed = hmac.compare_digest(signature.encode(), expected.encode())
        if manifest is None or end is None or not is_signed or end <= twin.clock():
            return _storage_error(
                HTTPStatus.FORBIDDEN,
                "AuthenticationFailed",
                "Server failed to authenticate the request.",
            )
        content = blob_of(manifest, name)
        if content is None:
            return _storage_error(
                HTTPStatus.NOT_FOUND, "BlobNotFound", "The specified blob does not exist."
            )
        return Response(content, media_type="application/octet-stream")


def _storage_error(status: int, code: str, message: str) -> Response:
    text = (
        '<?xml version="1.0" encoding="utf-8"?>'
        f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    )
    return Response(text, status, headers={"x-ms-error-code": code}, media_type="application/xml")
