import pytest

from tests.usecases.fake_installation import index
from work365.domain.findings import Severity
from work365.ports.installation import KeyIndexStatus
from work365.usecases.key_indexes import key_findings


@pytest.mark.parametrize("status", [KeyIndexStatus.BUILT, KeyIndexStatus.MISSING])
def test_a_key_that_is_built_or_still_to_be_made_is_not_said(status: KeyIndexStatus) -> None:
    assert key_findings([index(status)]) == []


def test_a_failed_key_is_an_error_with_its_remedy() -> None:
    [finding] = key_findings([index(KeyIndexStatus.FAILED)])

    assert finding.severity is Severity.ERROR
    assert finding.path == "w365_invoice.w365_InvoiceKey"
    assert "delete or change the duplicates" in finding.message


def test_a_key_that_is_being_built_is_a_warning() -> None:
    [finding] = key_findings([index(KeyIndexStatus.PENDING)])

    assert finding.severity is Severity.WARNING
