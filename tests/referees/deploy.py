"""Dockerfile, .env.example and the systemd unit are taken by their word: what they start starts, closed
until there is a token, and what they name exists."""

import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess

from stage import web
from stage.claims import claim, end, holds, note, same
from stage.programs import GMAIL_MCP, REPOSITORY, Program, directory, environment, free_port, key, run

# What *Production Agent Setup* and *Gmail MCP Server (Multi-User)* set.
SEEDS = {*re.findall(r"^(\w+)=", (REPOSITORY / "tests/seed/app_password.env").read_text(), re.M),
         "GMAIL_MCP_GOOGLE_CLIENT_ID", "GMAIL_MCP_GOOGLE_CLIENT_SECRET", "GMAIL_MCP_ENCRYPTION_KEY",
         "GMAIL_MCP_STORAGE_TYPE", "GMAIL_MCP_STORAGE_SUPABASE_URL", "GMAIL_MCP_STORAGE_SUPABASE_KEY",
         "GMAIL_MCP_STORAGE_SQLITE_PATH", "GMAIL_MCP_GOOGLE_REDIRECT_URI", "GMAIL_MCP_LOG_LEVEL",
         "GMAIL_MCP_LOG_FORMAT"}


def ask(url, token=None, **arguments):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return web.request("POST", url + "/tools/gmail_list_connections", {"user_id": "u", **arguments}, headers)


# --- .env.example -------------------------------------------------------------------------------
example = (REPOSITORY / ".env.example").read_text()
names = re.findall(r"^#?([A-Z][A-Z_]+)=", example, re.M)


def filled(text):
    """With a key and a token put in, as its first lines ask."""
    for name, value in (("GMAIL_MCP_ENCRYPTION_KEY", key()), ("GMAIL_MCP_SERVER_AUTH_TOKEN", "the-token")):
        text, times = re.subn(f"^{name}=$", f"{name}={value}", text, flags=re.M)
        same(times, 1, name)
    return text


with claim(".env.example has the names of both seeds, and none that is not a setting"):
    holds(names, *SEEDS)
    known = (REPOSITORY / "docs/configuration.md").read_text()
    same([name for name in names if f"`{name}`" not in known and f"`{name} " not in known], [])
with claim("as it is, validate names the encryption key as what is missing"):
    (directory / "empty.env").write_text(example)
    checked = run("validate", "--env-file", "empty.env")
    same(checked.returncode, 1)
    holds(checked.stdout, "GMAIL_MCP_ENCRYPTION_KEY")
with claim("with a key and a token put in validate is content; so it is with every line switched on but Supabase's"):
    (directory / "filled.env").write_text(filled(example))
    every = re.sub(r"^#(?=[A-Z][A-Z_]+=.)(?!.*SUPABASE)", "", filled(example), flags=re.M)
    (directory / "every.env").write_text(every.replace("/var/lib/gmail-mcp", str(directory)))
    for file in ("filled.env", "every.env"):
        checked = run("validate", "--env-file", file)
        same(checked.returncode, 0, checked.stdout + checked.stderr)
with claim("a server starts from it, is ready, and opens to the token alone"):
    port = free_port()
    (directory / "here").mkdir()
    (directory / "here/.env").write_text(filled(example) + f"PORT={port}\n")
    url = f"http://127.0.0.1:{port}"
    server = Program("env", ["sh", "-c", f"cd here && exec {shlex.quote(os.path.abspath(GMAIL_MCP))} serve -t http"],
                     ready=url + "/health")
    same(web.request("GET", url + "/health/ready").status, 200)
    same((ask(url).status, ask(url, "the-token").status), (401, 200))
    same(server.stop(), 0)

# --- Dockerfile ---------------------------------------------------------------------------------
dockerfile = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", (REPOSITORY / "Dockerfile").read_text(), flags=re.M))
final = dockerfile[dockerfile.rindex("\nFROM "):]
docker_port = free_port()


def instruction(name):
    return re.search(rf"^{name}\s+(.*)$", final, re.M).group(1)


def as_here(text):
    """What the image holds, as it is in this run."""
    return (text.replace("/app/data", str(directory / "data")).replace("127.0.0.1:8080", f"127.0.0.1:{docker_port}")
            .replace('"8080"', f'"{docker_port}"'))


def words(text):
    found = json.loads(as_here(text[text.index("["):]))
    return [GMAIL_MCP if word == "gmail-mcp" else word for word in found]


image_settings = dict(pair.split("=", 1) for pair in shlex.split(as_here(instruction("ENV"))))
entrypoint, command, health = (words(instruction(name)) for name in ("ENTRYPOINT", "CMD", "HEALTHCHECK"))
if entrypoint[-1] != GMAIL_MCP:
    entrypoint.append("the entry point is something else")
docker_url = f"http://127.0.0.1:{docker_port}"
(directory / "data").mkdir(mode=0o700)
GOOGLE = {"GMAIL_MCP_GOOGLE_CLIENT_ID": "id", "GMAIL_MCP_GOOGLE_CLIENT_SECRET": "secret",
          "GMAIL_MCP_ENCRYPTION_KEY": key()}
SUPABASE = {"GMAIL_MCP_STORAGE_TYPE": "supabase", "GMAIL_MCP_STORAGE_SUPABASE_URL": "https://x.supabase.co",
            "GMAIL_MCP_STORAGE_SUPABASE_KEY": "key"}


def container(**settings):
    return Program("container", entrypoint + command, {**image_settings, **settings},
                   ready=docker_url + "/health/live")


def health_check(**settings):
    return subprocess.run(health, capture_output=True, text=True, timeout=300, cwd=directory, check=False,
                          env=environment(**image_settings, **settings))


with claim("the image's user is not root, and owns /app/data, a volume"):
    same(instruction("USER").split(":")[0].lstrip("0") not in ("", "root"), True, "user")
    same(instruction("VOLUME"), "/app/data")
    assert re.search(r"install -d -o (\S+) -g \1 .*/app/data", final), final
with claim("the seed's docker run line starts its entry point and command; without its project it says so and ends"):
    ended = subprocess.run(entrypoint + command, capture_output=True, text=True, timeout=300, cwd=directory, check=False,
                           env=environment(**image_settings, **GOOGLE, **SUPABASE))
    same(ended.returncode, 1, ended.stderr)
    holds(ended.stdout + ended.stderr, "Supabase")
with claim("with a database of its own it starts, closed"):
    started = container(**GOOGLE)
    same(ask(docker_url).status, 401)
    same(started.stop(), 0)
with claim("with one token added it works; the health check says ready and exits with 0"):
    started = container(**GOOGLE, GMAIL_MCP_SERVER_AUTH_TOKEN="the-token")
    same((ask(docker_url).status, ask(docker_url, "the-token").status), (401, 200))
    checked = health_check(GMAIL_MCP_SERVER_AUTH_TOKEN="the-token", **GOOGLE)
    same((checked.returncode, checked.stdout.strip()), (0, "ready"), checked.stderr)
with claim("its database is in /app/data, and its log is JSON"):
    assert (directory / "data/gmail.db").exists()
    for line in started.output().splitlines():
        json.loads(line)
    same(started.stop(), 0)
with claim("the health check fails when the server is gone, and when it is not set up"):
    same(health_check().returncode, 1)
    started = container()
    checked = health_check()
    same(checked.returncode, 1, checked.stdout)
    started.stop()


def packages_of_libraries():
    """Who ships the libraries that the programs name: those they are linked with, and those they load when needed."""
    strings = subprocess.run(["strings", "-a", GMAIL_MCP, f"{GMAIL_MCP}-sandbox"],
                             capture_output=True, text=True, check=True).stdout
    cache = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=True).stdout
    for library in set(re.findall(r"^lib[\w.+-]+\.so\.[\d.]+$", strings, re.M)):
        path = re.search(rf"^\s{re.escape(library)} .*=> (\S+)$", cache, re.M).group(1)
        # The folder of the link, and of what it leads to: /lib has become /usr/lib.
        for file in (path, os.path.realpath(path), os.path.realpath(path).removeprefix("/usr")):
            owner = subprocess.run(["dpkg", "-S", file], capture_output=True, text=True, check=False)
            if owner.returncode == 0:
                yield owner.stdout.split(":")[0]
                break
        else:
            raise AssertionError(f"no package has {path}")


if 'VERSION_CODENAME=bookworm' in pathlib.Path("/etc/os-release").read_text():
    with claim("the final stage installs the libraries the programs are linked with or load, and authorities to trust"):
        listed = set(re.search(r"--no-install-recommends\s+(.*?)\s+&&", final).group(1).split())
        same(listed, {"ca-certificates", *packages_of_libraries()} - {"libc6"})
else:
    note("NOT CHECKED: the image's libraries, which can only be told on Debian 12")
with claim("what .dockerignore lets through is enough to configure the build and to install it"):
    context = directory / "context"
    for line in (REPOSITORY / ".dockerignore").read_text().split("\n"):
        if line.startswith("!"):
            source, target = REPOSITORY / line[1:], context / line[1:]
            target.parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
    configure = re.search(r"^RUN (cmake --preset .*)$", dockerfile, re.M).group(1)
    compiler = re.search(r"^CMAKE_CXX_COMPILER:\w+=(.*)$", (pathlib.Path(GMAIL_MCP).parent / "CMakeCache.txt")
                         .read_text(), re.M).group(1)
    done = subprocess.run([*shlex.split(configure), f"-DCMAKE_CXX_COMPILER={compiler}"], cwd=context,
                          capture_output=True, text=True, timeout=300, env=environment(), check=False)
    same(done.returncode, 0, done.stdout + done.stderr)
    install = (context / "build/release/cmake_install.cmake").read_text()
    sources = re.findall(rf'"({re.escape(str(context))}/[^"]*)"', install)
    built = [source for source in sources if source.startswith(str(context / "build"))]
    same([source for source in sources if source not in built and not os.path.exists(source)], [])

# --- descriptors --------------------------------------------------------------------------------
for limits, warnings in (("256:8192", 0), ("256:512", 1)):
    with claim(f"of {limits} open files it takes as many as it may, and says once when those are few"):
        few_port = free_port()
        server = Program("descriptors", ["prlimit", f"--nofile={limits}", GMAIL_MCP, "serve", "--transport", "http",
                                         "--port", few_port],
                         {"GMAIL_MCP_ENCRYPTION_KEY": key(), "GMAIL_MCP_LOG_FORMAT": "json",
                          "GMAIL_MCP_STORAGE_SQLITE_PATH": str(directory / f"{few_port}.db")},
                         ready=f"http://127.0.0.1:{few_port}/health")
        files = re.search(r"^Max open files +(\d+) +(\d+)", pathlib.Path(
            f"/proc/{server.process.pid}/limits").read_text(), re.M)
        same(files.groups(), (limits.partition(":")[2],) * 2)
        same(server.stop(), 0)
        same(server.output().count("few descriptors"), warnings)

# --- systemd ------------------------------------------------------------------------------------
unit = (REPOSITORY / "deploy/gmail-mcp.service").read_text()
with claim("the unit's ExecStart starts, with the settings the unit gives it"):
    unit_port = free_port()
    state = directory / "state"
    state.mkdir()
    line = re.search(r"^ExecStart=gmail-mcp (.*)$", unit, re.M).group(1)
    settings = dict(pair.split("=", 1) for pair in re.findall(r"^Environment=(.*)$", unit, re.M))
    assert all(value.startswith("/var/lib/gmail-mcp/") for name, value in settings.items() if "PATH" in name)
    holds(unit, "StateDirectory=gmail-mcp\n", "DynamicUser=yes\n", "ProtectSystem=strict\n", "LimitNOFILE=65536\n")
    settings = {name: value.replace("/var/lib/gmail-mcp", str(state)) for name, value in settings.items()}
    server = Program("unit", [GMAIL_MCP, *line.replace("8080", str(unit_port)).split()],
                     {**settings, "GMAIL_MCP_ENCRYPTION_KEY": key()},
                     ready=f"http://127.0.0.1:{unit_port}/health/ready")
    assert (state / "gmail.db").exists()
    same(server.stop(), 0)
if shutil.which("systemd-analyze"):
    with claim("systemd-analyze verifies the unit, and finds it shut in"):
        copy = directory / "gmail-mcp.service"
        copy.write_text(unit.replace("ExecStart=gmail-mcp", f"ExecStart={os.path.abspath(GMAIL_MCP)}"))
        for arguments in (["verify", copy], ["security", "--offline=true", "--threshold=20", copy]):
            done = subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, timeout=300,
                                  check=False)
            same(done.returncode, 0, f"{arguments[0]}: {done.stdout[-300:]}{done.stderr[-300:]}")
            # Of other units it may speak as well.
            same([line for line in done.stderr.splitlines() if "gmail-mcp" in line], [])
else:
    note("NOT CHECKED: deploy/gmail-mcp.service, for want of systemd-analyze")
end()
