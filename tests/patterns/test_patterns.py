"""Regular expressions: what ECMA-262 says of them, in both engines that validators have."""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess

import jsonschema_rs
import pytest

from clausewise.patterns.cost import parsed
from clausewise.patterns.halves import halves_of_pattern
from clausewise.patterns.parts import UntranslatableError
from clausewise.patterns.translating import for_python, translated

NODE = shutil.which("node")

# A pattern, texts that have it, and texts that do not.
TABLE = [
    (r"^\d+$", ["0", "42"], ["", "٣", "1\n", "a"]),
    (r"^\D$", ["a", "٣"], ["1"]),
    (r"^\w+$", ["a_1", "Z"], ["é", "a-b"]),
    (r"^\W$", ["é", "-"], ["a"]),
    (r"^[^\W_]$", ["a", "1"], ["_", "é", "\n"]),
    (r"^[\s\S]$", ["\n", "😀", "\u2028"], ["", "ab"]),
    (r"^\s$", ["\t", "\u00a0", "\ufeff", "\u2028", "\u3000"], ["\u0085", "\x1c", "\u200b", "a"]),
    (r"^\S+$", ["a\u0085"], ["a b", "\ufeff"]),
    (r"\bcat\b", ["a cat", "écaté cat", "écaté"], ["cats", "_cat"]),
    (r"^a\Bb$", ["ab"], ["a b"]),
    (r"^\<b\>$", ["<b>"], ["b", r"\<b\>"]),
    (r"^\-\_\@\"\'\/\#\&\~$", ["-_@\"'/#&~"], ["-"]),
    (r"^[^]$", ["a", "\n", "😀"], ["", "ab"]),
    (r"^[]$|^x$", ["x"], ["", "a"]),
    (r"^[\w-.]+$", ["a-b.c"], ["a b", "a+b"]),
    (r"^[a-\d]+$", ["a-1"], ["b"]),
    (r"^[+--]$", ["+", ",", "-"], ["."]),
    (r"^[-a]$", ["-", "a"], ["b"]),
    (r"^{id}$", ["{id}"], ["id"]),
    (r"^x{,3}$", ["x{,3}"], ["xx", ""]),
    (r"^a{2}$", ["aa"], ["a", "a{2}"]),
    (r"^]}$", ["]}"], ["]"]),
    (r"^\0$", ["\0"], ["0"]),
    (r"^[\b]$", ["\b"], ["b"]),
    (r"^\cJ\cj$", ["\n\n"], ["J"]),
    (r"^\x41\u0042\u{43}$", ["ABC"], ["abc"]),
    (r"^\uD83D\uDE00$", ["😀"], ["😁"]),
    (r"^[\uD83D\uDE00-\uD83D\uDE02]$", ["😀", "😁"], ["a", "😃"]),
    (r"^.$", ["a", "😀", "\u0085"], ["\n", "\r", "\u2028", "\u2029", ""]),
    (r"^a$", ["a"], ["a\n", "\na", "ab"]),
    (r"^(?<year>\d{4})-\k<year>$", ["2026-2026"], ["2026-2025", "٢٠٢٦-٢٠٢٦"]),
    (r"^(a|b)\1$", ["aa", "bb"], ["ab"]),
    (r"^\1(a)$", ["a"], ["aa"]),
    (r"^(a)(?:\1)0$|^(?:(b))\2$", ["aa0", "bb"], ["a0", "b"]),
    (r"^(?!0)\d{4}$", ["1234"], ["0123", "١٢٣٤"]),
    (r"(?<=\$)\d+", ["$5"], ["€5"]),
    (r"(?<!\$)\b\d", ["€5"], ["$5"]),
    (r"^\p{Lu}\p{Ll}+$", ["Éa", "Ab"], ["ab", "A1"]),
    (r"^[^\p{L}\d]$", ["-"], ["é", "1"]),
    (r"^\P{L}$", ["-", "1"], ["é"]),
    (r"^\p{Script=Greek}+$", ["αβγ"], ["abc"]),
    (r"^[a&&b]+$", ["a&b"], ["c"]),
    (r"^[a~~b||c]+$", ["~|"], ["d"]),
    (r"^[[a]+$", ["[a"], ["b"]),
    (r"^[\S\s]+$", ["a \n"], [""]),
    (r"^[^\S ]+$", ["\t"], [" ", "a"]),
    (r"^a*?b+?$", ["ab", "bb"], ["a"]),
    (r"", ["", "a"], []),
    (r"a|", ["", "b"], []),
    (r"^(?:a|b|)$", ["", "a"], ["c"]),
]

FOREIGN = [
    "(?i)a", "(?P<year>a)", "a++", "(?>a)", r"\Aa", r"a\Z", r"a\z", r"\Qa\E", r"\h", r"\R", "a**",
    "*a", "(a", "a)", "[a", "a\\", "a{2,1}", "[b-a]", r"\k<no>", r"(a)\2", r"(a)?\1",
    r"(?:(a)|b\1)+", r"(?<=(a)\1)b", "(?<n>a)(?<n>b)", r"\p{NoSuch}", r"\pL", "(?=a)*", "^*",
    "(" * 200 + ")" * 200, "a" * 30_000, "(a{999}){999}", "[[:alpha:]-\\k]", "(?#no)a",
    r"\u{110000}",
]  # fmt: skip


def in_engine(pattern: str, text: str) -> bool:
    """What the validator of replies says."""
    return jsonschema_rs.Draft202012Validator({"pattern": translated(pattern)}).is_valid(text)


def in_re(pattern: str, text: str) -> bool:
    """What the second validator says."""
    return re.search(for_python(pattern), text) is not None


@pytest.mark.parametrize(("pattern", "having", "lacking"), TABLE, ids=[row[0] for row in TABLE])
def test_an_expression_means_what_ecma_262_says(
    pattern: str, having: list[str], lacking: list[str]
) -> None:
    """Both engines find a pattern in the same texts, and those are the right ones."""
    for text in (*having, *lacking):
        assert in_engine(pattern, text) is (text in having), text
        assert in_re(pattern, text) is (text in having), text


@pytest.mark.parametrize("pattern", FOREIGN, ids=[pattern[:20] for pattern in FOREIGN])
def test_what_is_no_expression_of_ecma_262_says_so(pattern: str) -> None:
    """Other dialects, wrong syntax and what no engine here can match end in one error."""
    with pytest.raises(UntranslatableError):
        translated(pattern)


@pytest.mark.parametrize("pattern", [row[0] for row in TABLE])
def test_a_translation_is_translated_to_itself(pattern: str) -> None:
    """What was translated once may be translated again, and Python reads it the same."""
    once = translated(pattern)
    assert translated(once) == once
    assert for_python(once) == for_python(pattern)


PARTS = [
    "a", "b", "-", "_", " ", "é", "1", ".", "^", "$", "|", "(", ")", "(?:", "(?=", "(?!", "(?<=",
    "(?<!", "[", "[^", "]", "{", "}", "{1}", "{0,2}", "*", "+", "?", "\\d", "\\D", "\\w", "\\W",
    "\\s", "\\S", "\\b", "\\B", "\\1", "\\n", "\\x41", "\\u0041", "\\-", "\\.", "\\/", "\\0", "😀",
    "a-b", "[a-c]", "[\\d-]", "(a)", "\\p{Lu}", ",", "\n",
]  # fmt: skip
CHARACTERS = [
    "a",
    "b",
    "A",
    "-",
    "_",
    " ",
    "é",
    "1",
    "٣",
    "\n",
    "\u2028",
    "\ufeff",
    "😀",
    ".",
    "{",
    ",",
]

ASK = """
const asked = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const read = pattern => {
  try { return new RegExp(pattern, 'u'); } catch {}
  try { return new RegExp(pattern); } catch { return null; }
};
console.log(JSON.stringify(asked.map(([pattern, texts]) => {
  const expression = read(pattern);
  return expression && [expression.unicode, texts.map(text => expression.test(text))];
})));
"""


@pytest.mark.parametrize(
    "pattern",
    [r"[^\W_]", r"[\W]", r"[\s\S]", r"[^]", r"[^\W\d_]+", r"\S", r"[^\S ]", r"(?!.*\W)[\d\D]*x"],
)
def test_few_characters_stand_for_what_nearly_all_are(pattern: str) -> None:
    """Hypothesis goes through every character that a class names, which took half a minute."""
    ranges = re.findall(r"RANGE, \((\d+), (\d+)\)", str(parsed(pattern)))
    assert sum(int(last) - int(first) for first, last in ranges) < 1_000


def test_expressions_mean_what_a_browser_finds_in_them() -> None:
    """For random expressions and texts, both engines say what Node's RegExp says."""
    if NODE is None:
        pytest.skip("Node.js, whose RegExp is asked, is not installed")
    chance = random.Random(262)  # noqa: S311  # no secret comes of it
    asked = [(pattern, [*having, *lacking]) for pattern, having, lacking in TABLE]
    for _ in range(6_000):
        pattern = "".join(chance.choices(PARTS, k=chance.randint(1, 8)))
        texts = ["".join(chance.choices(CHARACTERS, k=chance.randint(0, 4))) for _ in range(6)]
        asked.append((pattern, texts))
    done = subprocess.run(  # noqa: S603  # the text is our own
        [NODE, "-e", ASK], input=json.dumps(asked), capture_output=True, text=True, check=True
    )
    compared = 0
    for (pattern, texts), told in zip(asked, json.loads(done.stdout), strict=True):
        try:
            translated(pattern)
        except UntranslatableError:
            continue
        assert told is not None, f"{pattern!r} is no expression at all"
        is_unicode, answers = told
        for text, answer in zip(texts, answers, strict=True):
            # Without its flag, Node takes a character beyond U+FFFF for two, and `\\p` for a `p`.
            if not is_unicode and ("😀" in pattern + text or "\\p" in pattern):
                continue
            compared += 1
            assert in_engine(pattern, text) is answer, (pattern, text)
            try:
                assert in_re(pattern, text) is answer, (pattern, text)
            except re.error:  # a look-behind of no fixed length: Python has no way to match it
                assert "(?<" in pattern
    assert compared > 5_000


@pytest.mark.parametrize(
    ("pattern", "halves"),
    [
        ("^(?=a)(?!b[)(])[c-e]+$", ["^(?=a)", "^(?!b[)(])", "^[c-e]+$"]),
        ("^(?!a|b$)(?=c|d)x", ["^(?!a)", "^(?!b$)", "^(?=c|d)", "^x"]),
        (r"^(?=(?:a|b)\()x", [r"^(?=(?:a|b)\()", "^x"]),
        ("^(?=a)(?=b)", ["^(?=a)", "^(?=b)"]),
        ("^(?=a)(?:b|c)$", ["^(?=a)", "^(?:b|c)$"]),
        ("^(?=a)b|c$", []),
        (r"^(?=(a))\1", []),
        ("(?=a)b", []),
        ("^(?:a)(?=b)", []),
        ("^abc$", []),
    ],
)
def test_an_expression_with_look_aheads_says_several_things(
    pattern: str, halves: list[str]
) -> None:
    """Each look-ahead at the begin is one, and what follows; of a choice that is barred, each."""
    assert halves_of_pattern(pattern) == halves
