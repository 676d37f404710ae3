from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import pytest

from work365.domain.findings import Reading
from work365.domain.microsoft.relationships import (
    AdminRelationship,
    AdminStatus,
    OtherPartner,
    PartnerRole,
)
from work365.errors import Refusal
from work365.identity.clouds import CHINA, GLOBAL, US_GOVERNMENT, Cloud
from work365.usecases.invite_customer import (
    Invitation,
    InvitationWrong,
    ResellerRefused,
    SalesMode,
    invite_customer,
    partner_on_record,
    sales_channel,
)

CUSTOMER = "2ffe1b5c-06b1-4a5e-8a5b-3a52f2f1a2d7"
LINK = (
    "https://admin.microsoft.com/Adminportal/Home?invType=ResellerRelationship"
    "&partnerId=11111111-2222-4333-8444-555555555555&msppId=0&DAP={dap}"
    "#/BillingAccounts/partner-invitation"
)
ELM = OtherPartner(tenant="e", name="Elm Consulting", mpn="5000001", is_active=True)
ASH = OtherPartner(tenant="a", name="Ash Systems", mpn="5000002", is_active=True)
GONE = OtherPartner(tenant="g", name="Gone Ltd", mpn="5000003", is_active=False)
RIGHTS = AdminRelationship(
    id="77",
    etag="e",
    name="Reading",
    status=AdminStatus.APPROVAL_PENDING,
    roles=("role",),
    customer=CUSTOMER,
    extends_itself=False,
    expires_at=None,
)


@dataclass
class Partners:
    """Microsoft's end."""

    link: str = LINK.format(dap="false")
    lists: dict[PartnerRole, Sequence[OtherPartner]] = field(default_factory=dict)
    of_customer: Sequence[OtherPartner] = ()
    unsigned: frozenset[str] = frozenset()

    def invitation(self) -> str:
        return self.link

    def partners(self, role: PartnerRole) -> Reading[OtherPartner]:
        return Reading(tuple(self.lists.get(role, ())), ())

    def resellers_of(self, tenant: str) -> Reading[OtherPartner]:
        assert tenant == CUSTOMER
        return Reading(tuple(self.of_customer), ())

    def partner_agreement_is_signed(self, *, mpn: str) -> bool:
        return mpn not in self.unsigned


class TestAnInvitation:
    @pytest.mark.parametrize("dap", ["false", "true"])
    def test_never_asks_for_delegated_administration_of_the_old_kind(self, dap: str) -> None:
        invitation = invite_customer(
            partners=Partners(link=LINK.format(dap=dap)), cloud=GLOBAL, ask_for_rights=None
        )

        assert invitation == Invitation(reseller_link=LINK.format(dap="false"), admin_link=None)

    def test_that_says_nothing_of_it_says_no(self) -> None:
        link = LINK.format(dap="").replace("&DAP=", "")

        invitation = invite_customer(
            partners=Partners(link=link), cloud=GLOBAL, ask_for_rights=None
        )

        assert parse_qs(urlsplit(invitation.reseller_link).query)["DAP"] == ["false"]

    def test_with_rights_has_a_link_of_its_own_for_them(self) -> None:
        invitation = invite_customer(
            partners=Partners(), cloud=GLOBAL, ask_for_rights=lambda: RIGHTS
        )

        assert invitation.admin_link == RIGHTS.approval_link

    @pytest.mark.parametrize(
        "link",
        [
            "http://admin.microsoft.com/a",
            "https://admin.microsoft.com.evil.example/a",
            "https://admin.microsoft.com:444/a",
            "https://somebody@admin.microsoft.com/a",
            "https://portal.partner.microsoftonline.cn/a",
            "",
        ],
    )
    def test_that_leads_elsewhere_is_not_passed_on(self, link: str) -> None:
        with pytest.raises(InvitationWrong, match="not passed on"):
            invite_customer(partners=Partners(link=link), cloud=GLOBAL, ask_for_rights=None)

    @pytest.mark.parametrize("cloud", [GLOBAL, US_GOVERNMENT, CHINA])
    def test_leads_to_an_admin_center_of_the_partners_cloud(self, cloud: Cloud) -> None:
        for host in cloud.invitation_hosts:
            link = LINK.format(dap="false").replace("admin.microsoft.com", host)

            invitation = invite_customer(
                partners=Partners(link=link), cloud=cloud, ask_for_rights=None
            )

            assert invitation.reseller_link == link

    def test_of_another_cloud_is_refused_with_both_hosts_and_the_cloud(self) -> None:
        with pytest.raises(InvitationWrong) as refused:
            invite_customer(partners=Partners(), cloud=CHINA, ask_for_rights=None)

        assert "leads to https://admin.microsoft.com, " in str(refused.value)
        assert (
            "of the cloud 21Vianet (China) lead to https://portal.partner.microsoftonline.cn;"
            in str(refused.value)
        )


class TestTheChannel:
    @pytest.mark.parametrize(
        ("lists", "mode"),
        [
            ({}, SalesMode.DIRECT),
            ({PartnerRole.OUR_RESELLERS: [ELM]}, SalesMode.INDIRECT_PROVIDER),
            ({PartnerRole.OUR_PROVIDERS: [ELM]}, SalesMode.INDIRECT_RESELLER),
            ({PartnerRole.OUR_RESELLERS: [GONE]}, SalesMode.DIRECT),
        ],
    )
    def test_is_told_by_the_partners_that_it_works_with(
        self, lists: dict[PartnerRole, Sequence[OtherPartner]], mode: SalesMode
    ) -> None:
        assert sales_channel(partners=Partners(lists=lists)).mode is mode

    def test_names_resellers_through_whom_nothing_can_be_bought(self) -> None:
        partners = Partners(
            lists={PartnerRole.OUR_RESELLERS: [ELM, ASH]}, unsigned=frozenset({ASH.mpn})
        )

        channel = sales_channel(partners=partners)

        assert channel.partners == (ELM, ASH)
        assert [finding.code for finding in channel.findings] == ["partner_agreement_unsigned"]
        assert "Ash Systems (5000002)" in channel.findings[0].message


class TestThePartnerOnRecord:
    def test_is_the_customers_only_reseller(self) -> None:
        found = partner_on_record(CUSTOMER, mpn=None, partners=Partners(of_customer=[ELM]))

        assert found == ELM

    def test_is_the_one_that_was_chosen(self) -> None:
        partners = Partners(of_customer=[ELM, ASH])

        assert partner_on_record(CUSTOMER, mpn=ASH.mpn, partners=partners) == ASH

    def test_is_nobody_where_the_partner_sells_itself(self) -> None:
        assert partner_on_record(CUSTOMER, mpn=None, partners=Partners()) is None

    @pytest.mark.parametrize(
        ("mpn", "resellers", "said"),
        [
            (None, [ELM, ASH], "choose one by its number"),
            ("5999999", [ELM], "5999999 is not one of them"),
            (ELM.mpn, [], "are: none"),
        ],
    )
    def test_has_to_be_clear(
        self, mpn: str | None, resellers: Sequence[OtherPartner], said: str
    ) -> None:
        with pytest.raises(ResellerRefused, match=said):
            partner_on_record(CUSTOMER, mpn=mpn, partners=Partners(of_customer=resellers))

    def test_has_to_have_signed_the_agreement(self) -> None:
        partners = Partners(of_customer=[ELM], unsigned=frozenset({ELM.mpn}))

        with pytest.raises(ResellerRefused, match="Microsoft Partner Agreement"):
            partner_on_record(CUSTOMER, mpn=None, partners=partners)


def test_without_the_delegated_connection_it_says_so() -> None:
    class Unconnected(Partners):
        def invitation(self) -> str:
            raise Refusal("This needs the delegated connection")

    with pytest.raises(Refusal, match="needs the delegated connection"):
        invite_customer(partners=Unconnected(), cloud=GLOBAL, ask_for_rights=None)
