"""The review's desk: holds the facts of all sessions in memory, follows the records, and answers any filter."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import orjson

from models.review_facts import SessionFacts, facts_of, line_of, read_facts
from models.session import SessionView
from models.store.places import PlaceStore
from models.store.review_facts import ReviewFactsStore

if TYPE_CHECKING:
    from datetime import tzinfo

    from models.review import ReviewSummary, SessionLine
    from models.review_table import ReviewTable

_BATCH: Final = 200
Folded = Callable[[str, str], SessionView]


class ReviewDesk:
    """Keeps one table of facts for each site; what has ended comes from the projection, what runs from its fold."""

    def __init__(self, store: ReviewFactsStore, places: PlaceStore, folded: Folded, zone: tzinfo) -> None:
        """Work on this projection; ``folded`` returns a session of a site as it stands."""
        self.store, self.places, self.folded, self.zone = store, places, folded, zone
        self._tables: dict[str, tuple[tuple[int, int], ReviewTable]] = {}
        self._lock = threading.Lock()

    def summary(self, site: str, asked: Mapping[str, object], running: Sequence[SessionView]) -> ReviewSummary:
        """Return the review of a site for what was asked in the address."""
        from models.review import summarise  # noqa: PLC0415  # pandas is slow to load, not wanted at the chair
        from models.review_filter import read_filter  # noqa: PLC0415  # likewise

        live = {view.id: facts_of(view) for view in running}
        table = self.table(site).without(live).plus(line_of(facts) for facts in live.values())
        wanted, ignored = read_filter(asked, table.choices)
        return summarise(table, wanted, ignored, lambda sessions: self._lines(site, sessions, live))

    def table(self, site: str) -> ReviewTable:
        """Return the facts of the sessions of a site that have ended, as they are now."""
        with self._lock:
            stamp = self.store.stamp(site)
            known = self._tables.get(site)
            if known is not None and known[0] == stamp:
                return known[1]
            self.catch_up(site)
            fresh = self._follow(site, known[1] if known else None)
            self._tables[site] = stamp, fresh
            return fresh

    def catch_up(self, site: str) -> int:
        """Compute the facts that are missing or outdated, and return how many they were."""
        stale = self.store.stale(site)
        for first in range(0, len(stale), _BATCH):
            batch = stale[first : first + _BATCH]
            self.store.keep(site, [facts_of(self.folded(site, session)) for session in batch])
        return len(stale)

    def rebuild(self, site: str) -> int:
        """Drop the facts of a site and compute them again from the records; return how many they were."""
        with self._lock:
            self._tables.pop(site, None)
            self.store.drop(site)
            return self.catch_up(site)

    def differing(self, site: str) -> list[str]:
        """Return the sessions whose kept facts are not what their record says; empty where all is well."""
        self.catch_up(site)
        found = []
        for line, body in self.store.kept(site):
            kept = read_facts(body)
            facts = facts_of(self.folded(site, kept.session))
            if (kept, line) != (facts, orjson.dumps(line_of(facts)).decode()):
                found.append(kept.session)
        return found

    def _follow(self, site: str, table: ReviewTable | None) -> ReviewTable:
        from models.review_table import ReviewTable  # noqa: PLC0415  # as above

        if table is None:
            return ReviewTable.of(_read(self.store.lines(site)), self.zone)
        ended, known = self.store.ended(site), table.known()
        changed = [session for session, seq in ended.items() if known.get(session) != seq]
        gone = [*changed, *(known.keys() - ended.keys())]
        return table.without(gone).plus(_read(self.store.lines(site, changed)))

    def _lines(self, site: str, sessions: Sequence[str], live: Mapping[str, SessionFacts]) -> Mapping[str, SessionLine]:
        from models.review import SessionLine  # noqa: PLC0415  # as above

        kept = self.store.bodies(site, [one for one in sessions if one not in live])
        found = [*map(read_facts, kept), *(live[one] for one in sessions if one in live)]
        patients = self.places.patients_of(site, {one.patient_id for one in found})
        return {one.session: SessionLine(one, patients[one.patient_id]) for one in found}


def _read(lines: Iterable[str]) -> Iterator[list[Any]]:
    return (orjson.loads(line) for line in lines)
