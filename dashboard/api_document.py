"""The OpenAPI document: the routes as FastAPI knows them, with what is sent to each and what it answers.

Bodies of entries are told from the dataclasses of the kinds themselves, so that a new field needs no second place.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from models.entries import ENTRY_KINDS, Content, Opening, Written

Schema = dict[str, Any]
_SERVERS_OWN: Final = frozenset({"moved_from", "moved_from_chair", "moved_to_chair", "unconfirmed"})
"""Fields that stand in records and are written by the server alone."""
_READS_MOVED_FROM: Final = frozenset({"correction"})
_PLAIN: Final[dict[object, Schema]] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
}


def _text(most: int = 500) -> Schema:
    return {"type": "string", "minLength": 1, "maxLength": most}


def _object(required: str = "", /, **fields: Schema) -> Schema:
    """Return an object with these fields and no others; ``required`` names some of them."""
    wanted = {"required": required.split()} if required else {}
    return {"type": "object", "properties": fields, "additionalProperties": False} | wanted


def _answer(*fields: str) -> Schema:
    """Return an answer that holds at least these fields."""
    return {"type": "object", "required": list(fields)}


_ID: Final[Schema] = {"type": "string", "format": "uuid"}
_TIME: Final[Schema] = {"type": "string", "format": "date-time"}
_LIST: Final[Schema] = {
    "type": "object",
    "required": ["items", "next"],
    "properties": {"items": {"type": "array", "items": {"type": "object"}}, "next": {"type": ["string", "null"]}},
}
PROBLEM: Final[Schema] = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "errors"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {"type": "array", "items": _answer("field", "message")},
        "confirm": {"type": "array", "items": _answer("field", "value", "reason")},
    },
}
_FOLD: Final = _answer(
    *("id", "phase", "state", "chair", "patient", "baseline", "latest", "flags", "due", "infusion", "alerts"),
    *("events", "discharge", "signed_by", "last_seq"),
)
_VERSION: Final = _answer("id", "name", "version", "in_force", "published", "signed_off")
_DRAFT: Final = _answer("id", "from", "revision", "protocol", "faults", "changes")
_PATIENT: Final = _answer("id", "mrn", "family", "given", "birth_date", "sex")
_STORED: Final = _answer("entry", "flags", "state")
_USER: Final = _answer("user", "csrf_token")


@dataclass(frozen=True, slots=True)
class Told:
    """What is sent to a route, what it answers and with which codes, and what its address may ask for."""

    answer: Schema | None
    body: Schema | None = None
    codes: tuple[int, ...] = (200,)
    query: tuple[str, ...] = ()
    media: str = "application/json"


def schema_of(hint: object) -> Schema:
    """Return the schema of a field's type; what may be absent may also be null.

    Raises:
        TypeError: a type that no kind has used before.
    """
    origin, inner = get_origin(hint), get_args(hint)
    if hint in _PLAIN:
        return _PLAIN[hint]
    if origin in {Union, types.UnionType}:
        return {"anyOf": [schema_of(one) for one in inner if one is not type(None)] + [{"type": "null"}]}
    if origin is tuple:
        return {"type": "array", "items": schema_of(inner[0])}
    if origin is Mapping:
        return {"type": "object", "additionalProperties": schema_of(inner[1])}
    if hint is Written:
        return {
            "type": "object",
            "properties": {"kind": _text(), "measured_at": _TIME},
            "required": ["kind", "measured_at"],
        }
    if isinstance(hint, type) and issubclass(hint, Content):
        return _object(" ".join(_required(hint)), **_fields(hint))
    said = f"{hint}: say in schema_of how this is written in JSON."
    raise TypeError(said)


def _fields(content: type[Content]) -> dict[str, Schema]:
    hidden = _SERVERS_OWN - ({"moved_from"} if content.kind in _READS_MOVED_FROM else frozenset())
    hints = get_type_hints(content)
    return {one.name: schema_of(hints[one.name]) for one in _own(content) if one.name not in hidden}


def _required(content: type[Content]) -> list[str]:
    missing = dataclasses.MISSING
    return [one.name for one in _own(content) if one.default is missing and one.default_factory is missing]


def _own(content: type[Content]) -> tuple[dataclasses.Field[Any], ...]:
    return dataclasses.fields(content)  # type: ignore[arg-type]  # every kind is a dataclass


def entry_schemas() -> dict[str, Schema]:
    """Return the body of every kind that is posted as an entry, by the name of the kind."""
    found = {}
    for kind in ENTRY_KINDS:
        if kind.content is not Opening:  # written by seating a patient
            head = {"id": _ID, "kind": {"const": kind.key}, "measured_at": _TIME}
            names = ["id", "kind", "measured_at", *_required(kind.content)]
            found[kind.key] = _object(" ".join(names), **head, **_fields(kind.content))
    return found


def _seating() -> Schema:
    return _object(" ".join(_required(Opening)), id=_ID, arrived_at=_TIME, **_fields(Opening))


_NEW_PATIENT: Final = _object(
    "mrn family given birth_date sex",
    mrn=_text(64),
    family=_text(100),
    given=_text(100),
    birth_date={"type": "string", "format": "date"},
    sex={"enum": ["male", "female", "other", "unknown"]},
    indication=_text(200),
)
_MOVE: Final = _object(
    "id measured_at entry_id to reason",
    id=_ID,
    measured_at=_TIME,
    entry_id=_ID,
    to=_ID,
    reason=_text(),
    confirmed={"type": "array", "items": _text(200)},
)
_SAVED: Final = _object("revision protocol", revision={"type": "integer", "minimum": 1}, protocol={"type": "object"})
_NAMED: Final = _answer("name", "role", "disabled", "second_factor")
_PASSWORD: Final = _object("password", password={"type": "string"})
_EMERGENCY: Final = _object(
    "reason",
    session=_ID,
    site=_text(64),
    chair=_text(40),
    reason=_text(),
    minutes={"type": "integer", "minimum": 1, "maximum": 60},
)
_CREDENTIALS: Final = {
    "type": "object",
    "properties": {"username": {"type": "string"}, "password": {"type": "string"}, "code": {"type": "string"}},
    "required": ["username", "password"],
}


def told() -> dict[tuple[str, str], Told]:
    """Return what is told of every route of the API, by method and path."""
    return _signing() | _watching() | _managing() | _charting() | _protocols()


def _signing() -> dict[tuple[str, str], Told]:
    """Return what is told of signing in, of the own account and of the sites somebody works at."""
    return {
        ("POST", "/api/v1/sign-in"): Told(_USER, _CREDENTIALS),
        ("POST", "/api/v1/sign-out"): Told(None, codes=(204,)),
        ("GET", "/api/v1/me"): Told(_USER),
        ("GET", "/api/v1/time"): Told(_answer("now")),
        ("POST", "/api/v1/used"): Told(None, codes=(204,)),
        ("POST", "/api/v1/lock"): Told(None, codes=(204,)),
        ("GET", "/api/v1/switch"): Told(_LIST),
        ("POST", "/api/v1/switch"): Told(_USER, _object("username pin", username=_text(64), pin=_text(8))),
        ("GET", "/api/v1/account"): Told(_answer("user", "second_factor")),
        ("POST", "/api/v1/account/pin"): Told(
            _answer("until"), _object("pin password", pin=_text(8), password={"type": "string"}), (201,)
        ),
        ("DELETE", "/api/v1/account/pin"): Told(None, codes=(204,)),
        ("POST", "/api/v1/account/password"): Told(
            None,
            _object("password new_password", password={"type": "string"}, new_password={"type": "string"}),
            (204,),
        ),
        ("POST", "/api/v1/account/second-factor"): Told(_answer("secret", "address", "qr"), _PASSWORD, (201,)),
        ("POST", "/api/v1/account/second-factor/confirm"): Told(
            _answer("recovery_codes"), _object("code", code=_text(16)), (201,)
        ),
        ("POST", "/api/v1/account/second-factor/remove"): Told(None, _PASSWORD, (204,)),
        ("GET", "/api/v1/sites"): Told(_LIST),
        ("POST", "/api/v1/sites/{site}/act"): Told(None, codes=(204,)),
    }


def _watching() -> dict[tuple[str, str], Told]:
    """Return what is told of the trail and of emergency access."""
    asked = ("person", "session", "patient", "mrn", "kind", "from", "to", "after")
    return {
        ("GET", "/api/v1/trail"): Told(_LIST, query=asked),
        ("GET", "/api/v1/emergency-access"): Told(_LIST),
        ("POST", "/api/v1/emergency-access"): Told(
            _answer("id", "person", "session", "reason", "began_at", "until"), _EMERGENCY, (201,)
        ),
        ("POST", "/api/v1/emergency-access/{emergency}/end"): Told(None, codes=(204,)),
    }


def _managing() -> dict[tuple[str, str], Told]:
    """Return what is told of looking after chairs, people, devices and the wall."""
    names = _object("names", names={"enum": ["none", "initials", "given", "full"]})
    account = _object("name role password", name=_text(64), role=_text(16), password={"type": "string"})
    person = "/api/v1/people/{account}"
    return {
        ("GET", "/api/v1/wall"): Told(_answer("names")),
        ("POST", "/api/v1/wall"): Told(_answer("names"), names),
        ("GET", "/api/v1/people"): Told(_LIST),
        ("POST", "/api/v1/people"): Told(_NAMED, account, (201,)),
        ("GET", "/api/v1/people/tokens"): Told(_LIST),
        ("POST", "/api/v1/people/tokens"): Told(_answer("name", "token"), _object("name", name=_text(64)), (201,)),
        ("POST", "/api/v1/people/tokens/{token}/revoke"): Told(None, codes=(204,)),
        ("GET", person): Told(_NAMED),
        ("POST", f"{person}/disable"): Told(_NAMED),
        ("POST", f"{person}/enable"): Told(_NAMED),
        ("POST", f"{person}/role"): Told(_NAMED, _object("role", role=_text(16))),
        ("POST", f"{person}/password"): Told(_NAMED, _PASSWORD),
        ("POST", f"{person}/second-factor/reset"): Told(_NAMED, _PASSWORD),
        ("POST", "/api/v1/chairs/{chair}/state"): Told(
            _answer("id", "name", "state"), _object("state", state=_text(16), note=_text(80))
        ),
        ("POST", "/api/v1/chairs/{chair}/nurse"): Told(
            _answer("id", "name", "state"), _object("take", take={"type": "boolean"})
        ),
        ("GET", "/api/v1/chairs/{chair}/log"): Told(_LIST),
    }


def _charting() -> dict[tuple[str, str], Told]:
    """Return what is told of chairs, patients, sessions and entries."""
    made = (201, 200)
    return {
        ("GET", "/api/v1/chairs"): Told(_LIST),
        ("POST", "/api/v1/chairs"): Told(_answer("id", "name"), _object("name", name=_text(40)), (201,)),
        ("GET", "/api/v1/upcoming"): Told(_LIST),
        ("GET", "/api/v1/patients"): Told(_LIST, query=("query", "after")),
        ("POST", "/api/v1/patients"): Told(_PATIENT, _NEW_PATIENT, (201,)),
        ("GET", "/api/v1/patients/{patient}"): Told(_PATIENT),
        ("GET", "/api/v1/patients/{patient}/last-time"): Told(_answer("last_time")),
        ("GET", "/api/v1/sessions"): Told(_LIST, query=("state", "after")),
        ("POST", "/api/v1/sessions"): Told(_FOLD, _seating(), made),
        ("GET", "/api/v1/sessions/{session}"): Told(_FOLD, query=("at", "known")),
        ("GET", "/api/v1/sessions/{session}/record.csv"): Told({"type": "string"}, media="text/csv"),
        ("GET", "/api/v1/sessions/{session}/record.pdf"): Told({"type": "string"}, media="application/pdf"),
        ("GET", "/api/v1/sessions/{session}/fhir"): Told({"type": "object"}, media="application/fhir+json"),
        ("GET", "/api/v1/sessions/{session}/serious.json"): Told(_answer("session", "warning", "as_at", "cases")),
        ("GET", "/api/v1/sessions/{session}/entries"): Told(_LIST, query=("after",)),
        ("POST", "/api/v1/sessions/{session}/entries"): Told(_STORED, {"oneOf": list(entry_schemas().values())}, made),
        ("POST", "/api/v1/sessions/{session}/moves"): Told(_STORED, _MOVE, made),
        ("GET", "/api/v1/events"): Told(_LIST, query=("from", "to", "term", "grade")),
        ("GET", "/api/v1/events.csv"): Told(
            {"type": "string"}, query=("from", "to", "term", "grade"), media="text/csv"
        ),
    }


def _protocols() -> dict[tuple[str, str], Told]:
    """Return what is told of protocols and their drafts."""
    return {
        ("GET", "/api/v1/protocols"): Told(_LIST),
        ("GET", "/api/v1/protocols/{version}"): Told(_VERSION),
        ("GET", "/api/v1/protocols/{version}/differences"): Told(_LIST, query=("from",)),
        ("POST", "/api/v1/protocols/{version}/sign-off"): Told(_VERSION, _object("meaning", meaning=_text()), (201,)),
        ("GET", "/api/v1/protocols/drafts"): Told(_LIST),
        ("POST", "/api/v1/protocols/drafts"): Told(_DRAFT, {"type": "object", "properties": {"from": _ID}}, (201,)),
        ("GET", "/api/v1/protocols/drafts/{draft}"): Told(_DRAFT),
        ("PUT", "/api/v1/protocols/drafts/{draft}"): Told(_DRAFT, _SAVED),
        ("DELETE", "/api/v1/protocols/drafts/{draft}"): Told(None, codes=(204,)),
        ("POST", "/api/v1/protocols/drafts/{draft}/publish"): Told(_VERSION, _object("reason", reason=_text()), (201,)),
    }


def documented(server: FastAPI) -> Callable[[], Schema]:
    """Return what answers with the document, made once all routes are there."""
    made: list[Schema] = []

    def document() -> Schema:
        if not made:
            made.append(_document(server))
        return made[0]

    return document


def _document(server: FastAPI) -> Schema:
    found: Schema = get_openapi(title=server.title, version=server.version, routes=server.routes)
    known = told()
    for path, operations in found["paths"].items():
        for method, operation in operations.items():
            _complete(operation, known.get((method.upper(), path), Told({})))
    found["components"] = {
        "schemas": {"Problem": PROBLEM},
        "securitySchemes": {
            "session": {"type": "apiKey", "in": "cookie", "name": "chairside"},
            "device": {"type": "http", "scheme": "bearer"},
        },
    }
    found["security"] = [{"session": []}, {"device": []}]
    found["paths"]["/api/v1/sign-in"]["post"]["security"] = []
    return found


def _complete(operation: Schema, what: Told) -> None:
    """Say of one operation what is sent and answered; every refusal is a problem document."""
    good = {"description": "Done"} if what.answer is None else _content("Done", what.media, what.answer)
    refusal = _content("Refused, with the reason", "application/problem+json", {"$ref": "#/components/schemas/Problem"})
    operation["responses"] = {str(code): good for code in what.codes} | {"4XX": refusal, "503": refusal}
    if what.body is not None:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": what.body}}}
    asked = [{"name": name, "in": "query", "schema": {"type": "string"}} for name in what.query]
    if asked:
        operation["parameters"] = operation.get("parameters", []) + asked


def _content(description: str, media: str, schema: Schema) -> Schema:
    return {"description": description, "content": {media: {"schema": schema}}}
