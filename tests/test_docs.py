"""What the documentation names is there."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cli.main import rtpng
from rtpng.options.table import OPTIONS

ROOT = Path(__file__).parent.parent
DOCS = sorted((ROOT / "docs").rglob("*.md"))
READMES = sorted(path for folder in ("bench", "deploy") for path in (ROOT / folder).rglob("README.md"))
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS, *READMES]

# Of other programs: containers, pip, tools, the benchmark.
FOREIGN_OPTIONS = {"network", "cap-add", "read-only", "user", "security-opt", "now"}
CHECKED = ("index", "quick-start", "drop-in", "deployment", "troubleshooting", "kernel-forwarding", "security", "cli")


def links(page: Path) -> list[str]:
    return re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8"))


def files(page: Path) -> list[str]:
    """Paths of source files in code spans."""
    return re.findall(r"`((?:cli|docs|kernel|rtpng|sipcore|tests)/[\w/.-]*)`", page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_and_file_exists(page: Path) -> None:
    assert [name for name in links(page) if not (page.parent / name).exists()] == []
    assert [name for name in files(page) if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_exists(page: Path) -> None:
    """``rtpng WORD`` at the begin of a code span or of a line of a block."""
    text = page.read_text(encoding="utf-8")
    named = set(re.findall(r"(?:`|^\$ (?:sudo )?|^)(?:\.venv/bin/)?rtpng ([a-z]+)\b", text, re.MULTILINE))
    assert named - set(rtpng.commands) - {"relays"} == set()


@pytest.mark.parametrize("name", CHECKED)
def test_every_option_exists(name: str) -> None:
    text = (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    words = (word for command in rtpng.commands.values() for param in command.params for word in param.opts)
    of_commands = {word.removeprefix("--") for word in words}
    known = {option.name for option in OPTIONS} | of_commands | {"help", "version"} | FOREIGN_OPTIONS
    assert set(re.findall(r"(?<![\w-])--([a-z][a-z-]+[a-z])", text)) - known == set()


def test_the_site_builds_without_a_warning_and_has_every_page(tmp_path: Path) -> None:
    """Strict: a page that the navigation leaves out, a link or an anchor that leads nowhere ends the build."""
    build = (sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path))
    quiet = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(build, cwd=ROOT, env=quiet, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    for page in DOCS:
        name = page.relative_to(ROOT / "docs").with_suffix("")
        folder = name.parent if name.name in ("index", "README") else name
        assert (tmp_path / folder / "index.html").exists(), page


def test_every_room_of_the_architecture_names_its_modules() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = re.findall(r"^\| `([\w/]+)/` \| (.*) \|$", page, re.MULTILINE)
    assert rooms
    for room, text in rooms:
        for name in re.findall(r"`([a-z_]+)/?`", text):
            assert list((ROOT / room).glob(name)) + list((ROOT / room).glob(f"{name}.py")), f"{room}: {name}"
