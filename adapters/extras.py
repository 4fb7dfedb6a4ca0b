"""Optional extras: what is needed beyond the package itself, and what to do where it is missing."""

from importlib.util import find_spec

from duetime.engine.errors import DuetimeError


class MissingExtraError(DuetimeError, ImportError):
    """Something needs a package that is not installed; it says which extra brings it."""


def require(module: str, extra: str) -> None:
    """Raise MissingExtraError unless a module of an extra is there."""
    if not has(module):
        raise MissingExtraError(
            f"{module} is needed for this and not installed: pip install 'duetime[{extra}]'"
        )


def has(module: str) -> bool:
    """Say whether a module is there, without importing it."""
    return find_spec(module) is not None
