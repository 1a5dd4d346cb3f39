r"""Regular expressions of ECMA-262, written so that two other engines read the same in them.

JSON Schema asks for ECMA-262 with Unicode (2020-12 core, section 6.4). jsonschema-rs has Rust's
engine and `jsonschema` has Python's, and both differ from it: in `\d`, `\s`, `\b`, `.` and `$`,
in what may be escaped, in empty classes. `translated` gives an expression of the few forms that
ECMA-262 and Rust read alike; `for_python` gives the same for `re`. Forms of Annex B that documents
use (`^{id}$`, `[\w-.]`, `\-`) are read as browsers do; text is a row of code points.
"""

from __future__ import annotations

from functools import lru_cache

import jsonschema_rs

from clausewise.patterns.counting import MOST_COUNTED, counted
from clausewise.patterns.parts import UntranslatableError
from clausewise.patterns.text import engine_range, python_range, rendered


@lru_cache(maxsize=20_000)
def translated(pattern: str) -> str:
    """The expression in forms that ECMA-262 and Rust's engine read alike.

    Raises UntranslatableError where it is no expression of ECMA-262, refers back to a group that
    may have matched nothing, or is beyond what the engine can match in good time.
    """
    text = rendered(pattern, engine_range)
    if counted(text) > MOST_COUNTED:
        raise UntranslatableError(
            f"has counts within counts that multiply beyond {MOST_COUNTED:,}, which takes too "
            "long on long texts; write it with `*` or `+`, and the length as maxLength"
        )
    try:
        jsonschema_rs.Draft202012Validator({"pattern": text})
    except ValueError as error:  # a ValidationError is one as well
        raise UntranslatableError("is more than the engine of regular expressions takes") from error
    return text


@lru_cache(maxsize=20_000)
def for_python(pattern: str) -> str:
    """The same expression for Python's `re`, which may still know no way to match it.

    Takes what `translated` gives too. Raises UntranslatableError as that does.
    """
    return rendered(pattern, python_range, python=True)
