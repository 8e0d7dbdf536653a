"""What may stand between two addresses, given what was sent and answered."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bench.crash.pair import Half, Pair, Seen
from bench.soak.model import Model, Operation, Remove, Set, Shown, Subscription

ANNA, BERT, FAR = "anna@localhost", "bert@localhost", "far@far.test"
ACCOUNTS = (ANNA, BERT)
NOTHING = Half()


def listed(name: str | None = None, subscription: str = "none", ask: bool = False) -> Half:
    """An entry without groups."""
    return Half(Shown(name, (), subscription, ask, False))


def named(name: str) -> Set:
    """Anna names the far contact."""
    return Set(ANNA, FAR, name, ())


def pair() -> Pair:
    """Two accounts that know nothing of each other."""
    return Pair(ACCOUNTS, ACCOUNTS)


def far() -> Pair:
    """An account and somebody elsewhere."""
    return Pair((ANNA, FAR), ACCOUNTS)


def test_what_was_never_answered_has_happened_or_not() -> None:
    """Whole, or not at all; both sides of a subscription with it."""
    one = pair()
    one.send(1, "a", Subscription(ANNA, BERT, "subscribe"))
    assert one.possible() == {(NOTHING, NOTHING), (listed(ask=True), Half(None, True))}


def test_what_was_answered_has_happened() -> None:
    """After the answer there is no doubt."""
    one = pair()
    one.send(1, "a", Subscription(ANNA, BERT, "subscribe"))
    assert one.answer(1, True)
    assert one.possible() == {(listed(ask=True), Half(None, True))}


def test_what_was_refused_has_not_happened() -> None:
    """A change that could not be stored has left no trace."""
    one = far()
    one.send(1, "a", named("x"))
    assert one.answer(1, False)
    assert one.possible() == {(NOTHING,)}


def test_changes_of_one_client_happen_in_their_order() -> None:
    """The second cannot be there without the first."""
    one = far()
    one.send(1, "a", named("x"))
    one.send(2, "a", Remove(ANNA, FAR))
    one.send(3, "a", named("y"))
    assert one.possible() == {(NOTHING,), (listed("x"),), (listed("y"),)}
    assert one.answer(3, True)
    assert one.possible() == {(listed("y"),)}


def test_changes_of_two_clients_happen_in_any_order() -> None:
    """Neither has waited for the other."""
    one = far()
    one.send(1, "a", named("x"))
    one.send(2, "b", named("y"))
    assert one.answer(1, True) and one.answer(2, True)
    assert one.possible() == {(listed("x"),), (listed("y"),)}


def test_what_was_sent_after_an_answer_happens_after_it() -> None:
    """Whoever had an answer knows that the other one's change is older than his next."""
    one = far()
    one.send(1, "a", named("x"))
    assert one.answer(1, True)
    one.send(2, "b", named("y"))
    assert one.answer(2, True)
    assert one.possible() == {(listed("y"),)}


def test_an_answer_that_nothing_explains_is_told() -> None:
    """Nobody can have removed what was never there."""
    one = far()
    one.send(1, "a", Remove(ANNA, FAR))
    assert not one.answer(1, True)
    assert one.possible() == {(NOTHING,)}


def test_a_refusal_may_come_from_the_other_ones_change() -> None:
    """A removal finds nothing where somebody else was faster."""
    one = far()
    one.send(1, "a", named("x"))
    assert one.answer(1, True)
    one.send(2, "a", Remove(ANNA, FAR))
    one.send(3, "b", Remove(ANNA, FAR))
    assert one.answer(2, False) and one.answer(3, True)
    assert one.possible() == {(NOTHING,)}


def test_settling_says_how_much_has_happened() -> None:
    """At least so many of the unanswered changes must have happened; afterwards nothing is open."""
    one = far()
    one.send(1, "a", named("x"))
    one.send(2, "a", named("y"))
    assert one.settle((listed("z"),)) is None
    assert one.settle((listed("y"),)) == 2
    assert one.possible() == {(listed("y"),)}


def test_settling_counts_no_more_than_must_have_happened() -> None:
    """An entry that is not there may have come and gone, or never have come."""
    one = far()
    one.send(1, "a", named("x"))
    one.send(2, "a", Remove(ANNA, FAR))
    assert one.settle((NOTHING,)) == 0


OPERATIONS = st.one_of(
    st.builds(Set, st.sampled_from(ACCOUNTS), st.none(), st.sampled_from("xyz"), st.just(())),
    st.builds(Remove, st.sampled_from(ACCOUNTS), st.none()),
    st.builds(
        Subscription,
        st.sampled_from(ACCOUNTS),
        st.none(),
        st.sampled_from(["subscribe", "subscribed", "unsubscribe", "unsubscribed"]),
    ),
).map(lambda operation: operation._replace(contact=BERT if operation.account == ANNA else ANNA))


def seen(model: Model) -> Seen:
    """What a model shows."""
    return tuple(
        Half(model.roster(one).get(other), other in model.requests(one)) for one, other in (ACCOUNTS, ACCOUNTS[::-1])
    )


@given(st.lists(st.tuples(OPERATIONS, st.integers(0, 2)), max_size=8), st.integers(0, 8))
def test_what_a_right_server_does_is_always_possible(script: list[tuple[Operation, int]], killed_after: int) -> None:
    """A server that handles each client's operations in their order and answers late or never is never blamed."""
    one, model = pair(), Model(ACCOUNTS)
    waiting: list[tuple[int, bool]] = []
    for number, (operation, answers) in enumerate(script):
        one.send(number, operation.account, operation)
        if number < killed_after:
            waiting.append((number, model.apply(operation)))
        for _ in range(min(answers, len(waiting))):
            assert one.answer(*waiting.pop(0))
    assert one.settle(seen(model)) is not None


@given(st.lists(OPERATIONS, min_size=1, max_size=6))
def test_a_lost_change_that_shows_is_found(script: list[Operation]) -> None:
    """Where everything was answered, any state but the last is impossible."""
    one, model = pair(), Model(ACCOUNTS)
    states = [seen(model)]
    for number, operation in enumerate(script):
        one.send(number, operation.account, operation)
        assert one.answer(number, model.apply(operation))
        states.append(seen(model))
    assert one.possible() == {states[-1]}
    for before, after in pairwise(states):
        if before != after and before != states[-1]:
            assert one.settle(before) is None
