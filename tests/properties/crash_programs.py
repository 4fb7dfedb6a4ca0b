"""Scenarios for crash tests: random ones, and one with all that matters across a restart."""

from hypothesis import strategies as st

from duetime.adapters.calls import RunHandle
from duetime.adapters.simulate import Simulation
from duetime.adapters.testing.crashes import Scenario
from duetime.clocks.virtual import VirtualClock
from duetime.engine.triggers.every import AfterFinish, Every
from duetime.engine.triggers.once import Once, OnDemand

NAMES = st.sampled_from("ab")
TRIGGERS = st.sampled_from([Every(seconds=7), Every(seconds=20), AfterFinish(seconds=9)])
POLICIES = st.fixed_dictionaries(
    {},
    optional={
        "overlap": st.sampled_from(["skip", "buffer_one", "buffer_all", "allow(2)"]),
        "rerun_after_crash": st.booleans(),
        "takes": st.sampled_from(["3s", "12s"]),
        "catch_up": st.sampled_from(["none", "latest", "all"]),
    },
)
VERBS = st.tuples(st.sampled_from(["demand", "stop", "disable", "enable"]), NAMES)


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """Draw two tasks, and a few verbs with time between them."""
    tasks = [(name, draw(TRIGGERS), draw(POLICIES)) for name in "ab"]
    verbs = draw(st.lists(VERBS, min_size=1, max_size=2))

    def scenario(sim: Simulation, clock: VirtualClock) -> None:
        for name, trigger, policies in tasks:
            sim.add(name, trigger, **policies)
        for verb, name in verbs:
            clock.advance(seconds=8)
            getattr(sim, verb)(name)
        clock.advance(seconds=8)

    return scenario


def a_night(sim: Simulation, clock: VirtualClock) -> None:
    """Do a bit of all that can be cut short."""
    calls = {"flaky": 0}

    def flaky() -> None:
        calls["flaky"] += 1
        if calls["flaky"] == 1:
            raise RuntimeError("not yet")

    def nap(run: RunHandle) -> None:
        run.sleep("50s")

    sim.add("sweep", Every(minutes=1), catch_up="all", window="1h")
    sim.add("nap", Every(minutes=1), nap, rerun_after_crash=True, overlap="buffer_one")
    sim.add("flaky", Once("2026-01-01T00:00:30Z"), flaky, retry="retry(3, 10s)")
    sim.add("mail", OnDemand(), takes="30s")
    clock.advance(seconds=70)
    sim.demand("mail")
    sim.demand("mail")
    sim.reschedule("sweep", Every(seconds=40))
    clock.stall(seconds=75)
    sim.remove("mail")
    sim.disable("nap", until="2026-01-01T00:03:00Z")
    clock.advance(seconds=60)
