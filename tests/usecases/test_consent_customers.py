from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.usecases.consents import APPLICATION, NOW, PROVIDER, Ledger
from work365.domain.microsoft.consents import MICROSOFT_GRAPH, ApplicationGrant
from work365.errors import Refusal
from work365.usecases.consent_customers import Consented, Wish, consent_customers

GRAPH = ApplicationGrant(MICROSOFT_GRAPH, ("User.Read.All", "Directory.Read.All"))
WISH = Wish(provider=PROVIDER, application=APPLICATION, grants=(GRAPH,))


@dataclass
class Consents:
    """Partner Center, which refuses some tenants."""

    refused: frozenset[str] = frozenset()
    asked: list[str] = field(default_factory=list)

    def give(self, tenant: str, application: str, grants: Sequence[ApplicationGrant]) -> bool:
        self.asked.append(tenant)
        if tenant in self.refused:
            raise Refusal("The user lacks the role Cloud Application Administrator there.")
        return True


def consent(
    tenants: Sequence[str], ledger: Ledger, consents: Consents, *, wish: Wish = WISH
) -> Consented:
    return consent_customers(
        tenants, wish, at=NOW, consents=consents, ledger=ledger, progress=lambda _: None
    )


class TestCustomers:
    def test_are_consented_for_once(self) -> None:
        ledger, consents = Ledger(), Consents()
        consent(["a", "b"], ledger, consents)

        again = consent(["a", "b", "c"], ledger, consents)

        assert consents.asked == ["a", "b", "c"]
        assert (again.given, again.unchanged) == (("c",), 2)

    def test_that_refuse_do_not_stop_the_others(self) -> None:
        ledger, consents = Ledger(), Consents(refused=frozenset({"a"}))

        consented = consent(["a", "b"], ledger, consents)

        assert consented.given == ("b",)
        (finding,) = consented.findings
        assert finding.path == "provider account a"
        assert "Cloud Application Administrator" in finding.message

    def test_are_asked_again_for_more_than_they_gave(self) -> None:
        ledger, consents = Ledger(), Consents()
        consent(["a"], ledger, consents)
        more = ApplicationGrant(MICROSOFT_GRAPH, ("User.Read.All", "Group.Read.All"))

        consent(
            ["a"],
            ledger,
            consents,
            wish=Wish(provider=PROVIDER, application=APPLICATION, grants=(more,)),
        )

        assert consents.asked == ["a", "a"]
