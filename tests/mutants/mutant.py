"""What a seeded bug is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


class StaleMutantError(ValueError):
    """The code that a mutant changes is not there, or more than once: bring the mutant up to date."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One bug: ``right`` occurs once in ``file`` and becomes ``wrong``; ``caught_by`` are arguments of pytest."""

    name: str
    file: str
    right: str
    wrong: str
    caught_by: tuple[str, ...]

    def put_into(self, project: Path) -> None:
        """Change the file of a copy of the project.

        Raises:
            StaleMutantError: the code to change does not occur exactly once.
        """
        file = project / self.file
        text = file.read_text(encoding="utf-8")
        if text.count(self.right) != 1:
            raise StaleMutantError(f"{self.name}: {self.file} holds {self.right!r} {text.count(self.right)} times.")
        file.write_text(text.replace(self.right, self.wrong), encoding="utf-8")

    def take_out_of(self, project: Path, original: Path) -> None:
        """Put the right code back."""
        (project / self.file).write_bytes((original / self.file).read_bytes())
