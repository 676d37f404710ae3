"""Agreements that customers accepted.

Source: "Get confirmation of customer acceptance of Microsoft Customer Agreement", "Get
agreement metadata", "Get direct signing status of Microsoft Customer Agreement".
"""

from dataclasses import dataclass
from functools import partial
from typing import Any

from work365.adapters.partner_center.answers import impossible
from work365.adapters.partner_center.calls import Call
from work365.adapters.partner_center.endpoints import (
    GET_DIRECT_SIGNATURE,
    LIST_AGREEMENT_TEMPLATES,
    LIST_AGREEMENTS,
)
from work365.adapters.partner_center.errands import Errand
from work365.adapters.partner_center.field_values import LONG_AGO, count_of, day_of, member_of
from work365.adapters.partner_center.files import Row, text_of
from work365.adapters.partner_center.reading import read_rows
from work365.domain.findings import Reading
from work365.domain.microsoft.agreements import AgreementTemplate
from work365.domain.microsoft.customers import AgreementType, SignedAgreement

_type_of = member_of(AgreementType, "unknown_agreement")


@dataclass(frozen=True, slots=True)
class Agreements:
    """Agreements, asked for on an errand. They need the delegated connection."""

    errand: Errand

    def templates(self, kind: AgreementType) -> Reading[AgreementTemplate]:
        """Return the templates of one kind of agreement.

        Raises: PartnerCenterError; NeedsDelegatedConnection.
        """
        call = Call(LIST_AGREEMENT_TEMPLATES, query={"agreementType": kind.value})
        return read_rows(self.errand.rows(call), _template, call=call)

    def of_customer(self, tenant: str) -> Reading[SignedAgreement]:
        """Return the acceptances that a partner confirmed for a customer.

        Raises: PartnerCenterError; NeedsDelegatedConnection.
        """
        kind = AgreementType.CUSTOMER_AGREEMENT
        call = Call(LIST_AGREEMENTS, {"customer": tenant}, query={"agreementType": kind.value})
        return read_rows(self.errand.rows(call), partial(_signed, tenant), call=call)

    def customer_signed_itself(self, tenant: str) -> bool:
        """Return whether the customer signed the Microsoft Customer Agreement with Microsoft.

        Raises: PartnerCenterError; NeedsDelegatedConnection.
        """
        call = Call(GET_DIRECT_SIGNATURE, {"customer": tenant})
        return is_signed(self.errand.ask(call).body, "isSigned", call=call)


def is_signed(body: Any, field: str, *, call: Call) -> bool:
    """Return what the answer to `call` says of a signature in `field`.

    Raises: AnswerImpossible: it says nothing of it.
    """
    signed = body.get(field) if isinstance(body, dict) else None
    if not isinstance(signed, bool):
        raise impossible(call, "the answer does not say whether it is signed")
    return signed


def _template(row: Row) -> AgreementTemplate:
    return AgreementTemplate(
        id=row.read("templateId", text_of, otherwise=""),
        type=row.read("agreementType", _type_of, otherwise=AgreementType.CUSTOMER_AGREEMENT),
        link=row.read("agreementLink", text_of, otherwise=""),
        rank=row.read("versionRank", count_of, otherwise=0),
    )


def _signed(tenant: str, row: Row) -> SignedAgreement:
    first = row.read_if_given("primaryContact.firstName", text_of)
    last = row.read_if_given("primaryContact.lastName", text_of)
    mail = row.read_if_given("primaryContact.email", text_of)
    return SignedAgreement(
        tenant=tenant.lower(),
        type=row.read("type", _type_of, otherwise=AgreementType.CUSTOMER_AGREEMENT),
        template=row.read("templateId", text_of, otherwise=""),
        agreed_on=row.read("dateAgreed", day_of, otherwise=LONG_AGO),
        contact=" ".join(part for part in (first, last, mail) if part),
    )
