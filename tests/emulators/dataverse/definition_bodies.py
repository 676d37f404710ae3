"""Bodies of definitions, as clients write them."""

from typing import Any

from tests.emulators.dataverse.conftest import Api

CRM = "Microsoft.Dynamics.CRM."
THING = "EntityDefinitions(LogicalName='new_thing')"
Body = dict[str, Any]


def label(text: str) -> Body:
    return {
        "@odata.type": f"{CRM}Label",
        "LocalizedLabels": [
            {"@odata.type": f"{CRM}LocalizedLabel", "Label": text, "LanguageCode": 1033}
        ],
    }


def label_text(found: Body) -> str:
    return str(found["UserLocalizedLabel"]["Label"])


def column(kind: str, name: str, **more: object) -> Body:
    return {
        "@odata.type": f"{CRM}{kind}AttributeMetadata",
        "SchemaName": name,
        "DisplayName": label(name.removeprefix("new_")),
        "RequiredLevel": {"Value": "None"},
        **more,
    }


def table(name: str = "new_Thing", **more: object) -> Body:
    return {
        "@odata.type": f"{CRM}EntityMetadata",
        "SchemaName": name,
        "DisplayName": label(name.removeprefix("new_")),
        "DisplayCollectionName": label(f"{name.removeprefix('new_')}s"),
        "Description": label("What there is."),
        "OwnershipType": "UserOwned",
        "IsActivity": False,
        "HasActivities": False,
        "HasNotes": False,
        "Attributes": [column("String", "new_Name", IsPrimaryName=True, MaxLength=100)],
        **more,
    }


def lookup_to(target: str, name: str = "new_Account", source: str = "new_thing") -> Body:
    return {
        "@odata.type": f"{CRM}OneToManyRelationshipMetadata",
        "SchemaName": f"new_{target}_{source}_{name.removeprefix('new_')}",
        "ReferencedEntity": target,
        "ReferencedAttribute": f"{target}id",
        "ReferencingEntity": source,
        "CascadeConfiguration": {
            "Assign": "NoCascade",
            "Delete": "RemoveLink",
            "Merge": "NoCascade",
            "Reparent": "NoCascade",
            "Share": "NoCascade",
            "Unshare": "NoCascade",
        },
        "AssociatedMenuConfiguration": {
            "Behavior": "UseCollectionName",
            "Group": "Details",
            "Order": 10_000,
        },
        "Lookup": column("Lookup", name),
    }


def choice(name: str = "new_size", **labels: int) -> Body:
    return {
        "@odata.type": f"{CRM}OptionSetMetadata",
        "Name": name,
        "DisplayName": label("Size"),
        "IsGlobal": True,
        "OptionSetType": "Picklist",
        "Options": [{"Value": value, "Label": label(text)} for text, value in labels.items()],
    }


def make(api: Api, path: str, body: Body, **headers: str) -> str:
    """Create a definition and return its id."""
    answer = api.call("POST", path, body, **headers)
    assert answer.status_code == 204, answer.text
    return str(answer.headers["OData-EntityId"].rsplit("(", 1)[1].rstrip(")"))


def make_thing(api: Api, *columns: Body) -> str:
    """Create the table of things with these columns, and return its id."""
    made = make(api, "EntityDefinitions", table())
    for each in columns:
        make(api, f"{THING}/Attributes", each)
    return made


def columns_of(api: Api, definition: str = THING) -> dict[str, Body]:
    return {row["LogicalName"]: row for row in api.value(f"{definition}/Attributes")}


def idle(api: Api) -> None:
    """Wait until no index of a key is being built."""
    assert api.control("POST", "idle").status_code == 200
