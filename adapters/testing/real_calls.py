"""Which calls read real time, sleep, or draw at random."""

import random
import secrets
import uuid
from datetime import date
from functools import partial
from types import BuiltinMethodType, CodeType, FrameType, FunctionType, MethodType, ModuleType

TIME = frozenset(
    "time time_ns monotonic monotonic_ns perf_counter perf_counter_ns process_time "
    "process_time_ns thread_time thread_time_ns clock_gettime clock_gettime_ns sleep".split()
)
WITHOUT_ARGUMENT = frozenset("localtime gmtime ctime asctime".split())
"""These of `time` read the clock unless they are given a time."""
OF_DATES = frozenset("now utcnow today".split())
OF_OS = frozenset("urandom getrandom".split())
NO_DRAWS = frozenset("seed getstate setstate".split())

_SHARED: object = random.random.__self__  # type: ignore[attr-defined]  # behind the functions
_DRAWS = frozenset(
    getattr(each, "__code__", None)
    for kind in (random.Random, random.SystemRandom)
    for name, each in vars(kind).items()
    if not name.startswith("_") and name not in NO_DRAWS
)
_FUNCTIONS: dict[CodeType, str] = {
    function.__code__: f"{function.__module__}.{function.__name__}"
    for function in (
        uuid.uuid1,
        uuid.uuid4,
        secrets.randbelow,
        secrets.token_bytes,
        secrets.token_hex,
        secrets.token_urlsafe,
    )
}


def name_of_call(called: object, arguments: tuple[object, ...]) -> str | None:
    """Return what a call reads, or None; `arguments`: at least the first, if there is any."""
    while isinstance(called, partial):
        arguments, called = (*called.args, *arguments), called.func
    if isinstance(called, type):
        return _of_type(called, arguments)
    if isinstance(called, MethodType):
        arguments, called = (called.__self__, *arguments), called.__func__
    if isinstance(called, FunctionType):
        return _of_function(called.__code__, arguments[0] if arguments else None)
    if isinstance(called, BuiltinMethodType):
        return _of_builtin(called, arguments)
    return None


def name_of_code(frame: FrameType) -> str | None:
    """Return what a call of a Python function reads, or None; `frame`: that of the call."""
    code = frame.f_code
    names = code.co_varnames
    first = frame.f_locals.get(names[0]) if names else None
    if code is random.Random.__init__.__code__:
        seed = frame.f_locals.get("x")
        return _of_type(type(first), () if seed is None else (seed,))
    return _of_function(code, first)


# Private parts


def _of_type(kind: type, arguments: tuple[object, ...]) -> str | None:
    if issubclass(kind, random.SystemRandom):
        return "random.SystemRandom"
    if issubclass(kind, random.Random) and (not arguments or arguments[0] is None):
        return "random.Random without a seed"
    return None


def _of_function(code: CodeType, first: object) -> str | None:
    if code in _DRAWS:
        return _of_random(first, code.co_name)
    return _FUNCTIONS.get(code)


def _of_builtin(called: BuiltinMethodType, arguments: tuple[object, ...]) -> str | None:
    owner, name = called.__self__, called.__name__
    if isinstance(owner, ModuleType):
        if owner.__name__ == "time":
            reads = name in TIME or (name in WITHOUT_ARGUMENT and not arguments)
            return f"time.{name}" if reads else None
        is_os = owner.__name__ in ("posix", "nt") and name in OF_OS
        return f"os.{name}" if is_os else None
    if isinstance(owner, type):
        is_read = issubclass(owner, date) and name in OF_DATES
        return f"{owner.__name__}.{name}" if is_read else None
    return None if name in NO_DRAWS else _of_random(owner, name)


def _of_random(owner: object, name: str) -> str | None:
    if owner is _SHARED:
        return f"random.{name}"
    return f"SystemRandom.{name}" if isinstance(owner, random.SystemRandom) else None
