"""One request as a `curl` line that anybody can paste into a shell."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from clausewise.exchange import Request
from clausewise.record.ledger import Entry
from clausewise.secrets.masking import Mask


def curl_for(
    entry: Entry, entries: Sequence[Entry], variables: Mapping[str, str | None], mask: Mask
) -> str:
    """What repeats an entry: its line, after those of its rule's or scenario's steps before it.

    `variables` are the run's own secrets, as `secrets_of` gives them.
    """
    before = (entries[number - 1] for number in entry.after)
    group = entry.case.group
    steps = [*(e for e in before if group is not None and e.case.group == group), entry]
    return "; ".join(curl_line(e.exchange.request, variables, mask) for e in steps)


def curl_line(request: Request, variables: Mapping[str, str | None], mask: Mask) -> str:
    """The request as one line for a POSIX shell.

    The run's own secrets stand as `$VARIABLE` in headers; any other credential (none, a made-up
    one) as it was sent. Other secrets are masked.
    """
    parts = ["curl -sS -i", f"-X {request.method}"]
    for name, value in request.headers:
        if name == "User-Agent":
            continue
        named = _named(value, variables, mask)
        if named is not None:
            parts.append(f'-H "{name}: {named}"')
        else:
            parts.append(f"-H {_quoted(f'{name}: {mask.text(value)}')}")
    if request.content is not None:
        if not any(name.lower() == "content-type" for name, _ in request.headers):
            parts.append("-H 'Content-Type:'")
        body = mask.body(request.content.decode("utf-8", "replace"))
        parts.append(f"--data-binary {_quoted(body)}")
    parts.append(_quoted(mask.text(request.url)))
    return " ".join(parts)


def _named(value: str, variables: Mapping[str, str | None], mask: Mask) -> str | None:
    """A header's value for double quotes, with variables for its secrets; None without any."""
    known = sorted((secret for secret in variables if variables[secret]), key=len, reverse=True)
    held = [secret for secret in known if secret and secret in value]
    if not held:
        return None
    parts = re.split("(" + "|".join(map(re.escape, held)) + ")", value)
    return "".join(
        f"${variables[part]}" if part in held else re.sub(r'(["$`\\])', r"\\\1", mask.text(part))
        for part in parts
    )


def _quoted(text: str) -> str:
    """A word in quotes; characters that a terminal would not show are spelt out (bash, zsh)."""
    if text.isprintable():
        return "'" + text.replace("'", "'\\''") + "'"
    spelt = []
    for character in text:
        if character in "\\'":
            spelt.append(f"\\{character}")
        elif character.isprintable():
            spelt.append(character)
        else:
            code = ord(character)
            spelt.append(f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")
    return f"$'{''.join(spelt)}'"
