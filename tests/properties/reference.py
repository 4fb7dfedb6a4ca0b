"""The rules for one task once more, as plainly as they can be said: lists, one thing at a time.

Only triggers and policies are the engine's. `handle` returns what came of an input, with a fate for
each occurrence. Left out: restarts, slews, jumps by hours, triggers that fail, jitter.
"""


class Reference:
    """One task. A run is (generation, number); who waits is (time, cause)."""

    def __init__(self, lead):
        self.lead, self.mode, self.generation, self.number = lead, "absent", 0, 0
        self.runs, self.asked, self.waiting, self.told = [], [], [], []
        self.task = self.trigger = self.due = self.until = None

    def handle(self, input_):
        self.told, self.wall, self.elapsed = [], input_.at.wall, input_.at.mono + self.lead
        match type(input_).__name__:
            case "Ticked":
                self.tick()
            case "Added":
                if self.mode == "absent":
                    self.mode, self.was, self.silent = "on", self.generation, not self.runs
                self.leave("superseded")
                self.task = input_.task
                self.plan(self.task.trigger.bind(self.elapsed, None))
            case "Rescheduled":
                if (trigger := input_.trigger.bind(self.elapsed, self.trigger)) != self.trigger:
                    self.leave("superseded", keep=[one for one in self.waiting if one[1] != "due"])
                    self.plan(trigger)
            case "Removed":
                self.leave("superseded")
                self.fates(self.take(self.now()), "superseded")
                self.mode, self.due, self.until = "absent", None, None
                if self.silent and not self.told:
                    self.generation = self.was  # as if it had never been there
            case "Disabled":
                self.leave("skipped", "disabled")
                self.mode, self.until = "off", input_.until
            case "Enabled" if self.mode == "off":
                self.enable(self.now())
            case "Demanded" | "RunRequested" as cause:
                self.ask((self.now(), cause))
            case "StopRequested":
                self.stop()
            case "RunFinished" | "RunFailed":
                self.runs.remove((input_.generation, input_.number))
                self.start(self.waiting, [])
        if self.mode != "absent" and self.trigger.follows_runs and not self.runs:
            self.due = self.due or self.trigger.next_after(self.elapsed)
        self.silent = self.silent and not self.told
        return self.told

    def now(self):
        return self.elapsed if self.trigger and self.trigger.elapsed else self.wall

    def take(self, until):
        found = []
        while self.due is not None and self.due <= until:
            found.append(self.due)
            self.due = None if self.trigger.follows_runs else self.trigger.next_after(self.due)
        return found

    def fates(self, nominals, fate, reason=""):
        self.told += [("fate", self.generation, each, fate, reason) for each in nominals]

    def leave(self, fate, reason="", keep=()):
        self.fates([time for time, cause in self.waiting if cause == "due"], fate, reason)
        self.waiting = list(keep)

    def plan(self, trigger):
        """Put a trigger in force; what is due, or not in the new one, is superseded."""
        gone = self.take(self.now())
        if self.due is not None and trigger.next_after(self.due - 1) != self.due:
            gone.append(self.due)
        self.fates(gone, "superseded")
        self.trigger, self.generation = trigger, self.generation + 1
        self.due = trigger.first(self.now())

    def tick(self):
        if self.until is not None and self.until <= self.wall:
            self.enable(self.until - self.wall + self.now())
        due = self.take(self.now())
        if self.mode == "on" and due:
            self.catch_up(due)
        else:
            self.skip(due, self.now())

    def skip(self, due, now):
        self.fates(due, "skipped", "disabled")
        if due and self.trigger.follows_runs:
            self.due = self.trigger.next_after(now)

    def enable(self, ended):
        self.skip(self.take(ended - 1), ended)
        self.mode, self.until = "on", None

    def catch_up(self, due):
        task, kind, limit = self.task, self.task.catch_up.kind, self.task.buffer_limit
        period = [*due, self.due or due[0]][1] - due[0]
        window = max(period, 60 * 10**9) if task.window is None else task.window
        window = min(window, 10**9) if kind == "none" else window
        inside = [time for time in due if self.now() - time <= window]
        last = min(task.catch_up.count, limit) if kind == "last" else 1
        chosen = {"earliest": inside[:1], "all": inside[:limit]}.get(kind, inside[-last:])
        self.fates([time for time in due if time not in inside], "missed")
        rest = [time for time in inside if time not in chosen]
        self.fates(rest, "dropped" if kind == "all" else "merged")
        self.admit([(time, "due") for time in chosen])

    def admit(self, newcomers):
        kind, limit = self.task.overlap.kind, self.task.buffer_limit
        full = ("dropped", "buffer full") if kind == "buffer_all" else ("skipped", "overlap")
        demands = [each for each in self.waiting if each[1] == "Demanded"]
        queue = [each for each in self.waiting if each[1] != "Demanded"]
        room = max({"buffer_one": 1, "buffer_all": limit}.get(kind, 0) - len(queue), 0)
        if len(self.runs) < self.task.overlap.at_once and not queue:
            self.start(newcomers, self.waiting)
        elif kind == "cancel_other" and newcomers:
            self.waiting = queue + newcomers[:-1]
            self.leave("merged", keep=demands + newcomers[-1:])
            self.stop()
        else:
            kept, self.waiting = self.waiting + newcomers[:room], newcomers[room:]
            self.leave(*full)
            self.waiting = kept

    def start(self, ready, waiting):
        free = max(self.task.overlap.at_once - len(self.runs), 0)
        self.waiting = waiting + ready[free:]
        for time, cause in ready[:free]:
            self.number += 1
            self.runs.append((self.generation, self.number))
            self.told.append(("start", self.generation, self.number, time, cause))

    def ask(self, asked):
        if self.mode == "off":
            pass
        elif asked[1] == "RunRequested" or not self.runs:
            self.admit([asked])
        elif "Demanded" in (causes := [cause for _, cause in self.waiting]):
            self.waiting[causes.index("Demanded")] = asked
        else:
            self.waiting.append(asked)

    def stop(self):
        self.told += [("stop", *run) for run in self.runs if run not in self.asked]
        self.asked += self.runs
