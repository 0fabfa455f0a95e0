"""What the demo shows when it starts: its people, the eight chairs as they stand, and the week before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import cycle
from typing import Any, Final

from dashboard.simulate import Invented, character, dice
from dashboard.simulated_nurse import Care, plan_effect
from dashboard.ward import SetClock, Ward
from models.moments import MIN, iso
from models.people import Person
from models.session import Chair, SessionView

SEED: Final = 1
BEFORE_START: Final = 9
"""Minutes from arrival to start: screening, first set, start."""

NAMES: Final[tuple[tuple[str, str, str, int], ...]] = (
    ("Fennimarsh", "Ottoline", "female", 1979),
    ("Æðarfjall", "Þórdís", "female", 1986),
    ("Quillfeather-Montgomery-Ashdown", "Wilhelmina-Theodora", "female", 1951),
    ("Nubeclara", "Xóchitl", "female", 1990),
    ("Śnieżynka", "Łucja", "female", 1974),
    ("Åkersø", "Bjørn", "male", 1968),
    ("Tidewell", "Amos", "male", 1982),
    ("Sương", "Mai", "female", 1995),
    ("Kastanienbaum", "Jörg", "male", 1959),
    ("Ọlọ́run-Dára", "Bísọ́lá", "female", 1988),
    ("Lanternjaw", "Peregrine", "male", 1971),
    ("Ветрова", "Зоя", "female", 1983),
    ("O’Thistle", "Bríd", "female", 1966),
    ("Moonpenny", "Tamsin", "female", 1999),
    ("Hoshizora", "Ren", "other", 1993),
    ("Çağlayan", "Deniz", "male", 1977),
    ("Brambleby", "Ida", "female", 1948),
    ("Papadimitropoúlou-Vandersloot", "Aurelia", "female", 1981),
    ("Saltmarsh", "Edo", "male", 1963),
    ("Ek", "Bo", "male", 1992),
)
INDICATIONS: Final = ("Chronic migraine", "Chronic migraine", "Neuropathic pain", "Refractory headache", "CRPS")

KNOWN_FOR: Final[Mapping[int, Mapping[str, Any]]] = {
    3: {"distress_prone": True, "dissociation_peak": 7.2},
    6: {"nausea_peak": 6.4},
}
"""What some of them are known for, so that every demo week has something to review."""


def invented_people() -> tuple[Invented, ...]:
    """Return the demo's patients; none of them exists, and they are the same in every run."""
    return tuple(_person(number, *name) for number, name in enumerate(NAMES))


def _person(number: int, family: str, given: str, sex: str, year: int) -> Invented:
    chance = dice(SEED, "person", number)
    born = date(year, chance.randint(1, 12), chance.randint(1, 28))
    indication = INDICATIONS[number % len(INDICATIONS)]
    reaction = {**asdict(character(chance)), **KNOWN_FOR.get(number, {})}
    return Invented(f"DEMO-{1001 + number}", family, given, born, sex, indication, **reaction)


@dataclass(frozen=True, slots=True)
class Scene:
    """How one chair stands at the start of the demo.

    ``minute`` counts from the start of the infusion, which lasts ``duration`` minutes; ``None`` leaves the chair free.
    """

    minute: float | None
    traits: Mapping[str, Any]
    prepare: Callable[[Care, datetime], None] = lambda _care, _start: None
    duration: float = 60


def _slip(care: Care, _start: datetime) -> None:
    care.slip = 2


def _washroom(care: Care, _start: datetime) -> None:
    care.pause_at, care.pause_for = 28, 8 * MIN


def _left_alone(care: Care, start: datetime) -> None:
    care.away = (start + 25 * MIN, start + 46 * MIN)


def _dizzy(care: Care, start: datetime) -> None:
    plan_effect(care, start + 27 * MIN, "dizzy", term="Dizziness", grade=1, action_taken="not_changed")


CALM: Final = {"sbp": 118, "dbp": 72, "hr": 70, "sbp_rise": 11, "dbp_rise": 6, "dissociation_peak": 3, "noise": 2}
QUEASY: Final = CALM | {"sbp": 126, "nausea_peak": 5.9, "dissociation_peak": 4}
HIGH: Final = CALM | {"sbp": 128, "dbp": 78, "sbp_rise": 59, "dbp_rise": 21, "hr_rise": 16, "noise": 0.7}
DREAMY: Final = CALM | {"sbp": 112, "dissociation_peak": 6.3, "sleepy": True, "distress_prone": False, "nausea_peak": 0}

SCENES: Final = (
    Scene(22, CALM | {"nausea_peak": 0}, _slip),
    Scene(36, QUEASY),
    Scene(32.2, HIGH | {"nausea_peak": 0}),
    Scene(31, DREAMY, _washroom),
    Scene(41.5, CALM | {"sbp": 131, "sbp_rise": 14, "nausea_peak": 0}, _left_alone),
    Scene(83, CALM | {"dissociation_peak": 5.4, "nausea_peak": 2}, _dizzy),
    Scene(-2, CALM | {"sbp": 134, "dbp": 84}),
    Scene(None, {}),
)
FEW: Final = {1: (2,), 2: (2, 1), 3: (2, 4, 7)}
"""With fewer chairs the scenes that say most."""


def scenes_for(chairs: int) -> tuple[Scene, ...]:
    """Return a scene for each chair; beyond eight they come again, a little later in their infusion."""
    chosen = FEW.get(chairs)
    if chosen is not None:
        return tuple(SCENES[index] for index in chosen)
    found = []
    for index in range(chairs):
        scene, round_ = SCENES[index % len(SCENES)], index // len(SCENES)
        if round_ and scene.minute is not None:
            scene = replace(scene, minute=max(3, scene.minute + 4.5 * round_), traits={}, prepare=_no_change)
        found.append(scene)
    if chairs < len(SCENES):
        found[-1] = SCENES[-1]
    return tuple(found)


def _no_change(_care: Care, _start: datetime) -> None:
    """Leave everything to chance."""


VISITS: Final = ((9, 0), (10, 40), (13, 10), (14, 50))
EFFECTS: Final = (
    ("Headache", 1, None, "not_changed"),
    ("Blurred vision", 1, None, "not_changed"),
    ("Anxiety", 2, "Asked for the light to be turned up; settled within minutes", "not_changed"),
    ("Palpitations", 1, None, "not_changed"),
    ("Hallucination", 2, "Saw the curtain breathe, was not frightened", "not_changed"),
    ("Paraesthesia", 1, None, "not_changed"),
)
SYNCOPE: Final[Mapping[str, Any]] = {
    "term": "Syncope",
    "grade": 3,
    "serious": ["other_important"],
    "action_taken": "not_applicable",
    "interventions": ["repositioned", "fluid", "prescriber called"],
    "note": "Stood up to look for the shoes, went pale and slid back into the chair; answered after 20 seconds",
}
FAINTS: Final = 10
"""Which session of the week has the serious event."""
RETURNING: Final = 12
"""How many of the invented people came in the week before; most of them more than once."""


@dataclass(slots=True)
class Story:
    """The past as the demo tells it: through the use cases, by a clock that is put back to each moment."""

    ward: Ward
    clock: SetClock
    chairs: Sequence[Chair]
    people: Sequence[Invented]
    signer: Person
    now: datetime

    def today(self) -> None:
        """Bring every chair to where its scene has it now."""
        scenes = scenes_for(len(self.chairs))
        for chair, scene, patient in zip(self.chairs, scenes, cycle(self.people)):  # people come round
            if scene.minute is None:
                self._visit(chair, patient, self.now - 160 * MIN, 40, signed=False)
                continue
            start = self.now - scene.minute * MIN
            self.clock.moment = start - BEFORE_START * MIN
            self.ward.chance = dice(SEED, "today", chair.name)
            known = replace(patient, **scene.traits)
            care = self.ward.seat(chair, known, self.clock.moment, scene.duration)
            care.punctual = bool(scene.traits)
            scene.prepare(care, start)
            self.ward.tell(chair, self.clock, self.now)
            care.punctual = False

    def week(self) -> int:
        """Tell the seven days before, three or four sessions a day, and return how many there were."""
        chance = dice(SEED, "week")
        told = 0
        for days in range(7, 0, -1):
            day = (self.now.astimezone(self.ward.clinic.zone) - timedelta(days=days)).date()
            for visit in VISITS[: chance.choice((3, 4, 4))]:
                arrived = datetime.combine(day, time(*visit), self.ward.clinic.zone)
                patient = self.people[(told * 5 + told // 4) % RETURNING]
                minutes = chance.choice((60, 60, 60, 40, 90))
                signed = chance.random() < (0.9 if days > 1 else 0.3)  # yesterday waits for the reviewer
                where = self.chairs[told % len(self.chairs)]
                self._visit(where, patient, arrived, minutes, signed=signed, faints=told == FAINTS)
                told += 1
        return told

    def _visit(  # noqa: PLR0913  # one session in a line
        self, chair: Chair, patient: Invented, arrived: datetime, minutes: float, *, signed: bool, faints: bool = False
    ) -> None:
        """Tell one session from arrival to signature."""
        self.clock.moment = arrived + MIN / 2
        ward = self.ward
        ward.chance = dice(SEED, "visit", arrived.isoformat(), patient.mrn)
        care = ward.seat(chair, patient, arrived, minutes)
        care.slip = ward.chance.choice((None, None, None, None, None, 2, 3))
        if ward.chance.random() < 0.3:  # noqa: PLR2004  # besides what the simulated nurse notes by herself
            term, grade, note, taken = ward.chance.choice(EFFECTS)
            told = {"note": note} if note else {}
            at = arrived + (BEFORE_START + ward.chance.uniform(12, 34)) * MIN
            plan_effect(care, at, term, term=term, grade=grade, action_taken=taken, **told)
        if faints:
            plan_effect(care, arrived + (BEFORE_START + minutes + 31) * MIN, "faint", **SYNCOPE)
        view = ward.tell(chair, self.clock, arrived + timedelta(hours=8))
        ward.cares.pop(chair.id, None)
        if signed and view.closed_at is not None:
            self._sign(view, view.closed_at + ward.chance.uniform(20, 90) * MIN)

    def _sign(self, view: SessionView, at: datetime) -> None:
        self.clock.moment = max(self.clock.moment, at)
        body = {"id": self.ward.new_id(), "kind": "signature", "measured_at": iso(self.clock.moment)}
        self.ward.clinic.append(self.signer, view.id, body | {"meaning": "Reviewed", "last_seq": view.last_seq})
