"""Encryption with certificates made on the spot by openssl."""

import subprocess

import pytest

from appliance.publish.standing import read_standing

pytestmark = pytest.mark.broker


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """One authority, a server at 127.0.0.1 and a client, and an authority nobody knows."""
    folder = tmp_path_factory.mktemp("certificates")
    for name in ("ca", "stranger"):
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-days", "2", "-subj", f"/CN={name}", "-keyout", f"{folder}/{name}.key",
                "-out", f"{folder}/{name}.pem")  # fmt: skip
    (folder / "server.ext").write_text("subjectAltName=IP:127.0.0.1\n")
    (folder / "client.ext").write_text("extendedKeyUsage=clientAuth\n")
    for name in ("server", "client"):
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-subj", f"/CN={name}", "-keyout", f"{folder}/{name}.key",
                "-out", f"{folder}/{name}.csr")  # fmt: skip
        openssl("x509", "-req", "-in", f"{folder}/{name}.csr", "-CA", f"{folder}/ca.pem",
                "-CAkey", f"{folder}/ca.key", "-CAcreateserial", "-days", "2",
                "-extfile", f"{folder}/{name}.ext", "-out", f"{folder}/{name}.pem")  # fmt: skip
    return folder


@pytest.fixture
def encrypted(make_broker, certificates):
    broker = make_broker()
    broker.lines = [
        "allow_anonymous true", f"cafile {certificates}/ca.pem",
        f"certfile {certificates}/server.pem", f"keyfile {certificates}/server.key",
        "require_certificate true",
    ]  # fmt: skip
    return broker.start()


def settings(certificates, **changes):
    names = {
        "tls": True, "ca_file": f"{certificates}/ca.pem",
        "client_cert_file": f"{certificates}/client.pem",
        "client_key_file": f"{certificates}/client.key",
    }  # fmt: skip
    return names | changes


def test_it_connects_with_a_client_certificate(encrypted, make_device, certificates, eventually):
    device = make_device(encrypted.port, **settings(certificates)).start()
    for _ in range(3):
        device.event()
    eventually(lambda: read_standing(device.db).state == "connected", "the connection")
    eventually(lambda: "plms-demo" in (encrypted.folder / "log").read_text(), "our name in the log")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ca_file": "{}/stranger.pem"}, "is not trusted"),
        ({"host": "localhost"}, "is not trusted"),
        ({"ca_file": "/missing.pem"}, "mqtt.ca_file names /missing.pem, which is not a file"),
        ({"client_key_file": "{}/ca.pem"}, "the certificate files of [mqtt] cannot be used"),
    ],
)
def test_what_is_wrong_with_a_certificate_is_said(
    encrypted, make_device, certificates, eventually, changes, words
):
    changes = {key: value.format(certificates) for key, value in changes.items()}
    device = make_device(encrypted.port, **settings(certificates, **changes)).start()
    eventually(lambda: words in read_standing(device.db).text, words)
    assert device.thread.healthy()


def test_a_port_without_encryption_is_named(make_broker, make_device, eventually):
    plain = make_broker().start()
    device = make_device(plain.port, tls=True).start()
    eventually(lambda: "is it really a TLS port" in read_standing(device.db).text, "the words")
