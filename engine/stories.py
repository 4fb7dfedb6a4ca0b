"""The runs of one task, as the records of a journal tell of them."""

from dataclasses import dataclass, field

from duetime.engine.life import Noted
from duetime.engine.machine import Snapshot
from duetime.engine.messages import RecordEvent, Restarted, RunInput, StartRun
from duetime.engine.states import runs_of


@dataclass(slots=True, eq=False)
class Attempt:
    """One attempt of a run: what started it, in which record, and the record that ended it."""

    start: StartRun
    begun: Noted
    ended: Noted | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class Story:
    """One run. `attempt`: the present one, or the last; `over`: whether it has ended.

    `attempts`: those that the journal tells of; `again`: another will follow.
    """

    number: int
    attempt: int
    attempts: list[Attempt] = field(default_factory=list)
    over: bool = False
    again: bool = False


class Stories:
    """The runs of a task that are going; a story goes on for whoever holds it."""

    def __init__(self, name: str, base: Snapshot | None) -> None:
        """`base`: what the machine knew before the first record, if that was not nothing."""
        self._name = name
        self._going: dict[str, Story] = {}
        for entry in base.entries if base is not None else ():
            for run in runs_of(entry.state) if entry.task.name == name else ():
                story = Story(number=run.number, attempt=run.attempt)
                story.over = story.again = run.retry_at is not None
                self._going[f"{run.generation}/{run.number}"] = story

    @property
    def going(self) -> tuple[Story, ...]:
        """The runs that are going, in the order of their starts."""
        return tuple(self._going.values())

    def start(self, noted: Noted, start: StartRun) -> Story:
        """Take in that an attempt begins."""
        key = f"{start.generation}/{start.number}"
        story = self._going.get(key)
        if story is None:
            story = self._going[key] = Story(number=start.number, attempt=start.attempt)
        story.attempt, story.over, story.again = start.attempt, False, False
        story.attempts.append(Attempt(start, noted))
        return story

    def end(self, noted: Noted) -> None:
        """Take in which attempts the input ends: one, or all that are going."""
        input_, ended = noted.input, list[Story]()
        if isinstance(input_, RunInput) and input_.name == self._name:
            story = self._going.get(f"{input_.generation}/{input_.number}")
            ended += [] if story is None or story.attempt != input_.attempt else [story]
        elif isinstance(input_, Restarted):
            ended += [story for story in self._going.values() if not story.over]
        for story in ended:
            story.over = True
            for attempt in story.attempts[-1:]:
                attempt.ended = noted

    def decide(self, event: RecordEvent) -> None:
        """Take in whether another attempt will follow."""
        if event.event in ("retry", "given_up"):
            self._going[event.text.partition(":")[0]].again = event.event == "retry"

    def forget(self) -> None:
        """Let go of the runs that have ended, with no other attempt to follow."""
        if any(story.over and not story.again for story in self._going.values()):
            going = self._going.items()
            self._going = {key: each for key, each in going if each.again or not each.over}
