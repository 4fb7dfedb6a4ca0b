"""How the documentation is built: `make docs`."""

from duetime import __version__

project = "duetime"
author = "duetime developers"
project_copyright = "duetime developers"
release = version = __version__

extensions = ["myst_parser"]
exclude_patterns = ["_build"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = f"duetime {release}"
