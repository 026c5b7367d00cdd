"""The Dockerfile tried without Docker: its steps run on a bare Debian tree, and its server is asked from there.

Run as root, with Debian's debootstrap: `scripts/check-image`. Processes and network are the machine's own, which Docker
would part; the file system is what the image's would be, read-only but for /data and /tmp.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin

from tests.deploy.dockerfile import Instruction, Stage, read_dockerfile
from tests.support.backing_services.ports import free_port

ROOT = Path(__file__).parents[2]
STARTS_WITHIN_SECONDS = 60
PAGES = ("/", "/admin/", "/graphiql/")
BASE_ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LANG": "C.UTF-8",
}

# How this machine reaches the package indexes.
CERTIFICATES = "etc/ssl/certs/ca-certificates.crt"
BORROWED = ("etc/resolv.conf", "etc/hosts", "etc/pip.conf", "root/.npmrc", CERTIFICATES)
BUILD_ENVIRONMENT = BASE_ENVIRONMENT | {"NODE_EXTRA_CA_CERTS": f"/{CERTIFICATES}"}

# What a server needs no more once it is built.
BUILD_TOOLS = ("pip", "setuptools", "hatchling", "wheel")

Shell = list[str]


class Wrong(Exception):
    """The image is not as it should be, for the reason in the message."""


def main() -> None:
    """Build, look and ask; `--base FOLDER` keeps the bare Debian tree there for the next time."""
    with tempfile.TemporaryDirectory(prefix="gql-chat-image-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        base = Path(sys.argv[2]) if sys.argv[1:2] == ["--base"] else home / "base"
        stages = read_dockerfile(ROOT / "Dockerfile")
        make_base(base, stages[-1].base)
        trees = build(stages, base, home)
        final, tree = stages[-1], trees[-1]
        inspect(tree)
        ask(final, tree, home)
    say("the image is as it should be")


def make_base(tree: Path, image: str) -> None:
    """Make a tree like `python:3.11.14-slim-bookworm`, as far as Debian has it, with the Python of that Debian."""
    if not (tree / "usr/bin/python3").exists():
        say(f"a bare Debian in place of {image}")
        run(
            "debootstrap",
            "--variant=minbase",
            "--include=python3,python3-venv,ca-certificates",
            image.split("-")[-1],
            tree,
        )
    python = tree / "usr/local/bin/python"
    if not python.is_symlink():
        python.symlink_to("/usr/bin/python3")
    for name in BORROWED:
        if (Path("/") / name).exists():
            shutil.copy(Path("/") / name, tree / name)


def build(stages: list[Stage], base: Path, home: Path) -> list[Path]:
    """Make a tree for each stage by taking its steps."""
    trees: list[Path] = []
    for number, stage in enumerate(stages):
        tree = home / f"stage{number}"
        run("cp", "--archive", base, tree)
        trees.append(tree)
        environment, folder = stage.environment(BUILD_ENVIRONMENT), "/"
        named = {stage.name: tree for stage, tree in zip(stages, trees, strict=False)}
        for step in stage.instructions:
            say(f"{step.word} {step.rest[:100]}")
            if step.word == "WORKDIR":
                folder = step.rest
                (tree / folder.lstrip("/")).mkdir(parents=True, exist_ok=True)
            elif step.word == "COPY":
                copy(step, named.get(step.options.get("from", "")), tree / folder.lstrip("/"), tree)
            elif step.word == "RUN":
                run(*inside(tree, "root", environment, folder, step.command))
    return trees


def copy(step: Instruction, source_tree: Path | None, folder: Path, tree: Path) -> None:
    """Copy from another stage's tree, or from the files of this repository that .dockerignore lets through."""
    *sources, target = step.rest.split()
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    kept_out = [pattern.removeprefix("**/") for pattern in ignored if pattern.startswith("**/")]
    to = tree / target.lstrip("/") if target.startswith("/") else folder / target
    for source in sources:
        if source_tree is None and f"!{source}" not in ignored:
            raise Wrong(f".dockerignore keeps out {source}, which the Dockerfile copies")
        path = ROOT / source if source_tree is None else source_tree / source.lstrip("/")
        if path.is_dir():
            left_out = shutil.ignore_patterns(*kept_out if source_tree is None else ())
            shutil.copytree(path, to, symlinks=True, dirs_exist_ok=True, ignore=left_out)
        else:
            shutil.copy(path, to / path.name if to.is_dir() else to)


def inspect(tree: Path) -> None:
    """Require that no build tool is left beside the server, and that no file there belongs to the user who runs it."""
    packages = {path.name for path in (tree / "opt/gql-chat/lib").glob("python3*/site-packages/*")}
    if left := packages & set(BUILD_TOOLS):
        raise Wrong(f"the image holds build tools: {', '.join(sorted(left))}")
    if owned := [path for path in (tree / "opt").rglob("*") if path.lstat().st_uid != 0]:
        raise Wrong(f"who runs the server could change it: {owned[0]}")
    size = sum(path.lstat().st_size for path in (tree / "opt").rglob("*") if not path.is_dir())
    say(f"/opt/gql-chat has {size / 1e6:.0f} MB")


def ask(stage: Stage, tree: Path, home: Path) -> None:
    """Serve as the image would, unprivileged and on a read-only root, and have the demo's chat over WebSocket."""
    user, port = stage.last("USER").rest, free_port()
    environment = stage.environment(BASE_ENVIRONMENT) | {"GQL_CHAT_PORT": str(port), "HOME": "/home/gql-chat"}
    folder, entry = stage.last("WORKDIR").rest, stage.last("ENTRYPOINT").command
    volume = home / "volume"
    run("cp", "--archive", tree / "data", volume)  # as Docker makes a new volume: with the owner of the image's folder

    def sealed(*command: str) -> Shell:
        return read_only(tree, volume, inside(tree, user, environment, folder, list(command), mounted=True))

    healthy = sealed(*health_command(stage))
    if subprocess.run(healthy, capture_output=True, check=False).returncode == 0:
        raise Wrong("the health check finds a server that does not run")
    if subprocess.run(sealed("touch", "/opt/gql-chat/x"), capture_output=True, check=False).returncode == 0:
        raise Wrong("the root can be written")
    if subprocess.run(sealed("id", "-u"), capture_output=True, check=True).stdout != f"{user}\n".encode():
        raise Wrong("it does not run as the user of the Dockerfile")
    with running(sealed(*entry, *stage.last("CMD").command)) as server:
        wait_until_it_answers(server, f"http://127.0.0.1:{port}/healthz")
        run(*healthy)
        for path in PAGES:
            look_at(f"http://127.0.0.1:{port}{path}")
        say("the health check is content; a chat over WebSocket:")
        run(*sealed(*entry, "demo", "2+3*4", "--url", f"http://127.0.0.1:{port}"))
        server.send_signal(signal.SIGTERM)
        if server.wait(30) != 0:
            raise Wrong(f"the server ended with {server.returncode} after SIGTERM")
    if not list(volume.glob("*.sqlite3")):
        raise Wrong("the volume does not hold the database")


def health_command(stage: Stage) -> list[str]:
    """Return the command of the HEALTHCHECK."""
    step = stage.last("HEALTHCHECK")
    return Instruction("CMD", {}, step.rest.removeprefix("CMD ")).command


def inside(
    tree: Path, user: str, environment: Mapping[str, str], folder: str, command: list[str], *, mounted: bool = False
) -> Shell:
    """Return the command with the tree as its root, as that user, with that environment alone."""
    pairs = [f"{name}={value}" for name, value in environment.items()]
    chroot = [
        "chroot",
        f"--userspec={user}:{user}",
        str(tree),
        "env",
        "--ignore-environment",
        f"--chdir={folder}",
        *pairs,
        *command,
    ]
    return (
        chroot
        if mounted
        else [
            "unshare",
            "--mount",
            "--propagation=private",
            "sh",
            "-c",
            f'mount -t proc proc {tree}/proc && mount --rbind /dev {tree}/dev && exec "$@"',
            "sh",
            *chroot,
        ]
    )


def read_only(tree: Path, volume: Path, command: Shell) -> Shell:
    """Return the command in a tree that is read-only but for the volume and a small /tmp."""
    mounts = [
        f"mount --bind {tree} {tree}",
        f"mount -t proc proc {tree}/proc",
        f"mount --rbind /dev {tree}/dev",
        f"mount -t tmpfs -o size=64m,mode=1777 tmpfs {tree}/tmp",  # noqa: S108
        f"mount --bind {volume} {tree}/data",
        f"mount -o remount,bind,ro {tree}",
    ]
    return [
        "unshare",
        "--mount",
        "--propagation=private",
        "sh",
        "-ec",
        f'{"; ".join(mounts)}; exec "$@"',
        "sh",
        *command,
    ]


@contextmanager
def running(command: Shell) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process that is gone afterwards."""
    process = subprocess.Popen(command)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_until_it_answers(server: subprocess.Popen[bytes], url: str) -> None:
    """Wait until the server answers. Raises Wrong if it ends, or does not answer for a minute."""
    deadline = time.monotonic() + STARTS_WITHIN_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url, timeout=5).close()  # noqa: S310
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
        else:
            return
    raise Wrong(f"the server does not answer at {url}")


def look_at(url: str) -> None:
    """Require that the page is there, with the script that it loads."""
    with urllib.request.urlopen(url, timeout=5) as page:  # noqa: S310
        [script] = re.findall(r'<script type="module"[^>]* src="([^"]+)"', page.read().decode())
    with urllib.request.urlopen(urljoin(url, script), timeout=5) as loaded:  # noqa: S310
        size = len(loaded.read())
    say(f"{url} loads {script} of {size} bytes")


def run(*command: str | Path) -> None:
    """Run a command and show its output. Raises Wrong if it fails."""
    done = subprocess.run(command, check=False, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise Wrong(f"this ended with {done.returncode}: {' '.join(map(str, command))[-300:]}")


def say(line: str) -> None:
    """Print the step that follows."""
    sys.stdout.write(f"== {line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    if os.geteuid() != 0 or not shutil.which("debootstrap"):
        sys.exit("This needs root and Debian's debootstrap.")
    try:
        main()
    except Wrong as exc:
        sys.exit(f"Error: {exc}")
