"""The models of a bundle: for each role the packaged file, how it is made, what is known."""

from collections.abc import Callable
from typing import Final, NamedTuple

from board.bundle import Head, Normalisation, Role
from coprocessor.models.build import calibration, packages
from coprocessor.models.build.bias import correct_biases
from coprocessor.models.build.detector import ranges, split_heads, spread_heads
from coprocessor.models.build.dynamic import quantize_weights
from coprocessor.models.build.graph import Graph
from coprocessor.models.build.onnx_graph import convert
from coprocessor.models.build.packages import Member
from coprocessor.models.build.quantize import Picture, quantize
from coprocessor.models.build.rewrite import fold_half, fuse_relu, split_prelu

FULL: Final = (
    "static int8, weights by output channel; calibrated as the manifest's `calibration` says"
)
DYNAMIC: Final = (
    "dynamic range: weights of full convolutions int8 by output channel, all else float32;"
    " needs no calibration"
)
FLOAT: Final = "none, float32"

GOOGLE: Final = "Apache-2.0 (package.json of the archive; Google MediaPipe; no LICENSE file inside)"
WRAPPER: Final = "MIT (LICENSE of the archive, a wrapper); the weights are Google MediaPipe's"
FACEPLUGIN: Final = (
    "MIT (package.json and LICENSE of the archive, which names 'Copyright (c) 2021 gitguanqi',"
    " not the publisher)"
)
UNSTATED: Final = "no statement found"
UNKNOWN: Final = "unknown: the publisher states nothing; a deployer needs its own legal view"


class Made(NamedTuple):
    """A finished .tflite and, for a detector, how its outputs are read."""

    content: bytes
    heads: tuple[Head, ...] = ()


class Recipe(NamedTuple):
    """One model: `make` turns the packaged member's bytes into the finished file."""

    role: Role
    file: str
    member: Member
    outputs: tuple[str, ...]
    normalisation: Normalisation
    make: Callable[[bytes], Made]
    quantisation: str
    licence: str
    training_data: str
    crops: tuple[float, ...] = ()
    onnx: str | None = None
    """File name of the ONNX twin, for members that are ONNX."""


def detector(source: bytes) -> Made:
    """BlazeFace short range, int8, one output per grid and kind."""
    graph = Graph.read(source)
    fold_half(graph)
    fuse_relu(graph)
    strides = split_heads(graph)
    pictures = _tensors(calibration.scenes(600, seed=1), SYMMETRIC)
    heads = spread_heads(graph, strides, ranges(graph.content(), pictures))
    return Made(_corrected(graph, pictures[:300], first=25), heads)


def landmarks(source: bytes) -> Made:
    """The face mesh of 468 points, int8; slopes above 1 (seven channels) are clipped."""
    graph = Graph.read(source)
    split_prelu(graph)
    points, presence = graph.main.outputs
    if graph.shape(int(points))[-1] < graph.shape(int(presence))[-1]:
        points, presence = presence, points
    graph.main.outputs = [points, presence]
    # Faces alone would calibrate the presence to a range that cannot say "no".
    pictures = calibration.regions(200, seed=2) + calibration.elsewhere(20, seed=4)
    return Made(quantize(graph.content(), _tensors(pictures, UNIT)))


def embedder(source: bytes) -> Made:
    """The 512-d face embedding: int8 weights, float activations. Static int8, however calibrated,
    was slower here and refused more people (docs/accuracy.md)."""
    graph = convert(source)
    quantize_weights(graph)
    return Made(graph.content())


def spoof(source: bytes) -> Made:
    """The attack net: int8 weights, float activations. Static int8 made its score useless."""
    graph = convert(source)
    fuse_relu(graph)
    quantize_weights(graph)
    return Made(graph.content())


def plain(source: bytes) -> Made:
    """A packaged ONNX graph as it is, in float: too small for anything else to pay."""
    graph = convert(source)
    fuse_relu(graph)
    return Made(graph.content())


def _corrected(graph: Graph, pictures: list[Picture], first: int) -> bytes:
    """Quantised on all pictures, biases corrected over the first few."""
    twin = graph.content()
    return correct_biases(twin, quantize(twin, pictures), pictures[:first])


def _tensors(pictures: list[calibration.Image], form: Normalisation) -> list[Picture]:
    return [calibration.normalised(picture, form) for picture in pictures]


SYMMETRIC: Final = Normalisation(channels="RGB", subtract=127.5, divide=127.5)
UNIT: Final = Normalisation(channels="RGB", subtract=0.0, divide=255.0)
ARCFACE: Final = Normalisation(channels="RGB", subtract=127.5, divide=128.0)
RAW: Final = Normalisation(channels="BGR", subtract=0.0, divide=1.0)
GREY: Final = Normalisation(channels="GREY", subtract=0.0, divide=255.0)

RECIPES: Final = (
    Recipe(
        role="detector",
        file="detector.int8.tflite",
        member=packages.BLAZEFACE,
        outputs=("logits_8", "boxes_8", "logits_16", "boxes_16"),
        normalisation=SYMMETRIC,
        make=detector,
        quantisation=FULL,
        licence=GOOGLE,
        training_data=UNSTATED,
    ),
    Recipe(
        role="landmarks",
        file="landmarks.int8.tflite",
        member=packages.FACE_MESH,
        outputs=("points", "presence"),
        normalisation=UNIT,
        make=landmarks,
        quantisation=FULL,
        licence=WRAPPER,
        training_data=UNSTATED,
        crops=(1.5,),
    ),
    Recipe(
        role="embedder",
        file="embedder.int8.tflite",
        member=packages.FR_FEATURE,
        outputs=("embedding",),
        normalisation=ARCFACE,
        make=embedder,
        quantisation=DYNAMIC,
        licence=FACEPLUGIN,
        training_data=UNKNOWN,
        onnx="embedder.float.onnx",
    ),
    Recipe(
        role="spoof",
        file="spoof.int8.tflite",
        member=packages.FR_LIVENESS,
        outputs=("logits",),
        normalisation=RAW,
        make=spoof,
        quantisation=DYNAMIC,
        licence=FACEPLUGIN,
        training_data=UNKNOWN,
        crops=(1.1, 1.7),
        onnx="spoof.float.onnx",
    ),
    Recipe(
        role="eyes",
        file="eyes.float.tflite",
        member=packages.FR_EYE,
        outputs=("logits",),
        normalisation=GREY,
        make=plain,
        quantisation=FLOAT,
        licence=FACEPLUGIN,
        training_data=UNKNOWN,
        crops=(1.6,),
        onnx="eyes.float.onnx",
    ),
)
