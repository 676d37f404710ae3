"""A case that knows which of its fields were looked at, so that none is passed over."""

from typing import Any

import pytest

from tests.contract.billing_cases import Case

ASIDE = {"id", "source", "note", "derived", "ask", "source_says", "largest_remainder_agrees"}
"""What a case says about itself."""


class AttentiveCase(dict[str, Any]):
    """A case; afterwards `check_all_read` fails where a field had no bearing on the result."""

    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self.read: set[str] = set()

    def __getitem__(self, field: str) -> Any:
        self.read.add(field)
        return super().__getitem__(field)

    def get(self, field: str, default: Any = None) -> Any:
        """Return the field, or `default` where the case does not have it."""
        self.read.add(field)
        return super().get(field, default)

    @property
    def expected(self) -> dict[str, Any]:
        """What the case expects; it fails where that is nothing."""
        found = {field: told for field, told in self.items() if field.startswith("expected")}
        assert found, "the case expects nothing"
        return found

    def check_all_read(self) -> None:
        """Fail where some field was not looked at."""
        left = self.keys() - self.read - self.expected.keys() - ASIDE
        if left:
            pytest.fail(f"nothing was made of the fields {sorted(left)}")
