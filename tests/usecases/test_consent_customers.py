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
    there: dict[str, Sequence[ApplicationGrant]] = field(default_factory=dict)

    def give(self, tenant: str, application: str, grants: Sequence[ApplicationGrant]) -> bool:
        self.asked.append(tenant)
        if tenant in self.refused:
            raise Refusal("The user lacks the role Cloud Application Administrator there.")
        return self.there.setdefault(tenant, grants) is grants

    def withdraw(self, tenant: str, application: str) -> bool:
        return self.there.pop(tenant, None) is not None


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

        assert consents.there == {"a": (more,)}
        assert [each.is_withdrawn for each in ledger.given].count(False) == 1

    def test_that_gave_it_unknown_to_us_are_put_on_record(self) -> None:
        ledger, consents = Ledger(), Consents(there={"a": (GRAPH,)})

        consent(["a"], ledger, consents)

        assert consents.asked == ["a"]
        assert [each.tenant for each in ledger.given] == ["a"]
