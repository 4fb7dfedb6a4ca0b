"""How the documentation is built: `make docs`."""

from sphinx.application import Sphinx

from duetime import __version__

project = "duetime"
author = "duetime developers"
project_copyright = "duetime developers"
release = version = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["_build"]
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
default_role = "code"  # as docstrings mean their backticks

html_theme = "furo"
html_static_path = ["_static"]
html_title = f"duetime {release}"

JSON = "bool | int | float | str | list[Json] | dict[str, Json] | None"


def shorten(*event: object) -> tuple[str | None, str | None]:
    """Write `Json` in a signature, and not what it stands for."""
    signature, returns = event[-2:]
    return with_json(signature), with_json(returns)


def with_json(text: object) -> str | None:
    """Write `Json` in a text for what it stands for; it contains itself."""
    if not isinstance(text, str):
        return None
    shorter = text.replace(JSON, "Json")
    return text if shorter == text else with_json(shorter)


def setup(app: Sphinx) -> None:
    """Connect what changes the pages; Sphinx calls this."""
    app.connect("autodoc-process-signature", shorten)
