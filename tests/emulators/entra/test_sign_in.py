"""Signing in: the steps, who may go on, and what the application is told."""

from dataclasses import replace

import jwt
import pytest

from tests.emulators.entra.asking import (
    GRAPH,
    PARTNER_CENTER,
    PRICE_SHEETS,
    SCOPE,
    address,
    redeem,
    said,
    signed_in,
)
from tests.emulators.entra.person import FormReader, Person
from tests.emulators.entra.running import REDIRECT, RunningEntra
from work365.emulators.entra import seeds
from work365.emulators.entra.resources import GRAPH as GRAPH_RESOURCE
from work365.emulators.entra.resources import PARTNER_CENTER as PARTNER_CENTER_RESOURCE
from work365.emulators.entra.tenants import EVERYONE, GLOBAL_ADMINISTRATOR

EVERYTHING = f"openid {PARTNER_CENTER}/.default"


def consents(entra: RunningEntra, user: str = EVERYONE) -> dict[str, frozenset[str]]:
    tenant = entra.directory.tenants[seeds.PARTNER_TENANT_ID]
    return {
        resource: names
        for (client, resource, whom), names in tenant.consents.items()
        if client == seeds.VENDOR_APPLICATION_ID and whom == user
    }


def test_state_comes_back_as_it_was(entra: RunningEntra) -> None:
    told = signed_in(entra, state="a/b c&d=é")

    assert told["state"] == "a/b c&d=é"
    assert set(told) == {"code", "state", "session_state"}


def test_a_redirect_address_may_have_a_query_of_its_own(entra: RunningEntra) -> None:
    application = entra.directory.applications[seeds.VENDOR_APPLICATION_ID]
    entra.directory.register(replace(application, redirect_uris=(f"{REDIRECT}?a=b",)))

    told = signed_in(entra, redirect_uri=f"{REDIRECT}?a=b")

    assert told["a"] == "b"
    assert told["code"]


def test_a_wrong_password_goes_no_further(entra: RunningEntra) -> None:
    person = Person(entra.http, password="wrong")  # noqa: S106  it is the wrong one

    assert signed_in(entra, person) == {}
    assert "AADSTS50126" in person.seen[1]
    assert all("Approve sign-in" not in page for page in person.seen)


def test_nobody_and_a_closed_account_go_no_further(entra: RunningEntra) -> None:
    nobody = Person(entra.http, account="nobody@example.com")
    closed = Person(entra.http, account=seeds.CLERK)
    entra.control("PATCH", "users", user=seeds.CLERK, is_enabled=False)

    assert (signed_in(entra, nobody), signed_in(entra, closed)) == ({}, {})
    assert "AADSTS50126" in nobody.seen[1]
    assert "AADSTS50057" in closed.seen[1]


def test_a_denied_second_factor_goes_no_further(entra: RunningEntra) -> None:
    person = Person(entra.http, answers={"factor": "deny"})

    assert signed_in(entra, person) == {}
    assert "AADSTS500121" in person.seen[2]


@pytest.mark.parametrize("step", ["account", "factor", "consent"])
def test_who_cancels_goes_back_without_a_code(entra: RunningEntra, step: str) -> None:
    told = signed_in(entra, Person(entra.http, answers={step: "cancel"}))

    assert told["error"] == "access_denied"
    assert told["error_subcode"] == "cancel"
    assert told["error_description"].startswith("AADSTS65004")
    assert told["state"] == "a state"
    assert consents(entra) == {}


def test_without_a_second_factor_the_token_has_none(entra: RunningEntra) -> None:
    person = Person(entra.http, account=seeds.AGENT_WITHOUT_MFA)

    answer = redeem(entra, signed_in(entra, person)["code"])

    assert said(entra, answer).authentication_methods == ("pwd",)
    assert all("Approve sign-in" not in page for page in person.seen)


@pytest.mark.parametrize(
    "query",
    [
        {"amr_values": "mfa"},
        {"claims": '{"id_token": {"amr": {"values": ["mfa"], "essential": true}}}'},
    ],
)
def test_a_second_factor_that_is_wanted_is_set_up(
    entra: RunningEntra, query: dict[str, str]
) -> None:
    person = Person(entra.http, account=seeds.AGENT_WITHOUT_MFA)

    answer = redeem(entra, signed_in(entra, person, **query)["code"])

    assert said(entra, answer).has_mfa
    assert "wants a second factor" in person.seen[1]


def test_a_tenant_may_want_a_second_factor_for_a_service(entra: RunningEntra) -> None:
    entra.control("PUT", "mfa", tenant=seeds.DOMAIN, resources=[PARTNER_CENTER])
    person = Person(entra.http, account=seeds.AGENT_WITHOUT_MFA, answers={"enrolment": "cancel"})

    told = signed_in(entra, person)

    assert told["error"] == "access_denied"


def test_someone_consents_for_themselves_once(entra: RunningEntra) -> None:
    first, second = Person(entra.http), Person(entra.http)

    signed_in(entra, first)
    signed_in(entra, second)

    assert "Permissions requested" in first.seen[-1]
    assert all("Permissions requested" not in page for page in second.seen)
    _, ada = entra.directory.person(seeds.AGENT)
    assert consents(entra, ada.object_id) == {
        PARTNER_CENTER_RESOURCE.application_id: frozenset({"user_impersonation"})
    }
    assert consents(entra) == {}


def test_an_administrator_may_consent_for_everyone(entra: RunningEntra) -> None:
    signed_in(entra, Person(entra.http, for_everyone=True))
    clerk = Person(entra.http, account=seeds.CLERK)

    told = signed_in(entra, clerk)

    assert "code" in told
    assert all("Permissions requested" not in page for page in clerk.seen)


def test_a_clerk_may_consent_to_what_needs_no_administrator(entra: RunningEntra) -> None:
    clerk = Person(entra.http, account=seeds.CLERK, for_everyone=True)

    signed_in(entra, clerk)

    assert "Consent on behalf of" not in clerk.seen[-1]
    assert consents(entra) == {}
    assert "code" in signed_in(entra, Person(entra.http, account=seeds.CLERK))


@pytest.mark.parametrize("query", [{"scope": EVERYTHING}, {"prompt": "admin_consent"}])
def test_a_clerk_may_not_consent_to_what_needs_an_administrator(
    entra: RunningEntra, query: dict[str, str]
) -> None:
    clerk = Person(entra.http, account=seeds.CLERK)

    told = signed_in(entra, clerk, **query)

    assert told["error"] == "access_denied"
    assert told["error_description"].startswith("AADSTS90094")
    assert "An administrator has to approve" in clerk.seen[-1]
    assert entra.directory.tenants[seeds.PARTNER_TENANT_ID].consents == {}


def test_everything_stands_for_all_that_the_application_asks_for(entra: RunningEntra) -> None:
    ada = Person(entra.http)

    signed_in(entra, ada, scope=EVERYTHING, prompt="consent")

    page = ada.seen[-1]
    assert "Microsoft Partner Center: user_impersonation" in page
    assert "Microsoft Graph: DelegatedAdminRelationship.ReadWrite.All" in page
    assert "Panel for partners" in page
    assert "Panel Vendor" in page


def test_scopes_of_several_services_may_be_consented_to_at_once(entra: RunningEntra) -> None:
    scope = f"{SCOPE} {PRICE_SHEETS}/user_impersonation {GRAPH}/User.Read"
    told = signed_in(entra, scope=scope)

    answer = redeem(entra, told["code"], scope=f"{PRICE_SHEETS}/user_impersonation")

    assert said(entra, answer).audience == PRICE_SHEETS


def test_a_tenant_without_the_service_is_told_so(entra: RunningEntra) -> None:
    entra.control(
        "POST",
        "service-principals/remove",
        tenant=seeds.DOMAIN,
        application_id=PARTNER_CENTER_RESOURCE.application_id,
    )

    told = signed_in(entra)

    assert told["error"] == "invalid_client"
    assert told["error_description"].startswith("AADSTS650052")


def test_an_administrator_consents_for_the_tenant_without_a_code(entra: RunningEntra) -> None:
    person = Person(entra.http)

    told = person.visits(address(entra, path="common/adminconsent", scope="", response_type=""))

    assert told == {
        "admin_consent": "True",
        "tenant": seeds.PARTNER_TENANT_ID,
        "state": "a state",
    }
    assert "User.Read.All" in consents(entra)[GRAPH_RESOURCE.application_id]


def test_an_administrators_consent_may_be_to_some_scopes(entra: RunningEntra) -> None:
    person = Person(entra.http)

    person.visits(
        address(entra, path="organizations/v2.0/adminconsent", scope=f"{GRAPH}/Directory.Read.All")
    )

    assert consents(entra) == {GRAPH_RESOURCE.application_id: frozenset({"Directory.Read.All"})}


def test_the_documented_consent_link_posts_a_code_and_an_id_token(entra: RunningEntra) -> None:
    told = signed_in(
        entra,
        path="common/oauth2/authorize",
        response_type="code id_token",
        response_mode="form_post",
        scope="openid profile",
        nonce="a nonce",
    )

    keys = jwt.PyJWKSet.from_dict(entra.authority.keys.key_set()).keys
    claims = jwt.decode(
        told["id_token"], keys[0].key, ["RS256"], audience=seeds.VENDOR_APPLICATION_ID
    )
    assert claims["nonce"] == "a nonce"
    assert claims["tid"] == seeds.PARTNER_TENANT_ID
    assert claims["amr"] == ["pwd", "mfa"]
    assert GLOBAL_ADMINISTRATOR in claims["wids"]
    tenant = entra.directory.tenants[seeds.PARTNER_TENANT_ID]
    assert claims["groups"] == [tenant.group_id("AdminAgents")]
    assert told["code"]


def test_a_page_that_was_left_behind_does_nothing(entra: RunningEntra) -> None:
    begun = entra.http.get(address(entra))
    page = FormReader(begun.text)
    form = {"step": "consent", "answer": "accept"}

    answer = entra.http.post(f"{entra.url}{page.action}", data=form)

    assert "That page was left behind" in answer.text
    assert FormReader(answer.text).fields["step"] == "account"


def test_a_sign_in_is_over_after_a_quarter_of_an_hour(entra: RunningEntra) -> None:
    page = FormReader(entra.http.get(address(entra)).text)
    entra.clock.move(minutes=15)

    answer = entra.http.post(f"{entra.url}{page.action}", data={"step": "account"})

    assert answer.status_code == 400
    assert "This sign-in is over" in answer.text


def test_a_finished_sign_in_gives_no_second_code(entra: RunningEntra) -> None:
    page = FormReader(entra.http.get(address(entra)).text)
    account = {
        "step": "account",
        "answer": "accept",
        "account": seeds.AGENT,
        "password": seeds.PASSWORD,
    }
    for form in (account, {"step": "factor", "answer": "accept"}):
        entra.http.post(f"{entra.url}{page.action}", data=form)
    last = {"step": "consent", "answer": "accept"}
    entra.http.post(f"{entra.url}{page.action}", data=last, follow_redirects=False)

    answer = entra.http.post(f"{entra.url}{page.action}", data=last, follow_redirects=False)

    assert answer.status_code == 400
    assert "This sign-in is over" in answer.text
