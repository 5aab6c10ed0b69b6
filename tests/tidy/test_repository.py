"""What may lie in the repository: names, sizes, addresses, the lock, and documents that keep their word."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.tidy.tree import ROOT, committed_files, told

ROOT_FILES_MAX = 16
BYTES_MAX = 1_000_000
VAGUE_STEMS = frozenset({"common", "helper", "helpers", "misc", "util", "utils"})
# Put together here, so that this file does not name what it forbids.
REGISTRY_HOSTS = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("registry", "yarnpkg", "com"),
        ("anaconda", "org"),
        ("deb", "debian", "org"),
    )
)
MACHINE_PATH = re.compile(r"(?<![\w.~}-])/(?:" + "|".join(("work", "root")) + r")/")
BASH_BLOCK = re.compile(r"^[ \t]*```bash\n(.*?)^[ \t]*```", re.MULTILINE | re.DOTALL)


def texts() -> list[tuple[Path, str]]:
    """Every committed file of readable size, as text."""
    small = [path for path in committed_files() if (ROOT / path).stat().st_size <= BYTES_MAX]
    return [(path, (ROOT / path).read_bytes().decode(errors="replace")) for path in small]


def commands(program: str) -> list[tuple[Path, str]]:
    """Document and first word after a program, for every command in a bash block of a document."""
    pattern = re.compile(rf"(?:^|[\s/;&]){program}[ ]+([a-z][a-z-]*)", re.MULTILINE)
    documents = [(path, text) for path, text in texts() if path.suffix == ".md" and path.name != "CHANGELOG.md"]
    return [
        (path, word)
        for path, text in documents
        for block in BASH_BLOCK.findall(text)
        for word in pattern.findall(re.sub(r"(?m)(?:^|\s)#.*", "", block))
    ]


def locked() -> dict[str, str]:
    """Name -> the whole entry, of every package in the lock."""
    entries = re.split(r"^(?=[A-Za-z0-9])", (ROOT / "requirements.lock").read_text(), flags=re.MULTILINE)
    return {canonicalize_name(entry.partition("==")[0]): entry for entry in entries if "==" in entry}


def test_names_say_what_they_hold():
    faults = [path.as_posix() for path in committed_files() if path.stem.lower() in VAGUE_STEMS]

    assert not faults, told(faults, "name the file after what it holds.")


def test_root_shows_the_house():
    files = [path.as_posix() for path in committed_files() if len(path.parts) == 1]

    assert len(files) <= ROOT_FILES_MAX, told(files, f"at most {ROOT_FILES_MAX} at the root: move some into a room.")


def test_no_file_is_large():
    sizes = {path: (ROOT / path).stat().st_size for path in committed_files()}
    faults = [f"{path}: {size:,} bytes" for path, size in sizes.items() if size > BYTES_MAX]

    assert not faults, told(faults, "generate it, or keep it in the ignored data/ folder.")


def test_no_file_names_a_package_registry():
    faults = [f"{path}: {host}" for path, text in texts() for host in REGISTRY_HOSTS if host in text]

    assert not faults, told(faults, "leave the index to the configuration of pip, uv, npm or apt on each machine.")


def test_no_file_knows_this_machine():
    faults = [f"{path}: {match.group()}" for path, text in texts() for match in MACHINE_PATH.finditer(text)]

    assert not faults, told(faults, "say the path from the root of the repository, or take it from settings.")


def test_lock_has_hashes_and_no_address():
    entries = locked()
    faults = [f"{name}: no hash" for name, entry in entries.items() if "--hash=sha256:" not in entry]
    faults += [f"{name}: an address" for name, entry in entries.items() if "://" in entry or " @ " in entry]
    faults += re.findall(r"^-.*", (ROOT / "requirements.lock").read_text(), re.MULTILINE)

    assert entries
    assert not faults, told(faults, "write the lock again with the command in CONTRIBUTING.md, Dependencies.")


def test_lock_fits_the_ranges():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [Requirement(text) for text in project["dependencies"] + project["optional-dependencies"]["dev"]]
    versions = {name: entry.split()[0].partition("==")[2] for name, entry in locked().items()}

    faults = [
        f"{requirement}: the lock has {versions.get(canonicalize_name(requirement.name))}"
        for requirement in wanted
        if not requirement.specifier.contains(versions.get(canonicalize_name(requirement.name), "0"), prereleases=True)
    ]

    assert not faults, told(faults, "write the lock again with the command in CONTRIBUTING.md, Dependencies.")


def test_documented_make_verbs_exist():
    verbs = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    faults = [f"{path}: make {verb}" for path, verb in commands("make") if verb not in verbs]

    assert not faults, told(faults, f"the Makefile has {sorted(verbs)}.")


def test_documented_navlog_commands_exist():
    documented = commands("navlog")
    if not documented:
        return
    run = subprocess.run(
        [str(Path(sys.executable).with_name("navlog")), "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    words = set(re.findall(r"[a-z-]+", run.stdout))

    faults = [f"{path}: navlog {word}" for path, word in documented if word not in words]

    assert not faults, told(faults, "correct the document; `navlog --help` lists the commands.")


def test_changelog_opens_with_what_is_unreleased():
    headings = re.findall(r"^## (.*)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)

    cure = "CHANGELOG.md starts with `## [Unreleased]`; what is new goes below it."
    assert headings[:1] == ["[Unreleased]"], told(headings[:1], cure)
