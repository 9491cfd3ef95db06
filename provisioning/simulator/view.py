"""What the simulator shows, as JSON: state, journal entries and published messages."""

from typing import Any

import msgspec

from board.link import answers
from provisioning.simulator import samples
from provisioning.simulator.outside import Published
from provisioning.simulator.processes import Program
from provisioning.simulator.simulation import Happening, Simulation
from provisioning.simulator.words import alert_words, tone, words


def told(simulation: Simulation, happening: Happening) -> tuple[str, dict[str, Any]]:
    """A happening as an event: its kind (state, journal or alert) and its content."""
    if isinstance(happening, answers.Entry):
        return "journal", line(simulation, happening)
    if isinstance(happening, Published):
        return "alert", published(happening)
    return "state", state(simulation)


def state(simulation: Simulation) -> dict[str, Any]:
    """`GET /api/state`: what the real processes say, and what the metal really does."""
    status, metal = simulation.terminal.status, simulation.metal
    return {
        "portals": {name: _portal(simulation, name) for name in metal.portals},
        "coprocessor": {
            "linked": bool(status and status.linked),
            "p50_ms": status.p50_ms if status else None,
            "p99_ms": status.p99_ms if status else None,
            "last_ms": status.last_reading_ms if status else None,
            "camera_working": bool(status and status.camera_working),
            "backend": status.backend if status else "",
            "bundle": status.bundle if status else "",
            "model": status.model if status else "",
            "calibration": status.calibration if status else "",
            "fallback": bool(status and status.fallback),
            "drift_e3": status.drift_e3 if status else 0,
            "drift_of": status.drift_of if status else "",
            **_program(simulation.coprocessor),
        },
        "broker": {
            "connected": bool(status and status.broker_connected),
            "waiting": status.alerts_waiting if status else None,
            "present": simulation.broker is not None,
            "port": simulation.broker_port,
            "cable": bool(simulation.cable and simulation.cable.plugged),
        },
        "journal": {
            "entries": status.journal_entries if status else None,
            "head": status.journal_head if status else None,
        },
        "appliance": {
            "vault_open": bool(status and status.vault_open),
            "terminal": status.terminal if status else "",
            **_program(simulation.appliance),
        },
        "camera": {
            "scene": simulation.camera.scene,
            "turns": simulation.camera.neck is not None,
            "infrared": status.infrared if status else "none",
        },
        "sample": {
            "name": samples.NAME,
            "enrolled": samples.NAME in simulation.terminal.names.values(),
            "said": simulation.sample_said,
        },
    }


def _portal(simulation: Simulation, name: str) -> dict[str, Any]:
    """One portal; what only a running appliance knows is null while it is down."""
    status = simulation.terminal.status
    portal = status.portals.get(name) if status else None
    return {
        "lock": portal.lock if portal else None,
        "leaf": portal.leaf if portal else None,
        "mode": portal.mode if portal else None,
        "strike_released": simulation.metal.released(name),
        "feedback": msgspec.to_builtins(portal.feedback) if portal else None,
        "fire": portal.fire if portal else None,
        "alarm": portal.alarm if portal else None,
        "inputs": simulation.metal.inputs(name),
        "factors": simulation.wiring.portals[name].factors,
    }


def _program(program: Program) -> dict[str, Any]:
    return {
        "running": program.pid is not None,
        "powered": program.powered,
        "pid": program.pid,
        "restarts": program.restarts,
        "said": program.said,
    }


def line(simulation: Simulation, entry: answers.Entry) -> dict[str, Any]:
    """One journal entry, with its sentence."""
    said = words(entry, simulation.terminal.names)
    return {**msgspec.to_builtins(entry), "words": said, "tone": tone(entry)}


def published(message: Published) -> dict[str, Any]:
    """One message as the broker has it, with its sentence."""
    return {**msgspec.to_builtins(message), "words": alert_words(message.payload)}
