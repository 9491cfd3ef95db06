"""The co-processor as a process: `python -m coprocessor --config FILE`; knows everybody here."""

import argparse
import asyncio
import contextlib
import logging
import resource
import signal
import sys
from pathlib import Path

from board.bundle import BundleError, check_file, read_manifest
from board.link import messages
from board.link.messages import AlertOut, Hello, Message
from board.load import load
from board.signals import Board, Camera
from board.table import BoardError
from coprocessor.calibration.site import Site
from coprocessor.camera import FileCamera, Frames
from coprocessor.config import Camera as FirstCamera
from coprocessor.config import Config, ConfigError, Infrared, read_config
from coprocessor.detect import Detector
from coprocessor.drift.drift import Drift
from coprocessor.infrared import SecondEye, TwoEyes
from coprocessor.link import Link, Session
from coprocessor.models.accelerated import Choice, open_chosen
from coprocessor.models.model import Bundle, ModelError
from coprocessor.publisher import Publisher
from coprocessor.reading import Pipeline
from coprocessor.watch import Reader, Watch

log = logging.getLogger("coprocessor")


def main() -> int:
    """Run until SIGTERM; 0 then, 2 when it cannot start, with one line on stderr that says why."""
    arguments = argparse.ArgumentParser(prog="python -m coprocessor", description=__doc__)
    arguments.add_argument("--config", type=Path, required=True, metavar="FILE")
    path = arguments.parse_args().config
    # A core file would be a face on the disk.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s", level=logging.INFO)
    try:
        asyncio.run(run(read_config(path)))
    except (ConfigError, BundleError, ModelError, BoardError) as fault:
        print(f"coprocessor: {fault}", file=sys.stderr)  # noqa: T201 - for whoever started it
        return 2
    return 0


async def run(config: Config) -> None:
    """Start everything, wait for SIGTERM, stop everything."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with contextlib.AsyncExitStack() as stack:
        frames, second = await open_cameras(config, stack)
        terminal = Terminal(config, open_models(config), frames, second)
        stack.callback(terminal.drift.stop)
        if terminal.publisher is not None:
            terminal.publisher.start()
            stack.push_async_callback(terminal.publisher.stop)
        work = asyncio.ensure_future(terminal.work())
        stopped = asyncio.ensure_future(stop.wait())
        await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
        log.info("stopping")
        for task in (work, stopped):
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work


class Terminal:
    """What one conversation needs, wired: the link hands messages to watch and publisher."""

    def __init__(
        self, config: Config, bundle: Bundle, frames: Frames, second: SecondEye | None
    ) -> None:
        self._serial = config.terminal.serial
        self._identity = bundle.manifest.identity
        hello = Hello(messages.VERSION, self._serial, self._identity)
        self._link = Link(
            config.link.socket, hello, self._handle, self._changed, config.link.account
        )
        self.publisher: Publisher | None = None
        pipeline = Pipeline(bundle)
        limits = bundle.manifest.thresholds
        reader: Reader = pipeline
        if second is not None and config.infrared is not None:
            reader = TwoEyes(pipeline, second, Detector(bundle), config.infrared, limits)
        camera = config.camera.name or str(config.camera.file)
        site = Site(Path(config.calibration.file), camera, self._identity, limits, pipeline)
        self.drift = Drift(Path(config.drift.file), self._identity, camera, pipeline)
        site.on_renewed = self.drift.anew
        if site.calibration != "site":
            log.warning("attack score: not calibrated to this site; see docs/commissioning.md")
        self._watch = Watch(
            frames, reader, bundle, self._broker_connected, second, site, self.drift
        )
        if config.broker.host:
            self.publisher = Publisher(
                config.broker, self._serial, self._acked, self._watch.tell_status
            )

    async def work(self) -> None:
        """Never returns."""
        log.info("serial %s, bundle %s", self._serial, self._identity)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._link.run())
            tasks.create_task(self._watch.run())
            tasks.create_task(self.drift.run())

    def _handle(self, message: Message, session: Session) -> None:
        if isinstance(message, AlertOut):
            if self.publisher is not None:
                self.publisher.publish(message)
        else:
            self._watch.handle(message, session)

    def _changed(self, session: Session | None) -> None:
        log.info("link: %s", "up" if session else "down")
        self._watch.changed(session)

    def _acked(self, sequence: int) -> None:
        self._link.send(messages.AlertAcked(sequence))

    def _broker_connected(self) -> bool:
        return self.publisher is not None and self.publisher.connected


def open_models(config: Config) -> Bundle:
    """Return the bundle, verified and opened. Raises BundleError, ModelError."""
    directory, public_key = config.bundle.directory, config.bundle.public_key
    # All files before any is opened: LiteRT greets on stderr, and an error must be one line there.
    for file in read_manifest(directory, public_key).files:
        check_file(directory, file)
    wanted = config.models
    return open_chosen(
        directory, public_key, Choice(wanted.backend, wanted.threads, wanted.engines)
    )


async def open_cameras(
    config: Config, stack: contextlib.AsyncExitStack
) -> tuple[Frames, SecondEye | None]:
    """Return the cameras the configuration names, started; they stop when `stack` closes.

    Raises BoardError, or ConfigError where the board's socket cannot be made.
    """
    board = load(config.terminal.board, config.camera.socket)
    first = Frames(open_camera(config.camera, board, stack))
    second = None
    if config.infrared is not None:
        second = SecondEye(Frames(open_camera(config.infrared, board, stack)))
    if config.camera.name or (config.infrared and config.infrared.name):
        await start_board(config, board, stack)
    return first, second


def open_camera(
    wanted: FirstCamera | Infrared, board: Board, stack: contextlib.AsyncExitStack
) -> Camera:
    """Return a camera of the board, or a file that plays in its place. Raises BoardError."""
    if wanted.file is None:
        return board.camera(wanted.name)
    played = FileCamera(wanted.file, wanted.loop)
    played.start()
    stack.push_async_callback(played.stop)
    return played


async def start_board(config: Config, board: Board, stack: contextlib.AsyncExitStack) -> None:
    """Start it until `stack` closes; ConfigError where its socket cannot be made."""
    try:
        await board.start()
    except OSError as fault:
        raise ConfigError(
            f"camera.socket: {config.camera.socket}: {fault}; name a socket in a folder of our own"
        ) from None
    stack.push_async_callback(board.close)


if __name__ == "__main__":
    sys.exit(main())
