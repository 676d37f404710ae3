from datetime import date
from decimal import Decimal
from uuid import uuid5

from tests.usecases.fake_catalog import NOW, OTHER_TENANT, SOME, TENANT, TODAY
from tests.usecases.provider_ends import logged, seen
from tests.usecases.test_seat_history import ten_seats
from work365.domain.changes import Change, Status
from work365.domain.microsoft.subscriptions import SeenSubscription
from work365.ports.seen_subscriptions import LoggedSubscription
from work365.usecases.subscription_pairs import Pairs, paired

OURS = logged(ten_seats())


def pairs(
    *ours: LoggedSubscription, given: SeenSubscription | None = None, whole: bool = True
) -> Pairs:
    at_microsoft = {} if given is None else {given.provided.id: given}
    return paired(at_microsoft, ours, whole={TENANT} if whole else set(), on=TODAY)


def test_one_that_is_at_both_ends_is_a_pair() -> None:
    one = seen()

    found = pairs(OURS, given=one)

    assert (found.known, found.new, found.findings) == (((OURS, one),), (), ())


def test_one_that_is_at_microsoft_only_is_new() -> None:
    one = seen()

    assert pairs(given=one).new == (one,)


def test_the_same_row_read_twice_is_one() -> None:
    assert len(pairs(OURS, OURS, given=seen()).known) == 1


def test_two_rows_with_one_id_are_found_and_neither_is_compared() -> None:
    other = logged(ten_seats(), id=uuid5(SOME, "another row"))

    found = pairs(OURS, other, given=seen())

    assert (found.known, found.new) == ((), ())
    assert [finding.code for finding in found.findings] == ["reference_twice"]


def test_one_that_is_charged_and_missing_at_microsoft_is_found() -> None:
    [finding] = pairs(OURS).findings

    assert finding.code == "not_at_microsoft"
    assert "s-1" in finding.message


def test_one_that_is_cancelled_may_be_missing_at_microsoft() -> None:
    end = Change("end", date(2026, 2, 1), NOW, Decimal(0), status=Status.CANCELLED)
    ended = logged(ten_seats())
    kept = ended.kept.__class__(
        key=ended.kept.key,
        contract=ended.kept.contract,
        term=None,
        plan=None,
        term_end_on=None,
        auto_renew=False,
        changes=(*ended.kept.changes, end),
    )

    assert pairs(logged(kept)).findings == ()


def test_nothing_is_missing_where_the_list_was_not_read_whole() -> None:
    assert pairs(OURS, whole=False).findings == ()


def test_one_that_microsoft_lists_for_another_tenant_is_found_and_compared() -> None:
    found = pairs(logged(ten_seats(), tenant=OTHER_TENANT), given=seen())

    assert len(found.known) == 1
    assert [finding.code for finding in found.findings] == ["tenant_differs"]
