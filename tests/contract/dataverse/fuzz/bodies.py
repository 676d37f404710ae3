"""Bodies: rows with values of right and wrong types, definitions, and what is no JSON at all."""

import json
from functools import cache
from typing import Any

from hypothesis import strategies as st

from tests.contract.dataverse.fuzz.queries import keys
from tests.contract.dataverse.fuzz.vocabulary import (
    AWKWARD_NUMBERS,
    GUIDS,
    MOMENTS,
    NAMESPACE,
    OTHER_ROW_ID,
    RARE,
    ROW_ID,
    TEXTS,
    Words,
    columns,
    navigations,
    rarely,
)
from work365.emulators.dataverse.seeds import PERSON_ID

Json = Any
DEEP = 3_000
BROKEN = (
    b"", b"{", b"[]", b"null", b"1", b'"x"', b"\xff\xfe", b"\xef\xbb\xbf{}", b'{"a":NaN}',
    b'{"name":"\\ud800"}', b'{"name":1e999}', b'{"name":"a","name":"b"}', b'{"":1}',
    b"[" * DEEP, b'{"a":' * DEEP, b'{"name":' + b"9" * 5_000 + b"}", b"{}x", b"\x00",
)  # fmt: skip
NUMBERS = st.one_of(
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from((2**31, 2**63, -(2**63) - 1, 10**30, 10**400, 0.1, 1e300, -0.0)),
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    NUMBERS,
    TEXTS,
    st.sampled_from((*MOMENTS, *GUIDS, *AWKWARD_NUMBERS)),
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)
FITTING: dict[str, st.SearchStrategy[Json]] = {
    "Edm.String": TEXTS,
    "Edm.Int32": st.integers(0, 10) | st.integers(365_000_000, 365_000_004),
    "Edm.Int64": st.integers(0, 10),
    "Edm.Decimal": st.integers(-1_000, 1_000) | st.sampled_from((0.5, 12.25)),
    "Edm.Boolean": st.booleans(),
    "Edm.Date": st.just("2026-01-31"),
    "Edm.DateTimeOffset": st.just("2026-01-31T10:20:30Z"),
    "Edm.Guid": st.sampled_from((ROW_ID, OTHER_ROW_ID)),
}
METADATA_KINDS = (
    "String", "Memo", "Money", "DateTime", "Boolean", "Decimal", "Integer", "BigInt", "Double",
    "Picklist", "MultiSelectPicklist", "Lookup", "UniqueIdentifier", "Image", "Nothing",
)  # fmt: skip
PRIMARY = {
    "@odata.type": f"{NAMESPACE}StringAttributeMetadata",
    "SchemaName": "new_Name",
    "IsPrimaryName": True,
    "MaxLength": 100,
}
SCHEMA_NAMES = st.sampled_from(
    (
        "new_Case",
        "new_Other",
        "new_Case",
        "Case",
        "new_",
        "",
        "new_" + "x" * 200,
        "w365_Billing",
        "1x",
    )
) | st.text(max_size=6)


@st.composite
def rows(draw: st.DrawFn, words: Words) -> dict[str, Json]:
    """Return a row of the table, where most values fit."""
    row: dict[str, Json] = {}
    for name in draw(st.lists(st.sampled_from(words.writable or (words.key,)), max_size=4)):
        fitting = FITTING.get(words.properties[name], ANYTHING)
        row[name] = draw(ANYTHING if draw(st.integers(1, RARE)) == RARE else fitting)
    for _ in range(draw(st.sampled_from((0, 0, 0, 0, 1, 1, 2)))):
        row.update(draw(draw(st.sampled_from(_UNUSUAL))(words)))
    return row


def _one(name: st.SearchStrategy[str], value: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    return st.tuples(name, value).map(lambda pair: {pair[0]: pair[1]})


def _bound(words: Words) -> st.SearchStrategy[Json]:
    names = navigations(words).map(lambda name: f"{name}@odata.bind")
    return _one(names, _references(words) | SCALARS)


def _nested(words: Words) -> st.SearchStrategy[Json]:
    return _one(navigations(words), ANYTHING)


def _typed(words: Words) -> st.SearchStrategy[Json]:
    return _one(st.just("@odata.type"), st.just(NAMESPACE + words.name) | TEXTS)


def _other(words: Words) -> st.SearchStrategy[Json]:
    ends = st.sampled_from(("", "@odata.type", "@x", "@odata.bind"))
    return _one(st.tuples(columns(words), ends).map("".join), SCALARS)


_UNUSUAL = (_bound, _bound, _nested, _typed, _other)


@cache
def _references(words: Words) -> st.SearchStrategy[str]:
    return st.one_of(
        keys(words).map(lambda key: f"/{words.entity_set}({key})"),
        st.sampled_from((f"/accounts({ROW_ID})", f"accounts({ROW_ID})", "$1", "$9", "", "/", "x")),
        st.just(f"http://localhost/api/data/v9.2/accounts({ROW_ID})"),
    )


@cache
def row_bodies(words: Words) -> st.SearchStrategy[bytes]:
    """Return the body of a request that writes a row."""
    return rarely(rows(words).map(encoded), st.sampled_from(BROKEN))


def encoded(value: Json) -> bytes:
    """Return a value as JSON; what has no UTF-8 is escaped."""
    return json.dumps(value).encode()


@cache
def bulk_bodies(words: Words) -> st.SearchStrategy[bytes]:
    """Return the body of a bulk action."""
    target = rows(words).map(lambda row: {"@odata.type": NAMESPACE + words.name, **row})
    with_key = st.tuples(target, keys(words)).map(
        lambda pair: {"@odata.id": f"{words.entity_set}({pair[1]})", **pair[0]}
    )
    with_id = st.tuples(target, st.sampled_from((ROW_ID, OTHER_ROW_ID))).map(
        lambda pair: {**pair[0], words.key: pair[1]}
    )
    targets = st.lists(rarely(target | with_id | with_key, ANYTHING), min_size=1, max_size=4)
    whole = targets.map(lambda listed: encoded({"Targets": listed}))
    return rarely(whole, ANYTHING.map(encoded) | st.sampled_from(BROKEN))


@cache
def value_bodies() -> st.SearchStrategy[bytes]:
    """Return the body of a request that sets one property, or a reference."""
    reference = st.sampled_from((f"accounts({ROW_ID})", "$1", "", f"contacts({ROW_ID})"))
    values = st.one_of(*FITTING.values(), ANYTHING).map(lambda value: encoded({"value": value}))
    references = reference.map(lambda url: encoded({"@odata.id": url}))
    return rarely(values | references, st.sampled_from(BROKEN))


def _label(text: object) -> Json:
    return {"LocalizedLabels": [{"Label": text, "LanguageCode": 1033}]}


@st.composite
def definitions(draw: st.DrawFn, kind: str) -> Json:
    """Return a definition of a column, a table, a key, a choice or a relationship."""
    name = draw(SCHEMA_NAMES)
    found: dict[str, Json] = {"SchemaName": name, "DisplayName": _label(name)}
    if kind == "column":
        found["@odata.type"] = (
            f"{NAMESPACE}{draw(st.sampled_from(METADATA_KINDS))}AttributeMetadata"
        )
    elif kind == "table":
        found["@odata.type"] = f"{NAMESPACE}EntityMetadata"
        found["OwnershipType"] = draw(
            st.sampled_from(("UserOwned", "OrganizationOwned", "None", 1))
        )
        primary = {**draw(_columns()), **draw(rarely(st.just(PRIMARY), ANYTHING.map(_flagged)))}
        found["Attributes"] = [primary, *draw(st.lists(_columns(), max_size=2))]
        found["DisplayCollectionName"] = _label(name)
    elif kind == "key":
        named = rarely(st.sampled_from(("name", "new_name", "new_case")), TEXTS)
        found["KeyAttributes"] = draw(st.lists(named, max_size=3))
    elif kind == "choice":
        found = {
            "Name": name,
            "IsGlobal": True,
            "OptionSetType": "Picklist",
            "Options": draw(_options()),
        }
        found["@odata.type"] = f"{NAMESPACE}OptionSetMetadata"
    else:
        found["@odata.type"] = f"{NAMESPACE}OneToManyRelationshipMetadata"
        found["ReferencedEntity"] = draw(rarely(st.sampled_from(("account", "new_case")), TEXTS))
        found["ReferencingEntity"] = draw(rarely(st.sampled_from(("account", "new_case")), TEXTS))
        found["Lookup"] = draw(_columns())
    if draw(st.booleans()):
        found.update(draw(st.dictionaries(_ASPECTS, ANYTHING, max_size=2)))
    return found


def _flagged(value: Json) -> Json:
    return {"IsPrimaryName": value}


@cache
def _columns() -> st.SearchStrategy[Json]:
    return st.tuples(st.sampled_from(METADATA_KINDS), SCHEMA_NAMES, st.integers(-1, 5_000)).map(
        lambda part: {
            "@odata.type": f"{NAMESPACE}{part[0]}AttributeMetadata",
            "SchemaName": part[1],
            "DisplayName": _label(part[1]),
            "MaxLength": part[2],
        }
    )


@cache
def _options() -> st.SearchStrategy[Json]:
    return st.lists(
        st.tuples(st.integers(-1, 3), TEXTS).map(
            lambda part: {"Value": part[0], "Label": _label(part[1])}
        )
        | ANYTHING,
        max_size=3,
    )


_ASPECTS = st.sampled_from(
    (
        "MaxLength", "MinValue", "MaxValue", "Precision", "OptionSet", "FormatName", "Attributes",
        "RequiredLevel", "DisplayName", "Description", "SchemaName", "LogicalName", "Targets",
        "KeyAttributes", "CascadeConfiguration", "Entity1LogicalName", "IntersectEntityName",
        "DateTimeBehavior", "AutoNumberFormat", "IsAuditEnabled", "MetadataId", "ReferencedEntity",
        "Colour", "OwnershipType", "ChangeTrackingEnabled", "Options", "DefaultValue",
    )
)  # fmt: skip


@cache
def definition_bodies(kind: str) -> st.SearchStrategy[bytes]:
    """Return the body of a request that writes a definition of a kind."""
    return rarely(definitions(kind).map(encoded), ANYTHING.map(encoded) | st.sampled_from(BROKEN))


_REFERENCE = st.just({"@odata.type": f"{NAMESPACE}account", "accountid": ROW_ID})
_USER = st.just({"@odata.type": f"{NAMESPACE}systemuser", "systemuserid": PERSON_ID})
_RIGHTS = st.sampled_from(("ReadAccess", "ReadAccess,WriteAccess", "None", "Nothing", ""))
_CHOICE = st.just("new_case")
_ID_CONDITION = {
    "AttributeName": "accountid",
    "Operator": "In",
    "Values": [{"Value": ROW_ID, "Type": "System.Guid"}],
}
PARAMETERS: dict[str, dict[str, st.SearchStrategy[Json]]] = {
    "GrantAccess": {
        "Target": _REFERENCE,
        "PrincipalAccess": st.fixed_dictionaries({"Principal": _USER, "AccessMask": _RIGHTS}),
    },
    "RevokeAccess": {"Target": _REFERENCE, "Revokee": _USER},
    "BulkDelete": {
        "JobName": TEXTS,
        "RecurrencePattern": st.just(""),
        "StartDateTime": st.sampled_from(MOMENTS),
        "QuerySet": st.just(
            [{"EntityName": "account", "Criteria": {"Conditions": [_ID_CONDITION]}}]
        ),
    },
    "PublishXml": {
        "ParameterXml": TEXTS | st.just("<importexportxml><entities/></importexportxml>")
    },
    "PublishAllXml": {},
    "InsertOptionValue": {
        "OptionSetName": _CHOICE,
        "Value": st.integers(-1, 5),
        "Label": TEXTS.map(_label),
    },
    "UpdateOptionValue": {
        "OptionSetName": _CHOICE,
        "Value": st.integers(-1, 5),
        "Label": TEXTS.map(_label),
        "MergeLabels": st.booleans(),
    },
    "DeleteOptionValue": {"OptionSetName": _CHOICE, "Value": st.integers(-1, 5)},
    "CreateEntities": {"Entities": st.lists(definitions("table"), max_size=2)},
    "ReactivateEntityKey": {"EntityLogicalName": _CHOICE, "EntityKeyLogicalName": _CHOICE},
    "AddPrivilegesRole": {
        "Privileges": st.lists(
            st.fixed_dictionaries(
                {
                    "PrivilegeId": st.sampled_from(GUIDS),
                    "Depth": st.sampled_from(("Basic", "1", "x")),
                }
            ),
            max_size=2,
        )
    },
}
PARAMETERS["ModifyAccess"] = PARAMETERS["GrantAccess"]
PARAMETERS["ReplacePrivilegesRole"] = PARAMETERS["AddPrivilegesRole"]


@st.composite
def action_bodies(draw: st.DrawFn, action: str) -> bytes:
    """Return the body of a call of an action."""
    body = {}
    for name, value in PARAMETERS.get(action, {}).items():
        body[name] = draw(rarely(value, ANYTHING))
        if draw(st.integers(1, RARE)) == RARE:
            del body[name]
    if draw(st.integers(1, RARE)) == RARE:
        body[draw(TEXTS)] = draw(ANYTHING)
    return encoded(body)
