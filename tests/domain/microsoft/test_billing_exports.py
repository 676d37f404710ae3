"""Exports of what Microsoft bills."""

from work365.domain.microsoft.billing_exports import (
    BilledExport,
    BillingPeriod,
    ExportFile,
    ExportKind,
    ExportManifest,
    UnbilledExport,
)


def test_two_exports_of_the_same_are_the_same() -> None:
    assert BilledExport(ExportKind.USAGE, "G1") == BilledExport(ExportKind.USAGE, "G1")
    assert BilledExport(ExportKind.USAGE, "G1") != BilledExport(ExportKind.RECONCILIATION, "G1")
    current = UnbilledExport(ExportKind.USAGE, "EUR", BillingPeriod.CURRENT)
    assert current != UnbilledExport(ExportKind.USAGE, "EUR", BillingPeriod.LAST)


def test_the_version_tells_whether_the_data_changed() -> None:
    one, other = (
        ExportManifest(id=name, version="v1", schema_version="1", files=(ExportFile("a.gz", None),))
        for name in ("m1", "m2")
    )

    assert one.version == other.version
    assert one != other
