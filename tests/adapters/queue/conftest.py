"""A storage account on this machine, where Azurite is installed."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

START_SECONDS_MAX = 20

PUBLISHED_ACCOUNT = "devstoreaccount1"
PUBLISHED_KEY = (  # the same in every Azurite, and in its documentation
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)


def connection_string(url: str, account: str, key: str) -> str:
    return (
        f"DefaultEndpointsProtocol=http;AccountName={account};AccountKey={key};"
        f"QueueEndpoint={url.rstrip('/')}/{account};"
    )


@pytest.fixture(scope="session")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The connection string of a storage account that Azurite stands in for."""
    if url := os.environ.get("AZURITE_QUEUE_URL"):
        yield connection_string(url, PUBLISHED_ACCOUNT, PUBLISHED_KEY)
        return
    command = azurite_command()
    if command is None:
        pytest.skip("azurite-queue is not installed, and AZURITE_QUEUE_URL is not set")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    key = b64encode(secrets.token_bytes(64)).decode()
    options = ["--queueHost", "127.0.0.1", "--queuePort", str(port), "--inMemoryPersistence"]
    process = subprocess.Popen(  # the program of this test, and no outside input
        [*command, *options, "--silent", "--skipApiVersionCheck", "--disableTelemetry"],
        cwd=tmp_path_factory.mktemp("azurite"),
        env={**os.environ, "AZURITE_ACCOUNTS": f"local:{key}"},
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        wait_until_it_listens(port, process)
        yield connection_string(f"http://127.0.0.1:{port}", "local", key)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def azurite_command() -> list[str] | None:
    if installed := shutil.which("azurite-queue"):
        return [installed]
    npx = shutil.which("npx")
    if npx is None:
        return None
    command = [npx, "--no-install", "azurite-queue"]
    found = subprocess.run(  # the program of this test, and no outside input
        [*command, "--version"], cwd=Path(__file__).parent, capture_output=True, check=False
    )
    return command if found.returncode == 0 else None


def wait_until_it_listens(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as attempt:
            if attempt.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail(f"Azurite does not listen on {port}")
