"""Ids of what every environment starts with, the same in each."""

from functools import cache
from uuid import UUID, uuid5

_NAMESPACE = UUID("8f1c5f0e-7a55-4b0e-9a52-3d7f8b6f3650")


@cache
def fixed_id(name: str) -> str:
    """Return the id of something that every environment has."""
    return str(uuid5(_NAMESPACE, name))


ORGANIZATION_ID = fixed_id("organization")
ORGANIZATION_NAME = "unq" + ORGANIZATION_ID.replace("-", "")[:30]
BUSINESS_UNIT_ID = fixed_id("businessunit")
ADMINISTRATOR_ROLE_ID = fixed_id("role System Administrator")
ADMINISTRATOR_TEMPLATE_ID = "627090ff-40a3-4053-8790-584edc5be201"
"""Source: Microsoft's own environments, where the role is known by its template's id."""

DEFAULT_PUBLISHER_ID = fixed_id("publisher of the environment")
DEFAULT_TEAM_ID = fixed_id("team of the root business unit")
PERSON_ID = fixed_id("systemuser person")
PERSON_OBJECT_ID = fixed_id("person in Entra")
APPLICATION_USER_ID = fixed_id("systemuser application")
APPLICATION_ID = fixed_id("application")
APPLICATION_OBJECT_ID = fixed_id("service principal in Entra")
BASE_CURRENCY_ID = fixed_id("transactioncurrency EUR")
DOLLAR_ID = fixed_id("transactioncurrency USD")
POUND_ID = fixed_id("transactioncurrency GBP")

MESSAGE_IDS = {
    "Create": "9ebdbb1b-ea3e-db11-86a7-000a3a5473e8",
    "Update": "20bebb1b-ea3e-db11-86a7-000a3a5473e8",
    "Delete": "a1bdbb1b-ea3e-db11-86a7-000a3a5473e8",
    "Assign": "8cbdbb1b-ea3e-db11-86a7-000a3a5473e8",
    "Retrieve": "f2bdbb1b-ea3e-db11-86a7-000a3a5473e8",
    "RetrieveMultiple": "03bebb1b-ea3e-db11-86a7-000a3a5473e8",
    "SetState": "1cbebb1b-ea3e-db11-86a7-000a3a5473e8",
    "SetStateDynamicEntity": "1dbebb1b-ea3e-db11-86a7-000a3a5473e8",
    "Merge": "dbbdbb1b-ea3e-db11-86a7-000a3a5473e8",
    "GrantAccess": "c5bdbb1b-ea3e-db11-86a7-000a3a5473e8",
    "ModifyAccess": "dcbdbb1b-ea3e-db11-86a7-000a3a5473e8",
    "RevokeAccess": "11bebb1b-ea3e-db11-86a7-000a3a5473e8",
}
"""Source: Microsoft's own environments, where these ids are the same everywhere."""

RINGING = ("Create", "Update", "Delete")
"""Messages that the emulator sends to webhooks."""

BULK_MESSAGE_IDS = {
    name: fixed_id(f"message {name}")
    for name in ("CreateMultiple", "UpdateMultiple", "UpsertMultiple")
}
"""Messages whose filters tell which tables have bulk actions; their ids are the emulator's own."""
