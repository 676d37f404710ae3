"""Requests of all kinds, and batches of them."""

from dataclasses import dataclass, field, replace
from functools import cache
from urllib.parse import quote

from hypothesis import strategies as st

from tests.contract.dataverse.fuzz import bodies
from tests.contract.dataverse.fuzz.queries import keys, queries
from tests.contract.dataverse.fuzz.vocabulary import (
    GUIDS,
    MOMENTS,
    NAMES_UNKNOWN,
    NAMESPACE,
    ROW_ID,
    TEXTS,
    Words,
    columns,
    mangled,
    navigations,
    perhaps_mangled,
    rarely,
)

ROOT = "/api/data/v9.2/"
JSON = {"Content-Type": "application/json"}
SEQUENCE_MAX = 6
BATCHED_MAX = 5
METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE")
BULK = ("CreateMultiple", "UpdateMultiple", "UpsertMultiple")
BOUND_FUNCTIONS = ("RetrievePrincipalAccess", "RetrieveUserPrivileges")
BOUND_ACTIONS = ("AddPrivilegesRole", "ReplacePrivilegesRole", "RemovePrivilegeRole")
FUNCTIONS = (
    "WhoAmI", "WhoAmI()", "RetrieveTotalRecordCount", "RetrieveRecordChangeHistory", "$metadata",
    "RetrieveMetadataChanges", "RetrieveSharedPrincipalsAndAccess", "RetrieveRolePrivilegesRole",
    "RetrieveCurrentOrganization", "", *BOUND_FUNCTIONS,
)  # fmt: skip
ACTIONS = (
    "GrantAccess", "ModifyAccess", "RevokeAccess", "BulkDelete", "PublishXml", "PublishAllXml",
    "InsertOptionValue", "UpdateOptionValue", "DeleteOptionValue", "CreateEntities",
    "ReactivateEntityKey", *BOUND_ACTIONS,
)  # fmt: skip
ALIASES = (
    "", "@p1=x", "@p1=null", "@p1=[]", "@p1=[1]", "@p1=['account']", '@p1=["account","x"]',
    "@p1={}",
    '@p1={"Properties":{"PropertyNames":["LogicalName"]}}', "@p1={'@odata.id':'accounts(1)'}",
    f"@p1={{'@odata.id':'accounts({ROW_ID})'}}", '@p1={"Criteria":{"Conditions":[1]}}', "@p1=[[",
    '@p1={"AttributeQuery":{"Properties":[]}}', '@p1={"Criteria":null}', '@p1="\\ud800"',
)  # fmt: skip
COLUMN_PATHS = (
    "/Attributes", "/Attributes(LogicalName='new_case')", "/Attributes(LogicalName='name')",
    "/Attributes/Microsoft.Dynamics.CRM.PicklistAttributeMetadata", "/Attributes(1)",
    "/Attributes(LogicalName='new_case')/Microsoft.Dynamics.CRM.StringAttributeMetadata",
)  # fmt: skip
KEY_PATHS = ("/Keys", "/Keys", "/Keys(LogicalName='new_case')", "/Keys(x)")
CHOICE_PATHS = (
    "GlobalOptionSetDefinitions", "GlobalOptionSetDefinitions(Name='new_case')",
    f"GlobalOptionSetDefinitions({ROW_ID})",
)  # fmt: skip
RELATIONSHIP_PATHS = (
    "RelationshipDefinitions", "RelationshipDefinitions(SchemaName='new_case')",
    "RelationshipDefinitions/Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata",
)  # fmt: skip
DEFINITION_QUERIES = (
    "", "$select=LogicalName", "$select=Nothing", "$filter=LogicalName eq 'account'", "$filter=",
    "$filter=startswith(LogicalName,'a')", "$expand=Attributes", "$top=1", "$orderby=LogicalName",
    "$filter=OwnershipType eq Microsoft.Dynamics.CRM.OwnershipTypes'UserOwned'", "$select=",
    "$expand=OptionSet($select=Options)", "$filter=CanCreateAttributes/Value eq true",
    "$expand=Attributes($select=LogicalName;$filter=LogicalName eq 'x')",
    "$filter=IsCustomEntity eq true and not (LogicalName eq null or SchemaName ne 'x')",
)  # fmt: skip
HEADERS = st.one_of(
    st.tuples(
        st.just("Prefer"),
        st.lists(
            st.sampled_from(
                (
                    "return=representation", "odata.maxpagesize=2", "odata.maxpagesize=x",
                    'odata.include-annotations="*"', "odata.track-changes", "respond-async",
                    "odata.continue-on-error", 'odata.include-annotations="', "=",
                    "odata.maxpagesize=0",
                )
            ),
            max_size=3,
        ).map(",".join),
    ),
    st.tuples(
        st.sampled_from(("If-Match", "If-None-Match")),
        st.sampled_from(("*", "null", 'W/"1"', 'W/"x"', "", 'W/"' + "9" * 40 + '"')),
    ),
    st.tuples(
        st.sampled_from(
            (
                "MSCRMCallerID", "CallerObjectId", "MSCRM.SolutionUniqueName", "MSCRM.MergeLabels",
                "MSCRM.BypassCustomPluginExecution", "MSCRM.BypassBusinessLogicExecution",
                "MSCRM.BypassBusinessLogicExecutionStepIds", "MSCRM.SuppressDuplicateDetection",
                "Content-Type", "Accept", "OData-Version", "OData-MaxVersion", "Consistency",
                "Authorization", "Host", "Content-ID", "If-Modified-Since", "X-Nothing",
            )
        ),
        st.sampled_from((*GUIDS, *MOMENTS, "true", "false", "", "text/plain", "4.0", "x", "é")),
    ),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One request, as a server gets it."""

    method: str
    path: str
    """Percent-encoded, with the root."""

    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


def _encoded(text: str) -> str:
    return quote(text, safe="/()=,;:@$&'+*!~%?", errors="surrogatepass")


def _sent(method: str, path: str, query: str = "", body: bytes = b"") -> Sent:
    return Sent(
        method=method,
        path=_encoded(ROOT + path).replace("?", "%3F"),
        query=_encoded(query),
        body=body,
        headers=JSON if body else {},
    )


@st.composite
def _read(draw: st.DrawFn, words: Words) -> Sent:
    path = words.entity_set
    if draw(st.integers(0, 2)) == 0:
        path += f"({draw(keys(words))})"
        if draw(st.booleans()):
            path += "/" + draw(columns(words) | navigations(words))
    path += draw(rarely(st.just(""), st.sampled_from(("/$count", "/$ref", "/$value", "/x", "//"))))
    return _sent("GET", path, draw(queries(words)))


@st.composite
def _write(draw: st.DrawFn, words: Words) -> Sent:
    body = draw(bodies.row_bodies(words))
    query = draw(rarely(st.just(""), queries(words)))
    if draw(st.booleans()):
        return _sent("POST", words.entity_set, query, body)
    method = draw(rarely(st.sampled_from(("PATCH", "PATCH", "DELETE")), st.sampled_from(METHODS)))
    return _sent(method, f"{words.entity_set}({draw(keys(words))})", query, body)


@st.composite
def _write_part(draw: st.DrawFn, words: Words) -> Sent:
    """Write one property of a row, or what it refers to."""
    body = draw(bodies.value_bodies())
    row = f"{words.entity_set}({draw(keys(words))})/"
    if draw(st.booleans()):
        method = draw(rarely(st.sampled_from(("PUT", "DELETE")), st.sampled_from(METHODS)))
        query = draw(rarely(st.just(""), st.sampled_from(("$select=name", "$id=x"))))
        return _sent(method, row + draw(columns(words)), query, body)
    name = draw(navigations(words))
    end = draw(rarely(st.just("/$ref"), st.sampled_from(("", "(1)/$ref", "/$count", "/x"))))
    method = draw(st.sampled_from(("PUT", "POST", "DELETE", "DELETE", "GET")))
    query = draw(st.sampled_from(("", "", f"$id=accounts({ROW_ID})", "$id=accounts(1)", "$id=$1")))
    return _sent(method, f"{row}{name}{end}", query, body)


@st.composite
def _bulk(draw: st.DrawFn, words: Words) -> Sent:
    action = draw(
        rarely(st.sampled_from(BULK), st.sampled_from(("DeleteMultiple", "Nothing", "X")))
    )
    path = f"{words.entity_set}/{NAMESPACE}{action}"
    return _sent("POST", path, "", draw(bodies.bulk_bodies(words)))


@st.composite
def _call(draw: st.DrawFn, words: Words) -> Sent:
    """Call a function or an action, bound to a row or by itself."""
    if draw(st.booleans()):
        name = draw(rarely(st.sampled_from(FUNCTIONS), NAMES_UNKNOWN))
        if name in BOUND_FUNCTIONS:
            name = f"{words.entity_set}({draw(keys(words))})/{NAMESPACE}{name}"
        inside = draw(
            st.sampled_from(("", "(Target=@p1)", "(EntityNames=@p1)", "(Query=@p1)", "("))
        )
        return _sent("GET", name + inside, draw(st.sampled_from(ALIASES)))
    name = draw(rarely(st.sampled_from(ACTIONS), NAMES_UNKNOWN))
    body = draw(bodies.action_bodies(name))
    if name in BOUND_ACTIONS:
        name = f"roles({draw(keys(words))})/{NAMESPACE}{name}"
    return _sent("POST", name, "", body)


@st.composite
def _define(draw: st.DrawFn, words: Words) -> Sent:
    """Read or write definitions."""
    named = draw(st.sampled_from(("new_case", "new_case", "account", words.name, "x")))
    table = f"EntityDefinitions(LogicalName='{named}')"
    kind, path = draw(
        st.sampled_from(
            (
                *(("table", path) for path in ("EntityDefinitions", table)),
                *(("column", table + path) for path in COLUMN_PATHS),
                *(("key", table + path) for path in KEY_PATHS),
                *(("choice", path) for path in CHOICE_PATHS),
                *(("relationship", path) for path in RELATIONSHIP_PATHS),
                ("relationship", f"{table}/ManyToOneRelationships"),
                ("table", f"EntityDefinitions({ROW_ID})"),
            )
        )
    )
    is_one = path.endswith(")")
    method = draw(
        rarely(
            st.sampled_from(("GET", "PUT", "DELETE") if is_one else ("GET", "POST", "POST")),
            st.sampled_from(METHODS),
        )
    )
    if method == "GET":
        return _sent("GET", path, draw(perhaps_mangled(st.sampled_from(DEFINITION_QUERIES))))
    return _sent(method, path, "", draw(bodies.definition_bodies(kind)))


@st.composite
def _noise(draw: st.DrawFn, words: Words) -> Sent:
    """Something that is hardly a request at all."""
    path = draw(perhaps_mangled(st.just(f"{words.entity_set}(1)")) | TEXTS)
    method = draw(
        st.sampled_from(("GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS", "X"))
    )
    return _sent(method, path, draw(TEXTS), draw(st.sampled_from(bodies.BROKEN)))


@st.composite
def one(draw: st.DrawFn, tables: tuple[Words, ...]) -> Sent:
    """Return one request, with one header more now and then."""
    words = draw(st.sampled_from(tables))
    kind = draw(
        st.sampled_from(
            (
                _read,
                _read,
                _read,
                _write,
                _write,
                _write_part,
                _bulk,
                _call,
                _define,
                _define,
                _noise,
            )
        )
    )
    sent = draw(kind(words))
    if draw(st.integers(0, 3)) == 0:
        sent = replace(sent, headers={**sent.headers, **dict(draw(st.lists(HEADERS, max_size=2)))})
    return sent


def _part(sent: Sent, content_id: int | None, line: str) -> str:
    head = "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n"
    if content_id is not None:
        head += f"Content-ID: {content_id}\r\n"
    url = sent.path + (f"?{sent.query}" if sent.query else "")
    headers = "".join(f"{name}: {value}\r\n" for name, value in sent.headers.items())
    text = (
        f"{head}\r\n{sent.method} {url} HTTP/1.1\r\n{headers}\r\n{sent.body.decode('latin-1')}\r\n"
    )
    return text.replace("\r\n", line)


@st.composite
def batch(draw: st.DrawFn, tables: tuple[Words, ...]) -> Sent:
    """Return a batch, with a change set or without, whole or spoiled."""
    line = draw(rarely(st.just("\r\n"), st.just("\n")))
    parts = [
        _part(sent, None, line)
        for sent in draw(st.lists(one(tables), min_size=1, max_size=BATCHED_MAX))
    ]
    if draw(st.booleans()):
        changes = draw(st.lists(one(tables).filter(lambda sent: sent.method != "GET"), max_size=3))
        inner = "".join(
            f"--changes{line}{_part(sent, number, line)}"
            for number, sent in enumerate(changes, start=1)
        )
        parts.append(
            f"Content-Type: multipart/mixed; boundary=changes{line * 2}{inner}--changes--{line}"
        )
    text = "".join(f"--parts{line}{part}{line}" for part in parts) + f"--parts--{line * 2}"
    if draw(st.integers(0, 3)) == 0:
        text = draw(mangled(st.just(text)))
    kind = draw(
        rarely(
            st.just("multipart/mixed; boundary=parts"),
            st.sampled_from(("multipart/mixed", "", "multipart/mixed; boundary=", "text/plain",
                             'multipart/mixed; boundary="parts"', "multipart/mixed; boundary=x(")),
        )
    )  # fmt: skip
    return Sent(
        method="POST",
        path=ROOT + "$batch",
        headers={"Content-Type": kind, **dict(draw(st.lists(HEADERS, max_size=1)))},
        body=text.encode("utf-8", errors="surrogatepass"),
    )


@cache
def sequences(tables: tuple[Words, ...]) -> st.SearchStrategy[list[Sent]]:
    """Return requests that follow one another."""
    each = st.integers(0, 4).flatmap(lambda number: one(tables) if number else batch(tables))
    return st.lists(each, min_size=1, max_size=SEQUENCE_MAX)
