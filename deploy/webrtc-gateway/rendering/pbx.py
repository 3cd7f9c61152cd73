"""python -m rendering.pbx [FOLDER]: Asterisk for Debian 12, which has none: that of sid, run in place."""

import subprocess
import sys
from pathlib import Path

from bench import sid
from rendering.secrets import written
from rendering.values import DEPLOYMENT

FOLDER = Path("/opt/asterisk")


def settings(folder: Path, script: Path) -> dict[str, str]:
    """The lines of the settings file for an Asterisk that was fetched; writes the script that starts it."""
    (modules,) = folder.glob("usr/lib/*-linux-gnu*/asterisk/modules")
    script.write_text(f'#!/bin/sh\nexec {" ".join(sid.in_place(folder, "usr/sbin/asterisk"))} "$@"\n')
    script.chmod(0o755)
    data = folder / "usr/share/asterisk"
    return {"ASTERISK": str(script), "ASTERISK_MODULES": str(modules), "ASTERISK_DATA": str(data)}


def main() -> int:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    if not (DEPLOYMENT / ".env").exists():
        print(f"{DEPLOYMENT}/.env does not exist: copy .env.example there first.", file=sys.stderr)
        return 2
    try:
        if not folder.exists():
            sid.fetch("asterisk", folder)
    except (sid.SidUnreachableError, subprocess.TimeoutExpired, RuntimeError) as error:
        print(f"Asterisk cannot be had from Debian's sid: {error}", file=sys.stderr)
        return 1
    folder.chmod(0o755)
    env = DEPLOYMENT / ".env"
    env.write_text(written(env.read_text(encoding="utf-8"), settings(folder, folder / "start")), encoding="utf-8")
    print(f"Asterisk is in {folder}; {env} names it.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
