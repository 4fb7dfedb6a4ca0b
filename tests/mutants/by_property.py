"""For each numbered property, a mutant that it finds by itself.

A rule that cannot fail is none: what one of these changes, the named property must notice.
"""

from tests.mutants.corpus import Mutant, named

DETERMINISM = (
    Mutant(
        name="a journal forgets the priority",
        file="engine/codec.py",
        old="if value != default:",
        new='if value != default and name != "priority":',
        tests=named("determinism", "p01_a_journal_read_back_replays_to_the_same"),
        why="a replay starts in another order",
    ),
    Mutant(
        name="all machines share their memory of removed names",
        file="engine/machine.py",
        old="self._retired: dict[str, Retired] = {}",
        new="self._retired: dict[str, Retired] = Machine._plan.__dict__",
        tests=named("determinism", "p03_a_prefix_and_the_rest_are_the_whole"),
        why="what another machine did changes a generation",
    ),
    Mutant(
        name="the engine reads a clock",
        file="engine/timekeeper.py",
        old="last, self.last = self.last, at",
        new='last, self.last = self.last, at; __import__("time").time()',
        tests=named("determinism", "p05_a_step_asks_nothing_but_its_input"),
        why="time enters by the back door",
    ),
    Mutant(
        name="an idle task cannot hear of the end of a run",
        file="engine/lifecycle.py",
        old="case ((Absent() | Idle()), RunInput()):",
        new="case Absent(), RunInput():",
        tests=named("determinism", "p07_every_state_takes_every_input_or_refuses_it_whole"),
        why="an end that comes late is an error",
    ),
    Mutant(
        name="a refused input takes its time",
        file="engine/machine.py",
        old="""        self.check(input_)
        effects = self._take_time(input_.at)""",
        new="""        effects = self._take_time(input_.at)
        self.check(input_)""",
        tests=named("determinism", "p07_every_state_takes_every_input_or_refuses_it_whole"),
        why="what was refused has changed the clocks",
    ),
)
TIME = (
    Mutant(
        name="virtual time goes back",
        file="clocks/virtual.py",
        old="    if length < 0:\n",
        new="    if length is None:\n",
        tests=named("time", "p08_a_clock_refuses_to_go_back"),
        why="a negative span is taken for a move",
    ),
    Mutant(
        name="elapsed time goes forward with the wall clock",
        file="engine/timekeeper.py",
        old="        return self.now.mono + self.lead\n",
        new="        return self.now.mono + self.lead + max(self.shift, 0)\n",
        tests=named("time", "p09_no_occurrence_starts_early"),
        why="an interval is cut short by setting the clock",
    ),
    Mutant(
        name="a nanosecond late",
        file="clocks/virtual.py",
        old="times.append(self._mono_at_wall(wakeup.wall))",
        new="times.append(self._mono_at_wall(wakeup.wall) + 1)",
        tests=named("time", "p10_without_lag_a_run_starts_when_it_is_planned"),
        why="the clock calls after the due time",
    ),
    Mutant(
        name="a slew loses its fractions",
        file="clocks/virtual.py",
        old="self._wall, self._mono, self._slew_rest = wall, self._mono + span, rest",
        new="self._wall, self._mono, self._slew_rest = wall, self._mono + span, 0",
        tests=named("time", "p11_it_does_not_matter_how_time_is_cut_up"),
        why="each step of the clock rounds anew",
    ),
    Mutant(
        name="no time is a little time",
        file="clocks/virtual.py",
        old="            self._pass_time(target - self._mono)\n",
        new="            self._pass_time(max(target - self._mono, 1))\n",
        tests=named("time", "p12_no_time_changes_nothing"),
        why="advance(0) moves the clock",
    ),
    Mutant(
        name="the grid lies on the epoch",
        file="engine/triggers/every.py",
        old="return self.anchor + self.period",
        new="return self.anchor + self.period - self.anchor % self.period",
        tests=named("time", "p15_a_program_without_zones_can_be_moved"),
        why="what date it is decides about an interval",
    ),
)
ORDER = (
    Mutant(
        name="the higher number goes first",
        file="engine/agenda.py",
        old="[(due + shift, rank, name) for",
        new="[(due + shift, -rank, name) for",
        tests=named("order", "p17_what_is_due_at_once_starts_by_time_priority_and_name"),
        why="a priority is taken for its opposite",
    ),
    Mutant(
        name="a snapshot in the order of adding",
        file="engine/machine.py",
        old="for _, entry in sorted(self._entries.items())",
        new="for _, entry in self._entries.items()",
        tests=named("order", "p18_the_order_of_registrations_does_not_matter"),
        why="two machines that are equal look different",
    ),
    Mutant(
        name="what is due goes before what ends",
        file="adapters/simulate.py",
        old="if end is not None and end <= at.mono:",
        new="if end is not None and end <= at.mono and not self._machine.needs_tick(at):",
        tests=named("order", "p19_runs_end_before_what_is_due_at_that_instant"),
        why="a run that is over stands in the way of the next",
    ),
    Mutant(
        name="a demand starts at once",
        file="engine/lifecycle.py",
        old="""        case Running(), Demanded():
            return replace(state, waiting=demand(state.waiting, moves.asked_for(facts, input_))), ()
""",
        new="""        case Running(), Demanded():
            return moves.start(facts, state, (moves.asked_for(facts, input_),), state.waiting)
""",
        tests=named("order", "p19_any_order_of_simultaneous_inputs_is_safe"),
        why="runs overlap when a demand comes before an end",
    ),
    Mutant(
        name="one tick does two tasks at most",
        file="engine/machine.py",
        old="for name in rested or due:",
        new="for name in (rested or due)[:2]:",
        tests=named("order", "p20_an_unrelated_task_changes_nothing_for_the_others"),
        why="whoever is due along with many others is forgotten",
    ),
    Mutant(
        name="short names go first",
        file="engine/agenda.py",
        old="for due, rank, name in on_elapsed])",
        new="for due, rank, name in on_elapsed], key=lambda e: (*e[:2], len(e[2])))",
        tests=named("order", "p21_names_matter_by_their_order_only"),
        why="the length of a name decides who starts first",
    ),
)
RUNS = (
    Mutant(
        name="the oldest run pays for every end",
        file="engine/moves.py",
        old="""    runs = tuple(run for run in state.runs if (run.generation, run.number) != key)
""",
        new="""    known = any((run.generation, run.number) == key for run in state.runs)
    runs = state.runs[1:] if known else state.runs
""",
        tests=named("runs", "p25_runs_that_end_at_once_may_end_in_any_order"),
        why="which of two runs ends first leads to another state",
    ),
    Mutant(
        name="the end of an old run takes the plan along",
        file="engine/moves.py",
        old="return live(facts, state.number, state.due, runs), ()",
        new="return live(facts, state.number, None, runs), ()",
        tests=named("runs", "p24_the_end_of_a_run_of_before_an_edit_moves_no_due_time"),
        why="a task that was edited while it ran never starts again",
    ),
    Mutant(
        name="a failed run keeps its slot",
        file="engine/lifecycle.py",
        old="        # A run ended. One that nobody knows changes nothing.\n",
        new="        case Running(), RunInput() if hasattr(input_, 'error'):\n"
        "            return state, ()\n",
        tests=named("runs", "p27_a_failed_run_frees_its_slot_like_any_other"),
        why="a task that failed once never starts again",
    ),
    Mutant(
        name="who waits when the clock is set by hours starts later on",
        file="engine/moves.py",
        old="state = replace(state, waiting=requests(state.waiting))\n    ahead",
        new="gone = ()\n    ahead",
        tests=named("runs", "p26_each_occurrence_has_one_fate"),
        why="an occurrence is told under a generation that does not have it",
    ),
)
CONTROL = (
    Mutant(
        name="a removed task waits for its run and comes back",
        file="engine/moves.py",
        old="    return Leaving(number=state.number, runs=state.runs), fates\n",
        new="    return replace(state, waiting=()), fates\n",
        tests=named("control", "p28_a_task_that_is_removed_while_running_stays_away"),
        why="removal while running is forgotten",
    ),
    Mutant(
        name="enabling twice plans anew",
        file="engine/lifecycle.py",
        old="        case ((Idle() | Running()), Enabled()):\n            return state, ()\n",
        new="        case ((Idle() | Running()), Enabled()):\n"
        "            return replace(state, due=moves.first_due(facts)), ()\n",
        tests=named("control", "p29_saying_what_holds_already_changes_nothing"),
        why="only a stall shows it: the due time has passed and is not seen yet",
    ),
    Mutant(
        name="a pause takes the present with it",
        file="engine/moves.py",
        old="    if due is not None and due.planned < ended:\n        gone, due = _skip(",
        new="    if due is not None and due.planned <= ended:\n        gone, due = _skip(",
        tests=named("control", "p30_a_pause_skips_what_comes_due_and_keeps_the_phase"),
        why="what is due when a task is enabled is skipped",
    ),
    Mutant(
        name="a pause ends at the first look",
        file="engine/moves.py",
        old="    if state.until is not None and state.until <= facts.wall:\n",
        new="    if state.until is not None:\n",
        tests=named("control", "p31_a_disabled_task_does_not_start_by_its_trigger"),
        why="a task starts before its pause is over",
    ),
    Mutant(
        name="a new period waits for the old one",
        file="engine/moves.py",
        old="return replace(state, due=first_due(facts), waiting=requests(state.waiting)), fates",
        new="return replace(state, waiting=requests(state.waiting)), fates",
        tests=named("control", "p32_an_edit_leaves_the_present_run_alone"),
        why="an edit during a run takes effect one due time late",
    ),
    Mutant(
        name="the next slot is one period from now",
        file="engine/triggers/every.py",
        old="return clamp(after + self.period - (after - start) % self.period)",
        new="return clamp(after + self.period)",
        tests=named("control", "p33_a_grid_never_leaves_its_phase"),
        why="drift: replay, cuts and crashes do not show it",
    ),
    Mutant(
        name="all demands are kept",
        file="engine/overlap.py",
        old="        if other.cause is Cause.DEMAND:\n            return (*waiting[:index]",
        new="        if other.nominal < 0:\n            return (*waiting[:index]",
        tests=named("control", "p34_demands_during_a_run_give_one_more"),
        why="three demands lead to three runs",
    ),
    Mutant(
        name="a demand plans anew",
        file="engine/moves.py",
        old="Running(number=number, due=state.due, runs=runs + going, waiting=waiting), effects",
        new="Running(\n        number=number, due=first_due(facts), runs=runs + going, "
        "waiting=waiting\n    ), effects",
        tests=named("control", "p34_a_demand_moves_no_due_time"),
        why="a manual run shifts the next due time",
    ),
    Mutant(
        name="a verb on an absent name is journalled",
        file="adapters/shell.py",
        old="""        effects = self._machine.handle(input_)
        if self._journal is not None:
            self._journal.append(input_, effects)
""",
        new="""        if self._journal is not None:
            self._journal.append(input_, ())
        effects = self._machine.handle(input_)
""",
        tests=named("control", "p35_a_verb_on_an_absent_name_says_so_and_changes_nothing"),
        why="what was refused is in the journal",
    ),
    Mutant(
        name="every removed name is remembered",
        file="engine/machine.py",
        old="            if entry.lived:\n",
        new="            if entry:\n",
        tests=named("control", "p36_added_and_removed_at_once_is_nothing"),
        why="a task that was never there has left a trace",
    ),
)
WALL_CLOCK = (
    Mutant(
        name="a single time follows itself",
        file="engine/triggers/once.py",
        old="return self.at if self.at > after else None",
        new="return self.at if self.at >= after else None",
        tests=named("wall_clock", "p37_the_next_is_later_and_found_from_just_before"),
        why="next_after(t) is t",
    ),
    Mutant(
        name="the offset of the other side",
        file="engine/triggers/timetable.py",
        old="wall = self.walls.at_or_after(after + offset + 1)",
        new="wall = self.walls.at_or_after(after - offset + 1)",
        tests=named("wall_clock", "p41_a_zone_of_fixed_offset_is_utc_shifted"),
        why="zones ahead of UTC are taken for zones behind it",
    ),
)
CLOCK_FAULTS = (
    Mutant(
        name="elapsed time is what the wall clock says",
        file="engine/timekeeper.py",
        old="        return self.now.mono + self.lead\n",
        new="        return self.now.mono + self.lead + self.shift\n",
        tests=named("clock_faults", "p43_a_wall_step_does_not_move_elapsed_time"),
        why="setting the clock moves intervals",
    ),
    Mutant(
        name="every step is a far jump",
        file="engine/machine.py",
        old="        if abs(change) > self.settings.jump:\n",
        new="        if abs(change) > self.settings.step:\n",
        tests=named("clock_faults", "p44_a_step_of_less_than_three_hours_repeats_no_nominal_time"),
        why="a clock set back by a minute runs that minute twice",
    ),
    Mutant(
        name="setting the clock moves the base",
        file="engine/timekeeper.py",
        old="        self.shift += change\n",
        new="        self.shift += change\n        self.lead += max(change, 0)\n",
        tests=named("clock_faults", "p44_there_and_back_is_nothing"),
        why="a step there and back leaves a difference",
    ),
    Mutant(
        name="a slew is a row of jumps",
        file="engine/machine.py",
        old="""        if abs(change) <= self.settings.step:
            return []
        effects: list[Effect] = [RecordEvent(event="clock_stepped", text=span_text(change))]
        if abs(change) > self.settings.jump:
""",
        new="""        effects: list[Effect] = []
        if change:
""",
        tests=named("clock_faults", "p45_a_slew_changes_no_count"),
        why="what is due while the clock is slewed is missed",
    ),
    Mutant(
        name="a suspend is calm",
        file="clocks/virtual.py",
        old="        self.stall(span, **units)\n",
        new="        self.advance(span, **units)\n",
        tests=named("clock_faults", "p46_a_suspend_is_a_stall"),
        why="a machine that sleeps does its work",
    ),
    Mutant(
        name="a wake for no reason is told",
        file="engine/machine.py",
        old="        effects: list[Effect] = []\n        while due :=",
        new="        effects: list[Effect] = [RecordEvent(event='awake')]\n        while due :=",
        tests=named("clock_faults", "p47_a_wake_for_no_reason_changes_nothing"),
        why="the journal fills with nothing",
    ),
)
REFINEMENT = (
    Mutant(
        name="a glide does not stop for the end of a run",
        file="adapters/simulate.py",
        old="min(until, own - 1)",
        new="min(until, own)",
        tests=named("fast_lane", "p55_a_glide_is_all_its_steps"),
        why="the fast lane starts what is due before a run has ended",
    ),
    Mutant(
        name="a glide forgets who came due along with a run",
        file="adapters/simulate.py",
        old="            self._pending.extend(ending.started)\n",
        new="",
        tests=named("fast_lane", "p55_a_glide_is_all_its_steps"),
        why="a run that was decided never begins",
    ),
    Mutant(
        name="the length of a run is that of the next declaration",
        file="adapters/takes.py",
        old="length = self._begun.pop(run.key, None)",
        new="length = self._lengths.get(run.name)",
        tests=named("fast_lane", "p55_what_code_declares_anew_concerns_later_runs"),
        why="a declaration changes a run that is going",
    ),
    Mutant(
        name="the scheduler is not told of an earlier due time",
        file="adapters/threads.py",
        old="            if left is None or at.mono + left >= self._asleep_until:\n",
        new="            if left is None or at.mono + left < self._asleep_until:\n",
        tests=named("wakes", "p56_no_wait_times_out_past_a_due_time"),
        why="a wait goes on past what has been added",
    ),
    Mutant(
        name="the end of a run wakes nobody",
        file="adapters/threads.py",
        old="        elif self._asleep_until:\n",
        new="        elif self._asleep_until < 0:\n",
        tests=named("wakes", "p56_the_end_of_a_run_brings_a_due_time_forward"),
        why="what follows a run waits for another reason to wake",
    ),
)
BY_PROPERTY = (
    *DETERMINISM,
    *TIME,
    *ORDER,
    *RUNS,
    *CONTROL,
    *WALL_CLOCK,
    *CLOCK_FAULTS,
    *REFINEMENT,
)
