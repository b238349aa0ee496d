"""Corpora that are published as many single files: what the publisher's service says is there.

Nothing of an answer reaches the disk or an address unchecked: a file counts only if its name is one of the corpus, and
its place is made from what the name says.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ser_core.errors import DownloadError

if TYPE_CHECKING:
    from ser_core.corpora.base import Corpus


@dataclass(frozen=True)
class Part:
    """One file of a corpus that is published as many.

    Attributes
    ----------
    path : str
        Where it goes, relative to the corpus' folder.
    url : str
        Where it is.
    key : str or None
        Of the clip; None for a table.
    size_bytes : int or None
        As listed.
    md5, git : str or None
        Checksum as listed: MD5 of the file, or Git's object name (see `git_names`).
    """

    path: str
    url: str
    key: str | None = None
    size_bytes: int | None = None
    md5: str | None = None
    git: str | None = None

    def fault(self, content: bytes) -> str | None:
        """What is wrong with what came in place of this file; None if nothing."""
        if self.size_bytes is not None and len(content) != self.size_bytes:
            return f"has {len(content)} bytes where {self.size_bytes} are listed"
        if self.md5 is not None and hashlib.md5(content, usedforsecurity=False).hexdigest() != self.md5:
            return f"has another checksum than the listed {self.md5}"
        if self.key is not None and content.startswith(b"version https://git-lfs"):
            return "is a Git-LFS pointer, not audio"
        if self.git is not None and self.git not in git_names(content):
            return f"has another checksum than the listed {self.git}"
        return None


def git_names(content: bytes) -> tuple[str, str]:
    """Git's object name of a file: stored as it is, and stored by Git LFS, where Git holds a pointer with its SHA-256.

    Examples
    --------
    >>> git_names(b"")[0]
    'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391'
    """
    oid = hashlib.sha256(content).hexdigest()
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {len(content)}\n".encode()
    return _git_name(content), _git_name(pointer)


def _git_name(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def beside_each_other(fields: Mapping[str, Any]) -> str:
    """The place of a clip in a flat folder."""
    return fields["key"]


@dataclass(frozen=True)
class Listing:
    """What is common to services that list the files of a corpus.

    Attributes
    ----------
    about_bytes : int
        All files together, about; only the service knows it exactly.
    place : callable
        Fields of a clip (`Corpus.parse`) -> its place below the corpus' folder, without ending.
    """

    about_bytes: int
    place: Callable[[Mapping[str, Any]], str] = field(default=beside_each_other, kw_only=True)

    @property
    def url(self) -> str:
        """Address of the service."""
        return next(iter(self.pages.values()))

    @property
    def pages(self) -> dict[str, str]:
        """Name under a mirror -> address of each answer to ask for."""
        raise NotImplementedError(f"{type(self).__name__} gives no pages.")

    def parts(self, answers: Mapping[str, Any], corpus: "Corpus") -> list[Part]:
        """The corpus' files, each clip once.

        Parameters
        ----------
        answers : dict
            Name of each of `pages` -> its JSON.
        corpus : Corpus
            Whose.

        Raises
        ------
        DownloadError
            If the service answers something else than a list of this corpus' files.
        """
        try:
            found = self._parts(answers, corpus)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise DownloadError(
                f"The list of files of {corpus.title} cannot be read ({type(error).__name__}: {error}). The service "
                "may have changed: look at the corpus' home page, and update this package."
            ) from error
        if not any(part.key for part in found):
            raise DownloadError(f"{corpus.title} has no clips where it was published. See {corpus.homepage}.")
        return list({part.path: part for part in reversed(found)}.values())[::-1]

    def _parts(self, answers: Mapping[str, Any], corpus: "Corpus") -> list[Part]:
        raise NotImplementedError(f"{type(self).__name__} reads no answers.")

    def _clip(self, name: str, corpus: "Corpus") -> tuple[str, str] | None:
        """Place and key of a listed file; None if it is no clip."""
        relative = PurePosixPath(name)
        fields = corpus.parse(PurePosixPath(relative.name)) if relative.suffix.lower() == ".wav" else None
        return (f"{self.place(fields)}.wav", fields["key"]) if fields is not None else None


@dataclass(frozen=True)
class Dataverse(Listing):
    """A data set in a Dataverse, whose interface lists names, sizes and MD5 (guides.dataverse.org, "Native API").

    Attributes
    ----------
    server : str
        Address of the Dataverse.
    doi : str
        Of the data set, ``doi:...``.
    """

    server: str = ""
    doi: str = ""

    @property
    def pages(self) -> dict[str, str]:
        return {"dataset.json": f"{self.server}/api/datasets/:persistentId/?persistentId={self.doi}"}

    def _parts(self, answers: Mapping[str, Any], corpus: "Corpus") -> list[Part]:
        parts = []
        for entry in answers["dataset.json"]["data"]["latestVersion"]["files"]:
            file = entry["dataFile"]
            clip = self._clip(str(file["filename"]), corpus)
            if clip is None or entry.get("restricted"):
                continue
            path, key = clip
            url = f"{self.server}/api/access/datafile/{int(file['id'])}"
            parts.append(Part(path, url, key, size_bytes=int(file["filesize"]), md5=_md5(file)))
        return parts


def _md5(file: Mapping[str, Any]) -> str | None:
    checksum = file.get("checksum") or {}
    return str(checksum["value"]).lower() if checksum.get("type") == "MD5" else file.get("md5")


@dataclass(frozen=True)
class GitHub(Listing):
    """A folder of a repository whose audio is in Git LFS (docs.github.com, "REST API endpoints for Git trees").

    Of a file in Git LFS the tree names the pointer; as that holds the SHA-256, its name proves the audio as well.

    Attributes
    ----------
    repository, branch : str
        ``owner/name`` and branch.
    folder : str
        Folder of the clips.
    tables : tuple of str
        Further files to get, with their folders.
    """

    repository: str = ""
    branch: str = ""
    folder: str = ""
    tables: tuple[str, ...] = ()

    @property
    def pages(self) -> dict[str, str]:
        tree = f"https://api.github.com/repos/{self.repository}/git/trees/{self.branch}"
        folders = dict.fromkeys([self.folder, *(str(PurePosixPath(table).parent) for table in self.tables)])
        return {_page(name): tree if name == "." else f"{tree}:{quote(name)}" for name in folders}

    def _parts(self, answers: Mapping[str, Any], corpus: "Corpus") -> list[Part]:
        if any(answer.get("truncated") for answer in answers.values()):
            raise ValueError("it is cut off")
        parts = []
        for table in map(PurePosixPath, self.tables):
            names = {entry["path"]: entry for entry in answers[_page(str(table.parent))]["tree"]}
            if table.name in names:
                url = f"https://raw.githubusercontent.com/{self.repository}/{self.branch}/{quote(str(table))}"
                parts.append(Part(str(table), url, git=str(names[table.name]["sha"])))
        media = f"https://media.githubusercontent.com/media/{self.repository}/{self.branch}/{quote(self.folder)}"
        for entry in answers[_page(self.folder)]["tree"]:
            clip = self._clip(str(entry["path"]), corpus)
            if clip is not None:
                parts.append(Part(clip[0], f"{media}/{quote(entry['path'])}", clip[1], git=str(entry["sha"])))
        return parts


def _page(folder: str) -> str:
    return f"{'root' if folder == '.' else folder}.json"
