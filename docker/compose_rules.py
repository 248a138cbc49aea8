"""Rules for every service of a Compose file, read as JSON from standard input."""

import json
import sys

SECRET_WORDS = ("password", "secret", "master_key", "token")


def broken(name, service):
    """What a service does that none may."""
    if not service.get("read_only"):
        yield "its root is not read-only"
    if service.get("cap_drop") != ["ALL"] or service.get("cap_add") or service.get("privileged"):
        yield "it keeps capabilities"
    if "no-new-privileges:true" not in service.get("security_opt", []):
        yield "it may gain privileges"
    if service.get("user", "0").split(":")[0] in ("0", "root"):
        yield "it runs as root"
    for variable, value in service.get("environment", {}).items():
        if any(word in variable.lower() for word in SECRET_WORDS) and not variable.endswith("_FILE"):
            yield f"{variable} holds a secret"
        if value and "://" in value and "@" in value:
            yield f"{variable} holds a password"
    if "stores" in service.get("networks", {}) and service.get("ports"):
        yield "it publishes a port and reaches the stores"
    if any(port["target"] == 8081 for port in service.get("ports", [])):
        yield "it publishes the management port"


def main():
    document = json.load(sys.stdin)
    found = [f"{name}: {what}" for name, service in document["services"].items() for what in broken(name, service)]
    found += [f"secret {name} is no file" for name, given in document["secrets"].items() if not given.get("file")]
    for line in found:
        print(f"compose.yaml: {line}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
