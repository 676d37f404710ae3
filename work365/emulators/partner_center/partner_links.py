"""Partners among themselves and towards customers: invitation links, indirect resellers, profiles.

Source: learn.microsoft.com/partner-center/developer/request-reseller-relationship,
get-a-list-of-indirect-resellers, get-indirect-resellers-of-a-customer, get-partner-by-mpn-id.
"""

from work365.emulators.partner_center.accounts import Partner
from work365.emulators.partner_center.annexes import Record
from work365.emulators.partner_center.calls import Answer, Call, Endpoint
from work365.emulators.partner_center.errors import invalid_input, not_found
from work365.emulators.partner_center.paging import collection, link

PROVIDES_FOR = "is_indirect_cloud_solution_provider_of"
RESELLS_FOR = "is_indirect_reseller_of"


def _invitation(call: Call) -> Answer:
    provider = call.query.get("indirectproviderid", "")
    url = (
        "https://admin.microsoft.com/Adminportal/Home?invType=ResellerRelationship"
        f"&partnerId={call.partner.tenant}&msppId={provider or 0}"
        "&DAP=false#/BillingAccounts/partner-invitation"
    )
    return Answer({"url": url, "attributes": {"objectType": "RelationshipRequest"}})


def _relationships(call: Call) -> Answer:
    asked = call.query.get("relationship_type", "").replace("_", "").casefold()
    if asked == PROVIDES_FOR.replace("_", ""):
        others = [call.world.partners[tenant] for tenant in call.partner.resellers]
        return collection([_body(each, PROVIDES_FOR) for each in others])
    if asked == RESELLS_FOR.replace("_", ""):
        own = call.partner.tenant
        others = [each for each in call.world.partners.values() if own in each.resellers]
        return collection([_body(each, RESELLS_FOR) for each in others])
    raise invalid_input(
        "'relationship_type' is IsIndirectCloudSolutionProviderOf or IsIndirectResellerOf."
    )


def _of_customer(call: Call) -> Answer:
    reseller = call.world.partners.get(call.customer.reseller)
    if reseller is None:
        return collection([])
    body = _body(reseller, PROVIDES_FOR)
    del body["state"], body["location"]
    return collection([body])


def _body(partner: Partner, kind: str) -> Record:
    return {
        "id": partner.tenant,
        "name": partner.name,
        "relationshipType": kind,
        "state": "Active",
        "mpnId": partner.partner_id,
        "location": partner.country,
        "attributes": {"objectType": "PartnerRelationship"},
    }


def _mpn(call: Call) -> Answer:
    asked = call.query.get("mpnid", "") or call.partner.partner_id
    for partner in call.world.partners.values():
        if partner.partner_id == asked:
            return Answer(_profile(partner))
    raise not_found(f"There is no partner with the id '{asked}'.")


def _profile(partner: Partner) -> Record:
    return {
        "partnerName": partner.name,
        "mpnId": partner.partner_id,
        "profileType": "MpnProfile",
        "links": {"self": link("/profiles/mpn")},
        "attributes": {"objectType": "MpnProfile"},
    }


def _organization(call: Call) -> Answer:
    partner = call.partner
    return Answer(
        {
            "id": partner.tenant,
            "companyName": partner.name,
            "defaultAddress": {"country": partner.country},
            "tenantId": partner.tenant,
            "domain": partner.domain,
            "culture": "en-US",
            "language": "en",
            "profileType": "OrganizationProfile",
            "links": {"self": link("/profiles/organization")},
            "attributes": {"objectType": "OrganizationProfile"},
        }
    )


ENDPOINTS = (
    Endpoint("GET", "/v1/customers/relationshiprequests", _invitation, needs_user=True),
    Endpoint("GET", "/v1/relationships", _relationships, needs_user=True),
    Endpoint("GET", "/v1/customers/{customer_id}/relationships", _of_customer, needs_user=True),
    Endpoint("GET", "/v1/profiles/mpn", _mpn, needs_user=True),
    Endpoint("GET", "/v1/profiles/organization", _organization, needs_user=True),
)
