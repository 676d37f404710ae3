"""Reads FetchXML.

Source: the reference of FetchXML's elements and attributes. The codes of its refusals are
Dataverse's own for these mistakes; their texts are ours where none was found.
"""

from collections.abc import Iterable, Mapping
from itertools import count
from xml.etree.ElementTree import Element, ParseError, XMLParser

from work365.emulators.dataverse.errors import DataverseError, not_emulated
from work365.emulators.dataverse.fetch_query import (
    Fetch,
    FetchColumn,
    FetchCondition,
    FetchFilter,
    FetchLink,
    FetchOrder,
    FetchTable,
)

INVALID_XML = "0x80040303"
UNKNOWN_NODE = "0x8004111c"
LINKS_MAX = 15
PAGE_MAX = 5_000
LARGEST = 2**31 - 1
NESTING_MAX = 100
"""Dataverse has some limit; which is not known."""

FLAGS = {"true": True, "1": True, "false": False, "0": False}
JOINS = frozenset(("inner", "outer"))
EXISTENCES = frozenset(("exists", "in"))
RELATED = frozenset(("any", "not any", "all", "not all"))
AGGREGATES = frozenset(("count", "countcolumn", "sum", "avg", "min", "max"))
DATE_PARTS = frozenset(("day", "week", "month", "quarter", "year", "fiscal-period", "fiscal-year"))
_PREFILTERED = ("enableprefiltering", "prefilterparametername")
NAMES = {
    "fetch": (
        "version",
        "mapping",
        "output-format",
        "no-lock",
        "options",
        "latematerialize",
        "top",
        "count",
        "page",
        "paging-cookie",
        "distinct",
        "aggregate",
        "aggregatelimit",
        "returntotalrecordcount",
        "useraworderby",
    ),
    "entity": ("name", *_PREFILTERED),
    "attribute": ("name", "alias", "aggregate", "groupby", "dategrouping", "distinct"),
    "all-attributes": (),
    "order": ("attribute", "alias", "descending", "entityname"),
    "filter": ("type", "hint"),
    "condition": ("attribute", "operator", "value", "valueof", "entityname", "uiname", "uitype"),
    "value": ("uiname", "uitype"),
    "link-entity": (
        "name",
        "from",
        "to",
        "alias",
        "link-type",
        "visible",
        "intersect",
        *_PREFILTERED,
    ),
}
"""Attributes of each element; those that only hint at speed or screens change nothing."""


def invalid(code: str, message: str) -> DataverseError:
    """Return the refusal of FetchXML that says something wrong."""
    return DataverseError(400, code, message)


def parse_fetch(text: str) -> Fetch:
    """Return what FetchXML says; raises if Dataverse would not take it."""
    root = _document(text)
    if root.tag != "fetch":
        raise _unknown_node(root.tag)
    attributes = _attributes(root)
    entities = list(root)
    if len(entities) != 1 or entities[0].tag != "entity":
        raise invalid(
            UNKNOWN_NODE, "Invalid Child Node, valid nodes are entity: fetch needs exactly one."
        )
    reader = _TableReader(is_aggregate=_flag(attributes, "aggregate"))
    found = Fetch(
        table=reader.table(entities[0]),
        top=_number(attributes, "top", maximum=PAGE_MAX),
        count=_number(attributes, "count", maximum=PAGE_MAX),
        page=_number(attributes, "page") or 1,
        cookie=attributes.get("paging-cookie") or None,
        is_distinct=_flag(attributes, "distinct"),
        is_aggregate=_flag(attributes, "aggregate"),
        aggregate_limit=_number(attributes, "aggregatelimit"),
        has_total=_flag(attributes, "returntotalrecordcount"),
        orders_by_value=_flag(attributes, "useraworderby"),
    )
    _check_top(found, attributes)
    return found


def _check_top(found: Fetch, attributes: Mapping[str, str]) -> None:
    if found.top is None:
        return
    for name in ("page", "count", "paging-cookie", "returntotalrecordcount"):
        if name in attributes:
            raise invalid(
                INVALID_XML,
                f"The top attribute can't be specified with paging attribute {name}.",
            )


def _document(text: str) -> Element:
    if "<!DOCTYPE" in text:
        raise invalid(INVALID_XML, "Invalid XML. A document type is not allowed.")
    parser = XMLParser()  # noqa: S314 - without a document type there are no entities to expand
    try:
        parser.feed(text)
        root: Element = parser.close()
    except (ParseError, ValueError) as error:
        raise invalid(INVALID_XML, f"Invalid XML. {error}") from error
    _refuse_depth(root)
    _refuse_text(root)
    return root


def _refuse_depth(root: Element) -> None:
    level = [root]
    for _ in range(NESTING_MAX):
        level = [child for element in level for child in element]
    if level:
        raise invalid(INVALID_XML, f"Invalid XML. It is nested more than {NESTING_MAX} deep.")


def _refuse_text(root: Element) -> None:
    for element in root.iter():
        inside = "" if element.tag == "value" else element.text
        stray = next(
            filter(str.strip, filter(None, (inside, *(each.tail for each in element)))), ""
        )
        if stray:
            raise invalid(INVALID_XML, f"Invalid XML. <{element.tag}> has the text '{stray}'.")


def _unknown_node(name: str) -> DataverseError:
    return invalid(UNKNOWN_NODE, f"Invalid Child Node, '{name}' is not a valid node here.")


def _attributes(element: Element) -> Mapping[str, str]:
    known = NAMES.get(element.tag)
    if known is None:
        raise _unknown_node(element.tag)
    for name in element.attrib:
        if name not in known:
            raise not_emulated(f"the attribute '{name}' of <{element.tag}>")
    return element.attrib


def _needed(attributes: Mapping[str, str], name: str, element: str) -> str:
    value = attributes.get(name, "")
    if not value:
        raise invalid(INVALID_XML, f"Required attribute '{name}' of <{element}> is missing.")
    return value


def _flag(attributes: Mapping[str, str], name: str) -> bool:
    text = attributes.get(name, "false")
    if text.lower() not in FLAGS:
        raise invalid(INVALID_XML, f"The value '{text}' of '{name}' is neither true nor false.")
    return FLAGS[text.lower()]


def _number(attributes: Mapping[str, str], name: str, maximum: int | None = None) -> int | None:
    text = attributes.get(name)
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or not text.strip("0"):
        raise invalid("0x8004110c", f"The value '{text}' of '{name}' must be greater than zero.")
    largest = LARGEST if maximum is None else maximum
    if len(text.lstrip("0")) > len(str(largest)) or int(text) > largest:
        raise invalid("0x8004110c", f"The value {text} of '{name}' is above {largest}.")
    return int(text)


class _TableReader:
    """Reads `<entity>` and the tables linked to it, and gives aliases to those without one."""

    def __init__(self, *, is_aggregate: bool) -> None:
        self._is_aggregate = is_aggregate
        self._links = 0
        self._aliases: set[str] = set()

    def table(self, element: Element) -> FetchTable:
        """Return a table, and what is below it."""
        attributes = _attributes(element)
        children = list(element)
        return FetchTable(
            name=_needed(attributes, "name", element.tag),
            columns=tuple(self._columns(each for each in children if each.tag == "attribute")),
            has_all_columns=any(_is_all(each) for each in children),
            filters=tuple(self._filter(each) for each in children if each.tag == "filter"),
            orders=tuple(self._order(each) for each in children if each.tag == "order"),
            links=tuple(
                self._link(each, JOINS | EXISTENCES)
                for each in children
                if _is_known(each) and each.tag == "link-entity"
            ),
        )

    def _columns(self, elements: Iterable[Element]) -> Iterable[FetchColumn]:
        for element in elements:
            attributes = _attributes(element)
            column = FetchColumn(
                name=_needed(attributes, "name", "attribute"),
                alias=attributes.get("alias", ""),
                aggregate=attributes.get("aggregate", ""),
                is_group=_flag(attributes, "groupby"),
                date_part=attributes.get("dategrouping", ""),
                is_distinct=_flag(attributes, "distinct"),
            )
            self._check_column(column)
            yield column

    def _check_column(self, column: FetchColumn) -> None:
        if column.aggregate and column.aggregate not in AGGREGATES:
            raise invalid("0x8004111a", f"Invalid aggregate '{column.aggregate}'.")
        if column.aggregate and column.is_group:
            raise invalid(
                "0x80041137", f"Attribute '{column.name}' cannot be both group by and aggregate."
            )
        if column.date_part and column.date_part not in DATE_PARTS:
            raise invalid("0x80041135", f"Invalid value '{column.date_part}' of 'dategrouping'.")
        _check_alias(column.alias or column.name)
        is_worked_out = bool(column.aggregate) or column.is_group
        if is_worked_out != self._is_aggregate:
            raise invalid(
                "0x80041107",
                f"Attribute '{column.name}' can be there with an aggregate or a group by if, and "
                "only if, the fetch says aggregate='true'.",
            )
        if is_worked_out and not column.alias:
            raise invalid("0x8004110b", f"Attribute '{column.name}' needs an alias.")

    def _order(self, element: Element) -> FetchOrder:
        attributes = _attributes(element)
        name, unwanted = ("alias", "attribute") if self._is_aggregate else ("attribute", "alias")
        if unwanted in attributes:
            code = "0x80041131" if self._is_aggregate else "0x80041132"
            raise invalid(code, f"An order by '{unwanted}' is not allowed in this query.")
        if name not in attributes:
            code = "0x80041134" if self._is_aggregate else "0x80041133"
            raise invalid(code, f"An order needs '{name}' in this query.")
        return FetchOrder(
            name=attributes[name],
            is_descending=_flag(attributes, "descending"),
            entity=attributes.get("entityname", ""),
        )

    def _filter(self, element: Element) -> FetchFilter:
        attributes = _attributes(element)
        kind = attributes.get("type", "and")
        if kind not in ("and", "or"):
            raise invalid("0x80041122", f"Invalid filter type '{kind}'.")
        return FetchFilter(is_any=kind == "or", parts=tuple(self._part(child) for child in element))

    def _part(self, element: Element) -> FetchCondition | FetchFilter | FetchLink:
        if element.tag == "filter":
            return self._filter(element)
        if element.tag == "link-entity":
            return self._link(element, RELATED)
        if element.tag != "condition":
            raise _unknown_node(element.tag)
        attributes = _attributes(element)
        values = [attributes["value"]] if "value" in attributes else []
        for child in element:
            if child.tag != "value":
                raise _unknown_node(child.tag)
            _attributes(child)
            values.append(child.text or "")
        return FetchCondition(
            column=_needed(attributes, "attribute", "condition"),
            operator=_needed(attributes, "operator", "condition"),
            values=tuple(values),
            value_of=attributes.get("valueof", ""),
            entity=attributes.get("entityname", ""),
        )

    def _link(self, element: Element, kinds: frozenset[str]) -> FetchLink:
        attributes = _attributes(element)
        self._links += 1
        if self._links > LINKS_MAX:
            raise invalid("0x8004430d", "Number of link entities in query exceeded maximum limit.")
        kind = attributes.get("link-type", "inner")
        if kind == "matchfirstrowusingcrossapply":
            raise not_emulated(f"the link type '{kind}'")
        if kind not in kinds:
            raise invalid("0x80041117", f"Invalid link type '{kind}' at this place.")
        name = _needed(attributes, "name", "link-entity")
        return FetchLink(
            alias=self._alias(attributes.get("alias", ""), name),
            source=_needed(attributes, "from", "link-entity"),
            target=_needed(attributes, "to", "link-entity"),
            kind=kind,
            table=self.table(element),
        )

    def _alias(self, given: str, name: str) -> str:
        """Return a link's alias; the first contact without one is `contact1`."""
        numbered = (f"{name}{number}" for number in count(1))
        alias = given or next(each for each in numbered if each not in self._aliases)
        _check_alias(alias)
        if alias in self._aliases:
            raise invalid("0x80041130", f"The alias '{alias}' is used more than once.")
        self._aliases.add(alias)
        return alias


def _check_alias(alias: str) -> None:
    if not alias.replace("_", "").isalnum():
        raise invalid("0x80041109", f"Invalid alias '{alias}': it has letters, digits and _.")


def _is_known(element: Element) -> bool:
    if element.tag not in ("attribute", "all-attributes", "filter", "order", "link-entity"):
        raise _unknown_node(element.tag)
    return True


def _is_all(element: Element) -> bool:
    if element.tag != "all-attributes":
        return False
    _attributes(element)
    return True
