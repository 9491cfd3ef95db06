"""paho's client as we want it: who we are, our last will, TLS, a session to resume."""

import ssl
from typing import Final

from paho.mqtt.client import MQTT_CLEAN_START_FIRST_ONLY, Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from board.link.alerts import availability_topic
from coprocessor.config import Broker, ConfigError, Tls

CONNECT_S: Final = 5.0
SESSION_S: Final = 3_600
LARGEST_PACKET: Final = 4_096
"""What we ask of the broker: nothing it may send to someone who never subscribes is larger."""


def make_client(broker: Broker, terminal: str) -> Client:
    """Return a client that has been told where to connect, and has not yet; ConfigError for TLS."""
    client = Client(CallbackAPIVersion.VERSION2, client_id=terminal, protocol=MQTTv5)
    client.connect_timeout = CONNECT_S
    client.will_set(availability_topic(terminal), b"offline", qos=1, retain=True)
    if broker.tls is not None:
        client.tls_set_context(tls_context(broker.tls))
    wishes = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    wishes.SessionExpiryInterval = SESSION_S
    wishes.MaximumPacketSize = LARGEST_PACKET
    # A new process knows no session to resume; the same process resumes its own.
    client.connect_async(
        broker.host,
        broker.port,
        broker.keepalive_s,
        clean_start=MQTT_CLEAN_START_FIRST_ONLY,
        properties=wishes,
    )
    return client


def tls_context(tls: Tls) -> ssl.SSLContext:
    """Verify the broker by our own CA and its host name, and show it our certificate.

    Raises ConfigError when a file is not what its key says.
    """
    try:
        context = ssl.create_default_context(cafile=tls.ca)
    except (ssl.SSLError, OSError):
        raise ConfigError(f"broker.tls.ca: {tls.ca}: no PEM certificates; name a CA file") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(tls.certificate, tls.key)
    except (ssl.SSLError, OSError):
        raise ConfigError(
            f"broker.tls.key: {tls.key} does not belong to {tls.certificate}; "
            "name the PEM pair made for this terminal, without a passphrase"
        ) from None
    return context
