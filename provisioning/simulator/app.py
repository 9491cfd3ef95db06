"""The page and the JSON API that works the simulated terminal; tests use the same calls.

The calls are in docs/simulator.md. What is refused answers 4xx, or 503 while the appliance is away,
with `{"error": "the key: what is wrong; the remedy"}`.
"""

from pathlib import Path
from typing import Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from provisioning.simulator.api import Api
from provisioning.simulator.bodies import BadRequest
from provisioning.simulator.events import Events
from provisioning.simulator.guard import Guard, TooLarge
from provisioning.simulator.metal import MetalGone, NoInput
from provisioning.simulator.scenes import SceneError
from provisioning.simulator.simulation import Simulation
from provisioning.simulator.terminal import TerminalGone, TerminalRefused

PAGE: Final = Path(__file__).parent / "page"


def make_app(simulation: Simulation, events: Events) -> Starlette:
    """Everything that answers on the simulator's port."""
    api = Api(simulation, events)
    calls = [
        Route("/state", api.state),
        Route("/card", api.card, methods=["POST"]),
        Route("/keys", api.keys, methods=["POST"]),
        Route("/camera", api.camera, methods=["POST"]),
        Route("/camera", api.clear_camera, methods=["DELETE"]),
        Route("/camera/turn", api.turn, methods=["POST"]),
        Route("/camera/frame", api.frame, methods=["POST"]),
        Route("/camera.jpg", api.seen),
        Route("/input", api.input, methods=["POST"]),
        Route("/power", api.power, methods=["POST"]),
        Route("/mode", api.mode, methods=["POST"]),
        Route("/holders", api.holders),
        Route("/holders", api.enrol, methods=["POST"]),
        Route("/journal", api.journal),
        Route("/alerts", api.alerts),
        Route("/events", api.events),
        Route("/samples", api.samples),
        Route("/samples/{name}", api.sample),
    ]
    routes = [
        Mount("/api", routes=calls),
        Mount("/", StaticFiles(directory=PAGE, html=True)),
    ]
    handlers: dict[Any, Any] = {
        kind: _answering(status)
        for kind, status in (
            (BadRequest, 400),
            (SceneError, 422),
            (TooLarge, 413),
            (TerminalRefused, 422),
            (TerminalGone, 503),
            (MetalGone, 503),
            (NoInput, 404),
            (HTTPException, 400),
        )
    }
    return Starlette(routes=routes, middleware=[Middleware(Guard)], exception_handlers=handlers)


def _answering(status: int) -> Any:
    """A handler that turns an exception into its sentence."""

    async def answer(_request: Request, fault: Exception) -> Response:
        content = {"error": str(fault)}
        if isinstance(fault, HTTPException):
            content["error"] = f"{fault.detail}; GET / shows the page, docs/simulator.md the calls"
        if isinstance(fault, TerminalRefused):
            content["reason"] = fault.reason
        chosen = fault.status if isinstance(fault, BadRequest) else status
        chosen = fault.status_code if isinstance(fault, HTTPException) else chosen
        return JSONResponse(content, chosen)

    return answer
