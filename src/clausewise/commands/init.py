"""Make a pack of an OpenAPI document: settings, contract tests and a CI workflow.

Asks for a base URL, for the environment variables that hold credentials, and whether a run may
create things; an option answers each. Nothing that is there already is changed, but for a line in
.gitignore. The document is fetched where DOCUMENT is a URL; nothing else ever is.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from clausewise.commands.asking import somebody_there
from clausewise.contract.parsing import MOST_BYTES
from clausewise.errors import ClausewiseError, UsageError
from clausewise.options import ASKING_VARIABLES, add_auth
from clausewise.pack.credentials import variables_named
from clausewise.pack.finding import find_pack
from clausewise.pack.loading import load_pack
from clausewise.pack.pack import FILE
from clausewise.starter import CI_SYSTEMS, NewPack, missing_line, starter_files

if TYPE_CHECKING:
    from clausewise.contract import Contract
    from clausewise.starter.new_pack import FoundLink

EXAMPLES = (
    "clausewise init http://127.0.0.1:8000/openapi.json",
    "clausewise init openapi.yaml --base-url https://staging.example.net --read-only --ci gitlab",
)
VARIABLES = ASKING_VARIABLES
# What a run that looks for links may send; it needs a request or two for each operation.
MOST_REQUESTS = 400


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("document", metavar="DOCUMENT", help="a file or a URL")
    parser.add_argument("--folder", default=".", metavar="DIR", help="of the new pack (default: .)")
    parser.add_argument("--base-url", metavar="URL", help="where the API can be asked")
    add_auth(parser.add_argument)
    may = parser.add_mutually_exclusive_group()
    may.add_argument(
        "--may-create",
        action="store_true",
        default=None,
        help="a run may create things there (it undoes them); links are looked for at once",
    )
    may.add_argument(
        "--read-only",
        dest="may_create",
        action="store_false",
        help="a run sends GET, HEAD and OPTIONS only",
    )
    parser.add_argument("--ci", choices=CI_SYSTEMS, help="whose workflow to write")
    parser.add_argument("--yes", action="store_true", help="ask nothing, take what is proposed")


def execute(options: argparse.Namespace) -> int:
    """Write the files and say what comes next; gives 0.

    Raises UsageError where there is a pack already, ContractError for what is no contract.
    """
    folder = Path(options.folder)
    if (folder / FILE).exists():
        raise UsageError(f"{folder / FILE} is there already; init makes new packs only")
    folder.mkdir(parents=True, exist_ok=True)
    document, origin = _document(options.document, folder)
    contract = find_pack(str(document)).contract
    new = _new_pack(options, contract, document.relative_to(folder.resolve()), origin)
    if new.may_create:
        new = replace(new, links=_links(document, contract, new))
    for path, text in starter_files(new):
        _write(folder, path, text)
    _ignore_reports(folder)
    made = load_pack(folder.resolve(), str(folder)).contract
    print(f"{len(made.operations)} operations, {len(made.clauses)} clauses to judge. Next:")
    if made.not_judged:
        print(f"  clausewise check {options.folder}    # what cannot be judged, and why")
    inside = f"cd {options.folder} && " if folder.resolve() != Path.cwd() else ""
    for variable in new.variables.values():
        if not os.environ.get(variable):
            print(f"  export {variable}=…")
    print(f"  {inside}clausewise run --profile {new.profile}")
    return 0


def _document(named: str, folder: Path) -> tuple[Path, str | None]:
    """The document inside the folder, and the URL that it came from."""
    if named.startswith(("http://", "https://")):
        return _fetched(named, folder), named
    path = Path(named)
    if not path.is_file():
        raise UsageError(f"there is no file {named}; init takes an OpenAPI document or its URL")
    if path.resolve().is_relative_to(folder.resolve()):
        return path.resolve(), None
    copy = folder / path.name
    if copy.exists():
        raise UsageError(f"{copy} is there already; name it instead of {named}")
    other = next(_files_of(find_pack(named).document.data), None)
    if other is not None:
        raise UsageError(
            f"{named} refers to {other}, so it is not copied into {folder}; make the pack where it "
            f"is: --folder {path.parent}"
        )
    copy.write_bytes(path.read_bytes())
    print(f"wrote {copy}, a copy of {named}")
    return copy.resolve(), None


def _files_of(node: Any) -> Iterator[str]:
    """The files that a document refers to."""
    if isinstance(node, dict):
        named = node.get("$ref")
        if isinstance(named, str) and not named.startswith("#") and "://" not in named:
            yield named.partition("#")[0]
    for inner in (
        node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    ):
        yield from _files_of(inner)


def _fetched(url: str, folder: Path) -> Path:
    """The file that a document was saved to. Raises UsageError where it cannot be fetched."""
    import httpx

    content = b""
    try:
        with httpx.stream("GET", url, follow_redirects=True, timeout=30) as response:
            response.raise_for_status()
            for chunk in response.iter_bytes():
                content += chunk
                if len(content) > MOST_BYTES:
                    raise UsageError(f"{url} has more than {MOST_BYTES} bytes")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise UsageError(f"{url} cannot be fetched: {error}") from error
    path = folder / ("openapi.json" if content.lstrip()[:1] == b"{" else "openapi.yaml")
    if path.exists() and path.read_bytes() != content:
        raise UsageError(f"{path} is there already, and {url} says something else; name the file")
    path.write_bytes(content)
    try:
        _ = find_pack(str(path)).contract
    except ClausewiseError:
        path.unlink()
        raise
    print(f"wrote {path}")
    return path.resolve()


def _new_pack(
    options: argparse.Namespace, contract: Contract, document: Path, origin: str | None
) -> NewPack:
    """What the options say, then what the user says, else what is proposed."""
    from clausewise.pack.addresses import is_loopback
    from clausewise.starter import new_pack as proposing

    ask = _Questions(not options.yes)
    base_url = options.base_url or ask.text(
        "Base URL of the API", proposing.proposed_url(contract, origin)
    )
    if not base_url.startswith(("http://", "https://")):
        raise UsageError(f"the base URL is an http or https URL, not {base_url!r}")
    variables = proposing.proposed_variables(contract)
    told = dict(variables_named(contract, options.auth))
    for scheme, variable in variables.items():
        question = f"Environment variable with the credential of {scheme}"
        variables[scheme] = told.get(scheme) or ask.text(question, variable)
    may_create = options.may_create
    if may_create is None:
        question = "May a run create things there? It undoes them"
        may_create = ask.yes_or_no(question, is_loopback(base_url))
    ci = options.ci or ask.choice("CI", CI_SYSTEMS, proposing.proposed_ci(Path(options.folder)))
    return NewPack(
        name=contract.name,
        document=document.as_posix(),
        base_url=base_url.rstrip("/"),
        variables=variables,
        may_create=may_create,
        ci=ci,
        reader=proposing.simple_reader(contract),
    )


def _links(document: Path, contract: Contract, new: NewPack) -> list[FoundLink]:
    """The links that a short run proves; none where the API cannot be asked now, which is said."""
    from clausewise.running import run
    from clausewise.starter.links import proved_links

    missing = [name for name in new.variables.values() if not os.environ.get(name)]
    if missing:
        print(f"links: not looked for, since {missing[0]} is not set; each run finds its own")
        return []
    auth = {scheme: f"env:{variable}" for scheme, variable in new.variables.items()}
    print(f"links: asking {new.base_url}, at most {MOST_REQUESTS} requests …", flush=True)
    try:
        report = run(
            document, new.base_url, auth=auth, examples=0, max_requests=MOST_REQUESTS, yes=True
        )
    except ClausewiseError as error:
        print(f"links: none, {error}")
        return []
    links = proved_links(report, contract)
    names = ", ".join(f"{link.name} from {link.operation}" for link in links)
    print(f"links: {names or 'none was proved'}")
    return links


def _write(folder: Path, path: str, text: str) -> None:
    target = folder / path
    if target.exists():
        print(f"kept  {target}, which is there already")
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, "utf-8")
    print(f"wrote {target}")


def _ignore_reports(folder: Path) -> None:
    path = folder / ".gitignore"
    line = missing_line(path.read_text("utf-8") if path.exists() else "")
    if line is not None:
        with path.open("a", encoding="utf-8") as file:
            file.write(line)
        print(f"added {line.strip()} to {path}")


class _Questions:
    """Questions on a terminal; without one, what is proposed is the answer."""

    def __init__(self, wanted: bool) -> None:
        self._asks = wanted and somebody_there()

    def text(self, question: str, proposed: str) -> str:
        """One line; empty means what is proposed."""
        if not self._asks:
            return proposed
        with suppress(EOFError):
            return input(f"{question} [{proposed}] ").strip() or proposed
        raise UsageError("nothing was written")

    def yes_or_no(self, question: str, proposed: bool) -> bool:
        """Yes or no, whatever its case."""
        answer = self.text(f"{question}, y or n", "y" if proposed else "n").lower()
        return answer in ("y", "yes")

    def choice(self, question: str, known: tuple[str, ...], proposed: str) -> str:
        """One of some words. Raises UsageError for another."""
        answer = self.text(f"{question}: {', '.join(known)}", proposed).lower()
        if answer not in known:
            raise UsageError(f"{answer!r} is none of {', '.join(known)}")
        return answer
