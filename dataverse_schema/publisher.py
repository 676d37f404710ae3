"""Who publishes the solution, and the solution itself."""

from dataclasses import dataclass, field
from uuid import UUID

from dataverse_schema.columns import CHOICE_VALUE_BASE
from dataverse_schema.identifiers import identifier
from dataverse_schema.table import PREFIX

OPTION_VALUES_PER_PREFIX = 10_000


@dataclass(frozen=True, kw_only=True)
class Publisher:
    """Whose prefix the names of our tables, columns and options begin with."""

    id: UUID = field(compare=False)
    unique_name: str
    friendly_name: str
    description: str
    prefix: str
    """Without the underscore that follows it in every name."""

    option_value_prefix: int
    """First five digits of the values of our choices."""


@dataclass(frozen=True, kw_only=True)
class Solution:
    """The package that all our components are in."""

    id: UUID = field(compare=False)
    unique_name: str
    friendly_name: str
    description: str
    version: str
    """Four numbers with dots; the first three are the package's version."""

    publisher: Publisher


PUBLISHER = Publisher(
    id=identifier("publisher", "work365"),
    unique_name="work365",
    friendly_name="Work 365",
    description="Subscription billing for Microsoft partners.",
    prefix=PREFIX.removesuffix("_"),
    option_value_prefix=CHOICE_VALUE_BASE // OPTION_VALUES_PER_PREFIX,
)

SOLUTION = Solution(
    id=identifier("solution", "Work365"),
    unique_name="Work365",
    friendly_name="Work 365",
    description="Tables, forms, views, roles and steps of subscription billing.",
    version="0.1.0.0",
    publisher=PUBLISHER,
)
