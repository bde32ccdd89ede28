"""The files for docker compose: a checker of its own rules reads them, and they stay safe."""

import http.server
import json
import re
import shutil
import socket
import subprocess
import threading

import pytest

from conftest import PATIENCE, ROOT, environment

COMPOSE = ROOT / "compose" / "compose.yaml"
SANDBOX = ROOT / "compose" / "sandbox.yaml"
CHECKER = shutil.which("docker-compose")
PRODUCTS = ("chatbox", "chatbox-broker", "chatbox-web", "chatbox-discord", "discord-sandbox")

needs_checker = pytest.mark.skipif(
    CHECKER is None, reason="docker-compose is missing (apt-get install docker-compose)"
)


def configuration(*files, **settings):
    """What compose understands, with every reference resolved."""
    arguments = [part for file in files for part in ("-f", str(file))]
    checked = subprocess.run(
        [CHECKER, *arguments, "config"],
        env=environment(**settings), capture_output=True, text=True, timeout=PATIENCE,
    )
    assert (checked.returncode, checked.stderr) == (0, "")
    yaml = pytest.importorskip("yaml", reason="PyYAML is missing")
    return yaml.safe_load(checked.stdout)


@needs_checker
@pytest.mark.parametrize("files", [(COMPOSE,), (COMPOSE, SANDBOX)], ids=["discord", "sandbox"])
def test_compose_accepts_it(files):
    services = configuration(*files)["services"]
    assert set(services) == {"broker", "web", "discord"} | (
        {"sandbox"} if SANDBOX in files else set()
    )


@needs_checker
def test_every_container_is_confined_and_nothing_is_published_to_others():
    everything = configuration(COMPOSE, SANDBOX)
    for name, service in everything["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["restart"] == "unless-stopped", name
        assert not service.get("privileged"), name
        for port in service.get("ports", []):
            published = port if isinstance(port, str) else json.dumps(port)
            assert "127.0.0.1" in published, f"{name} is published at {published}"
    services = everything["services"]
    assert services["broker"]["network_mode"] == "none"
    # The token reaches the Discord gateway alone, the database the broker alone.
    assert [name for name, one in services.items() if "secrets" in one] == ["discord"]
    assert [name for name, one in services.items() if "data:" in str(one["volumes"])] == ["broker"]
    assert not any("DISCORD_TOKEN" in one.get("environment", {}) for one in services.values())


def test_every_setting_in_it_is_one():
    catalogue = (ROOT / "Sources" / "ProcessShell" / "SettingCatalogue.swift").read_text()
    text = COMPOSE.read_text() + SANDBOX.read_text() + (ROOT / "compose/Dockerfile").read_text()
    keys = set(re.findall(r"^      ([A-Z_]+): ", text, re.M)) - {"SWIFT_IMAGE", "BASE_IMAGE"}
    keys |= {key for line in re.findall(r"^ENV (.*)", text, re.M)
             for key in re.findall(r"([A-Z_]+)=", line)} - {"PATH"}
    assert len(keys) > 10
    for key in keys:
        assert f'"{key}"' in catalogue, f"nothing reads {key}"


@needs_checker
def test_what_isnt_set_stays_empty_and_what_is_set_arrives():
    services = configuration(
        COMPOSE, DISCORD_CHANNEL_ID="7", CHATBOX_WEB_PORT="9000", CHATBOX_WEB_HOST="127.0.0.2"
    )["services"]
    assert services["discord"]["environment"]["DISCORD_CHANNEL_ID"] == "7"
    assert services["web"]["environment"]["CHATBOX_ALLOWED_ORIGINS"] == ""
    assert "127.0.0.2:9000:8080" in str(services["web"]["ports"])


def test_the_images_hold_every_product_under_a_user_of_its_own():
    text = (ROOT / "compose" / "Dockerfile").read_text()
    manifest = (ROOT / "Package.swift").read_text()
    for product in PRODUCTS:
        assert f'name: "{product}"' in manifest, f"no product {product}"
        assert f" {product} " in text or f"/{product} " in text, f"no image has {product}"
    stages = text.split("\nFROM ")[1:]
    for stage in stages:
        if stage.split()[2] in ("broker", "web", "discord", "sandbox"):
            assert "USER 1000" in stage and "HEALTHCHECK" in stage and "ENTRYPOINT [" in stage
    assert "STOPSIGNAL SIGTERM" in text


def test_what_the_images_leave_out_of_the_manifest_is_not_shipped():
    # The Dockerfile drops every target that names a folder: only those outside of Sources may.
    manifest = (ROOT / "Package.swift").read_text()
    paths = re.findall(r'\bpath: "([^"]+)"', manifest)
    assert paths and not any(path.startswith("Sources") for path in paths)


@pytest.mark.parametrize("status, code", [(200, 0), (503, 1), (404, 1)])
def test_the_health_check_without_curl_tells_a_well_server_from_an_ill_one(status, code):
    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status if self.path == "/readyz" else 500)
            self.end_headers()

        def log_message(self, *arguments):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        asked = subprocess.run(
            [ROOT / "compose" / "http-health.sh", str(server.server_port), "/readyz"],
            timeout=PATIENCE,
        )
        server.shutdown()
    assert asked.returncode == code


def test_the_health_check_fails_where_nobody_listens():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        asked = subprocess.run(
            [ROOT / "compose" / "http-health.sh", str(held.getsockname()[1]), "/readyz"],
            capture_output=True, timeout=PATIENCE,
        )
    assert asked.returncode == 1
