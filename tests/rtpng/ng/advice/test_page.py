from pathlib import Path

from cli.explanation import report
from rtpng.ng.advice.advise import explain
from rtpng.ng.advice.page import page
from rtpng.ng.advice.rules import RULES
from rtpng.ng.advice.sides import BOTH
from rtpng.ng.advice.words import in_script

DOCUMENT = Path(__file__).parents[4] / "docs" / "explain.md"


def test_the_document_is_the_print_out() -> None:
    assert DOCUMENT.read_text() == page(), "run: python -m rtpng.ng.advice.page > docs/explain.md"


def test_every_rule_is_on_the_page() -> None:
    text = page()
    assert all(rule.text in text and f"`{rule.wrong}`" in text and f"`{rule.right}`" in text for rule in RULES)


def test_the_example_is_what_the_command_prints() -> None:
    head, _, rest = page().partition('$ rtpng explain "')
    flags, _, rest = rest.partition('"\n')
    assert rest.startswith(report(explain(in_script(flags), BOTH)) + "\n```")
    assert head
