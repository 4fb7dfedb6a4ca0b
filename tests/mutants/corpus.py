"""The mutants: small changes to the source, each of which the named tests must notice.

A property that no mutant falls to may be checking nothing. `old` must occur exactly once in the
file.
"""

from dataclasses import dataclass

PROPERTIES = "tests/properties/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One change. `tests`: what must fail with it; `why`: what the mistake would be."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    why: str


def named(module: str, *names: str) -> tuple[str, ...]:
    """Return the tests of a module of properties."""
    return tuple(f"{PROPERTIES}test_{module}.py::test_{name}" for name in names)


MUTANTS = (
    # Determinism
    Mutant(
        name="effects in the order of a set",
        file="engine/agenda.py",
        old="return list(dict.fromkeys(name for _, _, name in found))",
        new="return list({name for _, _, name in found})",
        tests=named("determinism", "p02_every_process_decides_alike"),
        why="hash order decides who starts first",
    ),
    Mutant(
        name="a snapshot forgets the shift",
        file="engine/machine.py",
        old="time.last, time.lead, time.shift = snapshot.last, snapshot.lead, snapshot.shift",
        new="time.last, time.lead = snapshot.last, snapshot.lead",
        tests=named("determinism", "p04_a_snapshot_goes_on_like_the_original"),
        why="after a clock step a restored machine sees another step",
    ),
    Mutant(
        name="a snapshot shares its counts",
        file="engine/roster.py",
        old="replace(entry, counts=dict(entry.counts)) for _, entry in sorted(",
        new="entry for _, entry in sorted(",
        tests=named("determinism", "p06_a_step_leaves_its_input_and_old_snapshots_alone"),
        why="a snapshot changes after it was taken",
    ),
    Mutant(
        name="a swept agenda loses an entry",
        file="engine/agenda.py",
        old="self.heap = list(self.live.values())",
        new="self.heap = list(self.live.values())[1:]",
        tests=("tests/engine/test_agenda.py",),
        why="compaction drops a task",
    ),
    Mutant(
        name="a stale entry is taken for live",
        file="engine/agenda.py",
        old="if live.get(heap[0][2]) is heap[0]:",
        new="if heap[0][2] in live:",
        tests=named("refinement", "p55_the_engine_does_what_the_naive_reference_does"),
        why="a task that was moved is woken at its old time",
    ),
    Mutant(
        name="priority is ignored",
        file="engine/agenda.py",
        old="entry = (due, priority, name)",
        new="entry = (due, 0, name)",
        tests=(
            "tests/contracts/test_shells_policies.py::test_equal_times_go_by_priority_then_by_name",
        ),
        why="equal times go by name alone",
    ),
    Mutant(
        name="a journal forgets the arguments of a demand",
        file="engine/codec.py",
        old="if value != default:",
        new='if value != default and name != "args":',
        tests=("tests/engine/test_codec.py", "tests/engine/test_journal.py"),
        why="a replay runs with other arguments",
    ),
    # Time
    Mutant(
        name="drift by adding to the last start",
        file="engine/moves.py",
        old="    batch = collect(facts.task, facts.trigger, due, facts.now)\n",
        new="""    batch = collect(facts.task, facts.trigger, due, facts.now)
    late = facts.now - due.planned
    if late and batch.next_due is not None:
        moved = batch.next_due.nominal + late
        batch = replace(batch, next_due=Due(moved, moved))
""",
        tests=named("refinement", "p55_the_engine_does_what_the_naive_reference_does"),
        why="a late run shifts the phase",
    ),
    Mutant(
        name="early by a nanosecond",
        file="engine/agenda.py",
        old="found = self.wall.pop_until(time.now.wall)",
        new="found = self.wall.pop_until(time.now.wall + 1)",
        tests=("tests/engine/test_agenda.py",),
        why="a task is woken before it is due",
    ),
    Mutant(
        name="the window is open for ever",
        file="engine/catchup.py",
        old="        if now - due.planned <= window:",
        new="        if True:",
        tests=("tests/engine/test_catchup.py",),
        why="an occurrence starts a year late",
    ),
    Mutant(
        name="the window is shut a nanosecond early",
        file="engine/catchup.py",
        old="        if now - due.planned <= window:",
        new="        if now - due.planned < window:",
        tests=("tests/engine/test_catchup.py",),
        why="what is exactly as late as it may be is missed",
    ),
    Mutant(
        name="one occurrence of an outage has no fate",
        file="engine/catchup.py",
        old="""        count = trigger.count(first, last) + 1
        fates.append""",
        new="""        count = trigger.count(first, last)
        fates.append""",
        tests=named("runs", "p26_each_occurrence_has_one_fate"),
        why="the fates do not add up to the occurrences",
    ),
    Mutant(
        name="the latest is taken for the earliest",
        file="engine/catchup.py",
        old="    kept = [last]\n",
        new="    kept = [first]\n",
        tests=named("refinement", "p55_the_engine_does_what_the_naive_reference_does"),
        why="after an outage the oldest occurrence starts",
    ),
    Mutant(
        name="a slew counts for nothing",
        file="clocks/passing.py",
        old="wall = self._wall + span + gained",
        new="wall = self._wall + span",
        tests=("tests/clocks/test_virtual.py",),
        why="a slewed wall clock shows true time",
    ),
    Mutant(
        name="time jumps past due times",
        file="clocks/virtual.py",
        old="""                self._pass_time(following - self._mono)
                self._settle()
""",
        new="""                self._pass_time(target - self._mono)
                self._settle()
""",
        tests=named("time", "p13_code_that_is_due_at_a_time_sees_that_time"),
        why="what is due at the end of a move is seen afterwards",
    ),
    Mutant(
        name="a stall wakes the scheduler",
        file="clocks/virtual.py",
        old="            self._pass_time(read_forward(span, units))\n",
        new="            self._move_to(self._mono + read_forward(span, units))\n",
        tests=named("time", "p14_after_a_stall_a_task_starts_as_its_policy_says"),
        why="a stalled machine does its work all the same",
    ),
    # Runs
    Mutant(
        name="a full task starts one more",
        file="engine/overlap.py",
        old="max(task.overlap.at_once - going, 0)",
        new="max(task.overlap.at_once - going + 1, 0)",
        tests=named("runs", "p22_no_more_runs_than_the_policy_permits"),
        why="runs overlap that must not",
    ),
    Mutant(
        name="numbers are used again",
        file="engine/moves.py",
        old="return _start_on_time(facts, state.number + 1, batch)",
        new="return _start_on_time(facts, max(state.number, 1), batch)",
        tests=named("runs", "p23_every_end_has_its_start_and_no_number_comes_twice"),
        why="two runs have one number",
    ),
    Mutant(
        name="any end frees a slot",
        file="engine/moves.py",
        old="""    if found is None:
        return state, (stale(ended),)
""",
        new="""    if found is None:
        found = state.runs[1:], ()
""",
        tests=named("runs", "p24_the_end_of_a_run_that_is_over_changes_nothing"),
        why="the end of a run long over ends the one that goes",
    ),
    Mutant(
        name="a failure stops the scheduler",
        file="adapters/calls.py",
        old="    except BaseException as error:\n        return call_failed(error, run.name)",
        new="    except ZeroDivisionError as error:\n        return call_failed(error, run.name)",
        tests=named("runs", "p27_code_that_raises_ends_its_own_run_only"),
        why="an error in one callable concerns the others",
    ),
    Mutant(
        name="a buffer without end",
        file="engine/overlap.py",
        old="waiting=waiting + newcomers[:room]",
        new="waiting=waiting + newcomers",
        tests=("tests/engine/test_overlap.py",),
        why="more wait than the limit permits",
    ),
    # Control
    Mutant(
        name="each demand is one more run",
        file="engine/overlap.py",
        old="if other.cause is Cause.DEMAND:",
        new="if other.cause is Cause.DEMAND and other == demanded:",
        tests=("tests/contracts/test_shells.py::test_many_demands_during_a_run_give_one_more",),
        why="two demands with other arguments lead to two runs",
    ),
    Mutant(
        name="enabling replays what was skipped",
        file="engine/pauses.py",
        old="        gone, due = skip(facts, due, ended - 1)\n",
        new="        gone = ()\n",
        tests=("tests/engine/test_lifecycle.py", "tests/test_scenarios.py"),
        why="what came due while disabled starts afterwards",
    ),
    Mutant(
        name="enabling twice skips what is due",
        file="engine/lifecycle.py",
        old="""Enabled()):
            return state, ()
""",
        new="""Enabled()):
            return replace(state, due=moves.first_due(facts)), ()
""",
        tests=("tests/engine/test_lifecycle.py", "tests/test_scenarios.py"),
        why="a redundant enable between a due time and its late tick loses the occurrence",
    ),
    Mutant(
        name="a disabled task can be demanded",
        file="engine/pauses.py",
        old="""    if not is_over(facts, state.pause):
        return state, (refused(facts, "disabled"),)
    resumed, gone = pass_by(facts, state)
""",
        new="    resumed, gone = _resume(facts, state, facts.now)\n",
        tests=("tests/engine/test_lifecycle.py", "tests/test_scenarios.py"),
        why="a demand enables a task",
    ),
    Mutant(
        name="a removed task starts beside its old run",
        file="engine/lifecycle.py",
        old="moves.live(facts, state.number, moves.first_due(facts), state.runs), ()",
        new="moves.live(facts, state.number, moves.first_due(facts)), ()",
        tests=("tests/engine/test_lifecycle.py", "tests/test_scenarios.py"),
        why="a name added again while its old run goes on overlaps with it",
    ),
    Mutant(
        name="a new period loses the anchor",
        file="engine/triggers/every.py",
        old="return ElapsedGrid(self.period, before.anchor)",
        new="return ElapsedGrid(self.period, added)",
        tests=("tests/engine/triggers/test_every.py", "tests/engine/test_machine.py"),
        why="rescheduling moves the phase",
    ),
    # Grids and wall-clock time
    Mutant(
        name="the grid is a nanosecond off",
        file="engine/triggers/every.py",
        old="return clamp(after + self.period - (after - start) % self.period)",
        new="return clamp(after + self.period - (after + 1 - start) % self.period)",
        tests=("tests/engine/triggers/test_every.py",),
        why="occurrences leave the grid",
    ),
    Mutant(
        name="next includes the present",
        file="engine/triggers/timetable.py",
        old="start = after + 1 if after >= EARLIEST else EARLIEST",
        new="start = after if after >= EARLIEST else EARLIEST",
        tests=("tests/engine/triggers/test_wall_clock_properties.py",),
        why="an occurrence follows itself for ever",
    ),
    Mutant(
        name="a gap is skipped",
        file="engine/triggers/timetable.py",
        old="        if not skipped or self.gap is Gap.SKIP:\n            return found\n"
        "        if self.gap is Gap.NEXT_VALID:",
        new="        if not skipped or self.gap is not Gap.SHIFT:\n            return found\n"
        "        if self.gap is Gap.NEXT_VALID:",
        tests=("tests/engine/triggers/test_timetable.py", "tests/engine/triggers/test_calendar.py"),
        why="the report is missing on the night the clocks go forward",
    ),
    Mutant(
        name="the first of two times is the second",
        file="engine/triggers/timetable.py",
        old="if fold is Fold.FIRST and here.start != -NO_CHANGE:",
        new="if fold is Fold.BOTH and here.start != -NO_CHANGE:",
        tests=("tests/engine/triggers/test_timetable.py", "tests/engine/triggers/test_calendar.py"),
        why="the report runs twice on the night the clocks go back",
    ),
    # Clock faults
    Mutant(
        name="Every follows the wall clock",
        file="engine/states.py",
        old="return self.elapsed if self.trigger.elapsed else self.wall",
        new="return self.elapsed + max(self.shift, 0) if self.trigger.elapsed else self.wall",
        tests=named("refinement", "p55_the_engine_does_what_the_naive_reference_does"),
        why="a step of the wall clock moves what counts elapsed time",
    ),
    Mutant(
        name="a far jump is made up for",
        file="engine/machine.py",
        old="far = change > self.settings.forward or -change > self.settings.back",
        new="far = False",
        tests=("tests/engine/test_machine.py", "tests/test_scenarios.py"),
        why="a clock that was a year off starts a year of runs",
    ),
    # The shells
    Mutant(
        name="a lost wake-up",
        file="adapters/threads.py",
        old="            self._asleep_until = 0\n        self._waker.wake()\n",
        new="            self._asleep_until = 0\n",
        tests=(
            "tests/adapters/test_threads.py::test_whatever_brings_a_due_time_forward_shortens_the_wait",
        ),
        why="a wait goes on past a due time that was brought forward",
    ),
    Mutant(
        name="a stride hides the run that is going",
        file="adapters/gliding.py",
        old="ending = self._end_stride(stride, going=True)",
        new="ending = self._end_stride(stride, going=False)",
        tests=("tests/contracts/test_shells_runs.py", "tests/adapters/test_simulate.py"),
        why="code that looks at its own task sees it idle",
    ),
    Mutant(
        name="a stride counts one run too few",
        file="engine/stride.py",
        old="number = walk.first + count - 1",
        new="number = walk.first + count - 2",
        tests=("tests/engine/test_stride.py",),
        why="the fast lane is not the slow one",
    ),
)
