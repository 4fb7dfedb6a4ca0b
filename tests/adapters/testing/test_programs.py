"""Programs: what they say, what plays them, and changes to them that change nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.adapters.testing import programs
from duetime.adapters.testing.bare import Bare
from duetime.adapters.testing.playing import Stage, play
from duetime.adapters.testing.program_strategies import EVERYTHING, JITTERY, RESTARTS, SLOTS
from duetime.adapters.testing.program_strategies import programs as drawn
from duetime.adapters.testing.programs import (
    Beat,
    Disable,
    Finish,
    Limit,
    Pass,
    Program,
    Reschedule,
    Restart,
    Say,
    Slew,
    Stall,
    StepWall,
    Suspend,
    declare,
)
from duetime.adapters.testing.transforms import (
    insert_noops,
    permute_registrations,
    rename,
    split_advances,
    time_shift,
)
from duetime.adapters.threads import Scheduler
from duetime.engine.errors import BadTaskError
from duetime.engine.instants import HOUR, SECOND
from duetime.engine.triggers import TRIGGERS
from duetime.engine.triggers.every import Every
from duetime.engine.triggers.once import Once

NAMES = {**TRIGGERS, **vars(programs)}
A, B = (declare(name, Every(seconds=10), takes="3s") for name in "ab")

EACH = Program(
    [
        Limit(2),
        declare("a", Every(seconds=10), takes="3s", retry="retry(2, 5s)", beats=[Beat(1, "fail")]),
        declare("b", Every(seconds=10), takes="hold", overlap="allow(2)", priority=1),
        Say("demand", "a"),
        Disable("a"),
        Disable("a", 90 * SECOND),
        Reschedule("a", Every(seconds=5)),
        Finish("b"),
        Finish("b", ok=False),
        Pass("1m"),
        Stall("2h"),
        Suspend("1d"),
        StepWall("-1h"),
        StepWall("30s"),
        Slew(200, "1h"),
        Restart(),
    ]
)


def test_a_program_says_itself_in_words() -> None:
    """An act a line."""
    assert (
        str(EACH)
        == """\
at most 2 runs may go at once
add 'a': every 10 seconds; each run lasts for 3s; retry retry(2, 5s, 2.0, 1h); in call 1 its code \
does: fail
add 'b': every 10 seconds; each run lasts until it is finished; overlap allow(2); priority 1
demand 'a'
disable 'a'
disable 'a' for 1m 30s
reschedule 'a': every 5 seconds
finish the run of 'b' that is held
fail the run of 'b' that is held
1m pass
nobody is woken for 2h
the machine sleeps for 1d
the wall clock is put back by 1h
the wall clock is put forward by 30s
the wall clock gains 200 ppm for 1h
the process is killed, and another goes on"""
    )


@given(st.one_of(st.just(EACH), drawn(*EVERYTHING, RESTARTS, first=JITTERY, slots=SLOTS)))
def test_a_program_is_written_as_the_call_that_makes_it(program: Program) -> None:
    """On many lines or on one."""
    assert eval(repr(program), NAMES) == eval(program.line(), NAMES) == program


def test_a_declaration_is_read_as_add_reads_it() -> None:
    """What makes no sense is refused when the act is made."""
    with pytest.raises(BadTaskError, match="overlap"):
        declare("a", Every(seconds=10), overlap="sometimes")


ENDS = Program(
    [
        declare("a", Every(seconds=10), takes="3s"),
        declare("b", Every(seconds=15), takes="hold"),
        declare("c", Every(seconds=20), beats=[Beat(1, "fail")]),
        Pass("16s"),
        Finish("b", ok=False),
        Finish("b"),
        Pass("30s"),
        Finish("b"),
        Say("remove", "a"),
        Pass("10s"),
    ]
)


def test_every_player_tells_the_same_story() -> None:
    """A simulation, real threads and the machine alone: inputs, times and effects."""
    stages = [play(ENDS), play(ENDS, Scheduler)]
    stories = [
        sorted(repr(each).replace("RuntimeError: failed", "failed") for each in player.journal)
        for player in (*stages, Bare().play(ENDS))
    ]
    for stage in stages:
        stage.close()
    assert stories[0] == stories[1] == stories[2]


def test_a_restart_needs_a_store() -> None:
    """Without one it is passed over, like any verb that a shell refuses."""
    stage = Stage().play([A, Pass("12s"), Restart(), Pass("2s")])
    assert [run.outcome for run in stage.shell.runs("a")] == ["finished"]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (
            split_advances(Program([Pass("9s"), A, Pass("5s")]), [[4 * SECOND, 2 * SECOND]]),
            [Pass("2s"), Pass("2s"), Pass("5s"), A, Pass("2s"), Pass("2s"), Pass("1s")],
        ),
        (split_advances(Program([Pass("9s")]), []), [Pass("9s")]),
        (split_advances(Program([Pass("1s")]), [[HOUR]]), [Pass("1s"), Pass("0s")]),
        (
            permute_registrations(Program([Limit(1), A, B, Pass("1s"), A]), [1, 0]),
            [Limit(1), B, A, Pass("1s"), A],
        ),
        (permute_registrations(Program([A, B, A]), [2, 1, 0]), [A, B, A]),
        (permute_registrations(Program([A, B]), []), [A, B]),
        (
            insert_noops(Program([Limit(1), A, Pass("1s"), Disable("a"), Pass("1s"), B]), range(9)),
            [
                *(Limit(1), A, Say("enable", "a"), Pass("1s"), Pass(0), Say("enable", "a")),
                *(Disable("a"), Pass("1s"), Pass(0), B),
            ],
        ),
        (
            insert_noops(
                Program([A, Disable("a"), Say("enable", "a"), Say("remove", "a"), B]), [3, 4]
            ),
            [A, Disable("a"), Say("enable", "a"), Say("enable", "a"), Say("remove", "a"), B],
        ),
        (
            time_shift(
                Program(
                    [
                        declare("a", Once("2026-01-01T00:00Z")),
                        Reschedule("a", Every("5s", anchor="2026-01-01T00:00Z")),
                        Pass("1s"),
                    ]
                ),
                HOUR,
            ),
            [
                declare("a", Once("2026-01-01T01:00Z")),
                Reschedule("a", Every("5s", anchor="2026-01-01T01:00Z")),
                Pass("1s"),
            ],
        ),
        (
            rename(Program([A, Say("stop", "a"), Finish("b"), Pass("1s")]), {"a": "b"}),
            [B, Say("stop", "b"), Finish("b"), Pass("1s")],
        ),
    ],
)
def test_a_transform_changes_what_it_says(changed: Program, expected: list[object]) -> None:
    """That nothing comes of it, the properties say that are written with it."""
    assert list(changed) == expected
