"""Whoever takes every file of a running terminal and not its TPM has nobody's data."""

import base64
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from appliance.vault import opening, sealing, sources
from appliance.vault.faults import KeyFault
from appliance.vault.pages import FRAME_HEADER, LOG_HEADER, PAGE_BYTES, Pages
from appliance.vault.records import Card, Enrolment, Template
from provisioning.simulator import samples
from tests.appliance.vault.swtpm import swtpm
from tests.flows.stage import Stage

pytestmark = pytest.mark.flow

NAME, NUMBER, PIN = "Zenobia Quarrington", 27_182_818_284, "739146820"
CHI_SQUARE = 700.0
"""Over 256 values of a byte; of noise it is 255, give or take 23: 700 is never reached."""


class SealedStage(Stage):
    """With a key that a TPM has sealed, and a holder whom nobody else resembles."""

    def __init__(self, state: Path, tcti: str) -> None:
        self.tcti, self.key, self.vector = tcti, b"", secrets.token_bytes(512)
        super().__init__(state)

    def _start(self, prefix: tuple[str, ...] = ()) -> None:
        site = self.state / "site.toml"
        site.write_text(site.read_text() + f'\n[vault]\nkey = "tpm"\ntcti = "{self.tcti}"\n')
        source = sources.of(self.state)
        self.key = sealing.seal_file(self.state, source)
        sealing.destroy_file(self.state, source, self.key)
        store = opening.opened(self.state, source)
        template = Template("b" * 64, self.vector, 1)
        card = Card("H10302", 0, NUMBER)
        store.enrol(Enrolment(NAME, (card,), store.pins.hashes(PIN), (template,)))
        store.close()
        super()._start(prefix)

    def face_ready(self) -> bool:
        """Nobody else is enrolled: the simulator fills an empty vault alone."""
        state = self.read("state")["coprocessor"]
        return bool(state["linked"] and state["camera_working"])

    def canaries(self) -> dict[str, bytes]:
        return {
            "name": NAME.encode(),
            "card": NUMBER.to_bytes(6, "big"),
            "card in digits": str(NUMBER).encode(),
            "PIN": PIN.encode(),
            "PIN's hash": b"$argon2id$",
            "sealed hash": b"p1$",
            "template": self.vector[100:132],
            "key": self.key,
            "sample's picture": samples.pictures()["holder"][2_000:2_032],
        }


def spellings(canary: bytes) -> Iterator[bytes]:
    """As it is, backwards, in hexadecimal, in base 64 at each place, and as wide characters."""
    yield from (canary, canary[::-1], canary.hex().encode(), canary.hex().upper().encode())
    if len(canary) < 9:
        return  # so little of it is left in base 64 that it is found anywhere
    for shift in range(3):
        yield base64.b64encode(bytes(shift) + canary)[4:-4]
    if canary.isascii():
        yield from (canary.decode().encode(code) for code in ("utf-16-le", "utf-16-be", "utf-32"))
        yield canary.decode().upper().encode()


def found(raw: bytes, canaries: dict[str, bytes]) -> set[str]:
    return {what for what, one in canaries.items() if any(s in raw for s in spellings(one))}


def uneven(pages: list[bytes]) -> list[float]:
    """Chi-square of each page's bytes against noise; of those alone that are no noise."""
    counted = [np.bincount(np.frombuffer(page, np.uint8), minlength=256) for page in pages]
    sums = [float(((one - one.sum() / 256) ** 2 / (one.sum() / 256)).sum()) for one in counted]
    return [value for value in sums if value > CHI_SQUARE]


def pages_of(folder: Path) -> list[bytes]:
    """Every page of the vault and of its log, as they lie there."""
    vault, log = (folder / "vault.db").read_bytes(), (folder / "vault.db-wal").read_bytes()
    frame = FRAME_HEADER + PAGE_BYTES
    return [vault[at : at + PAGE_BYTES] for at in range(0, len(vault), PAGE_BYTES)] + [
        log[at + FRAME_HEADER : at + frame] for at in range(LOG_HEADER, len(log), frame)
    ]


def test_every_file_and_not_the_tpm(tmp_path: Path) -> None:
    with swtpm() as tcti, swtpm() as another:
        stage = SealedStage(tmp_path / "state", tcti)
        try:
            shutil.copytree(stage.state, tmp_path / "loot", ignore=shutil.ignore_patterns("*sock*"))
        finally:
            stage.close()
        loot = tmp_path / "loot"
        files = [file for file in loot.rglob("*") if file.is_file()]
        assert {"vault.db", "vault.db-wal", "vault.sealed", "site.toml"} <= {f.name for f in files}
        for file in files:
            canaries = stage.canaries()
            assert found(file.read_bytes(), canaries) - {"sealed hash"} == set(), file.name
        assert uneven(pages_of(loot)) == []
        with pytest.raises(KeyFault):
            sources.load(loot, sources.Source("tpm", another))
        # The same looks at the pages decrypted, which is a vault that nobody encrypts.
        pages = Pages(loot / "vault.db", stage.key)
        plain = [*pages.decrypted(1, 10_000), *pages.logged(0, 10_000)]
        there = found(b"".join(plain), stage.canaries())
        assert {"name", "sealed hash"} <= there
        assert there & {"card"}
        assert not there & {"PIN", "PIN's hash", "template", "key"}
        assert len(uneven(plain)) > len(plain) / 2
