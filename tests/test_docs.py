"""What the documentation names is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "deploy/webrtc-gateway/README.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]


def links(page: Path) -> list[str]:
    return re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8"))


def files(page: Path) -> list[str]:
    """Paths of source files in code spans."""
    return re.findall(r"`((?:cli|docs|kernel|rtpng|sipcore|tests)/[\w/.-]*)`", page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_and_file_exists(page: Path) -> None:
    assert [name for name in links(page) if not (page.parent / name).exists()] == []
    assert [name for name in files(page) if not (ROOT / name).exists()] == []


def test_every_room_of_the_architecture_names_its_modules() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = re.findall(r"^\| `([\w/]+)/` \| (.*) \|$", page, re.MULTILINE)
    assert rooms
    for room, text in rooms:
        for name in re.findall(r"`([a-z_]+)/?`", text):
            assert list((ROOT / room).glob(name)) + list((ROOT / room).glob(f"{name}.py")), f"{room}: {name}"
