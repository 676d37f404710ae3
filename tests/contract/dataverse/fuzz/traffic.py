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
    STEPS,
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
FUNCTIONS = (
    "WhoAmI", "WhoAmI()", "RetrieveTotalRecordCount", "RetrieveUserPrivileges",
    "RetrievePrincipalAccess", "RetrieveRecordChangeHistory", "RetrieveMetadataChanges",
    "RetrieveSharedPrincipalsAndAccess", "RetrieveRolePrivilegesRole",
    "RetrieveCurrentOrganization",
    "$metadata", "$batch", "", "Nothing", "nothing", "EntityDefinitions", "$entity", "$all",
)  # fmt: skip
ACTIONS = (
    "GrantAccess", "ModifyAccess", "RevokeAccess", "BulkDelete", "PublishXml", "PublishAllXml",
    "InsertOptionValue", "UpdateOptionValue", "DeleteOptionValue", "CreateEntities",
    "ReactivateEntityKey", "WhoAmI", "Nothing",
)  # fmt: skip
BOUND = ("CreateMultiple", "UpdateMultiple", "UpsertMultiple", "DeleteMultiple", "Nothing")
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
    if draw(st.integers(0, 3)) == 0:
        path += "/" + draw(columns(words) | navigations(words))
    if draw(st.integers(0, 5)) == 0:
        path += draw(st.sampled_from(("/$count", "/$ref", "/$value", "/", "/x", "//")))
    return _sent("GET", path, draw(queries(words)))


@st.composite
def _write(draw: st.DrawFn, words: Words) -> Sent:
    entity_set = words.entity_set if words.entity_set not in STEPS else "accounts"
    body = draw(bodies.row_bodies(words))
    if draw(st.booleans()):
        return _sent("POST", entity_set, draw(st.just("") | queries(words)), body)
    method = draw(st.sampled_from(("PATCH", "PATCH", "DELETE", "PUT", "POST")))
    return _sent(
        method, f"{entity_set}({draw(keys(words))})", draw(st.just("") | queries(words)), body
    )


@st.composite
def _write_part(draw: st.DrawFn, words: Words) -> Sent:
    """Write one property of a row, or what it refers to."""
    entity_set = words.entity_set if words.entity_set not in STEPS else "accounts"
    name = draw(columns(words) | navigations(words))
    end = draw(st.sampled_from(("", "", "/$ref", "/$ref", "(1)/$ref", "/$count", "/x")))
    query = draw(st.sampled_from(("", "$id=accounts(1)", "$id=", "$id=$1", "$select=name")))
    method = draw(st.sampled_from(("PUT", "POST", "DELETE", "PATCH", "GET")))
    path = f"{entity_set}({draw(keys(words))})/{name}{end}"
    return _sent(method, path, query, draw(bodies.value_bodies()))


@st.composite
def _bulk(draw: st.DrawFn, words: Words) -> Sent:
    entity_set = words.entity_set if words.entity_set not in STEPS else "accounts"
    action = draw(st.sampled_from(BOUND))
    return _sent("POST", f"{entity_set}/{NAMESPACE}{action}", "", draw(bodies.bulk_bodies(words)))


@st.composite
def _call(draw: st.DrawFn, words: Words) -> Sent:
    """Call a function or an action, bound to a row or by itself."""
    bound = draw(st.sampled_from(("", "", f"{words.entity_set}({draw(keys(words))})/{NAMESPACE}")))
    if draw(st.booleans()):
        inside = draw(
            st.just("") | st.just("(Target=@p1)") | keys(words).map(lambda key: f"({key})")
        )
        aliases = draw(st.sampled_from(("", "@p1=x", "@p1={'@odata.id':'accounts(1)'}", "@p1=[1]")))
        return _sent("GET", bound + draw(st.sampled_from(FUNCTIONS)) + inside, aliases)
    action = draw(st.sampled_from(ACTIONS) | NAMES_UNKNOWN)
    return _sent("POST", bound + action, "", draw(bodies.action_bodies()))


@st.composite
def _define(draw: st.DrawFn, words: Words) -> Sent:
    """Read or write definitions."""
    table = draw(st.sampled_from(("account", "new_case", words.name, "x")))
    below = draw(
        st.sampled_from(
            (
                "", "/Attributes", "/Attributes(LogicalName='name')", "/Keys", "/Keys(x)",
                "/Attributes/Microsoft.Dynamics.CRM.PicklistAttributeMetadata",
                "/ManyToOneRelationships",
                "/Attributes(LogicalName='new_case')/Microsoft.Dynamics.CRM.StringAttributeMetadata",
                "/OneToManyRelationships", "/Nothing", "/Attributes(1)", "/$count",
            )
        )
    )  # fmt: skip
    root = draw(
        st.sampled_from(
            (
                "EntityDefinitions", f"EntityDefinitions(LogicalName='{table}')" + below,
                f"EntityDefinitions(LogicalName='{table}')" + below, "RelationshipDefinitions",
                "GlobalOptionSetDefinitions", "GlobalOptionSetDefinitions(Name='new_case')",
                "RelationshipDefinitions(SchemaName='new_case')", "EntityDefinitions(1)",
                f"EntityDefinitions({GUIDS[0]})" + below,
            )
        )
    )  # fmt: skip
    query = draw(
        st.sampled_from(
            (
                "", "$select=LogicalName", "$select=Nothing", "$filter=LogicalName eq 'account'",
                "$filter=startswith(LogicalName,'a')", "$expand=Attributes", "$top=1",
                "$orderby=LogicalName",
                "$filter=OwnershipType eq Microsoft.Dynamics.CRM.OwnershipTypes'UserOwned'",
                "$expand=OptionSet($select=Options)", "$filter=CanCreateAttributes/Value eq true",
                "$expand=Attributes($select=LogicalName;$filter=LogicalName eq 'x')", "$filter=",
                "$select=",
            )
        )
    )  # fmt: skip
    method = draw(st.sampled_from(("GET", "GET", "POST", "POST", "PUT", "DELETE", "PATCH")))
    body = b"" if method == "GET" else draw(bodies.definition_bodies())
    return _sent(method, root, draw(perhaps_mangled(st.just(query))), body)


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
