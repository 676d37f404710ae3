from hypothesis import given
from hypothesis import strategies as st

from work365.domain.findings import Severity
from work365.domain.microsoft.decisions import refuse, request_id

KEYS = st.text(st.characters(codec="utf-8", exclude_characters="\n"), min_size=1, max_size=20)


def test_the_same_attempt_has_the_same_request() -> None:
    assert request_id("CHG-1", epoch=0) == request_id("CHG-1", epoch=0)
    assert str(request_id("CHG-1", epoch=0)) == "767de274-0e52-51dd-983b-4ea2dea35a8e"


@given(
    st.lists(
        st.tuples(KEYS, st.integers(0, 3), st.sampled_from(["", "cart", "checkout"])),
        unique=True,
        max_size=6,
    )
)
def test_no_two_attempts_have_one_request(attempts: list[tuple[str, int, str]]) -> None:
    ids = {request_id(key, epoch=epoch, step=step) for key, epoch, step in attempts}

    assert len(ids) == len(attempts)


def test_a_refusal_is_an_error_with_code_and_place() -> None:
    finding = refuse("window_closed", "It is over.", "subscription s-1").finding

    assert (finding.severity, finding.code, finding.path) == (
        Severity.ERROR,
        "window_closed",
        "subscription s-1",
    )
