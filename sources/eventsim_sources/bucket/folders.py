"""Which sub-folder is which bucket? A folder whose sub-folders are buckets, whoever makes them (`--buckets`)."""

import logging
from pathlib import Path

from eventsim import ApiError, StorageError, World
from eventsim_sources.bucket.folder import FolderContents
from eventsim_sources.bucket.initial import adopt_files
from eventsim_sources.bucket.keeper import Keeper, Keepers
from eventsim_sources.bucket.kept import SettingsFile
from eventsim_sources.bucket.names import check_bucket_name
from eventsim_sources.bucket.source import Bucket
from eventsim_sources.bucket.unrest import Noise

_log = logging.getLogger(__name__)


class BucketFolders:
    """The buckets of a world that are sub-folders of one folder."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._folder: Path = world.folders[Bucket.kind]
        self._keepers: dict[str, Keeper] = {}
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"{self._folder} cannot hold buckets: {error.strerror}") from error

    def open(self) -> None:
        """Take every sub-folder for a bucket, and listen for more.

        Raises:
            ConfigurationError: a sub-folder holds what no bucket can hold, or nothing can be watched.
        """
        self._world.share(Keepers).listen(self._folder, self)
        for each in sorted(self._folder.iterdir()):
            self._open(each.name)

    def create(self, name: str, region: str = "") -> Bucket:
        """Make a bucket with its folder, or of one that is there."""
        contents = FolderContents(self._folder / name)
        settings_file = SettingsFile(contents)
        kept = settings_file.read()
        bucket = Bucket(self._world, name, contents=contents, region=kept.region if kept else region)
        if kept is not None:
            bucket.resume(kept)
        bucket.settings_file = settings_file
        adopt_files(bucket.store, contents, bucket.created_s)
        self._keepers[name] = self._world.share(Keepers).keep(bucket, contents)
        self._world.add(bucket)
        return bucket

    def remove(self, bucket: Bucket) -> None:
        """Remove a bucket that holds nothing, and its folder.

        Raises:
            FileExistsError: somebody has just put something there.
        """
        keeper = self._keepers.get(bucket.name)
        if keeper is not None:
            keeper.discard_folder()
            self._world.share(Keepers).release(keeper)
            del self._keepers[bucket.name]

    # --- what happens there ----------------------------------------------------------------------------

    def hear(self, noise: Noise, path: str) -> None:
        """Something happened to a file."""
        name, _, rest = path.partition("/")
        if rest and name in self._keepers:
            self._keepers[name].hear(noise, rest)

    def hear_move(self, path: str, new_path: str) -> None:
        """A file has another name, perhaps in another bucket."""
        name, _, rest = path.partition("/")
        new_name, _, new_rest = new_path.partition("/")
        if name == new_name and name in self._keepers:
            self._keepers[name].hear_move(rest, new_rest)
        else:
            self.hear("gone", path)
            self.hear("moved", new_path)

    def suspect(self, path: str) -> None:
        """Something happened to a folder; a new one may be a bucket."""
        name, _, rest = path.partition("/")
        if name in self._keepers:
            self._keepers[name].suspect(rest)
        elif not rest:
            self._open(name)

    def _open(self, name: str) -> None:
        if name.startswith(".") or not (self._folder / name).is_dir() or name in self._world.sources(Bucket.kind):
            return
        try:
            check_bucket_name(name)
        except ApiError:
            _log.warning("%s is no bucket: a bucket cannot have this name", self._folder / name)
        else:
            self.create(name)
