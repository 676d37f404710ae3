"""Web resources: files that the environment itself serves to its pages."""

from dataclasses import dataclass
from enum import IntEnum
from uuid import UUID

from dataverse_schema.definitions import icon_name
from dataverse_schema.icons import icon
from dataverse_schema.identifiers import identifier
from dataverse_schema.labels import table_label
from dataverse_schema.table import Table
from dataverse_schema.tables import TABLES


class WebResourceType(IntEnum):
    """What a file is. Source: docs of the table webresource, column webresourcetype."""

    HTML = 1
    STYLESHEET = 2
    SCRIPT = 3
    XML = 4
    PNG = 5
    SVG = 11
    STRINGS = 12


@dataclass(frozen=True, kw_only=True)
class WebResource:
    """One file."""

    id: UUID
    name: str
    """Path below the environment's address, after `WebResources/`."""

    display_name: str
    type: WebResourceType
    content: bytes


def _icon(declared: type[Table]) -> WebResource:
    name = icon_name(declared)
    return WebResource(
        id=identifier("web resource", name),
        name=name,
        display_name=f"Icon of {table_label(declared).lower()}",
        type=WebResourceType.SVG,
        content=icon(declared),
    )


WEB_RESOURCES = tuple(_icon(declared) for declared in TABLES if declared.is_ours())
