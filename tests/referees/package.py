"""What `make install` and `make deb` leave: a CMake package that another project finds, and a Debian
package that brings all it needs and starts nothing."""

import os
import pathlib
import re
import subprocess

from stage.claims import claim, end, holds, same
from stage.programs import GMAIL_MCP, REPOSITORY, directory, environment

BUILD = pathlib.Path(GMAIL_MCP).resolve().parent
root = directory / "root"


def run(*command, **more):
    """What it prints; it must succeed."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=600,
                          cwd=directory, env=environment(**more), check=False)
    same(done.returncode, 0, f"{command[0]}: {(done.stdout + done.stderr)[-900:]}")
    return done.stdout


def files(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}


with claim("cmake --install puts the program, its documents, the unit and the CMake package into an empty root"):
    run("cmake", "--install", BUILD, "--prefix", "/usr", DESTDIR=str(root))
    # The build tree remembers the last installation; this one is nobody's.
    (BUILD / "install_manifest.txt").unlink(missing_ok=True)
    installed = files(root)
    holds(installed, "usr/bin/gmail-mcp", "usr/bin/gmail-mcp-sandbox", "usr/lib/systemd/system/gmail-mcp.service",
          "usr/share/doc/gmail-mcp/03-production.md", "usr/share/doc/gmail-mcp/examples/env.example",
          "usr/lib/cmake/gmail_mcp/gmail_mcpConfig.cmake")
    same(sorted(name for name in installed if not re.match(r"usr/(bin/|lib/(systemd|cmake)/|share/doc/)", name)), [])
with claim("nothing that is installed for CMake knows where it was built"):
    for name in installed:
        if name.endswith(".cmake"):
            assert str(BUILD) not in (root / name).read_text(), name
with claim("find_package(gmail_mcp) in another project finds it there, and its test passes"):
    consumer = directory / "consumer"
    compiler = re.search(r"^CMAKE_CXX_COMPILER:\w+=(.*)$", (BUILD / "CMakeCache.txt").read_text(), re.M).group(1)
    run("cmake", "-S", REPOSITORY / "tests/package", "-B", consumer, "-G", "Ninja",
        f"-DCMAKE_PREFIX_PATH={root}/usr", f"-DCMAKE_CXX_COMPILER={compiler}",
        "-DCMAKE_FIND_USE_CMAKE_SYSTEM_PATH=OFF")
    run("cmake", "--build", consumer)
    printed = run("ctest", "--test-dir", consumer, "--verbose")
    holds(printed, f"{root}/usr/bin/gmail-mcp: ", "100% tests passed")
with claim("asked for a version it is not, find_package says which one it is"):
    other = directory / "other"
    other.mkdir()
    (other / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.25)\nproject(other LANGUAGES NONE)\nfind_package(gmail_mcp 9 REQUIRED)\n")
    done = subprocess.run(["cmake", "-S", other, "-B", other / "build", f"-DCMAKE_PREFIX_PATH={root}/usr"],
                          capture_output=True, text=True, timeout=300, env=environment(), check=False)
    assert done.returncode != 0, done.stdout
    holds(done.stderr, '"gmail_mcp"', "gmail_mcpConfig.cmake, version: 0.1.0")

with claim("cpack makes a Debian package of it, with the same files"):
    run("cpack", "-G", "DEB", "--config", BUILD / "CPackConfig.cmake", "-B", directory / "deb")
    package, = (directory / "deb").glob("*.deb")
    assert re.fullmatch(r"gmail-mcp_[\d.]+_\w+\.deb", package.name), package.name
    run("dpkg-deb", "--extract", package, directory / "extracted")
    same(files(directory / "extracted"), installed)
with claim("it depends on the libraries it is linked with or loads, and on authorities to trust"):
    depends = run("dpkg-deb", "--field", package, "Depends")
    holds(depends, "ca-certificates", "libc6 (>=", "libcurl", "libssl3", "libgmime-3.0", "libsqlite3-0", "libpq5", "libstdc++6")
with claim("it has no scripts and no configuration files: installing it starts nothing and asks nothing"):
    run("dpkg-deb", "--control", package, directory / "control")
    same(files(directory / "control"), {"control", "md5sums"})
with claim("all in it belongs to root, and nobody else may write it"):
    for line in run("dpkg-deb", "--contents", package).splitlines():
        mode, owner = line.split()[:2]
        same((owner, mode[5], mode[8]), ("root/root", "-", "-"), line)
with claim("apt would install it here: what it depends on is to be had"):
    holds(run("apt-get", "--simulate", "install", package), "Inst gmail-mcp")
with claim("the program in it runs, and carries no debug information"):
    program = directory / "extracted/usr/bin/gmail-mcp"
    holds(run(program, "--version"), re.search(r"_([\d.]+)_", package.name).group(1))
    assert "not stripped" not in run("file", program)
    same(os.stat(program).st_mode & 0o7777, 0o755)
end()
