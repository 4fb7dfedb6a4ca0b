"""What Hypothesis loads where duetime is installed: which strategy draws which trigger."""

from importlib import import_module

from hypothesis import strategies as st

from duetime.engine.triggers import TRIGGERS
from duetime.engine.triggers.base import Trigger
from duetime.engine.triggers.combine import ElapsedJitter
from duetime.engine.triggers.every import ElapsedGrid


def register() -> None:
    """Let `st.from_type` draw triggers; the strategies are loaded when one is drawn."""
    kinds: set[type[Trigger]] = {Trigger, *TRIGGERS.values()}
    for kind in kinds - {ElapsedGrid, ElapsedJitter}:
        st.register_type_strategy(kind, _strategy)


def _strategy(kind: type[Trigger]) -> st.SearchStrategy[Trigger]:
    found: st.SearchStrategy[Trigger] = import_module(
        "duetime.adapters.testing.strategies"
    ).trigger_of(kind)
    return found
