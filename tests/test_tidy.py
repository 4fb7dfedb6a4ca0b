"""Holds the package to the rules of `tidy_rules.py`, and shows each rule what breaks it."""

import pytest

from tests.tidy_rules import (
    EXEMPT,
    RULES,
    Rule,
    bools_are_keyword_only,
    classes_have_few_lines,
    classes_have_few_methods,
    complaints,
    definitions,
    functions_have_few_branches,
    functions_have_few_lines,
    functions_have_few_parameters,
    import_cycle,
    imports_point_one_way,
    imports_stand_at_the_top,
    modules_have_few_lines,
    names_use_the_projects_words,
    package,
    parse,
    step_has_one_line_arms,
    the_engine_imports_pure_parts,
    the_engine_reads_no_clock,
)


def repeat(line: str, count: int) -> str:
    """Write a line so many times, each with its number in place of #."""
    return "\n".join(line.replace("#", str(number)) for number in range(count))


def arms(*lines: str) -> str:
    """Write a `step` with these arms."""
    return "def step(s):\n match s:\n  " + "\n  ".join(lines)


PARAMETERS = ", ".join(f"p{number}" for number in range(8))
BRANCHES = "def f(x):\n" + repeat(" if x == #: pass", 11)
SNIPPETS = [
    # rule, path, what it must find, what it must let pass
    (
        functions_have_few_lines,
        "engine/x.py",
        "def f():\n" + repeat(" x = #", 60),
        "def f():\n" + repeat(" x = #", 59),
    ),
    (
        functions_have_few_branches,
        "engine/x.py",
        BRANCHES + "\n for y in x: pass\n while x: pass",
        BRANCHES + "\n for y in x: pass\n else: pass",
    ),
    (
        functions_have_few_branches,
        "engine/x.py",
        BRANCHES + "\n return [y if y else 0 for y in x if y]",
        BRANCHES + "\n return [y if y else 0 for y in x]",
    ),
    (
        functions_have_few_branches,
        "engine/x.py",
        arms(*(f"case {number}: pass" for number in range(13)), "case _: pass"),
        arms(*(f"case {number}: pass" for number in range(12)), "case _: pass"),
    ),
    (
        step_has_one_line_arms,
        "engine/lifecycle.py",
        arms("case 1: x = 1; return x", "case _: raise E"),
        arms("case 1: return 1", "case _: raise E"),
    ),
    (
        step_has_one_line_arms,
        "engine/lifecycle.py",
        arms("case 1: return 1", "case _: return 2"),
        arms(*(f"case {number}: return {number}" for number in range(40)), "case _: raise E"),
    ),
    (
        functions_have_few_parameters,
        "engine/x.py",
        f"def f({PARAMETERS}, *, more): pass",
        f"class C:\n def f(self, {PARAMETERS}, *args, **more): pass",
    ),
    (
        bools_are_keyword_only,
        "engine/x.py",
        "def f(loud: bool): pass",
        "def f(*, loud: bool): pass\ndef _g(loud: bool): pass",
    ),
    (
        bools_are_keyword_only,
        "engine/x.py",
        "class C:\n def __init__(self, x, loud=False): pass",
        "class C:\n @p.setter\n def p(self, loud: bool): pass\n def _g(self, x, loud=False): pass",
    ),
    (
        bools_are_keyword_only,
        "engine/x.py",
        "def f(loud: bool | None): pass",
        "def f(test: Callable[[int], bool]): pass",
    ),
    (modules_have_few_lines, "engine/x.py", "#\n" * 501, "#\n" * 500),
    (modules_have_few_lines, "engine/lifecycle.py", "#\n" * 251, "#\n" * 250),
    (
        classes_have_few_lines,
        "engine/x.py",
        "class C:\n" + repeat(" x = #", 250),
        "class C:\n" + repeat(" x = #", 249),
    ),
    (
        classes_have_few_methods,
        "engine/x.py",
        "class C:\n" + repeat(" def f#(self): pass", 16),
        "class C:\n" + repeat(" def f#(self): pass", 15),
    ),
    (
        the_engine_imports_pure_parts,
        "engine/x.py",
        "import time",
        "from datetime import time\nfrom duetime.engine import y\nimport collections.abc",
    ),
    (
        the_engine_imports_pure_parts,
        "engine/x.py",
        "from duetime.clocks import y",
        "import re",
    ),
    (the_engine_imports_pure_parts, "engine/x.py", "from . import y", "import json"),
    (the_engine_reads_no_clock, "engine/x.py", "d = datetime.now(UTC)", "d = facts.now.wall"),
    (the_engine_reads_no_clock, "engine/x.py", "d = clock.now()", "now = 3"),
    (the_engine_reads_no_clock, "engine/x.py", "read = date.today", "today = 3"),
    (
        imports_point_one_way,
        "clocks/x.py",
        "from duetime.adapters import y",
        "from duetime.engine import y\nfrom duetime.clocks.base import Clock",
    ),
    (
        imports_point_one_way,
        "adapters/x.py",
        "from duetime import Every",
        "from duetime.clocks.real import RealClock",
    ),
    (
        imports_point_one_way,
        "duetime/__init__.py",
        "from engine.zones import zone",
        "from duetime.adapters.threads import Scheduler",
    ),
    (
        imports_stand_at_the_top,
        "adapters/x.py",
        "def f():\n import json",
        "import json\ndef f():\n from rich.table import Table",
    ),
    (
        names_use_the_projects_words,
        "engine/x.py",
        "class TaskManager: pass",
        "from contextlib import AbstractContextManager",
    ),
    (
        names_use_the_projects_words,
        "engine/x.py",
        "def f(job_id): pass",
        "x = at.timestamp()\ndef jobless(): pass",
    ),
    (
        names_use_the_projects_words,
        "adapters/x.py",
        "exceptionHandler = 1",
        "parser.add_argument('-v', action='store_true')",
    ),
    (
        names_use_the_projects_words,
        "adapters/taskkit/Scheduler.py",
        "def misfires(): pass",
        "def addDailyAction(self, exceptionHandler): pass",
    ),
    (names_use_the_projects_words, "adapters/time_utils.py", "x = 1", ""),
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_package_keeps_the_rule(rule: Rule) -> None:
    """Every module keeps every rule, but for the named exemptions."""
    found = complaints(rule, package())
    if found:
        pytest.fail("\n".join([rule.__doc__ or "", *found]), pytrace=False)


@pytest.mark.parametrize(
    ("rule", "path", "bad", "good"),
    [pytest.param(*row, id=f"{row[0].__name__}-{index}") for index, row in enumerate(SNIPPETS)],
)
def test_the_rule_can_fail(rule: Rule, path: str, bad: str, good: str) -> None:
    """Each rule finds what breaks it, and nothing where its limit is just kept."""
    assert complaints(rule, [parse(path, bad)])
    if good:
        assert complaints(rule, [parse(path, good)]) == []


def test_every_rule_is_shown_something_that_breaks_it() -> None:
    """No rule stands without a test that it can fail."""
    assert {row[0].__name__ for row in SNIPPETS} == {rule.__name__ for rule in RULES}


def test_there_is_no_import_cycle() -> None:
    """No module imports itself by way of others."""
    assert " -> ".join(import_cycle(package())) == ""


def test_an_import_cycle_is_found() -> None:
    """Names inside a module, submodules and whole modules all count as imports of it."""
    a = parse("engine/a.py", "from duetime.engine.b import name")
    b = parse("engine/b.py", "from duetime.engine import a")
    harmless = parse("engine/b.py", "from duetime.engine.c import a")
    assert set(import_cycle([a, b])) == {"duetime.engine.a", "duetime.engine.b"}
    assert import_cycle([a, harmless]) == []


def test_exemptions_name_what_exists() -> None:
    """An exemption whose class or function has gone goes, too."""
    existing = {
        f"{module.path}:{name}" for module in package() for name, _ in definitions(module.tree)
    }
    paths = {module.path for module in package()}
    stale = {where for _, where in EXEMPT if where.split(":")[0] in paths} - existing
    assert stale == set()
