from pathlib import Path

from rtpng.ng.flag_table import FLAGS, PREFIXES
from rtpng.ng.keys import KEYS
from rtpng.ng.page import page

DOCUMENT = Path(__file__).parents[3] / "docs" / "flags.md"


def test_the_document_is_the_print_out() -> None:
    assert DOCUMENT.read_text() == page(), "run: python -m rtpng.ng.page > docs/flags.md"


def test_every_row_is_on_the_page() -> None:
    text = page()
    assert all(f"| `{name}` |" in text for name in [row.name for row in KEYS] + [row.name for row in FLAGS])
    assert all(f"| `{row.prefix}` |" in text for row in PREFIXES)
