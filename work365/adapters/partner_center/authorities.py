"""Authorities whose word for Microsoft's signing certificate is taken."""

import httpx
from cryptography.x509 import (
    Certificate,
    load_der_x509_certificate,
    load_pem_x509_certificates,
)

from work365.errors import Refusal

ORGANIZATIONS = frozenset({"Microsoft Corporation", "DigiCert Inc", "DigiCert, Inc."})
"""Whose roots Microsoft's certificates end in. Which of them signs the certificate of webhooks
is not documented, and has changed; a setting replaces them."""


class AuthoritiesUnreadable(Refusal):
    """A file has no certificates of authorities in it."""

    code = "authorities_unreadable"


def authorities_of_microsoft() -> tuple[Certificate, ...]:
    """Return the roots of `ORGANIZATIONS` among those that the service's own requests trust."""
    context = httpx.create_ssl_context(trust_env=False)
    # Looked at before they are parsed: some old root of somebody else's may be malformed.
    pairs = zip(context.get_ca_certs(), context.get_ca_certs(binary_form=True), strict=True)
    return tuple(
        load_der_x509_certificate(content)
        for described, content in pairs
        if not ORGANIZATIONS.isdisjoint(_organizations(described.get("subject", ())))
    )


def authorities_in(pem: bytes, *, called: str) -> tuple[Certificate, ...]:
    """Return the certificates in a PEM file, which is known as `called` to whoever gave it.

    Raises: AuthoritiesUnreadable.
    """
    try:
        found = load_pem_x509_certificates(pem)
    except ValueError as error:
        raise AuthoritiesUnreadable(
            f"{called} has no certificates in it; use a PEM file of the roots that Microsoft's"
            " signing certificate may end in"
        ) from error
    return tuple(found)


def _organizations(subject: object) -> set[str]:
    names = subject if isinstance(subject, tuple) else ()
    return {value for parts in names for name, value in parts if name == "organizationName"}
