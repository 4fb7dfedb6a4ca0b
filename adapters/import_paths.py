"""Callables by import path, "package.module:function": how a stored task names what it calls."""

import importlib
from collections.abc import Callable

from duetime.engine.errors import BadTaskError


def path_of(function: object) -> str | None:
    """Return the import path of a callable; None: it cannot be imported by any.

    Lambdas, nested functions, bound methods, partials and what is defined in a script have none.
    """
    module = getattr(function, "__module__", None)
    qualified = getattr(function, "__qualname__", None)
    if not module or not qualified or module == "__main__" or "<" in qualified:
        return None
    path = f"{module}:{qualified}"
    try:
        return path if load(path, "") is function else None
    except BadTaskError:
        return None


def load(path: str, name: str) -> Callable[..., object]:
    """Import a callable for the task of this name.

    Raises BadTaskError, naming the part that is not there.
    """
    module_name, colon, qualified = path.partition(":")
    if not colon or not module_name or not qualified:
        raise BadTaskError(
            f"task {name!r}: {path!r} is no import path; write 'package.module:function'"
        )
    try:
        found: object = importlib.import_module(module_name)
    except Exception as error:
        raise BadTaskError(
            f"task {name!r}: {path!r}: the module {module_name!r} cannot be imported: "
            f"{type(error).__name__}: {error}"
        ) from error
    for part in qualified.split("."):
        if not hasattr(found, part):
            raise BadTaskError(
                f"task {name!r}: {path!r}: the module {module_name!r} has no {qualified!r}; "
                "declare the task again with what it is to call"
            )
        found = getattr(found, part)
    if not callable(found):
        raise BadTaskError(f"task {name!r}: {path!r} is {found!r}, which cannot be called")
    return found
