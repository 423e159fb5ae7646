"""The data sets: FEBRL 1 to 4, pseudopeople's sample, an invented county and, twice, invented people of history.

Made once, into .bench/data. Each is a folder with tables/<source>.parquet (`record_id`, `source`, fields),
truth.parquet (`record_id`, `person`) and manifest.json. Nothing is fetched: the public ones come out of packages of the
peer's environment.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow.parquet as pq
import yaml

from benchmarks.linkage.peer import ROOT, environment, scratch
from contracts.errors import Stop

FEBRL = ("febrl1", "febrl2", "febrl3", "febrl4")
GROUPS = {"febrl": FEBRL, "pseudopeople": ("pseudopeople",), "county": ("county",),
          "historical": ("historical",), "figures": ("figures",)}  # fmt: skip
HISTORICAL = 5000  # people at most; fewer where every county is smaller
MOST = 19  # records of one of these
CONFIGS = Path(__file__).with_name("configs")


@dataclass(frozen=True)
class Wanted:
    """One data set to make. `people` and `noise` are the county's and the historical ones', `missing` the county's, and
    `most`, how many records a person has, the historical ones'."""

    model: str
    people: int = 0
    seed: int = 1
    noise: float = 1.0
    missing: float = 1.0
    most: int = MOST

    @property
    def name(self) -> str:
        """A name that says all that makes this one different from others, fit for a folder."""
        if self.model in ("historical", "figures"):
            more = f"-noise{self.noise:g}" if self.noise != 1 else ""
            more += f"-most{self.most}" if self.most != MOST else ""
            return f"{self.model}-{self.people}-seed{self.seed}{more}"
        if self.model != "county":
            return self.model if self.model != "pseudopeople" else f"pseudopeople-seed{self.seed}"
        usual = self.noise == 1.0 and self.missing == 1.0
        dirt = "" if usual else f"-noise{self.noise:g}-missing{self.missing:g}"
        return f"county-{self.people}-seed{self.seed}{dirt}"


@dataclass(frozen=True)
class Dataset:
    """A data set on disk."""

    name: str
    model: str
    folder: Path
    records: int
    entities: int

    @property
    def config(self) -> Path:
        """The config that `huilian link` reads, beside the tables that it names."""
        return self.folder / "huilian.yml"


def choose(words: str, people: list[int], seed: int, noise: float, missing: float) -> list[Wanted]:
    """What `--sets` asks for, in the order asked. Raises Stop for a name that is none of ours."""
    wanted: list[Wanted] = []
    for word in [w.strip() for w in words.split(",") if w.strip()]:
        models = GROUPS.get(word, (word,))
        if not set(models) <= {*FEBRL, *GROUPS} - {"febrl"}:
            raise Stop("--sets", f"{word!r} is no data set", f"choose from {', '.join([*GROUPS, *FEBRL])}")
        for model in models:
            some = [min(people) if max(people) < HISTORICAL else HISTORICAL]
            sizes = {"county": people, "historical": some, "figures": some}.get(model, [0])
            wanted += [Wanted(model, size, seed, noise, missing) for size in sizes]
    return wanted


def prepare(wanted: Wanted, peer: Path | None) -> Dataset:
    """Make the data set, in a process of its own, unless it is there already. Raises Stop when it can't be made."""
    folder = scratch("data") / wanted.name
    manifest = folder / "manifest.json"
    facts = json.loads(manifest.read_text(encoding="utf-8")) if manifest.exists() else {}
    maker = made_by(wanted.model)
    if facts.get("made_by") != maker:
        temporary = folder.with_name(f"{folder.name}.{os.getpid()}.partial")
        shutil.rmtree(temporary, ignore_errors=True)
        _make(wanted, temporary, peer)
        truth = pq.read_table(temporary / "truth.parquet")
        entities = len(truth["person"].unique())
        counts = {"records": truth.num_rows, "entities": entities}
        facts = asdict(wanted) | counts | {"made_by": maker}
        (temporary / "manifest.json").write_text(json.dumps(facts), encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        temporary.rename(folder)
    found = Dataset(wanted.name, wanted.model, folder, facts["records"], facts["entities"])
    configure(wanted.model, folder, found.config)
    return found


def configure(model: str, folder: Path, path: Path) -> None:
    """Write the config for the tables in `folder` to `path`: a small county may lack some of its sources.

    Raises Stop when there is a table that the config does not name.
    """
    config = yaml.safe_load((CONFIGS / f"{model}.yml").read_text(encoding="utf-8"))
    there = {file.stem for file in (folder / "tables").glob("*.parquet")}
    unnamed = sorted(there - {table["source"] for table in config["tables"]})
    if unnamed:
        raise Stop(f"configs/{model}.yml", f"sources missing: {unnamed}", "name every table that the data set has")
    config["tables"] = [table for table in config["tables"] if table["source"] in there]
    path.write_text(yaml.safe_dump(config, sort_keys=False, allow_unicode=True), encoding="utf-8")


def made_by(model: str) -> str:
    """A fingerprint of the programs that make `model`: another program, other data."""
    ours = {"county": ("county.py", "names.py", "county_export.py"),
            "historical": ("historical.py", "historical_words.py"),
            "figures": ("figures.py", "figures_words.py", "historical_words.py")}  # fmt: skip
    names = ours.get(model, ("peer_export.py", "peer.lock"))
    return hashlib.sha256(b"".join(Path(__file__).with_name(n).read_bytes() for n in names)).hexdigest()[:16]


def _make(wanted: Wanted, folder: Path, peer: Path | None) -> None:
    sys.stderr.write(f"{wanted.name}: making the data\n")
    if wanted.model == "county":
        words = [sys.executable, "-m", "benchmarks.linkage.county_export", str(folder)]
        for option in ("people", "seed", "noise", "missing"):
            words += [f"--{option}", str(getattr(wanted, option))]
    elif wanted.model in ("historical", "figures"):
        words = [sys.executable, "-m", f"benchmarks.linkage.{wanted.model}", str(folder)]
        for option in ("people", "seed", "noise", "most"):
            words += [f"--{option}", str(getattr(wanted, option))]
    elif peer:
        words = [str(peer), "-m", "benchmarks.linkage.peer_export", wanted.model, str(folder)]
        words += ["--seed", str(wanted.seed)]
    else:
        raise Stop(wanted.name, "its package is in the peer's environment", "run once with --peer splink")
    done = subprocess.run(words, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise Stop(wanted.name, done.stderr.strip().splitlines()[-1], "see benchmarks/linkage/datasets.py")
