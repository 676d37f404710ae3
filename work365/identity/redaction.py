"""A second net for secrets: what looks like one is masked in every log record.

The first net is that nobody logs one. Libraries that log whole addresses, headers or answers
are told to keep to warnings; what they say nevertheless, and what is in a traceback, is masked
when the record is made, so that no handler can be forgotten.
"""

import logging
import re
from collections.abc import Callable
from typing import Any, Final

MASK = "[masked]"

QUIET_LOGGERS: Final = (
    # Addresses with their queries: codes, shared access signatures, names of people.
    "httpx",
    "httpcore",
    "urllib3",
    # Headers, and on request whole bodies.
    "azure.core",
    "azure.identity",
    "azure.keyvault",
    "azure.storage",
    # Answers that are no JSON, as they came.
    "msal",
)
"""Libraries whose informative messages have in them what nobody may read."""

_NAMES = (
    "access_token|refresh_token|id_token|client_secret|client_assertion|assertion|code_verifier"
    "|device_code|password|passwd|sastoken|sharedaccesssignature|accountkey|sharedaccesskey"
    "|x-functions-key|x-work365-key|x-identity-header|set-cookie|cookie"
)

_PATTERNS: Final = (
    # A JSON web token, signed or cut short.
    re.compile(r"()eyJ[\w-]{8,}(?:\.[\w-]*){0,4}"),
    # A refresh token or an authorization code of Microsoft Entra.
    re.compile(r"()\b[0-9]\.A[\w-]{20,}(?:\.[\w-]+)*"),
    # A word is no token: those are long, or have a digit in them.
    re.compile(r"(\b(?:bearer|basic|signature)\s+)(?=\S*\d|\S{24})[\w.~+/=-]{8,}", re.IGNORECASE),
    # Parameters of an address: a code, the signature of a SAS, a key of the Functions host.
    re.compile(r"([?&;](?:code|sig|state|nonce|session_state)=)[^&\s\"'<>]+", re.IGNORECASE),
    # Named in a form, in JSON, in a header or as an attribute.
    re.compile(rf"(\b(?:{_NAMES})[\"']?\s*[:=,]\s*b?[\"']?)[^\s\"'&,;<>]+", re.IGNORECASE),
    re.compile(r"(\bcode[\"']?\s*[:=]\s*[\"']?)[\w.~+/=-]{40,}", re.IGNORECASE),
)

RecordFactory = Callable[..., logging.LogRecord]


def mask(text: str) -> str:
    """Return `text` with everything masked in it that looks like a secret."""
    for pattern in _PATTERNS:
        text = pattern.sub(rf"\1{MASK}", text)
    return text


class _MaskingFactory:
    """Makes log records as the one before it did, and masks them."""

    def __init__(self, inner: RecordFactory) -> None:
        self._inner = inner

    def __call__(self, *args: Any, **kwargs: Any) -> logging.LogRecord:
        record = self._inner(*args, **kwargs)
        _mask_record(record)
        return record


def _mask_record(record: logging.LogRecord) -> None:
    try:
        said = record.getMessage()
    except (TypeError, ValueError, KeyError):
        # Logging would print the arguments to say that they do not fit.
        record.msg, record.args = f"{record.msg} (its arguments did not fit)", ()
        said = str(record.msg)
    masked = mask(said)
    if masked != said:
        record.msg, record.args = masked, ()
    if record.exc_info and record.exc_info[0] is not None:
        record.exc_text = mask(logging.Formatter().formatException(record.exc_info))
    if record.stack_info:
        record.stack_info = mask(record.stack_info)


def mask_records() -> None:
    """Mask every log record from now on; a second time changes nothing."""
    factory = logging.getLogRecordFactory()
    if not isinstance(factory, _MaskingFactory):
        logging.setLogRecordFactory(_MaskingFactory(factory))


def install_redaction() -> None:
    """Mask every record from now on, and keep the libraries that tell too much to warnings.

    It is for whoever starts a process to call, before anything is asked.
    """
    for name in QUIET_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    mask_records()
