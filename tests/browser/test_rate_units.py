"""The pump form turns a typed rate into mg/h exactly as the server does, in every unit."""

from __future__ import annotations

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from models.infusion import RATE_UNITS, EnteredRate, to_mg_h
from tests.browser.test_journey import NewPage, at, field, open_chair, seated
from tests.served import Served

KG = Decimal(72)


def test_the_form_and_the_server_agree_on_every_unit(new_page: NewPage, served: Served) -> None:
    seated(served)
    page = open_chair(new_page, served)

    for unit in RATE_UNITS:
        for value in ("0", "0.37", "12", "149.9"):
            for concentration in (None, "2", "10"):
                rate = EnteredRate(Decimal(value), unit)
                said = page.evaluate(
                    "([value, unit, kg, per]) => window.chairside.infusion.mgPerHour(value, unit, kg, per)",
                    [float(value), unit, float(KG), None if concentration is None else float(concentration)],
                )
                meant = to_mg_h(rate, KG, None if concentration is None else Decimal(concentration))
                assert (said is None) is (meant is None), unit
                assert meant is None or said == pytest.approx(float(meant)), unit


def test_a_rate_typed_by_weight_is_kept_in_mg_an_hour_with_what_was_typed(new_page: NewPage, served: Served) -> None:
    session = seated(served)
    page = open_chair(new_page, served)
    at(page, "infusion-rate").click()

    field(page, "infusion-rate-value").fill("0.5")
    page.locator('[data-pick="unit"] [data-value="mg/kg/h"]').click()
    at(page, "infusion-save").click()

    expect(at(page, "save-status")).to_have_attribute("data-status", "saved")
    entry = served.sign_in("m.silva").get(f"/api/v1/sessions/{session}/entries").json()["items"][-1]
    assert (entry["rate_mg_h"], entry["as_entered"]) == (36, "0.5 mg/kg/h")
