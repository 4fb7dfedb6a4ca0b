"""The shape of the code, as rules that a machine checks: sizes, imports, names.

Each rule reads one module and yields its complaints; `RULES` is the list of them. What may break
a rule stands in `EXEMPT`, with the reason. `test_tidy.py` holds the package to the rules.
"""

import ast
import graphlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDERS = ("engine", "clocks", "adapters")

FUNCTION_LINES = 60
FUNCTION_BRANCHES = 12
FUNCTION_PARAMETERS = 8
MODULE_LINES = 500
LIFECYCLE_LINES = 250
CLASS_LINES = 250
CLASS_METHODS = 15

PURE = frozenset(
    "__future__ abc array bisect calendar collections dataclasses datetime enum functools hashlib"
    " heapq itertools json math operator re string types typing zlib zoneinfo".split()
)
CLOCK_READS = frozenset(
    "now today utcnow localtime gmtime time_ns monotonic monotonic_ns perf_counter"
    " perf_counter_ns sleep".split()
)
OPTIONAL = frozenset(
    "distributed freezegun holidays hypothesis jinja2 matplotlib numpy prometheus_client psycopg"
    " pytest rich starlette time_machine uvicorn".split()
)
BANNED_WORDS = frozenset("action handler helper job manager misfire timestamp util".split())
FACE_WORDS = frozenset({"action", "handler"})
# Modules whose names and signatures are those of another scheduler, which they stand in for.
FACES = ("adapters/taskkit/", "adapters/sched.py")
LAYERS = {"engine": 0, "clocks": 1, "adapters": 2}
FACE = 3

EXEMPT = {
    # One arm for each state and input; that they are one-line arms is a rule of its own.
    ("functions_have_few_lines", "engine/lifecycle.py:step"),
    ("functions_have_few_branches", "engine/lifecycle.py:step"),
    # One method for each verb and each view of the public face.
    ("classes_have_few_methods", "adapters/views.py:Views"),
    ("classes_have_few_methods", "adapters/shell.py:Shell"),
    ("classes_have_few_lines", "adapters/shell.py:Shell"),
    ("classes_have_few_methods", "adapters/threads.py:Scheduler"),
    ("classes_have_few_methods", "adapters/aio.py:AsyncScheduler"),
    ("classes_have_few_methods", "adapters/simulate.py:Simulation"),
    # One method for each way to move a clock, and for each fault that a clock can have.
    ("classes_have_few_methods", "clocks/virtual.py:VirtualClock"),
    # The TaskKit face keeps every public name and signature of the original.
    ("classes_have_few_methods", "adapters/taskkit/Scheduler.py:Scheduler"),
    ("classes_have_few_lines", "adapters/taskkit/Scheduler.py:Scheduler"),
    ("classes_have_few_methods", "adapters/taskkit/TaskHandler.py:TaskHandler"),
    # What a calendar has parts for: month, days, times, zone, every, anchor, overflow, gap, fold.
    ("functions_have_few_parameters", "engine/triggers/calendar.py:Yearly.__init__"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """One file of the package; `path` is relative to the root: engine/zones.py."""

    path: str
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        """The name that the module is imported by: duetime.engine.zones."""
        parts = self.path.removesuffix(".py").removesuffix("/__init__").split("/")
        return ".".join(parts if parts[0] == "duetime" else ["duetime", *parts])


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """What is wrong, and where; `subject` is the qualified name, or empty for the module."""

    line: int
    subject: str
    text: str


Rule = Callable[[Module], Iterator[Complaint]]
Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = Function | ast.ClassDef


def parse(path: str, text: str) -> Module:
    """Make a module of its text."""
    return Module(path=path, text=text, tree=ast.parse(text, path))


def package() -> list[Module]:
    """Return every module of the package, in the order of the paths."""
    files = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]
    files.append(ROOT / "duetime" / "__init__.py")
    return [
        parse(path.relative_to(ROOT).as_posix(), path.read_text("utf-8")) for path in sorted(files)
    ]


def definitions(node: ast.AST, prefix: str = "") -> Iterator[tuple[str, Definition]]:
    """Yield each function and class with its qualified name."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            yield prefix + child.name, child
            yield from definitions(child, f"{prefix}{child.name}.")
        elif isinstance(child, Function):
            yield prefix + child.name, child
            yield from definitions(child, f"{prefix}{child.name}.<locals>.")
        else:
            yield from definitions(child, prefix)


def functions(module: Module) -> Iterator[tuple[str, Function]]:
    """Yield each function and method with its qualified name."""
    for name, node in definitions(module.tree):
        if isinstance(node, Function):
            yield name, node


def classes(module: Module) -> Iterator[tuple[str, ast.ClassDef]]:
    """Yield each class with its qualified name."""
    for name, node in definitions(module.tree):
        if isinstance(node, ast.ClassDef):
            yield name, node


def own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what is inside of a node, but not what is inside of a nested definition."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, Definition):
            yield child
            yield from own_nodes(child)


def imports(node: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield line and full dotted name of what is imported inside of a node."""
    for child in ast.walk(node):
        if isinstance(child, ast.Import):
            yield from ((child.lineno, alias.name) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            source = "." * child.level + (child.module or "")
            yield from ((child.lineno, f"{source}.{alias.name}") for alias in child.names)


def line_count(node: Definition) -> int:
    """Return how many lines a definition takes, decorators left out."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def limit(count: int, most: int, node: Definition, name: str, what: str) -> Iterator[Complaint]:
    """Complain where a count is over its limit."""
    if count > most:
        text = f"{name} has {count} {what}; at most {most}"
        yield Complaint(line=node.lineno, subject=name, text=text)


def functions_have_few_lines(module: Module) -> Iterator[Complaint]:
    """A function has at most 60 lines."""
    for name, node in functions(module):
        yield from limit(line_count(node), FUNCTION_LINES, node, name, "lines")


def functions_have_few_branches(module: Module) -> Iterator[Complaint]:
    """A function has at most 12 branches."""
    for name, node in functions(module):
        count = sum(branches(part) for part in own_nodes(node))
        yield from limit(count, FUNCTION_BRANCHES, node, name, "branches")


def branches(node: ast.AST) -> int:
    """Count the branches that one node adds: an `else` and a `case _` add none."""
    match node:
        case ast.match_case(pattern=ast.MatchAs(pattern=None, name=None), guard=None):
            return 0
        case ast.comprehension(ifs=conditions):
            return len(conditions)
        case ast.If() | ast.IfExp() | ast.For() | ast.AsyncFor() | ast.While():
            return 1
        case ast.ExceptHandler() | ast.match_case():
            return 1
    return 0


def step_has_one_line_arms(module: Module) -> Iterator[Complaint]:
    """Each arm of `step` is a pattern and one `return`; only the last arm raises."""
    if module.path != "engine/lifecycle.py":
        return
    steps = [node for name, node in functions(module) if name == "step"]
    arms = [part for node in steps for part in own_nodes(node) if isinstance(part, ast.match_case)]
    for arm in arms[:-1]:
        if not (len(arm.body) == 1 and isinstance(arm.body[0], ast.Return)):
            yield Complaint(line=arm.body[0].lineno, subject="step", text="not one return")
    for arm in arms[-1:]:
        if not isinstance(arm.body[-1], ast.Raise):
            yield Complaint(line=arm.body[-1].lineno, subject="step", text="does not raise")


def functions_have_few_parameters(module: Module) -> Iterator[Complaint]:
    """A function has at most 8 parameters, keyword-only ones included; self does not count."""
    for name, node in functions(module):
        given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        count = sum(parameter.arg not in ("self", "cls") for parameter in given)
        yield from limit(count, FUNCTION_PARAMETERS, node, name, "parameters")


def bools_are_keyword_only(module: Module) -> Iterator[Complaint]:
    """A public function takes no bool by position: `f(True)` tells a reader nothing."""
    for name, node in functions(module):
        setter = any(
            isinstance(d, ast.Attribute) and d.attr == "setter" for d in node.decorator_list
        )
        if setter or not is_public(name) or module.path.startswith(FACES):
            continue
        given = [*node.args.posonlyargs, *node.args.args]
        defaults = [None] * (len(given) - len(node.args.defaults)) + list(node.args.defaults)
        for parameter, default in zip(given, defaults, strict=True):
            if is_bool(parameter.annotation, default):
                text = f"{name} takes the bool {parameter.arg!r} by position; put * before it"
                yield Complaint(line=parameter.lineno, subject=name, text=text)


def is_public(name: str) -> bool:
    """Tell whether a qualified name can be meant for others."""
    parts = name.split(".")
    return not any(re.match(r"<locals>|_(?!_)|__\w*(?<!__)$", part) for part in parts)


def is_bool(annotation: ast.expr | None, default: ast.expr | None) -> bool:
    """Tell whether a parameter is a bool, or a bool among others."""
    if isinstance(default, ast.Constant) and isinstance(default.value, bool):
        return True
    return annotation is not None and re.search(r"\bbool\b", union_part(annotation)) is not None


def union_part(annotation: ast.expr) -> str:
    """Return the text of an annotation without what stands in brackets."""
    return re.sub(r"\[.*\]", "", ast.unparse(annotation))


def modules_have_few_lines(module: Module) -> Iterator[Complaint]:
    """A module has at most 500 lines, lifecycle.py at most 250."""
    most = LIFECYCLE_LINES if module.path == "engine/lifecycle.py" else MODULE_LINES
    count = len(module.text.splitlines())
    if count > most:
        yield Complaint(line=1, subject="", text=f"{count} lines; at most {most}")


def classes_have_few_lines(module: Module) -> Iterator[Complaint]:
    """A class has at most 250 lines."""
    for name, node in classes(module):
        yield from limit(line_count(node), CLASS_LINES, node, name, "lines")


def classes_have_few_methods(module: Module) -> Iterator[Complaint]:
    """A class has at most 15 methods, private and special ones included."""
    for name, node in classes(module):
        count = sum(isinstance(part, Function) for part in node.body)
        yield from limit(count, CLASS_METHODS, node, name, "methods")


def the_engine_imports_pure_parts(module: Module) -> Iterator[Complaint]:
    """The engine imports itself and the pure parts of the standard library."""
    if module.path.startswith("engine/"):
        for line, name in imports(module.tree):
            if not (name.split(".")[0] in PURE or f"{name}.".startswith("duetime.engine.")):
                text = f"the engine imports {name}, which is neither pure nor its own"
                yield Complaint(line=line, subject="", text=text)


def the_engine_reads_no_clock(module: Module) -> Iterator[Complaint]:
    """Time enters the engine as data: no `.now()`, no `.today()`, no sleep."""
    if module.path.startswith("engine/"):
        for node in ast.walk(module.tree):
            if (used := clock_read(node)) is not None:
                text = f"the engine uses .{used.attr}; take a Reading instead"
                yield Complaint(line=used.lineno, subject="", text=text)


def clock_read(node: ast.AST) -> ast.Attribute | None:
    """Return the method that reads a clock, where it is called or belongs to a standard class."""
    match node:
        case ast.Call(func=ast.Attribute(attr=attr) as used) if attr in CLOCK_READS:
            return used
        case ast.Attribute(value=ast.Name(id="date" | "datetime"), attr=attr) if (
            attr in CLOCK_READS
        ):
            return node
    return None


def imports_point_one_way(module: Module) -> Iterator[Complaint]:
    """Imports point one way: engine <- clocks <- adapters <- duetime/__init__.py."""
    here = layer(module.name)
    for line, name in imports(module.tree):
        root = name.split(".")[0]
        if root in FOLDERS:
            text = f"imports {name}; it is called duetime.{name}"
            yield Complaint(line=line, subject="", text=text)
        elif root == "duetime" and layer(name) > here:
            text = f"imports {name}, which is further out than {module.name}"
            yield Complaint(line=line, subject="", text=text)


def layer(name: str) -> int:
    """Return how far out a module or a name in it is."""
    parts = name.split(".")
    return LAYERS.get(parts[1], FACE) if len(parts) > 1 else FACE


def imports_stand_at_the_top(module: Module) -> Iterator[Complaint]:
    """No import inside a function, except of an optional extra."""
    for name, node in functions(module):
        for line, imported in imports(node):
            if imported.split(".")[0] not in OPTIONAL:
                text = f"{name} imports {imported}; move it to the top of the module"
                yield Complaint(line=line, subject=name, text=text)


def names_use_the_projects_words(module: Module) -> Iterator[Complaint]:
    """What is defined here is not called job, timestamp, misfire, manager, helper or utils."""
    banned = BANNED_WORDS - (FACE_WORDS if module.path.startswith(FACES) else set())
    defined = [(1, part) for part in module.name.split(".")] + list(names(module.tree))
    for line, name in defined:
        for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name):
            if {word.lower(), word.lower().removesuffix("s")} & banned:
                text = f"{name!r} says {word.lower()!r}; the project has another word for it"
                yield Complaint(line=line, subject=name, text=text)


def names(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield line and name of what a module defines: used names of others may be anything."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.lineno, node.name
            case ast.arg():
                yield node.lineno, node.arg
            case ast.Name(ctx=ast.Store()):
                yield node.lineno, node.id
            case ast.Attribute(ctx=ast.Store()):
                yield node.lineno, node.attr
            case ast.alias(asname=str(name)) | ast.ExceptHandler(name=str(name)):
                yield node.lineno, name
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield node.lineno, name


RULES: list[Rule] = [
    functions_have_few_lines,
    functions_have_few_branches,
    step_has_one_line_arms,
    functions_have_few_parameters,
    bools_are_keyword_only,
    modules_have_few_lines,
    classes_have_few_lines,
    classes_have_few_methods,
    the_engine_imports_pure_parts,
    the_engine_reads_no_clock,
    imports_point_one_way,
    imports_stand_at_the_top,
    names_use_the_projects_words,
]


def complaints(rule: Rule, modules: Iterable[Module]) -> list[str]:
    """Return what a rule finds, each as file:line: text."""
    return [
        f"{module.path}:{found.line}: {found.text}"
        for module in modules
        for found in rule(module)
        if (rule.__name__, f"{module.path}:{found.subject}") not in EXEMPT
    ]


def import_cycle(modules: Iterable[Module]) -> list[str]:
    """Return the modules of one import cycle in their order, or nothing."""
    known = {module.name: module for module in modules}
    graph = {
        name: {found for _, target in imports(module.tree) if (found := nearest(target, known))}
        for name, module in known.items()
    }
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return list(reversed(error.args[1]))
    return []


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the module that a dotted name is or stands in."""
    while name not in known:
        name, dot, _ = name.rpartition(".")
        if not dot:
            return None
    return name
