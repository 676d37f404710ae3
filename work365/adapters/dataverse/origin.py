"""Where a request comes from: on whose behalf, with which tag, and past which custom logic."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

OUR_TAG = "work365"


class CustomLogic(StrEnum):
    """Custom logic of the environment that a request can bypass."""

    SYNCHRONOUS = "CustomSync"
    ASYNCHRONOUS = "CustomAsync"


@dataclass(frozen=True, slots=True)
class Origin:
    """What the environment is told about where our requests come from.

    Source: Microsoft Learn, "Impersonate another user", "Add a shared variable from the Web
    API" and "Bypass custom Dataverse logic".
    """

    tag: str | None = OUR_TAG
    """Word in the shared variables of what a write sets off, by which webhooks know it again."""
    caller: UUID | None = None
    """Entra object id of the user on whose behalf we ask, with no more than that user's rights.
    Needs the privilege `prvActOnBehalfOfAnotherUser`."""
    bypassed: frozenset[CustomLogic] = frozenset()
    """Custom logic that our writes do not run, a partner's own included: for loading rows.
    Needs the privilege `prvBypassCustomBusinessLogic`."""

    def headers(self, *, writes: bool) -> Mapping[str, str]:
        """Return the headers that tell this of a request, which `writes` or only reads."""
        headers = {}
        if self.caller is not None:
            headers["CallerObjectId"] = str(self.caller)
        if self.bypassed and writes:
            headers["MSCRM.BypassBusinessLogicExecution"] = ",".join(sorted(self.bypassed))
        return headers
