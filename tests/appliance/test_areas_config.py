"""Areas that contradict themselves are refused in one line: the key, and what to do."""

from pathlib import Path

import pytest

from appliance.config import SiteError
from appliance.sections import Area
from tests.appliance.test_config import GOOD, read

LEADS = GOOD.replace("held_ms = 30000", 'leads_to = "office"')


@pytest.mark.parametrize(
    ("area", "key"),
    [
        ('anti_passback = "never"', "areas[...].anti_passback"),
        ("passback_ms = 60000", "areas.office.passback_ms"),
        ('anti_passback = "timed"', "areas.office.passback_ms"),
        ('anti_passback = "timed"\npassback_ms = 86400001', "passback_ms"),
        ('anti_passback = "hard"', "areas.office.amnesty"),
        ("limit = 1", "areas.office.amnesty"),
        ("limit = -1", "limit"),
        ('amnesty = "4:00"', "amnesty"),
        ('amnesty = "24:00"', "amnesty"),
        ('amnesty = "04:60"', "amnesty"),
        ('colour = "red"', "colour"),
    ],
)
def test_a_wrong_area(tmp_path: Path, area: str, key: str) -> None:
    with pytest.raises(SiteError) as fault:
        read(tmp_path, f"{LEADS}[areas.office]\n{area}\n")
    message = str(fault.value)
    assert "\n" not in message
    assert key in message
    assert "; " in message


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('leads_to = "office"', 'leads_to = "yard"', "portals.front.leads_to"),
        ('leads_to = "office"', 'leads_from = "yard"', "portals.front.leads_from"),
        ('leads_to = "office"', 'leads_from = "office"', "areas.office: no portal leads to it"),
        (
            'leads_to = "office"',
            'leads_to = "office"\nleads_from = "office"',
            "portals.front.leads_to",
        ),
    ],
)
def test_a_portal_that_leads_wrong(tmp_path: Path, old: str, new: str, key: str) -> None:
    with pytest.raises(SiteError, match=key):
        read(tmp_path, LEADS.replace(old, new) + "[areas.office]\n")


@pytest.mark.parametrize(
    "area",
    [
        "",
        'anti_passback = "soft"',
        'anti_passback = "timed"\npassback_ms = 60000',
        'anti_passback = "hard"\nlimit = 5\namnesty = "23:59"',
        'limit = 5\namnesty = "00:00"',
    ],
)
def test_areas_that_can_be(tmp_path: Path, area: str) -> None:
    site = read(tmp_path, f"{LEADS}[areas.office]\n{area}\n")
    assert isinstance(site.areas["office"], Area)
    assert site.portals["front"].leads_to == "office"
