"""Webhooks over real HTTP: registration, delivery, contents, failures."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any

import pytest

from tests.emulators.dataverse.conftest import Api, Body, refusal, served
from tests.emulators.dataverse.test_batches import change_set, request, send
from work365.emulators.dataverse import seeds
from work365.emulators.dataverse.app import create_app

CONTRACTS = "w365_billingcontracts"
MESSAGE_IDS = seeds.MESSAGE_IDS


@dataclass(frozen=True)
class Received:
    path: str
    headers: dict[str, str]
    body: Body


@dataclass
class Receiver:
    """A web server that keeps what is posted to it and answers as it is told."""

    url: str = ""
    received: list[Received] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    """Statuses of the next answers; 200 when there are none left."""

    release: Event = field(default_factory=Event)
    lock: Lock = field(default_factory=Lock)

    def take(self, received: Received) -> int:
        self.release.wait(10)
        with self.lock:
            self.received.append(received)
            return self.statuses.pop(0) if self.statuses else 200


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    kept = Receiver()
    kept.release.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers["Content-Length"]))
            received = Received(self.path, dict(self.headers), json.loads(text))
            self.send_response(kept.take(received))
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield kept
    kept.release.set()
    server.shutdown()
    thread.join()
    server.server_close()


def endpoint(api: Api, receiver: Receiver, **more: object) -> str:
    given: Body = {
        "name": "hook", "url": receiver.url, "contract": 8, "authtype": 5, "connectionmode": 1,
        "authvalue": '<settings><setting name="x-key" value="a&amp;b" /></settings>',
        "messageformat": 2, "userclaim": 1,
    }  # fmt: skip
    return api.create("serviceendpoints", **{**given, **more})


def step_body(
    api: Api, endpoint_id: str, message: str, table: str = "w365_billingcontract", **more: object
) -> Body:
    (found,) = api.value(
        f"sdkmessagefilters?$filter=primaryobjecttypecode eq '{table}' and "
        f"sdkmessageid/sdkmessageid eq {MESSAGE_IDS[message]}"
    )
    return {
        "name": f"ring: {message} of {table}", "stage": 40, "mode": 1, "rank": 1,
        "supporteddeployment": 0, "asyncautodelete": True,
        "eventhandler_serviceendpoint@odata.bind": f"/serviceendpoints({endpoint_id})",
        "sdkmessageid@odata.bind": f"/sdkmessages({MESSAGE_IDS[message]})",
        "sdkmessagefilterid@odata.bind": f"/sdkmessagefilters({found['sdkmessagefilterid']})",
        **more,
    }  # fmt: skip


def register(api: Api, receiver: Receiver, message: str, **more: Any) -> str:
    body = step_body(api, endpoint(api, receiver), message, **more)
    return api.create("sdkmessageprocessingsteps", **body)


def idle(api: Api) -> None:
    assert api.control("POST", "idle").status_code == 200


def pairs(entries: list[Body]) -> Body:
    return {entry["key"]: entry["value"] for entry in entries}


def target(received: Received) -> Body:
    return pairs(pairs(received.body["InputParameters"])["Target"]["Attributes"])


def test_a_creation_is_told_with_all_that_dataverse_added(api: Api, receiver: Receiver) -> None:
    step = register(api, receiver, "Create")
    account = api.account()

    row_id = api.create(
        CONTRACTS,
        w365_name="a/b",
        w365_starton="2026-01-31",
        **{"w365_Customer@odata.bind": f"/accounts({account})"},
    )
    idle(api)

    (received,) = receiver.received
    body, columns = received.body, target(received)
    lookup = "EntityReference:http://schemas.microsoft.com/xrm/2011/Contracts"
    assert (body["MessageName"], body["Stage"], body["Mode"], body["Depth"]) == ("Create", 40, 1, 1)
    assert (body["PrimaryEntityId"], body["PrimaryEntityName"]) == (row_id, "w365_billingcontract")
    assert body["OutputParameters"] == [{"key": "id", "value": row_id}]
    assert body["OwningExtension"]["Id"] == step
    assert body["UserId"] == body["InitiatingUserId"] == seeds.APPLICATION_USER_ID
    assert body["OperationCreatedOn"] == "/Date(1767225600000)/"
    assert columns["w365_name"] == "a/b"
    assert columns["w365_key"] == "CT-001000"
    assert columns["w365_starton"] == "/Date(1769817600000)/"
    assert columns["w365_status"]["Value"] == 365000001
    assert columns["createdon"] == "/Date(1767225600000)/"
    assert (columns["w365_customer"]["__type"], columns["w365_customer"]["Id"]) == (lookup, account)
    assert columns["modifiedonbehalfby"] is None
    assert "w365_endon" not in columns
    assert "versionnumber" not in columns
    shown = pairs(pairs(body["InputParameters"])["Target"]["FormattedValues"])
    assert shown["w365_status"] == "Active"
    parent = body["ParentContext"]
    assert parent["Stage"] == 30
    assert set(pairs(pairs(parent["InputParameters"])["Target"]["Attributes"])) == {
        "w365_name", "w365_starton", "w365_customer", "w365_billingcontractid",
    }  # fmt: skip
    (image,) = body["PostEntityImages"]
    assert image["key"] == "AsynchronousStepPrimaryName"
    assert set(pairs(image["value"]["Attributes"])) == {"w365_name", "w365_billingcontractid"}


def test_a_delivery_carries_its_key_and_names_its_row(api: Api, receiver: Receiver) -> None:
    register(api, receiver, "Create")

    api.contract()
    idle(api)

    (received,) = receiver.received
    headers = {name.lower(): value for name, value in received.headers.items()}
    assert headers["x-key"] == "a&b"
    assert headers["content-type"] == "application/json"
    assert headers["x-ms-dynamics-entity-name"] == "w365_billingcontract"
    assert headers["x-ms-dynamics-request-name"] == "Create"
    assert headers["x-ms-correlation-request-id"] == received.body["CorrelationId"]
    assert "x-ms-dynamics-msg-size-exceeded" not in headers


@pytest.mark.parametrize(
    ("authentication", "value", "path"),
    [
        (4, "a b&c", "/hook?code=a%20b%26c"),
        (6, '<settings><setting name="k" value="1" /><setting name="l" value="2" /></settings>',
         "/hook?k=1&l=2"),
    ],
)  # fmt: skip
def test_a_key_can_be_in_the_address(
    api: Api, receiver: Receiver, authentication: int, value: str, path: str
) -> None:
    hook = endpoint(api, receiver, authtype=authentication, authvalue=value)
    api.create("sdkmessageprocessingsteps", **step_body(api, hook, "Create"))

    api.contract()
    idle(api)

    assert [received.path for received in receiver.received] == [path]


def test_an_endpoint_never_tells_its_key(api: Api, receiver: Receiver) -> None:
    row = api.json(f"serviceendpoints({endpoint(api, receiver)})")

    assert row["isauthvalueset"] is True
    assert "authvalue" not in row
    assert api.get("serviceendpoints?$select=authvalue").status_code == 400


def test_an_update_is_told_with_what_changed(api: Api, receiver: Receiver) -> None:
    register(api, receiver, "Update")
    price_hook = step_body(api, endpoint(api, receiver), "Update", "productpricelevel")
    api.create("sdkmessageprocessingsteps", **price_hook)
    row_id = api.contract()
    price = api.create("productpricelevels", amount=5)

    api.call("PATCH", f"{CONTRACTS}({row_id})", {"w365_name": "new", "w365_endon": None})
    api.call("PATCH", f"productpricelevels({price})", {"amount": 7.5})
    idle(api)

    told = {each.body["PrimaryEntityName"]: each for each in receiver.received}
    columns = target(told["w365_billingcontract"])
    assert set(columns) == {
        "w365_name", "w365_endon", "w365_billingcontractid", "modifiedon", "modifiedby",
        "modifiedonbehalfby",
    }  # fmt: skip
    assert (columns["w365_name"], columns["w365_endon"]) == ("new", None)
    assert told["w365_billingcontract"].body["OutputParameters"] == []
    money = target(told["productpricelevel"])
    assert money["amount"]["Value"] == money["amount_base"]["Value"] == 7.5
    assert money["amount"]["__type"].startswith("Money:")
    assert money["exchangerate"] == 1


def test_a_deletion_is_told_with_a_reference(api: Api, receiver: Receiver) -> None:
    register(api, receiver, "Delete")
    row_id = api.contract()

    api.call("DELETE", f"{CONTRACTS}({row_id})")
    idle(api)

    (received,) = receiver.received
    reference = pairs(received.body["InputParameters"])["Target"]
    assert (reference["Id"], reference["LogicalName"]) == (row_id, "w365_billingcontract")
    assert reference["__type"].startswith("EntityReference:")
    assert received.body["PostEntityImages"] == []


def test_an_update_rings_only_if_a_filtering_attribute_was_given(
    api: Api, receiver: Receiver
) -> None:
    register(api, receiver, "Update", filteringattributes="w365_status, w365_endon")
    row = f"{CONTRACTS}({api.contract()})"

    api.call("PATCH", row, {"w365_name": "unheard"})
    api.call("PATCH", row, {"w365_endon": "2026-05-05"})
    idle(api)

    assert ["w365_endon" in target(each) for each in receiver.received] == [True]


def test_images_show_the_row_as_it_was_and_is(api: Api, receiver: Receiver) -> None:
    step = register(api, receiver, "Update")
    for alias, kind, attributes in (("before", 0, "w365_name"), ("both", 2, None)):
        api.create(
            "sdkmessageprocessingstepimages",
            name=alias,
            entityalias=alias,
            imagetype=kind,
            attributes=attributes,
            messagepropertyname="Target",
            **{"sdkmessageprocessingstepid@odata.bind": f"/sdkmessageprocessingsteps({step})"},
        )
    row_id = api.contract("old")

    api.call("PATCH", f"{CONTRACTS}({row_id})", {"w365_name": "new"})
    idle(api)

    (received,) = receiver.received
    before, after = (
        {name: pairs(entity["Attributes"]) for name, entity in pairs(received.body[key]).items()}
        for key in ("PreEntityImages", "PostEntityImages")
    )
    assert before["before"] == {"w365_name": "old", "w365_billingcontractid": row_id}
    assert (before["both"]["w365_name"], after["both"]["w365_name"]) == ("old", "new")
    assert after["both"]["w365_key"] == "CT-001000"
    assert "before" not in after


def test_bulk_actions_and_change_sets_ring_for_each_row(api: Api, receiver: Receiver) -> None:
    register(api, receiver, "Create")
    kind = {"@odata.type": "Microsoft.Dynamics.CRM.w365_billingcontract"}

    api.call(
        "POST",
        f"{CONTRACTS}/Microsoft.Dynamics.CRM.CreateMultiple",
        {"Targets": [{**kind, "w365_name": name} for name in "abc"]},
    )
    idle(api)

    assert sorted(target(each)["w365_name"] for each in receiver.received) == ["a", "b", "c"]
    assert len({each.body["CorrelationId"] for each in receiver.received}) == 1


def test_what_is_rolled_back_does_not_ring(api: Api, receiver: Receiver) -> None:
    register(api, receiver, "Create")
    api.contract(w365_key="taken")

    api.call("POST", CONTRACTS, {"w365_key": "taken"})
    idle(api)

    assert len(receiver.received) == 1


def test_a_tag_and_a_correlation_id_are_handed_on(api: Api, receiver: Receiver) -> None:
    register(api, receiver, "Create")
    correlation = "22222222-2222-4222-8222-222222222222"

    api.call(
        "POST",
        f"{CONTRACTS}?tag=mine",
        {"w365_name": "x"},
        **{"x-ms-correlation-request-id": correlation},
    )
    api.contract()
    idle(api)

    tagged, plain = sorted(receiver.received, key=lambda each: target(each)["w365_key"])
    assert tagged.body["SharedVariables"] == [{"key": "tag", "value": "mine"}]
    assert tagged.body["CorrelationId"] == correlation
    assert plain.body["SharedVariables"] == []


def test_a_tag_inside_a_batch_is_handed_on(api: Api, receiver: Receiver) -> None:
    register(api, receiver, "Create")
    address = f"/api/data/v9.2/{CONTRACTS}?tag=mine"

    send(
        api,
        request("POST", address, {"w365_name": "alone"}),
        change_set(request("POST", address, {"w365_name": "together"}, content_id=1)),
    )
    idle(api)

    shared = [each.body["SharedVariables"] for each in receiver.received]
    assert shared == [[{"key": "tag", "value": "mine"}]] * 2


def test_an_origin_can_be_told_by_its_user(api: Api, receiver: Receiver) -> None:
    register(api, receiver, "Create")

    api.call(
        "POST",
        CONTRACTS,
        {"w365_name": "x"},
        Authorization=f"Bearer user:{seeds.PERSON_ID}",
    )
    idle(api)

    (received,) = receiver.received
    assert received.body["UserId"] == seeds.PERSON_ID
    assert received.body["UserAzureActiveDirectoryObjectId"] == seeds.PERSON_OBJECT_ID


def test_a_message_over_256_kilobytes_is_stripped(api: Api, receiver: Receiver) -> None:
    body = step_body(api, endpoint(api, receiver), "Create", "w365_job")
    api.create("sdkmessageprocessingsteps", **body)

    api.create("w365_jobs", w365_name="x", w365_key="x", w365_message="ä" * 70_000)
    idle(api)

    (received,) = receiver.received
    headers = {name.lower(): value for name, value in received.headers.items()}
    assert headers["x-ms-dynamics-msg-size-exceeded"] == "true"
    assert {"PrimaryEntityId", "MessageName", "SharedVariables"} <= set(received.body)
    assert not {
        "ParentContext", "InputParameters", "PreEntityImages", "PostEntityImages"
    } & set(received.body)  # fmt: skip


def jobs(api: Api) -> list[tuple[int, int]]:
    return [(row["statecode"], row["statuscode"]) for row in api.value("asyncoperations")]


@pytest.mark.parametrize(
    ("statuses", "attempts", "kept"),
    [([200], 1, []), ([204], 1, []), ([503, 200], 2, []), ([502, 504], 2, [(3, 31)]),
     ([500], 1, [(3, 31)]), ([429], 1, [(3, 31)]), ([302], 1, [(3, 31)])],
)  # fmt: skip
def test_there_is_one_more_attempt_after_some_failures_only(
    api: Api, receiver: Receiver, statuses: list[int], attempts: int, kept: list[tuple[int, int]]
) -> None:
    register(api, receiver, "Create")
    receiver.statuses = list(statuses)

    api.contract()
    idle(api)

    (delivery,) = api.control("GET", "webhooks").json()["deliveries"]
    assert len(receiver.received) == attempts == delivery["attempts"]
    assert delivery["status"] == statuses[-1]
    assert jobs(api) == kept


def test_a_webhook_that_nobody_answers_fails_and_can_be_looked_for(
    api: Api, receiver: Receiver
) -> None:
    receiver.url = "http://127.0.0.1:9/nobody"
    step = register(api, receiver, "Create")

    row_id = api.contract()
    idle(api)

    (row,) = api.value(
        f"asyncoperations?$filter=statuscode eq 31 and _owningextensionid_value eq {step}"
    )
    assert row["regardingobjectid"] == row_id
    assert "ConnectError" in row["message"]


def test_a_step_can_keep_its_successes(api: Api, receiver: Receiver) -> None:
    register(api, receiver, "Create", asyncautodelete=False)

    api.contract()
    idle(api)

    assert jobs(api) == [(3, 30)]


def test_a_synchronous_webhook_says_yes_or_rolls_back(api: Api, receiver: Receiver) -> None:
    register(api, receiver, "Create", mode=0)
    receiver.statuses = [200, 500]

    accepted = api.call("POST", CONTRACTS, {"w365_name": "a"})
    refused = api.call("POST", CONTRACTS, {"w365_name": "b"})

    assert accepted.status_code == 204
    assert refusal(refused)[:2] == (400, "0x80040265")
    assert [row["w365_name"] for row in api.value(CONTRACTS)] == ["a"]
    assert receiver.received[0].body["IsInTransaction"] is True
    assert receiver.received[0].body["PostEntityImages"] == []


@pytest.mark.parametrize(
    ("headers", "modes"),
    [
        ({}, [0, 1]),
        ({"MSCRM.BypassCustomPluginExecution": "true"}, [1]),
        ({"MSCRM.BypassBusinessLogicExecution": "CustomSync"}, [1]),
        ({"MSCRM.BypassBusinessLogicExecution": "CustomAsync"}, [0]),
        ({"MSCRM.BypassBusinessLogicExecution": "CustomSync,CustomAsync"}, []),
    ],
)
def test_a_bypass_skips_the_steps_that_it_names(
    api: Api, receiver: Receiver, headers: dict[str, str], modes: list[int]
) -> None:
    hook = endpoint(api, receiver)
    for mode in (0, 1):
        body = step_body(api, hook, "Create", mode=mode)
        api.create("sdkmessageprocessingsteps", **body)

    api.call("POST", CONTRACTS, {"w365_name": "x"}, **headers)
    idle(api)

    assert sorted(each.body["Mode"] for each in receiver.received) == modes


def test_a_step_can_be_disabled_and_deleted_with_its_images(api: Api, receiver: Receiver) -> None:
    step = register(api, receiver, "Update")
    api.create(
        "sdkmessageprocessingstepimages",
        entityalias="x",
        imagetype=0,
        messagepropertyname="Target",
        **{"sdkmessageprocessingstepid@odata.bind": f"/sdkmessageprocessingsteps({step})"},
    )
    row = f"{CONTRACTS}({api.contract()})"

    api.call("PATCH", f"sdkmessageprocessingsteps({step})", {"statecode": 1, "statuscode": 2})
    api.call("PATCH", row, {"w365_name": "b"})
    idle(api)
    deleted = api.call("DELETE", f"sdkmessageprocessingsteps({step})")

    assert receiver.received == []
    assert deleted.status_code == 204
    assert api.value("sdkmessageprocessingstepimages") == []


def test_a_step_without_a_filter_is_for_every_table(api: Api, receiver: Receiver) -> None:
    body = step_body(api, endpoint(api, receiver), "Create")
    body.pop("sdkmessagefilterid@odata.bind")
    api.create("sdkmessageprocessingsteps", **body)

    api.account()
    idle(api)

    assert [each.body["PrimaryEntityName"] for each in receiver.received] == ["account"]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"eventhandler_ServiceEndpoint@odata.bind": "/serviceendpoints(x)"}, 400, "0x80048d19"),
        ({"eventhandler_serviceendpoint@odata.bind": None}, 400, "0x80040203"),
        ({"stage": 20}, 400, "0x80040203"),
        ({"stage": 30}, 400, "0x8004431a"),
        ({"filteringattributes": "w365_name"}, 400, "0x80040203"),
        ({"sdkmessageid@odata.bind": f"/sdkmessages({MESSAGE_IDS['Assign']})"}, 501, "0x80040219"),
    ],
)
def test_a_step_that_cannot_be_is_refused(
    api: Api, receiver: Receiver, change: Body, status: int, code: str
) -> None:
    body = {**step_body(api, endpoint(api, receiver), "Create"), **change}

    assert refusal(api.call("POST", "sdkmessageprocessingsteps", body))[:2] == (status, code)


@pytest.mark.parametrize(
    ("change", "status"),
    [({"contract": 7}, 501), ({"authtype": 2}, 501), ({"url": "ftp://x"}, 400),
     ({"url": None}, 400)],
)  # fmt: skip
def test_an_endpoint_that_cannot_be_is_refused(
    api: Api, receiver: Receiver, change: Body, status: int
) -> None:
    body = {"url": receiver.url, "contract": 8, "authtype": 5, **change}

    assert api.call("POST", "serviceendpoints", body).status_code == status


@pytest.mark.parametrize(
    ("message", "kind", "name", "code"),
    [("Create", 0, "Id", "0x8004416d"), ("Create", 1, "Target", "0x8004416b"),
     ("Delete", 1, "Target", "0x8004416d"), ("Update", 2, "Id", "0x8004416b")],
)  # fmt: skip
def test_an_image_that_cannot_be_is_refused(
    api: Api, receiver: Receiver, message: str, kind: int, name: str, code: str
) -> None:
    step = register(api, receiver, message)
    bind = {"sdkmessageprocessingstepid@odata.bind": f"/sdkmessageprocessingsteps({step})"}

    answer = api.call(
        "POST",
        "sdkmessageprocessingstepimages",
        {"entityalias": "x", "imagetype": kind, "messagepropertyname": name, **bind},
    )
    without_step = api.call("POST", "sdkmessageprocessingstepimages", {"imagetype": 0})

    assert refusal(answer)[:2] == (400, code)
    assert refusal(without_step)[:2] == (400, "0x80040203")


def test_waiting_for_quiet_ends_in_time_or_with_a_failure(api: Api, receiver: Receiver) -> None:
    register(api, receiver, "Create")
    receiver.release.clear()

    api.contract()
    busy = api.control("POST", "idle", {"timeout_seconds": 0})
    pending = api.control("GET", "webhooks").json()["pending"]
    receiver.release.set()
    idle(api)

    assert (busy.status_code, pending) == (504, 1)
    assert api.control("GET", "webhooks").json()["pending"] == 0


@pytest.mark.parametrize(
    ("faults", "count"), [({"drop_percent": 100}, 0), ({"duplicate_percent": 100}, 6), ({}, 3)]
)
def test_messages_are_lost_and_doubled_on_purpose(
    api: Api, receiver: Receiver, faults: Body, count: int
) -> None:
    register(api, receiver, "Create")
    api.control("POST", "faults", {"webhooks": faults})

    for name in "abc":
        api.contract(name)
    idle(api)

    assert len(receiver.received) == count
    deliveries = api.control("GET", "webhooks").json()["deliveries"]
    assert len(deliveries) == max(count, 3)


def test_messages_come_late_and_out_of_order_on_purpose(api: Api, receiver: Receiver) -> None:
    register(api, receiver, "Create")
    api.control("POST", "faults", {"webhooks": {"seed": 1, "delay_ms_max": 200}})

    for number in range(6):
        api.contract(str(number))
    idle(api)

    names = [target(each)["w365_name"] for each in receiver.received]
    assert sorted(names) == list("012345")
    assert names != list("012345")


def test_a_loop_through_a_webhook_is_ended(api: Api, receiver: Receiver) -> None:
    register(api, receiver, "Update", filteringattributes="w365_name")
    path = f"{CONTRACTS}({api.contract()})"
    headers: dict[str, str] = {}
    statuses = []
    for number in range(9):
        answer = api.call("PATCH", path, {"w365_name": str(number)}, **headers)
        statuses.append(answer.status_code)
        idle(api)
        correlation = receiver.received[-1].headers["x-ms-correlation-request-id"]
        headers = {"x-ms-correlation-request-id": correlation}

    assert statuses == [204] * 8 + [400]
    assert refusal(answer)[1] == "0x80044182"
    assert [each.body["Depth"] for each in receiver.received] == list(range(1, 9))


def test_a_correlation_of_the_callers_own_is_no_loop(api: Api, receiver: Receiver) -> None:
    register(api, receiver, "Update")
    path = f"{CONTRACTS}({api.contract()})"
    header = {"x-ms-correlation-request-id": "22222222-2222-4222-8222-222222222222"}

    answers = [api.call("PATCH", path, {"w365_name": str(n)}, **header) for n in range(12)]

    assert {answer.status_code for answer in answers} == {204}


def test_a_step_is_left_out_where_the_caller_names_it(api: Api, receiver: Receiver) -> None:
    left_out = register(api, receiver, "Create")
    told = register(api, receiver, "Create")

    api.call(
        "POST", CONTRACTS, {"w365_name": "x"},
        **{"MSCRM.BypassBusinessLogicExecutionStepIds": left_out.upper()},
    )  # fmt: skip
    idle(api)

    assert [each.body["OwningExtension"]["Id"] for each in receiver.received] == [told]


@pytest.mark.parametrize("ids", ["x", ",".join([seeds.PERSON_ID[:-1] + end for end in "abcd"])])
def test_steps_to_leave_out_are_three_ids_at_most(api: Api, ids: str) -> None:
    answer = api.get("WhoAmI", **{"MSCRM.BypassBusinessLogicExecutionStepIds": ids})

    assert refusal(answer)[:2] == (400, "0x80040203")


def test_an_owner_that_is_a_team_is_told_as_one(api: Api, receiver: Receiver) -> None:
    register(api, receiver, "Create")
    row_id = api.create("teams", name="Owners")
    body = {"@odata.id": f"roles({seeds.ADMINISTRATOR_ROLE_ID})"}
    api.call("POST", f"teams({row_id})/teamroles_association/$ref", body)

    api.contract(**{"ownerid@odata.bind": f"/teams({row_id})"})
    idle(api)

    owner = target(receiver.received[0])["ownerid"]
    assert (owner["LogicalName"], owner["Id"]) == ("team", row_id)


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("https://billing.example/hook", 204),
        ("http://billing.example/hook", 204),
        ("https://billing.example:443/hook", 204),
        ("https://billing.example:8443/hook", 400),
        ("http://billing.example:99999/hook", 400),
    ],
)
def test_where_ports_are_minded_there_are_two(url: str, status: int) -> None:
    with served(create_app(state=None, minds_webhook_ports=True)) as root:
        api = Api(root)
        body = {"name": "hook", "url": url, "contract": 8, "authtype": 4, "authvalue": "key"}
        answer = api.call("POST", "serviceendpoints", body)
        api.http.close()

    assert answer.status_code == status
