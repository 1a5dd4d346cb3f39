"""One run's way to its target, as settled."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, MutableMapping

from msgspec import Struct, field

from clausewise.pack.addresses import is_loopback, without_credentials
from clausewise.pack.credentials import Fetched
from clausewise.pack.given import GivenValue

CONNECT_SECONDS = 3.0
READ_SECONDS = 30.0
# How long what is not there yet may take to show, on this machine and elsewhere.
SETTLE_HERE, SETTLE_ELSEWHERE = 2.0, 15.0
# What the credential is called where it is the one that the pack itself publishes.
STAND_IN = "the stand-in token of the pack"
# No documented reply comes near; a reply beyond this is cut and said to be so.
MOST_BYTES = 4 * 1024 * 1024


class Tls(Struct, frozen=True):
    """How a target's certificate is checked, and who we say we are; paths of PEM files."""

    verify: bool = True
    ca_bundle: str | None = None
    client_certificate: str | None = None
    client_key: str | None = None


class Settings(Struct, frozen=True):
    """One run's way to its target.

    `base_url` None means the pack's own mock, in this process. `rate` is in requests a second.
    `meetings` and the like stand in `leases`: resource name to the ids that may be used.
    `profile` is the one they came from; `consented` says that the user meant this very target.
    What was made is undone where `clean_up` is set; things that the run did not make are destroyed
    only where `destructive` is, and where `read_only` is, safe methods alone are sent.
    `settle_seconds` is how long what is not there yet may take to show, before that is a finding.
    `changes_at_once` says that requests that make things may be under way together, too.
    `values` are those that the user gave for single places.
    `variables` maps what headers, the proxy and `credentials` took from the environment to its
    name there. `credentials` are secrets by the name of their security scheme; those that are
    `fetched` come into it while a run goes on. `unmeant` are schemes whose token comes from another
    host that nobody has consented to, `spare` those whose credential no operation asks for.
    """

    base_url: str | None
    path: Mapping[str, str]
    token: str | None = None
    token_name: str = "the credential"  # noqa: S105  # a name, no token
    headers: tuple[tuple[str, str], ...] = ()
    concurrency: int = 1
    changes_at_once: bool = False
    rate: float | None = None
    connect_seconds: float = CONNECT_SECONDS
    read_seconds: float = READ_SECONDS
    leases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    clean_up: bool = False
    destructive: bool = False
    read_only: bool = False
    max_requests: int | None = None
    max_seconds: float | None = None
    settle_seconds: float = SETTLE_HERE
    tls: Tls = Tls()
    proxy: str | None = None
    profile: str | None = None
    consented: bool = True
    variables: MutableMapping[str, str] = field(default_factory=dict)
    credentials: MutableMapping[str, str] = field(default_factory=dict)
    fetched: Mapping[str, Fetched] = field(default_factory=dict)
    unmeant: tuple[str, ...] = ()
    spare: tuple[str, ...] = ()
    # Who has to know of a secret before it is sent.
    learners: list[Callable[[Iterable[str]], object]] = field(default_factory=list)
    values: tuple[GivenValue, ...] = ()

    def learn(self, scheme: str, secret: str, name: str) -> None:
        """Take a secret that was fetched for a security scheme; whoever masks knows it at once."""
        self.conceal(secret, name)
        self.credentials[scheme] = secret

    def conceal(self, secret: str, name: str) -> None:
        """Take note of a secret that nobody may see; `name` stands for it."""
        self.variables[secret] = name
        for learner in self.learners:
            learner([secret])

    def path_of(self, operation: str) -> dict[str, str]:
        """The path parameters that the user gave a value for one operation, by name."""
        own = [one for one in self.values if one.part == "path" and one.is_for(operation)]
        return {**self.path, **{one.name: str(one.value) for one in own}}

    @property
    def origin(self) -> str:
        """What URLs begin with; the application in this process has a made-up host."""
        return self.base_url or "http://mock.invalid"

    @property
    def gives_back(self) -> bool:
        """Whether all is to be in the end as it was; with `destructive` nothing need be there."""
        return self.clean_up and not self.destructive

    @property
    def shown(self) -> str:
        """The target in words, with what is unusual about the way there."""
        if self.base_url is None:
            return "the mock of the pack, in this process"
        way = f", by the proxy {without_credentials(self.proxy)}" if self.proxy else ""
        if self.base_url.startswith("https") and not self.tls.verify:
            way += ", whose certificate is not checked"
        if self.spare:
            way += (
                f", without the credential of {' and '.join(self.spare)}: no operation asks for it"
            )
        return f"{self.base_url}{way}"

    @property
    def on_this_machine(self) -> bool:
        """Whether the target is this process or a loopback address."""
        return self.base_url is None or is_loopback(self.base_url)
