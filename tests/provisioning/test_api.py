"""The JSON API: who may call, what is refused with which words, what is shown while all is away."""

import asyncio
import io
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.datastructures import FormData, UploadFile
from starlette.testclient import TestClient

from provisioning.simulator.bodies import BadRequest, enrolment
from provisioning.simulator.guard import LIMITS, SMALL
from provisioning.simulator.simulation import Simulation

CALLS = (
    "/api/card",
    "/api/keys",
    "/api/input",
    "/api/power",
    "/api/mode",
    "/api/camera/turn",
)
CARD = {"portal": "front", "format": "H10301", "facility": 17, "number": 1815}


def error(answer: object) -> str:
    """The one sentence of a refused call."""
    content = json.loads(answer.text)  # type: ignore[attr-defined]
    assert "error" in content
    return str(content["error"])


def test_state_has_the_promised_shape_and_tells_the_truth_while_the_appliance_is_away(
    client: TestClient,
) -> None:
    state = client.get("/api/state").json()
    front = state["portals"]["front"]
    assert {"lock", "leaf", "mode", "strike_released", "feedback"} <= set(front)
    assert front["lock"] is front["leaf"] is front["mode"] is front["feedback"] is None
    assert front["strike_released"] is False
    assert state["coprocessor"]["linked"] is False
    assert {"p50_ms", "p99_ms"} <= set(state["coprocessor"])
    assert state["broker"]["connected"] is False
    assert {"entries", "head"} <= set(state["journal"])


def test_without_power_a_fail_safe_strike_is_released_and_is_shown_so(
    state: Path, simulation: Simulation
) -> None:
    site = state / "site.toml"
    site.write_text(
        site.read_text().replace('strike = "K1"', 'strike = "K1"\nstrike_type = "fail-safe"')
    )
    again = Simulation(state, None, lambda _it, _what: None)
    assert again.metal.released("front") is True
    assert simulation.metal.released("front") is False


def test_a_card_cannot_be_read_while_nobody_reads(client: TestClient) -> None:
    answer = client.post("/api/card", json=CARD)
    assert answer.status_code == 503
    assert "appliance is not running" in error(answer)


@pytest.mark.parametrize(
    ("path", "body", "status", "said"),
    [
        ("/api/card", {"portal": "front"}, 400, "bits: missing"),
        ("/api/card", {"portal": "front", "bits": "012"}, 400, "$.bits"),
        ("/api/card", {"portal": "front", "bits": "01", "number": 3}, 400, "bits: stands alone"),
        ("/api/card", CARD | {"format": "X"}, 400, "format: 'X'"),
        ("/api/card", CARD | {"facility": 256}, 400, "facility: 256"),
        ("/api/card", {"portal": "back", "bits": "01"}, 404, "portal: no 'back'"),
        ("/api/card", {"portal": "front", "bits": "01", "colour": 1}, 400, "colour"),
        ("/api/keys", {"portal": "front", "keys": "12A"}, 400, "$.keys"),
        ("/api/keys", {"portal": "back", "keys": "1"}, 404, "there is front"),
        ("/api/input", {"name": "window", "asserted": True}, 400, "$.name"),
        ("/api/input", {"name": "rex", "asserted": 1}, 400, "$.asserted"),
        ("/api/input", {"name": "rex", "asserted": True, "line": "torn"}, 400, "$.line"),
        ("/api/input", {"name": "rex", "asserted": True, "line": "cut"}, 404, "line: rex is not"),
        ("/api/input", {"name": "bond", "asserted": True}, 404, "name: front has no bond; it has"),
        ("/api/power", {"name": "appliance", "on": False}, 400, "$.name"),
        ("/api/power", {"name": "infrared", "on": False}, 404, "no infrared camera"),
        ("/api/mode", {"portal": "front", "mode": "open"}, 400, "$.mode"),
        ("/api/camera/turn", {"side": "up"}, 400, "$.side"),
    ],
)
def test_a_bad_request_is_told_the_key_and_the_remedy(
    client: TestClient, path: str, body: object, status: int, said: str
) -> None:
    answer = client.post(path, json=body)
    assert answer.status_code == status
    assert said in error(answer)
    assert ";" in error(answer)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.sampled_from(CALLS), st.binary(max_size=300))
def test_no_body_raises(client: TestClient, path: str, body: bytes) -> None:
    answer = client.post(path, content=body)
    assert 400 <= answer.status_code < 500
    assert error(answer)


def test_inputs_stay_where_they_were_put(client: TestClient) -> None:
    for name in ("contact", "rex", "tamper", "fire"):
        assert client.post("/api/input", json={"name": name, "asserted": True}).status_code == 200
    client.post("/api/input", json={"name": "rex", "asserted": False})
    inputs = client.get("/api/state").json()["portals"]["front"]["inputs"]
    assert inputs == {"contact": True, "rex": False, "tamper": True, "fire": True}


@pytest.mark.parametrize("scene", ["live", "print", "screen", "as-is"])
def test_a_picture_becomes_a_scene_and_is_cleared(
    client: TestClient, jpeg: bytes, scene: str
) -> None:
    headers = {"content-type": "image/jpeg"}
    answer = client.post(f"/api/camera?seconds=2&scene={scene}", content=jpeg, headers=headers)
    assert answer.status_code == 202
    assert answer.json() == {"scene": scene, "seconds": 2.0, "fps": 15.0}
    assert client.get("/api/state").json()["camera"]["scene"] == scene
    client.delete("/api/camera")
    assert client.get("/api/state").json()["camera"]["scene"] == ""


@pytest.mark.parametrize("scene", ["live", "print", "screen"])
def test_who_stands_there_turns(client: TestClient, jpeg: bytes, scene: str) -> None:
    assert client.get("/api/state").json()["camera"]["turns"] is False
    headers = {"content-type": "image/jpeg"}
    client.post(f"/api/camera?seconds=5&scene={scene}", content=jpeg, headers=headers)
    assert client.get("/api/state").json()["camera"]["turns"] is True
    answer = client.post("/api/camera/turn", json={"side": "left"})
    assert (answer.status_code, answer.json()) == (202, {"side": "left"})
    client.delete("/api/camera")
    assert client.get("/api/state").json()["camera"]["turns"] is False


def test_nobody_cannot_turn(client: TestClient, jpeg: bytes) -> None:
    headers = {"content-type": "image/jpeg"}
    client.post("/api/camera?scene=as-is", content=jpeg, headers=headers)
    answer = client.post("/api/camera/turn", json={"side": "left"})
    assert answer.status_code == 409
    assert "nobody is there" in error(answer)


@pytest.mark.parametrize(
    ("query", "kind", "status", "said"),
    [
        ("scene=puppet", "image/jpeg", 400, "scene: 'puppet'"),
        ("scene=live", "video/mp4", 400, "scene: 'live'"),
        ("seconds=0", "image/jpeg", 400, "seconds: '0'"),
        ("seconds=61", "image/png", 400, "seconds: '61'"),
        ("seconds=nan", "image/png", 400, "seconds: 'nan'"),
        ("", "text/plain", 415, "Content-Type: 'text/plain'"),
        ("", "image/png", 422, "body: not a picture"),
        ("", "video/mp4", 422, "body: not a video"),
    ],
)
def test_what_the_camera_cannot_see_is_refused(
    client: TestClient, query: str, kind: str, status: int, said: str
) -> None:
    answer = client.post(f"/api/camera?{query}", content=b"no", headers={"content-type": kind})
    assert answer.status_code == status
    assert said in error(answer)


def test_a_frame_of_the_webcam_is_what_the_camera_sees(client: TestClient, jpeg: bytes) -> None:
    before = client.get("/api/camera.jpg")
    assert before.headers["content-type"] == "image/jpeg"
    assert client.post("/api/camera/frame", content=jpeg).status_code == 202
    assert client.get("/api/state").json()["camera"]["scene"] == "webcam"
    assert client.get("/api/camera.jpg").content != before.content


def test_a_holder_without_name_or_number_is_refused_before_anybody_is_asked(
    client: TestClient, jpeg: bytes
) -> None:
    files = {"photo": ("a.jpg", jpeg, "image/jpeg")}
    whole = {"name": "Ada", "facility": "1", "number": "2", "pin": "1234"}
    for key, value in (("name", " "), ("number", "two"), ("facility", "-1")):
        answer = client.post("/api/holders", data=whole | {key: value}, files=files)
        assert answer.status_code == 422
        assert error(answer).startswith(f"{key}: ")
    answer = client.post("/api/holders", data=whole, files=files)
    assert answer.status_code == 503
    assert "appliance" in error(answer)


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "door.example:8080"},
        {"host": "127.0.0.1.evil.example"},
        {"origin": "https://evil.example"},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
    ],
)
def test_no_other_site_works_the_door(client: TestClient, headers: dict[str, str]) -> None:
    answer = client.post("/api/input", json={"name": "rex", "asserted": True}, headers=headers)
    assert answer.status_code == 403
    assert error(answer)
    assert client.get("/api/state").json()["portals"]["front"]["inputs"]["rex"] is False
    assert client.get("/api/state", headers=headers).status_code == 403


def test_the_page_itself_and_its_own_calls_are_served(client: TestClient) -> None:
    page = client.get("/")
    assert page.status_code == 200
    assert "default-src 'self'" in page.headers["content-security-policy"]
    own = {"origin": "http://127.0.0.1:8080", "sec-fetch-site": "same-origin"}
    answer = client.post("/api/input", json={"name": "rex", "asserted": True}, headers=own)
    assert answer.status_code == 200


def test_the_page_asks_nobody_outside(client: TestClient) -> None:
    folder = Path(__file__).parents[2] / "provisioning/simulator/page"
    for file in folder.iterdir():
        text = file.read_text().replace("http://www.w3.org/", "")
        assert "http://" not in text
        assert "https://" not in text
        assert client.get(f"/{file.name}").status_code == 200


@pytest.mark.parametrize("path", ["/api/card", "/api/holders", "/api/camera/frame"])
def test_a_body_above_its_limit_is_refused(client: TestClient, path: str) -> None:
    form = "multipart/form-data; boundary=x"
    part = b'--x\r\nContent-Disposition: form-data; name="photo"; filename="a"\r\n\r\n'
    body = part + bytes(LIMITS.get(path, SMALL) + 1)
    answer = client.post(path, content=body, headers={"content-type": form})
    assert answer.status_code == 413
    assert error(answer).startswith("body: more than")


def test_what_is_not_there_is_said_in_json(client: TestClient) -> None:
    assert error(client.get("/api/nothing"))
    assert client.get("/api/samples/nobody").status_code == 404
    assert client.get("/api/card").status_code == 405


def test_the_sample_holder_can_be_shown_and_its_card_tapped(client: TestClient) -> None:
    offered = client.get("/api/samples").json()
    assert offered["holder"]["name"]
    assert "holder" in [sample["name"] for sample in offered["samples"]]
    for sample in offered["samples"]:
        assert client.get(f"/api/samples/{sample['name']}").status_code == 200


@pytest.mark.parametrize("query", ["x", "-1", "9" * 30])
def test_alerts_since_what(client: TestClient, query: str) -> None:
    assert client.get("/api/alerts").json() == {"alerts": [], "next": 0}
    answer = client.get(f"/api/alerts?since={query}")
    assert answer.status_code == 400
    assert error(answer).startswith("since: ")


def test_the_journal_of_an_appliance_that_is_away_is_what_was_heard_of_it(
    client: TestClient,
) -> None:
    assert client.get("/api/journal").json() == {"entries": []}


def test_each_photo_part_is_one_picture_of_the_same_person() -> None:
    parts = [UploadFile(io.BytesIO(content)) for content in (b"one", b"two", b"three")]
    fields = [("name", "Ada"), ("facility", "1"), ("number", "2")]
    form = FormData([*fields, *(("photo", part) for part in parts)])
    assert asyncio.run(enrolment(form)).pictures == (b"one", b"two", b"three")
    assert asyncio.run(enrolment(FormData(fields))).pictures == ()
    with pytest.raises(BadRequest, match="photo: is text"):
        asyncio.run(enrolment(FormData([*fields, ("photo", parts[0]), ("photo", "text")])))


def test_more_photos_than_the_terminal_takes_are_refused(client: TestClient, jpeg: bytes) -> None:
    data = {"name": "Ada", "facility": "1", "number": "2"}
    files = [("photo", (f"{number}.jpg", jpeg, "image/jpeg")) for number in range(6)]
    answer = client.post("/api/holders", data=data, files=files)
    assert answer.status_code == 400
    assert "Too many files" in error(answer)
