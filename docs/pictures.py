"""Draws the pictures of the pages, light and dark: `python docs/pictures.py [FOLDER]`.

They show a fixed time of the plan in examples/shop.toml, and are written to docs/_static.
"""

import sys
from pathlib import Path

from duetime.adapters.offline.charts import Chart, write_chart
from duetime.adapters.offline.figures import Figures
from duetime.adapters.offline.picturing import Picturing
from duetime.adapters.offline.simulating import simulate_plan
from duetime.adapters.offline.summary import Summary
from duetime.adapters.plans import read_plan
from duetime.engine.instants import to_instant
from duetime.engine.zones import zone

ROOT = Path(__file__).parents[1]
PLAN = ROOT / "examples" / "shop.toml"
BEGIN, END = to_instant("2026-03-25T00:00+01:00"), to_instant("2026-04-25T00:00+02:00")


def figures() -> Figures:
    """Simulate the plan, and return what is to be drawn."""
    plan = read_plan(PLAN)
    summary, picturing = (
        Summary(plan.names(), BEGIN, END),
        Picturing(BEGIN, END, zone("Europe/Berlin")),
    )
    for window in simulate_plan(plan, BEGIN, END):
        summary.take(window)
        picturing.take(window)
    return picturing.figures(PLAN.name, summary)


def draw(folder: Path) -> None:
    """Write the pictures to a folder."""
    folder.mkdir(exist_ok=True)
    drawn = figures()
    for which in Chart:
        for ground in ("light", "dark"):
            write_chart(drawn, folder / f"{which}-{ground}.svg", which, dark=ground == "dark")


if __name__ == "__main__":
    draw(Path(sys.argv[1]) if sys.argv[1:] else ROOT / "docs" / "_static")
