"""Microsoft's tables that an environment's own working needs: webhooks, jobs, organization."""

from work365.emulators.dataverse.definitions import State
from work365.emulators.dataverse.security_tables import SECURITY_TABLES
from work365.emulators.dataverse.system_columns import (
    choice,
    lookup,
    moment,
    of_system,
    table,
    text,
    unique,
    whole,
    yes_no,
)

STEP_STATES = (
    State(value=0, label="Enabled", statuses={1: "Enabled"}),
    State(value=1, label="Disabled", statuses={2: "Disabled"}),
)
JOB_STATES = (
    State(value=0, label="Ready", statuses={0: "Waiting For Resources"}),
    State(value=1, label="Suspended", statuses={10: "Waiting"}),
    State(value=2, label="Locked", statuses={20: "In Progress", 21: "Pausing", 22: "Canceling"}),
    State(value=3, label="Completed", statuses={30: "Succeeded", 31: "Failed", 32: "Canceled"}),
)
WEBHOOK_CONTRACT = 8
CONTRACTS = {
    1: "OneWay",
    2: "Queue",
    3: "Rest",
    4: "TwoWay",
    5: "Topic",
    6: "Queue (Persistent)",
    7: "Event Hub",
    8: "Webhook",
    9: "Event Grid",
}
AUTHENTICATIONS = {
    0: "Not Specified",
    1: "ACS",
    2: "SAS Key",
    3: "SAS Token",
    4: "Webhook Key",
    5: "Http Header",
    6: "Http Query String",
    7: "Connection String",
    8: "Access Key",
    9: "Managed Identity",
}


SYSTEM_TABLES = (
    *SECURITY_TABLES,
    table(
        "organization",
        of_system(text("name", 160)),
        of_system(lookup("basecurrencyid", "transactioncurrency")),
        of_system(whole("languagecode")),
        yes_no("isauditenabled"),
        read_only=True,
        updatable=True,
    ),
    table(
        "serviceendpoint",
        text("name", 160),
        text("description", 2_000),
        text("url", 2_000),
        text("path", 160),
        text("solutionnamespace", 160),
        text("namespaceaddress", 160),
        choice("contract", CONTRACTS),
        choice("authtype", AUTHENTICATIONS, default=0),
        text("authvalue", 2_048, write_only=True),
        yes_no("isauthvalueset", read_only=True),
        choice("connectionmode", {1: "Normal", 2: "Federated"}, default=1),
        choice("messageformat", {1: "Binary XML", 2: "Json", 3: "Text XML"}, default=2),
        choice("userclaim", {1: "None", 2: "UserId", 3: "UserInfo"}, default=1),
    ),
    table("sdkmessage", text("name"), text("categoryname", 25), read_only=True),
    table(
        "sdkmessagefilter",
        text("name"),
        lookup("sdkmessageid", "sdkmessage"),
        text("primaryobjecttypecode", 64),
        text("secondaryobjecttypecode", 64),
        yes_no("iscustomprocessingstepallowed"),
        read_only=True,
    ),
    table(
        "sdkmessageprocessingstep",
        text("name"),
        text("description"),
        text("configuration", 100_000),
        choice(
            "stage",
            {10: "Pre-validation", 20: "Pre-operation", 40: "Post-operation"},
            default=40,
        ),
        choice("mode", {0: "Synchronous", 1: "Asynchronous"}, default=0),
        whole("rank"),
        choice(
            "supporteddeployment",
            {0: "Server Only", 1: "Microsoft Dynamics 365 Client for Outlook Only", 2: "Both"},
            default=0,
        ),
        choice("invocationsource", {-1: "Internal", 0: "Parent", 1: "Child"}, default=0),
        yes_no("asyncautodelete"),
        text("filteringattributes", 100_000),
        lookup("eventhandler", "serviceendpoint", navigation="eventhandler_serviceendpoint"),
        lookup("sdkmessageid", "sdkmessage"),
        lookup("sdkmessagefilterid", "sdkmessagefilter"),
        lookup("impersonatinguserid", "systemuser"),
        states=STEP_STATES,
    ),
    table(
        "sdkmessageprocessingstepimage",
        text("name"),
        text("entityalias"),
        text("attributes", 100_000),
        text("messagepropertyname"),
        choice("imagetype", {0: "PreImage", 1: "PostImage", 2: "Both"}),
        lookup("sdkmessageprocessingstepid", "sdkmessageprocessingstep", cascades=True),
    ),
    table(
        "asyncoperation",
        text("name"),
        whole("operationtype"),
        text("messagename", 160),
        text("message", 100_000),
        whole("errorcode"),
        whole("retrycount"),
        text("primaryentitytype", 128),
        unique("regardingobjectid"),
        unique("correlationid"),
        lookup("owningextensionid", "sdkmessageprocessingstep", cascades=True),
        moment("startedon"),
        moment("completedon"),
        states=JOB_STATES,
        read_only=True,
    ),
)
"""Tables that every environment has and that billing does not write."""
