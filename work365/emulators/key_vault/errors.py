"""What is refused, in Key Vault's form and words.

Source: the documented error body, and the inner codes of secrets.
"""

from typing import Any


class VaultRefusal(Exception):
    """A request that is refused."""

    def __init__(self, status: int, code: str, text: str, *, inner: str = "") -> None:
        super().__init__(text)
        self.status = status
        self.code = code
        self.inner = inner

    @property
    def body(self) -> dict[str, Any]:
        """Return the JSON of the answer."""
        error: dict[str, Any] = {"code": self.code, "message": str(self)}
        if self.inner:
            error["innererror"] = {"code": self.inner}
        return {"error": error}


def bad_parameter(text: str) -> VaultRefusal:
    """Say that a request is not well made."""
    return VaultRefusal(400, "BadParameter", text)


def not_emulated(what: str) -> VaultRefusal:
    """Say that a vault does it and this stand-in does not."""
    return VaultRefusal(501, "NotEmulated", f"This emulator of Key Vault does not do {what}.")


def not_found(name: str) -> VaultRefusal:
    """Say that there is no such secret."""
    return VaultRefusal(
        404,
        "SecretNotFound",
        f"A secret with (name/id) {name} was not found in this key vault. If you recently deleted "
        "this secret you may be able to recover it using the correct recovery command.",
    )


def unauthorized(text: str) -> VaultRefusal:
    """Say that a request is nobody's."""
    return VaultRefusal(401, "Unauthorized", text)
