"""The four protocols over lists of two portraits that packages ship: plumbing, no error rates."""

import json
from datetime import UTC
from pathlib import Path

import cv2
import matplotlib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance import attempt as door
from appliance import decision, stepup
from appliance.people import NOBODY, People
from appliance.wallclock import Wallclock
from board.link.messages import FaceReading
from coprocessor.detect import Face
from coprocessor.evaluate import main
from coprocessor.evaluation.acquisition import Acquired, similarities_e4
from coprocessor.evaluation.attempt import decide, until_decided
from coprocessor.evaluation.crossing import ROWS, cross
from coprocessor.evaluation.gallery import search
from coprocessor.evaluation.listing import EvaluationError, Row, inside, rows
from coprocessor.evaluation.presentation import Video
from coprocessor.evaluation.presentation import figures as video_figures
from coprocessor.evaluation.still import most_central
from coprocessor.evaluation.turning import SIGNS, TURNED_DEG, TURNED_READINGS, sides
from coprocessor.metrics import NEVER
from coprocessor.template import similarity_e4
from provisioning.simulator.scenes import FPS, compose

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def images(tmp_path, astronaut):
    """ada, ada2, grace, grace2: two people twice. wall: nobody. broken.jpg: no picture."""
    folder = tmp_path / "images"
    folder.mkdir()
    shipped = Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"
    grace = cv2.imread(str(shipped))
    ada = np.ascontiguousarray(astronaut[..., ::-1])
    for name, person in (("ada", ada), ("grace", grace)):
        cv2.imwrite(str(folder / f"{name}.png"), person)
        darker = cv2.convertScaleAbs(person[:, ::-1], alpha=0.8)
        cv2.imwrite(str(folder / f"{name}2.jpg"), darker)
    cv2.imwrite(str(folder / "wall.png"), np.full((200, 200, 3), 90, np.uint8))
    (folder / "broken.jpg").write_bytes((folder / "ada2.jpg").read_bytes()[:40])
    return folder


@pytest.fixture
def run(tmp_path, images, bundle_directory):
    """Run one protocol over lists given as text; the figures of its JSON."""

    def run(protocol, *lists, folder=images, extra=()):
        out = tmp_path / f"{protocol}.json"
        words = [protocol, "--json", str(out), "--bundle", str(bundle_directory), *extra]
        words += ["--videos" if protocol == "videos" else "--images", str(folder)]
        for option, text in lists:
            path = tmp_path / f"{option}.csv"
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
            words += [f"--{option}", str(path)]
        code = main(words)
        return json.loads(out.read_bytes()) if code == 0 else code

    return run


PAIRS = """fold,image_a,image_b,same
1,ada.png,ada2.jpg,1
1,ada.png,grace.png,0
2,grace.png,grace2.jpg,1
2,grace2.jpg,ada2.jpg,0
"""


def test_verify_tells_two_people_apart(run, tmp_path, bundle, capsys):
    told = run("verify", ("pairs", PAIRS))
    found = told["figures"]
    assert found["accuracy_mean"] == 1
    assert [fold["pairs"] for fold in found["folds"]] == [2, 2]
    assert [one["fnmr"]["events"] for one in found["at_fmr"]] == [0, 0]
    assert found["shipped"]["threshold_e4"] == bundle.manifest.thresholds.match_e4
    assert told["bundle"]["identity"] == bundle.manifest.identity
    assert told["plots"] == ["verify.det.png", "verify.scores.png"]
    assert all((tmp_path / name).read_bytes().startswith(PNG) for name in told["plots"])
    assert "100.00 % [34.24, 100.00] (2/2)  from" in capsys.readouterr().out


def test_a_pair_without_a_face_is_an_error(run):
    more = "1,ada.png,wall.png,1\n2,broken.jpg,grace.png,0\n"
    found = run("verify", ("pairs", PAIRS + more))["figures"]
    assert found["pairs_not_acquired"] == 2
    assert found["pictures"]["fta"]["events"] == 2
    assert found["pictures"]["not_acquired"] == {
        "broken.jpg": "unreadable: a JPEG without a frame header; send the whole file",
        "wall.png": "no_face",
    }
    assert found["accuracy_mean"] == pytest.approx(2 / 3)
    shipped = found["shipped"]
    assert (shipped["fnmr"]["events"], shipped["fnmr"]["trials"]) == (1, 3)
    assert (shipped["fmr"]["events"], shipped["fmr"]["trials"]) == (0, 2)


def test_one_fold_has_no_accuracy_and_one_kind_no_curve(run):
    told = run("verify", ("pairs", "fold,image_a,image_b,same\n1,ada.png,ada2.jpg,1\n"))
    assert told["figures"]["accuracy_mean"] is None
    assert told["figures"]["at_fmr"] == []
    assert told["plots"] == ["verify.scores.png"]


def test_the_same_run_gives_the_same_figures(run):
    one, other = run("verify", ("pairs", PAIRS)), run("verify", ("pairs", PAIRS))
    assert {key for key in one if one[key] != other[key]} <= {"date"}


GALLERY = "identity,image\nada,ada.png\n"
PROBES = "identity,image,kind\nada,ada2.jpg,enrolled\ngrace,grace.png,unknown\n"


def test_identify_finds_who_is_enrolled(run):
    found = run("identify", ("gallery", GALLERY), ("probes", PROBES))["figures"]
    assert (found["enrolled"], found["rank_1"]["events"], found["rank_1"]["trials"]) == (1, 1, 1)
    assert found["shipped"]["fpir"]["trials"] == 1
    assert found["shipped"]["fnir"]["events"] == 0
    crossed = found["all_against_all"]
    assert (crossed["pictures"], crossed["genuine"], crossed["impostor"]) == (3, 1, 2)


def test_a_gallery_picture_without_a_face_enrols_nobody(run):
    gallery = "identity,image\nada,wall.png\n"
    found = run("identify", ("gallery", gallery), ("probes", PROBES))["figures"]
    assert found["not_enrolled"] == ["ada"]
    assert found["rank_1"]["events"] == 0
    assert found["shipped"]["fnir"]["value"] == 1


def test_attacks_by_instrument(run):
    index = "image,label,instrument\nada.png,real,none\ngrace.png,attack,print\n"
    index += "ada2.jpg,attack,screen\nwall.png,attack,print\nbroken.jpg,real,\n"
    told = run("attacks", ("index", index))
    found = told["figures"]
    assert set(found["species"]) == {"print", "screen"}
    assert found["species"]["print"]["apcer"]["trials"] == 1
    assert found["species"]["print"]["apnrr"]["events"] == 1
    assert found["bpnrr"]["events"] == 1
    assert found["no_answer"] == {"no_face": 1, "unreadable": 1}
    assert found["not_answered"]["broken.jpg"].endswith("send the whole file")
    assert found["worst"] in found["species"]
    assert [one["target"] for one in found["at_apcer"]] == [0.01, 0.05, 0.1]
    assert told["plots"] == ["attacks.det.png", "attacks.scores.png"]


@pytest.mark.parametrize("head", ["image,label", "image,label,instrument"])
def test_an_attack_of_no_stated_instrument_is_unknown(run, head):
    found = run("attacks", ("index", f"{head}\nada.png,real\ngrace.png,attack\n"))["figures"]
    assert set(found["species"]) == {"unknown"}


def write_video(path, frames):
    size = frames[0].shape[1::-1]
    video = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), FPS, size)
    for rgb in frames:
        video.write(cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))
    video.release()


def test_one_decision_for_each_video(run, images, astronaut):
    for scene in ("live", "print"):
        write_video(images / f"{scene}.avi", list(compose(astronaut, scene, seconds=2.5, seed=1)))
    index = "file,subject,label\nlive.avi,s1,live\nprint.avi,s1,print\n"
    told = run("videos", ("index", index), extra=("--starts", "400"))
    live, attack = told["figures"]["videos"]
    assert live["decision"]["decision"] == "granted"
    assert attack["decision"]["decision"] == "refused_attack"
    assert live["frames"] == live["with_face"] == round(2.5 * FPS)
    assert (live["starts"], attack["starts"]) == ({"granted": 3}, {"refused_attack": 3})
    assert told["figures"]["granted_by_start"]["print"]["events"] == 0
    assert told["figures"]["granted_by_start"]["live"]["trials"] == 3
    assert told["figures"]["worst"] == "print"
    assert told["figures"]["bona_fide_granted"]["events"] == 1
    assert "videos.courses.png" in told["plots"]


@pytest.mark.parametrize(
    ("protocol", "text", "told"),
    [
        ("verify", "fold,image_a,same\n", "column image_b is missing"),
        ("verify", "", "column fold is missing"),
        ("verify", "fold,image_a,image_b,same\n", "no rows"),
        ("verify", PAIRS + "1,ada.png,ada2.jpg,yes\n", "line 6: same must be 0 or 1"),
        ("verify", PAIRS + "1,ada.png\n", "line 6: image_b is empty"),
        ("verify", PAIRS + "1,ada.png,absent.png,1\n", "line 6: absent.png is no file"),
        ("verify", PAIRS + "1,ada.png,../pairs.csv,1\n", "line 6: image_b leads out"),
        ("verify", PAIRS + "1,/etc/passwd,ada.png,1\n", "line 6: image_a leads out"),
        ("verify", PAIRS + "1,out.png,ada.png,1\n", "line 6: image_a leads out"),
        ("verify", PAIRS + f"1,{'x' * 5000},ada.png,1\n", "is no file"),
        ("verify", b"fold,image_a,image_b,same\n\xff\n", "not a CSV file in UTF-8"),
        ("attacks", "image,label\nada.png,live\n", "label must be real or attack"),
        ("videos", "file,subject,label\nada.png,s1,live\n", "is a still picture"),
        ("videos", "file,subject,label\nnoise.avi,s1,live\n", "not one frame decodes"),
    ],
)
def test_a_list_that_is_wrong_is_one_line(run, images, protocol, text, told, capfd):
    (images / "noise.avi").write_bytes(b"RIFF and no more")
    (images / "out.png").symlink_to("/etc/passwd")
    assert run(protocol, ("pairs" if protocol == "verify" else "index", text)) == 2
    error = capfd.readouterr().err
    assert told in [line for line in error.splitlines() if line.startswith("evaluate: ")][-1]
    assert "Traceback" not in error


@pytest.mark.parametrize(("kind", "told"), [("enrolled", "otherwise"), ("maybe", "must be")])
def test_a_kind_that_contradicts_the_gallery_is_told(run, capsys, kind, told):
    probes = f"identity,image,kind\ngrace,grace.png,{kind}\n"
    assert run("identify", ("gallery", GALLERY), ("probes", probes)) == 2
    assert told in capsys.readouterr().err


def test_a_bundle_of_another_key_is_not_measured(run, capsys):
    assert run("verify", ("pairs", PAIRS), extra=("--public-key", "00" * 32)) == 2
    assert capsys.readouterr().err.startswith("evaluate: manifest.sig: does not match")


def test_where_there_is_no_bundle_the_remedy_is_told(run, tmp_path, capsys):
    assert run("verify", ("pairs", PAIRS), extra=("--bundle", str(tmp_path))) == 2
    assert "make models" in capsys.readouterr().err


def test_where_figures_cannot_go_is_told_before_the_work(run, tmp_path, capsys):
    extra = ("--json", str(tmp_path / "absent" / "x.json"))
    assert run("verify", ("pairs", PAIRS), extra=extra) == 2
    assert "--json" in capsys.readouterr().err


@given(
    content=st.binary(max_size=300) | st.text(max_size=300).map(lambda t: ("a,b\n" + t).encode())
)
def test_any_bytes_are_rows_or_an_error(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("lists") / "list.csv"
    path.write_bytes(content)
    try:
        found = rows(path, ("a", "b"), ("c",))
    except EvaluationError:
        return
    assert found
    assert all(row["a"] and row["b"] and row["c"] is not None for row in found)


@given(name=st.text(min_size=1, max_size=80))
def test_any_name_is_a_file_inside_or_an_error(tmp_path_factory, name):
    folder = tmp_path_factory.mktemp("inside")
    try:
        found = inside(folder, Row("list, line 2", {"image": name}), "image")
    except EvaluationError:
        return
    assert found.is_relative_to(folder.resolve())


def test_the_most_central_face_counts_not_the_largest():
    def face(x0, y0, x1, y1):
        return Face(np.array([x0, y0, x1, y1], np.float32), np.zeros((6, 2), np.float32), 0.9)

    large, central = face(0, 0, 80, 80), face(90, 40, 110, 60)
    assert most_central([large, central], np.zeros((100, 200, 3), np.uint8)) is central


def templates(seed, count):
    values = np.random.default_rng(seed).integers(-127, 128, (count, 512), np.int8)
    return [each.tobytes() for each in values]


def test_all_similarities_are_those_of_the_product():
    references, probes = [*templates(1, 5), b""], [b"", *templates(2, 4), templates(1, 1)[0]]
    found = similarities_e4(references, probes)
    for row, reference in zip(found, references, strict=True):
        for score, probe in zip(row, probes, strict=True):
            both = reference and probe
            assert score == (similarity_e4(reference, probe) if both else NEVER)


def test_every_two_pictures_are_compared_once_however_many_at_a_time():
    count = 2 * ROWS + 37
    given = templates(5, count)
    given[3] = given[ROWS] = b""
    people = np.array([f"person {number % 50}" for number in range(count)])
    paths = [Path(str(number)) for number in range(count)]
    acquired = {path: Acquired("", one, one) for path, one in zip(paths, given, strict=True)}
    crossed, pictures = cross([*paths, paths[0]], np.append(people, people[0]), acquired)
    assert pictures == count - 2
    scores = similarities_e4(given, given)
    upper = np.triu_indices(count, 1)
    same, scores = people[upper[0]] == people[upper[1]], scores[upper]
    assert sorted(crossed.genuine) == sorted(scores[same & (scores > NEVER)])
    assert sorted(crossed.impostor) == sorted(scores[~same & (scores > NEVER)])


def test_the_margin_is_over_the_next_person_not_their_other_picture():
    ada, ada_again, grace = templates(3, 3)
    near = np.frombuffer(ada, np.int8).copy()
    near[:40] = 0
    gallery = [Acquired("", one, one) for one in (ada, near.tobytes(), grace)]
    owners = np.array(["ada", "ada", "grace"])
    probes = [Acquired("", ada, ada), Acquired("no_face"), Acquired("", ada_again, ada_again)]
    found = search(gallery, owners, probes, np.array(["ada", "ada", "eve"]))
    assert list(found.right) == [True, False, False]
    assert list(found.mated) == [True, True, False]
    assert found.best[0] == 10_000
    assert found.margin[0] == 10_000 - similarity_e4(grace, ada)
    assert found.best[1] == NEVER
    assert len(found.strangers()) == 1


READINGS = st.lists(
    st.builds(
        FaceReading,
        attempt=st.just(1),
        portal=st.just("front"),
        track=st.sampled_from([1, 1, 1, 2]),
        frames=st.sampled_from([0, 7, 8, 16, 16]),
        span_ms=st.sampled_from([0, 1_499, 1_500, 3_000, 3_000]),
        refusal=st.sampled_from(["", "", "", "no_face", "several_faces", "blurred"]),
        attack_permille=st.one_of(st.integers(0, 1_000), st.integers(401, 799)),
        probe=st.just(b""),
        age_ms=st.just(0),
        took_us=st.just(0),
        yaw_deg=st.sampled_from([0, 24, 25, 60, -24, -25, -60]),
    ),
    max_size=12,
)


@settings(max_examples=400)
@given(readings=READINGS, every_ms=st.sampled_from([66, 400, 1_000, 1_500]))
def test_the_decision_is_the_appliances(bundle, readings, every_ms):
    given = [(every_ms * number, reading) for number, reading in enumerate(readings)]
    people = People(None, bundle.manifest, Wallclock(UTC, 0), None, None)
    limits = people.verifying
    known = decision.unshown(decision.ADMISSIBLE)
    current = door.begin(1, (door.FACE,), known)
    word, at = "undecided", None
    for at_ms, reading in given:
        face = people.compare(reading, NOBODY.templates)._replace(similarity_e4=10_000)
        current = door.with_face(current, face, limits, look(reading), at_ms)
        if not door.missing(current) or door.hopeless(current, limits):
            word, at = "refused_attack" if door.missing(current) else "granted", at_ms
            break
        if door.wants_step_up(current, limits):
            word, at = "asked", at_ms
            break
    decided = decision.decide(current.facts, limits)
    found = decide(given, bundle.manifest.thresholds)
    assert (found.decision, found.decided_ms) == (word, at)
    read = list(until_decided(given, bundle.manifest.thresholds))
    assert len(read) == (len(given) if at is None else at // every_ms + 1)
    assert found.reason == ("" if decided.granted else decided.reason)
    assert found.at_any_moment >= (found.decision == "granted")


def test_a_person_who_stays_unclear_is_asked_to_turn(bundle):
    def unclear(track):
        return FaceReading(1, "", track, 16, 3_000, "", 600, b"", 0, 0)

    limits = bundle.manifest.thresholds
    given = [(500 * number, unclear(1)) for number in range(9)]
    assert decide(given[:6], limits).decision == "undecided"
    found = decide(given, limits)
    assert (found.decision, found.decided_ms, found.reason) == ("asked", 3_000, "attack_suspected")
    others = [(at, unclear(at // 2_000)) for at, _ in given]
    assert decide(others, limits).decision == "undecided"


def look(reading):
    seen = reading.refusal not in ("no_face", "several_faces", "occluded")
    return stepup.Look(reading.track, seen, reading.yaw_deg, reading.eyes_px)


def answered(side, readings):
    """Did they turn to the side that was asked for, after facing the camera?"""
    if not readings:
        return False
    front = stepup.Look(readings[0].track, True, 0, 99)
    current = stepup.look_at(stepup.ask((side,), front, 0), front, True, 0)
    for reading in readings:
        current = stepup.look_at(current, look(reading), False, 1)
    return current.result == stepup.ASKED and current.number == 2


@given(readings=READINGS)
def test_a_turn_is_what_the_appliance_takes_for_one(readings):
    """Some stretch of the readings turns to that side if and only if the step-up would say so."""
    assert (TURNED_DEG, TURNED_READINGS) == (stepup.TURNED_DEG, stepup.TURNED_READINGS)
    assert SIGNS == stepup.SIGNS
    found = sides(readings)
    places = range(len(readings) + 1)
    for side in SIGNS:
        parts = (readings[begin:end] for begin in places for end in places)
        turned = any(answered(side, part) for part in parts)
        assert (side in found) == turned


def test_an_attack_without_an_answer_is_no_success_of_the_defence(bundle):
    def played(label, *readings):
        found = decide(list(enumerate(readings)), bundle.manifest.thresholds)
        return Video("x", "s", label, 1, 1, 1, found, None, None)

    clear = FaceReading(1, "", 1, 99, 9_000, "", 1_000, b"", 0, 0)
    alive = FaceReading(1, "", 1, 99, 9_000, "", 0, b"", 0, 0)
    nobody = FaceReading(1, "", 0, 0, 0, "no_face", 500, b"", 0, 0)
    found = video_figures(
        [
            played("mask", nobody),
            played("mask", clear),
            played("print", clear, alive),
            played("live", alive),
            played("live", nobody),
        ]
    )
    assert (found.species["mask"].apcer.trials, found.species["mask"].apnrr.events) == (1, 1)
    assert found.species["print"].apcer.events == 0
    assert found.apcer_at_any_moment["print"].events == 1
    assert (found.bpcer.events, found.bpcer.trials, found.bpnrr.events) == (0, 1, 1)
    assert (found.bona_fide_granted.events, found.bona_fide_granted.trials) == (1, 2)


def test_who_is_asked_to_turn_is_neither_granted_nor_refused(bundle):
    limits = bundle.manifest.thresholds

    def played(label, permille, *turns):
        reading = FaceReading(1, "", 1, 99, 9_000, "", permille, b"", 0, 0)
        found = decide([(at, reading) for at in (0, 3_000)], limits)
        return Video("x", "s", label, 1, 1, 1, found, None, None, turns=list(turns))

    found = video_figures(
        [
            played("replay", 600, "left", "right"),
            played("replay", 600, "left"),
            played("replay", 600),
            played("print", 600),
            played("print", 0),
            played("live", 600),
            played("live", 0),
            played("live", 900),
        ]
    )
    assert (found.species["replay"].apcer.events, found.species["replay"].apcer.trials) == (0, 3)
    assert (found.bpcer.events, found.bpcer.trials) == (1, 3)
    stepped_up = found.with_step_up
    assert {kind: one.events for kind, one in stepped_up.asked.items()} == {
        "live": 1,
        "print": 1,
        "replay": 3,
    }
    assert {kind: one.events for kind, one in stepped_up.apcer.items()} == {"print": 1, "replay": 1}
    assert stepped_up.worst == "print"
    assert (stepped_up.bpcer.events, stepped_up.bpcer_unanswered.events) == (1, 2)
