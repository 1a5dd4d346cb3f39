"""Files as data: YAML 1.2 scalars, lines, and files that are none."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from clausewise import ContractError
from clausewise.contract.documents import Documents
from clausewise.contract.source import DEEPEST, FAR, MOST_NODES, Document

from .making import document, load, write


def _read(root: Path, text: str, name: str = "a.yaml") -> Document:
    write(root, {name: text})
    return Documents(root).read(root / name)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("Yes", "Yes"),
        ("y", "y"),
        ("true", True),
        ("False", False),
        ("2026-11-22", "2026-11-22"),
        ("2026-11-22T10:00:00Z", "2026-11-22T10:00:00Z"),
        ("1:30", "1:30"),
        ("1_000", "1_000"),
        ("010", 10),
        ("0o10", 8),
        ("0x1F", 31),
        ("-5", -5),
        ("+5", 5),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("=", "="),
        ("<<", "<<"),
        ("~", None),
        ("null", None),
        ("", None),
        ("'no'", "no"),
        ("'5'", "5"),
        ("!!str 5", "5"),
        ("!!int '5'", 5),
        ("0b1", "0b1"),
        ("café 会議 🎥", "café 会議 🎥"),
    ],
)
def test_scalars_are_those_of_yaml_1_2(tmp_path: Path, text: str, value: object) -> None:
    """Scalars follow the core schema of YAML 1.2, so that dates and `no` stay words."""
    read = _read(tmp_path, f"key: {text}\n").data["key"]
    assert (read, type(read)) == (value, type(value))


def test_keys_are_words_whatever_they_look_like(tmp_path: Path) -> None:
    """A key is taken as it is written: a status code, `no`, a date."""
    data = _read(tmp_path, "200: a\nno: b\n2026-11-22: c\ntrue: d\n~: e\n").data
    assert list(data) == ["200", "no", "2026-11-22", "true", "~"]


def test_every_key_knows_its_line(tmp_path: Path) -> None:
    """Each key of each mapping has the line that it is written on, in flow style too."""
    write(tmp_path, {"sub/a.yaml": "# first\nouter:\n  inner: {a: 1,\n    b: 2}\nlist:\n- x: 1\n"})
    documents = Documents(tmp_path)
    data = documents.read(tmp_path / "sub/a.yaml").data
    found = {
        key: str(documents.source(mapping, key))
        for mapping, key in [
            (data, "outer"),
            (data["outer"], "inner"),
            (data["outer"]["inner"], "a"),
            (data["outer"]["inner"], "b"),
            (data["list"][0], "x"),
        ]
    }
    assert found == {
        "outer": "sub/a.yaml:2",
        "inner": "sub/a.yaml:3",
        "a": "sub/a.yaml:3",
        "b": "sub/a.yaml:4",
        "x": "sub/a.yaml:6",
    }
    assert documents.source(data, "nothing") is None
    assert documents.source({"outer": 1}, "outer") is None


def test_an_alias_is_the_same_value_at_another_place(tmp_path: Path) -> None:
    """An alias repeats its anchor's value, as an object of its own with the anchor's lines."""
    document = _read(tmp_path, "a: &here {k: 1}\nb: *here\n")
    first, second = document.data["a"], document.data["b"]
    assert first == second
    assert first is not second
    assert document.lines[id(second)] == {"k": 1}


def test_merge_keys_fill_in_what_is_not_there(tmp_path: Path) -> None:
    """A merged mapping gives way to own keys, and an earlier one wins over a later one."""
    text = "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc:\n  z: 3\n  <<: [*a, *b]\nd: {<<: *a}\n"
    data = _read(tmp_path, text).data
    assert data["c"] == {"x": 1, "y": 1, "z": 3}
    assert data["d"] == {"x": 1, "y": 1}


def test_json_is_read_with_its_lines(tmp_path: Path) -> None:
    """A JSON file is read like YAML: tabs, escaped slashes, surrogate pairs and exponents."""
    text = '{\n\t"a": "\\ud83c\\udfa5 \\\\ud83c \\/",\n\t"b": 1E3\n}\n'
    document = _read(tmp_path, text, "a.json")
    assert document.data == {"a": "🎥 \\ud83c /", "b": 1000.0}
    assert document.lines[id(document.data)] == {"a": 2, "b": 3}


@pytest.mark.parametrize("space", [" ", "\n", "\t", " " * FAR])
def test_json_and_yaml_of_one_text_are_read_alike(tmp_path: Path, space: str) -> None:
    """As JSON a text has the values, the lines and the columns that it has as YAML."""
    text = (
        '{"a{":_[{"b\\"}":_"{\\"x\\": 1}"},_{},_[{"\\u00e9":_-0}]],_'
        '"c":_{"d":_{"e":_1e3},_"f":_null},_'
        '"g":_[1.0,_12345678901234567890,_true,_"\\\\"],_"<<":_{"a":_"\x7f\u2028"}'
    ).replace("_", space)
    for end in (', "a": ": {"}', ', "c": 1}'):
        read = [_read_or_refused(tmp_path, text + end, name) for name in ("a.json", "b.yml")]
        assert read[0] == read[1]


def _read_or_refused(root: Path, text: str, name: str) -> Any:
    """The values of a file and where each key stands; what is said where it cannot be read."""
    # As it is, YAML would end a line here.
    text = text if name.endswith(".json") else text.replace("\u2028", "\\u2028")
    text = text if name.endswith(".json") else text.replace("\x7f", "\\u007f")
    write(root, {name: text})
    documents = Documents(root)
    try:
        data = documents.read(root / name).data
    except ContractError as error:
        return error.problem, error.line
    found, open_ = [], [data]
    for node in open_:
        inner = list(node.values()) if isinstance(node, dict) else node
        open_ += [one for one in inner if isinstance(one, dict | list)]
        for key in node if isinstance(node, dict) else ():
            source = documents.source(node, key)
            found.append((key, source and source.line, source and source.column))
    return repr(data), found


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ('{\n"a": 1, "b": 1e999}', 2, "1e999 is not a value of JSON"),
        (f'{{"a":\n{"9" * 400}}}', 2, "is not a value of JSON"),
        ('{"a":\n"\\udc00"}', 2, "is not YAML"),
        ("[\n" * (DEEPEST + 1) + "]" * (DEEPEST + 1), DEEPEST + 1, "is nested too deeply"),
        ("[" + "1," * MOST_NODES + "1]", 1, f"grows beyond {MOST_NODES} nodes"),
    ],
)
def test_what_is_odd_in_json_has_its_line(
    tmp_path: Path, text: str, line: int, problem: str
) -> None:
    """JSON that cannot be read, though a parser of JSON would take it, is refused as YAML is."""
    with pytest.raises(ContractError, match=re.escape(problem)) as caught:
        _read(tmp_path, text, "a.json")
    assert str(caught.value).startswith(f"a.json:{line}: ")


def test_what_is_no_json_is_read_as_yaml(tmp_path: Path) -> None:
    """A file that is called JSON may have a comment, or a comma too many."""
    assert _read(tmp_path, '{"a": 1, # one\n}\n', "a.json").data == {"a": 1}


def test_a_byte_order_mark_and_an_empty_file_are_read(tmp_path: Path) -> None:
    """A BOM is no character of the first key; an empty file has no data."""
    assert _read(tmp_path, "\ufeffa: 1\n").data == {"a": 1}
    assert _read(tmp_path, "# nothing\n", "b.yaml").data is None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.yaml", "a: 1\nb: {c: 1,\n  'c': 2}\na: 3\n"),
        ("a.json", '{"a": 1,\n"b": {"c": 1,\n"c": 2},\n"a": 3}'),
    ],
)
def test_of_a_key_that_stands_twice_the_last_one_counts(
    tmp_path: Path, name: str, text: str
) -> None:
    """As readers of JSON have it; each is told with its line, and whoever minds may refuse it."""
    document = _read(tmp_path, text, name)
    assert document.data == {"a": 3, "b": {"c": 2}}
    assert sorted(document.twice) == [("a", 4), ("c", 3)]
    with pytest.raises(ContractError, match="stands twice"):
        document.without_doubles()


BOMB = "a0: &a0 [x]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12)
)


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("a: 1\n? [x]\n: 2\n", 2, "a key must be a plain word"),
        ("a: 1\nb: [\n", 3, "is not YAML"),
        ("a: 1\n b: 2\n", 2, "is not YAML"),
        ("a: *nowhere\n", 1, "there is no anchor 'nowhere'"),
        ("a: &a [*a]\n", 1, "an alias contains itself"),
        ("x: 1\na: &a {b: {c: *a}}\n", 2, "an alias contains itself"),
        ("a: &a {<<: *a}\n", 1, "an alias contains itself"),
        ("a: 1\nb: {<<: 5}\n", 2, "only mappings can be merged with <<"),
        ("a: 1\nb: .nan\n", 2, ".nan is not a value of JSON"),
        ("a: -.inf\n", 1, "-.inf is not a value of JSON"),
        ("a: 1e999\n", 1, "1e999 is not a value of JSON"),
        ("a: !!int many\n", 1, "many is not a value of JSON"),
        ("a: !!bool maybe\n", 1, "maybe is not a value of JSON"),
        (f"a: {'9' * 5000}\n", 1, "is not a value of JSON"),
        ("a: !secret x\n", 1, "the tag !secret means nothing in JSON"),
        ("a: !!binary aGk=\n", 1, "the tag tag:yaml.org,2002:binary means nothing in JSON"),
        ("a: !!set {x, y}\n", 1, "the tag tag:yaml.org,2002:set means nothing in JSON"),
        ("a: 1\n--- \nb: 1\n", 2, "has a second document"),
        ("a: 1\nb: x\x07y\n", 2, "it has control characters"),
        ("a: \x00\n", 1, "it has control characters"),
        (BOMB, 1, f"grows beyond {MOST_NODES} nodes"),
        ("[" * 100_000, 1, "is nested too deeply"),
        ("a: 1\nb: " + "[" * DEEPEST + "]" * DEEPEST + "\n", 2, "is nested too deeply"),
    ],
)
def test_what_is_wrong_with_a_file_has_its_line(
    tmp_path: Path, text: str, line: int, problem: str
) -> None:
    """A file that cannot be read is refused with its name, the line and the reason."""
    with pytest.raises(ContractError, match=re.escape(problem)) as caught:
        _read(tmp_path, text)
    assert str(caught.value).startswith(f"a.yaml:{line}: ")


def test_merges_that_multiply_stay_small(tmp_path: Path) -> None:
    """Merging the same mapping over and over makes it no bigger."""
    text = "a0: &a0 {x: 1}\n" + "".join(
        f"a{i}: &a{i} {{<<: [{', '.join([f'*a{i - 1}'] * 9)}]}}\n" for i in range(1, 40)
    )
    assert _read(tmp_path, text).data["a39"] == {"x": 1}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a: 1\nb: \xff\n", "a.yaml:2: is not UTF-8: invalid start byte"),
        ("a: é".encode("utf-16-le")[:-1], "a.yaml:1: is not UTF-16: truncated data"),
        ("a: é".encode("utf-16")[:-1], "a.yaml:1: is not UTF-16: truncated data"),
    ],
)
def test_bytes_that_are_not_utf8(tmp_path: Path, content: bytes, said: str) -> None:
    """A file in another encoding is refused, with the line of the first odd byte."""
    (tmp_path / "a.yaml").write_bytes(content)
    with pytest.raises(ContractError) as caught:
        Documents(tmp_path).read(tmp_path / "a.yaml")
    assert str(caught.value) == said


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_encodings_of_yaml(tmp_path: Path, encoding: str, end: str) -> None:
    """A byte order mark says what a file is in (YAML 1.2, section 5.2); lines end as they may."""
    (tmp_path / "a.yaml").write_bytes(f"é: 1{end}b: [ü]{end}".encode(encoding))
    read = Documents(tmp_path).read(tmp_path / "a.yaml")
    assert read.data == {"é": 1, "b": ["ü"]}


@pytest.mark.parametrize("bare", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark(tmp_path: Path, bare: str) -> None:
    """Its first character is one of ASCII, so one byte of that is zero."""
    (tmp_path / "a.yaml").write_bytes("b: [ü, 雪]\n".encode(bare))
    (tmp_path / "a.json").write_bytes('{"b": ["ü", "雪"]}'.encode(bare))
    documents = Documents(tmp_path)
    for name in ("a.yaml", "a.json"):
        assert documents.read(tmp_path / name).data == {"b": ["ü", "雪"]}


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """A missing file, and a folder in its place, are named."""
    with pytest.raises(ContractError, match=r"^no\.yaml: cannot be read: No such file"):
        Documents(tmp_path).read(tmp_path / "no.yaml")
    with pytest.raises(ContractError, match="cannot be read: Is a directory"):
        Documents(tmp_path).read(tmp_path)


def test_a_file_is_read_once(tmp_path: Path) -> None:
    """A file is read once, by whichever path it is named."""
    write(tmp_path, {"a/b.yaml": "k: 1\n"})
    documents = Documents(tmp_path)
    assert documents.read(tmp_path / "a/b.yaml") is documents.read(tmp_path / "a/../a/b.yaml")


def test_the_digest_changes_with_any_document(tmp_path: Path) -> None:
    """The digest of documents changes when a byte or a name does."""

    def digest(files: dict[str, str]) -> str:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        documents = Documents(write(folder, files))
        for name in files:
            documents.read(folder / name)
        return documents.digest()

    texts: list[Any] = [{"a.yaml": "k: 1\n"}, {"a.yaml": "k: 2\n"}, {"b.yaml": "k: 1\n"}]
    assert len({digest(files) for files in texts}) == 3
    assert digest(texts[0]) == digest(texts[0])


def test_the_digest_of_clauses_is_one_of_promises(tmp_path: Path) -> None:
    """Words, order and references change nothing of it; another value of a keyword does."""
    size = {"type": "integer", "maximum": 9}

    def digest(schema: Any, **more: Any) -> str:
        return load(tmp_path, {"openapi.yaml": document(schema) | more}).clauses_digest

    plain = digest({"type": "object", "properties": {"size": size, "name": {"type": "string"}}})
    other = {"name": {"type": "string"}, "size": {"$ref": "#/components/schemas/Size"}}
    same = digest(
        {"properties": other, "type": "object", "description": "In other words."},
        components={"schemas": {"Size": size}},
    )
    less = digest({"type": "object", "properties": {"size": size | {"maximum": 8}, "name": {}}})
    assert plain == same != less
