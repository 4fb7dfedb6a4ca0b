"""The life of one task: the one function that changes its state.

Two rules. Whatever happens to a task is an input, and `step` alone says what state it leads to and
what is to be done. `step` is pure: `Facts` bring the declaration and the time, nothing is asked
from outside, and an input that raises has changed nothing.

Read `step` from the top: its arms stand in paragraphs, one for each kind of input. What is not
written there is not legal, and the last arm says so. The states stand in `states.py`, inputs and
effects in `messages.py`, what takes more than a line in `moves.py`. The table of all states with
all inputs is derived by a test and stands in `tests/golden/lifecycle.txt`.

Runs and occurrences are two things. An occurrence is a due time, and has a fate. A run is work in
progress; it outlives the removal, disabling and editing of its task, and holds its slot until it
has ended.
"""

from dataclasses import replace

from duetime.engine import edits, moves, pauses
from duetime.engine.catchup import Due
from duetime.engine.errors import IllegalInputError
from duetime.engine.messages import (
    Added,
    Damaged,
    Demanded,
    Disabled,
    Enabled,
    Input,
    Redeclared,
    Removed,
    Rescheduled,
    Restarted,
    RunInput,
    RunRequested,
    StopRequested,
    Ticked,
)
from duetime.engine.states import (
    Absent,
    Broken,
    ClockJumped,
    Facts,
    Idle,
    Leaving,
    Paused,
    Running,
    SlotFreed,
    State,
    TriggerFailed,
)

Happening = Input | SlotFreed | TriggerFailed | ClockJumped


def step(facts: Facts, state: State, input_: Happening) -> moves.Result:
    """Return the state that an input leads to, and what is to be done.

    Raises IllegalInputError for an input that the state does not permit.
    """
    match state, input_:
        # Time passed. What is to be done about a run goes first, then a pause that is over.
        case Idle(due=Due() as due), Ticked():
            return moves.come_due(facts, state, due)
        case ((Running() | Paused() | Broken() | Leaving()), Ticked()) if moves.has_timer(
            facts, state
        ):
            return moves.run_timers(facts, state)
        case Running(due=Due() as due), Ticked():
            return moves.come_due(facts, state, due)
        case Paused(), Ticked():
            return pauses.pass_by(facts, state)

        # A run ended. One that nobody knows changes nothing.
        case ((Running() | Paused() | Broken() | Leaving()), RunInput()):
            return moves.end(facts, state, input_)
        case ((Absent() | Idle()), RunInput()):
            return state, (moves.stale(input_),)

        # There is a slot for it.
        case Running(ready=(_, *_)), SlotFreed():
            return moves.start_ready(facts, state)

        # Declared, for the first time or anew. Runs in progress keep their slots.
        case Absent(), Added() | Redeclared():
            return moves.live(facts, state.number, moves.first_due(facts)), ()
        case Leaving(), Added() | Redeclared():
            return moves.live(facts, state.number, moves.first_due(facts), state.runs), ()
        case Idle() | Running() | Paused(), Added():
            return edits.declare_anew(facts, state)
        case Broken(), Added() | Redeclared():
            return edits.mend(facts, state)

        # Edited: another trigger. An equal one changes nothing.
        case ((Idle() | Running() | Paused()), (Rescheduled() | Redeclared())) if (
            facts.trigger == facts.before
        ):
            return state, ()
        case ((Idle() | Running() | Paused()), (Rescheduled() | Redeclared())):
            return edits.reschedule(facts, state)
        case Broken(), Rescheduled():
            return edits.revive(facts, state), ()

        # Removed.
        case Idle() | Running() | Paused() | Broken(), Removed():
            return edits.remove(facts, state)

        # Asked for by somebody.
        case Idle() | Running(), Demanded() | RunRequested():
            return moves.ask(facts, state, input_)
        case Paused(), Demanded() | RunRequested():
            return pauses.ask_after_pause(facts, state, input_)
        case Broken(), Demanded() | RunRequested():
            return state, (moves.refused(facts, "error"),)
        case ((Running() | Paused() | Broken() | Leaving()), StopRequested()):
            return moves.ask_to_stop(facts, state)
        case Idle(), StopRequested():
            return state, ()

        # Disabled and enabled. Saying it twice is saying it once.
        case ((Idle() | Running()), Disabled()):
            return pauses.pause(facts, state, input_)
        case Paused() | Broken(), Disabled():
            return replace(state, pause=pauses.paused(state, input_)), ()
        case Paused(), Enabled():
            return pauses.enable(facts, state, input_)
        case Broken(), Enabled():
            return edits.revive(facts, replace(state, pause=None)), ()
        case ((Idle() | Running()), Enabled()):
            return state, ()

        # The process started anew, the trigger failed, or the wall clock jumped.
        case _, Restarted():
            return moves.lose_all(facts, state)
        case _, TriggerFailed() | Damaged():
            return edits.break_down(facts, state, input_.error)
        case ((Idle() | Running() | Paused()), ClockJumped()):
            return edits.jump(facts, state)
        case _:
            what, where = type(input_).__name__, type(state).__name__
            raise IllegalInputError(f"task {facts.task.name!r} is {where}: {what} is not possible")
