"""Exports of what Microsoft bills: asked for, waited for, and downloaded as files.

The files are in a storage account, and are had by a signature that is as good as a password
for half a day. It stays in here: no value, log, error or file has it.

Source: "Export partner billing data" of Microsoft Graph v1.0: billed and unbilled
reconciliation and usage, operation, manifest.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO, Any

from httpx import codes

from work365.adapters.partner_center.answers import Answer, impossible
from work365.adapters.partner_center.blobs import BlobFolder, BlobKeyExpired
from work365.adapters.partner_center.calls import Call
from work365.adapters.partner_center.endpoints import (
    GET_EXPORT,
    GET_MANIFEST,
    START_BILLED_EXPORT,
    START_UNBILLED_EXPORT,
)
from work365.adapters.partner_center.errands import Errand
from work365.adapters.partner_center.error_codes import refusal_of
from work365.adapters.partner_center.errors import RequestRefused
from work365.adapters.partner_center.files import Row, text_of
from work365.adapters.partner_center.reading import each_of, read_one
from work365.adapters.partner_center.same_host import path_on
from work365.domain.microsoft.billing_exports import (
    BilledExport,
    ExportFile,
    ExportManifest,
    UnbilledExport,
)

NOTHING_TO_EXPORT = "5000"
"""Code of a failure that is none: the month is empty."""
RUNNING = frozenset({"notstarted", "running"})


class ExportExpired(RequestRefused):
    """Microsoft keeps the export no more: start it again."""

    code = "export_expired"
    words = "Microsoft has thrown the export away. It has to be started again."


@dataclass(slots=True)
class BillingExports:
    """Exports, asked for on an errand to Microsoft Graph. Not for several threads at once."""

    errand: Errand
    blobs: BlobFolder
    _keys: dict[str, tuple[str, str]] = field(default_factory=dict, repr=False)

    def start(self, export: BilledExport | UnbilledExport) -> str:
        """Start an export and return the id of the operation.

        Raises: PartnerCenterError.
        """
        call = _start(export)
        answer = self.errand.ask(call)
        location = answer.headers.get("Location")
        if not location:
            raise impossible(call, "an export was taken on, and no address tells how far it is")
        path = path_on(self.errand.connection.host, location, call=call)
        return path.partition("?")[0].rpartition("/")[2]

    def manifest(self, operation: str) -> ExportManifest | None:
        """Wait for an export and return what it consists of; None where there is nothing.

        Raises: PartnerCenterError; StillRunning: ask again later; ExportExpired.
        """
        call = Call(GET_EXPORT, {"operation": operation})
        try:
            answer = self.errand.ask(call)
            if _is_running(answer):
                answer = self.errand.wait_for(
                    call, answer, until=lambda seen: not _is_running(seen)
                )
        except RequestRefused as error:
            raise _expired(error) from error
        return self._outcome(answer.body, call)

    def download(self, manifest: ExportManifest, file: ExportFile, into: IO[bytes]) -> None:
        """Write a file of an export, packed as it is, into `into`, and go to its start.

        Raises: PartnerCenterError; ExportExpired.
        """
        if manifest.id not in self._keys:
            self._manifest(manifest.id)
        try:
            self.blobs.download(*self._keys[manifest.id], name=file.name, into=into)
        except BlobKeyExpired:
            # The key lives for half a day, and the export longer.
            self._manifest(manifest.id)
            self.blobs.download(*self._keys[manifest.id], name=file.name, into=into)

    def _outcome(self, body: Any, call: Call) -> ExportManifest | None:
        told = body if isinstance(body, Mapping) else {}
        link = told.get("resourceLocation@odata.navigationLink")
        if isinstance(link, str) and link:
            path = path_on(self.errand.connection.host, link, call=call)
            return self._manifest(path.partition("?")[0].rpartition("/")[2])
        error = told.get("error")
        if not isinstance(error, Mapping):
            raise impossible(call, "an export that is neither done, nor running, nor failed")
        if str(error.get("code")) == NOTHING_TO_EXPORT:
            return None
        description = str(error.get("message") or "Microsoft gives no reason")
        raise refusal_of(str(error.get("code")), description, operation=str(call))

    def _manifest(self, manifest: str) -> ExportManifest:
        call = Call(GET_MANIFEST, {"manifest": manifest})
        try:
            body = self.errand.ask(call).body
        except RequestRefused as error:
            raise _expired(error) from error
        read = read_one(body, _read_manifest, call=call)
        if len(read.files) != body.get("blobCount", len(read.files)):
            raise impossible(call, f"{body['blobCount']} files announced, {len(read.files)} named")
        key = body.get("sasToken")
        if not isinstance(key, str) or not key:
            raise impossible(call, "an export whose files nobody is let have: no sasToken")
        self._keys[manifest] = (str(body["rootDirectory"]), key)
        return ExportManifest(
            id=manifest,
            version=read.version,
            schema_version=read.schema_version,
            files=read.files,
        )


def _start(export: BilledExport | UnbilledExport) -> Call:
    ids = {"kind": export.kind.value}
    if isinstance(export, BilledExport):
        body = {"invoiceId": export.invoice, "attributeSet": "full"}
        return Call(START_BILLED_EXPORT, ids, body=body)
    body = {
        "currencyCode": export.currency,
        "billingPeriod": export.period.value,
        "attributeSet": "full",
    }
    return Call(START_UNBILLED_EXPORT, ids, body=body)


def _is_running(answer: Answer) -> bool:
    body = answer.body if isinstance(answer.body, Mapping) else {}
    return str(body.get("status")).lower() in RUNNING


def _expired(error: RequestRefused) -> RequestRefused:
    return ExportExpired(error.fault) if error.fault.status == codes.GONE else error


def _read_manifest(row: Row) -> ExportManifest:
    row.read("rootDirectory", text_of, otherwise="")
    return ExportManifest(
        id="",
        version=row.read("eTag", text_of, otherwise=""),
        schema_version=row.read_if_given("schemaVersion", text_of) or "",
        files=tuple(
            ExportFile(
                name=blob.read("name", text_of, otherwise=""),
                partition=blob.read_if_given("partitionValue", text_of),
            )
            for blob in each_of(row, "blobs")
        ),
    )
