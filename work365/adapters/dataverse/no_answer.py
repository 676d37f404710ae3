"""What is known of a request that got no answer, in words that help whoever reads them."""

import socket
import ssl
from collections.abc import Iterator
from typing import TypeVar

import httpx

from work365.adapters.dataverse.errors import (
    AnswerUnreadable,
    CertificateRejected,
    DataverseError,
    DataverseUnavailable,
    Fault,
    NothingDone,
)

ErrorT = TypeVar("ErrorT", bound=BaseException)

NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


def error_without_answer(name: str, host: str, error: httpx.RequestError) -> DataverseError:
    """Return the error that a failed exchange with `host` is; `name` is the request's."""
    fault = Fault(name, None, None, _words(host, error), None)
    if _cause(error, ssl.SSLCertVerificationError) is not None:
        return CertificateRejected(fault)
    if isinstance(error, NEVER_SENT):
        return NothingDone(fault)
    if isinstance(error, httpx.DecodingError):
        return AnswerUnreadable(fault)
    return DataverseUnavailable(fault)


def _words(host: str, error: httpx.RequestError) -> str:
    if (untrusted := _cause(error, ssl.SSLCertVerificationError)) is not None:
        return (
            f"{host} shows a certificate that this machine does not trust"
            f" ({untrusted.verify_message}); see that the address is right. Where a proxy or the"
            " emulator has an authority of its own, name its certificate in SSL_CERT_FILE"
        )
    if (broken := _cause(error, ssl.SSLError)) is not None:
        return f"{host} does not speak https ({broken.reason}); see that address and port are right"
    if (unknown := _cause(error, socket.gaierror)) is not None:
        return (
            f"the name in {host} is not known ({unknown.strerror}); look for a typing error in it,"
            " or at this machine's network"
        )
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return (
            f"nothing takes a connection at {host} ({_said(error)}); see that the address and its"
            " port are right, and that no firewall is in between"
        )
    return f"{host} gave none that is whole ({_said(error)})"


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _cause(error: BaseException, kind: type[ErrorT]) -> ErrorT | None:
    return next((each for each in _causes(error) if isinstance(each, kind)), None)
