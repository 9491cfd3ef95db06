"""A bundle's models as they were packaged: float32, nothing quantised."""

from pathlib import Path
from typing import Final

import msgspec

from board.bundle import Entry, Head, Role
from coprocessor.models.build import packages
from coprocessor.models.build.detector import VALUES, split_heads
from coprocessor.models.build.graph import Graph
from coprocessor.models.build.onnx_graph import convert
from coprocessor.models.build.rewrite import fold_half
from coprocessor.models.litert import open_model
from coprocessor.models.model import Bundle, Model

MEMBERS: Final[dict[Role, packages.Member]] = {
    "detector": packages.BLAZEFACE,
    "landmarks": packages.FACE_MESH,
    "embedder": packages.FR_FEATURE,
    "spoof": packages.FR_LIVENESS,
}


class Floats(Bundle):
    """The same packaged models in float32, nothing quantised, in the shipped ones' place."""

    def __init__(self, models: Bundle, cache: Path) -> None:
        super().__init__(models.directory, models.manifest, threads=1)
        self._twins: dict[Role, tuple[Model, Entry]] = {}
        for role in MEMBERS:
            self._twins[role] = twin(models.entry(role), cache)

    def entry(self, role: Role) -> Entry:
        return self._twins[role][1] if role in self._twins else super().entry(role)

    def model(self, role: Role) -> Model:
        return self._twins[role][0] if role in self._twins else super().model(role)


def twin(entry: Entry, cache: Path) -> tuple[Model, Entry]:
    """The float32 model of an entry, and the entry as it describes it. Raises ModelError."""
    member = MEMBERS[entry.role]
    content = packages.read(member, cache)
    graph = convert(content) if member.path.endswith(".onnx") else Graph.read(content)
    heads = entry.heads
    if entry.role == "detector":
        fold_half(graph)
        split_heads(graph)
        heads = tuple(_plain(head) for head in heads)
    model = open_model(entry.role, graph.content(), 1)
    names = [told.name for told in entry.outputs]
    outputs = model.outputs
    if entry.role == "detector":
        outputs = tuple(
            msgspec.structs.replace(told, name=name)
            for told, name in zip(outputs, names, strict=True)
        )
    return model, msgspec.structs.replace(entry, input=model.input, outputs=outputs, heads=heads)


def _plain(head: Head) -> Head:
    """A head that is not spread over int8: its outputs are what they are."""
    return msgspec.structs.replace(
        head,
        logit_scale=1.0,
        logit_offset=0.0,
        scale=(1.0,) * VALUES,
        offset=(0.0,) * VALUES,
    )
