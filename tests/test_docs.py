"""Runs the examples of README.md and docs/, and compares what they print.

A ```python block is run; where the next block of the page is ```text, it must print exactly that.
Blocks of a page share their names and run in order, in an empty directory. A function `test_…` that
a block defines is called. ```python notest is shown to readers only. A ```console block is a line
`$ duetime …` and exactly what the command prints.
"""

import difflib
import io
import linecache
import re
import shlex
import sys
import traceback
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType, ModuleType

import pytest

from duetime.adapters.cli import main

ROOT = Path(__file__).parents[1]
FENCE = re.compile(r"(?P<indent> *)(?P<mark>`{3,}|~{3,})\s*(?P<info>[^`]*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One fenced block; `line` is that of its first line of text, counted from 1."""

    info: str
    line: int
    text: str

    @property
    def runs(self) -> bool:
        """Whether the block is an example to be run."""
        words = self.info.split()
        return words[:1] in (["python"], ["console"]) and "notest" not in words


def blocks(text: str) -> Iterator[Block]:
    """Yield the fenced blocks of a page in their order.

    Raises ValueError for a block that is not closed.
    """
    opened: re.Match[str] | None = None
    first, body = 0, list[str]()
    for number, line in enumerate(text.splitlines(), 1):
        fence = FENCE.fullmatch(line)
        if opened is None:
            if fence is not None:
                opened, first, body = fence, number + 1, []
        elif fence is not None and closes(fence, opened):
            content = "".join(part + "\n" for part in body)
            yield Block(info=opened["info"].strip(), line=first, text=content)
            opened = None
        else:
            indent = len(opened["indent"])
            body.append(line[indent:] if line[:indent].isspace() else line)
    if opened is not None:
        raise ValueError(f"the block that begins before line {first} is not closed")


def closes(fence: re.Match[str], opened: re.Match[str]) -> bool:
    """Tell whether a fence ends the block that another one began."""
    return not fence["info"] and fence["mark"].startswith(opened["mark"])


def run_page(page: str, text: str) -> None:
    """Run the examples of one page; the test fails at the first that is wrong."""
    linecache.cache[page] = (len(text), None, text.splitlines(keepends=True), page)
    module = ModuleType("example")
    found = list(blocks(text))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, module.__name__, module)
        for block, following in zip(found, [*found[1:], None], strict=True):
            if block.runs and block.info == "console":
                compare(page, block, run_command(block))
            elif block.runs:
                printed = run_block(page, block, module)
                if following is not None and following.info == "text":
                    compare(page, following, printed)


def run_block(page: str, block: Block, module: ModuleType) -> str:
    """Run one example and return what it printed."""
    before = dict(vars(module))
    printed = io.StringIO()
    try:
        # Empty lines before it give the example the line numbers of the page.
        code = compile("\n" * (block.line - 1) + block.text, page, "exec")
        with redirect_stdout(printed):
            exec(code, vars(module))
            for name, value in list(vars(module).items()):
                is_new = value is not before.get(name)
                if is_new and name.startswith("test_") and isinstance(value, FunctionType):
                    value()
    except (Exception, SystemExit) as error:
        error = error.with_traceback(error.__traceback__ and error.__traceback__.tb_next)
        lines = "".join(traceback.format_exception(error))
        pytest.fail(
            f"{page}:{error_line(error, page, block)}: the example raises\n{lines}", pytrace=False
        )
    return printed.getvalue()


def run_command(block: Block) -> str:
    """Run the command of a console block; return its line and what it printed."""
    line = block.text.splitlines(keepends=True)[0]
    assert line.startswith("$ duetime "), f"line {block.line}: only `$ duetime …` can be run"
    printed = io.StringIO()
    with redirect_stdout(printed), redirect_stderr(printed):
        main(shlex.split(line)[2:])
    return line + printed.getvalue()


def error_line(error: BaseException, page: str, block: Block) -> int:
    """Return the line of the page where an example went wrong."""
    if isinstance(error, SyntaxError) and error.filename == page:
        return error.lineno or block.line
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == page
    ]
    return lines[-1] or block.line if lines else block.line


def compare(page: str, expected: Block, printed: str) -> None:
    """Fail with both texts where an example did not print what the page says."""
    if printed != expected.text:
        lines = difflib.ndiff(expected.text.splitlines(), printed.splitlines())
        told = "\n".join(lines) if printed else "nothing"
        pytest.fail(
            f"{page}:{expected.line}: the example printed (-: expected, +: printed)\n{told}",
            pytrace=False,
        )


def pages() -> list[str]:
    """Return the pages that have examples, relative to the root."""
    files = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [
        path.relative_to(ROOT).as_posix()
        for path in files
        if path.exists() and any(block.runs for block in blocks(path.read_text("utf-8")))
    ]


@pytest.mark.parametrize("page", pages())
def test_the_examples_of_a_page_do_what_it_says(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every example runs, and prints exactly the text block that follows it."""
    monkeypatch.chdir(tmp_path)
    run_page(page, (ROOT / page).read_text("utf-8"))


GOOD = """\
```python
x = 1
```
prose
~~~python
print(x)
~~~

````text
1
````

```python notest
1 / 0
```
- item
  ```python
  if x:
      print("not compared")
  ```

```console
$ duetime next 5m --after 2026-01-01T00:00Z --until 2026-01-01T00:01Z
every 5 minutes
UTC, after 2026-01-01 00:00:00+00:00

never
```
"""


def test_a_page_that_is_right_passes() -> None:
    """Names are shared, output is optional, `notest` is not run, indented blocks are read."""
    run_page("good.md", GOOD)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("```python\nprint(1)\n```\n```text\n2\n```\n", r"bad\.md:5: .*\n- 2\n\+ 1"),
        ("```python\nprint(1)\n```\n```text\n1\n\n```\n", r"bad\.md:5: "),
        ("```python\npass\n```\n```text\n1\n```\n", r"bad\.md:5: .*\nnothing"),
        ("# Title\n```python\nx = 1\n\nx / 0\n```\n", r"(?s)bad\.md:5: .*x / 0.*ZeroDivision"),
        ("```python\ndef f():\n    1 / 0\nf()\n```\n", r"(?s)bad\.md:3: .*line 4.*1 / 0"),
        ("text\n```python\nx = = 1\n```\n", r"(?s)bad\.md:3: .*SyntaxError"),
        ("```python\ndef test_it():\n    assert 0\n```\n", r"(?s)bad\.md:3: .*AssertionError"),
        ("```python\nimport nowhere\n```\n", r"bad\.md:2: "),
        ("```console\n$ duetime --version\nold\n```\n", r"(?s)bad\.md:2: .*- old\n\+ duetime"),
    ],
)
def test_a_page_that_is_wrong_fails(text: str, message: str) -> None:
    """What is wrong is told with the line of the page."""
    with pytest.raises(pytest.fail.Exception, match=message):
        run_page("bad.md", text)


def test_a_block_that_is_not_closed_is_refused() -> None:
    """A forgotten fence would hide the examples after it."""
    with pytest.raises(ValueError, match="before line 2 is not closed"):
        list(blocks("```python\nx = 1\n"))
