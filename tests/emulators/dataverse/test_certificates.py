"""The certificate for https, and the authority that clients trust for it."""

import builtins
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from work365.emulators.dataverse.app import create_app
from work365.emulators.dataverse.certificates import NoCertificate, server_certificate
from work365.entrypoints.serving import LocalServer


@contextmanager
def both(folder: Path) -> Iterator[tuple[LocalServer, LocalServer]]:
    """Serve one environment by http and by https."""
    certificate = server_certificate(folder).certificate
    app = create_app(state=None)
    with LocalServer(app) as plain, LocalServer(app, certificate=certificate) as secure:
        yield plain, secure


def test_an_environment_answers_by_http_and_https(tmp_path: Path) -> None:
    headers = {"Authorization": "Bearer x"}
    with both(tmp_path) as (plain, secure):
        trusted = ssl.create_default_context(cafile=server_certificate(tmp_path).bundle)
        with httpx.Client(verify=trusted, headers=headers, trust_env=False) as client:
            accounts = "/api/data/v9.2/accounts"
            created = client.post(f"{plain.url}{accounts}", json={"name": "x"})
            found = client.get(f"{secure.url}{accounts}").json()

    assert created.status_code == 204
    assert [row["name"] for row in found["value"]] == ["x"]
    assert found["@odata.context"].startswith(secure.url)


def test_who_does_not_trust_the_authority_is_not_answered(tmp_path: Path) -> None:
    with both(tmp_path) as (_, secure), pytest.raises(httpx.ConnectError, match="certificate"):
        httpx.get(f"{secure.url}/_emulator/v1/clock", trust_env=False)


def test_a_folder_has_one_certificate(tmp_path: Path) -> None:
    made = server_certificate(tmp_path)
    texts = made.bundle.read_text(), made.certificate.read_text()

    again = server_certificate(tmp_path)

    assert again == made
    assert (again.bundle.read_text(), again.certificate.read_text()) == texts


def test_the_private_key_is_its_owners_alone(tmp_path: Path) -> None:
    made = server_certificate(tmp_path)

    assert made.certificate.stat().st_mode & 0o077 == 0
    assert "PRIVATE KEY" not in made.bundle.read_text()


def test_without_the_package_it_is_said_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == "trustme":
            raise ImportError(name)
        return really(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)

    with pytest.raises(NoCertificate, match="needs the package 'trustme'"):
        server_certificate(tmp_path)
