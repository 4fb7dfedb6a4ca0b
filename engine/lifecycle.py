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

from duetime.engine import moves
from duetime.engine.catchup import Due
from duetime.engine.errors import IllegalInputError
from duetime.engine.messages import (
    Added,
    Demanded,
    Disabled,
    Enabled,
    Input,
    Removed,
    Rescheduled,
    Restarted,
    RunInput,
    RunRequested,
    StopRequested,
    Ticked,
)
from duetime.engine.overlap import demand
from duetime.engine.states import (
    Absent,
    Broken,
    ClockJumped,
    Facts,
    Idle,
    Leaving,
    Paused,
    Running,
    State,
    TriggerFailed,
)


def step(facts: Facts, state: State, input_: Input | TriggerFailed | ClockJumped) -> moves.Result:
    """Return the state that an input leads to, and what is to be done.

    Raises IllegalInputError for an input that the state does not permit.
    """
    match state, input_:
        # Time passed.
        case ((Idle(due=Due() as due) | Running(due=Due() as due)), Ticked()):
            return moves.come_due(facts, state, due)
        case Paused(), Ticked():
            return moves.pass_by(facts, state)

        # A run ended. One that nobody knows changes nothing.
        case ((Running() | Paused() | Broken() | Leaving()), RunInput()):
            return moves.end(facts, state, input_)
        case ((Absent() | Idle()), RunInput()):
            return state, (moves.stale(input_),)

        # Declared, for the first time or anew. Runs in progress keep their slots.
        case Absent(), Added():
            return moves.live(facts, state.number, moves.first_due(facts)), ()
        case Leaving() | Broken(), Added():
            return moves.live(facts, state.number, moves.first_due(facts), state.runs), ()
        case Idle() | Paused(), Added():
            return replace(state, due=moves.first_due(facts)), moves.superseded(facts, state.due)
        case Running(), Added():
            return moves.declare_anew(facts, state)

        # Edited: another trigger. An equal one changes nothing.
        case Idle() | Running() | Paused(), Rescheduled() if facts.trigger == facts.before:
            return state, ()
        case Running(), Rescheduled():
            return moves.reschedule(facts, state)
        case Idle() | Paused(), Rescheduled():
            return replace(state, due=moves.first_due(facts)), moves.superseded(facts, state.due)
        case Broken(), Rescheduled() | Enabled():
            return moves.live(facts, state.number, moves.first_due(facts), state.runs), ()

        # Removed. What waits will never run.
        case Idle(), Removed():
            return Absent(number=state.number), moves.superseded(facts, state.due)
        case Running(), Removed():
            return moves.remove(facts, state)
        case Paused(), Removed():
            return moves.leave(state.number, state.runs), moves.superseded(facts, state.due)
        case Broken(), Removed():
            return moves.leave(state.number, state.runs), ()

        # Asked for by somebody.
        case Idle(), Demanded() | RunRequested():
            return moves.start(facts, state, (moves.asked_for(facts, input_),), ())
        case Running(), Demanded():
            return replace(state, waiting=demand(state.waiting, moves.asked_for(facts, input_))), ()
        case Running(), RunRequested():
            return moves.admit_newcomers(facts, state, (moves.asked_for(facts, input_),))
        case Paused(), Demanded() | RunRequested():
            return state, (moves.refused(facts, "disabled"),)
        case Broken(), Demanded() | RunRequested():
            return state, (moves.refused(facts, "error"),)
        case ((Running() | Paused() | Broken() | Leaving()), StopRequested()):
            return moves.ask_to_stop(facts, state)
        case Idle(), StopRequested():
            return state, ()

        # Disabled and enabled. Saying it twice is saying it once.
        case ((Idle() | Running()), Disabled()):
            return moves.pause(facts, state, input_)
        case Paused(), Disabled():
            return replace(state, reason=input_.reason, until=input_.until), ()
        case Broken(), Disabled():
            return state, (moves.refused(facts, "error"),)
        case Paused(), Enabled():
            return moves.resume(facts, state, facts.now)
        case ((Idle() | Running()), Enabled()):
            return state, ()

        # The process started anew, the trigger failed, or the wall clock jumped.
        case _, Restarted():
            return moves.lose_all(facts, state)
        case _, TriggerFailed():
            return moves.break_down(facts, state, input_.error)
        case ((Idle() | Running() | Paused()), ClockJumped()):
            return moves.jump(facts, state)
        case _:
            what, where = type(input_).__name__, type(state).__name__
            raise IllegalInputError(f"task {facts.task.name!r} is {where}: {what} is not possible")
