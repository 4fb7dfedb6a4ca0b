"""Options for pictures and a report of a simulated plan; what cannot be written is told first."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from duetime.adapters.extras import require
from duetime.adapters.offline.charts import Chart, check_suffix, write_chart
from duetime.adapters.offline.figures import Figures
from duetime.adapters.offline.report import write_report
from duetime.engine.errors import BadArgumentError
from duetime.engine.policies import parse_enum


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawings:
    """What is to be written."""

    charts: list[tuple[Chart, Path]]
    report: Path | None
    dark: bool

    def __bool__(self) -> bool:
        """Say whether there is anything."""
        return bool(self.charts or self.report)

    def write(self, figures: Figures) -> None:
        """Write it. Raises BadArgumentError for a file that cannot be written."""
        for which, path in self.charts:
            with _written(path):
                write_chart(figures, path, which, dark=self.dark)
        if self.report:
            with _written(self.report):
                write_report(figures, self.report)


def add_drawings(parser: ArgumentParser) -> None:
    """Add `--plot`, `--dark` and `--report`."""
    parser.add_argument(
        "--plot",
        nargs=2,
        action="append",
        default=[],
        metavar=("PICTURE", "FILE"),
        help=f"draw {', '.join(Chart)}, to an .svg or a .png; may be given several times",
    )
    parser.add_argument("--dark", action="store_true", help="draw on a dark ground")
    parser.add_argument("--report", metavar="FILE", help="write all of it into one HTML page")


def read_drawings(options: Namespace) -> Drawings:
    """Return what `add_drawings` has asked for; nothing is written yet.

    Raises BadArgumentError for an unknown picture, and for a file that cannot be one;
    MissingExtraError without matplotlib.
    """
    charts = [
        (parse_enum(Chart, which, BadArgumentError), Path(file)) for which, file in options.plot
    ]
    found = Drawings(
        charts=charts, report=Path(options.report) if options.report else None, dark=options.dark
    )
    if options.dark and not charts:
        raise BadArgumentError("--dark goes with --plot; a report has both")
    if found:
        require("matplotlib", "plot")
    for _, path in charts:
        check_suffix(path)
    for path in (*(path for _, path in charts), *filter(None, [found.report])):
        if path.is_dir():
            raise BadArgumentError(f"{path} is a folder; give the name of a file")
        if not path.parent.is_dir():
            raise BadArgumentError(f"{path} cannot be written: there is no folder {path.parent}")
    return found


@contextmanager
def _written(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BadArgumentError(f"{path} cannot be written: {error.strerror}") from None
