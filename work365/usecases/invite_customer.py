"""Invite a customer: the links that it accepts, and through which partners it is sold to.

The link by which a customer accepts its reseller is the same for all customers. Delegated
administration used to come along with it; Microsoft withdrew that, so that rights in the
customer's tenant are a second link, for a relationship of their own (GDAP).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from work365.domain.findings import Finding, Reading, Severity
from work365.domain.microsoft.relationships import AdminRelationship, OtherPartner, PartnerRole
from work365.errors import Refusal

_WITHOUT_ADMIN = ("DAP", "false")


class InvitationWrong(Refusal):
    """What Microsoft gave is no link that a customer should be sent."""

    code = "invitation_wrong"


class ResellerRefused(Refusal):
    """A partner cannot be the indirect reseller of a customer or a purchase."""

    code = "indirect_reseller_refused"


class SalesMode(Enum):
    """How the partner sells."""

    DIRECT = "direct"
    INDIRECT_PROVIDER = "indirect provider"
    """Through indirect resellers."""
    INDIRECT_RESELLER = "indirect reseller"
    """For an indirect provider, who is the one that buys from Microsoft."""


class Cloud(Protocol):
    """The partner's cloud."""

    @property
    def title(self) -> str:
        """Return its name."""

    @property
    def invitation_hosts(self) -> Sequence[str]:
        """Return the admin centers in which customers accept a reseller."""


class ResellerDesk(Protocol):
    """Where indirect resellers are looked at. All of it raises Refusal and Unavailable."""

    def resellers_of(self, tenant: str) -> Reading[OtherPartner]:
        """Return the indirect resellers of a customer."""

    def partner_agreement_is_signed(self, *, mpn: str) -> bool:
        """Return whether a reseller signed the Microsoft Partner Agreement."""


class PartnerDesk(ResellerDesk, Protocol):
    """Where Microsoft is asked about relationships. All of it raises Refusal and Unavailable."""

    def invitation(self) -> str:
        """Return the link with which a customer accepts the partner as its reseller."""

    def partners(self, role: PartnerRole) -> Reading[OtherPartner]:
        """Return the partners that this one works with in a role."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """What the customer is sent."""

    reseller_link: str
    """An administrator of the customer accepts the partner here; it gives no rights."""
    admin_link: str | None
    """Where it grants the rights, if any are asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesChannel:
    """How the partner sells, and with whom."""

    mode: SalesMode
    partners: tuple[OtherPartner, ...]
    """Its indirect resellers, or its indirect providers."""
    findings: tuple[Finding, ...]


def invite_customer(
    *,
    partners: PartnerDesk,
    cloud: Cloud,
    ask_for_rights: Callable[[], AdminRelationship] | None,
) -> Invitation:
    """Return the links for a customer: with rights in its tenant, or without any.

    `ask_for_rights` makes the admin relationship, ready for approval; None asks for none. The
    reseller's link never asks for delegated administration of the old kind, and leads to an admin
    center of the partner's `cloud`.

    Raises: InvitationWrong: it leads elsewhere; Refusal: there is no delegated connection, or the
    rights cannot be asked for; Unavailable.
    """
    link = _without_admin(partners.invitation(), cloud)
    rights = ask_for_rights() if ask_for_rights is not None else None
    return Invitation(
        reseller_link=link, admin_link=rights.approval_link if rights is not None else None
    )


def sales_channel(*, partners: PartnerDesk) -> SalesChannel:
    """Return how the partner sells, by the partners that it works with.

    An indirect reseller that has not signed the Microsoft Partner Agreement is a finding,
    because nothing can be bought through it.

    Raises: Refusal: there is no delegated connection; Unavailable, Contradiction.
    """
    resellers = _listed(partners, PartnerRole.OUR_RESELLERS)
    if resellers.values:
        unsigned = _unsigned(resellers.values, partners)
        return SalesChannel(
            mode=SalesMode.INDIRECT_PROVIDER,
            partners=resellers.values,
            findings=(*resellers.findings, *unsigned),
        )
    providers = _listed(partners, PartnerRole.OUR_PROVIDERS)
    mode = SalesMode.INDIRECT_RESELLER if providers.values else SalesMode.DIRECT
    findings = (*resellers.findings, *providers.findings)
    return SalesChannel(mode=mode, partners=providers.values, findings=findings)


def partner_on_record(
    tenant: str, *, mpn: str | None, partners: ResellerDesk
) -> OtherPartner | None:
    """Return the indirect reseller that a purchase for the customer is made through.

    `mpn` is the one that was chosen; without one it is the customer's only reseller. None where
    the customer has no reseller and none was chosen.

    Raises: ResellerRefused: the one that was chosen is not the customer's, several could be
    meant, or it has not signed the Microsoft Partner Agreement; Refusal: there is no delegated
    connection; Unavailable.
    """
    known = partners.resellers_of(tenant).values
    if mpn is None and not known:
        return None
    found = [each for each in known if mpn in (None, each.mpn)]
    if len(found) != 1:
        shown = _shown(known) or "none"
        asked = f"{mpn} is not one of them" if mpn else "choose one by its number"
        raise ResellerRefused(f"The indirect resellers of customer {tenant} are: {shown}; {asked}.")
    if not partners.partner_agreement_is_signed(mpn=found[0].mpn):
        raise ResellerRefused(_unsigned_words(found[0]))
    return found[0]


def _listed(partners: PartnerDesk, role: PartnerRole) -> Reading[OtherPartner]:
    found = partners.partners(role)
    return Reading(tuple(each for each in found.values if each.is_active), found.findings)


def _unsigned(resellers: Iterable[OtherPartner], partners: PartnerDesk) -> Sequence[Finding]:
    return [
        Finding(
            Severity.WARNING,
            "partner_agreement_unsigned",
            _unsigned_words(each),
            f"indirect reseller {each.mpn}",
        )
        for each in resellers
        if not partners.partner_agreement_is_signed(mpn=each.mpn)
    ]


def _unsigned_words(reseller: OtherPartner) -> str:
    return (
        f"{reseller.name} ({reseller.mpn}) has not signed the Microsoft Partner Agreement, so that"
        " nothing can be bought through it: its Global Administrator signs it in Partner Center"
    )


def _shown(resellers: Iterable[OtherPartner]) -> str:
    return ", ".join(f"{each.name} ({each.mpn})" for each in resellers)


def _without_admin(link: str, cloud: Cloud) -> str:
    parts = urlsplit(link)
    if parts.scheme != "https" or parts.netloc.lower() not in cloud.invitation_hosts:
        raise InvitationWrong(
            f"Microsoft's invitation leads to {parts.scheme}://{parts.netloc}, and those of the"
            f" cloud {cloud.title} lead to https://{' or https://'.join(cloud.invitation_hosts)};"
            " it was not passed on. Look at it in Partner Center, and see that the setting"
            " of the cloud is right"
        )
    given = parse_qsl(parts.query, keep_blank_values=True)
    query = [pair for pair in given if pair[0].upper() != _WITHOUT_ADMIN[0]]
    return urlunsplit(parts._replace(query=urlencode([*query, _WITHOUT_ADMIN])))
