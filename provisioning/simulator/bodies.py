"""What a request of the JSON API may hold: checked values, or the key and the remedy."""

from typing import Annotated, Final, Literal, TypeVar

import msgspec
from starlette.datastructures import FormData, QueryParams, UploadFile

from board import wiegand
from board.link.admin import Enrol
from provisioning.simulator.scenes import LONGEST_S, SCENES, SceneName
from provisioning.simulator.turn import Side
from provisioning.simulator.wiring import Damage

PICTURES: Final = ("image/jpeg", "image/png")
MOST_PHOTOS: Final = 5
"""The terminal takes no more of one person."""


class BadRequest(Exception):
    """The request cannot be carried out as it is. `status` is the HTTP status."""

    def __init__(self, sentence: str, status: int = 400) -> None:
        super().__init__(sentence)
        self.status = status


class Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A JSON body: an unknown key is an error."""


class CardBody(Body, frozen=True):
    """A card, as its bits or as what is printed on it."""

    portal: str
    bits: Annotated[str, msgspec.Meta(pattern=r"\A[01]{1,256}\Z")] | None = None
    format: str | None = None
    facility: int | None = None
    number: int | None = None

    def swiped(self) -> str:
        """The bits that go over the wire. Raises BadRequest."""
        if self.bits is not None:
            if (self.format, self.facility, self.number) != (None, None, None):
                raise BadRequest("bits: stands alone; leave out format, facility and number")
            return self.bits
        if self.format is None or self.number is None:
            raise BadRequest("bits: missing; send bits, or format, facility and number")
        try:
            bits = wiegand.encode(self.format, self.facility or 0, self.number)
        except ValueError as fault:
            raise BadRequest(f"{fault}; choose another") from None
        return "".join(str(bit) for bit in bits)


class KeysBody(Body, frozen=True):
    """Keys in the order they are pressed."""

    portal: str
    keys: Annotated[str, msgspec.Meta(pattern=r"\A[0-9*#]{1,32}\Z")]


class InputBody(Body, frozen=True):
    """An input; contact, rex and bond belong to a portal, the first one unless it is named.

    line: what is wrong with a supervised line.
    """

    name: Literal["contact", "rex", "tamper", "fire", "bond"]
    asserted: bool
    portal: str = ""
    line: Damage = ""


class PowerBody(Body, frozen=True):
    """A cable (network's, infrared camera's) in or out, the co-processor's supply on or off."""

    name: Literal["network", "coprocessor", "infrared"]
    on: bool


class TurnBody(Body, frozen=True):
    """To which side whoever stands there turns: their own."""

    side: Side


class ModeBody(Body, frozen=True):
    """What an operator orders over the admin socket."""

    portal: str
    mode: Literal["normal", "free", "lockdown"]


AnyBody = TypeVar("AnyBody", bound=Body)


def parsed(raw: bytes, kind: type[AnyBody]) -> AnyBody:
    """The body as a checked value. Raises BadRequest naming the key."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        keys = ", ".join(kind.__struct_fields__)
        raise BadRequest(f"{fault}; send JSON with {keys}") from None


class Wish(msgspec.Struct, frozen=True):
    """How something is to be shown to the camera, and for how long."""

    scene: SceneName
    seconds: float
    video: bool


def wish(content_type: str, query: QueryParams) -> Wish:
    """What `POST /api/camera` asks for. Raises BadRequest."""
    kind = content_type.partition(";")[0].strip().lower()
    video = kind.startswith("video/")
    if not video and kind not in PICTURES:
        said = f"Content-Type: {kind!r}; send image/jpeg, image/png or video/*"
        raise BadRequest(said, 415)
    scene = query.get("scene", "as-is" if video else "live")
    if scene not in SCENES:
        raise BadRequest(f"scene: {scene!r} is not one of {', '.join(SCENES)}; choose one")
    if video and scene != "as-is":
        raise BadRequest(f"scene: {scene!r} is made of a still; send a video with scene=as-is")
    return Wish(scene, _seconds(query.get("seconds", "60" if video else "3")), video)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= LONGEST_S:
        raise BadRequest(f"seconds: {text!r}; choose a number above 0, at most {LONGEST_S:.0f}")
    return seconds


async def enrolment(form: FormData) -> Enrol:
    """The holder that `POST /api/holders` wants, each `photo` part one picture of the same person.

    Raises BadRequest with status 422.
    """
    photos = [photo for photo in form.getlist("photo") if isinstance(photo, UploadFile)]
    if len(photos) < len(form.getlist("photo")):
        raise BadRequest("photo: is text; send the picture as a file part", 422)
    return Enrol(
        name=_text(form, "name"),
        format=_text(form, "format", "H10301"),
        facility=_number(form, "facility"),
        number=_number(form, "number"),
        pin=_text(form, "pin", ""),
        duress_pin=_text(form, "duress_pin", ""),
        pictures=tuple([await photo.read() for photo in photos]),
    )


def _text(form: FormData, key: str, default: str | None = None) -> str:
    value = form.get(key, default)
    if not isinstance(value, str) or len(value) > 200 or (default is None and not value.strip()):
        raise BadRequest(f"{key}: missing, too long or a file; send a short text", 422)
    return value.strip()


def _number(form: FormData, key: str) -> int:
    text = _text(form, key)
    if not (text.isascii() and text.isdecimal() and len(text) <= 12):
        raise BadRequest(f"{key}: {text!r} is not a number; send digits", 422)
    return int(text)
