"""The tape: a list of labelled choices, which is all that one run of a scenario depends on.

Each choice has a label and options. Option 0 is the ordinary one; any other is a deviation. As text
a tape is its deviations, "3=1 17=2": at choice 3, option 1; at choice 17, option 2.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from duetime.engine.errors import BadArgumentError

T = TypeVar("T")

Pick = Callable[["Choice"], int]
"""Says which option to take, by its number."""


class TapeError(AssertionError):
    """A scenario that is replayed meets another choice than before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One choice. `taken`: the number of the option."""

    number: int
    label: str
    options: tuple[str, ...]
    taken: int = 0

    def __str__(self) -> str:
        """Say in words what was taken, and what else there was."""
        text = f"choice {self.number}: {self.label}: {self.options[self.taken]}"
        return f"{text} (ordinary: {self.options[0]})" if self.taken else text


class Tape:
    """The choices of one run: those that are given, and those that are recorded on the way."""

    def __init__(
        self,
        given: Mapping[int, int] | None = None,
        *,
        pick: Pick | None = None,
        expected: Sequence[Choice] = (),
    ) -> None:
        """`given`: deviations by number; `pick`: for all others; `expected`: must be met first."""
        self._given = dict(given or {})
        self._pick = pick
        self._expected = expected
        self.choices: list[Choice] = []

    def choose(self, label: str, options: Sequence[T]) -> T:
        """Return one of the options, the first one in an ordinary run.

        Raises BadArgumentError without an option, TapeError where a replay meets
        another label or other options than before.
        """
        if not options:
            raise BadArgumentError(f"choose({label!r}, …): there must be at least one option")
        met = Choice(
            number=len(self.choices), label=label, options=tuple(str(each) for each in options)
        )
        self._compare(met)
        taken = self._given.get(met.number, 0)
        if self._pick is not None and met.number not in self._given:
            taken = self._pick(met)
        if not 0 <= taken < len(options):
            taken = 0
        self.choices.append(
            Choice(number=met.number, label=label, options=met.options, taken=taken)
        )
        return options[taken]

    @property
    def deviations(self) -> dict[int, int]:
        """What was taken, by the number of the choice, where that was not the ordinary option."""
        return {each.number: each.taken for each in self.choices if each.taken}

    def check_used(self) -> None:
        """Raise TapeError if the run did not come to a deviation that was given."""
        left = {key: taken for key, taken in self._given.items() if taken}
        for key in self.deviations:
            left.pop(key, None)
        if left:
            raise TapeError(
                f"the tape says {tape_text(left)!r}, and the run met {len(self.choices)} choices "
                "without it; was the tape made by this scenario, with the same choices?"
            )

    def __str__(self) -> str:
        """Return its text."""
        return tape_text(self.deviations)

    def __repr__(self) -> str:
        """Show what was given, and what has been taken so far."""
        return f"Tape({tape_text(self._given | self.deviations)!r})"

    def _compare(self, met: Choice) -> None:
        if met.number >= len(self._expected):
            return
        before = self._expected[met.number]
        if (before.label, before.options) != (met.label, met.options):
            raise TapeError(
                f"choice {met.number} was {before.label!r} of {list(before.options)} and now is "
                f"{met.label!r} of {list(met.options)}; a scenario must do the same each time that "
                "it is called: no real time, no randomness, no order of sets, nothing left over "
                "from the run before"
            )


def tape_text(deviations: Mapping[int, int]) -> str:
    """Return deviations as text, such as "3=1 17=2"."""
    return " ".join(f"{number}={taken}" for number, taken in sorted(deviations.items()))


def read_tape(text: str) -> dict[int, int]:
    """Read deviations from text such as "3=1 17=2".

    Raises BadArgumentError, naming the part that cannot be read.
    """
    deviations = dict[int, int]()
    for part in text.split():
        number, _, taken = part.partition("=")
        if not (number.isdecimal() and taken.isdecimal()):
            raise BadArgumentError(
                f"tape {text!r}: {part!r} cannot be read; each part is the number of a choice and "
                "that of an option, as in '3=1 17=2'"
            )
        deviations[int(number)] = int(taken)
    return deviations
