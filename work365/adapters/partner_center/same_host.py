"""Addresses that an answer names: followed on the host that was asked, and nowhere else."""

from urllib.parse import urlsplit

from work365.adapters.partner_center.answers import impossible
from work365.adapters.partner_center.calls import Call
from work365.adapters.partner_center.errors import Fault, LedElsewhere

_VERSIONS = ("/v1/", "/v1.0/", "/webhooks/")


def path_on(host: str, address: str, *, call: Call) -> str:
    """Return the path with query of `address`, which an answer of `host` to `call` named.

    Relative ones lack the version, as Microsoft's samples show. Only the path is taken of an
    absolute one, so that a token never follows it over another scheme or port.

    Raises: LedElsewhere: it is on another host; AnswerImpossible: it is no address.
    """
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        raise impossible(call, "a link that is no address") from None
    if not address.strip().isprintable():
        raise impossible(call, "a link with characters that stand in no address")
    if parts.netloc and (parts.hostname or "").lower() != host.lower():
        where = parts.hostname or parts.netloc
        raise LedElsewhere(Fault(operation=str(call), description=f"a link leads to {where}"))
    path = "/" + parts.path.lstrip("/")
    if not path.startswith(_VERSIONS):
        path = f"/v1{path}"
    return f"{path}?{parts.query}" if parts.query else path
