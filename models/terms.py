"""Words of adverse events and symptoms: picklists, and which of them are always critical."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Symptom:
    """A symptom that is asked for at the chair.

    ``red_event`` and ``red_symptom`` are critical at any pressure; ``with_pressure`` makes high pressure symptomatic.
    """

    key: str
    label: str
    red_event: bool = False
    red_symptom: bool = False


SYMPTOMS: Final[tuple[Symptom, ...]] = (
    Symptom("headache", "Headache"),
    Symptom("vision", "Vision"),
    Symptom("vomiting", "Vomiting"),
    Symptom("chest_pain", "Chest pain", red_symptom=True),
    Symptom("dyspnoea", "Breathless", red_symptom=True),
    Symptom("focal_deficit", "Focal deficit", red_symptom=True),
    Symptom("apnoea", "Apnoea", red_event=True),
    Symptom("laryngospasm", "Laryngospasm", red_event=True),
    Symptom("seizure", "Seizure", red_event=True),
    Symptom("anaphylaxis", "Anaphylaxis", red_event=True),
    Symptom("syncope", "Syncope", red_event=True),
)
SYMPTOM_BY_KEY: Final = {symptom.key: symptom for symptom in SYMPTOMS}


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the picklist; ``symptom`` names the symptom it counts like, ``snomed`` only where checked."""

    label: str
    symptom: str | None = None
    snomed: str | None = None


TERMS: Final[tuple[Term, ...]] = (
    Term("Dizziness", snomed="404640003"),
    Term("Dissociation"),
    Term("Nausea", snomed="422587007"),
    Term("Somnolence"),
    Term("Headache", snomed="25064002"),
    Term("Dysgeusia"),
    Term("Blurred vision"),
    Term("Raised blood pressure"),
    Term("Paraesthesia"),
    Term("Vomiting", snomed="422400008"),
    Term("Anxiety"),
    Term("Hallucination", snomed="7011001"),
    Term("Nystagmus"),
    Term("Diplopia"),
    Term("Palpitations", snomed="80313002"),
    Term("Tachycardia"),
    Term("Bradycardia"),
    Term("Hypotension", snomed="45007003"),
    Term("Chest pain", symptom="chest_pain", snomed="29857009"),
    Term("Breathlessness", symptom="dyspnoea", snomed="267036007"),
    Term("Focal deficit", symptom="focal_deficit"),
    Term("Desaturation"),
    Term("Agitation"),
    Term("Panic"),
    Term("Confusion"),
    Term("Syncope", symptom="syncope"),
    Term("Seizure", symptom="seizure", snomed="91175000"),
    Term("Laryngospasm", symptom="laryngospasm"),
    Term("Apnoea", symptom="apnoea"),
    Term("Anaphylaxis", symptom="anaphylaxis", snomed="39579001"),
    Term("Urticaria"),
    Term("Pruritus", snomed="418363000"),
    Term("Extravasation"),
    Term("Salivation"),
    Term("Dysarthria"),
)

_SAID_DIFFERENTLY: Final = {
    "dyspnoea": "dyspnoea",
    "dyspnea": "dyspnoea",
    "shortness of breath": "dyspnoea",
    "breathless": "dyspnoea",
    "apnea": "apnoea",
    "chest_pain": "chest_pain",
    "focal_deficit": "focal_deficit",
    "focal neurological deficit": "focal_deficit",
    "fainting": "syncope",
    "convulsion": "seizure",
    "anaphylactic reaction": "anaphylaxis",
}
_BY_LABEL: Final = {term.label.casefold(): term for term in TERMS}


def symptom_of(term: str) -> Symptom | None:
    """Return the red symptom that an adverse event of this term counts like, if any."""
    said = term.strip().casefold()
    known = _BY_LABEL.get(said)
    key = known.symptom if known else _SAID_DIFFERENTLY.get(said)
    return SYMPTOM_BY_KEY[key] if key else None


SERIOUSNESS: Final = (
    "death",
    "life_threatening",
    "hospitalisation",
    "disability",
    "congenital_anomaly",
    "other_important",
)
ACTIONS_TAKEN: Final = (
    "withdrawn",
    "reduced",
    "increased",
    "not_changed",
    "paused",
    "unknown",
    "not_applicable",
)
OUTCOMES: Final = ("recovered", "recovering", "not_recovered", "sequelae", "fatal", "unknown")
CAUSALITY: Final = ("certain", "probable", "possible", "unlikely", "unclassified", "unassessable")
ENDED: Final = frozenset({"recovered", "sequelae", "fatal"})
GRADES: Final = {1: "mild", 2: "moderate", 3: "severe", 4: "life-threatening", 5: "fatal"}
INTERVENTIONS: Final = (
    "reassurance",
    "rate reduced",
    "paused",
    "stopped",
    "repositioned",
    "oxygen",
    "fluid",
    "ondansetron",
    "midazolam",
    "lorazepam",
    "labetalol",
    "clonidine",
    "glycopyrrolate",
    "prescriber called",
    "emergency team",
    "transfer",
)
SCREENING: Final = {
    "uncontrolled_hypertension": "Uncontrolled hypertension",
    "substance_misuse": "Active substance misuse",
    "pregnancy": "Pregnancy",
    "cardiac": "Unstable cardiac disease",
    "psychosis_mania": "Active psychosis or mania",
    "liver": "Severe liver disease",
    "raised_pressure": "Raised intracranial or intraocular pressure",
    "vascular": "Aneurysm, arteriovenous malformation or past intracerebral haemorrhage",
    "hypersensitivity": "Hypersensitivity to ketamine",
}
NOT_DONE_REASONS: Final = ("declined", "asleep", "cuff failed", "away")
SEDATIVES: Final = (
    *("midazolam", "lorazepam", "diazepam", "clonazepam", "alprazolam", "temazepam", "oxazepam"),
    *("morphine", "fentanyl", "remifentanil", "sufentanil", "hydromorphone", "oxycodone", "hydrocodone", "codeine"),
    "dihydrocodeine",
    *("tramadol", "tapentadol", "pethidine", "meperidine", "methadone", "buprenorphine"),
    *("propofol", "dexmedetomidine", "promethazine", "diphenhydramine", "hydroxyzine", "haloperidol", "droperidol"),
)
"""Medicines that sedate or slow breathing, by the name as it is charted; where the default protocol says so."""
