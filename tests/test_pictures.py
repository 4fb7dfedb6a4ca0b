"""The pictures of the pages: drawn by a script, from a plan in the repository."""

import re
import runpy
import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest

from duetime.adapters.offline.charts import Chart

ROOT = Path(__file__).parents[1]
STATIC = ROOT / "docs" / "_static"
PAGE = ROOT / "docs" / "how-to" / "simulate-before-deploying.md"
NAMES = sorted(f"{chart}-{ground}.svg" for chart in Chart for ground in ("light", "dark"))


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run the script, and return where it has drawn."""
    folder = tmp_path_factory.mktemp("pictures")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["pictures.py", str(folder)])
        runpy.run_path(str(ROOT / "docs" / "pictures.py"), run_name="__main__")
    return folder


def structure(path: Path) -> tuple[Counter[str], list[str], set[str]]:
    """Return what a picture has whatever release of matplotlib has drawn it.

    How many marks and groups of each kind, all words, and the colours.
    """
    text = path.read_text("utf-8")
    root = ElementTree.fromstring(text)
    words = [(each.text or "").strip() for each in root.iter() if each.tag.endswith("text")]
    kinds = Counter(each.tag.rpartition("}")[2] for each in root.iter())
    return (
        Counter({kind: kinds[kind] for kind in ("use", "text", "title")}),
        words,
        set(re.findall(r"#[0-9a-f]{6}\b", text)),
    )


def test_all_pictures_are_there(drawn: Path) -> None:
    """Each for light and for dark pages, and no others."""
    assert sorted(path.name for path in drawn.iterdir()) == NAMES
    assert sorted(path.name for path in STATIC.iterdir()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_is_what_the_script_draws(drawn: Path, name: str) -> None:
    """Marks, words and colours are the same; `python docs/pictures.py` draws it anew."""
    assert structure(STATIC / name) == structure(drawn / name)


def test_the_page_shows_them_and_their_plan() -> None:
    """With words for who sees none."""
    page = PAGE.read_text("utf-8")
    assert (ROOT / "examples" / "shop.toml").read_text("utf-8") in page
    assert sorted(re.findall(r"\.\./_static/([\w.-]+)", page)) == NAMES
    assert all(re.findall(r'alt="([^"]*)"', page))
    assert page.count('alt="') == len(Chart)
