"""Prints one digest of all that a fixed program leads to, here and in any other process.

Run as `python -m tests.properties.trace_hash`; needs nothing but the package.
"""

import hashlib
import logging
import sys

from duetime.adapters.testing.bare import Bare
from duetime.adapters.testing.playing import Stage
from duetime.adapters.testing.programs import Limit, Program, Restart
from duetime.engine.journal import replay, state_hash
from tests.properties.players import lines
from tests.properties.samples import SAMPLE


def trace_hash() -> str:
    """Play the sample on both players, on one with a limit and a restart in the middle."""
    stage = Stage().play(SAMPLE)
    bare = Bare().play(Program([Limit(2), *SAMPLE, Restart(), *SAMPLE]))
    text = [*stage.journal.lines(), repr(stage.seen), stage.shell.timeline()]
    text += [state_hash(replay(stage.journal).machine), *lines(bare.records)]
    text.append(state_hash(bare.machine))
    return hashlib.sha256("\n".join(text).encode()).hexdigest()


if __name__ == "__main__":
    logging.disable()
    sys.stdout.write(trace_hash() + "\n")
