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
        file="engine/roster.py",
        old="self.retired: dict[str, Retired] = {}",
        new="self.retired: dict[str, Retired] = Roster.place.__dict__",
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
        file="clocks/passing.py",
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
        file="clocks/passing.py",
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
        file="engine/roster.py",
        old="for _, entry in sorted(self.entries.items())",
        new="for _, entry in self.entries.items()",
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
        file="engine/moves.py",
        old="        return replace(state, waiting=demand(state.waiting, asked)), ()\n",
        new="        return start(facts, state, (asked,), state.waiting)\n",
        tests=named("order", "p19_any_order_of_simultaneous_inputs_is_safe"),
        why="runs overlap when a demand comes before an end",
    ),
    Mutant(
        name="one tick does two tasks at most",
        file="engine/machine.py",
        old="for index, name in enumerate(due):",
        new="for index, name in enumerate(due[:2]):",
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
        file="engine/attempts.py",
        old="earlier, later = runs[:index], runs[index + 1 :]",
        new="earlier, later = (), runs[1:]",
        tests=named("runs", "p25_runs_that_end_at_once_may_end_in_any_order"),
        why="which of two runs ends first leads to another state",
    ),
    Mutant(
        name="the end of an old run takes the plan along",
        file="engine/moves.py",
        old="return live(facts, state.number, state.due, runs, state.ready), ()",
        new="return live(facts, state.number, None, runs, state.ready), ()",
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
        file="engine/edits.py",
        old='gone = fates_of(before, due_ranges(queue(state), Fate.MISSED, "clock"))',
        new="gone = ()",
        tests=named("runs", "p26_each_occurrence_has_one_fate"),
        why="an occurrence that waited is told no fate",
    ),
)
CONTROL = (
    Mutant(
        name="a removed task waits for its run and comes back",
        file="engine/edits.py",
        old="return leave(state.number, runs), fates + over",
        new="return replace(state, runs=runs) if runs else leave(state.number, ()), fates + over",
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
        file="engine/pauses.py",
        old="    if due is not None and due.planned < ended:\n",
        new="    if due is not None and due.planned <= ended:\n",
        tests=named("control", "p30_a_pause_skips_what_comes_due_and_keeps_the_phase"),
        why="what is due when a task is enabled is skipped",
    ),
    Mutant(
        name="a pause ends at the first look",
        file="engine/pauses.py",
        old="    if until is not None and until <= facts.wall:\n",
        new="    if until is not None:\n",
        tests=named("control", "p31_a_disabled_task_does_not_start_by_its_trigger"),
        why="a task starts before its pause is over",
    ),
    Mutant(
        name="a new period waits for the old one",
        file="engine/edits.py",
        old="""    final, starts = without_occurrences(facts, replace(state, due=due))
    return final, fates + starts
""",
        new="""    final, starts = without_occurrences(facts, state)
    return final, fates + starts
""",
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
        old="    return replace(state, number=number, runs=runs, waiting=waiting), effects\n",
        new="""    due = first_due(facts)
    return replace(state, number=number, due=due, runs=runs, waiting=waiting), effects
""",
        tests=named("control", "p34_a_demand_moves_no_due_time"),
        why="a manual run shifts the next due time",
    ),
    Mutant(
        name="a verb on an absent name is journalled",
        file="adapters/intake.py",
        old="""            place.error = error
            return False
        place.input = input_
""",
        new="""            place.error = error
        place.input = input_
""",
        tests=named("control", "p35_a_verb_on_an_absent_name_says_so_and_changes_nothing"),
        why="what was refused is in the journal",
    ),
    Mutant(
        name="every removed name is remembered",
        file="engine/roster.py",
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
        old="far = change > self.settings.forward or -change > self.settings.back",
        new="far = True",
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
        far = change > self.settings.forward or -change > self.settings.back
""",
        new="""        if not change:
            return []
        effects, far = [], True
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
        file="adapters/gliding.py",
        old="min(until, own - 1)",
        new="min(until, own)",
        tests=named("fast_lane", "p55_a_glide_is_all_its_steps"),
        why="the fast lane starts what is due before a run has ended",
    ),
    Mutant(
        name="a glide forgets who came due along with a run",
        file="adapters/gliding.py",
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
WATCHING = (
    Mutant(
        name="what waits is missing",
        file="engine/attendance.py",
        old="return queued + (0 if due is None else stretch.count(due.nominal, stretch.until))",
        new="return queued",
        tests=named("attendance", "p26_the_triggers_count_what_the_machine_dealt_with"),
        why="a due time that is about to be looked at is reported as lost",
    ),
    Mutant(
        name="a set clock is not noted",
        file="engine/attendance.py",
        old="            self._began = input_.at\n            self._since.clear()\n",
        new="            self._began = input_.at\n",
        tests=named(
            "attendance", "p26_nothing_is_missing_when_clocks_are_set_and_machines_restart"
        ),
        why="due times of before a step are compared with those after it",
    ),
    Mutant(
        name="each attempt that fails is a run that failed",
        file="engine/metrics.py",
        old="        if not effects or not retry_of(effects):\n",
        new="        if outcome:\n",
        tests=named("attendance", "p26_the_metrics_are_the_sum_of_all_fates"),
        why="a run is counted once for each attempt",
    ),
    Mutant(
        name="a glide is not measured",
        file="adapters/gliding.py",
        old="            self._meter.note_plain(plain)\n",
        new="",
        tests=named("fast_lane", "p55_a_glide_is_all_its_steps"),
        why="plain runs are missing from the metrics",
    ),
)
DURABILITY = (
    Mutant(
        name="a torn line may stand anywhere",
        file="engine/scan.py",
        old="            if torn:\n                raise JournalError(torn)\n",
        new="",
        tests=named("durability", "p51_damage_before_the_last_record_is_refused"),
        why="a damaged record is passed over in silence",
    ),
    Mutant(
        name="what is torn stays in the file",
        file="adapters/journals.py",
        old="            file.truncate()\n",
        new="            file.read()\n",
        tests=named("durability", "p51_every_cut_of_the_last_record_is_told"),
        why="the next record is written behind half a one",
    ),
    Mutant(
        name="a checksum is not compared",
        file="engine/seals.py",
        old="    if said != found:\n",
        new="    if not found:\n",
        tests=named("durability", "p51_damage_before_the_last_record_is_refused"),
        why="a record that was changed is believed",
    ),
    Mutant(
        name="only the present version is read",
        file="engine/scan.py",
        old="READABLE = (1, VERSION)",
        new="READABLE = (VERSION, VERSION)",
        tests=named("durability", "p53_a_journal_of_the_version_before_says_the_same"),
        why="the journals of the last release are lost",
    ),
    Mutant(
        name="a replay does not compare",
        file="engine/journal.py",
        old="    if effects != record.effects:\n",
        new="    if len(effects) != len(record.effects):\n",
        tests=named("durability", "p53_the_first_decision_that_is_another_is_named"),
        why="a release decides otherwise than the one before, and nobody notices",
    ),
    Mutant(
        name="a what-if wakes while the scheduler slept",
        file="engine/whatif.py",
        old="max(due, now) >= awake else max(due, now)",
        new="max(due, now) >= until else max(due, now)",
        tests=("tests/engine/test_whatif.py::test_what_was_late_is_late",),
        why="another plan seems to be on time through an outage",
    ),
    Mutant(
        name="a what-if lets recorded runs end by their length",
        file="engine/whatif.py",
        old="        if run.start is not start and run.at == at:\n",
        new="        if run.start is at:\n",
        tests=("tests/properties/test_what_if.py",),
        why="ends come in another order than they did",
    ),
)
CRASHES = (
    Mutant(
        name="a log forgets to synchronise",
        file="adapters/stores/log.py",
        old="            self.medium.append(data)\n            self.medium.sync()\n",
        new="            self.medium.append(data)\n",
        tests=named("crashes", "p48_a_crash_anywhere_loses_nothing_and_repeats_nothing"),
        why="what was started before the power failed is started again",
    ),
    Mutant(
        name="what is decided alone is not kept",
        file="adapters/intake.py",
        old="        if keeper is not None and decided:\n",
        new="        if keeper is not None and len(decided) > 1:\n",
        tests=named("crashes", "p49_nothing_is_done_before_it_is_durable"),
        why="runs start of which the store knows nothing",
    ),
    Mutant(
        name="a torn end is left where it is",
        file="adapters/stores/log.py",
        old="            self._is_torn = lines.torn > 0\n",
        new="            self._is_torn = False\n",
        tests=named("crashes", "p50_a_crash_during_a_restart_is_one_before_it"),
        why="what is written behind it cannot be read",
    ),
    Mutant(
        name="what could not be kept is not taken back",
        file="adapters/intake.py",
        old="                roster.undo()\n",
        new="                roster.keep_undo()\n",
        tests=named("crashes", "p52_a_write_that_fails_has_never_been"),
        why="a task runs in memory of which the store knows nothing",
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
    *WATCHING,
    *DURABILITY,
    *CRASHES,
)
