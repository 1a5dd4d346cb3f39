"""What a new pack is made of: the answers of its user, and what is proposed before they answer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct

from clausewise.contract import Contract
from clausewise.pack.addresses import is_loopback
from clausewise.pack.credentials import schemes_of

CI_SYSTEMS = ("github", "gitlab", "none")
# Where an application of one's own mostly listens while it is written.
USUAL_URL = "http://127.0.0.1:8000"


class FoundLink(Struct, frozen=True):
    """One link that a run proved: `operation` makes a thing, `expression` tells its id.

    `needed_by` maps operations to the places that the id goes to, such as `path#/pet_id`.
    """

    name: str
    operation: str
    expression: str
    needed_by: Mapping[str, Sequence[str]]


class NewPack(Struct, frozen=True):
    """All that the files of a new pack depend on.

    `document` is relative to the folder of the pack. `variables` are names of environment
    variables by security scheme; of basic, VARIABLE holds `user:password`.
    """

    name: str
    document: str
    base_url: str
    variables: Mapping[str, str]
    may_create: bool
    ci: str
    # A safe operation that needs nothing, for the first scenario.
    reader: str | None
    links: Sequence[FoundLink] = ()

    @property
    def on_this_machine(self) -> bool:
        """Whether the target is on a loopback address."""
        return is_loopback(self.base_url)

    @property
    def profile(self) -> str:
        """What the target is called in clausewise.yaml."""
        return "local" if self.on_this_machine else "staging"


def proposed_url(contract: Contract, origin: str | None) -> str:
    """A base URL to begin with: the first server of a document, below where it was fetched from."""
    server = next(iter(contract.servers), "")
    if urlsplit(server).scheme in ("http", "https") and "{" not in server:
        return server.rstrip("/")
    if origin is None:
        return USUAL_URL
    parts = urlsplit(origin)
    path = server.rstrip("/") if server.startswith("/") else ""
    return f"{parts.scheme}://{parts.netloc}{path}"


def proposed_variables(contract: Contract) -> dict[str, str]:
    """Environment variables for the credentials of a contract, by security scheme."""
    return {
        name: _variable(name)
        for name, scheme in schemes_of(contract).items()
        if scheme.place != "connection"
    }


def _variable(scheme: str) -> str:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", scheme)
    return re.sub(r"[^A-Z0-9]+", "_", words.upper()).strip("_") or "API_KEY"


def proposed_ci(folder: Path) -> str:
    """The CI system of a project, as far as its files tell; GitHub's where they do not."""
    for around in (folder, *folder.parents):
        if (around / ".gitlab-ci.yml").exists():
            return "gitlab"
        if (around / ".git").exists():
            break
    return "github"


def simple_reader(contract: Contract) -> str | None:
    """A GET operation that takes no path value, no body and no required parameter."""
    for operation in contract.operations.values():
        required = any(parameter.required for parameter in operation.parameters)
        if operation.method == "GET" and not required and "{" not in operation.path:
            return operation.id
    return None
