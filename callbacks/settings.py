"""The settings page: adding a chair."""

from __future__ import annotations

from dash import Dash, Input, Output, State, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from callbacks.threads import in_thread
from layouts import ids
from models import acting
from models.clinic import Clinic
from models.errors import ConflictError, RefusedError


def register(app: Dash, clinic: Clinic) -> None:
    """Add a chair and show the list with it, or say why not."""

    @app.callback(
        Output(ids.SettingsPage.CHAIRS, "children"),
        Output(ids.SettingsPage.SAID, "children"),
        Input(ids.SettingsPage.CHAIR_ADD, "n_clicks"),
        State(ids.SettingsPage.CHAIR_NAME, "value"),
        prevent_initial_call=True,
    )
    async def add_chair(clicks: object, name: object) -> tuple[list[Component], str]:
        if not clicks:
            raise PreventUpdate
        return await in_thread(added, clinic, name)


def added(clinic: Clinic, name: object) -> tuple[list[Component], str]:
    """Add a chair by name; the answer is the list as it is now and a sentence.

    Raises:
        NotAllowedError: the role of who asks may not manage chairs.
    """
    person = acting.person()
    try:
        said = f"Chair {clinic.add_chair(person, name).name} was added."
    except (RefusedError, ConflictError) as error:
        said = str(error)
    return [html.Li(chair.name, className="settings__chair") for chair in clinic.chairs(person)], said
