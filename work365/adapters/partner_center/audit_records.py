"""Audit records: what was changed at Microsoft, by whom, up to 90 days back.

Source: "Get a record of Partner Center activity by user", "Auditing resources".
"""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime

from work365.adapters.partner_center.calls import Call
from work365.adapters.partner_center.endpoints import LIST_AUDIT_RECORDS
from work365.adapters.partner_center.errands import Errand
from work365.adapters.partner_center.field_values import identifier_of
from work365.adapters.partner_center.files import Row, moment_of, text_of
from work365.adapters.partner_center.reading import each_of, read_rows
from work365.domain.findings import Reading
from work365.domain.microsoft.audit import AuditRecord

RECORDS_PER_PAGE = 500
DAYS_KEPT = 90
"""How far back Microsoft answers."""

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class AuditRecords:
    """Audit records, asked for on an errand."""

    errand: Errand

    def between(
        self, first_day: date, last_day: date, *, customer: str | None = None
    ) -> Reading[AuditRecord]:
        """Return the records of the days from `first_day` to `last_day`, both included, in UTC.

        With `customer`, a tenant id, only those about it.

        Raises: PartnerCenterError.
        """
        query = {
            "startDate": first_day.isoformat(),
            "endDate": last_day.isoformat(),
            "size": str(RECORDS_PER_PAGE),
        }
        if customer is not None:
            only = {"Field": "CustomerId", "Value": customer, "Operator": "equals"}
            query["filter"] = json.dumps(only, separators=(",", ":"))
        call = Call(LIST_AUDIT_RECORDS, query=query)
        return read_rows(self.errand.rows(call), _record, call=call)


def _record(row: Row) -> AuditRecord:
    return AuditRecord(
        id=row.read_if_given("id", text_of),
        at=row.read("operationDate", moment_of, otherwise=_LONG_AGO),
        operation=row.read("operationType", text_of, otherwise=""),
        succeeded=row.read("operationStatus", text_of, otherwise="").lower() == "succeeded",
        resource=row.read_if_given("resourceType", text_of) or "",
        customer=row.read_if_given("customerId", identifier_of),
        application=row.read_if_given("applicationId", text_of),
        user=row.read_if_given("userPrincipalName", text_of),
        correlation=row.read_if_given("originalCorrelationId", identifier_of),
        details={
            detail.read("key", text_of, otherwise=""): told
            for detail in each_of(row, "customizedData")
            if (told := detail.read_if_given("value", text_of)) is not None
        },
        old_value=row.read_if_given("resourceOldValue", text_of),
        new_value=row.read_if_given("resourceNewValue", text_of),
    )
