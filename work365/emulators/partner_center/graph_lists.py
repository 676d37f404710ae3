"""Lists of Graph: `$filter` by equality, `$top`, and pages by `@odata.nextLink`."""

import re
from collections.abc import Sequence
from urllib.parse import urlencode

from work365.emulators.partner_center.annexes import Record
from work365.emulators.partner_center.calls import Answer, Call
from work365.emulators.partner_center.graph_errors import bad_request

PAGE_MAX = 300
_TERM = re.compile(r"\s*([A-Za-z/]+)\s+eq\s+'([^']*)'\s*")


def listed(call: Call, entities: Sequence[Record], context: str) -> Answer:
    """Return the page of entities that the call asks for.

    Raises: GraphError, 400, for options that the twin does not know.
    """
    unknown = sorted(set(call.query) - {"$filter", "$top", "$skiptoken"})
    if unknown:
        raise bad_request(f"The twin does not know the query options {', '.join(unknown)}.")
    terms = _terms(call.query.get("$filter", ""))
    found = [each for each in entities if _fits(each, terms)]
    size = _number(call, "$top", PAGE_MAX)
    if not 1 <= size <= PAGE_MAX:
        raise bad_request(f"$top has to be between 1 and {PAGE_MAX}.")
    start = _number(call, "$skiptoken", 0)
    body: Record = {
        "@odata.context": f"https://graph.microsoft.com/v1.0/tenantRelationships/$metadata#{context}",
        "value": found[start : start + size],
    }
    if start + size < len(found):
        query = {**call.query, "$skiptoken": str(start + size)}
        body["@odata.nextLink"] = f"{call.base}{call.path}?{urlencode(query)}"
    return Answer(body)


def _number(call: Call, name: str, default: int) -> int:
    text = call.query.get(name, "") or str(default)
    if not (text.isascii() and text.isdigit()):
        raise bad_request(f"{name} is not a whole number.")
    return int(text)


def _terms(condition: str) -> list[tuple[str, str]]:
    """Return the paths and values that a filter wants to be equal."""
    terms = []
    for term in condition.split(" and ") if condition else ():
        match = _TERM.fullmatch(term)
        if match is None:
            raise bad_request(f"The twin cannot read the filter '{term.strip()}'.")
        terms.append((match[1], match[2].casefold()))
    return terms


def _fits(entity: Record, terms: list[tuple[str, str]]) -> bool:
    return all(str(_value(entity, path)).casefold() == value for path, value in terms)


def _value(entity: Record, path: str) -> object:
    value: object = entity
    for name in path.split("/"):
        if not isinstance(value, dict):
            return ""
        value = value.get(name, "")
    return value
