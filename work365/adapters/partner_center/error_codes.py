"""Which error a code of Microsoft's is.

The code decides before the HTTP status does, because one status covers many things. Codes
that are not here are a general refusal, which shows Microsoft's own sentence.

Source: "Partner Center REST error codes", learn.microsoft.com/partner-center/developer/
error-codes, and the notes named there; 900421 is known from Microsoft's announcements only.
"""

from collections.abc import Mapping

from httpx import codes

from work365.adapters.partner_center import refusals
from work365.adapters.partner_center.errors import (
    AlreadyThere,
    AnswerImpossible,
    Busy,
    Fault,
    NotFound,
    PartnerCenterError,
    PartnerCenterUnavailable,
    PendingOperation,
    RequestRefused,
    ServerFailed,
    SignInRejected,
    Throttled,
    VersionChanged,
)

BUSY_SECONDS = 120.0
"""Microsoft's advice where a renewal is under way."""
PENDING_SECONDS = 24 * 60 * 60.0

_CODES: Mapping[type[PartnerCenterError], str] = {
    refusals.NeedsDelegatedConnection: "900329 900316",
    refusals.MfaMissing: "900421",
    refusals.AudienceRefused: "900420",
    refusals.RoleMissing: (
        "2032 900150 900308 900335 accessDenied Authorization_RequestDenied Forbidden"
    ),
    refusals.ConditionalAccessBlocked: "900309",
    refusals.RelationshipMissing: "20002 900159",
    refusals.CustomerAgreementMissing: "13605",
    refusals.PartnerAgreementMissing: "900123 900124",
    refusals.AvailabilityChanged: "400019",
    refusals.NotForSale: (
        "400013 400018 400072 2030 2085 2091 2100 800004 800010 800020 800024 800026 800028 800062"
        " 800070 800086"
    ),
    refusals.QuantityRefused: (
        "2001 2002 27006 800017 800027 800066 800067 800068 800088 800089 800092 800095 900275"
    ),
    refusals.SeatWindowPassed: "800090 900214 900257",
    refusals.CancellationWindowPassed: "900117 900213",
    refusals.BillingCycleByOrder: "2054 800085 800097",
    refusals.TooManyUpdates: "900311",
    refusals.ChangesClosed: (
        "2006 2011 6000 800012 800040 800061 800063 800077 800081 800091 800093 800096 900263"
        " 900277 900279 900280 900321"
    ),
    refusals.TransitionRefused: "900236 900258 900259 900260 900261 900267",
    refusals.TermRefused: "6001 800107 800121 800122 900268 900269 900270",
    refusals.TermEndRefused: "900242 900244 900245 900246",
    refusals.PromotionRefused: "27007",
    refusals.CreditRefused: "800022 800023 800025 800069 900121",
    refusals.CustomerUnderReview: "800073 800074 800075",
    refusals.AttestationMissing: "900203 900206",
    refusals.AzurePlanRefused: (
        "800011 800013 800030 900112 900113 900114 900115 900128 900129 900312 900313 900314"
        " 900315 900317 900318 900337"
    ),
    refusals.NotInSandbox: "800018 800019 900116 900127 900322",
    refusals.LicencesUsedUp: "60012",
    refusals.OrderNotFound: "20000",
    refusals.SubscriptionNotFound: "20003",
    refusals.CartNotFound: "800008",
    refusals.UserNotFound: "60002 60003",
    NotFound: "1000 800111",
    VersionChanged: "2055",
    AlreadyThere: "nameAlreadyExists",
    Busy: "27009 800014 800060 800064 800072 800082",
    PendingOperation: "900278",
    ServerFailed: "800003 900192",
}
BY_CODE: Mapping[str, type[PartnerCenterError]] = {
    code: kind for kind, listed in _CODES.items() for code in listed.split()
}

BY_STATUS: Mapping[int, type[PartnerCenterError]] = {
    401: SignInRejected,
    404: NotFound,
    408: PartnerCenterUnavailable,
    409: Busy,
    412: VersionChanged,
    429: Throttled,
    502: PartnerCenterUnavailable,
    503: PartnerCenterUnavailable,
    504: PartnerCenterUnavailable,
}
"""A 409 without a code that is known is Microsoft at work on it, as during a renewal."""

_LATER_SECONDS: Mapping[type[PartnerCenterError], float] = {
    Busy: BUSY_SECONDS,
    PendingOperation: PENDING_SECONDS,
}


def error_of(fault: Fault, retry_after_seconds: float | None) -> PartnerCenterError:
    """Return the error that `fault` is."""
    assert fault.status is not None
    kind = BY_CODE.get(fault.code or "") or BY_STATUS.get(fault.status) or _by_class(fault)
    if issubclass(kind, PartnerCenterUnavailable):
        later = _LATER_SECONDS.get(kind) if retry_after_seconds is None else retry_after_seconds
        return kind(fault, later)
    return kind(fault)


def refusal_of(code: str, description: str, *, operation: str) -> PartnerCenterError:
    """Return the error that a refusal within an answer is, as of one line of a cart."""
    kind = BY_CODE.get(code, RequestRefused)
    return kind(Fault(operation=operation, description=description, code=code))


def _by_class(fault: Fault) -> type[PartnerCenterError]:
    assert fault.status is not None
    if fault.status == codes.FORBIDDEN and fault.code is None:
        return refusals.RoleMissing
    if codes.is_client_error(fault.status):
        return RequestRefused
    return ServerFailed if codes.is_server_error(fault.status) else AnswerImpossible
