"""One request as a `curl` line that anybody can paste into a shell."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from clausewise.exchange import USER_AGENT, Request
from clausewise.record.ledger import Entry
from clausewise.secrets.masking import Mask

# What curl says of itself, unless it is told not to.
_OF_CURL = ("Accept", "User-Agent")


def curl_for(
    entry: Entry, entries: Sequence[Entry], variables: Mapping[str, str | None], mask: Mask
) -> str:
    """What repeats an entry: its line, after those of its rule's or scenario's steps before it.

    `variables` are what stands for the run's own secrets, as `shown_in_curl` gives it.
    """
    before = (entries[number - 1] for number in entry.after)
    group = entry.case.group
    steps = [*(e for e in before if group is not None and e.case.group == group), entry]
    return "; ".join(curl_line(e.exchange.request, variables, mask) for e in steps)


def curl_line(request: Request, variables: Mapping[str, str | None], mask: Mask) -> str:
    """The request as one line for bash or zsh, which works as it stands.

    The run's own secrets stand as `$VARIABLE` in headers, a stand-in that is no secret as itself;
    any other credential (none, a made-up one) as it was sent. Other secrets are masked.
    """
    url = mask.text(request.url)
    parts = ["curl -sS -i", "--head" if request.method == "HEAD" else f"-X {request.method}"]
    if set("[]{}") & set(url):
        parts.append("-g")
    if "/." in url:
        parts.append("--path-as-is")
    for name, value in request.headers:
        if (name, value) == ("User-Agent", USER_AGENT):
            continue  # ours, where the contract does not speak of it
        named = _named(value, variables, mask)
        if named is not None:
            parts.append(f'-H "{name}: {named}"')
        elif not value:  # curl takes a name with a colon alone for one to leave out
            parts.append(f"-H {_quoted(f'{name};')}")
        else:
            parts.append(f"-H {_quoted(f'{name}: {mask.text(value)}')}")
    told = {name.lower() for name, _ in request.headers}
    parts += (f"-H '{name}:'" for name in _OF_CURL if name.lower() not in told)
    if request.content is not None:
        if "content-type" not in told:
            parts.append("-H 'Content-Type:'")
        # Unlike others, it reads no file where the body begins with an @.
        body = mask.body(request.content.decode("utf-8", "surrogateescape"))
        parts.append(f"--data-raw {_quoted(body)}")
    parts.append(_quoted(url))
    return " ".join(parts)


def _named(value: str, variables: Mapping[str, str | None], mask: Mask) -> str | None:
    """A header's value for double quotes, with variables for its secrets; None without any."""
    known = sorted((secret for secret in variables if variables[secret]), key=len, reverse=True)
    held = [secret for secret in known if secret and secret in value]
    if not held:
        return None
    parts = re.split("(" + "|".join(map(re.escape, held)) + ")", value)
    return "".join(
        f"${variables[part]}"
        if part in held and variables[part] != part
        else _escaped(part if part in held else mask.text(part))
        for part in parts
    )


def _escaped(text: str) -> str:
    """A text for double quotes."""
    return re.sub(r'(["$`\\])', r"\\\1", text)


def _quoted(text: str) -> str:
    """A word in quotes; what a terminal would not show is spelt out, byte for byte (bash, zsh)."""
    if text.isprintable():
        return "'" + text.replace("'", "'\\''") + "'"
    spelt = []
    for character in text:
        if character in "\\'":
            spelt.append(f"\\{character}")
        elif character.isprintable():
            spelt.append(character)
        else:
            # As bytes: a shell knows \u only where its locale has the character.
            content = character.encode("utf-8", "surrogateescape")
            spelt.append("".join(f"\\x{byte:02x}" for byte in content))
    return f"$'{''.join(spelt)}'"
