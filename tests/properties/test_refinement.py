"""Refinement: the engine against a naive reference, the shells against the bare machine."""

from hypothesis import given

from duetime.adapters.testing.bare import Bare
from duetime.adapters.testing.playing import Stage
from duetime.adapters.testing.program_strategies import (
    CALM,
    EVERYTHING,
    JITTERY,
    LAGS,
    SLOTS,
    STEPS,
    VERBS,
    programs,
)
from duetime.adapters.testing.programs import START, Program
from duetime.engine.messages import (
    AskToStop,
    Effect,
    Input,
    RecordEvent,
    RecordFate,
    StartRun,
)
from tests.properties.players import lines
from tests.properties.reference import Reference

CAUSES = {"due": "due", "demand": "Demanded", "run_now": "RunRequested"}


class Doubled(Bare):
    """A machine, and a reference that is told the same."""

    def __init__(self) -> None:
        """Start without tasks."""
        super().__init__()
        self.reference: Reference | None = None

    def submit(self, input_: Input) -> tuple[Effect, ...]:
        """Let both decide, and compare."""
        self.machine.check(input_)
        if self.reference is None:
            self.reference = Reference(START, self.journal.settings.max_running)
        told = self.reference.handle(input_)
        effects = super().submit(input_)
        for effect in effects:
            if isinstance(effect, RecordEvent):
                continue
            expected = said(effect, told[effect.name])
            assert expected
            told[effect.name] = [each for each in told[effect.name] if each not in expected]
        assert not any(told.values())
        wakeup = self.machine.next_wakeup()
        assert (wakeup.wall, wakeup.mono) == self.next_due(self.reference)
        return effects

    def next_due(self, reference: Reference) -> tuple[int | None, int | None]:
        """Look through all tasks for what is due next, on each clock."""
        all_ = reference.tasks.values()
        there = [each for each in all_ if each.mode != "absent"]
        wall = [each.due for each in there if each.due and not each.trigger.elapsed]
        wall += [each.until for each in there if each.until]
        mono = [each.due for each in there if each.due and each.trigger.elapsed]
        mono += [run.timer for each in all_ for run in each.some("going", "resting") if run.timer]
        return min(wall, default=None), min((at - START for at in mono), default=None)


def said(effect: Effect, told: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """Return what of that which a reference told says the same as an effect of the engine."""
    match effect:
        case StartRun(generation=generation, number=number, attempt=attempt):
            run = ("start", generation, number, attempt)
            return [each for each in told if each == (*run, effect.nominal, CAUSES[effect.cause])]
        case AskToStop(generation=generation, number=number):
            return [each for each in told if each == ("stop", generation, number)]
        case RecordFate(first=first, last=last):
            kind = (effect.generation, effect.fate, effect.reason)
            fates = [each for each in told if each[0] == "fate"]
            found = [(g, at, *rest) for _, g, at, *rest in fates if first <= at <= last]
            found = [each for each in found if (each[0], *each[2:]) == kind]
            times = [each[1] for each in found]
            assert (first, last, effect.count) == (min(times), max(times), len(times))
            return [("fate", *each) for each in found]
        case _:
            return []


@given(programs(VERBS, CALM, LAGS, STEPS, slots=SLOTS))
def test_p55_the_engine_does_what_the_naive_reference_does(program: Program) -> None:
    """Starts, stops, fates and due times are those of an engine that goes through lists."""
    Doubled().play(program)


@given(programs(*EVERYTHING, first=JITTERY, slots=SLOTS))
def test_p55_a_simulation_records_what_the_bare_machine_does(program: Program) -> None:
    """The shell and the fast lane add nothing: the journal is that of the machine alone."""
    assert lines(Bare().play(program).journal) == lines(Stage().play(program).journal)
