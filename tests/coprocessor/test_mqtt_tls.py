"""TLS to the broker: both sides show certificates of one CA, and the host name must be its own."""

import asyncio
import datetime
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from coprocessor.config import Broker as BrokerConfig
from coprocessor.config import ConfigError, Tls
from coprocessor.mqtt_client import tls_context
from coprocessor.publisher import Publisher
from tests.broker import Broker, find_mosquitto
from tests.coprocessor.test_mqtt import TERMINAL, alert
from tests.coprocessor.waiting import eventually

pytestmark = pytest.mark.skipif(find_mosquitto() is None, reason="mosquitto is not installed")


class Authority:
    """A CA that lives as long as a test."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.ca = folder / f"{name}.crt"
        certificate = self._sign(self._name, self._key, x509.BasicConstraints(True, None))
        self.ca.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def issue(self, name: str, host: str) -> tuple[Path, Path]:
        """Return certificate and key files for a host name."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = self._sign(subject, key, x509.SubjectAlternativeName([x509.DNSName(host)]))
        paths = self._folder / f"{name}.crt", self._folder / f"{name}.key"
        paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        paths[1].write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return paths

    def _sign(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, says: x509.ExtensionType
    ) -> x509.Certificate:
        now = datetime.datetime.now(datetime.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(hours=1))
            .add_extension(says, critical=False)
            .sign(self._key, hashes.SHA256())
        )


@pytest.fixture
def ours(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "ours")


@pytest.fixture
def broker(ours: Authority, tmp_path: Path) -> Iterator[Broker]:
    certificate, key = ours.issue("server", "localhost")
    settings = (
        f"allow_anonymous true\nrequire_certificate true\ncafile {ours.ca}\n"
        f"certfile {certificate}\nkeyfile {key}"
    )
    with Broker(tmp_path / "broker", settings) as broker:
        yield broker


def test_an_alert_goes_out_over_tls(broker: Broker, ours: Authority) -> None:
    tls = Tls(ours.ca, *ours.issue("terminal", "terminal"))

    async def story() -> None:
        acked: list[int] = []
        config = BrokerConfig("localhost", broker.port, retry_s=1, tls=tls)
        publisher = Publisher(config, TERMINAL, acked.append)
        publisher.start()
        for sequence in range(1, 21):
            publisher.publish(alert(sequence))
        await eventually(lambda: acked == list(range(1, 21)))
        await publisher.stop()

    asyncio.run(story())


# paho leaves a socket whose handshake failed to the garbage collector, which closes it.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("wrong", ["ca", "host", "certificate"])
def test_a_wrong_certificate_gets_nothing(
    broker: Broker, ours: Authority, tmp_path: Path, wrong: str
) -> None:
    theirs = Authority(tmp_path, "theirs")
    tls = Tls(
        theirs.ca if wrong == "ca" else ours.ca,
        *(theirs if wrong == "certificate" else ours).issue("terminal", "terminal"),
    )
    host = "127.0.0.1" if wrong == "host" else "localhost"

    async def story() -> None:
        acked: list[int] = []
        publisher = Publisher(
            BrokerConfig(host, broker.port, retry_s=1, tls=tls), TERMINAL, acked.append
        )
        publisher.start()
        publisher.publish(alert(1))
        await asyncio.sleep(1.5)  # several tries
        assert not publisher.connected
        assert acked == []
        await publisher.stop()

    asyncio.run(story())


def test_files_that_are_no_certificates_are_named(ours: Authority, tmp_path: Path) -> None:
    certificate, key = ours.issue("terminal", "terminal")
    _, other_key = ours.issue("other", "other")
    noise = tmp_path / "noise"
    noise.write_bytes(b"noise")
    with pytest.raises(ConfigError, match=r"broker\.tls\.ca"):
        tls_context(Tls(noise, certificate, key))
    with pytest.raises(ConfigError, match=r"broker\.tls\.key"):
        tls_context(Tls(ours.ca, certificate, other_key))
