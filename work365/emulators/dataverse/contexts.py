"""Writes what a webhook is told: a RemoteExecutionContext, as .NET writes it to JSON."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

from work365.emulators.dataverse import seeds
from work365.emulators.dataverse.amounts import CURRENCY, concerns_money, has_currency
from work365.emulators.dataverse.calls import Caller
from work365.emulators.dataverse.definitions import ColumnDefinition, Kind, TableDefinition
from work365.emulators.dataverse.formatting import formatted_number
from work365.emulators.dataverse.steps import Image, Step
from work365.emulators.dataverse.transactions import Row, RowEvent
from work365.emulators.dataverse.values import SqlValue

CONTRACTS = "http://schemas.microsoft.com/xrm/2011/Contracts"
MAIN_OPERATION = 30
SIZE_MAX_BYTES = 256 * 1024
STRIPPED = ("ParentContext", "InputParameters", "PreEntityImages", "PostEntityImages")
"""What is left out of a message that is larger than `SIZE_MAX_BYTES`."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Json = dict[str, "JsonValue"]
JsonValue = str | int | bool | Decimal | None | list["JsonValue"] | Json


@dataclass(frozen=True, kw_only=True)
class Occasion:
    """What all contexts of one request have in common."""

    caller: Caller
    correlation_id: str
    operation_id: str
    created_on: datetime
    depth: int = 1
    """How often messages and what they set off have led to this one."""

    @classmethod
    def of(cls, caller: Caller, now: datetime) -> "Occasion":
        """Return the occasion of a request that is handled now."""
        return cls(
            caller=caller,
            correlation_id=caller.correlation_id or str(uuid4()),
            operation_id=str(uuid4()),
            created_on=now,
        )


@dataclass(frozen=True, kw_only=True)
class Message:
    """A context as text, and whether parts of it had to be left out."""

    body: bytes
    is_stripped: bool


def message_of(occasion: Occasion, event: RowEvent, step: Step) -> Message:
    """Return what the step's webhook is told of the event."""
    context = _context(occasion, event, step)
    body = encoded(context).encode()
    if len(body) <= SIZE_MAX_BYTES:
        return Message(body=body, is_stripped=False)
    kept = {name: value for name, value in context.items() if name not in STRIPPED}
    return Message(body=encoded(kept).encode(), is_stripped=True)


def encoded(value: JsonValue) -> str:
    """Return JSON with exact numbers, and slashes escaped as .NET escapes them."""
    match value:
        case Decimal():
            return format(value, "f")
        case dict():
            pairs = (f"{encoded(name)}:{encoded(each)}" for name, each in value.items())
            return f"{{{','.join(pairs)}}}"
        case list():
            return f"[{','.join(encoded(each) for each in value)}]"
        case _:
            return json.dumps(value, ensure_ascii=False).replace("/", "\\/")


def _pairs(values: Iterable[tuple[str, JsonValue]]) -> list[JsonValue]:
    return [{"key": name, "value": value} for name, value in values]


def _context(occasion: Occasion, event: RowEvent, step: Step) -> Json:
    target, parent_target = _targets(event)
    parent = _frame(occasion, event, step, stage=MAIN_OPERATION)
    parent["InputParameters"] = _pairs(
        [("Target", parent_target), ("SuppressDuplicateDetection", False)]
    )
    context = _frame(occasion, event, step, stage=step.stage)
    context["InputParameters"] = _pairs([("Target", target)])
    context["ParentContext"] = parent
    if event.message == "Create" and event.after is not None:
        context["OutputParameters"] = _pairs([("id", event.row_id)])
    context["PreEntityImages"] = _pairs(
        (image.alias, _image(event, event.before, image))
        for image in step.images
        if image.is_before and event.before is not None
    )
    after = [
        (image.alias, _image(event, event.after, image))
        for image in step.images
        if image.is_after and event.after is not None
    ]
    if step.is_asynchronous and event.after is not None:
        name_only = Image(
            alias="AsynchronousStepPrimaryName",
            is_before=False,
            is_after=True,
            attributes=frozenset((event.table.primary_name,)),
        )
        after.append((name_only.alias, _image(event, event.after, name_only)))
    context["PostEntityImages"] = _pairs(after)
    return context


def _frame(occasion: Occasion, event: RowEvent, step: Step, *, stage: int) -> Json:
    caller = occasion.caller
    shared = [("tag", caller.tag)] if caller.tag is not None else []
    extension = _reference("sdkmessageprocessingstep", step.step_id)
    extension.pop("__type")
    return {
        "BusinessUnitId": caller.business_unit_id,
        "CorrelationId": occasion.correlation_id,
        "Depth": occasion.depth,
        "InitiatingUserAgent": caller.user_agent,
        "InitiatingUserAzureActiveDirectoryObjectId": caller.object_id,
        "InitiatingUserId": caller.user_id,
        "InputParameters": [],
        "IsExecutingOffline": False,
        "IsInTransaction": not step.is_asynchronous,
        "IsOfflinePlayback": False,
        "IsolationMode": 1,
        "MessageName": event.message,
        "Mode": int(step.is_asynchronous),
        "OperationCreatedOn": _date(occasion.created_on),
        "OperationId": occasion.operation_id,
        "OrganizationId": seeds.ORGANIZATION_ID,
        "OrganizationName": seeds.ORGANIZATION_NAME,
        "OutputParameters": [],
        "OwningExtension": {**extension, "Name": step.name},
        "ParentContext": None,
        "PostEntityImages": [],
        "PreEntityImages": [],
        "PrimaryEntityId": event.row_id,
        "PrimaryEntityName": event.table.name,
        "RequestId": None if step.is_asynchronous else occasion.operation_id,
        "SecondaryEntityName": "none",
        "SharedVariables": _pairs(shared),
        "Stage": stage,
        "UserAzureActiveDirectoryObjectId": caller.object_id,
        "UserId": step.impersonated_user_id or caller.user_id,
    }


def _targets(event: RowEvent) -> tuple[Json, Json]:
    """Return the target as the operation made it, and as the caller gave it."""
    table = event.table
    if event.after is None:
        reference = _reference(table.name, event.row_id)
        return reference, reference
    given = {**event.given, table.primary_id: event.row_id}
    made: dict[str, SqlValue]
    if event.message == "Create":
        made = {name: value for name, value in event.after.items() if value is not None}
        made["modifiedonbehalfby"] = event.after["modifiedonbehalfby"]
        target = _entity(table, event.row_id, made, formatted=True)
    else:
        made = {name: event.after[name] for name in (*given, *_consequences(event))}
        target = _entity(table, event.row_id, made)
    return target, _entity(table, event.row_id, given)


def _consequences(event: RowEvent) -> list[str]:
    """Return the columns that an update sets by itself."""
    names = ["modifiedon", "modifiedby", "modifiedonbehalfby"]
    table = event.table
    if has_currency(table) and concerns_money(table, dict(event.given)):
        names += [CURRENCY, "exchangerate"]
        names += [f"{column.name}_base" for column in table.money]
    return [name for name in names if name not in event.given]


def _entity(
    table: TableDefinition, row_id: str, row: Mapping[str, SqlValue], *, formatted: bool = False
) -> Json:
    columns = [
        (table.columns[name], value) for name, value in row.items() if name != "versionnumber"
    ]
    shown = [
        (column.name, text)
        for column, value in columns
        if formatted and (text := _formatted(column, value)) is not None
    ]
    return {
        "__type": f"Entity:{CONTRACTS}",
        "Attributes": _pairs(
            (column.name, _value(column, value, row)) for column, value in columns
        ),
        "EntityState": None,
        "FormattedValues": _pairs(shown),
        "Id": row_id,
        "KeyAttributes": [],
        "LogicalName": table.name,
        "RelatedEntities": [],
        "RowVersion": None,
    }


def _image(event: RowEvent, row: Row | None, image: Image) -> Json:
    primary_id = event.table.primary_id
    kept = {
        name: value
        for name, value in (row or {}).items()
        if name == primary_id
        or (value is not None and (not image.attributes or name in image.attributes))
    }
    entity = _entity(event.table, event.row_id, kept)
    entity.pop("__type")
    return entity


def _reference(table_name: str, row_id: str) -> Json:
    return {
        "__type": f"EntityReference:{CONTRACTS}",
        "Id": row_id,
        "KeyAttributes": [],
        "LogicalName": table_name,
        "Name": None,
        "RowVersion": None,
    }


def _date(moment: datetime) -> str:
    return f"/Date({(moment - EPOCH) // timedelta(milliseconds=1)})/"


def _value(column: ColumnDefinition, value: SqlValue, row: Row) -> JsonValue:
    if value is None:
        return None
    match column.kind:
        case Kind.LOOKUP:
            is_team = column.name == "ownerid" and row.get("owningteam") == value
            return _reference("team" if is_team else column.target, str(value))
        case Kind.CHOICE | Kind.STATE | Kind.STATUS:
            return {"__type": f"OptionSetValue:{CONTRACTS}", "Value": value}
        case Kind.MONEY:
            return {"__type": f"Money:{CONTRACTS}", "Value": Decimal(value)}
        case Kind.DAY | Kind.MOMENT:
            return _date(datetime.fromisoformat(str(value)).replace(tzinfo=UTC))
        case _:
            return _plain(column, value)


def _plain(column: ColumnDefinition, value: str | int) -> JsonValue:
    if column.kind is Kind.YES_NO:
        return bool(value)
    if column.kind is Kind.CHOICES:
        kind = f"OptionSetValue:{CONTRACTS}"
        return [{"__type": kind, "Value": option} for option in options_of(value)]
    return Decimal(value) if column.is_number else value


def options_of(value: SqlValue) -> list[int]:
    """Return the options that a value of several is made of."""
    return [int(option) for option in str(value).split(",")]


def _formatted(column: ColumnDefinition, value: SqlValue) -> str | None:
    if value is None:
        return None
    if column.options:
        return "; ".join(column.options[option] for option in options_of(value))
    if column.kind in (Kind.WHOLE, Kind.DECIMAL, Kind.DOUBLE):
        return formatted_number(value, column.precision)
    if column.kind in (Kind.DAY, Kind.MOMENT):
        return str(value)
    return None
