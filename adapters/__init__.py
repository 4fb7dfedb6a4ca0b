"""What connects the engine to the world: shells, stores, executors, the command line."""

if __name__ != "duetime.adapters":
    raise ImportError(
        f"the package is imported as 'duetime.adapters', not as {__name__!r}: "
        "write 'from duetime.adapters.x import y'"
    )
