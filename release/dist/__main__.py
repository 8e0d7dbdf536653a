"""``make dist``: exit code 1 where a file of the release is not as it should be; each reason is a sentence."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from release.dist import contents
from release.dist.building import Files, build, files_in, known_to_git, names_in_sdist, names_in_wheel
from release.dist.environment import Environment
from release.dist.pages import Pages
from release.dist.trials import TRIALS
from release.wrong import WrongError

ROOT = Path(__file__).parent.parent.parent


def holding(files: Files, known: set[str]) -> list[str]:
    """What is wrong with what the two files hold."""
    held = names_in_sdist(files.sdist)
    return [*contents.of_sdist(known, held), *contents.of_wheel(held, names_in_wheel(files.wheel))]


def tried(file: Path, sdist: Path, folder: Path) -> list[str]:
    """What is wrong once ``file`` is installed into an environment that is made in ``folder``."""
    began = time.monotonic()
    try:
        environment = Environment(folder)
        environment.install(file)
        wrong = list(_wrong(environment, Pages(sdist, folder / "pages"), file.name))
    except WrongError as failed:
        wrong = [f"{file.name}: it cannot be installed: {failed}"]
    print(f"{file.name}: {len(TRIALS)} trials, {len(wrong)} wrong, {time.monotonic() - began:.0f} s", flush=True)
    return wrong


def _wrong(environment: Environment, pages: Pages, name: str) -> Iterator[str]:
    for title, trial in TRIALS.items():
        try:
            trial(environment, pages)
        except WrongError as failed:
            yield f"{name}: {title}: {failed}"


def main() -> int:
    """Build into ``--out`` and check, or only check what is there."""
    parser = argparse.ArgumentParser(prog="python -m release.dist", description="Build the release and try it.")
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="the folder of both files; it is emptied")
    parser.add_argument("--check", action="store_true", help="build nothing: check what is in --out")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rosterkit-dist-") as scratch:
        try:
            wrong = checked(options.out, Path(scratch), only=options.check)
        except WrongError as failed:
            wrong = [str(failed)]
    for sentence in wrong:
        print(sentence, file=sys.stderr)
    return 1 if wrong else 0


def checked(out: Path, scratch: Path, *, only: bool) -> list[str]:
    """What is wrong with the release in ``out``, which is built before unless ``only`` a check is asked for."""
    known = known_to_git(ROOT)
    if not only:
        shutil.rmtree(out, ignore_errors=True)
        build(ROOT, known, scratch / "tree", out)
    files = files_in(out)
    wrong = holding(files, known)
    with ThreadPoolExecutor() as both:
        trials = both.map(lambda file: tried(file, files.sdist, scratch / file.name), files)
        return wrong + [sentence for sentences in trials for sentence in sentences]


if __name__ == "__main__":
    sys.exit(main())
