"""The pure core: what is due, and what happens to it. It reads no clock and starts no thread."""

if __name__ != "duetime.engine":
    raise ImportError(
        f"the package is imported as 'duetime.engine', not as {__name__!r}: "
        "write 'from duetime.engine.x import y'"
    )
