"""Audit records."""

from datetime import UTC, datetime

from work365.domain.microsoft.audit import AuditRecord


def test_what_is_not_told_is_absent_and_not_empty() -> None:
    record = AuditRecord(
        id=None,
        at=datetime(2026, 3, 1, tzinfo=UTC),
        operation="update_subscription",
        succeeded=True,
        resource="subscription",
        customer=None,
        application=None,
        user=None,
    )

    assert record.details == {}
    assert (record.old_value, record.new_value, record.correlation) == (None, None, None)
