"""Changes to a program that must change nothing of what comes of it, or move it as they say.

Each states what stays equal. Whoever has an engine, a shell or a store of their own plays a program
and its transform on it, and compares.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from duetime.adapters.testing.programs import (
    Act,
    Declare,
    Disable,
    Finish,
    Limit,
    Pass,
    Program,
    Reschedule,
    Say,
)
from duetime.engine.instants import Span, iso, span_text
from duetime.engine.triggers.base import Trigger
from duetime.engine.triggers.every import Every
from duetime.engine.triggers.once import Once


def split_advances(program: Program, cuts: Sequence[Sequence[Span]]) -> Program:
    """Cut each stretch of time into pieces, empty ones included: all stays equal.

    `cuts`: for each `Pass` in turn, where to cut it, in ns from its beginning; used again from the
    start when there are too few.
    """
    acts: list[Act] = []
    number = 0
    for act in program:
        if isinstance(act, Pass) and cuts:
            inside = sorted(min(max(cut, 0), act.span) for cut in cuts[number % len(cuts)])
            number += 1
            acts += [Pass(end - begin) for begin, end in pairwise([0, *inside, act.span])]
        else:
            acts.append(act)
    return Program(acts)


def permute_registrations(program: Program, order: Sequence[int]) -> Program:
    """Put the declarations at the start of a program into another order: all starts stay equal.

    `order`: a number for each of them, by which they are sorted. Declarations of one name keep
    their order, and so does what is not a declaration.
    """
    first = 1 if program and isinstance(program[0], Limit) else 0
    last = first
    while last < len(program) and isinstance(program[last], Declare):
        last += 1
    declared = list(enumerate(program[first:last]))
    names = [act.task.name for _, act in declared if isinstance(act, Declare)]
    if len(set(names)) < len(names) or not order:
        return program
    declared.sort(key=lambda each: (order[each[0] % len(order)], each[0]))
    return Program([*program[:first], *(act for _, act in declared), *program[last:]])


def insert_noops(program: Program, places: Iterable[int]) -> Program:
    """Say what holds already, and let no time pass, at these places: all stays equal.

    A task that is not disabled is enabled; after a `Pass`, a stretch of no time passes (elsewhere
    something may be due that nobody has looked at). Nothing is put before a `Limit`. In a program
    with a `Slew`, a step of the wall clock may be told with another length: whoever says anything
    looks at the clock.
    """
    acts: list[Act] = []
    wanted = set(places)
    enabled: dict[str, bool] = {}
    for number, act in enumerate(program):
        if number in wanted and not isinstance(act, Limit):
            acts += [Pass(0)] if acts and isinstance(acts[-1], Pass) else []
            acts += [Say("enable", name) for name, is_enabled in enabled.items() if is_enabled]
        acts.append(act)
        _note(act, enabled)
    return Program(acts)


def time_shift(program: Program, by: Span) -> Program:
    """Move all that a program without zones says about the wall clock by so many ns.

    Played that much later, what comes of it is moved by as much and is otherwise equal.
    """
    return Program(_shift(act, by) for act in program)


def rename(program: Program, names: Mapping[str, str]) -> Program:
    """Give the tasks of a program other names, in the same order: all is equal but for the names.

    A name that is not in `names` stays.
    """
    return Program(_rename(act, names) for act in program)


def _note(act: Act, enabled: dict[str, bool]) -> None:
    """Remember who is known to be enabled; the error state and a pause of a span are not known."""
    match act:
        case Declare(task):
            enabled.setdefault(task.name, True)
        case Disable(name):
            if name in enabled:
                enabled[name] = False
        case Say("remove", name):
            enabled.pop(name, None)
        case Say("enable" | "enable from the pause", name):
            if name in enabled:
                enabled[name] = True


def _shift(act: Act, by: Span) -> Act:
    match act:
        case Declare(task):
            return replace(act, task=replace(task, trigger=_shift_trigger(task.trigger, by)))
        case Reschedule(_, trigger):
            return replace(act, trigger=_shift_trigger(trigger, by))
        case _:
            return act


def _shift_trigger(trigger: Trigger, by: Span) -> Trigger:
    match trigger:
        case Every(anchor=int(anchor)):
            return Every(span_text(trigger.period), anchor=iso(anchor + by))
        case Once(at=at):
            return Once(iso(at + by))
        case _:
            return trigger


def _rename(act: Act, names: Mapping[str, str]) -> Act:
    match act:
        case Declare(task):
            return replace(act, task=replace(task, name=names.get(task.name, task.name)))
        case Say(name=name) | Disable(name=name) | Reschedule(name=name) | Finish(name=name):
            return replace(act, name=names.get(name, name))
        case _:
            return act
