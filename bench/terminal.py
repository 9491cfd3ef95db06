"""The two processes from outside: start to ready, card read to strike, memory."""

import argparse
import asyncio
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from bench.telling import tell
from board import stimulus, wiegand
from board.link import admin, answers
from board.link.stream import StreamClosed
from provisioning import site_new
from provisioning.terminal import NoTerminal, ask

ROOT = Path(__file__).parents[1]
BUNDLE = Path(os.environ.get("CARDEA_BUNDLE", ROOT / ".models" / "bundle"))
CARDS = 200
CARD = wiegand.encode("H10301", 17, 1815)


def status(state: Path) -> answers.StatusAnswer | None:
    """How the terminal is, or None while it does not answer yet."""
    try:
        answer = ask(state, admin.Status())
    except NoTerminal:
        return None
    return answer if isinstance(answer, answers.StatusAnswer) else None


def until(question: Callable[[], Any], since_s: float) -> float:
    """Ask until the answer is true; return the milliseconds since `since_s`."""
    while not question():
        time.sleep(0.005)
    return (time.perf_counter() - since_s) * 1000


def start(*arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", *arguments], stderr=subprocess.DEVNULL)


def camera_works(state: Path) -> bool:
    """Whether the terminal could ask for a face now."""
    now = status(state)
    return now is not None and now.camera_working


async def film(socket: Path) -> None:
    """Show the camera an empty, noisy picture 15 times a second, once it is there."""
    noise = np.random.default_rng(0).integers(90, 110, (480, 640, 3), np.uint8).tobytes()
    while True:
        try:
            hand = await stimulus.reach(socket)
            while True:
                await hand.do(stimulus.Show("CAM0", noise, 480, 640))
                await asyncio.sleep(1 / 15)
        except StreamClosed:
            await asyncio.sleep(0.02)


async def swipe(hand: stimulus.Hand, card: tuple[int, ...] = CARD) -> float:
    """One card's bits; return the milliseconds from its last pulse to the strike's relay."""
    bits = "".join(map(str, card))
    began_s = time.perf_counter()
    await hand.do(stimulus.SwipeWiegand("D0", "D1", bits))
    while not hand.levels.get("K1"):
        await hand.changed(1)
    took_ms = (time.perf_counter() - began_s) * 1000
    while hand.levels.get("K1"):
        await hand.changed(1)
    return took_ms


async def measure(folder: Path) -> dict[str, Any]:
    state = folder / "state"
    site_new.make(state, "simulated", BUNDLE, serial="bench")
    site = state / "site.toml"
    text = re.sub(r'factors = "[^"]*"', 'factors = "card"', site.read_text())
    site.write_text(text.replace("unlock_ms = 5000", "unlock_ms = 100"))
    began_s = time.perf_counter()
    appliance = start("appliance", "--site", str(site), "--state", str(state))
    coprocessor = start("coprocessor", "--config", str(state / "coprocessor.toml"))
    camera = asyncio.create_task(film(state / "run" / "camera.sock"))
    try:
        door_ms = await asyncio.to_thread(until, lambda: status(state), began_s)
        face_ms = await asyncio.to_thread(until, lambda: camera_works(state), began_s)
        ask(state, admin.Enrol("Bench", "H10301", 17, 1815))
        hand = await stimulus.reach(state / "run" / "board.sock")
        took_ms = [await swipe(hand) for _ in range(CARDS)]
        hand.close()
        memory = {
            name: psutil.Process(process.pid).memory_full_info().pss / 2**20
            for name, process in (("appliance", appliance), ("co-processor", coprocessor))
        }
    finally:
        camera.cancel()
        for process in (appliance, coprocessor):
            process.terminate()
            process.wait()
    return {
        "door_ready_ms": door_ms,
        "face_ready_ms": face_ms,
        "card_to_strike_p50_ms": float(np.percentile(took_ms, 50)),
        "card_to_strike_p99_ms": float(np.percentile(took_ms, 99)),
        "cards": CARDS,
        "of_which_frame_gap_ms": wiegand.FRAME_GAP_US / 1000,
        **{f"{name}_pss_mib": value for name, value in memory.items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON line")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = asyncio.run(measure(Path(folder)))
    tell(figures, as_json=options.json)


if __name__ == "__main__":
    main()
