"""What an attacker writes: values of every wrong type, texts that try to run, and the words no answer may hold."""

from __future__ import annotations

from typing import Final

from hypothesis import strategies as st

LEAKS: Final = (
    "Traceback",
    'File "',
    ".py",
    "sqlalchemy",
    "sqlite3",
    "psycopg",
    "SELECT ",
    "INSERT ",
    "/tmp/",  # noqa: S108  # a word, no file
    "site-packages",
)
"""Of a trace, of SQL, or of a path on the server."""

TEXTS: Final = (
    "<script>window.__hit=1</script>",
    '"><img src=x onerror="window.__hit=1">',
    "'><svg/onload=window.__hit=1>",
    "</script><script>window.__hit=1</script>",
    "</textarea></title></style><iframe srcdoc='<script>parent.__hit=1</script>'>",
    "javascript:window.__hit=1//",
    '" onfocus="window.__hit=1" autofocus="',
    "{{constructor.constructor('window.__hit=1')()}} ${window.__hit=1} <%= 7*7 %>",
    "[x](javascript:window.__hit=1)",
    "&lt;b&gt;\u202eevoli\u202c \u2066x\u2069 \ufeff",
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "'=1+1",
    '=HYPERLINK("http://evil.example","x")',
    "%s %n {0} $where '; DROP TABLE entries; --",
)

SCALARS: Final = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(),  # NaN and the infinities are among them
    st.text(max_size=40),
    st.sampled_from(
        [*TEXTS, "\x00", "9" * 400, "2026-02-30", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00", "__proto__"]
    ),
)
KEYS: Final = st.one_of(
    st.text(max_size=12), st.sampled_from(["__proto__", "constructor", "__class__", "id", "kind", ""])
)
VALUES: Final = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=12,
)


def nested(depth: int) -> object:
    """Return lists and objects within each other."""
    body: object = "x"
    for _ in range(depth):
        body = {"a": [body]}
    return body
