"""Microsoft's tables that an environment's own working needs: webhooks, jobs, organization."""

from dataclasses import replace

from work365.emulators.dataverse.definitions import (
    ColumnDefinition,
    Kind,
    State,
    TableDefinition,
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
WHOLE_LIMIT = 2_147_483_647
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


def _text(name: str, max_length: int = 256, *, write_only: bool = False) -> ColumnDefinition:
    return ColumnDefinition(
        name=name,
        schema_name=name,
        kind=Kind.TEXT,
        max_length=max_length,
        write_only=write_only,
    )


def _whole(name: str) -> ColumnDefinition:
    return ColumnDefinition(
        name=name,
        schema_name=name,
        kind=Kind.WHOLE,
        minimum=-WHOLE_LIMIT - 1,
        maximum=WHOLE_LIMIT,
    )


def _choice(name: str, options: dict[int, str], *, default: int | None = None) -> ColumnDefinition:
    return ColumnDefinition(
        name=name, schema_name=name, kind=Kind.CHOICE, options=options, default=default
    )


def _yes_no(name: str, *, read_only: bool = False) -> ColumnDefinition:
    return ColumnDefinition(
        name=name,
        schema_name=name,
        kind=Kind.YES_NO,
        options={0: "No", 1: "Yes"},
        default=0,
        read_only=read_only,
    )


def _moment(name: str) -> ColumnDefinition:
    return ColumnDefinition(name=name, schema_name=name, kind=Kind.MOMENT)


def _unique(name: str) -> ColumnDefinition:
    return ColumnDefinition(name=name, schema_name=name, kind=Kind.UNIQUE)


def _lookup(
    name: str, target: str, *, navigation: str = "", cascades: bool = False
) -> ColumnDefinition:
    return ColumnDefinition(
        name=name,
        schema_name=navigation or name,
        kind=Kind.LOOKUP,
        target=target,
        cascades=cascades,
    )


def _of_system(column: ColumnDefinition) -> ColumnDefinition:
    return replace(column, read_only=True)


def _table(
    name: str,
    *columns: ColumnDefinition,
    states: tuple[State, ...] = (),
    read_only: bool = False,
) -> TableDefinition:
    labels = {state.value: state.label for state in states}
    statuses = {value: label for state in states for value, label in state.statuses.items()}
    added = [
        _of_system(_moment("createdon")),
        _of_system(_moment("modifiedon")),
        *(
            _of_system(_lookup(by, "systemuser"))
            for by in ("createdby", "createdonbehalfby", "modifiedby", "modifiedonbehalfby")
        ),
        ColumnDefinition(
            name="versionnumber",
            schema_name="versionnumber",
            kind=Kind.VERSION,
            read_only=True,
        ),
    ]
    if states:
        for state_column, kind, options in (
            ("statecode", Kind.STATE, labels),
            ("statuscode", Kind.STATUS, statuses),
        ):
            added.append(
                ColumnDefinition(
                    name=state_column, schema_name=state_column, kind=kind, options=options
                )
            )
    every = (_unique(f"{name}id"), *columns, *added)
    return TableDefinition(
        name=name,
        set_name=f"{name}s",
        schema_name=name,
        primary_name="name",
        columns={column.name: column for column in every},
        states=states,
        read_only=read_only,
    )


SYSTEM_TABLES = (
    _table("businessunit", _text("name", 160), read_only=True),
    _table(
        "organization",
        _text("name", 160),
        _lookup("basecurrencyid", "transactioncurrency"),
        _whole("languagecode"),
        read_only=True,
    ),
    _table(
        "serviceendpoint",
        _text("name", 160),
        _text("description", 2_000),
        _text("url", 2_000),
        _text("path", 160),
        _text("solutionnamespace", 160),
        _text("namespaceaddress", 160),
        _choice("contract", CONTRACTS),
        _choice("authtype", AUTHENTICATIONS, default=0),
        _text("authvalue", 2_048, write_only=True),
        _yes_no("isauthvalueset", read_only=True),
        _choice("connectionmode", {1: "Normal", 2: "Federated"}, default=1),
        _choice("messageformat", {1: "Binary XML", 2: "Json", 3: "Text XML"}, default=2),
        _choice("userclaim", {1: "None", 2: "UserId", 3: "UserInfo"}, default=1),
    ),
    _table("sdkmessage", _text("name"), _text("categoryname", 25), read_only=True),
    _table(
        "sdkmessagefilter",
        _text("name"),
        _lookup("sdkmessageid", "sdkmessage"),
        _text("primaryobjecttypecode", 64),
        _text("secondaryobjecttypecode", 64),
        _yes_no("iscustomprocessingstepallowed"),
        read_only=True,
    ),
    _table(
        "sdkmessageprocessingstep",
        _text("name"),
        _text("description"),
        _text("configuration", 100_000),
        _choice(
            "stage",
            {10: "Pre-validation", 20: "Pre-operation", 40: "Post-operation"},
            default=40,
        ),
        _choice("mode", {0: "Synchronous", 1: "Asynchronous"}, default=0),
        _whole("rank"),
        _choice(
            "supporteddeployment",
            {0: "Server Only", 1: "Microsoft Dynamics 365 Client for Outlook Only", 2: "Both"},
            default=0,
        ),
        _choice("invocationsource", {-1: "Internal", 0: "Parent", 1: "Child"}, default=0),
        _yes_no("asyncautodelete"),
        _text("filteringattributes", 100_000),
        _lookup("eventhandler", "serviceendpoint", navigation="eventhandler_serviceendpoint"),
        _lookup("sdkmessageid", "sdkmessage"),
        _lookup("sdkmessagefilterid", "sdkmessagefilter"),
        _lookup("impersonatinguserid", "systemuser"),
        states=STEP_STATES,
    ),
    _table(
        "sdkmessageprocessingstepimage",
        _text("name"),
        _text("entityalias"),
        _text("attributes", 100_000),
        _text("messagepropertyname"),
        _choice("imagetype", {0: "PreImage", 1: "PostImage", 2: "Both"}),
        _lookup("sdkmessageprocessingstepid", "sdkmessageprocessingstep", cascades=True),
    ),
    _table(
        "asyncoperation",
        _text("name"),
        _whole("operationtype"),
        _text("messagename", 160),
        _text("message", 100_000),
        _whole("errorcode"),
        _whole("retrycount"),
        _text("primaryentitytype", 128),
        _unique("regardingobjectid"),
        _unique("correlationid"),
        _lookup("owningextensionid", "sdkmessageprocessingstep", cascades=True),
        _moment("startedon"),
        _moment("completedon"),
        states=JOB_STATES,
        read_only=True,
    ),
)
"""Tables that every environment has and that billing does not write."""
