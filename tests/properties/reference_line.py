"""The half of the reference that is about runs: who waits, who is going, who is tried again.

All that has been asked for or came due and is not over stands in one list, in order.
"""

ASKED, INSIDE = ("Demanded", "RunRequested"), ("ready", "going", "resting")


class Piece:
    """One of them; unlike any other."""

    def __init__(self, **facts):
        self.__dict__.update(facts)


class Line:
    """The line of one task. A state is "waiting", then one of `INSIDE`, and "over" at the end."""

    def __init__(self):
        self.line, self.told, self.generation, self.number = [], [], 0, 0

    def now(self):
        return self.elapsed if self.trigger and self.trigger.elapsed else self.wall

    def some(self, *states):
        return [each for each in self.line if each.state in states]

    def fates(self, times, fate, reason=""):
        self.told += [("fate", self.generation, each, fate, reason) for each in times]

    def leave(self, fate, reason="", but=()):
        """Let nobody wait any more, with a slot in sight or not, but for these causes."""
        gone = [each for each in self.some("waiting", "ready") if each.cause not in but]
        self.fates([each.time for each in gone if each.cause == "due"], fate, reason)
        self.line = [each for each in self.line if each not in gone]

    def newcomer(self, time, cause):
        at = time + self.wall - self.now()
        return Piece(time=time, cause=cause, at=at, state="waiting", attempt=0)

    def admit(self, newcomers):
        kind, limit = self.task.overlap.kind, self.task.buffer_limit
        queue = [each for each in self.some("waiting") if each.cause != "Demanded"]
        if len(self.some(*INSIDE)) < self.task.overlap.at_once and not queue:
            self.line += newcomers
            self.let_through(newcomers)
        elif kind == "cancel_other" and newcomers:
            self.line += newcomers[:-1]
            self.leave("merged", but=("Demanded",))
            for each in self.some("ready"):
                each.state = "waiting"
            self.line += newcomers[-1:]
            self.stop()
        else:
            room = {"buffer_one": 1, "buffer_all": limit}.get(kind, 0)
            fate = ("dropped", "buffer full") if kind == "buffer_all" else ("skipped", "overlap")
            fate = fate if self.some("going", "resting") else (fate[0], "capacity")
            late = newcomers[max(room - len(queue), 0) :]
            self.line += newcomers[: len(newcomers) - len(late)]
            self.fates([each.time for each in late if each.cause == "due"], *fate)

    def ask(self, cause):
        asked = self.newcomer(self.now(), cause)
        demands = [each for each in self.some("waiting") if each.cause == "Demanded"]
        if cause == "RunRequested" or not self.some(*INSIDE):
            self.admit([asked])
        elif demands:
            self.line[self.line.index(demands[0])] = asked
        else:
            self.line.append(asked)

    def let_through(self, those):
        for each in those:
            if len(self.some(*INSIDE)) < self.task.overlap.at_once:
                each.state = "ready"
                self.line.remove(each)
                self.line.append(each)

    def place(self):
        return self.some("ready")[0].at, self.task.priority, self.task.name

    def begin(self):
        """Give the first that is ready a slot."""
        run = self.some("ready")[0]
        self.number += 1
        run.key, run.most = (self.generation, self.number), 1
        if self.task.retry is not None:
            run.most = self.task.retry.attempts
        self.attempt(run)

    def attempt(self, run):
        run.state, run.attempt, run.asked = "going", run.attempt + 1, False
        run.timer = self.task.time_limit and self.elapsed + self.task.time_limit
        self.told.append(("start", *run.key, run.attempt, run.time, run.cause))

    def look_at_timers(self):
        for run in self.some("going", "resting"):
            if run.timer is not None and run.timer <= self.elapsed:
                if run.state == "resting":
                    self.attempt(run)
                else:
                    run.timer = None
                    self.ask_to_stop(run)

    def ask_to_stop(self, run):
        self.told += [] if run.asked else [("stop", *run.key)]
        run.asked = True

    def stop(self):
        for run in self.some("going"):
            self.ask_to_stop(run)
        self.give_up()

    def give_up(self):
        """Try no run again; one that rests until then is over."""
        for run in self.some("going", "resting"):
            run.most = 0
            run.state = "over" if run.state == "resting" else "going"

    def end(self, key, *, failed):
        [run] = [each for each in self.some("going") if each.key == key]
        run.state, run.timer = "over", None
        if failed and run.attempt < run.most:
            delay = self.task.retry.delay(self.task.name, run.time, run.attempt)
            run.state, run.timer = "resting", self.elapsed + delay

    def settle(self):
        """Let those that wait through where a run is over, or nobody is in their way at all."""
        if self.some("over") or not self.some(*INSIDE):
            self.line = self.some("waiting", *INSIDE)
            self.let_through(self.some("waiting"))
