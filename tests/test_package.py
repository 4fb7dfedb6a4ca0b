"""What is shipped, and how it is imported: from a wheel, a source distribution, a checkout."""

import os
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("engine", "clocks", "adapters")
FACE = {"duetime/__init__.py", "duetime/__main__.py", "duetime/py.typed"}


def python(executable: Path | str, code: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a line of Python from a folder."""
    return run([str(executable), "-c", code], cwd)


def run(command: list[str], cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command with nothing of this environment on Python's path."""
    environment = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=600
    )


def sources() -> set[str]:
    """Return every source file of the three folders, relative to the root."""
    return {
        path.relative_to(ROOT).as_posix()
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the source distribution, and the wheel from it."""
    folder = tmp_path_factory.mktemp("dist")
    command = ["-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = run([sys.executable, *command], folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def wheel_names(dist: Path) -> set[str]:
    """List what is in the wheel."""
    (wheel,) = dist.glob("*.whl")
    return set(zipfile.ZipFile(wheel).namelist())


@pytest.fixture(scope="module")
def sdist_members(dist: Path) -> dict[str, tarfile.TarInfo]:
    """List what is in the source distribution, without its top folder."""
    (sdist,) = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        return {member.name.partition("/")[2]: member for member in archive.getmembers()}


@pytest.fixture(scope="module")
def installed(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into an empty environment; return its Python."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, with_pip=True)
    executable = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    (wheel,) = dist.glob("*.whl")
    done = run([str(executable), "-m", "pip", "install", "--quiet", str(wheel)], folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return executable


@pytest.mark.slow
def test_the_wheel_holds_the_package_and_nothing_else(wheel_names: set[str]) -> None:
    """Every source file is in it, under duetime/; beside it stands the metadata only."""
    metadata = {name for name in wheel_names if name.split("/")[0].endswith(".dist-info")}
    expected = {f"duetime/{path}" for path in sources()}
    expected |= FACE
    assert wheel_names - metadata == expected


@pytest.mark.slow
def test_the_source_distribution_holds_what_the_tests_need(
    sdist_members: dict[str, tarfile.TarInfo],
) -> None:
    """The real folders, the face and the tests are in it."""
    expected = sources() | FACE | {"tests/test_package.py"}
    expected |= {"README.md", "LICENSE", "Makefile", "conftest.py", "pyproject.toml"}
    assert expected - sdist_members.keys() == set()


@pytest.mark.slow
def test_the_source_distribution_holds_no_links_and_no_rubbish(
    sdist_members: dict[str, tarfile.TarInfo],
) -> None:
    """Links would break where they are unpacked on Windows; built files belong nowhere."""
    links = [name for name, member in sdist_members.items() if not member.isfile()]
    rubbish = [name for name in sdist_members if name.endswith(".pyc") or "_build/" in name]
    assert links + rubbish == []


@pytest.mark.slow
def test_the_wheel_works_in_an_empty_environment(installed: Path, tmp_path: Path) -> None:
    """The face, the engine and the clocks need nothing but the declared dependencies."""
    code = (
        "import importlib, pkgutil, duetime, duetime.adapters, duetime.engine, duetime.clocks\n"
        "for part in (duetime.engine, duetime.clocks):\n"
        "    for module in pkgutil.walk_packages(part.__path__, part.__name__ + '.'):\n"
        "        importlib.import_module(module.name)\n"
        "print(duetime.__file__)"
    )
    done = python(installed, code, tmp_path)
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).is_relative_to(installed.parents[1])


@pytest.mark.slow
@pytest.mark.parametrize("folder", FOLDERS)
def test_an_installed_wheel_leaves_the_bare_names_alone(
    folder: str, installed: Path, tmp_path: Path
) -> None:
    """A package called `adapters` on the index, or a user's own folder, is not touched."""
    done = python(installed, f"import {folder}", tmp_path)
    assert f"No module named '{folder}'" in done.stderr


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_bare_names_are_refused_in_a_checkout(folder: str) -> None:
    """The message says what to import instead."""
    done = python(sys.executable, f"import {folder}", ROOT)
    assert f"ImportError: the package is imported as 'duetime.{folder}'" in done.stderr


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_links_are_relative(folder: str) -> None:
    """A checkout can be moved. (A source distribution has no links.)"""
    link = ROOT / "duetime" / folder
    if not link.is_symlink():
        pytest.skip("this checkout has no links")
    assert link.readlink() == Path("..") / folder


def test_a_checkout_without_links_works(tmp_path: Path) -> None:
    """Where links cannot be made, the face finds the folders beside itself."""
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, tmp_path / folder)
    (tmp_path / "duetime").mkdir()
    shutil.copy(ROOT / "duetime" / "__init__.py", tmp_path / "duetime")
    done = python(sys.executable, "import duetime.engine as e; print(e.__file__)", tmp_path)
    assert done.stdout.strip() == str(tmp_path / "engine" / "__init__.py"), done.stderr
