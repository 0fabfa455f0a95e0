"""Sites, chairs and patients in the database."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime
from typing import Final

from sqlalchemy import func, insert, or_, select
from sqlalchemy.exc import IntegrityError

from models.errors import ConflictError, NotFoundError
from models.session import Chair, Patient
from models.store.engine import Database
from models.store.record import patient_of
from models.store.tables import ChairRow, PatientRow, SiteRow

_FOUND_MOST: Final = 50


class PlaceStore:
    """Reads and writes what records refer to."""

    def __init__(self, database: Database) -> None:
        """Keep them on ``database``."""
        self.database = database

    def default_site(self) -> str:
        """Return the id of the site that everything belongs to until a clinic has several; made on first use."""
        with self.database.write() as connection:
            found = connection.scalar(select(SiteRow.id).order_by(SiteRow.added_at.nulls_first(), SiteRow.id).limit(1))
            if found is not None:
                return str(found)
            site = str(uuid.uuid4())
            connection.execute(insert(SiteRow).values({"id": site, "name": "Clinic"}))
            return site

    def chairs(self, site: str) -> list[Chair]:
        """Return the chairs of a site in room order: by name, numbers by their value."""
        with self.database.read() as connection:
            query = select(ChairRow.id, ChairRow.name).where(ChairRow.site_id == site)
            found = [Chair(row.id, row.name) for row in connection.execute(query)]
        return sorted(found, key=lambda chair: room_order(chair.name))

    def add_chair(self, site: str, name: str, now: datetime) -> Chair:
        """Add a chair.

        Raises:
            ConflictError: there is one of this name.
        """
        chair = Chair(str(uuid.uuid4()), name)
        row = {"id": chair.id, "site_id": site, "name": name, "created_at": now}
        try:
            with self.database.write() as connection:
                connection.execute(insert(ChairRow).values(row))
        except IntegrityError as error:
            raise ConflictError("There is a chair of this name already.") from error
        return chair

    def patient(self, site: str, patient: str) -> Patient:
        """Return one patient.

        Raises:
            NotFoundError: there is none of this id on this site.
        """
        wanted = select(PatientRow.__table__).where(PatientRow.site_id == site, PatientRow.id == patient)
        with self.database.read() as connection:
            row = connection.execute(wanted).mappings().first()
        if row is None:
            raise NotFoundError("There is no such patient.")
        return patient_of(row)

    def with_mrn(self, site: str, mrn: str) -> str | None:
        """Return the id of the patient with this record number."""
        wanted = select(PatientRow.id).where(PatientRow.site_id == site, PatientRow.mrn == mrn)
        with self.database.read() as connection:
            found: str | None = connection.scalar(wanted)
            return found

    def patients_of(self, site: str, ids: Collection[str]) -> dict[str, Patient]:
        """Return the patients with these ids, by id; what is not there is left out."""
        wanted = select(PatientRow.__table__).where(PatientRow.site_id == site, PatientRow.id.in_(ids))
        with self.database.read() as connection:
            return {row["id"]: patient_of(row) for row in connection.execute(wanted).mappings()}

    def patients(
        self, site: str, query: str, after: str | None = None, limit: int = _FOUND_MOST
    ) -> tuple[list[Patient], str | None]:
        """Return patients whose record number begins with, or whose name contains, every word of ``query``."""
        table = PatientRow
        wanted = select(PatientRow.__table__).where(table.site_id == site)
        for word in query.split():
            like = f"{_escaped(word.lower())}%"
            wanted = wanted.where(
                or_(
                    func.lower(table.mrn).like(like, escape="\\"),
                    func.lower(table.family).like(f"%{like}", escape="\\"),
                    func.lower(table.given).like(f"%{like}", escape="\\"),
                )
            )
        if after is not None:
            wanted = wanted.where(table.mrn > after)
        with self.database.read() as connection:
            rows = connection.execute(wanted.order_by(table.mrn).limit(limit + 1)).mappings()
            found = [patient_of(row) for row in rows]
        return (found, None) if len(found) <= limit else (found[:limit], found[limit - 1].mrn)

    def add_patient(self, site: str, patient: Patient, now: datetime) -> None:
        """Add a patient.

        Raises:
            ConflictError: the record number is taken.
        """
        row = {
            "id": patient.id,
            "site_id": site,
            "mrn": patient.mrn,
            "family": patient.family,
            "given": patient.given,
            "birth_date": patient.born,
            "sex": patient.sex,
            "indication": patient.indication,
            "created_at": now,
        }
        try:
            with self.database.write() as connection:
                connection.execute(insert(PatientRow).values(row))
        except IntegrityError as error:
            said = "There is a patient with this record number already. Find that patient, or check the number."
            raise ConflictError(said) from error


def room_order(name: str) -> tuple[tuple[int, int, str], ...]:
    """Sort key of chair names: ``2`` before ``10``."""
    parts: list[tuple[int, int, str]] = []
    text, digits = "", ""
    for character in name + " ":
        if character.isdigit() and character.isascii():
            digits += character
            continue
        if digits:
            parts += [(1, 0, text.casefold()), (0, int(digits), "")]
            text, digits = "", ""
        text += character
    return (*parts, (1, 0, text.strip().casefold()))


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
