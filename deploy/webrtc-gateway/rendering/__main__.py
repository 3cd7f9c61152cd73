"""python -m rendering: from .env to the configuration of every program of the gateway."""

import argparse
import sys
from pathlib import Path

from rendering.files import certificate, copy, place, rendered
from rendering.secrets import missing, written
from rendering.settings import SettingsError, example, read, understood
from rendering.values import DEPLOYMENT, derived


def main() -> int:
    options = _options()
    if options.example:
        print(example(), end="")
        return 0
    try:
        absent = render(options.env, options.into.resolve())
    except SettingsError as error:
        print(*(f"{options.env}: {sentence}" for sentence in error.sentences), sep="\n", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{error.filename}: {error.strerror}.", file=sys.stderr)
        return 2
    print(f"The configuration is in {options.into}.")
    if absent:
        groups = ", ".join(absent)
        print(f"These groups do not exist yet: {groups}. Install their programs, then render again.", file=sys.stderr)
    return 0


def render(env: Path, folder: Path) -> list[str]:
    """Renders everything, making secrets that are missing. Returns the groups that this system does not have.

    Raises SettingsError, OSError.
    """
    text = _text(env)
    env.chmod(0o600)  # before there are secrets in it
    if changed := missing(understood(read(text))):
        text = written(text, changed)
        env.write_text(text, encoding="utf-8")
    values = derived(understood(read(text)), folder)
    absent = place(rendered(values), folder)
    copy(folder)
    if values["tls_is_own"]:
        certificate(values)
    return absent


def _text(env: Path) -> str:
    try:
        return env.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise SettingsError(["The file must be text in UTF-8."]) from None


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="render", description="Renders the gateway's configuration from its settings."
    )
    parser.add_argument("--env", type=Path, default=DEPLOYMENT / ".env", help="the settings file (%(default)s)")
    parser.add_argument("--into", type=Path, default=DEPLOYMENT / "rendered", help="the folder (%(default)s)")
    parser.add_argument("--example", action="store_true", help="print a settings file with all defaults, and end")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
