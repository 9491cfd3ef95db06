"""The calls of the JSON API: a checked request in, the simulation worked, an answer out."""

import asyncio
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from board.link import admin, answers
from provisioning.simulator import bodies, samples, view
from provisioning.simulator.bodies import BadRequest, parsed
from provisioning.simulator.events import Events, encoded
from provisioning.simulator.scenes import FPS, Video, compose, decode
from provisioning.simulator.simulation import Simulation
from provisioning.simulator.terminal import TerminalGone
from provisioning.simulator.turn import Neck

SHOWN_AT_FIRST: Final = 60
LARGEST_ANSWER: Final = 1_000


class Api:
    """The calls. Each hands on to the simulation and answers with what became of it."""

    def __init__(self, simulation: Simulation, events: Events) -> None:
        self._simulation = simulation
        self._events = events
        self._scenes = 0

    async def state(self, _request: Request) -> Response:
        return JSONResponse(view.state(self._simulation))

    async def card(self, request: Request) -> Response:
        body = parsed(await request.body(), bodies.CardBody)
        bits = body.swiped()
        await self._simulation.metal.swipe(self._portal(body.portal), bits)
        return JSONResponse({"bits": bits}, 202)

    async def keys(self, request: Request) -> Response:
        body = parsed(await request.body(), bodies.KeysBody)
        await self._simulation.metal.press(self._portal(body.portal), body.keys)
        return JSONResponse({"keys": len(body.keys)}, 202)

    async def camera(self, request: Request) -> Response:
        wish = bodies.wish(request.headers.get("content-type", ""), request.query_params)
        body = await request.body()
        if wish.video:
            fps = await asyncio.to_thread(self._show_video, body, wish.seconds)
        else:
            fps = FPS
            picture = await asyncio.to_thread(decode, body)
            self._scenes += 1
            neck = None if wish.scene == "as-is" else Neck()
            frames = compose(
                picture, wish.scene, fps, seconds=wish.seconds, seed=self._scenes, neck=neck
            )
            self._simulation.camera.show(wish.scene, frames, fps, neck)
        return JSONResponse({"scene": wish.scene, "seconds": wish.seconds, "fps": fps}, 202)

    def _show_video(self, body: bytes, seconds: float) -> float:
        """OpenCV reads videos from files only; the file is gone as soon as it is open."""
        with NamedTemporaryFile(suffix=".video") as file:
            file.write(body)
            file.flush()
            video = Video(Path(file.name))
        self._simulation.camera.show("as-is", video.frames(seconds), video.fps)
        return video.fps

    async def clear_camera(self, _request: Request) -> Response:
        self._simulation.camera.clear()
        return JSONResponse({"scene": ""})

    async def turn(self, request: Request) -> Response:
        body = parsed(await request.body(), bodies.TurnBody)
        neck = self._simulation.camera.neck
        if neck is None:
            raise BadRequest(
                "side: nobody is there who can turn; show a picture as live, print or screen", 409
            )
        neck.turn(body.side)
        return JSONResponse({"side": body.side}, 202)

    async def frame(self, request: Request) -> Response:
        picture = await asyncio.to_thread(decode, await request.body())
        await self._simulation.camera.webcam(picture)
        return JSONResponse({"scene": "webcam"}, 202)

    async def seen(self, _request: Request) -> Response:
        body = await asyncio.to_thread(self._simulation.camera.jpeg)
        return Response(body, media_type="image/jpeg")

    async def input(self, request: Request) -> Response:
        body = parsed(await request.body(), bodies.InputBody)
        portal = self._portal(body.portal or self._simulation.metal.portals[0])
        await self._simulation.metal.put(body.name, portal, body.asserted, body.line)
        return JSONResponse({"name": body.name, "asserted": body.asserted})

    async def power(self, request: Request) -> Response:
        body = parsed(await request.body(), bodies.PowerBody)
        if body.name == "coprocessor":
            self._simulation.coprocessor.power(body.on)
        elif body.name == "infrared":
            await self._infrared(body.on)
        else:
            await self._simulation.network(body.on)
        return JSONResponse({"name": body.name, "on": body.on})

    async def _infrared(self, on: bool) -> None:
        if not self._simulation.camera.infrared:
            said = (
                "name: this site has no infrared camera; make one with `cardea site new --infrared`"
            )
            raise BadRequest(said, 404)
        await self._simulation.camera.plug_infrared(on)

    async def mode(self, request: Request) -> Response:
        body = parsed(await request.body(), bodies.ModeBody)
        order = admin.SetMode(self._portal(body.portal), body.mode)
        await self._simulation.terminal.ask(order, answers.Done)
        return JSONResponse({"mode": body.mode})

    async def holders(self, _request: Request) -> Response:
        holders = await self._simulation.terminal.holders()
        return JSONResponse({"holders": msgspec.to_builtins(holders)})

    async def enrol(self, request: Request) -> Response:
        async with request.form(max_files=bodies.MOST_PHOTOS, max_fields=10) as form:
            wanted = await bodies.enrolment(form)
        done = await self._simulation.terminal.ask(wanted, answers.Done)
        await self._simulation.terminal.learn_names()
        return JSONResponse({"id": done.id}, 201)

    async def journal(self, request: Request) -> Response:
        """Up to 1,000 entries after `after`, else the newest; from memory while it is away."""
        terminal = self._simulation.terminal
        newest = terminal.status.journal_entries if terminal.status else 0
        after = _count(request, "after", max(0, newest - LARGEST_ANSWER))
        try:
            answer = await terminal.ask(
                admin.Journal(after, limit=LARGEST_ANSWER), answers.JournalAnswer
            )
            entries = list(answer.entries)
        except TerminalGone:
            entries = [entry for entry in terminal.journal if entry.sequence > after]
        lines = [view.line(self._simulation, entry) for entry in entries]
        return JSONResponse({"entries": lines})

    async def alerts(self, request: Request) -> Response:
        since = _count(request, "since")
        outside = self._simulation.outside
        messages = outside.since(since) if outside else []
        number = messages[-1].number if messages else since
        return JSONResponse(
            {"alerts": [view.published(message) for message in messages], "next": number}
        )

    async def events(self, _request: Request) -> Response:
        simulation = self._simulation
        lines = list(simulation.terminal.journal)[-SHOWN_AT_FIRST:]
        messages = simulation.outside.since(0)[-SHOWN_AT_FIRST:] if simulation.outside else []
        beginning = [
            encoded("state", view.state(simulation)),
            *(encoded("journal", view.line(simulation, entry)) for entry in lines),
            *(encoded("alert", view.published(message)) for message in messages),
        ]
        return StreamingResponse(self._events.listen(beginning), media_type="text/event-stream")

    async def samples(self, _request: Request) -> Response:
        holder = samples.sample_holder()
        card = {"format": holder.format, "facility": holder.facility, "number": holder.number}
        return JSONResponse(
            {
                "samples": msgspec.to_builtins(samples.offered()),
                "holder": {"name": holder.name, "pin": holder.pin, **card},
            }
        )

    async def sample(self, request: Request) -> Response:
        name = request.path_params["name"]
        picture = samples.pictures().get(name)
        if picture is None:
            there = ", ".join(samples.pictures())
            raise BadRequest(f"sample: {name!r} is not here; there is {there}", 404)
        kind = "image/png" if picture.startswith(b"\x89PNG") else "image/jpeg"
        return Response(picture, media_type=kind)

    def _portal(self, name: str) -> str:
        portals = self._simulation.metal.portals
        if name not in portals:
            raise BadRequest(f"portal: no {name!r} here; there is {', '.join(portals)}", 404)
        return name


def _count(request: Request, key: str, default: int = 0) -> int:
    text = request.query_params.get(key, str(default))
    if not (text.isascii() and text.isdecimal() and len(text) <= 15):
        raise BadRequest(f"{key}: {text!r} is not a number; send digits")
    return int(text)
