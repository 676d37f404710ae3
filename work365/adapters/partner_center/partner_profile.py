"""The partner itself: its profile, and whether its sign-in is accepted as multifactor.

Source: "Mandating multifactor authentication for your partner tenant", "Get the partner
profile", "Get MFA status of partner requests".
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from work365.adapters.partner_center.answers import impossible
from work365.adapters.partner_center.calls import Call
from work365.adapters.partner_center.endpoints import (
    GET_PARTNER_PROFILE,
    LIST_SIGNED_IN_REQUESTS,
    PROBE_MFA,
)
from work365.adapters.partner_center.errands import Errand
from work365.adapters.partner_center.field_values import identifier_of, yes_or_no_of
from work365.adapters.partner_center.files import Row, moment_of, text_of
from work365.adapters.partner_center.reading import read_one, read_rows
from work365.domain.findings import Reading
from work365.domain.microsoft.profiles import PartnerProfile, SignedInRequest

VALIDATE_MFA = "ValidateMfa"
IS_COMPLIANT = "isMfaCompliant"

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_ANSWERS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Partner:
    """The partner, asked for on an errand. It needs the delegated connection."""

    errand: Errand

    def profile(self) -> PartnerProfile:
        """Return the partner's name and number.

        Raises: PartnerCenterError; NeedsDelegatedConnection.
        """
        call = Call(GET_PARTNER_PROFILE)
        return read_one(self.errand.ask(call).body, _profile, call=call)

    def is_mfa_compliant(self) -> bool:
        """Return whether Microsoft accepts the sign-in behind the token as multifactor.

        Raises: PartnerCenterError; NeedsDelegatedConnection; MfaMissing; AnswerImpossible:
        Microsoft does not say.
        """
        call = Call(PROBE_MFA, query={"size": "1"}, headers={VALIDATE_MFA: "true"})
        answer = self.errand.ask(call).headers.get(IS_COMPLIANT, "").strip().lower()
        if answer not in _ANSWERS:
            raise impossible(call, f"Microsoft does not say {IS_COMPLIANT}")
        return _ANSWERS[answer]

    def signed_in_requests(self) -> Reading[SignedInRequest]:
        """Return the latest requests with a user, 10,000 at most, and whether they had MFA.

        Raises: PartnerCenterError; NeedsDelegatedConnection.
        """
        call = Call(LIST_SIGNED_IN_REQUESTS)
        return read_rows(self.errand.rows(call), _request, call=call)


def _profile(row: Row) -> PartnerProfile:
    return PartnerProfile(
        name=row.read("partnerName", text_of, otherwise=""),
        mpn=row.read("mpnId", text_of, otherwise=""),
    )


def _request(row: Row) -> SignedInRequest:
    return SignedInRequest(
        at=row.read("requestDateTime", moment_of, otherwise=_LONG_AGO),
        operation=row.read_if_given("operationName", text_of) or "",
        application=row.read_if_given("applicationId", identifier_of) or "",
        user=row.read_if_given("objectId", identifier_of) or "",
        had_mfa=row.read("mfaCompliant", yes_or_no_of, otherwise=False),
    )
