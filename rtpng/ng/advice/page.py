"""Prints the rules about mistakes as ``docs/explain.md``: ``python -m rtpng.ng.advice.page > docs/explain.md``."""

from rtpng.ng.advice.rules import RULES, Rule
from rtpng.ng.advice.sides import BOTH

_OPENING = """\
# What a proxy's flags do

Generated from the table in `rtpng/ng/advice/rules.py` by `python -m rtpng.ng.advice.page`.

`rtpng explain` takes the string that a script hands to `rtpengine_offer`, `rtpengine_answer` or `rtpengine_manage`, and
says in plain words what comes of it. It needs no daemon.

```
$ rtpng explain "SIP-source-address replace-origin replace-session-connection rtcp-mux-demux"
In an offer
  SIP-source-address  Sends media to the host that SIP came from, not to that of the SDP.
  replace-origin      Puts the relay's address into the o= line.
  rtcp-mux-demux      Hides the sender's rtcp-mux from the receiver, who gets two ports.

In an answer
  SIP-source-address  Sends media to the host that SIP came from, not to that of the SDP.
  replace-origin      Puts the relay's address into the o= line.

No effect
  replace-session-connection    every c= has the relay's address anyway
  rtcp-mux-demux, in an answer  the offer has settled it
```

`--offer` and `--answer` leave the other half out: scripts often give the same string to both, and what is right for an
offer may be wrong for the answer to it. `--json` prints the same for programs: `offer`, `answer`, `no effect`,
`probably a mistake`, each a list of `words` and `text`; the last two also say where they hold in `in`.

## What is understood

The strings of Kamailio's module (`ICE=force`, `SDES-off`, `direction=a direction=b`, `RTP/SAVPF`, `codec-strip-PCMA`,
`via-branch=1`), those of OpenSIPS's (`in-iface=a out-iface=b`), and the raw string of `rtpp-flags` with its brackets
(`codec=[strip=[PCMA]]`). A variable such as `$var(flags)` has to be replaced by what it stands for. All keys and flags
are listed in [flags.md](flags.md).

## In the daemon's log

The daemon says the same about each offer and answer whose flags it has not seen before, at most 200 different ones:

```
INFO: [control] Flags of an offer: replace-origin: Puts the relay's address into the o= line.
INFO: [control] Flags of an offer: no effect: replace-session-connection: every c= has the relay's address anyway
WARNING: [control] Flags of an answer: probably a mistake: ICE=force: Whether an answer has ICE was settled by ...
```

Call-IDs, tags, labels and other words that differ from call to call do not make flags different. Unknown words are
logged once each, with the nearest known name.

## What is probably a mistake

Beside unknown words and values that cannot be read:
"""

_HEAD = "| Words | Where | What is wrong | For example | Better |\n| --- | --- | --- | --- | --- |\n"


def page() -> str:
    """The whole page, as Markdown."""
    return f"{_OPENING}\n{_HEAD}{''.join(map(_line, RULES))}"


def _line(rule: Rule) -> str:
    where = "offer, answer" if rule.sides == BOTH else rule.sides[0].value
    return f"| {rule.name} | {where} | {rule.text} | `{rule.wrong}` | `{rule.right}` |\n"


if __name__ == "__main__":
    print(page(), end="")
