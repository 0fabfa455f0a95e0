"""Who may see the rest of a drug thrown away: another account that exists, and that charts itself."""

from __future__ import annotations

from models.entries import Content, Correction, Waste
from models.errors import refuse
from models.people import Person, Right
from models.store.sites import SiteStore


def check_witness(content: Content, author: Person, sites: SiteStore) -> None:
    """Let pass what is no waste, and waste that somebody else who charts has seen.

    Raises:
        RefusedError: the witness is the author, is not known here, or may not chart.
    """
    if isinstance(content, Correction) and content.replacement is not None:
        content = content.replacement.content
    if not isinstance(content, Waste):
        return
    if content.witness == author.name:
        raise refuse("witness", "witness: name a second person; nobody witnesses what they threw away themselves.")
    found = next((one for one in sites.members(author.site) if one.name == content.witness), None)
    if found is None or not found.may(Right.CHART):
        raise refuse("witness", "witness: this is not the account of a nurse or clinician here. Check the name.")
