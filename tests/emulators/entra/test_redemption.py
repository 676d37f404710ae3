"""Codes and refresh tokens: what they are good for, how often, how long, and where."""

import pytest

from tests.emulators.entra.asking import (
    CHALLENGE,
    GRAPH,
    PARTNER_CENTER,
    PRICE_SHEETS,
    SCOPE,
    VERIFIER,
    ask,
    redeem,
    refresh,
    refresh_token,
    refusal,
    said,
    signed_in,
)
from tests.emulators.entra.person import Person
from tests.emulators.entra.running import REDIRECT, RunningEntra
from work365.emulators.entra import seeds
from work365.emulators.entra.resources import GRAPH as GRAPH_RESOURCE
from work365.emulators.entra.resources import PARTNER_CENTER as PARTNER_CENTER_RESOURCE
from work365.emulators.entra.tenants import (
    ADMIN_AGENTS,
    CLOUD_APPLICATION_ADMINISTRATOR,
    DelegatedAdmin,
)

CUSTOMER = seeds.CUSTOMERS[0].tenant_id
EVERYTHING = f"openid offline_access {PARTNER_CENTER}/.default"


def code(entra: RunningEntra, **query: str) -> str:
    return signed_in(entra, **query)["code"]


def test_a_code_gives_tokens_for_what_was_asked(entra: RunningEntra) -> None:
    answer = redeem(entra, code(entra))

    claims = said(entra, answer)
    assert claims.audience == PARTNER_CENTER
    assert claims.user_principal_name == seeds.AGENT
    assert claims.authentication_methods == ("pwd", "mfa")
    assert answer.json()["scope"] == f"openid {PARTNER_CENTER}/user_impersonation"


def test_a_code_is_good_once(entra: RunningEntra) -> None:
    given = code(entra)
    redeem(entra, given)

    assert refusal(redeem(entra, given)) == (400, "invalid_grant", [54005])


def test_a_code_is_good_for_ten_minutes(entra: RunningEntra) -> None:
    first, second = code(entra), code(entra)
    entra.clock.move(minutes=9, seconds=59)
    in_time = redeem(entra, first)

    entra.clock.move(seconds=1)

    assert in_time.status_code == 200
    assert refusal(redeem(entra, second)) == (400, "invalid_grant", [70008])


def test_a_code_is_good_with_its_verifier_only(entra: RunningEntra) -> None:
    pkce = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}

    right = redeem(entra, code(entra, **pkce), code_verifier=VERIFIER)
    wrong = redeem(entra, code(entra, **pkce), code_verifier=VERIFIER + "x")
    missing = redeem(entra, code(entra, **pkce))
    unasked = redeem(entra, code(entra), code_verifier=VERIFIER)

    assert right.status_code == 200
    for answer in (wrong, missing, unasked):
        assert refusal(answer) == (400, "invalid_grant", [501481])


def test_a_code_whose_verifier_did_not_match_is_used_up(entra: RunningEntra) -> None:
    given = code(entra, code_challenge=CHALLENGE, code_challenge_method="S256")
    redeem(entra, given, code_verifier="wrong")

    assert refusal(redeem(entra, given, code_verifier=VERIFIER))[2] == [54005]


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"redirect_uri": f"{REDIRECT}/"}, (400, "invalid_client", [500112])),
        ({"client_id": seeds.APPLICATION_ID}, (400, "invalid_grant", [700007])),
        ({"code": "1.made-up"}, (400, "invalid_grant", [70000])),
        ({"code": ""}, (400, "invalid_request", [900144])),
        ({"client_secret": ""}, (401, "invalid_client", [7000218])),
        ({"scope": f"{GRAPH}/User.Read {SCOPE}"}, (400, "invalid_scope", [28000])),
    ],
)
def test_a_code_is_refused_in_entras_words(
    entra: RunningEntra, form: dict[str, str], expected: tuple[int, str, list[int]]
) -> None:
    assert refusal(redeem(entra, **{"code": code(entra), **form})) == expected


def test_who_did_not_prove_itself_has_not_used_up_a_code(entra: RunningEntra) -> None:
    given = code(entra)
    redeem(entra, given, **{"client_secret": "wrong"})

    assert redeem(entra, given).status_code == 200


def test_the_first_version_redeems_a_code_for_a_resource(entra: RunningEntra) -> None:
    given = code(entra, path="common/oauth2/authorize", scope="openid", prompt="admin_consent")

    answer = ask(
        entra,
        "common",
        version="oauth2",
        client_id=seeds.VENDOR_APPLICATION_ID,
        grant_type="authorization_code",
        code=given,
        redirect_uri=REDIRECT,
        resource=PARTNER_CENTER,
    )

    body = answer.json()
    assert said(entra, answer).audience == PARTNER_CENTER
    assert body["scope"] == "user_impersonation"
    assert {"refresh_token", "id_token", "expires_on"} <= set(body)


def test_a_refresh_token_is_for_any_service_that_was_consented_to(entra: RunningEntra) -> None:
    token = refresh_token(entra, scope=EVERYTHING)

    partner_center = said(entra, refresh(entra, token))
    prices = said(entra, refresh(entra, token, scope=f"{PRICE_SHEETS}/.default"))

    assert (partner_center.audience, prices.audience) == (PARTNER_CENTER, PRICE_SHEETS)


def test_each_redemption_gives_another_refresh_token_and_the_old_one_stays_good(
    entra: RunningEntra,
) -> None:
    first = refresh_token(entra)

    second = refresh(entra, first).json()["refresh_token"]
    third = refresh(entra, first).json()["refresh_token"]

    assert len({first, second, third}) == 3
    assert all(refresh(entra, token).status_code == 200 for token in (first, second, third))


def test_a_refresh_token_lives_for_ninety_days_from_its_own_beginning(
    entra: RunningEntra,
) -> None:
    first = refresh_token(entra)
    entra.clock.move(days=89)
    second = refresh(entra, first).json()["refresh_token"]

    entra.clock.move(days=1)

    assert refusal(refresh(entra, first)) == (400, "invalid_grant", [700082])
    assert refresh(entra, second).status_code == 200


def test_a_refresh_token_keeps_how_its_person_signed_in(entra: RunningEntra) -> None:
    without = refresh_token(entra, Person(entra.http, account=seeds.AGENT_WITHOUT_MFA))
    entra.control("PATCH", "users", user=seeds.AGENT_WITHOUT_MFA, does_mfa=True)

    again = refresh(entra, without)

    assert not said(entra, again).has_mfa
    assert not said(entra, refresh(entra, again.json()["refresh_token"])).has_mfa


def test_a_second_factor_may_be_wanted_later(entra: RunningEntra) -> None:
    token = refresh_token(entra, Person(entra.http, account=seeds.AGENT_WITHOUT_MFA))
    entra.control("PUT", "mfa", tenant=seeds.DOMAIN, resources=[PARTNER_CENTER])

    not_registered = refresh(entra, token)
    entra.control("PATCH", "users", user=seeds.AGENT_WITHOUT_MFA, does_mfa=True)
    registered = refresh(entra, token)

    assert refusal(not_registered) == (400, "interaction_required", [50079])
    assert refusal(registered) == (400, "interaction_required", [50076])


def test_revoked_sign_ins_are_over_and_new_ones_are_not(entra: RunningEntra) -> None:
    old = refresh_token(entra)
    old_code = code(entra)

    entra.control("POST", "users/revoke", user=seeds.AGENT)

    assert refusal(refresh(entra, old)) == (400, "invalid_grant", [50173])
    assert refusal(redeem(entra, old_code)) == (400, "invalid_grant", [50173])
    assert refresh(entra, refresh_token(entra)).status_code == 200


def test_a_withdrawn_consent_ends_its_tokens(entra: RunningEntra) -> None:
    token = refresh_token(entra)

    told = entra.control(
        "POST",
        "consents/withdraw",
        tenant=seeds.DOMAIN,
        client_id=seeds.VENDOR_APPLICATION_ID,
    )

    assert told.json() == {"withdrawn": 1}
    answer = refresh(entra, token)
    assert refusal(answer) == (400, "invalid_grant", [65001])
    assert answer.json()["suberror"] == "consent_required"


def test_one_consent_can_be_withdrawn_alone(entra: RunningEntra) -> None:
    token = refresh_token(entra, scope=EVERYTHING)

    entra.control(
        "POST",
        "consents/withdraw",
        tenant=seeds.DOMAIN,
        client_id=seeds.VENDOR_APPLICATION_ID,
        resource=PRICE_SHEETS,
    )

    assert refusal(refresh(entra, token, scope=f"{PRICE_SHEETS}/.default"))[2] == [65001]
    assert refresh(entra, token).status_code == 200


def test_a_scope_that_was_not_consented_to_is_refused(entra: RunningEntra) -> None:
    token = refresh_token(entra)

    assert refusal(refresh(entra, token, scope=f"{GRAPH}/User.Read.All"))[2] == [65001]
    assert refusal(refresh(entra, token, scope=f"{GRAPH}/Made.Up"))[2] == [650053]


def test_a_closed_account_gets_nothing(entra: RunningEntra) -> None:
    token = refresh_token(entra)
    entra.control("PATCH", "users", user=seeds.AGENT, is_enabled=False)

    assert refusal(refresh(entra, token)) == (400, "invalid_grant", [50057])


@pytest.mark.parametrize(
    ("token", "codes"), [("1.made-up", [70000]), ("", [900144])], ids=["made up", "missing"]
)
def test_what_is_no_refresh_token_is_refused(
    entra: RunningEntra, token: str, codes: list[int]
) -> None:
    assert refusal(refresh(entra, token))[2] == codes


def test_a_refresh_token_is_its_applications_alone(entra: RunningEntra) -> None:
    token = refresh_token(entra)

    answer = refresh(entra, token, client_id=seeds.APPLICATION_ID)

    assert refusal(answer) == (400, "invalid_grant", [700007])


def test_at_a_customer_it_takes_a_relationship_a_service_and_a_consent(
    entra: RunningEntra,
) -> None:
    token, directory = refresh_token(entra), entra.directory
    stranger = refresh(entra, token, CUSTOMER)
    roles = frozenset({CLOUD_APPLICATION_ADMINISTRATOR})
    directory.begin_delegated_admin(
        CUSTOMER,
        "relationship",
        DelegatedAdmin(partner_tenant_id=seeds.PARTNER_TENANT_ID, group=ADMIN_AGENTS, roles=roles),
    )
    without_service = refresh(entra, token, CUSTOMER)
    without_consent = refresh(entra, token, CUSTOMER, scope=f"{GRAPH}/.default")
    directory.consent(
        CUSTOMER,
        seeds.VENDOR_APPLICATION_ID,
        {GRAPH_RESOURCE.application_id: frozenset({"Directory.Read.All"})},
    )

    claims = said(entra, refresh(entra, token, CUSTOMER, scope=f"{GRAPH}/.default"))

    assert refusal(stranger) == (400, "invalid_grant", [50020])
    assert refusal(without_service) == (400, "invalid_client", [650052])
    assert refusal(without_consent) == (400, "invalid_grant", [65001])
    assert claims.tenant_id == CUSTOMER
    assert claims.directory_role_ids == roles
    assert claims.scopes == {"Directory.Read.All"}
    assert claims.has_mfa
    directory.end_delegated_admin(CUSTOMER, "relationship")
    assert refusal(refresh(entra, token, CUSTOMER))[2] == [50020]


def test_a_relationship_is_for_the_members_of_its_group(entra: RunningEntra) -> None:
    token = refresh_token(entra)
    entra.directory.begin_delegated_admin(
        CUSTOMER,
        "relationship",
        DelegatedAdmin(
            partner_tenant_id=seeds.PARTNER_TENANT_ID, group="HelpdeskAgents", roles=frozenset()
        ),
    )

    assert refusal(refresh(entra, token, CUSTOMER))[2] == [50020]


def test_a_consent_needs_the_services_principal(entra: RunningEntra) -> None:
    answer = entra.control(
        "POST",
        "consents",
        tenant=CUSTOMER,
        client_id=seeds.VENDOR_APPLICATION_ID,
        resource=PARTNER_CENTER,
        scopes=["user_impersonation"],
    )

    assert answer.status_code == 400
    assert "AADSTS650052" in answer.json()["error"]
    assert PARTNER_CENTER_RESOURCE.application_id in answer.json()["error"]


def test_profile_scopes_alone_are_for_graph(entra: RunningEntra) -> None:
    token = refresh_token(entra)

    claims = said(entra, refresh(entra, token, scope="openid profile"))

    assert claims.audience == GRAPH_RESOURCE.application_id


def test_the_first_version_wants_a_resource(entra: RunningEntra) -> None:
    token = refresh_token(entra)

    answer = ask(
        entra,
        "common",
        version="oauth2",
        client_id=seeds.VENDOR_APPLICATION_ID,
        grant_type="refresh_token",
        refresh_token=token,
    )

    assert refusal(answer) == (400, "invalid_request", [900144])
