import pytest
from cryptography.x509 import NameOID

from tests.adapters.partner_center.authorities import authority
from work365.adapters.partner_center.authorities import (
    ORGANIZATIONS,
    AuthoritiesUnreadable,
    authorities_in,
    authorities_of_microsoft,
)


def test_those_that_are_built_in_are_microsofts_and_digicerts() -> None:
    names = {
        attribute.value
        for each in authorities_of_microsoft()
        for attribute in each.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    }

    assert "Microsoft Corporation" in names
    assert names <= ORGANIZATIONS


def test_a_file_replaces_them() -> None:
    first, second = authority("First Root"), authority("Second Root")

    found = authorities_in(first.pem + second.pem, called="roots.pem")

    assert found == (first.certificate, second.certificate)


@pytest.mark.parametrize("content", [b"", b"-----BEGIN CERTIFICATE-----\nno\n"])
def test_a_file_without_certificates_is_refused(content: bytes) -> None:
    with pytest.raises(AuthoritiesUnreadable, match=r"roots\.pem"):
        authorities_in(content, called="roots.pem")
