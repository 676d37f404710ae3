"""Consents of an application in customers' tenants, given by the partner.

No operation tells whether there is one: our own ledger does.

Source: "Granular delegated admin privileges (GDAP) and the Secure Application Model". Whether
a repetition is answered with 409 is not documented.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from httpx import codes

from work365.adapters.partner_center.calls import Call
from work365.adapters.partner_center.endpoints import CREATE_CONSENT, DELETE_CONSENT
from work365.adapters.partner_center.errands import Errand
from work365.adapters.partner_center.errors import NotFound, PartnerCenterError
from work365.domain.microsoft.consents import ApplicationGrant


@dataclass(frozen=True, slots=True)
class ApplicationConsents:
    """Consents, asked for on an errand. They need the delegated connection and a role (GDAP)."""

    errand: Errand

    def give(self, tenant: str, application: str, grants: Sequence[ApplicationGrant]) -> bool:
        """Consent to `grants` of `application`, and return whether the consent is new.

        Raises: PartnerCenterError; NeedsDelegatedConnection; RoleMissing.
        """
        body = {
            "applicationId": application,
            "applicationGrants": [
                {"enterpriseApplicationId": grant.resource, "scope": ",".join(grant.scopes)}
                for grant in grants
            ],
        }
        try:
            self.errand.ask(Call(CREATE_CONSENT, {"customer": tenant}, body=body))
        except PartnerCenterError as error:
            if error.fault.status != codes.CONFLICT:
                raise
            return False
        return True

    def withdraw(self, tenant: str, application: str) -> bool:
        """Withdraw the consent of `application`, and return whether there was one.

        Raises: PartnerCenterError; NeedsDelegatedConnection; RoleMissing.
        """
        ids = {"customer": tenant, "application": application}
        try:
            self.errand.ask(Call(DELETE_CONSENT, ids))
        except NotFound:
            return False
        return True
