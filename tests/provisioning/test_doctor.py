"""`cardea doctor`: each check with a good and a bad case, and never a traceback."""

import asyncio
import hashlib
import os
import pwd
import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.vault import calendar, keys
from appliance.vault.store import Store
from appliance.wallclock import BOUND_MS, BUILT_MS
from board.bundle import encode
from board.link import answers
from provisioning import doctor, site_new
from provisioning.__main__ import main
from provisioning.doctoring import keeping
from provisioning.doctoring.finding import Finding, Level
from provisioning.doctoring.patient import Patient
from provisioning.doctoring.report import CANNOT_SEE, as_json, as_text, exit_code
from tests.appliance.bench import MANIFEST, PIN, PINS, SERIAL, Vault, running

ME = pwd.getpwuid(os.getuid()).pw_name
MODEL = b"a model"


def make_bundle(directory: Path) -> None:
    digest = hashlib.sha256(MODEL).hexdigest()
    models = tuple(
        msgspec.structs.replace(entry, sha256=digest, bytes=len(MODEL)) for entry in MANIFEST.models
    )
    raw = encode(msgspec.structs.replace(MANIFEST, models=models))
    key = Ed25519PrivateKey.generate()
    directory.mkdir()
    (directory / "manifest.json").write_bytes(raw)
    (directory / "manifest.sig").write_bytes(key.sign(raw))
    (directory / "bundle.pub").write_text(key.public_key().public_bytes_raw().hex() + "\n")
    for entry in models:
        (directory / entry.file).write_bytes(MODEL)


@pytest.fixture(scope="session")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A healthy terminal that does not run; its bundle lies inside."""
    folder = tmp_path_factory.mktemp("pattern")
    make_bundle(folder / "bundle")
    site_new.make(folder / "state", "simulated", folder / "bundle", serial=SERIAL)
    edit(folder / "state" / "site.toml", 'board = "', f'coprocessor_account = "{ME}"\nboard = "')
    return folder


@pytest.fixture
def state(pattern: Path, tmp_path: Path) -> Path:
    shutil.copytree(pattern, tmp_path, dirs_exist_ok=True)
    return tmp_path / "state"


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def bad(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.level in ("weak", "broken")]


def test_a_healthy_terminal_that_does_not_run_has_nothing_weak(state: Path) -> None:
    findings = doctor.examine(state)
    assert bad(findings) == []
    assert exit_code(findings) == 0
    assert {"site.toml", "doors", "cameras", "accounts", "vault", "model bundle", "clock"} <= {
        finding.subject for finding in findings if finding.level == "ok"
    }


def site(old: str, new: str) -> Callable[[Path], None]:
    return lambda state: edit(state / "site.toml", old, new)


def both(*edits: Callable[[Path], None]) -> Callable[[Path], None]:
    def do(state: Path) -> None:
        for one in edits:
            one(state)

    return do


def coprocessor(old: str, new: str) -> Callable[[Path], None]:
    return lambda state: edit(state / "coprocessor.toml", old, new)


def gone(name: str) -> Callable[[Path], None]:
    return lambda state: (state / name).unlink()


def chmod(name: str, mode: int) -> Callable[[Path], None]:
    return lambda state: (state / name).chmod(mode)


def garbage(name: str) -> Callable[[Path], None]:
    def spill(state: Path) -> None:
        (state / name).write_bytes(b"\xff garbage")

    return spill


HIGH = site('board = "', 'assurance = "high"\nboard = "')
FACE = site('factors = "card+face"', 'factors = "face"')
CARD = site('factors = "card+face"', 'factors = "card"')
FREE_HOURS = site('camera = "rgb"', 'camera = "rgb"\nfree_schedule = "public"')
IR_DOOR = site('camera = "rgb"', 'camera = "rgb+ir"')
IR_EYE = coprocessor("[link]", '[infrared]\nname = "CAM1"\n[link]')
BROKER = 'host = "mqtt.example"\nport = 8883'
REMOTE = coprocessor('host = ""\nport = 0', BROKER)

WHEN = '[[portals.front.when]]\nschedule = "{}"\nfactors = "{}"\n[portals.front.reader]'


def when(schedule: str, factors: str) -> Callable[[Path], None]:
    return site("[portals.front.reader]", WHEN.format(schedule, factors))


BAD: list[tuple[str, Callable[[Path], None], str, Level, str]] = [
    ("no site", gone("site.toml"), "site.toml", "broken", "No such file"),
    ("no doors", site("[portals.front", "[other.front"), "site.toml", "broken", "portals"),
    ("no coprocessor.toml", gone("coprocessor.toml"), "coprocessor.toml", "broken", "No such"),
    ("serial", coprocessor(SERIAL, "other"), "coprocessor.toml", "broken", "terminal.serial"),
    ("board", coprocessor('"simulated"', '"pi"'), "coprocessor.toml", "broken", "terminal.board"),
    ("socket", coprocessor("run/link", "link"), "coprocessor.toml", "broken", "link.socket"),
    ("face alone", FACE, "doors", "weak", "face alone"),
    ("face alone, high", both(FACE, HIGH), "doors", "broken", "does not start"),
    ("face alone at night", when("night", "face"), "doors", "weak", "face alone"),
    ("card alone at night, high", both(HIGH, when("night", "card")), "doors", "weak", "copied"),
    ("no such night", when("night", "card+pin"), "factors", "weak", "no schedule 'night'"),
    ("card alone, high", both(CARD, HIGH), "doors", "weak", "copied"),
    (
        "card stands in, high",
        both(HIGH, site('without_face = "card+pin"', 'without_face = "card"')),
        "doors",
        "weak",
        "whenever a camera is away",
    ),
    ("no schedule", FREE_HOURS, "free hours", "weak", "there is no schedule 'public'"),
    ("no infrared camera", IR_DOOR, "cameras", "broken", "no infrared camera"),
    ("a file", coprocessor('name = "CAM0"', 'file = "a.png"'), "cameras", "broken", "a file plays"),
    ("one account", site(f'"{ME}"', '""'), "accounts", "weak", "reads the vault's key"),
    ("no such account", site(f'"{ME}"', '"nemo"'), "accounts", "broken", "nemo"),
    ("no TLS", REMOTE, "broker", "weak", "without TLS"),
    ("open folder", chmod(".", 0o750), "state directory", "weak", "0750"),
    ("no key", gone("vault.key"), "vault.key", "broken", "No such file"),
    ("open key", chmod("vault.key", 0o640), "vault.key", "broken", "0640"),
    ("no vault", gone("vault.db"), "vault", "broken", "missing"),
    ("another vault", garbage("vault.db"), "vault", "broken", "vault"),
    ("no key to the vault", gone("vault.key"), "vault", "broken", "missing"),
    ("no bundle", gone("../bundle/manifest.json"), "model bundle", "broken", "manifest.json"),
    ("forged", garbage("../bundle/manifest.json"), "model bundle", "broken", "manifest.sig"),
    ("torn", garbage("../bundle/embedder.tflite"), "model bundle", "broken", "embedder.tflite"),
    (
        "two bundles",
        coprocessor('directory = "', 'directory = "/nowhere/'),
        "model bundle of coprocessor.toml",
        "broken",
        "manifest.json",
    ),
]


@pytest.mark.parametrize(
    ("damage", "subject", "level", "word"), [case[1:] for case in BAD], ids=[c[0] for c in BAD]
)
def test_what_is_bad_is_found_with_its_remedy(
    damage: Callable[[Path], None], subject: str, level: Level, word: str, state: Path
) -> None:
    damage(state)
    found = [one for one in bad(doctor.examine(state)) if one.subject == subject]
    assert found, "nothing was found"
    assert found[0].level == level
    assert word in found[0].said
    assert found[0].remedy


GOOD: list[tuple[str, Callable[[Path], None]]] = [
    ("card and face, high", HIGH),
    ("face before two cameras, high", both(FACE, HIGH, IR_DOOR, IR_EYE)),
    ("an infrared camera nobody wants", IR_EYE),
    ("a door with an infrared camera", both(IR_DOOR, IR_EYE)),
    ("TLS", both(REMOTE, coprocessor(BROKER, f'{BROKER}\n[broker.tls]\nca = "ca.pem"'))),
    ("a broker here", coprocessor('host = ""\nport = 0', 'host = "127.0.0.1"\nport = 1883')),
    ("a passage for the co-processor", chmod(".", 0o710)),
    ("learning", site('board = "', 'learn_from_passes = true\nboard = "')),
]


@pytest.mark.parametrize("change", [case[1] for case in GOOD], ids=[case[0] for case in GOOD])
def test_what_is_good_is_not_blamed(change: Callable[[Path], None], state: Path) -> None:
    change(state)
    assert bad(doctor.examine(state)) == []


def test_without_an_account_of_its_own_nobody_passes_through(state: Path) -> None:
    site(f'"{ME}"', '""')(state)
    state.chmod(0o710)
    assert "state directory" in {finding.subject for finding in bad(doctor.examine(state))}


def test_a_bundle_of_another_identity_is_never_heard(state: Path) -> None:
    make_bundle(state.parent / "other")
    key = (state.parent / "other" / "bundle.pub").read_text().strip()
    path = state / "coprocessor.toml"
    ours = (state.parent / "bundle" / "bundle.pub").read_text().strip()
    edit(path, ours, key)
    edit(path, 'directory = "../bundle"', 'directory = "../other"')
    assert bad(doctor.examine(state)) == []  # of the same manifest, signed by another key
    raw = encode(msgspec.structs.replace(MANIFEST, calibration="another"))
    signer = Ed25519PrivateKey.generate()
    (state.parent / "other" / "manifest.json").write_bytes(raw)
    (state.parent / "other" / "manifest.sig").write_bytes(signer.sign(raw))
    edit(path, key, signer.public_key().public_bytes_raw().hex())
    (found,) = bad(doctor.examine(state))
    assert "name the same bundle in both" in found.remedy


def test_a_clock_that_was_set_back_is_found(state: Path) -> None:
    patient = Patient(state)
    assert patient.vault is not None
    patient.vault = patient.vault._replace(newest_ms=patient.now_ms + 3_600_000)
    assert "behind the newest journal entry" in only("clock", patient).said
    patient.now_ms = 1_000
    assert "before this version" in only("clock", patient).said


def test_a_clock_that_is_doubted_is_found(state: Path) -> None:
    """As the terminal remembers it over a restart, with its own bounds."""
    assert (keeping.BUILT_MS, keeping.CLOCK_SLACK_MS) == (BUILT_MS, BOUND_MS)
    store = Store.open(state / "vault.db", keys.load(state / "vault.key"))
    calendar.doubt_clock(store, True)
    store.close()
    found = only("clock", Patient(state))
    assert "it jumped" in found.said
    assert "cardea clock accept" in found.remedy


def test_free_hours_are_told(state: Path) -> None:
    FREE_HOURS(state)
    patient = Patient(state)
    assert patient.vault is not None
    patient.vault = patient.vault._replace(schedules=frozenset({"public"}))
    (found,) = told("free hours", patient)
    assert (found.level, found.said) == ("note", "front is free to all by schedule public")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_who_looks_as_another_account_is_told_so_and_blames_nobody(state: Path) -> None:
    os.chown(state / "vault.key", 12_345, 12_345)
    findings = doctor.examine(state)
    assert bad(findings) == []
    (finding,) = (one for one in findings if one.subject == "vault.key")
    assert "belongs to user 12345" in finding.said
    assert not [one for one in findings if one.subject == "vault"]


def test_a_disk_that_fills_is_told_before_it_is_full(state: Path) -> None:
    patient = Patient(state)
    assert patient.free_bytes
    patient.free_bytes = 100 << 20
    assert only("disk", patient).level == "weak"
    patient.free_bytes = 10 << 20
    assert only("disk", patient).level == "broken"


def told(subject: str, patient: Patient) -> list[Finding]:
    return [one for check in doctor.CHECKS for one in check(patient) if one.subject == subject]


def test_learning_from_passes_is_a_matter_of_consent(state: Path) -> None:
    (finding,) = told("learning", Patient(state))
    assert finding.level == "ok"
    site('board = "', 'learn_from_passes = true\nboard = "')(state)
    (finding,) = told("learning", Patient(state))
    assert (finding.level, "agreed" in finding.said) == ("note", True)


def test_each_threshold_is_told_with_its_basis_and_an_old_bundle_with_its_age(state: Path) -> None:
    patient = Patient(state)
    said = [finding.said for finding in told("thresholds", patient)]
    assert "match_e4 = 4000: a test" in said
    assert len(told("model bundle", patient)) == 1
    patient.now_ms += 400 * 86_400_000
    assert "400 days" in told("model bundle", patient)[1].said


def only(subject: str, patient: Patient) -> Finding:
    """The one bad finding on this subject."""
    (finding,) = bad(told(subject, patient))
    return finding


def status(**more: Any) -> answers.StatusAnswer:
    """A terminal in the best of health; `more` overrides."""
    feedback = answers.Feedback("off", "", buzzer=False)
    inputs = {"contact": False, "rex": False, "tamper": False, "fire": False}
    portal = answers.PortalStatus(
        "secured", "shut", "normal", False, False, "normal", feedback, inputs
    )
    answer = answers.StatusAnswer(
        revision=1,
        terminal=SERIAL,
        bundle="",
        portals={"front": portal},
        linked=True,
        camera_working=True,
        backend="litert",
        p50_ms=8.0,
        p99_ms=20.0,
        last_reading_ms=8.0,
        broker_connected=True,
        alerts_waiting=0,
        journal_entries=3,
        journal_head="ab",
        vault_open=True,
        calibration="site",
        golden=9,
        drift_of="attack",
        drift_e3=40,
    )
    return msgspec.structs.replace(answer, **more)


def living(state: Path, **more: Any) -> Patient:
    patient = Patient(state)
    assert patient.manifest is not None
    patient.status = status(**{"bundle": patient.manifest.identity} | more)
    return patient


def test_a_healthy_terminal_that_runs_has_nothing_weak(state: Path) -> None:
    patient = living(state)
    assert bad([one for check in doctor.CHECKS for one in check(patient)]) == []


def housing_open() -> dict[str, answers.PortalStatus]:
    (portal,) = status().portals.values()
    return {"front": msgspec.structs.replace(portal, inputs={"tamper": True})}


@pytest.mark.parametrize(
    ("more", "subject", "level", "word"),
    [
        ({"vault_open": False}, "terminal", "broken", "vault is not well"),
        ({"terminal": "other"}, "terminal", "weak", "runs as other"),
        ({"portals": housing_open()}, "terminal", "weak", "housing is open"),
        ({"linked": False}, "co-processor", "broken", "not linked"),
        ({"camera_working": False}, "camera", "broken", "no pictures"),
        ({"infrared": "lost"}, "infrared camera", "broken", "no face counts"),
        ({"calibration": "none"}, "attack score", "weak", "not calibrated to this site"),
        ({"calibration": "void"}, "attack score", "weak", "void"),
        ({"model": "rollback"}, "models", "broken", "older"),
        ({"model": "a new word"}, "models", "broken", "a new word"),
        ({"bundle": "00"}, "models", "weak", "lies on the disk"),
        ({"fallback": True}, "models", "weak", "not what was asked for"),
        ({"golden": 0}, "golden set", "weak", "none"),
        ({"drift_e3": 400}, "drift", "weak", "0.400"),
    ],
)
def test_what_a_running_terminal_says_is_judged(
    more: dict[str, Any], subject: str, level: Level, word: str, state: Path
) -> None:
    finding = only(subject, living(state, **more))
    assert finding.level == level
    assert word in finding.said


def test_a_door_that_wants_an_infrared_camera_nobody_reports_is_broken(state: Path) -> None:
    both(IR_DOOR, IR_EYE)(state)
    assert "none" in only("infrared camera", living(state)).said
    patient = living(state, infrared="working")
    assert bad([one for check in doctor.CHECKS for one in check(patient)]) == []


def test_a_broker_that_is_named_and_away_is_weak(state: Path) -> None:
    patient = living(state, broker_connected=False, alerts_waiting=4)
    assert bad([one for check in doctor.CHECKS for one in check(patient)]) == []
    coprocessor('host = ""\nport = 0', 'host = "localhost"\nport = 1883')(state)
    patient = living(state, broker_connected=False, alerts_waiting=4)
    assert "4 alerts wait" in only("alerts", patient).said


def test_it_looks_at_a_terminal_that_runs(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (state / "vault.db").unlink()
    (state / "vault.anchor").unlink()
    (state / "vault.key").write_text(bytes(range(32)).hex())
    vault = Vault(state / "vault.db", PINS.hashes(PIN))

    async def story() -> None:
        async with running(vault, state):
            said = ["doctor", "--state", str(state), "--json"]
            assert await asyncio.to_thread(main, said) == 2  # no co-processor
            report = msgspec.json.decode(capsys.readouterr().out)
            told = {one["subject"]: one for one in report["findings"]}
            assert told["terminal"]["level"] == "ok"
            assert told["co-processor"]["level"] == "broken"
            assert report["level"] == "broken"
            assert "masks" in report["cannot_see"]

    asyncio.run(story())


def test_exit_code_and_list_agree(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--state", str(state)]) == 0
    said = capsys.readouterr().out
    assert CANNOT_SEE in said
    assert "0 weak, 0 broken" in said
    FACE(state)
    assert main(["doctor", "--state", str(state)]) == 1
    said = capsys.readouterr().out
    assert "1 weak, 0 broken" in said
    assert "->" in said
    (state / "vault.key").unlink()
    assert main(["doctor", "--state", str(state)]) == 2


def test_nothing_a_file_says_moves_the_cursor(state: Path) -> None:
    site(SERIAL, "demo\\u001b[2J")(state)
    said = as_text(doctor.examine(state))
    assert "\x1b" not in said
    assert "demo?[2J" in said


def test_a_bad_finding_without_a_remedy_does_not_exist() -> None:
    for level in ("weak", "broken"):
        with pytest.raises(ValueError, match="no remedy"):
            Finding("doors", level, "open")  # type: ignore[arg-type]


FILES = (
    "state/site.toml",
    "state/coprocessor.toml",
    "state/vault.key",
    "state/vault.db",
    "bundle/manifest.json",
    "bundle/manifest.sig",
)


def looked_at(pattern: Path, damage: Callable[[Path], object]) -> list[Finding]:
    """The findings on a copy after this damage; whatever they are, they can be told."""
    with TemporaryDirectory() as folder:
        shutil.copytree(pattern, folder, dirs_exist_ok=True)
        damage(Path(folder))
        findings = doctor.examine(Path(folder) / "state")
    assert as_text(findings)
    assert as_json(findings)
    return findings


@settings(deadline=None, max_examples=60)
@given(name=st.sampled_from(FILES), raw=st.binary(max_size=200))
def test_no_content_of_a_file_raises(name: str, raw: bytes, pattern: Path) -> None:
    findings = looked_at(pattern, lambda folder: (folder / name).write_bytes(raw))
    assert exit_code(findings) == 2


@settings(deadline=None, max_examples=150)
@given(
    name=st.sampled_from(FILES[:2]),
    at=st.integers(0, 1 << 16),
    other=st.characters(codec="utf-8") | st.sampled_from('\0"\n'),
)
def test_no_change_of_a_file_raises(name: str, at: int, other: str, pattern: Path) -> None:
    def damage(folder: Path) -> None:
        text = (folder / name).read_text()
        place = at % len(text)
        (folder / name).write_text(text[:place] + other + text[place + 1 :])

    looked_at(pattern, damage)


@pytest.mark.parametrize("name", FILES)
def test_what_is_no_file_is_told(name: str, pattern: Path) -> None:
    def replaced(by: Callable[[Path], object]) -> list[Finding]:
        def damage(folder: Path) -> None:
            (folder / name).unlink()
            by(folder / name)

        return looked_at(pattern, damage)

    for by in (Path.mkdir, os.mkfifo, lambda path: path.symlink_to(path)):
        assert exit_code(replaced(by)) == 2


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("site.toml", 'directory = "', 'directory = "\\u0000'),
        ("coprocessor.toml", 'directory = "', 'directory = "\\u0000'),
        ("coprocessor.toml", 'socket = "run/link', 'socket = "\\u0000'),
        ("site.toml", f'"{ME}"', '"\\u0000"'),
        ("site.toml", "[portals.front]", '[portals."\\u0000"]'),
    ],
)
def test_a_null_byte_is_told(file: str, old: str, new: str, state: Path) -> None:
    edit(state / file, old, new)
    assert as_text(doctor.examine(state))


def test_no_state_directory_is_told(tmp_path: Path) -> None:
    for state in (tmp_path / "absent", tmp_path / ("x" * 300)):
        findings = doctor.examine(state)
        assert exit_code(findings) == 2
        assert any(one.subject == "state directory" for one in bad(findings))
