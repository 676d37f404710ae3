"""The secrets of a vault.

Source: the documented REST interface of secrets, soft deletion and limits.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from work365.emulators.key_vault.errors import VaultRefusal, bad_parameter, not_found

NAME = re.compile(r"[0-9a-zA-Z-]{1,127}")
VALUE_BYTES_MAX = 25 * 1024
TAGS_MAX = 15
TAG_CHARACTERS_MAX = 256
RECOVERABLE_DAYS = 90
RECOVERY_LEVEL = "Recoverable+Purgeable"
SETTABLE = ("enabled", "nbf", "exp")

Body = dict[str, Any]


@dataclass(kw_only=True)
class Version:
    """A version of a secret. Its representation does not have the value."""

    version_id: str
    value: str = field(repr=False)
    content_type: str | None
    tags: dict[str, str]
    attributes: dict[str, Any]
    created: int
    updated: int


@dataclass(kw_only=True)
class Deleted:
    """A secret that was deleted and could come back."""

    versions: list[Version]
    at: datetime


class Secrets:
    """All of a vault's secrets, under the address by which clients know it."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._secrets: dict[str, list[Version]] = {}
        self._deleted: dict[str, Deleted] = {}

    def put(self, root: str, name: str, body: Mapping[str, Any]) -> Body:
        """Add a version.

        Raises: VaultRefusal.
        """
        if NAME.fullmatch(name) is None:
            raise bad_parameter(
                f"The request URI contains an invalid name: {name}. A name has up to 127 letters, "
                "digits and dashes."
            )
        if name in self._deleted:
            raise VaultRefusal(
                409,
                "Conflict",
                f"Secret {name} is currently in a deleted but recoverable state, and its name "
                "cannot be reused; in this state, the secret can only be recovered or purged.",
                inner="ObjectIsDeletedButRecoverable",
            )
        value = body.get("value")
        if not isinstance(value, str):
            raise bad_parameter("Property value is required")
        if len(value.encode()) > VALUE_BYTES_MAX:
            raise bad_parameter(
                f"The secret value is longer than the allowed {VALUE_BYTES_MAX} bytes."
            )
        now = self._now()
        version = Version(
            version_id=uuid4().hex,
            value=value,
            content_type=body.get("contentType"),
            tags=_tags(body.get("tags")),
            attributes={"enabled": True} | _attributes(body.get("attributes")),
            created=now,
            updated=now,
        )
        self._secrets.setdefault(name, []).append(version)
        return _shown(root, name, version, with_value=True)

    def get(self, root: str, name: str, version_id: str = "") -> Body:
        """Return a version with its value, the newest where none is named.

        Raises: VaultRefusal.
        """
        version = self._version(name, version_id)
        if not version.attributes["enabled"]:
            raise VaultRefusal(
                403,
                "Forbidden",
                "Operation get is not allowed on a disabled secret.",
                inner="SecretDisabled",
            )
        return _shown(root, name, version, with_value=True)

    def change(self, root: str, name: str, version_id: str, body: Mapping[str, Any]) -> Body:
        """Change what is said of a version, and not its value.

        Raises: VaultRefusal.
        """
        if "value" in body:
            raise bad_parameter("The value of a version cannot be changed. Set a new version.")
        version = self._version(name, version_id)
        version.attributes |= _attributes(body.get("attributes"))
        if "contentType" in body:
            version.content_type = body["contentType"]
        if "tags" in body:
            version.tags = _tags(body["tags"])
        version.updated = self._now()
        return _shown(root, name, version)

    def names(self, root: str) -> list[Body]:
        """Return all secrets without their values."""
        return [
            _shown(root, name, versions[-1], with_version=False)
            for name, versions in sorted(self._secrets.items())
        ]

    def versions(self, root: str, name: str) -> list[Body]:
        """Return a secret's versions without their values.

        Raises: VaultRefusal.
        """
        ordered = sorted(self._versions(name), key=lambda version: version.version_id)
        return [_shown(root, name, version) for version in ordered]

    def delete(self, root: str, name: str) -> Body:
        """Delete a secret, so that it can come back.

        Raises: VaultRefusal.
        """
        self._deleted[name] = Deleted(versions=self._versions(name), at=self._clock())
        del self._secrets[name]
        return self.deleted(root, name)

    def deleted(self, root: str, name: str) -> Body:
        """Return a deleted secret.

        Raises: VaultRefusal.
        """
        found = self._gone(name)
        purged_at = found.at + timedelta(days=RECOVERABLE_DAYS)
        return _shown(root, name, found.versions[-1]) | {
            "recoveryId": f"{root}/deletedsecrets/{name}",
            "deletedDate": int(found.at.timestamp()),
            "scheduledPurgeDate": int(purged_at.timestamp()),
        }

    def all_deleted(self, root: str) -> list[Body]:
        """Return all deleted secrets."""
        return [self.deleted(root, name) for name in sorted(self._deleted)]

    def recover(self, root: str, name: str) -> Body:
        """Bring a deleted secret back.

        Raises: VaultRefusal.
        """
        self._secrets[name] = self._gone(name).versions
        del self._deleted[name]
        return _shown(root, name, self._secrets[name][-1])

    def purge(self, name: str) -> None:
        """Forget a deleted secret.

        Raises: VaultRefusal.
        """
        self._gone(name)
        del self._deleted[name]

    def _gone(self, name: str) -> Deleted:
        found = self._deleted.get(name)
        if found is None:
            raise VaultRefusal(
                404, "SecretNotFound", f"Deleted Secret not found: {name}", inner="SecretNotFound"
            )
        return found

    def _versions(self, name: str) -> list[Version]:
        found = self._secrets.get(name)
        if not found:
            raise not_found(name)
        return found

    def _version(self, name: str, version_id: str) -> Version:
        versions = self._versions(name)
        if not version_id:
            return versions[-1]
        for version in versions:
            if version.version_id == version_id:
                return version
        raise not_found(f"{name}/{version_id}")

    def _now(self) -> int:
        return int(self._clock().timestamp())


def _attributes(given: Any) -> dict[str, Any]:
    if given is None:
        return {}
    unknown = sorted(set(given) - set(SETTABLE))
    if unknown:
        raise bad_parameter(f"The attributes {', '.join(unknown)} cannot be set.")
    return {name: value for name, value in given.items() if value is not None}


def _tags(given: Any) -> dict[str, str]:
    tags = dict(given or {})
    if len(tags) > TAGS_MAX:
        raise bad_parameter(f"There are {len(tags)} tags; {TAGS_MAX} are the most.")
    for name, value in tags.items():
        if len(name) > TAG_CHARACTERS_MAX or len(str(value)) > TAG_CHARACTERS_MAX:
            raise bad_parameter(f"A tag has more than {TAG_CHARACTERS_MAX} characters.")
    return tags


def _shown(
    root: str,
    name: str,
    version: Version,
    *,
    with_value: bool = False,
    with_version: bool = True,
) -> Body:
    attributes = version.attributes | {
        "created": version.created,
        "updated": version.updated,
        "recoveryLevel": RECOVERY_LEVEL,
        "recoverableDays": RECOVERABLE_DAYS,
    }
    address = f"{root}/secrets/{name}"
    shown: Body = {
        "id": f"{address}/{version.version_id}" if with_version else address,
        "attributes": attributes,
    }
    if version.tags:
        shown["tags"] = version.tags
    if version.content_type is not None:
        shown["contentType"] = version.content_type
    if with_value:
        shown["value"] = version.value
    return shown
