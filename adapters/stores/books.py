"""Books: what records mean for the tables of runs and fates."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from duetime.adapters.calls import RunKey
from duetime.adapters.stores.rows import Row, args_text, plain_text
from duetime.engine.history import Outcome
from duetime.engine.instants import Instant
from duetime.engine.journal import JournalRecord
from duetime.engine.messages import (
    Input,
    RecordFate,
    Restarted,
    RunFailed,
    RunFinished,
    RunInput,
    RunLost,
    StartRun,
)

Going: TypeAlias = tuple[int, int]
"""(attempt, id of the row) of a run in progress."""

_OUTCOMES = {
    RunFinished: Outcome.FINISHED,
    RunFailed: Outcome.FAILED,
    RunLost: Outcome.LOST,
}


@dataclass(slots=True, kw_only=True)
class Told:
    """What a batch of records says.

    `lines`: the records themselves, each with its number; `started`: rows of runs; `ended`: (ended,
    outcome, error, id); `fates`: rows of fates; `changed`: runs that have begun, or ended (None).
    """

    next_id: int
    lines: list[Row] = field(default_factory=list)
    started: list[Row] = field(default_factory=list)
    ended: list[Row] = field(default_factory=list)
    fates: list[Row] = field(default_factory=list)
    changed: dict[RunKey, Going | None] = field(default_factory=dict)


class RunBook:
    """Which runs are in progress, and in which rows they stand."""

    def __init__(self, going: dict[RunKey, Going], next_id: int) -> None:
        """`next_id`: of the next row."""
        self._going = going
        self._next_id = next_id

    def tell(self, records: Iterable[JournalRecord]) -> Told:
        """Say what records mean; nothing is taken in yet."""
        told = Told(next_id=self._next_id)
        for record in records:
            input_ = record.input
            if isinstance(input_, RunInput):
                self._end(told, input_)
            elif isinstance(input_, Restarted):
                for key in {**self._going, **told.changed}:
                    self._close(told, key, input_.at.wall, Outcome.LOST)
            for effect in record.effects:
                if isinstance(effect, StartRun):
                    _start(told, effect, input_)
                elif isinstance(effect, RecordFate):
                    told.fates.append(_fate_row(effect))
        return told

    def take(self, told: Told) -> None:
        """Take in what has been written."""
        self._next_id = told.next_id
        for key, going in told.changed.items():
            if going is None:
                self._going.pop(key, None)
            else:
                self._going[key] = going

    def _end(self, told: Told, ended: RunInput) -> None:
        key = (ended.name, ended.generation, ended.number)
        going = self._find(told, key)
        if going is not None and going[0] == ended.attempt:
            error = plain_text(ended.error) if isinstance(ended, RunFailed) else ""
            self._close(told, key, ended.at.wall, _OUTCOMES[type(ended)], error)

    def _close(
        self, told: Told, key: RunKey, at: Instant, outcome: Outcome, error: str = ""
    ) -> None:
        going = self._find(told, key)
        if going is not None:
            told.ended.append((at, str(outcome), error, going[1]))
            told.changed[key] = None

    def _find(self, told: Told, key: RunKey) -> Going | None:
        return told.changed[key] if key in told.changed else self._going.get(key)


def _start(told: Told, start: StartRun, input_: Input) -> None:
    told.started.append(
        (
            told.next_id,
            start.name,
            start.generation,
            start.number,
            start.attempt,
            str(start.cause),
            start.nominal + start.shift,
            start.planned + start.shift,
            input_.at.wall,
            None,
            None,
            "",
            args_text(start.args),
        )
    )
    key = (start.name, start.generation, start.number)
    told.changed[key] = (start.attempt, told.next_id)
    told.next_id += 1


def _fate_row(fate: RecordFate) -> Row:
    return (
        fate.name,
        fate.generation,
        str(fate.fate),
        fate.reason,
        fate.first + fate.shift,
        fate.last + fate.shift,
        fate.count,
    )
