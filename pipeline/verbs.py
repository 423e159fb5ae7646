"""Commands out of typed functions: every parameter of a function is an argument or an option of its command.

argparse of the standard library reads them, for the one command that was asked for. Libraries that do as much take
longer to load than many a command takes.
"""

import inspect
import sys
from argparse import Action, ArgumentParser, ArgumentTypeError, BooleanOptionalAction, Namespace
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from types import NoneType
from typing import Annotated, Any, NamedTuple, NoReturn, TypeVar, get_args, get_origin

Verb = TypeVar("Verb", bound=Callable[..., None])
WIDTH = 14  # of the names in a list of commands


class Misused(Exception):
    """What was asked for makes no sense: said with the usage of the command, exit code 2."""


class Argument(NamedTuple):
    """Of a parameter that is given by its place, as one without a default is."""

    help: str = ""


class Option(NamedTuple):
    """Of a parameter that is given by name: by its own, unless it has another here. A number is at `least` that."""

    help: str = ""
    name: str = ""
    least: int | None = None


class Parameter(NamedTuple):
    """A parameter as argparse is told of it: its name there, and the rest."""

    name: str
    about: dict[str, Any]


@dataclass(frozen=True)
class Command:
    """A function as a command."""

    function: Callable[..., None]

    @property
    def help(self) -> str:
        """What it does: in its first sentence, and more in others."""
        return " ".join((self.function.__doc__ or "").split())

    def parameters(self) -> list[Parameter]:
        """Its arguments and options, in the order of the code."""
        return [_parameter(each) for each in inspect.signature(self.function).parameters.values()]

    def run(self, path: str, words: Sequence[str]) -> None:
        """Do what `words` say. Raises SystemExit with code 2 for what can't be understood."""
        parser = ArgumentParser(path, description=self.help, allow_abbrev=False)
        for name, about in self.parameters():
            parser.add_argument(name, **about)
        given = parser.parse_intermixed_args(words)
        try:
            self.function(**vars(given))
        except Misused as mistake:
            parser.error(str(mistake))


class Group:
    """Commands, and groups of such, by name."""

    def __init__(self, says: str) -> None:
        """`says` is what they are for."""
        self.help = says
        self.parts: dict[str, Group | Command] = {}

    def group(self, name: str, says: str) -> "Group":
        """A new group below this one."""
        self.parts[name] = group = Group(says)
        return group

    def command(self, name: str = "") -> Callable[[Verb], Verb]:
        """Make a function a command, called as the function is unless it has a `name` of its own."""

        def added(function: Verb) -> Verb:
            self.parts[name or function.__name__] = Command(function)
            return function

        return added

    def commands(self, *path: str) -> Iterator[tuple[tuple[str, ...], Command]]:
        """Every command with the words that lead to it, in the order of the code."""
        for name, part in self.parts.items():
            if isinstance(part, Group):
                yield from part.commands(*path, name)
            else:
                yield (*path, name), part

    def run(self, path: str, words: Sequence[str]) -> None:
        """Do what `words` say. Raises SystemExit: with 0 after help, with 2 for what can't be understood."""
        word = words[0] if words else ""
        if word in self.parts:
            self.parts[word].run(f"{path} {word}", words[1:])
        elif word in ("-h", "--help"):
            sys.stdout.write(self._usage(path))
            raise SystemExit(0)
        else:
            self._refuse(path, word)

    def _refuse(self, path: str, word: str) -> NoReturn:
        wrong = f"\n{path}: error: there is no {word}\n" if word else ""
        sys.stderr.write(self._usage(path) + wrong)
        raise SystemExit(2)

    def _usage(self, path: str) -> str:
        """What there is, each in its first sentence."""
        lines = [f"  {name:{WIDTH}}{part.help.partition('. ')[0].rstrip('.')}." for name, part in self.parts.items()]
        return "\n".join([f"usage: {path} COMMAND ...\n\n{self.help}\n\ncommands:", *lines, ""])


def _parameter(given: inspect.Parameter) -> Parameter:
    """Raises ValueError if there are more than one of Argument and Option about it."""
    optional = given.default is not given.empty
    kind, told = given.annotation, Option() if optional else Argument()
    if get_origin(kind) is Annotated:
        kind, told = get_args(kind)
    about: dict[str, Any] = {"help": told.help.replace("%", "%%"), **_read(kind, told)}
    if optional:
        about["default"] = given.default
    if isinstance(told, Option):
        name = told.name or f"--{given.name.replace('_', '-')}"
        return Parameter(name, {**about, "dest": given.name, "required": not optional})
    if optional:
        about["nargs"] = "?"
    return Parameter(given.name, {**about, "metavar": given.name.upper()})


def _read(kind: Any, told: Argument | Option) -> dict[str, Any]:
    """How words become a value of a type, as argparse has it."""
    whole = [each for each in get_args(kind) if each is not NoneType]
    if kind is bool:
        return {"action": "store_true"}
    if get_origin(kind) is list:
        return {"type": whole[0], **({"action": "append"} if isinstance(told, Option) else {"nargs": "+"})}
    if get_origin(kind) is tuple:
        return {"type": whole[0], "nargs": len(whole), "action": _Together}
    if whole:  # or nothing
        return {"action": BooleanOptionalAction} if whole == [bool] else _read(whole[0], told)
    if isinstance(told, Option) and told.least is not None:
        return {"type": _number(told.least)}
    return {"type": _day if kind is date else kind}


class _Together(Action):
    """Several words that are one value."""

    def __call__(self, parser: ArgumentParser, namespace: Namespace, values: Any, option: str | None = None) -> None:
        setattr(namespace, self.dest, tuple(values))


def _day(word: str) -> date:
    try:
        return date.fromisoformat(word)
    except ValueError:
        raise ArgumentTypeError(f"{word} is no day like 2026-10-31") from None


def _number(least: int) -> Callable[[str], int]:
    def number(word: str) -> int:
        if int(word) < least:
            raise ArgumentTypeError(f"{word} is less than {least}")
        return int(word)

    return number
