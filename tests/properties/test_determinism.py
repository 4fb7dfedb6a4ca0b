"""Determinism: the same inputs give the same states and effects, anywhere, any number of times."""

import gc
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from glob import glob
from pathlib import Path
from shutil import which
from types import FrameType, ModuleType

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from duetime.adapters.testing.bare import SAID_INPUTS, Bare
from duetime.adapters.testing.program_strategies import (
    EVERYTHING,
    JITTERY,
    NAME,
    RESTARTS,
    SLOTS,
    TRIGGERS,
    programs,
    tasks,
)
from duetime.adapters.testing.programs import START, Declare, Program, Reschedule
from duetime.engine.errors import DuetimeError, TriggerFailedError, UnknownTaskError
from duetime.engine.instants import HOUR, SECOND, Reading
from duetime.engine.journal import Journal, dump, fold, load, record_line, replay, state_hash
from duetime.engine.journal import JournalRecord as Record
from duetime.engine.machine import Machine, Settings
from duetime.engine.messages import (
    Added,
    Disabled,
    Input,
    Removed,
    Rescheduled,
    Restarted,
    RunFailed,
    RunFinished,
    RunLost,
    Ticked,
)
from duetime.engine.tasks import Task
from duetime.engine.triggers.base import Trigger
from duetime.engine.triggers.every import Every
from duetime.engine.zones import zone
from tests.engine.builders import Fragile
from tests.properties.samples import CROWD, SAMPLE
from tests.properties.traces import effects_of

ROOT = Path(__file__).parents[2]
PROGRAMS = programs(*EVERYTHING, RESTARTS, first=JITTERY, slots=SLOTS)
STORM = Program(
    [
        Declare(Task(name="z", trigger=Every(seconds=9))),
        *(Reschedule("z", Every(seconds=10 + number % 5)) for number in range(200)),
    ]
)
"""So many edits that the agenda is swept."""


def inputs_of(program: Program) -> tuple[list[Input], Settings]:
    """Play a program and return what went into the machine, and its settings."""
    journal = Bare().play(program).journal
    return [record.input for record in journal], journal.settings


@given(PROGRAMS)
def test_p01_inputs_folded_again_lead_to_the_same(program: Program) -> None:
    """fold(J) twice gives the same state and the same effects."""
    bare = Bare().play(program)
    machine, effects = fold(
        (record.input for record in bare.records), Machine(bare.journal.settings)
    )
    assert effects == effects_of(bare.records)
    assert state_hash(machine) == state_hash(bare.machine)


@given(PROGRAMS)
def test_p01_a_journal_read_back_replays_to_the_same(program: Program) -> None:
    """fold(decode(encode(J))) gives the same state, the same effects and the same text."""
    bare = Bare().play(program)
    text = list(bare.journal.lines())
    journal = Journal.parse(text)
    assert journal.records == bare.records
    assert list(journal.lines()) == text
    assert state_hash(replay(journal).machine) == state_hash(bare.machine)


def digest_in_process(python: str, hash_seed: str) -> str:
    """Let another process compute the digest of the sample program."""
    return subprocess.run(
        [python, "-m", "tests.properties.trace_hash"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": hash_seed},
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def other_pythons() -> list[str]:
    """Find supported Pythons on this machine that can import the package."""
    names = [which(f"python3.{minor}") for minor in range(11, 15)]
    root = os.environ.get("PYENV_ROOT", str(Path.home() / ".pyenv"))
    names += sorted(glob(f"{root}/versions/3.1[1-9]*/bin/python"))
    check = "import sys, duetime; sys.exit(sys.version_info < (3, 11))"
    return [
        name
        for name in names
        if name
        and not subprocess.run([name, "-c", check], cwd=ROOT, capture_output=True).returncode
    ]


@pytest.mark.parametrize("hash_seed", ["0", "1", "random"])
def test_p02_every_process_decides_alike(
    golden: Callable[[str, str], None], hash_seed: str
) -> None:
    """The digest of a program with every kind of act is the recorded one under any hash seed."""
    golden("trace_hash.txt", digest_in_process(sys.executable, hash_seed))


@pytest.mark.slow
def test_p02_every_python_decides_alike(golden: Callable[[str, str], None]) -> None:
    """The digest is the recorded one on every supported Python that is found here."""
    for python in [sys.executable, *other_pythons()]:
        golden("trace_hash.txt", digest_in_process(python, "random"))


@example(SAMPLE)
@settings(max_examples=30)
@given(PROGRAMS)
def test_p03_a_prefix_and_the_rest_are_the_whole(program: Program) -> None:
    """fold(J[:k]), then J[k:], is fold(J), whatever other machines do in between."""
    bare = Bare().play(program)
    inputs, limits = [record.input for record in bare.journal], bare.journal.settings
    for count in range(len(inputs) + 1):
        machine, first = fold(inputs[:count], Machine(limits))
        fold(inputs, Machine(limits))
        _, rest = fold(inputs[count:], machine)
        assert first + rest == effects_of(bare.records)
        assert state_hash(machine) == state_hash(bare.machine)


@example(CROWD)
@settings(max_examples=30)
@given(PROGRAMS)
def test_p04_a_snapshot_goes_on_like_the_original(program: Program) -> None:
    """load(dump(S)) continued is S continued, from every S on the way, through text."""
    bare = Bare().play(program)
    machine = Machine(bare.journal.settings)
    for count, record in enumerate(bare.records, 1):
        machine.handle(record.input)
        copy = load(json.loads(json.dumps(dump(machine))))
        assert copy.next_wakeup() == machine.next_wakeup()
        rest = bare.records[count:]
        assert [copy.handle(each.input) for each in rest] == [each.effects for each in rest]
        assert state_hash(copy) == state_hash(bare.machine)


@settings(max_examples=30)
@given(programs(*EVERYTHING, RESTARTS, first=JITTERY))
def test_p04_a_swept_agenda_changes_nothing(program: Program) -> None:
    """After a storm of edits, a machine goes on like its copy that has never seen the storm."""
    bare = Bare().play(STORM)
    copy, before = load(dump(bare.machine)), len(bare.records)
    bare.play(program)
    later = bare.records[before:]
    assert [copy.handle(record.input) for record in later] == [each.effects for each in later]
    assert state_hash(copy) == state_hash(bare.machine)


AMBIENT = {"time", "random", "uuid", "os", "posix", "nt", "secrets", "threading"}
AMBIENT |= {"_thread", "_random", "_uuid"}
CLOCK_READS = {"now", "today", "utcnow"}


@contextmanager
def no_ambient_reads() -> Iterator[None]:
    """Fail where time, chance, the system or threads are asked."""
    found: list[str] = []

    def watch(frame: FrameType, event: str, asked: object) -> None:
        name = getattr(asked, "__name__", "")
        owner = getattr(asked, "__self__", None)
        if event == "call":
            module = str(frame.f_globals.get("__name__"))
        elif isinstance(owner, ModuleType):
            module = owner.__name__
        else:
            module = (owner if isinstance(owner, type) else type(owner)).__module__
        if module in AMBIENT or (event == "c_call" and name in CLOCK_READS):
            found.append(f"{event} {module}.{name or frame.f_code.co_name}")

    gc.disable()  # its callbacks are none of the engine's
    sys.setprofile(watch)
    try:
        yield
    finally:
        sys.setprofile(None)
        gc.enable()
    assert found == []


@given(PROGRAMS)
def test_p05_a_step_asks_nothing_but_its_input(program: Program) -> None:
    """No clock, random number, file or thread is touched while the machine handles an input."""
    inputs, limits = inputs_of(program)
    zone("Europe/Berlin").segment(START)
    machine = Machine(limits)
    with no_ambient_reads():
        for input_ in inputs:
            machine.handle(input_)
            machine.next_wakeup()


def test_p05_the_guard_sees_what_it_is_there_for() -> None:
    """Calls of time, datetime, os, random and threading are all noticed."""
    readers = ["__import__('time').time()", "__import__('datetime').datetime.now()"]
    readers += ["__import__('os').urandom(1)", "__import__('random').random()"]
    readers += ["__import__('threading').Lock().acquire()", "__import__('uuid').uuid4()"]
    for reader in readers:
        code = compile(reader, "<reader>", "eval")
        eval(code)
        with pytest.raises(AssertionError), no_ambient_reads():
            eval(code)


@given(PROGRAMS)
def test_p06_a_step_leaves_its_input_and_old_snapshots_alone(program: Program) -> None:
    """An input reads the same afterwards, and a snapshot does not follow the machine."""
    inputs, limits = inputs_of(program)
    before = [record_line(Record(input_, ()), 1) for input_ in inputs]
    machine, kept = Machine(limits), []
    for input_ in inputs:
        machine.handle(input_)
        kept.append((machine.snapshot(), repr(machine.snapshot())))
    assert [record_line(Record(input_, ()), 1) for input_ in inputs] == before
    assert all(repr(snapshot) == text for snapshot, text in kept)


ANY_TRIGGER = st.one_of(TRIGGERS, st.just(Fragile(START + 99 * SECOND)))
ANY_RUN = {
    "name": NAME,
    "generation": st.integers(0, 3),
    "number": st.integers(0, 4),
    "attempt": st.integers(1, 2),
}
UNTIL = st.sampled_from([None, START + 50 * SECOND])
INPUTS = st.one_of(
    st.builds(partial, st.just(Added), task=tasks(triggers=ANY_TRIGGER)),
    st.builds(partial, st.just(Rescheduled), name=NAME, trigger=ANY_TRIGGER),
    st.builds(partial, st.just(Disabled), name=NAME, until=UNTIL),
    st.builds(partial, st.sampled_from([RunFinished, RunLost]), **ANY_RUN),
    st.builds(partial, st.just(RunFailed), error=st.just("x"), **ANY_RUN),
    st.builds(partial, st.sampled_from([*SAID_INPUTS.values()]), name=NAME),
    st.builds(partial, st.sampled_from([Ticked, Restarted])),
)
PASSED = st.sampled_from([0, 0, SECOND, 7 * SECOND, 100 * SECOND])
SET = st.sampled_from([0, 0, 0, 9 * SECOND, -9 * SECOND, 5 * HOUR, -5 * HOUR])
BOOTS = st.sampled_from([0, 0, 0, 1])
STEPS = st.tuples(PASSED, SET, BOOTS, INPUTS)


@st.composite
def raw_inputs(draw: st.DrawFn) -> list[Input]:
    """Draw inputs in any order, as no shell would send them; monotonic time does not go back."""
    mono, shift, boot = 0, 0, 0
    inputs: list[Input] = [Ticked(at=Reading(START, 0, "0"))]
    for passed, change, boots, make in draw(st.lists(STEPS, min_size=4, max_size=30)):
        mono, shift, boot = mono + passed, shift + change, boot + boots
        inputs.append(make(at=Reading(START + mono + shift, mono, str(boot))))
    return inputs


MALFORMED: list[Callable[[Reading], Input]] = [
    lambda at: Ticked(at=Reading(at.wall, at.mono - 1, at.boot)),
    lambda at: Removed(at=at, name="nobody"),
    lambda at: Rescheduled(at=at, name="nobody", trigger=Every(seconds=1)),
    lambda at: Added(at=at, task=Task(name="a", trigger=Trigger())),
    lambda at: Added(at=at, task=Task(name="d", trigger=Fragile(0))),
    lambda at: Rescheduled(at=at, name="a", trigger=Fragile(0)),
    lambda at: Input(at=at),
]


@given(raw_inputs(), SLOTS)
def test_p07_every_state_takes_every_input_or_refuses_it_whole(
    inputs: list[Input], slots: int | None
) -> None:
    """A well-formed input is handled, or names what is absent; one that is refused leaves no trace.

    So does a malformed one: time that goes back, a name or a trigger that is none.
    """
    machine = Machine(Settings(max_running=slots))
    for input_ in inputs:
        before = repr(machine.snapshot()), machine.next_wakeup()
        try:
            machine.handle(input_)
        except (UnknownTaskError, TriggerFailedError):
            assert (repr(machine.snapshot()), machine.next_wakeup()) == before
    last, before = machine.snapshot().last, (repr(machine.snapshot()), machine.next_wakeup())
    assert last is not None
    for make in MALFORMED:
        with pytest.raises(DuetimeError):
            machine.handle(make(last))
        assert (repr(machine.snapshot()), machine.next_wakeup()) == before
