"""The agenda: the earliest first, in order of (due, priority, name), however much was moved."""

from hypothesis import given
from hypothesis import strategies as st

from duetime.engine.agenda import Agenda, Agendas
from duetime.engine.instants import Reading
from duetime.engine.timekeeper import Timekeeper

NAMES = st.sampled_from("abcde")
MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("put"), NAMES, st.integers(0, 9), st.integers(-1, 1)),
        st.tuples(st.just("drop"), NAMES),
        st.tuples(st.just("pop"), st.integers(0, 9)),
    ),
    max_size=200,
)


@given(MOVES)
def test_an_agenda_is_a_sorted_list_of_names(moves: list[tuple[object, ...]]) -> None:
    """Whatever is put, moved, dropped and popped, it agrees with a dict that is sorted."""
    agenda, model = Agenda(), {}
    for move in moves:
        match move:
            case "put", name, due, priority:
                agenda.put(name, due, priority)
                model[name] = (due, priority, name)
            case "drop", name:
                agenda.drop(name)
                model.pop(name, None)
            case "pop", now:
                due_now = sorted(entry for entry in model.values() if entry[0] <= now)
                model = {name: entry for name, entry in model.items() if entry not in due_now}
                assert agenda.pop_until(now) == due_now
        assert agenda.first() == min(model.values(), default=None)
        assert len(agenda) == len(model)


def test_stale_entries_are_swept_out() -> None:
    """A name that moves ten thousand times, or a crowd that leaves, does not fill the heap."""
    agenda = Agenda()
    for due in range(10_000):
        agenda.put("restless", due, 0)
    assert len(agenda.heap) < 200
    for number in range(10_000):
        agenda.put(f"task {number}", number, 0)
    for number in range(10_000):
        agenda.drop(f"task {number}")
    assert len(agenda.heap) < 200
    assert agenda.first() == (9_999, 0, "restless")


def test_an_equal_entry_is_not_put_again() -> None:
    """Planning the same due time again costs nothing."""
    agenda = Agenda()
    for _ in range(50):
        agenda.put("a", 5, 0)
    assert agenda.heap == [(5, 0, "a")]


def timekeeper(*, shift: int) -> Timekeeper:
    """Tell the time: 100 on the wall, less the shift as elapsed time."""
    time = Timekeeper()
    time.take(Reading(100 - shift, 0, "b"))
    time.last, time.shift = Reading(100, 0, "b"), shift
    return time


def test_both_clocks_are_popped_in_one_order() -> None:
    """Equal times come by priority, then by name; elapsed dues are read on the wall clock."""
    agendas = Agendas()
    agendas.place("wall b", 0, wall=95, elapsed=None)
    agendas.place("first", -1, wall=None, elapsed=90)
    agendas.place("elapsed a", 0, wall=None, elapsed=90)
    agendas.place("later", 0, wall=101, elapsed=None)
    agendas.place("also later", 0, wall=None, elapsed=96)
    assert agendas.pop_due(timekeeper(shift=5)) == ["first", "elapsed a", "wall b"]
    assert agendas.pop_due(timekeeper(shift=5)) == []


def test_a_name_may_be_on_both_clocks() -> None:
    """It is popped once, and let go of on a clock where it wants nothing more."""
    agendas = Agendas()
    agendas.place("a", 0, wall=100, elapsed=99)
    assert agendas.pop_due(timekeeper(shift=0)) == ["a"]
    agendas.place("a", 0, wall=100, elapsed=100)
    agendas.place("a", 0, wall=None, elapsed=100)
    assert agendas.wall.first() is None
    assert agendas.elapsed.first() == (100, 0, "a")
