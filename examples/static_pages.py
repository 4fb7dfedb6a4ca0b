"""A generator of a static page, every 5 seconds for 20 seconds.

Readers of the page never see half of it: it is written beside the old one and takes its place in
one move.
"""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import stage

from duetime import Every

PAGE = """\
<!doctype html>
<title>Static page</title>
<p>Version {version}, made at {made:%H:%M:%S}.</p>
"""


def play(shell: stage.Shell, wait: stage.Wait) -> None:
    """Let the page be made for 20 seconds, then show it."""
    with TemporaryDirectory() as folder:
        page = Path(folder) / "static.html"

        @shell.task(Every(seconds=5), name=f"PageGenerator for {page.name}")
        def generate(run):
            write_page(page, PAGE.format(version=run.number, made=run.started))
            print(f"{run.name}: version {run.number} at {run.started:%H:%M:%S}")

        wait(20.5)
        shell.remove(f"PageGenerator for {page.name}")
        print(f"\n{page.read_text('utf-8')}", end="")


def write_page(page: Path, text: str) -> None:
    """Write a page as a whole or not at all."""
    draft = page.with_suffix(".new")
    draft.write_text(text, "utf-8")
    os.replace(draft, page)


if __name__ == "__main__":
    stage.main(play)
