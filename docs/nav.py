"""What the site does beyond mkdocs: patterns in its navigation, and links to files that are no pages."""

import re
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

_DIAGRAMS = "assets/mermaid.min.js"
_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\(((?:\.\./)+[^)#\s]+)\)")


def on_config(config: MutableMapping[str, Any]) -> None:
    """A pattern in ``mkdocs.yml`` stands for pages, so that a page that is added needs no entry. Called by mkdocs."""
    config["nav"] = _expanded(config["nav"], Path(config["docs_dir"]), set())
    if Path(config["docs_dir"], _DIAGRAMS).exists():
        config["extra_javascript"].append(_DIAGRAMS)  # the theme fetches it from elsewhere otherwise


def _expanded(entries: list[Any], folder: Path, taken: set[str]) -> list[Any]:
    """A page stands where it is named first; a section without pages is left out."""
    made: list[Any] = []
    for entry in entries:
        if isinstance(entry, dict):
            ((title, below),) = entry.items()
            pages = _expanded(below, folder, taken)
            made += [{title: pages}] if pages else []
        else:
            matching = sorted(str(path.relative_to(folder)) for path in folder.glob(entry))
            made += [page for page in matching if page not in taken]
            taken.update(matching)
    return made


def on_page_markdown(markdown: str, page: Any, config: MutableMapping[str, Any], **_: object) -> str:
    """A link to a file of the project that is not on the site becomes its path. Called by mkdocs."""
    folder, here = Path(config["docs_dir"]).resolve(), Path(page.file.abs_src_path).parent

    def written(link: re.Match[str]) -> str:
        target = (here / link[2]).resolve()
        if target.is_relative_to(folder):
            return link[0]
        path = target.relative_to(folder.parent)
        return f"`{path}`" if link[1].strip("`") == str(path) else f"{link[1]} (`{path}`)"

    return _LINK.sub(written, markdown)
