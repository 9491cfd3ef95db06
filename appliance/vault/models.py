"""The vault's tables of the models' life: bundles taken, the golden set, outdated faces."""

from collections.abc import Sequence
from typing import Final

import msgspec

from appliance.vault.faults import Conflict, VaultFault
from appliance.vault.records import VECTOR_LENGTH, Template
from appliance.vault.store import Store

MOST_PICTURES: Final = 24
LARGEST_PICTURE: Final = (8 << 20) - (1 << 16)
"""It must fit into a frame of the link, with what is around it."""
LONGEST_CONSENT: Final = 500


class TakenBundle(msgspec.Struct, frozen=True):
    """A model bundle that this terminal has taken, once.

    trusted: it has not failed the golden set since it passed.
    """

    identity: str
    version: int
    accepted_at_ms: int
    trusted: bool


class Maker(msgspec.Struct, frozen=True):
    """The models behind an answer: bundle, the networks of its templates, its spoof net.

    match_e4: the similarity from which two templates counted as one person's.
    """

    bundle: str
    networks: str
    spoof: str
    match_e4: int


class GoldenAnswer(msgspec.Struct, frozen=True):
    """What some models make of a golden picture: a template, or why there is none."""

    refusal: str
    template: bytes
    live_log_odds_e2: int

    def __post_init__(self) -> None:
        wanted = 0 if self.refusal else VECTOR_LENGTH
        if len(self.template) != wanted:
            raise VaultFault(f"template: give {wanted} bytes beside this refusal")

    def __repr__(self) -> str:
        return f"GoldenAnswer(refusal={self.refusal!r}, ...)"


class GoldenLine(msgspec.Struct, frozen=True):
    """One golden picture's place and answer; the picture itself is asked for by number."""

    number: int
    maker: Maker
    answer: GoldenAnswer


def taken(store: Store) -> tuple[TakenBundle, ...]:
    """Every bundle this terminal has ever taken, the oldest version first."""
    rows = store.database.rows(
        "SELECT identity, version, accepted_at_ms, trusted FROM bundles ORDER BY version"
    )
    return tuple(TakenBundle(row[0], row[1], row[2], bool(row[3])) for row in rows)


def take(store: Store, identity: str, version: int, at_ms: int) -> None:
    """Remember a bundle for ever, or trust one again. Raises Conflict for a step back."""
    with store.transaction():
        known = taken(store)
        if any(one.identity != identity and one.version >= version for one in known):
            raise Conflict(f"bundle {identity}: a version of {version} or above was taken before")
        store.database.run(
            "INSERT INTO bundles VALUES (?, ?, ?, 1)"
            " ON CONFLICT (identity) DO UPDATE SET trusted = 1",
            identity,
            version,
            at_ms,
        )


def distrust(store: Store, identity: str) -> None:
    """It failed the golden set: from now on it must pass before it counts."""
    with store.transaction():
        store.database.run("UPDATE bundles SET trusted = 0 WHERE identity = ?", identity)


def golden(store: Store) -> tuple[GoldenLine, ...]:
    """The golden set's answers in order, without the pictures."""
    rows = store.database.rows(
        "SELECT number, bundle, networks, spoof, match_e4, refusal, template, live_log_odds_e2"
        " FROM golden ORDER BY number"
    )
    return tuple(
        GoldenLine(row[0], Maker(*row[1:5]), GoldenAnswer(row[5], row[6], row[7])) for row in rows
    )


def golden_picture(store: Store, number: int) -> bytes:
    """The picture with this number. Raises VaultFault when it is gone."""
    rows = store.database.rows("SELECT picture FROM golden WHERE number = ?", number)
    if not rows:
        raise VaultFault(f"golden picture {number}: not there any more; check again")
    picture: bytes = rows[0][0]
    return picture


def check_golden(pictures: Sequence[bytes], consent: str) -> None:
    """Whether these may be a golden set at all. Raises VaultFault."""
    if not 1 <= len(pictures) <= MOST_PICTURES:
        raise VaultFault(f"pictures: {len(pictures)}; give 1 to {MOST_PICTURES}")
    for number, picture in enumerate(pictures, start=1):
        if not 1 <= len(picture) <= LARGEST_PICTURE:
            raise VaultFault(f"picture {number}: {len(picture)} bytes; give 1 to {LARGEST_PICTURE}")
    if not 1 <= len(consent) <= LONGEST_CONSENT or not consent.isprintable():
        raise VaultFault(
            f"consent: give 1 to {LONGEST_CONSENT} printable characters: who agreed to what"
        )


def keep_golden(
    store: Store,
    pictures: Sequence[bytes],
    consent: str,
    answers: Sequence[GoldenAnswer],
    maker: Maker,
    at_ms: int,
) -> None:
    """Put this set in place of the former one, all or nothing. Raises VaultFault."""
    check_golden(pictures, consent)
    with store.transaction():
        store.database.run("DELETE FROM golden")
        for number, (picture, answer) in enumerate(zip(pictures, answers, strict=True), start=1):
            store.database.run(
                "INSERT INTO golden VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                *(number, picture, consent, at_ms),
                *(maker.bundle, maker.networks, maker.spoof, maker.match_e4),
                *(answer.refusal, answer.template, answer.live_log_odds_e2),
            )


def keep_answers(store: Store, answers: Sequence[GoldenAnswer], maker: Maker) -> None:
    """Let the same pictures be judged by these answers from now on; all or nothing."""
    with store.transaction():
        changed = 0
        for number, answer in enumerate(answers, start=1):
            changed += store.database.run(
                "UPDATE golden SET bundle = ?, networks = ?, spoof = ?, match_e4 = ?,"
                " refusal = ?, template = ?, live_log_odds_e2 = ? WHERE number = ?",
                *(maker.bundle, maker.networks, maker.spoof, maker.match_e4),
                *(answer.refusal, answer.template, answer.live_log_odds_e2, number),
            )
        if changed != len(answers):
            raise VaultFault("golden set: it is another one by now; check again")


def forget_golden(store: Store) -> bool:
    """Erase pictures and answers; True when their bytes have left the write-ahead log as well."""
    with store.transaction():
        store.database.run("DELETE FROM golden")
    return not store.database.in_transaction and store.database.fold_log()


def outdated(store: Store, networks: str) -> tuple[tuple[str, str, str], ...]:
    """Holders with faces, none of them by these networks: id, name, the newest face's networks."""
    rows = store.database.rows(
        "SELECT h.id, h.name,"
        " (SELECT bundle FROM templates WHERE holder_id = h.id"
        "  ORDER BY enrolled_at_ms DESC, id LIMIT 1)"
        " FROM holders h"
        " WHERE EXISTS (SELECT 1 FROM templates WHERE holder_id = h.id)"
        " AND NOT EXISTS (SELECT 1 FROM templates WHERE holder_id = h.id AND bundle = ?)"
        " ORDER BY h.name, h.id",
        networks,
    )
    return tuple((row[0], row[1], row[2]) for row in rows)


def replace_faces(store: Store, holder_id: str, faces: Sequence[Template]) -> None:
    """Give a holder these faces in place of all others. Raises VaultFault when there is none."""
    with store.transaction():
        store.holder(holder_id)
        store.templates.replace(holder_id, faces)
