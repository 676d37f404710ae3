"""The partner itself."""

from dataclasses import fields

from work365.domain.microsoft.profiles import SignedInRequest


def test_nobodys_sign_in_name_is_kept() -> None:
    kept = {field.name for field in fields(SignedInRequest)}

    assert kept == {"at", "operation", "application", "user", "had_mfa"}
