import ssl
from pathlib import Path

import httpx
import pytest
import trustme

from tests.emulators.partner_center.stage import AGENT, START, TOKENS, staged
from work365.emulators.partner_center.seeds import small
from work365.emulators.partner_center.serving import PortTaken, RunningTwin, Setup, serving


class TestServing:
    def test_is_over_https_with_a_certificate(self, tmp_path: Path) -> None:
        authority = trustme.CA()
        certificate = tmp_path / "server.pem"
        issued = authority.issue_cert("127.0.0.1")
        issued.private_key_and_cert_chain_pem.write_to_path(str(certificate))
        context = ssl.create_default_context()
        authority.configure_trust(context)
        twin = RunningTwin(small(START), clock=lambda: START, read_token=TOKENS)

        with serving(twin, certificate=certificate) as address:
            answer = httpx.get(
                f"{address}/v1/customers",
                headers={"Authorization": f"Bearer {AGENT}"},
                verify=context,
                trust_env=False,
            )
        twin.close()

        assert address.startswith("https://127.0.0.1:")
        assert answer.json()["totalCount"] == 10

    def test_says_so_where_the_port_is_taken(self) -> None:
        with staged() as stage:
            port = int(stage.address.rpartition(":")[2])
            twin = RunningTwin(small(START), clock=lambda: START, read_token=TOKENS)
            with pytest.raises(PortTaken, match=str(port)), serving(twin, port=port):
                pass
            twin.close()

    def test_lends_the_certificate_that_deliveries_speak_of(self) -> None:
        with staged(Setup(certificate_url="https://blobs.example/cert/pc.cer")) as stage:
            found = stage.call("GET", "/cert/pcnotifications-dispatch.microsoft.com.cer")

            assert found.content == stage.running.signer.certificate
