"""The table of the state machine, derived from `lifecycle.step`: every state with every input.

It is noon. The task is due every ten minutes, so that 11:30, 11:40, 11:50 and 12:00 can have come
due unseen, and 12:10 lies ahead. Its last run was number 3. An edit brings a trigger that is due
every quarter of an hour, and generation 2. "Enabled from the pause" brings generation 2 as well.
In the part about attempts a run has three, a minute apart, of five minutes each.
"""

from collections.abc import Iterator
from dataclasses import replace

from duetime.engine.catchup import Due
from duetime.engine.errors import IllegalInputError
from duetime.engine.instants import MINUTE, Instant, iso
from duetime.engine.lifecycle import Happening, step
from duetime.engine.messages import (
    Added,
    AskToStop,
    Cause,
    Damaged,
    Demanded,
    Disabled,
    Effect,
    Enabled,
    RecordEvent,
    RecordFate,
    Redeclared,
    Removed,
    Rescheduled,
    Restarted,
    ResumeFrom,
    RunFailed,
    RunFinished,
    RunInput,
    RunLost,
    RunRequested,
    StartRun,
    StopRequested,
    Ticked,
)
from duetime.engine.overlap import Waiting
from duetime.engine.policies import Overlap, Retry
from duetime.engine.states import (
    Absent,
    Broken,
    ClockJumped,
    Facts,
    Going,
    Idle,
    Leaving,
    Pause,
    Paused,
    Running,
    SlotFreed,
    State,
    TriggerFailed,
    runs_of,
)
from duetime.engine.tasks import Task
from duetime.engine.triggers.every import Every
from tests.engine.builders import NOON, TEN_MINUTES, reading

QUARTERS = Every(minutes=15, anchor="2026-01-01T00:00Z")
TASK = Task(name="t", trigger=TEN_MINUTES)
FACTS = Facts(
    task=TASK,
    trigger=TEN_MINUTES,
    before=TEN_MINUTES,
    generation=1,
    generation_before=1,
    wall=NOON,
    elapsed=NOON,
    shift=0,
)
EDITED = replace(FACTS, trigger=QUARTERS, generation=2)


def due(minutes: int) -> Due:
    """Return the occurrence so many minutes after noon."""
    return Due(NOON + minutes * MINUTE, NOON + minutes * MINUTE)


def waiting(minutes: int, cause: Cause = Cause.DUE) -> Waiting:
    """Return a run that waits since so many minutes after noon."""
    instant = NOON + minutes * MINUTE
    return Waiting(nominal=instant, planned=instant, cause=cause)


ONE = (Going(1, 3),)
TWO = (Going(1, 2), Going(1, 3))
DEMAND = waiting(-5, Cause.DEMAND)

STATES: tuple[State, ...] = (
    Absent(),
    Absent(number=3),
    Idle(number=3, due=None),
    Idle(number=3, due=due(10)),
    Idle(number=3, due=due(0)),
    Idle(number=3, due=due(-30)),
    Running(number=3, due=None, runs=ONE),
    Running(number=3, due=due(10), runs=ONE),
    Running(number=3, due=due(0), runs=ONE),
    Running(number=3, due=due(-30), runs=(Going(1, 3, asked=True),)),
    Running(number=3, due=due(10), runs=TWO),
    Running(number=3, due=due(10), runs=ONE, waiting=(DEMAND,)),
    Running(number=3, due=due(0), runs=TWO, waiting=(waiting(-20), DEMAND, waiting(-10))),
    Running(number=3, due=due(10), runs=(), ready=(waiting(-10),)),
    Running(number=3, due=due(10), runs=ONE, ready=(waiting(-10),), waiting=(DEMAND,)),
    Paused(number=3, due=None, pause=Pause()),
    Paused(number=3, due=due(10), pause=Pause(reason="holidays", first=due(-30))),
    Paused(number=3, due=due(-30), runs=ONE, pause=Pause(first=due(-30))),
    Paused(number=3, due=due(-30), pause=Pause(until=NOON - 15 * MINUTE, first=due(-30))),
    Paused(number=3, due=due(10), runs=TWO, pause=Pause(until=NOON + 60 * MINUTE)),
    Broken(number=3, error="torn"),
    Broken(number=3, error="torn", runs=TWO),
    Broken(number=3, error="torn", pause=Pause(reason="holidays")),
    Leaving(number=3, runs=ONE),
    Leaving(number=3, runs=TWO),
)

AT = reading()
INPUTS: tuple[tuple[str, Happening, Facts], ...] = (
    ("Ticked", Ticked(at=AT), FACTS),
    ("RunFinished #3", RunFinished(at=AT, name="t", generation=1, number=3), FACTS),
    ("RunFailed #3", RunFailed(at=AT, name="t", generation=1, number=3, error="x"), FACTS),
    ("RunLost #3", RunLost(at=AT, name="t", generation=1, number=3), FACTS),
    ("RunFinished #9", RunFinished(at=AT, name="t", generation=1, number=9), FACTS),
    ("Added", Added(at=AT, task=replace(TASK, trigger=QUARTERS)), EDITED),
    ("Redeclared", Redeclared(at=AT, task=replace(TASK, trigger=QUARTERS)), EDITED),
    ("Redeclared as before", Redeclared(at=AT, task=TASK), FACTS),
    ("Damaged", Damaged(at=AT, name="t", error="worn"), FACTS),
    ("Rescheduled", Rescheduled(at=AT, name="t", trigger=QUARTERS), EDITED),
    ("Rescheduled as before", Rescheduled(at=AT, name="t", trigger=TEN_MINUTES), FACTS),
    ("Removed", Removed(at=AT, name="t"), FACTS),
    ("Demanded", Demanded(at=AT, name="t"), FACTS),
    ("RunRequested", RunRequested(at=AT, name="t"), FACTS),
    ("StopRequested", StopRequested(at=AT, name="t"), FACTS),
    ("Disabled", Disabled(at=AT, name="t", reason="repairs"), FACTS),
    ("Disabled until 13:00", Disabled(at=AT, name="t", until=NOON + 60 * MINUTE), FACTS),
    ("Enabled", Enabled(at=AT, name="t"), FACTS),
    (
        "Enabled from the pause",
        Enabled(at=AT, name="t", from_=ResumeFrom.PAUSE),
        replace(FACTS, generation=2),
    ),
    ("SlotFreed", SlotFreed(), FACTS),
    ("Restarted", Restarted(at=AT), FACTS),
    ("TriggerFailed", TriggerFailed(error="worn"), FACTS),
    ("ClockJumped", ClockJumped(), replace(FACTS, generation=2)),
)

POLICIES = ("skip", "allow(2)", "buffer_one", "buffer_all", "cancel_other")
OVERLAPPING = ("Ticked", "RunRequested", "Demanded", "RunFinished #3")
OVERLAPPED: tuple[State, ...] = (
    Running(number=3, due=due(0), runs=ONE),
    Running(number=3, due=due(-30), runs=ONE),
    Running(number=3, due=due(0), runs=ONE, waiting=(waiting(-10),)),
    Running(number=3, due=due(0), runs=ONE, waiting=(DEMAND,)),
)


TRIES = replace(TASK, retry=Retry(3, "1m", 1), time_limit=5 * MINUTE, rerun_after_crash=True)
ORIGIN = StartRun(
    name="t", generation=1, number=3, nominal=NOON, planned=NOON, cause=Cause.DUE, attempt=2
)
SECOND = Going(1, 3, attempt=2, origin=ORIGIN, limit_at=NOON + 5 * MINUTE)
OVER = replace(SECOND, limit_at=NOON)
LAST = replace(SECOND, attempt=3, asked=True, limit_at=None, overrunning=True)
AGAIN = Going(1, 3, attempt=1, origin=replace(ORIGIN, attempt=1), retry_at=NOON + MINUTE)
NOW_AGAIN = replace(AGAIN, retry_at=NOON)
TRYING: tuple[State, ...] = (
    Running(number=3, due=due(10), runs=(SECOND,)),
    Running(number=3, due=due(0), runs=(OVER,)),
    Running(number=3, due=due(10), runs=(LAST,)),
    Running(number=3, due=due(10), runs=(AGAIN,), waiting=(DEMAND,)),
    Running(number=3, due=due(10), runs=(NOW_AGAIN,)),
    Paused(number=3, due=due(0), runs=(NOW_AGAIN,), pause=Pause()),
    Broken(number=3, error="torn", runs=(NOW_AGAIN,)),
    Leaving(number=3, runs=(replace(OVER, origin=None),)),
)
ENTERING: tuple[State, ...] = (
    Idle(number=3, due=due(0)),
    Idle(number=3, due=due(-30)),
    Running(number=3, due=due(0), runs=ONE, waiting=(waiting(-10),)),
    Running(number=3, due=due(0), runs=(), ready=(waiting(-10),)),
    Running(number=3, due=due(0), runs=ONE, waiting=(DEMAND,)),
)


def table() -> str:
    """Write every state with every input, then what depends on the overlap policy."""
    lines = [f"# {text}".rstrip() for text in (__doc__ or "").strip().splitlines()]
    for state in STATES:
        lines += ["", *(line(FACTS.task, state, what, given) for what, *given in INPUTS)]
    for policy in POLICIES:
        lines += ["", f"# overlap = {policy}"]
        task = replace(TASK, overlap=Overlap.parse(policy))
        for state in OVERLAPPED:
            found = ((what, given) for what, *given in INPUTS if what in OVERLAPPING)
            lines += [line(task, state, what, given) for what, given in found]
    lines += ["", "# retry = retry(3, 1m, 1.0), time_limit = 5m, rerun_after_crash = yes"]
    for state in TRYING:
        lines += [
            "",
            *(line(TRIES, state, what, of_attempt(state, given)) for what, *given in INPUTS),
        ]
    lines += ["", "# so many runs of all tasks at the same time, and no slot is free"]
    for state in ENTERING:
        found = ((what, given) for what, *given in INPUTS if what in OVERLAPPING)
        lines += [line(TASK, state, what, limited(given)) for what, given in found]
    return "\n".join(lines) + "\n"


def of_attempt(state: State, given: list[Happening | Facts]) -> list[Happening | Facts]:
    """Let ends be those of the present attempt."""
    attempt = runs_of(state)[0].attempt
    return [
        replace(each, attempt=attempt) if isinstance(each, RunInput) else each for each in given
    ]


def limited(given: list[Happening | Facts]) -> list[Happening | Facts]:
    """Let slots be limited."""
    return [replace(each, limited=True) if isinstance(each, Facts) else each for each in given]


def line(task: Task, state: State, what: str, given: list[Happening | Facts]) -> str:
    """Write one transition."""
    input_, facts = given
    assert isinstance(facts, Facts)
    assert not isinstance(input_, Facts)
    outcome = outcome_text(replace(facts, task=task), state, input_)
    return f"{state_text(state)} + {what} -> {outcome}"


def outcome_text(facts: Facts, state: State, input_: Happening) -> str:
    """Make one step and write what came of it."""
    try:
        following, effects = step(facts, state, input_)
    except IllegalInputError:
        return "IllegalInputError"
    text = "unchanged" if following == state else state_text(following)
    return text + (": " + ", ".join(effect_text(effect) for effect in effects) if effects else "")


def state_text(state: State) -> str:
    """Write a state: its runs, its due time, who waits and why; "after" tells the last number."""
    runs = getattr(state, "runs", ())
    parts = [" ".join([type(state).__name__, *(run_text(run) for run in runs)])]
    if state.number != max((run.number for run in runs), default=0):
        parts[0] += f" after #{state.number}"
    return ", ".join([*parts, *details(state)])


def details(state: State) -> Iterator[str]:
    """Write what is special to a kind of state."""
    if isinstance(state, Idle | Running | Paused):
        yield f"due {clock(state.due.planned)}" if state.due else "nothing due"
    match state:
        case Running(ready=ready, waiting=queue):
            if ready:
                yield "ready: " + " ".join(waiting_text(each) for each in ready)
            if queue:
                yield "waiting: " + " ".join(waiting_text(each) for each in queue)
        case Paused(pause=pause):
            yield from pause_text(pause)
        case Broken(error=error, pause=pause):
            yield repr(error)
            if pause is not None:
                yield "disabled"
                yield from pause_text(pause)


def pause_text(pause: Pause) -> Iterator[str]:
    """Write what is known of a pause."""
    yield from [repr(pause.reason)] if pause.reason else []
    yield from [f"until {clock(pause.until)}"] if pause.until else []
    yield from [f"since {clock(pause.first.planned)}"] if pause.first else []


def run_text(run: Going) -> str:
    """Write a run."""
    notes = [f"attempt {run.attempt}"] if run.attempt > 1 or run.origin else []
    notes += [f"again at {clock(run.retry_at)}"] if run.retry_at else []
    notes += [f"limit {clock(run.limit_at)}"] if run.limit_at else []
    notes += ["asked"] if run.asked else []
    notes += ["overrunning"] if run.overrunning else []
    return f"#{run.number}{of_generation(run.generation)}" + (
        f" ({', '.join(notes)})" if notes else ""
    )


def waiting_text(each: Waiting) -> str:
    """Write a run that waits: the time of an occurrence, or what was asked."""
    return clock(each.nominal) if each.cause is Cause.DUE else str(each.cause)


def effect_text(effect: Effect) -> str:
    """Write an effect."""
    match effect:
        case StartRun():
            of = of_generation(effect.generation)
            again = f" attempt {effect.attempt}" if effect.attempt > 1 else ""
            what = f"#{effect.number}{of}{again} {effect.cause}"
            return f"StartRun({what} {clock(effect.nominal)})"
        case AskToStop():
            return f"AskToStop(#{effect.number}{of_generation(effect.generation)})"
        case RecordFate():
            why = f" ({effect.reason})" if effect.reason else ""
            until = f" to {clock(effect.last)}, {effect.count}" if effect.count > 1 else ""
            of = of_generation(effect.generation)
            return f"RecordFate({effect.fate}{why} {clock(effect.first)}{until}{of})"
        case RecordEvent():
            return f"RecordEvent({effect.event}: {effect.text})"


def of_generation(generation: int) -> str:
    """Write a generation that is not the first."""
    return "" if generation == 1 else f" of generation {generation}"


def clock(instant: Instant) -> str:
    """Write the time of day."""
    return iso(instant)[11:16]
