"""Refinement: the engine against a naive reference, the shells against the bare machine."""

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from duetime.engine.instants import HOUR
from duetime.engine.messages import (
    Added,
    AskToStop,
    Effect,
    Input,
    RecordEvent,
    RecordFate,
    StartRun,
    TaskInput,
)
from tests.properties.acts import START, Program, StepWall
from tests.properties.players import Bare, Stage, lines
from tests.properties.programs import (
    CALM,
    EVERYTHING,
    LAGS,
    VERBS,
    WITH_JITTER,
    declares,
    programs,
    seconds,
)
from tests.properties.reference import Reference

SMALL_STEPS = st.builds(StepWall, st.one_of(seconds(-90, 90), st.just(HOUR), st.just(-HOUR)))
CAUSES = {"due": "due", "demand": "Demanded", "run_now": "RunRequested"}


class Doubled(Bare):
    """A machine, and for each task a reference that is told the same."""

    def __init__(self) -> None:
        """Start without tasks."""
        super().__init__()
        self.references: dict[str, Reference] = defaultdict(lambda: Reference(START))

    def submit(self, input_: Input) -> tuple[Effect, ...]:
        """Let both decide, and compare."""
        self.machine.check(input_)
        told = self._told(input_)
        effects = super().submit(input_)
        for effect in effects:
            if isinstance(effect, RecordEvent):
                continue
            expected = said(effect, told[effect.name])
            assert expected
            told[effect.name] = [each for each in told[effect.name] if each not in expected]
        assert not any(told.values())
        wakeup = self.machine.next_wakeup()
        assert (wakeup.wall, wakeup.mono) == self.next_due()
        return effects

    def next_due(self) -> tuple[int | None, int | None]:
        """Look through all references for the one that is due next, on each clock."""
        there = [each for each in self.references.values() if each.mode != "absent"]
        wall = [each.due for each in there if each.due and not each.trigger.elapsed]
        wall += [each.until for each in there if each.until]
        mono = [each.due - START for each in there if each.due and each.trigger.elapsed]
        return min(wall, default=None), min(mono, default=None)

    def _told(self, input_: Input) -> dict[str, list[tuple[object, ...]]]:
        if isinstance(input_, Added):
            names = [input_.task.name]
        else:
            names = [input_.name] if isinstance(input_, TaskInput) else [*self.references]
        return {name: self.references[name].handle(input_) for name in names}


def said(effect: Effect, told: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """Return what of that which a reference told says the same as an effect of the engine."""
    match effect:
        case StartRun(generation=generation, number=number, nominal=nominal, cause=cause):
            whole = ("start", generation, number, nominal, CAUSES[cause])
            return [each for each in told if each == whole]
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


@given(programs(VERBS, CALM, LAGS, SMALL_STEPS))
def test_p55_the_engine_does_what_the_naive_reference_does(program: Program) -> None:
    """Starts, stops, fates and due times are those of an engine that goes through lists."""
    Doubled().play(program)


@given(programs(*EVERYTHING, first=declares(WITH_JITTER)))
def test_p55_a_simulation_records_what_the_bare_machine_does(program: Program) -> None:
    """The shell and the fast lane add nothing: the journal is that of the machine alone."""
    assert lines(Bare().play(program).records) == lines(Stage().play(program).journal)
