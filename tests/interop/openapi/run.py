"""Lets schemathesis loose on the Configuration API by the document that the server gives of it.

Pass 1 knows a tenant and a realm and nothing in them, as a stranger would. Pass 2 knows an object for every path, made by
the API before, and deletes nothing, so that requests get behind the 404s. Each starts on a fresh install.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

from server import MAIN, Api, Server, form, token

HERE = pathlib.Path(__file__).resolve().parent
TOOL = pathlib.Path(sys.executable).parent / "schemathesis"
PLACE = {"tenant": "default", "realm": "main"}
SHOWN = 200


def main():
    passes = {"a stranger": ([], stranger), "with objects": (["--exclude-method", "DELETE"], insider)}
    told = [run(name, *of) for name, of in passes.items()]
    print("ok schemathesis " + version() + ": " + "; ".join(told))


def stranger(_):
    return PLACE


def insider(api):
    """One object of each kind that paths name."""

    def made(path, name, record):
        return api("POST", path, {name: record})[name]

    server = made("/resource-servers", "resource_server", {
        "identifier": "urn:fuzz:orders", "display_name": "Orders", "scopes": ["orders:read", "orders:write"],
    })  # fmt: skip
    of_server = f"/resource-servers/{server['id']}"
    application = made("/applications", "application", {
        "display_name": "Fuzzed", "resource_server_id": server["id"],
        "protocol_config": {
            "type": "oauth2", "grant_type": ["client_credentials"], "allowed_scopes": ["orders:read"],
            "token_format": "referential",
        },
    })  # fmt: skip
    of_application = f"/applications/{application['id']}"
    config = application["protocol_config"]
    token(api.issuer + MAIN, config["client_id"], config["client_secret"])
    role = made(f"{of_server}/roles", "role", {"display_name": "Reader", "scopes": ["orders:read"]})
    identity = made("/identities", "identity", {"username": "fuzz", "password": "correct-horse-battery-staple"})
    group = made("/groups", "group", {"display_name": "Fuzzers"})
    api("POST", f"/groups/{group['id']}:addMembers", {"identity_ids": [identity["id"]]})
    return PLACE | {
        "application": application["id"],
        "secret": api("GET", f"{of_application}/secrets")["secrets"][0]["id"],
        "token": api("GET", f"{of_application}/tokens?principal_type=application")["tokens"][0]["id"],
        "resource_server": server["id"],
        "credential": api("POST", f"{of_server}/credentials")["credential"]["id"],
        "role": role["id"],
        "identity": identity["id"],
        "group": group["id"],
        "signing_key": api("POST", "/signing-keys", {})["signing_keys"][0]["kid"],
        "event": api("GET", "/events")["events"][0]["id"],
    }


def run(name, options, known):
    """One pass; its own summary, in a line. Whatever it finds ends the run."""
    with tempfile.TemporaryDirectory(prefix="grantor-schemathesis-") as folder, Server(pathlib.Path(folder)) as server:
        api = Api(server.issuer, server.management_secret())
        pinned = "".join(f'"path.{kind}" = "{value}"\n' for kind, value in known(api).items())
        config = server.folder / "schemathesis.toml"
        config.write_text(f"{(HERE / 'schemathesis.toml').read_text()}\n[parameters]\n{pinned}")
        done = subprocess.run(
            [TOOL, "--config-file", config, "run", f"{server.issuer}/v1/openapi.json", "--no-color",
             "--header", f"Authorization: Bearer {api.token}", *options],
            cwd=server.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        output = done.stdout.replace(api.token, "(token)")
        panics = [line for line in server.log.read_text().splitlines() if "panicked at" in line]
    if done.returncode or panics:
        print("\n".join(output.splitlines()[-SHOWN:] + panics))
        sys.exit(f"schemathesis found something ({name})")
    return f"{name} {summary(output)}"


def summary(output):
    """`3634 generated, 3634 passed in 68.1s`, without the ornaments."""
    lines = [line.strip(" =") for line in output.splitlines()]
    cases = next((line for line in lines if re.match(r"\d+ generated", line)), "")
    end = lines[-1] if lines else ""
    return re.sub(r"\s+", " ", f"{cases} ({end})")


def version():
    done = subprocess.run([TOOL, "--version"], capture_output=True, text=True, check=True)
    return done.stdout.split()[-1]


if __name__ == "__main__":
    main()
