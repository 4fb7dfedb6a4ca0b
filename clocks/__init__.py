"""Where the time comes from: real, virtual and frozen clocks."""

if __name__ != "duetime.clocks":
    raise ImportError(
        f"the package is imported as 'duetime.clocks', not as {__name__!r}: "
        "write 'from duetime.clocks.x import y'"
    )
