"""The pytest plugin, as those who have installed duetime see it."""

import subprocess
import sys
from pathlib import Path

import pytest

from duetime.adapters.testing import NotDeterministicError
from duetime.adapters.testing.twice import is_chosen, run_again

HEAD = """
    import threading
    import pytest
    from duetime import Every, OnDemand, Once
"""


def outcome(pytester: pytest.Pytester, test: str, *options: str) -> pytest.RunResult:
    """Run a file of tests in this process."""
    pytester.makepyfile(test_it=HEAD + test)
    return pytester.runpytest_inprocess("-rN", "-o", "duetime_twice=0", *options)


def test_the_plugin_loads_nothing_heavy() -> None:
    """Whoever has duetime installed does not pay for it in every run of pytest."""
    code = (
        "import sys, duetime.adapters.testing.plugin\n"
        "print(*(m for m in sys.modules if m in ('hypothesis', 'sqlite3') or '.engine' in m"
        " or m == 'duetime.adapters.simulate'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == ""


def test_the_fixtures_share_a_clock_that_the_marker_sets(pytester: pytest.Pytester) -> None:
    """`sim` lives on `virtual_clock`; nearer markers come first, others are added."""
    result = outcome(
        pytester,
        """
    pytestmark = pytest.mark.duetime(start="2027-01-01T00:00Z", allow={"runs"})

    @pytest.mark.duetime(start="2028-02-29T00:00Z")
    def test_one(sim, virtual_clock):
        assert sim.clock is virtual_clock
        assert virtual_clock.now().year == 2028
        sim.add("long", Every(minutes=1), takes="1h")
        virtual_clock.advance(minutes=1)

    def test_two(virtual_clock):
        assert virtual_clock.now().year == 2027
""",
        "--strict-markers",
    )
    result.assert_outcomes(passed=2)


@pytest.mark.parametrize(
    ("marker", "message"),
    [
        ("sed=1", "*@pytest.mark.duetime does not take sed; it takes, by keyword, start, *"),
        ("5", "*does not take 5; it takes*"),
        ("allow={'all'}", "*leftover 'all' is unknown; allowed are 'runs', *"),
        ("allow='runs'", "*allow 'runs' must be a set of words*"),
        ("start='2026-01-01'", "*NaiveDatetimeError*"),
    ],
)
def test_a_marker_that_makes_no_sense_is_refused(
    pytester: pytest.Pytester, marker: str, message: str
) -> None:
    """It is told what was given and what is allowed; the test does not run."""
    result = outcome(
        pytester, f"\n    @pytest.mark.duetime({marker})\n    def test_it(sim):\n        pass\n"
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([message])


LEFT = {
    "runs": 'sim.add("a", Every("1m"), takes="2m"); sim.clock.advance(minutes=1)',
    "holds": 'sim.add("a", Every("1m"), takes="hold"); sim.clock.advance(minutes=1)',
    "one_shots": 'sim.add("a", Once("2030-01-01T00:00Z"))',
    "errors": 'sim.add("a", Every("1m"), lambda: 1 / 0); sim.clock.advance(minutes=1)',
    "threads": 'threading.Thread(target=threading.Event().wait, name="a", daemon=True).start()',
}


@pytest.mark.parametrize("kind", LEFT)
def test_what_is_left_over_fails_the_test_unless_it_is_allowed(
    pytester: pytest.Pytester, kind: str
) -> None:
    """Each kind is told by its word, with its task and where that was declared."""
    found = outcome(
        pytester,
        f"""
    def test_bad(sim):
        {LEFT[kind]}

    @pytest.mark.duetime(allow={{{kind!r}}})
    def test_good(sim):
        {LEFT[kind]}

    def test_worse(sim):
        {LEFT[kind]}
        raise ValueError("its own")
""",
    )
    found.assert_outcomes(failed=2, passed=1)
    found.stdout.fnmatch_lines([f"E *{kind}: *'a'*test_it.py*" if kind != "threads" else "E *'a'*"])
    assert "ValueError: its own" in found.stdout.str()
    errors = [line for line in found.stdout.lines if line.startswith("E ")]
    assert sum("left over at the end" in line for line in errors) == 1


def test_a_module_that_may_not_read_real_time_is_watched(pytester: pytest.Pytester) -> None:
    """The marker names the modules; the failure names the place."""
    pytester.makepyfile(shop="import time\ndef now():\n    return time.time()\n")
    pytester.syspathinsert()
    result = outcome(
        pytester,
        """
    import shop

    @pytest.mark.duetime(real_time=["shop"])
    def test_bad(sim):
        sim.add("a", Every("1m"), shop.now)
        sim.clock.advance(minutes=1)

    def test_good(sim):
        sim.add("a", Every("1m"), shop.now)
        sim.clock.advance(minutes=1)
""",
    )
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(["E *shop.py:3 now: time.time, 1×"])


SET_OF_TEXTS = """
    def test_it(sim):
        for name in {f"task {number}" for number in range(12)}:
            sim.add(name, Every("1m"))
        sim.clock.advance(minutes=1)
"""


def test_a_test_that_depends_on_the_hash_seed_is_found(pytester: pytest.Pytester) -> None:
    """It is run again in a process with another seed; the first record that differs is told."""
    result = outcome(pytester, SET_OF_TEXTS, "-o", "duetime_twice=1")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["E *went another way with PYTHONHASHSEED=*; line * differs", "E * first:*", "E * second:*"]
    )


def test_a_test_that_always_goes_the_same_way_passes_twice(pytester: pytest.Pytester) -> None:
    """The second process is asked for the same test only, and does not start a third."""
    tidy = SET_OF_TEXTS.replace("in {", "in sorted({").replace("(12)}", "(12)})")
    outcome(pytester, tidy, "-o", "duetime_twice=1").assert_outcomes(passed=1)


def test_a_second_process_that_does_not_get_there_is_told(tmp_path: Path) -> None:
    """What pytest printed in it is the failure."""
    with pytest.raises(NotDeterministicError, match=r"(?s)gone\.py did not .*directory not"):
        run_again("gone.py", [], root=tmp_path)


def test_one_in_twenty_is_chosen_by_its_name() -> None:
    """The choice is the same everywhere and each time, and about as many as were asked for."""
    names = [f"tests/test_{number}.py::test_it" for number in range(2000)]
    assert sum(is_chosen(name, 20) for name in names) in range(70, 130)
    assert [is_chosen("tests/test_it.py::test_it", one_in) for one_in in (0, 1)] == [False, True]


def test_a_test_can_keep_out_of_the_second_run(pytester: pytest.Pytester) -> None:
    """`twice=False` is for what differs by design, such as a temporary path in `args`."""
    marked = SET_OF_TEXTS.replace("    def", "    @pytest.mark.duetime(twice=False)\n    def")
    outcome(pytester, marked, "-o", "duetime_twice=1").assert_outcomes(passed=1)


def test_how_often_is_a_whole_number(pytester: pytest.Pytester) -> None:
    """A setting that is none is refused before any test."""
    result = outcome(pytester, "", "-o", "duetime_twice=often")
    result.stderr.fnmatch_lines(["*duetime_twice 'often' must be a whole number*"])
