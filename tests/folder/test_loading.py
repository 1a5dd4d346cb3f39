"""Packs: found, loaded, checked, and their Python kept to themselves."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from clausewise import ContractError, UsageError
from clausewise.pack import DEFAULT, FILE, Credential, Pack, Undo, find_pack, load_pack

from ..conftest import REPOSITORY

OPENAPI = """\
openapi: 3.1.0
info: {title: Small, version: "1"}
paths:
  /things:
    post:
      operationId: send
      requestBody:
        content:
          application/json:
            schema: {properties: {name: {type: string}}}
      responses:
        "200": {description: Done.}
"""
RULES = "R1:\n  statement: It is so.\n  operations: [send]\n  check: it_is_so\n"
CHECKS = "import clausewise\n\n@clausewise.check\ndef it_is_so(message):\n    return None\n"
STRATEGIES = (
    "import clausewise\nfrom ._values import VALUES\n\n"
    '@clausewise.strategy("send", "/name")\ndef names():\n    return VALUES\n'
)


def _made(root: Path, settings: str = "", **files: str) -> Path:
    """A pack's folder; the names of files have `__` for `/` and `_DOT_` for the last dot."""
    texts = {FILE: f"contract: openapi.yaml\n{settings}", "openapi.yaml": OPENAPI}
    texts |= {name.replace("__", "/").replace("_DOT_", "."): text for name, text in files.items()}
    for name, text in texts.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    load_pack.cache_clear()
    return root


def _load(root: Path, settings: str = "", **files: str) -> Pack:
    return load_pack(_made(root, settings, **files))


def test_the_pack_of_this_repository() -> None:
    """The repository's root is a pack, found from any folder in it and under its bundled name."""
    for pack in (find_pack(start=REPOSITORY / "src" / "clausewise"), find_pack(str(REPOSITORY))):
        assert pack.root == REPOSITORY
        assert pack.name == "realtimekit-recordings"
        assert pack.tests == REPOSITORY / "contract_tests"
    bundled = find_pack(f"bundled:{DEFAULT}")
    assert bundled.origin == f"bundled:{DEFAULT}"
    assert bundled.name == "realtimekit-recordings"
    assert list(bundled.contract.clauses) == list(find_pack(str(REPOSITORY)).contract.clauses)


def test_where_a_pack_is_looked_for(tmp_path: Path) -> None:
    """A named folder or file, else the folders from here upward, else the bundled one."""
    root = _made(tmp_path / "pack", "name: mine\n")
    inner = root / "a" / "b"
    inner.mkdir(parents=True)
    assert find_pack(str(root)).name == "mine"
    assert find_pack(str(root / FILE)).name == "mine"
    assert find_pack(start=inner).name == "mine"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert find_pack(start=elsewhere).origin == f"bundled:{DEFAULT}"


@pytest.mark.parametrize(
    ("named", "said"),
    [
        (
            "no/such/folder",
            "there is no file and no folder no/such/folder; --pack takes an OpenAPI",
        ),
        ("bundled:other", f"no bundled pack 'other'; there are: {DEFAULT}"),
    ],
)
def test_a_pack_that_is_not_there(named: str, said: str) -> None:
    """A pack that does not exist is refused with what would do."""
    with pytest.raises(UsageError) as caught:
        find_pack(named)
    assert said in str(caught.value)


def test_all_that_a_pack_says(tmp_path: Path) -> None:
    """Every setting is read, and has a sensible value where it is not given."""
    pack = _load(
        tmp_path,
        """\
name: mine
tests: suite
credential: {environment: TOKEN, stand_in: abc}
path: {account: acme, number: 7}
resources:
  room:
    members: {send: /room}
    undo:
      send: {method: DELETE, path: "/rooms/{id}", id: /id, body: {why: over}}
profiles: {staging: {base_url: "https://staging.example.com"}, empty: null}
""",
    )
    assert (pack.name, pack.tests) == ("mine", tmp_path / "suite")
    assert pack.credential == Credential("TOKEN", "abc")
    assert pack.path_values == {"account": "acme", "number": "7"}
    assert pack.resources["room"].members == {"send": "/room"}
    undo = Undo("DELETE", "/rooms/{id}", "/id", {"why": "over"})
    assert pack.resources["room"].undo == {"send": undo}
    assert pack.profile("staging") == {"base_url": "https://staging.example.com"}
    assert pack.profile("empty") == {}
    bare = _load(tmp_path / "bare")
    assert (bare.name, bare.tests.name) == ("bare", "default_suite.py")
    own = _load(tmp_path / "own", contract_tests__test_it_DOT_py="")
    assert own.tests == tmp_path / "own" / "contract_tests"
    assert (bare.credential, bare.path_values, bare.resources) == (None, {}, {})
    assert (bare.waivers(), bare.checks, bare.strategies) == ((), {}, {})


@pytest.mark.parametrize(
    ("settings", "line", "said"),
    [
        ("nmae: x\n", 2, "'nmae' is not a setting; did you mean name?"),
        ("xyz: x\n", 2, "'xyz' is not a setting; known are coercions, conditions, contract,"),
        ("credential: {environmnet: X}\n", 2, "'credential.environmnet' is not a setting; did you"),
        ("xyz: x\nname: 5\n", 2, "'xyz' is not a setting"),
        ("name: 5\nxyz: x\n", 2, "`name` is a text, not 5"),
        ("coercions: some\n", 2, "`coercions` is soft or hard, not 'some'"),
        ("profiles:\n  a:\n    tls: {verify: no way}\n", 4, "`profiles.a.tls.verify` is true or f"),
        ("supplies:\n  1: {operation: send, gives: {a: b}}\n", 3, "`supplies.1.needed_by` is mis"),
        ("waivers:\n- expires: 2026-12-31\n- x\n", 2, "`waivers.1` is a mapping, not 'x'"),
        ("name: 5\n", 2, "`name` is a text, not 5"),
        ("mock: [a]\n", 2, "`mock` is a text"),
        ("credential: TOKEN\n", 2, "`credential` is a mapping, not 'TOKEN'"),
        ("credential: {stand_in: x}\n", 2, "`credential.environment` is missing"),
        ("credential: {environment: X, token: x}\n", 2, "'credential.token' is not a setting"),
        ("path: [a]\n", 2, "`path` is a mapping"),
        ("resources: {room: /id}\n", 2, "`resources.room` is a mapping"),
        ("resources:\n  room:\n    members: {send: 5}\n", 4, "`resources.room.members.send` is"),
        (
            "resources:\n  room:\n    undo:\n      send: {method: PUT, id: /id}\n",
            5,
            "`resources.room.undo.send.path` is missing",
        ),
        ("profiles: [a]\n", 2, "`profiles` is a mapping"),
        ("profiles:\n  a:\n    base-url: x\n", 4, "'profiles.a.base-url' is not a setting"),
        ("profiles:\n  a:\n    headers: [x]\n", 4, "`profiles.a.headers` is a mapping"),
        ("profiles:\n  a:\n    resources: {room: x}\n", 4, "`profiles.a.resources.room` is a list"),
        ("waivers: {a: b}\n", 2, "`waivers` is a list"),
        ("rules: ../rules.yaml\n", 2, "../rules.yaml lies outside of the pack"),
        ("strategies: /opt\n", 2, "/opt lies outside of the pack"),
        ("name: x\nname: y\n", 3, "key 'name' stands twice"),
    ],
)
def test_what_is_wrong_with_the_settings(
    tmp_path: Path, settings: str, line: int, said: str
) -> None:
    """A setting that is unknown, missing or of the wrong form is refused with its line."""
    with pytest.raises(ContractError) as caught:
        _load(tmp_path, settings)
    assert str(caught.value).startswith(f"{FILE}:{line}: ")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", f"{FILE}:1: a mapping is needed"),
        ("- a\n", f"{FILE}:1: a mapping is needed"),
        ("name: x\n", f"{FILE}:1: `contract` is missing"),
        ("contract: [\n", f"{FILE}:2: is not YAML"),
        ("contract: gone.yaml\n", "gone.yaml: cannot be read: No such file or directory"),
    ],
)
def test_settings_without_a_contract(tmp_path: Path, text: str, said: str) -> None:
    """Settings that are none, or name no readable contract, are refused by name."""
    root = _made(tmp_path)
    (root / FILE).write_text(text, "utf-8")
    with pytest.raises(ContractError) as caught:
        _ = load_pack(root).contract
    assert said in str(caught.value)


def test_marked_functions_are_collected(tmp_path: Path) -> None:
    """Checks beside the rules and strategies of their folder are found by their marks."""
    pack = _load(
        tmp_path,
        "rules: rules/all.yaml\nstrategies: strategies\n",
        rules__all_DOT_yaml=RULES,
        rules__checks_DOT_py=f"{CHECKS}\n\ndef helper():\n    pass\n",
        strategies__names_DOT_py=STRATEGIES,
        strategies___values_DOT_py="VALUES = ['a']\n",
    )
    assert list(pack.checks) == ["it_is_so"]
    assert list(pack.strategies) == [("send", "/name")]
    assert pack.strategies["send", "/name"]() == ["a"]
    assert list(pack.contract.rules) == ["R1"]


def test_two_packs_with_the_same_names_live_side_by_side(tmp_path: Path) -> None:
    """The Python of each pack is its own, under private names that hide no other module."""
    packs = [
        _load(
            tmp_path / name,
            "mock: app.py\n",
            app_DOT_py=f"NAME = {name!r}\n\ndef create_app(pack):\n    return NAME, pack.name\n",
        )
        for name in ("one", "two")
    ]
    assert [pack.mock() for pack in packs] == [("one", "one"), ("two", "two")]
    assert "app" not in sys.modules


@pytest.mark.parametrize(
    ("settings", "files", "said"),
    [
        ("", {}, "a run can judge a target with --base-url URL"),
        ("mock: app.py\n", {}, f"{FILE}:2: there is no file app.py"),
        ("mock: app.py\n", {"app_DOT_py": ""}, f"{FILE}:2: app.py has no function create_app"),
    ],
)
def test_a_pack_without_a_mock(
    tmp_path: Path, settings: str, files: dict[str, str], said: str
) -> None:
    """A mock that is not there is said to be missing, and what is missing of it."""
    with pytest.raises((UsageError, ContractError)) as caught:
        _load(tmp_path, settings, **files).mock()
    assert said in str(caught.value)


def test_a_rule_needs_its_check(tmp_path: Path) -> None:
    """A rule that names a check which nobody wrote is refused with its line."""
    pack = _load(tmp_path, "rules: rules.yaml\n", rules_DOT_yaml=RULES)
    with pytest.raises(ContractError, match=r"^rules\.yaml:1: rule R1 names the check 'it_is_so'"):
        _ = pack.contract


@pytest.mark.parametrize("place", ['"send", "/nmae"', '"gone", "/name"'])
def test_a_strategy_needs_its_member(tmp_path: Path, place: str) -> None:
    """A strategy for a member that no request has is refused by its name."""
    text = f"import clausewise\n\n@clausewise.strategy({place})\ndef names():\n    return None\n"
    pack = _load(tmp_path, "strategies: own\n", own__names_DOT_py=text)
    with pytest.raises(ContractError, match=r"^own: the strategy names is about .* no member"):
        _ = pack.strategies


def test_waivers_stand_in_the_pack_or_beside_it(tmp_path: Path) -> None:
    """Those of clausewise.yaml, of waivers.yaml, and of a file that is named; by profile."""
    waiver = "{clause: '%s', verdict: violated, reason: r, owner: o, expires: 2026-12-31}"
    pack = _load(tmp_path, f"waivers: [{waiver % 'send:status'}]\n")
    assert [made.clause for made in pack.waivers()] == ["send:status"]
    (pack.root / "waivers.yaml").write_text(f"[{waiver % 'send:auth'}]", "utf-8")
    elsewhere = tmp_path / "own.yaml"
    elsewhere.write_text(f"[{waiver[:-1] % 'send:served'}, profile: staging}}]", "utf-8")
    assert [made.clause for made in pack.waivers(None, elsewhere)] == ["send:status", "send:auth"]
    assert [made.clause for made in pack.waivers("staging", elsewhere)][2:] == ["send:served"]
    with pytest.raises(UsageError, match="no such file"):
        pack.waivers(None, tmp_path / "nowhere.yaml")


def test_a_pack_is_loaded_once(tmp_path: Path) -> None:
    """The same folder gives the same pack, so its contract is read once."""
    root = _made(tmp_path)
    assert find_pack(start=root) is find_pack(start=root)
