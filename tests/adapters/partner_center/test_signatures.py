from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import timedelta

import httpx
import pytest
import respx
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.adapters.partner_center.authorities import (
    ISSUER_ADDRESS,
    NOW,
    YEAR,
    Party,
    authority,
    signer,
)
from work365.adapters.partner_center.certificates import CertificateUnreachable
from work365.adapters.partner_center.signatures import (
    CERTIFICATE_HOST,
    NotMicrosofts,
    SignatureCheck,
    Trust,
)
from work365.http import http_client

ADDRESS = (
    "https://3psostorageacct.blob.core.windows.net/cert/pcnotifications-dispatch.microsoft.com.cer"
)
BODY = '{"EventName":"subscription-updated","ResourceName":"Überseering"}'.encode()

ROOT = authority()
ISSUER = authority("Test Issuer", issued_by=ROOT)
MICROSOFT = signer(ISSUER)


class Clock:
    def __init__(self) -> None:
        self.now = NOW


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def check(clock: Clock) -> Iterator[SignatureCheck]:
    with http_client() as http:
        yield SignatureCheck(
            Trust(authorities=(ROOT.certificate,)), http=http, clock=lambda: clock.now
        )


@pytest.fixture
def published(respx_mock: respx.MockRouter) -> respx.MockRouter:
    publish(respx_mock, MICROSOFT)
    respx_mock.get(ISSUER_ADDRESS).respond(content=ISSUER.der)
    return respx_mock


def publish(router: respx.MockRouter, party: Party) -> respx.Route:
    return router.get(ADDRESS).respond(content=party.der)


def signed(
    body: bytes, *, by: Party = MICROSOFT, but: Mapping[str, str] | None = None
) -> Mapping[str, str]:
    headers = {
        "Authorization": f"Signature {b64encode(by.sign(body)).decode()}",
        "X-MS-Certificate-Url": ADDRESS,
        "X-MS-Signature-Algorithm": "rsa-sha256",
    }
    return {**headers, **(but or {})}


class TestMicrosoftsOwn:
    def test_is_let_in(self, check: SignatureCheck, published: respx.MockRouter) -> None:
        check.check(BODY, signed(BODY))

        assert published.calls.call_count == 2

    def test_is_let_in_by_the_other_header(
        self, check: SignatureCheck, published: respx.MockRouter
    ) -> None:
        headers = dict(signed(BODY))
        headers["x-ms-signature"] = headers.pop("Authorization").removeprefix("Signature ")

        check.check(BODY, headers)

        assert published.calls.call_count == 2

    def test_is_let_in_by_a_certificate_for_clients(
        self, check: SignatureCheck, respx_mock: respx.MockRouter
    ) -> None:
        for_clients = signer(ISSUER, uses=ExtendedKeyUsageOID.CLIENT_AUTH)
        publish(respx_mock, for_clients)
        respx_mock.get(ISSUER_ADDRESS).respond(content=ISSUER.der)

        check.check(BODY, signed(BODY, by=for_clients))

        assert respx_mock.calls.call_count == 2

    def test_is_fetched_from_this_machine_where_something_stands_in(
        self, respx_mock: respx.MockRouter
    ) -> None:
        here = "https://localhost:7070"
        respx_mock.get(ADDRESS.replace(f"https://{CERTIFICATE_HOST}", here)).respond(
            content=MICROSOFT.der
        )
        respx_mock.get(ISSUER_ADDRESS).respond(content=ISSUER.der)
        trust = Trust(authorities=(ROOT.certificate,), certificates_at=here)

        with http_client() as http:
            check = SignatureCheck(trust, http=http, clock=lambda: NOW)
            check.check(BODY, signed(BODY))

        assert respx_mock.calls.call_count == 2

    def test_is_fetched_once(self, check: SignatureCheck, published: respx.MockRouter) -> None:
        for number in range(3):
            body = BODY + b" " * number
            check.check(body, signed(body))

        assert published.calls.call_count == 2

    def test_is_fetched_anew_once_the_certificate_is_over(
        self, check: SignatureCheck, clock: Clock, respx_mock: respx.MockRouter
    ) -> None:
        route = publish(respx_mock, MICROSOFT)
        respx_mock.get(ISSUER_ADDRESS).respond(content=ISSUER.der)
        check.check(BODY, signed(BODY))
        renewed = signer(ISSUER, valid_for=2 * YEAR)
        publish(respx_mock, renewed)
        clock.now = NOW + YEAR + timedelta(days=1)

        check.check(BODY, signed(BODY, by=renewed))

        assert route.call_count == 2


class TestForged:
    def test_body_is_refused(self, check: SignatureCheck, published: respx.MockRouter) -> None:
        with pytest.raises(NotMicrosofts, match="not one of this body"):
            check.check(BODY + b" ", signed(BODY))

        assert published.calls.call_count == 2

    def test_signature_by_another_key_is_refused(
        self, check: SignatureCheck, published: respx.MockRouter
    ) -> None:
        with pytest.raises(NotMicrosofts, match="not one of this body"):
            check.check(BODY, signed(BODY, by=signer(ISSUER)))

        assert published.calls.call_count == 2

    @pytest.mark.parametrize(
        "address",
        [
            "https://evil.example/cert/pcnotifications-dispatch.microsoft.com.cer",
            "http://3psostorageacct.blob.core.windows.net/cert/a.cer",
            "https://3psostorageacct.blob.core.windows.net.evil.example/cert/a.cer",
            "https://3psostorageacct.blob.core.windows.net:8443/cert/a.cer",
            "https://3psostorageacct.blob.core.windows.net@evil.example/cert/a.cer",
            "https://user:pw@3psostorageacct.blob.core.windows.net/cert/a.cer",
            "https://3psostorageacct.blob.core.windows.net/cert/a.cer?redirect=evil",
            "https://[::1/cert",
            "//3psostorageacct.blob.core.windows.net/cert/a.cer",
            "file:///etc/passwd",
            "",
        ],
    )
    def test_address_of_a_certificate_is_not_fetched(
        self, check: SignatureCheck, respx_mock: respx.MockRouter, address: str
    ) -> None:
        with pytest.raises(NotMicrosofts, match="X-MS-Certificate-Url"):
            check.check(BODY, signed(BODY, but={"X-MS-Certificate-Url": address}))

        assert respx_mock.calls.call_count == 0

    @pytest.mark.parametrize(
        ("party", "reason"),
        [
            (signer(ISSUER, organization="Contoso Ltd"), "Contoso"),
            (signer(authority("Other Root")), "no trusted authority"),
            (signer(ISSUER, name="www.microsoft.com"), "no trusted authority"),
            (signer(ISSUER, valid_for=-timedelta(days=1)), "no trusted authority"),
            (signer(ISSUER, issuer_address="http://evil.example/a.crt"), "no trusted authority"),
            (signer(ISSUER, uses=ExtendedKeyUsageOID.CODE_SIGNING), "no trusted authority"),
        ],
        ids=["organization", "root", "name", "expired", "issuer elsewhere", "for something else"],
    )
    def test_certificate_is_refused(
        self,
        check: SignatureCheck,
        party: Party,
        reason: str,
    ) -> None:
        with respx.mock(assert_all_called=False) as router:
            publish(router, party)
            router.get(ISSUER_ADDRESS).respond(content=ISSUER.der)

            with pytest.raises(NotMicrosofts, match=reason):
                check.check(BODY, signed(BODY, by=party))

    @pytest.mark.parametrize(
        ("header", "value", "reason"),
        [
            ("Authorization", "", "Authorization has to be"),
            ("Authorization", "Bearer abc", "Authorization has to be"),
            ("Authorization", "Signature %%%", "not base64"),
            ("Authorization", "Signature " + "A" * 4_000, "is none"),
            ("X-MS-Signature-Algorithm", "none", "has to be rsa-sha256"),
            ("X-MS-Signature-Algorithm", "", "has to be rsa-sha256"),
        ],
    )
    def test_headers_are_refused_without_asking_anybody(
        self,
        check: SignatureCheck,
        respx_mock: respx.MockRouter,
        header: str,
        value: str,
        reason: str,
    ) -> None:
        with pytest.raises(NotMicrosofts, match=reason):
            check.check(BODY, signed(BODY, but={header: value}))

        assert respx_mock.calls.call_count == 0


class TestCertificate:
    def test_behind_a_redirect_is_not_fetched(
        self, check: SignatureCheck, respx_mock: respx.MockRouter
    ) -> None:
        elsewhere = {"Location": "https://evil.example/a.cer"}
        respx_mock.get(ADDRESS).respond(302, headers=elsewhere)

        with pytest.raises(CertificateUnreachable, match="answered 302"):
            check.check(BODY, signed(BODY))

    @pytest.mark.parametrize("content", [b"", b"<html>", b"0" * 70_000])
    def test_that_is_none_is_refused(
        self, check: SignatureCheck, respx_mock: respx.MockRouter, content: bytes
    ) -> None:
        respx_mock.get(ADDRESS).respond(content=content)

        with pytest.raises(NotMicrosofts, match="certificate"):
            check.check(BODY, signed(BODY))

    def test_that_cannot_be_fetched_now_is_asked_for_again(
        self, check: SignatureCheck, respx_mock: respx.MockRouter
    ) -> None:
        respx_mock.get(ADDRESS).mock(side_effect=httpx.ConnectError("no route"))

        with pytest.raises(CertificateUnreachable, match="no route"):
            check.check(BODY, signed(BODY))
