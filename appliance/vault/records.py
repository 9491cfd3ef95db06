"""What goes into and comes out of the vault; what is secret in it hides from repr and logs."""

import re
from typing import Final, Literal

import msgspec

from appliance.vault.faults import VaultFault

VECTOR_LENGTH: Final = 512
"""Components of a template: int8, as in the contract (board/link/messages.py, TEMPLATE_LENGTH)."""

LONGEST_CONSENT: Final = 500

HolderStatus = Literal["active", "suspended"]
Escort = Literal["", "needs", "may"]
CardStatus = Literal["active", "suspended", "lost"]

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_NUMBER_LIMIT = 2**63


def _demand(holds: bool, field: str, wanted: str) -> None:
    if not holds:
        raise VaultFault(f"{field}: give {wanted}")


class Card(msgspec.Struct, frozen=True):
    """What a reader may make of a card: `format` (such as H10301), facility code, card number."""

    format: str
    facility: int
    number: int

    def __post_init__(self) -> None:
        _demand(
            _WORD.fullmatch(self.format) is not None, "format", "a format's name, such as H10301"
        )
        _demand(
            0 <= self.facility < _NUMBER_LIMIT, "facility", "a facility code from 0 to 2^63 - 1"
        )
        _demand(0 <= self.number < _NUMBER_LIMIT, "number", "a card number from 0 to 2^63 - 1")

    def __repr__(self) -> str:
        return "Card(...)"


class PinHashes(msgspec.Struct, frozen=True):
    """Sealed Argon2id hashes of a holder's PIN and, where there is one, of the duress PIN."""

    pin: str
    duress: str | None = None

    def __repr__(self) -> str:
        return "PinHashes(...)"


class Template(msgspec.Struct, frozen=True):
    """One enrolled face: VECTOR_LENGTH int8 bytes made by the model bundle `bundle`.

    Times are UTC. consent: the wording that the holder agreed to, at consent_at_ms.
    """

    bundle: str
    vector: bytes
    enrolled_at_ms: int
    consent: str | None = None
    consent_at_ms: int | None = None

    def __post_init__(self) -> None:
        _demand(_WORD.fullmatch(self.bundle) is not None, "bundle", "the model bundle's identity")
        _demand(len(self.vector) == VECTOR_LENGTH, "vector", f"{VECTOR_LENGTH} int8 components")
        _demand(any(self.vector), "vector", "a template that is not all zeros")
        if self.consent is not None:
            plain = self.consent.isprintable() and 1 <= len(self.consent) <= LONGEST_CONSENT
            _demand(plain, "consent", f"1 to {LONGEST_CONSENT} printable characters: the wording")

    def __repr__(self) -> str:
        return f"Template(bundle={self.bundle!r}, ...)"


class Enrolment(msgspec.Struct, frozen=True):
    """A whole new holder, stored all or nothing. Times are UTC ms; None: open on that side."""

    name: str
    cards: tuple[Card, ...] = ()
    pin: PinHashes | None = None
    templates: tuple[Template, ...] = ()
    portals: tuple[str, ...] = ()
    valid_from_ms: int | None = None
    valid_until_ms: int | None = None
    extended_unlock: bool = False
    key: str | None = None
    escort: Escort = ""
    visitor: bool = False

    def __post_init__(self) -> None:
        plain = self.name.isprintable() and self.name.strip() == self.name
        _demand(plain and 1 <= len(self.name) <= 100, "name", "1 to 100 printable characters")
        for portal in self.portals:
            _demand(
                _WORD.fullmatch(portal) is not None, "portal", "a portal's name as in site.toml"
            )

    def __repr__(self) -> str:
        return "Enrolment(...)"


class Holder(msgspec.Struct, frozen=True):
    """A person who may hold credentials. `id` is random and opaque: it may stand in the journal.

    key: what the site's roster calls them, None outside of one. escort: whether they need one, may
    be one, or neither. visitor: they are forgotten when their days are over.
    """

    id: str
    name: str
    status: HolderStatus
    valid_from_ms: int | None
    valid_until_ms: int | None
    extended_unlock: bool
    key: str | None = None
    escort: Escort = ""
    visitor: bool = False

    def __repr__(self) -> str:
        return f"Holder(id={self.id!r}, ...)"


class Credential(msgspec.Struct, frozen=True):
    """A card as the decision needs it: whose, and whether it still counts."""

    id: str
    holder_id: str
    status: CardStatus


class Found(msgspec.Struct, frozen=True):
    """The answer to a card: the credential and its holder."""

    credential: Credential
    holder: Holder


class CardLine(msgspec.Struct, frozen=True):
    """One line of the cards' list, for whoever hands them out."""

    id: str
    holder_id: str
    name: str
    format: str
    facility: int
    number: int
    status: CardStatus

    def __repr__(self) -> str:
        return f"CardLine(id={self.id!r}, ...)"


class HolderLine(msgspec.Struct, frozen=True):
    """One line of the holders' list: counts, no biometrics, no numbers."""

    holder: Holder
    cards: int
    has_pin: bool
    templates: int
    portals: tuple[str, ...]
