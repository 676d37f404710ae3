import io
import logging
from collections.abc import Iterator

import pytest

from tests.identity.tokens import id_claims, signed
from work365.identity.redaction import (
    MASK,
    QUIET_LOGGERS,
    install_redaction,
    mask,
    mask_records,
)

JWT = signed(id_claims()).reveal()
REFRESH = "1.AXoAmarkerRefreshTokenOfThePartner-x.AgABAwEAAAD"
CODE = "0.AXoAmarkerAuthorizationCode_of_a_sign-in.AgABBAIAAAD"


@pytest.fixture
def process() -> Iterator[None]:
    """A process in which nothing was installed yet."""
    factory = logging.getLogRecordFactory()
    levels = {name: logging.getLogger(name).level for name in QUIET_LOGGERS}
    yield
    logging.setLogRecordFactory(factory)
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture
def written(process: None) -> Iterator[io.StringIO]:
    """What a handler writes that was there before anything was installed."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logger = logging.getLogger("anybody")
    logger.addHandler(handler)
    mask_records()
    yield stream
    logger.removeHandler(handler)


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"got {JWT} for it", JWT.split(".")[1]),
        (f"cut short: {JWT[:60]}", JWT[20:60]),
        (f"refresh {REFRESH} was kept", REFRESH),
        (f"the code {CODE}", CODE),
        ("Authorization: Bearer opaque.token-1234", "opaque.token-1234"),
        ("{'Authorization': 'Bearer opaque.token-1234'}", "opaque.token-1234"),
        ("GET https://x.blob.core/a?sv=2&sig=abc%2Fdef%3D&se=1", "abc%2Fdef%3D"),
        ("https://app/callback?code=SHORT-code&state=s-t-a-t-e", "SHORT-code"),
        ("https://app/callback?code=SHORT-code&state=s-t-a-t-e", "s-t-a-t-e"),
        ("https://app/api/webhooks/dataverse?code=key-of-the-host", "key-of-the-host"),
        ('{"refresh_token": "opaque-one", "expires_in": 3599}', "opaque-one"),
        ("grant_type=refresh_token&refresh_token=opaque-two&scope=x", "opaque-two"),
        ("client_secret='opaque-three'", "opaque-three"),
        ('"sasToken":"sv=2024&sig=opaque-four"', "opaque-four"),
        ("AccountName=a;AccountKey=b3BhcXVlLWZpdmU=;EndpointSuffix=x", "b3BhcXVlLWZpdmU="),
        ("[(b'Set-Cookie', b'__Host-consent=opaque-six; Secure')]", "opaque-six"),
        ("x-functions-key: opaque-seven", "opaque-seven"),
    ],
)
def test_what_looks_like_a_secret_is_masked(text: str, secret: str) -> None:
    masked = mask(text)

    assert secret not in masked
    assert MASK in masked


@pytest.mark.parametrize(
    "text",
    [
        "HTTP 401, code 900421: MFA is missing",
        "code: subscription_not_found",
        "error_code=800090",
        "request 5b1c3a7e-0000-4000-8000-aabbccddeeff, correlation 4711",
        "https://api.partnercenter.microsoft.com/v1/customers?size=500",
        "no token for https://contoso.crm4.dynamics.com/.default",
        "3 x 12.40 x 21/31 = 25.20",
        "no bearer of whatever name",
        "Client assertion failed signature validation.",
    ],
)
def test_what_people_need_to_read_stays(text: str) -> None:
    assert mask(text) == text


def test_a_handler_that_was_there_before_writes_what_is_masked(written: io.StringIO) -> None:
    logging.getLogger("anybody").warning("sent %s to %s", f"Bearer {JWT}", "Microsoft")

    assert written.getvalue() == f"sent Bearer {MASK} to Microsoft\n"


def test_a_message_without_a_secret_keeps_its_arguments(
    written: io.StringIO, caplog: pytest.LogCaptureFixture
) -> None:
    logging.getLogger("anybody").warning("read %d of %s", 3, "rows")

    assert caplog.records[0].args == (3, "rows")


def test_a_traceback_is_masked_too(written: io.StringIO) -> None:
    try:
        raise ValueError(f"could not read refresh_token={REFRESH}")
    except ValueError:
        logging.getLogger("anybody").exception("failed")

    assert REFRESH not in written.getvalue()
    assert "ValueError: could not read" in written.getvalue()


def test_arguments_that_do_not_fit_are_not_printed(
    written: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    logging.getLogger("anybody").warning("count %d", REFRESH)

    assert written.getvalue() == "count %d (its arguments did not fit)\n"
    assert REFRESH not in capsys.readouterr().err


def test_a_second_time_changes_nothing(written: io.StringIO) -> None:
    factory = logging.getLogRecordFactory()

    mask_records()

    assert logging.getLogRecordFactory() is factory


@pytest.mark.usefixtures("process")
def test_libraries_that_tell_too_much_are_kept_to_warnings(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)

    install_redaction()

    for name in (*QUIET_LOGGERS, "msal.token_cache", "azure.core.pipeline.policies"):
        logging.getLogger(name).info("whole answer")
        logging.getLogger(name).warning("warned")
    assert {record.getMessage() for record in caplog.records} == {"warned"}
