"""The rules once more, as plainly as they can be said: lists, one thing at a time.

Only triggers and policies are the engine's. `handle` returns what came of an input for each task,
with a fate for each occurrence. Left out: restarts, slews, triggers that fail, jitter, events.
"""

from tests.properties.reference_line import ASKED, INSIDE, Line

STEPS = {"accept": 5 * 10**8, "by_size": 3 * 3600 * 10**9, "make_up": 10**30}


class Reference:
    """All tasks. `slots`: how many runs may go at the same time, or None."""

    def __init__(self, lead, slots):
        self.lead, self.slots, self.shift, self.tasks = lead, slots, 0, {}

    def handle(self, input_):
        name = input_.task.name if hasattr(input_, "task") else getattr(input_, "name", None)
        wall, elapsed = input_.at.wall, input_.at.mono + self.lead
        step, self.shift = abs(wall - elapsed - self.shift), wall - elapsed
        mine = self.tasks if name is None else {name: self.tasks.setdefault(name, One())}
        for other, each in self.tasks.items():
            each.look(wall, elapsed, step)
            if other in mine:
                each.handle(input_)
        while ready := [each for each in self.tasks.values() if each.some("ready")]:
            taken = [each.some("going", "resting") for each in self.tasks.values()]
            if sum(map(len, taken)) == self.slots:
                break
            min(ready, key=One.place).begin()
        return {name: each.told for name, each in self.tasks.items()}


class One(Line):
    """One task: its occurrences. `held`: the first that a pause holds up."""

    def __init__(self):
        super().__init__()
        self.mode, self.lived = "absent", []
        self.trigger = self.due = self.until = self.held = None

    def look(self, wall, elapsed, step):
        self.lived, self.told, self.wall, self.elapsed = self.lived or self.told, [], wall, elapsed
        if self.mode == "absent" or self.trigger.elapsed or step <= STEPS[self.task.clock_step]:
            return
        ended = self.due is None
        self.leave("missed", "clock", but=ASKED)
        self.fates(self.take(wall), "missed", "clock")
        self.due = self.held = None if ended else self.trigger.first(wall)
        self.generation += 1
        self.settle()

    def handle(self, input_):
        match type(input_).__name__:
            case "Ticked":
                self.look_at_timers()
                self.wake()
                if self.mode == "off":
                    self.skip(self.now(), self.now())
                elif due := self.take(self.now()):
                    self.catch_up(due)
            case "Added":
                if self.mode == "absent":
                    self.mode, self.was, self.lived = "on", self.generation, self.line
                self.leave("superseded")
                self.give_up()
                self.task = input_.task
                self.plan(self.task.trigger.bind(self.elapsed, None))
            case "Rescheduled":
                if (trigger := input_.trigger.bind(self.elapsed, self.trigger)) != self.trigger:
                    self.leave("superseded", but=ASKED)
                    self.plan(trigger)
            case "Removed":
                self.leave("superseded")
                self.give_up()
                self.fates(self.take(self.now()), "superseded")
                self.mode, self.due, self.until = "absent", None, None
                if not self.lived and not self.told:
                    self.generation = self.was  # as if it had never been there
            case "Disabled":
                self.leave("skipped", "disabled")
                self.settle()
                self.held = self.due if self.mode == "on" else self.held
                self.mode, self.until = "off", input_.until
            case "Enabled" if self.mode == "off":
                if input_.from_ == "now" or self.trigger.follows_runs:
                    self.enable(self.now())
                else:
                    self.fates(self.take(self.now()), "skipped", "disabled")
                    self.generation, self.due = self.generation + 1, self.held
                    self.mode, self.until = "on", None
            case "Demanded" | "RunRequested" as cause:
                self.wake()
                if self.mode == "on":
                    self.ask(cause)
            case "StopRequested":
                self.stop()
            case "RunFinished" | "RunFailed" as how:
                self.end((input_.generation, input_.number), failed=how == "RunFailed")
        self.settle()

    def settle(self):
        super().settle()
        if self.mode != "absent" and self.trigger.follows_runs and not self.some(*INSIDE):
            self.due = self.due or self.trigger.next_after(self.elapsed)

    def take(self, until):
        found = []
        while self.due is not None and self.due <= until:
            found.append(self.due)
            self.due = None if self.trigger.follows_runs else self.trigger.next_after(self.due)
        return found

    def plan(self, trigger):
        """Put a trigger in force; what is due, or not in the new one, is superseded."""
        gone = self.take(self.now())
        if self.due is not None and trigger.next_after(self.due - 1) != self.due:
            gone.append(self.due)
        self.fates(gone, "superseded")
        self.trigger, self.generation = trigger, self.generation + 1
        self.due = self.held = trigger.first(self.now())

    def skip(self, until, now):
        gone = self.take(until)
        self.fates(gone, "skipped", "disabled")
        if gone and self.trigger.follows_runs:
            self.due = self.trigger.next_after(now)

    def enable(self, ended):
        self.skip(ended - 1, ended)
        self.mode, self.until = "on", None

    def wake(self):
        if self.until is not None and self.until <= self.wall:
            self.enable(self.until - self.wall + self.now())

    def catch_up(self, due):
        task, kind, limit = self.task, self.task.catch_up.kind, self.task.buffer_limit
        period = [*due, self.due or due[0]][1] - due[0]
        window = max(period, 60 * 10**9) if task.window is None else task.window
        window = min(window, 10**9) if kind == "none" else window
        inside = [time for time in due if self.now() - time <= window]
        last = inside[-task.catch_up.count :]
        chosen = {"earliest": inside[:1], "all": inside[:limit]}.get(kind, last)
        self.fates([time for time in due if time not in inside], "missed")
        other = "dropped" if kind == "all" else "merged"
        self.fates([time for time in inside if time not in chosen], other)
        self.admit([self.newcomer(time, "due") for time in chosen])
