"""Packs and documents that mean harm: a clear error or bounded work, and never a hang."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from clausewise import ContractError
from clausewise.contract import Contract, ask
from clausewise.contract.documents import MOST_PARTS
from clausewise.contract.expanding import MOST_IN_PLACE
from clausewise.contract.operations import MOST_OPERATIONS
from clausewise.contract.parsing import MOST_BYTES
from clausewise.contract.schema_size import DEEPEST_SCHEMA
from clausewise.contract.source import DEEPEST, MOST_NODES
from clausewise.cutting import MOST_SAID
from clausewise.pack import load_pack

from ..guards import FOR_EVER
from .making import document, json_reply, missed, ref, write

# `tox -e hostile` has it.
pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("guarded")]

SETTINGS = "contract: openapi.yaml\n"


def contract_of(root: Path, files: dict[str, Any], settings: str = SETTINGS) -> Contract:
    """The contract of a pack of these files; what is no text is written as JSON."""
    texts = {
        name: content if isinstance(content, str) else json.dumps(content)
        for name, content in files.items()
    }
    return load_pack(write(root, {"clausewise.yaml": settings, **texts})).contract


def refused(root: Path, files: dict[str, Any], settings: str = SETTINGS) -> str:
    """What the error says that such a pack is refused with."""
    with pytest.raises(ContractError) as caught:
        contract_of(root, files, settings)
    assert len(str(caught.value)) < 4 * MOST_SAID
    return str(caught.value)


def lost(root: Path, files: dict[str, Any]) -> str:
    """What is said to be lost of the request of such a pack; the rest of it is read."""
    contract = contract_of(root, files)
    assert contract.operations["send"].documents(200)
    problem = missed(contract)[0]
    assert len(problem) < 4 * MOST_SAID
    return problem


def yaml_schema(text: str) -> str:
    """A document in YAML whose request schema is this text, which begins in line 12."""
    head = (
        "openapi: 3.1.0\ninfo: {title: T, version: '1'}\npaths:\n  /a:\n    post:\n"
        "      operationId: send\n      requestBody:\n        required: true\n        content:\n"
        "          application/json:\n            schema:\n"
    )
    body = "".join(f"              {line}\n" for line in text.splitlines())
    return f"{head}{body}      responses:\n        200: {{description: Done.}}\n"


def composed(schemas: dict[str, Any], first: str = "S0") -> dict[str, Any]:
    """A document whose request is the first of these schemas."""
    return document(ref(first)) | {"components": {"schemas": schemas}}


def _chain(last: int, link: str, *items: str) -> str:
    first = "a0: &a0 {k: 1}\n"
    return (
        first
        + "".join(f"a{i}: &a{i} {{{link.format(i - 1, i)}}}\n" for i in range(1, last))
        + "".join(items)
    )


DEEP = "is nested too deeply"
GROWS = f"grows beyond {MOST_NODES} nodes"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(_chain(40, "x: [*a{0}, *a{0}, *a{0}]"), GROWS, id="laughs"),
        pytest.param(_chain(2000, "<<: *a{0}, k{1}: 1"), GROWS, id="growing merges"),
        pytest.param(_chain(5000, "x: *a{0}"), DEEP, id="nested aliases"),
        pytest.param(_chain(5000, "<<: *a{0}", "<<: *a4999\n"), DEEP, id="nested merges"),
        pytest.param("a: [" + "1," * MOST_NODES + "]\n", GROWS, id="one long list"),
        pytest.param("a: " + "[" * 100_000, DEEP, id="open brackets"),
        pytest.param("a: " + "{a: " * 100_000, DEEP, id="open braces"),
        pytest.param("- " * 100_000, DEEP, id="dashes"),
        pytest.param(_chain(DEEPEST // 2, "x: *a{0}"), "`openapi` is None", id="lawfully deep"),
        pytest.param(yaml_schema("default: &a [*a]"), "an alias contains itself", id="recursion"),
        pytest.param(yaml_schema("type: !!python/object/apply:os.system [x]"), "tag", id="python"),
        pytest.param(yaml_schema(f"minimum: {'9' * 5000}"), "not a value of JSON", id="digits"),
        pytest.param(yaml_schema(f"minimum: {'9' * 400}"), "not a value of JSON", id="10**400"),
        pytest.param(yaml_schema(f"minimum: 0x{'f' * 9000}"), "not a value of JSON", id="hex"),
        pytest.param(yaml_schema("minimum: .nan"), "12: .nan is not a value of JSON", id="nan"),
        pytest.param(yaml_schema("maximum: .inf"), "12: .inf is not a value of JSON", id="inf"),
        pytest.param(yaml_schema("type: a\n\ttype: b"), "is not YAML: ", id="tabs"),
        pytest.param("a: 1\n---\nb: 2\n", "2: has a second document", id="two documents"),
        pytest.param("", "document is needed", id="empty"),
        pytest.param("? " + "x" * 2_000_000 + "\n: 1\n", "document is needed", id="a huge key"),
        pytest.param("a: !" + "x" * 5000 + " b\n", "means nothing in JSON", id="a huge tag"),
        pytest.param("a: *" + "x" * 5000 + "\n", "there is no anchor", id="a huge anchor"),
    ],
)
def test_yaml_that_means_harm(tmp_path: Path, text: str, said: str) -> None:
    """Bombs, tags, numbers without end: each is refused with its file, its line and few words."""
    problem = refused(tmp_path, {"openapi.yaml": text})
    assert problem.startswith("openapi.yaml:")
    assert said in problem


@pytest.mark.parametrize("content", [b"\x00", b"\0\0a: 1", b"a: \xff", b"\x80" * 9])
def test_bytes_that_are_no_text(tmp_path: Path, content: bytes) -> None:
    """Another encoding and zero bytes are named as what they are."""
    write(tmp_path, {"clausewise.yaml": SETTINGS})
    (tmp_path / "openapi.yaml").write_bytes(content)
    with pytest.raises(ContractError, match=r"^openapi\.yaml:1: is not (UTF-8|YAML)"):
        load_pack(tmp_path).contract  # noqa: B018  # it is read when it is looked at


def test_json_that_is_deep(tmp_path: Path) -> None:
    """JSON goes through the same bounds as YAML."""
    text = '{"a": ' + "[" * 100_000 + "]" * 100_000 + "}"
    assert DEEP in refused(tmp_path, {"openapi.json": text}, "contract: openapi.json\n")


def test_words_stay_words(tmp_path: Path) -> None:
    """Dates, `on` and `yes` are texts, and a status may be a number: lawful YAML is no attack."""
    text = yaml_schema("properties: {on: {enum: [2026-01-01, 12:30:00, yes]}, 5: {minLength: 2.0}}")
    contract = contract_of(tmp_path, {"openapi.yaml": text})
    promise = contract.clauses["send:request#/on:enum"].promise
    assert promise == "/on is 2026-01-01, 12:30:00 or yes"
    assert "at least 2 characters" in contract.clauses["send:request#/5:minLength"].promise
    assert list(contract.operations["send"].replies) == ["200"]


@pytest.mark.parametrize("name", ["openapi.yaml", "clausewise.yaml", "thing.yaml"])
@pytest.mark.parametrize("kind", ["fifo", "zero", "folder", "loop", "huge"])
def test_what_is_no_document_is_not_read(tmp_path: Path, name: str, kind: str) -> None:
    """A pipe is not waited for, a device not read, a file that is too large not to its end."""
    main = document({"$ref": "thing.yaml"})
    write(tmp_path, {"clausewise.yaml": SETTINGS, "openapi.yaml": json.dumps(main)})
    path = tmp_path / name
    path.unlink(missing_ok=True)
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "zero":
        path.symlink_to("/dev/zero")
    elif kind == "folder":
        path.mkdir()
    elif kind == "loop":
        path.symlink_to(path)
    else:
        with path.open("wb") as file:
            file.truncate(2 * MOST_BYTES)
    said = "cannot be read|outside of the pack|links go in a circle|is longer than"
    if name == "thing.yaml":
        (problem, _) = missed(load_pack(tmp_path).contract)
        assert re.search(said, problem)
        return
    with pytest.raises(ContractError, match=said):
        load_pack(tmp_path).contract  # noqa: B018  # it is read when it is looked at


@pytest.mark.parametrize(
    "settings",
    [
        "contract: ../openapi.yaml\n",
        "contract: /etc/passwd\n",
        "contract: link.yaml\n",
        'contract: "a\\0b"\n',
        f"contract: {'x' * 100_000}\n",
        f"{SETTINGS}rules: ../rules.yaml\n",
        f"{SETTINGS}path: &a {{x: *a}}\n",
        f"{SETTINGS}refusal: {{type: nonsense}}\n",
        f"{SETTINGS}refusal: {{$ref: 'http://127.0.0.1:9/x'}}\n",
        f"{SETTINGS}refusal: {{pattern: '('}}\n",
        f"{SETTINGS}supplies: {{a: }}\n",
        f"{SETTINGS}supplies: {{a: {{operation: send, gives: {{x: }}, needed_by: {{b: {{}}}}}}}}\n",
        f"{SETTINGS}resources: {{a: {{members: {{send: }}}}}}\n",
        f"{SETTINGS}{'x' * 100_000}: 1\n",
        "- contract\n",
        "",
    ],
)
def test_settings_that_mean_harm(tmp_path: Path, settings: str) -> None:
    """Settings of a wrong form, or that lead out of the pack, are refused with their file."""
    write(tmp_path, {"openapi.yaml": "secret: 1\n"})
    pack = tmp_path / "pack"
    pack.mkdir()
    (pack / "link.yaml").symlink_to(tmp_path / "openapi.yaml")
    problem = refused(pack, {"openapi.yaml": document({})}, settings)
    assert "secret" not in problem


@pytest.mark.parametrize(
    "rule",
    [
        "{statement: s, operations: [[send]], then: {}}",
        "{statement: s, operations: {send: 1}, then: {}}",
        "{statement: s, operations: [send], then: {pattern: '(('}}",
        "{statement: s, operations: [send], then: {$ref: 'http://127.0.0.1:9/x'}}",
        "{statement: s, operations: [send], then: {properties: 5}}",
        "{statement: s, operations: [send], steps: [{operation: [send], expect: accepted}]}",
        "{statement: s, operations: [send], then: {const: &a [[*a]]}}",
        f"{{statement: s, operations: [send], then: {{pattern: '{'(' * 5000}'}}}}",
    ],
)
def test_rules_that_mean_harm(tmp_path: Path, rule: str) -> None:
    """A rule of a wrong form is refused with the line of it."""
    files = {"openapi.yaml": document({}), "rules.yaml": f"R1:\n  {rule}\n"}
    assert refused(tmp_path, files, f"{SETTINGS}rules: rules.yaml\n").startswith("rules.yaml:2: ")


@pytest.mark.parametrize(
    "change",
    [
        {"info": "x"},
        {"info": [1]},
        {"servers": 5},
        {"servers": [5]},
        {"servers": {"url": "x"}},
        {"paths": []},
    ],
)
def test_a_document_of_another_form(tmp_path: Path, change: dict[str, Any]) -> None:
    """What is no object where one is needed is refused with its line."""
    problem = refused(tmp_path, {"openapi.yaml": document({}) | change})
    assert problem.startswith("openapi.yaml:1: `")


@pytest.mark.parametrize(
    "schema",
    [
        {"required": [1, {}]},
        {"x-contested": 5},
        {"x-contested": ["http"]},
        {"additionalProperties": {"type": "string"}, "x-key": ["a"]},
        {"pattern": "a{1000000}"},
        {"pattern": "(?:a{1000}){1000}"},
        {"pattern": "("},
        {"pattern": "a" * 1_000_000},
        {"pattern": "(" * 5_000 + ")" * 5_000},
        {"patternProperties": {"(": {}}},
        5,
        [],
    ],
)
def test_schemas_that_are_none(tmp_path: Path, schema: Any) -> None:
    """A keyword of a wrong form, or an expression beyond bounds, is told with its line."""
    assert lost(tmp_path, {"openapi.yaml": document(schema)}).startswith("openapi.yaml:1: ")


@pytest.mark.parametrize("way", ["$ref", "allOf", "oneOf", "not"])
@pytest.mark.parametrize("levels", [DEEPEST_SCHEMA + 30, 3_000])
def test_schemas_that_are_deep(tmp_path: Path, way: str, levels: int) -> None:
    """Hops and levels have an end long before any stack has."""
    made: dict[str, Any] = {
        "$ref": lambda inner: inner,
        "allOf": lambda inner: {"allOf": [inner]},
        "oneOf": lambda inner: {"oneOf": [inner]},
        "not": lambda inner: {"not": inner},
    }
    schemas = {f"S{i}": made[way](ref(f"S{i + 1}")) for i in range(levels)}
    problem = lost(tmp_path, {"openapi.yaml": composed({**schemas, f"S{levels}": {}})})
    assert problem.startswith("openapi.yaml:1: ")
    assert "deeper than 100 levels" in problem or f"more than {MOST_PARTS} schemas" in problem


@pytest.mark.parametrize("levels", [DEEPEST_SCHEMA + 1, 3_000])
@pytest.mark.parametrize("way", ["properties", "items"])
def test_messages_that_are_deep(tmp_path: Path, way: str, levels: int) -> None:
    """Members within members have clauses down to some level, below which a `$ref` is one."""
    schemas: dict[str, Any] = {
        f"S{i}": {way: {"x": ref(f"S{i + 1}")} if way == "properties" else ref(f"S{i + 1}")}
        for i in range(levels)
    }
    main = composed({**schemas, f"S{levels}": {}})
    contract = contract_of(tmp_path, {"openapi.yaml": main})
    assert missed(contract) == []
    assert any(name.endswith(":$ref") for name in contract.clauses)
    assert 3 < max(name.count("/") for name in contract.clauses) < DEEPEST_SCHEMA


@pytest.mark.parametrize("way", ["allOf", "anyOf", "oneOf"])
@pytest.mark.parametrize("wrapped", [True, False])
def test_ways_that_double(tmp_path: Path, way: str, wrapped: bool) -> None:
    """A billion ways to one schema are counted, not gone."""
    schemas: dict[str, Any] = {f"S{i}": {way: [ref(f"S{i + 1}")] * 2} for i in range(30)}
    schemas["S30"] = {"properties": {"p": {"readOnly": True}}, "required": ["p"]}
    first = document({"properties": {"p": ref("S0")}} if wrapped else ref("S0"))
    main = first | {"components": {"schemas": schemas}}
    assert f"grows beyond {MOST_IN_PLACE} schemas" in lost(tmp_path, {"openapi.yaml": main})


@pytest.mark.parametrize(
    "schemas",
    [
        {"S0": ref("S0")},
        {"S0": ref("S1"), "S1": ref("S0")},
        {"S0": {"allOf": [ref("S1")]}, "S1": {"anyOf": [ref("S2")]}, "S2": ref("S0")},
    ],
)
def test_circles(tmp_path: Path, schemas: dict[str, Any]) -> None:
    """A schema that is nothing but itself is told of with its file."""
    assert "itself" in lost(tmp_path, {"openapi.yaml": composed(schemas)})


def test_circles_of_paths(tmp_path: Path) -> None:
    """So are paths that lead to each other; another one beside them is read."""
    paths = {"/a": {"$ref": "#/paths/~1b"}, "/b": {"$ref": "#/paths/~1a"}}
    main = document({})
    contract = contract_of(tmp_path, {"openapi.yaml": main | {"paths": {**main["paths"], **paths}}})
    assert [miss.operation for miss in contract.not_judged] == ["/a", "/b"]
    assert all("circle" in problem for problem in missed(contract))
    assert list(contract.operations) == ["send"]


@pytest.mark.parametrize(
    "target",
    [
        "../secret.yaml",
        "%2e%2e%2fsecret.yaml",
        "..%2fsecret.yaml",
        "sub/../../secret.yaml",
        "file:///etc/passwd",
        "file://localhost/etc/passwd",
        "file:///" + "../" * 5_000 + "etc/passwd",
        "/dev/zero",
        "link.yaml",
        "links/secret.yaml",
        "#/~2",
        "#/%zz",
        "#/info/title",
        "#/paths/0",
        "x" * 100_000,
        "#" + "/a" * 100_000,
        "a\0b",
        "urn:x",
        "data:application/json,{}",
    ],
)
def test_references_out_of_the_pack(tmp_path: Path, target: str) -> None:
    """No spelling of a `$ref` leads out of the pack, and nothing out there is told."""
    write(tmp_path, {"secret.yaml": "title: known to nobody\n"})
    pack = tmp_path / "pack"
    pack.mkdir()
    (pack / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    (pack / "links").symlink_to(tmp_path)
    problem = lost(pack, {"openapi.yaml": document({"$ref": target})})
    assert problem.startswith("openapi.yaml:1: ")
    assert "known to nobody" not in problem
    assert "root:" not in problem


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    """A server on loopback, and the paths that it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "URL/x.yaml"},
        {"$ref": "URL/x.yaml#/a"},
        {"$id": "URL/base/", "properties": {"p": {"$ref": "other.yaml"}}},
        {"$id": "URL/base/", "$anchor": "a", "properties": {"p": {"$ref": "#a"}}},
        {"properties": {"a": {"$id": "URL/b", "properties": {"x": {"$ref": "c.yaml"}}}}},
        {"$schema": "URL/meta", "type": "object"},
        {"$schema": "URL/meta", "$vocabulary": {"URL/v": True}},
        {"enum": [{"$ref": "URL/x.yaml"}]},
        {"default": {"$ref": "URL/x.yaml"}, "const": {"$id": "URL/x"}},
        {"x-contested": {"$ref": "URL/x.yaml"}},
        {"$dynamicRef": "URL/x.yaml"},
        {"externalDocs": {"url": "URL/x.yaml"}},
    ],
)
def test_nothing_remote_is_fetched(
    tmp_path: Path, listener: tuple[str, list[str]], schema: dict[str, Any]
) -> None:
    """Whatever changes the base of references, no server is ever asked for a document."""
    url, asked = listener
    main = json.dumps(document(schema, schema)).replace("URL", url)
    with suppress(ContractError):
        contract = contract_of(tmp_path, {"openapi.yaml": main})
        for content in contract.operations["send"].replies["200"].contents:
            content.message.accepts({})
            list(ask(content.message.place, {"p": 1}))
    assert asked == []


@pytest.mark.parametrize("place", ["rule", "refusal"])
def test_nothing_remote_is_fetched_for_a_pack(
    tmp_path: Path, listener: tuple[str, list[str]], place: str
) -> None:
    """Schemas of the pack's own are held to the same."""
    url, asked = listener
    remote = f"{{$ref: '{url}/x.json'}}"
    rule = f"R1: {{statement: s, operations: [send], then: {remote}}}\n"
    files = {"openapi.yaml": document({}), "rules.yaml": rule if place == "rule" else ""}
    settings = f"{SETTINGS}rules: rules.yaml\n"
    if place == "refusal":
        settings += f"refusal: {remote}\n"
    assert "is not fetched" in refused(tmp_path, files, settings)
    assert asked == []


def test_a_tree_is_lawful(tmp_path: Path) -> None:
    """A schema that contains itself is no attack; replies are judged by it at any depth."""
    tree = {"properties": {"n": {"type": "integer"}, "kids": {"items": ref("T")}}}
    main = document({}, ref("T")) | {"components": {"schemas": {"T": tree}}}
    reply = json_reply(contract_of(tmp_path, {"openapi.yaml": main}))
    value: Any = {"n": 1}
    for _ in range(30):
        value = {"n": 2, "kids": [value]}
    assert all(answer.kept for answer in ask(reply.place, value))
    assert reply.accepts(value)
    assert not reply.accepts({"kids": [{"kids": [{"n": "x"}]}]})


EVIL = [
    "(a+)+$",
    "^(a+)+$",
    "(a|a)*b",
    "^(([a-z])+.)+[A-Z]([a-z])+$",
    "^(?:a|a|b)*(?<!x)c$",
    r"^(a|a|ab)*\1c$",
    "^(?=(a+)+$)b",
    "((((((a*)*)*)*)*)*)*b$",
    "^(.*a){20}$",
    r"^\p{L}+$",
]


@pytest.mark.parametrize("pattern", EVIL)
@pytest.mark.parametrize("text", ["a" * 5_000 + "!", "ab" * 5_000 + "!"])
def test_expressions_without_end_on_replies(tmp_path: Path, pattern: str, text: str) -> None:
    """What a reply says is matched in bounded time, as a value and as the name of a member."""
    schema: dict[str, Any] = {"patternProperties": {pattern: {"type": "string"}}}
    schema["additionalProperties"] = {"pattern": pattern}
    main = document({}, schema)
    reply = json_reply(contract_of(tmp_path, {"openapi.yaml": main}))
    assert [*ask(reply.place, {"x": text})] or "refers back" in str(reply.schema.ignored)
    [*ask(reply.place, {text: "x"})]
    reply.accepts({"x": text, text: "x"})


@pytest.mark.parametrize("at", ["pattern", "patternProperties"])
def test_counts_within_counts(tmp_path: Path, at: str) -> None:
    """What would take a millisecond a character is left unread, and told with its line."""
    slow = "(a{0,200}){0,200}$"
    schema: dict[str, Any] = {at: slow if at == "pattern" else {slow: {}}}
    main = document({}, {"properties": {"x": schema}})
    (problem,) = missed(contract_of(tmp_path, {"openapi.yaml": main}))
    assert problem.startswith("openapi.yaml:")
    assert "counts within counts that multiply beyond 10,000" in problem


def test_more_operations_than_are_tested(tmp_path: Path) -> None:
    """Of ten thousand operations the first ones are tested; each other one says what to do."""
    operation = {"responses": {"200": {"description": "Done."}}}
    main = document({}) | {"paths": {f"/p{i}": {"get": operation} for i in range(10_000)}}
    contract = contract_of(tmp_path, {"openapi.yaml": main})
    assert len(contract.operations) == MOST_OPERATIONS
    assert len(contract.not_judged) == 10_000 - MOST_OPERATIONS
    said = f": the document has more than {MOST_OPERATIONS} operations; split it"
    assert all(one.startswith("openapi.yaml:1") and one.endswith(said) for one in missed(contract))


def test_more_clauses_than_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clauses of all operations and the uses of all rules are counted together."""
    monkeypatch.setattr("clausewise.contract.contract.MOST_CLAUSES", 20)
    rules = "".join(
        f"R{i}: {{statement: s, operations: all, unobservable: x}}\n" for i in range(20)
    )
    files = {"openapi.yaml": document({}), "rules.yaml": rules}
    contract = contract_of(tmp_path, files, f"{SETTINGS}rules: rules.yaml\n")
    with pytest.raises(ContractError, match="clauses, more than 20; split the document"):
        _ = contract.clauses


def test_lists_of_values_without_end(tmp_path: Path) -> None:
    """A hundred thousand values are read at once, and told of in a thousand."""
    values = [f"v{i}" for i in range(100_000)]
    contract = contract_of(tmp_path, {"openapi.yaml": document({"enum": values})})
    assert contract.clauses["send:request#:enum"].promise.endswith(" or one of 99000 more")


@pytest.mark.parametrize("command", [["plan", "--counts"], ["run", "--examples", "0"]])
@pytest.mark.parametrize("kind", ["bomb", "fifo", "expression"])
def test_commands_end(tmp_path: Path, command: list[str], kind: str) -> None:
    """The commands end with a message, without a traceback, and say what is wrong.

    What is no document is an error of usage. A body that nothing can be made of costs its
    operation, and where there is no other one, nothing is judged.
    """
    schema = {"type": "string", "pattern": "^(?=(a+)+$)b"}
    write(tmp_path, {"clausewise.yaml": SETTINGS, "openapi.yaml": json.dumps(document(schema))})
    if kind != "expression":
        (tmp_path / "openapi.yaml").unlink()
    if kind == "bomb":
        write(tmp_path, {"openapi.yaml": _chain(40, "x: [*a{0}, *a{0}, *a{0}]")})
    elif kind == "fifo":
        os.mkfifo(tmp_path / "openapi.yaml")
    done = subprocess.run(  # noqa: S603  # our own command
        [sys.executable, "-m", "clausewise", *command, "--pack", str(tmp_path)]
        + (["--base-url", "http://127.0.0.1:9"] if command[0] == "run" else []),
        capture_output=True,
        text=True,
        timeout=FOR_EVER,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "CLAUSEWISE_CACHE_DIR": ""},
    )
    assert "Traceback" not in done.stderr + done.stdout
    if kind == "expression":
        told = "no lawful body can be made" in done.stdout
        unreachable = "cannot be reached" in done.stderr
        assert (done.returncode, told, unreachable) == (
            (5, True, False) if command[0] == "run" else (0, True, False)
        )
    else:
        assert done.returncode == 4
        assert "openapi.yaml" in done.stderr
