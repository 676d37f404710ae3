"""The smaller areas: service requests, partners among themselves, MFA, fraud, consents."""

from typing import Any

import pytest

from tests.emulators.partner_center.stage import (
    AGENT,
    APP,
    APPLICATION,
    PROVIDER_AGENT,
    WITHOUT_MFA,
    Stage,
)
from work365.emulators.partner_center.app import Settings
from work365.emulators.partner_center.catalogue import AZURE_PLAN
from work365.emulators.partner_center.seeds import RESELLER

GRAPH_ID = "00000003-0000-0000-c000-000000000000"


class TestServiceRequests:
    def test_are_opened_noted_on_and_closed(self, stage: Stage) -> None:
        opened = stage.call(
            "POST",
            f"/v1/customers/{stage.customer}/servicerequests",
            {"Title": "Mail is late", "SupportTopicId": "32444671", "Description": "Since Monday"},
        ).json()
        path = f"/v1/servicerequests/{opened['id']}"
        stage.call("PATCH", path, {"Status": "none", "NewNote": {"Text": "Any news?"}})
        closed = stage.call("PATCH", path, {"Status": "closed"}).json()

        assert closed["status"] == "closed"
        assert closed["lastClosedDate"] != "0001-01-01T00:00:00"
        assert [note["text"] for note in closed["notes"]] == ["Any news?"]
        assert stage.get("/v1/servicerequests")["totalCount"] == 1

    def test_are_refused_without_a_topic(self, stage: Stage) -> None:
        answer = stage.call("POST", "/v1/servicerequests", {"Title": "Mail is late"})

        assert answer.status_code == 400


class TestPartners:
    def test_invite_customers_without_delegated_administration(self, stage: Stage) -> None:
        url = stage.get("/v1/customers/relationshiprequests")["url"]

        assert "DAP=false" in url
        assert next(iter(stage.world.partners)) in url

    def test_see_their_resellers_and_their_providers(self, stage: Stage) -> None:
        path = "/v1/relationships?relationship_type=IsIndirectCloudSolutionProviderOf"
        stage.world.add_partner(_reseller(stage))

        resellers = stage.get(path, PROVIDER_AGENT)["items"]
        none = stage.get(path)["items"]

        assert [each["id"] for each in resellers] == [RESELLER]
        assert none == []
        assert stage.call("GET", "/v1/relationships").status_code == 400

    def test_have_a_profile(self, stage: Stage) -> None:
        own = stage.get("/v1/profiles/mpn")
        other = stage.call("GET", "/v1/profiles/mpn?mpnId=1")

        assert own["mpnId"] == stage.world.partners[next(iter(stage.world.partners))].partner_id
        assert other.status_code == 404


def _reseller(stage: Stage) -> Any:
    partner = next(iter(stage.world.partners.values()))
    return type(partner)(RESELLER, "Strand IT", "strand.example", "6034600")


class TestMfa:
    def test_is_reported_by_request_and_by_day(self, stage: Stage) -> None:
        stage.running.twin.settings = Settings(demands_mfa=False)
        stage.get("/v1/customers")
        stage.get("/v1/customers", WITHOUT_MFA)
        stage.get("/v1/customers", APP)

        requests = stage.get("/v1/partnerRequests")["items"]
        days = stage.get("/v1/applicationmfaadoptionstatus")

        seen = [each for each in requests if each["operationName"] == "Get /v1/customers"]
        assert [each["mfaCompliant"] for each in seen] == [False, True]
        assert days[0]["totalRequestCount"] - days[0]["mfaCompliantRequestCount"] == 1

    @pytest.mark.parametrize(("token", "told"), [(AGENT, "true"), (WITHOUT_MFA, "false")])
    def test_is_told_where_it_is_asked_for(self, stage: Stage, token: str, told: str) -> None:
        stage.running.twin.settings = Settings(demands_mfa=False)

        answer = stage.call("GET", "/v1/customers", token=token, headers={"ValidateMfa": "true"})

        assert answer.headers["ismfacompliant"] == told


class TestFraud:
    def test_is_noticed_told_and_resolved(self, stage: Stage) -> None:
        entitlement = _entitlement(stage)
        event = stage.act("notice-fraud", entitlement=entitlement)["eventId"]
        open_events = stage.get("/v1/fraudEvents?EventStatus=Active")
        resolved = stage.call(
            "POST",
            f"/v1/fraudEvents/subscription/{entitlement}/status",
            {"EventIds": [event], "EventStatus": "Resolved", "ResolvedReason": "Fraud"},
        )

        assert [each["eventId"] for each in open_events] == [event]
        assert resolved.json()[0]["resolvedReason"] == "Fraud"
        assert stage.get("/v1/fraudEvents?EventStatus=Active") == []

    def test_of_what_is_not_there_is_refused(self, stage: Stage) -> None:
        noticed = stage.call(
            "POST", "/_emulator/v1/actions/notice-fraud", {"entitlement": "nothing"}
        )
        path = f"/v1/fraudEvents/subscription/{_entitlement(stage)}/status"
        unknown = stage.call("POST", path, {"EventStatus": "Resolved"})
        status = stage.call("POST", path, {"EventStatus": "Gone"})

        assert [each.status_code for each in (noticed, unknown, status)] == [400, 404, 400]


def _entitlement(stage: Stage) -> str:
    plans = stage.world.subscriptions.values()
    return next(
        each.entitlements[0].entitlement for each in plans if each.product_kind == AZURE_PLAN
    )


class TestConsents:
    def test_are_given_once_and_withdrawn(self, stage: Stage) -> None:
        path = f"/v1/customers/{stage.customer}/applicationconsents"
        codes = [
            stage.call("POST", path, _consent()).status_code,
            stage.call("POST", path, _consent()).status_code,
            stage.call("DELETE", f"{path}/{APPLICATION}").status_code,
            stage.call("DELETE", f"{path}/{APPLICATION}").status_code,
        ]

        assert codes == [201, 409, 204, 404]

    @pytest.mark.parametrize(
        ("changes", "status"),
        [
            ({"applicationId": "57667d41-992a-49b0-99d8-ddf68328373f"}, 403),
            ({"applicationGrants": []}, 400),
            (
                {
                    "applicationGrants": [
                        {"enterpriseApplicationId": GRAPH_ID, "scope": "User.Read User.Write"}
                    ]
                },
                400,
            ),
            ({"applicationGrants": [{"enterpriseApplicationId": "x", "scope": "User.Read"}]}, 400),
        ],
    )
    def test_are_refused_for_what_is_wrong(
        self, stage: Stage, changes: dict[str, Any], status: int
    ) -> None:
        path = f"/v1/customers/{stage.customer}/applicationconsents"

        assert stage.call("POST", path, _consent() | changes).status_code == status

    def test_need_a_role_at_the_customer_where_roles_are_asked_for(self, stage: Stage) -> None:
        stage.conduct(demands_gdap=True)

        answer = stage.call(
            "POST", f"/v1/customers/{stage.customer}/applicationconsents", _consent()
        )

        assert (answer.status_code, answer.json()["code"]) == (403, 900308)


def _consent() -> dict[str, Any]:
    return {
        "applicationId": APPLICATION,
        "applicationGrants": [
            {"enterpriseApplicationId": GRAPH_ID, "scope": "Directory.Read.All,User.Read.All"}
        ],
    }
