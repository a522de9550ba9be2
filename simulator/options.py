"""Command lines as boost::program_options reads them, which the real programs use.

Peculiar, and kept: unambiguous beginnings of names are accepted, every flag takes an
optional value, a value may begin with a dash unless it is a known option, stray words
are ignored, and an option given twice is an error.
"""

from collections import deque
from collections.abc import Iterable
from pathlib import Path
import re

from simulator.console import ProgramError
from simulator.option_tables import Kind, Option

_TRUE = {"", "on", "yes", "1", "true"}
_FALSE = {"off", "no", "0", "false"}
_BOOL_CHOICES = "Valid choices are 'on|off', 'yes|no', '1|0' and 'true|false'"
_RANGES = {Kind.UNSIGNED: (-(2**32) + 1, 2**32 - 1), Kind.INTEGER: (-(2**31), 2**31 - 1)}

type Value = bool | int | float | str | list[str] | None


class Values:
    """The values of all options of one run, by name."""

    def __init__(self, options: Iterable[Option]) -> None:
        """Start from the defaults."""
        self._values: dict[str, Value] = {}
        self.given: set[str] = set()
        """The options that the command line or the config file named."""
        for option in options:
            empty: Value = [] if option.kind is Kind.TEXTS else None
            value = option.default
            self._values[option.name] = empty if value is None else _read(option, value)

    def set(self, option: Option, text: str) -> None:
        """Store a value; raise ProgramError when it is bad or the second one."""
        if option.name in self.given and option.kind is not Kind.TEXTS:
            message = f"option '--{option.name}' cannot be specified more than once"
            raise ProgramError(message)
        value = _read(option, text)
        before = self._values[option.name]
        if isinstance(before, list) and isinstance(value, list):
            value = before + value
        self._values[option.name] = value
        self.given.add(option.name)

    def dump(self) -> str:
        """All values, as -v 2 prints them."""
        return "\n".join(f"    {name}: {value}" for name, value in self._values.items())

    def flag(self, name: str) -> bool:
        """Return a flag; False where the program has no such option."""
        return bool(self._values.get(name))

    def number(self, name: str) -> int:
        """Return an integer; 0 where the program has no such option."""
        value = self._values.get(name)
        return int(value) if isinstance(value, (int, float)) else 0

    def real(self, name: str) -> float:
        """Return a float; 0 where there is none."""
        value = self._values.get(name)
        return float(value) if isinstance(value, (int, float)) else 0.0

    def text(self, name: str) -> str:
        """Return a text; empty where there is none."""
        value = self._values.get(name)
        return value if isinstance(value, str) else ""


def _read(option: Option, text: str) -> Value:
    """Return a value of the option's kind; raise ProgramError when the text is none."""
    match option.kind:
        case Kind.FLAG:
            return _read_flag(option, text)
        case Kind.UNSIGNED | Kind.INTEGER:
            return _read_integer(option, text)
        case Kind.FLOAT:
            return _read_float(option, text)
        case Kind.TEXTS:
            return [text]
        case Kind.TEXT:
            return text


def _invalid(option: Option, text: str) -> ProgramError:
    """Return the error of a value that cannot be read."""
    return ProgramError(f"the argument ('{text}') for option '--{option.name}' is invalid")


def _read_flag(option: Option, text: str) -> bool:
    """Read on|off, yes|no, 1|0 or true|false in any case."""
    if text.lower() in _TRUE:
        return True
    if text.lower() in _FALSE:
        return False
    message = f"{_invalid(option, text)}. {_BOOL_CHOICES}"
    raise ProgramError(message)


def _read_integer(option: Option, text: str) -> int:
    """Read an integer; an unsigned one takes a minus and wraps round, as in C++."""
    low, high = _RANGES[option.kind]
    if not re.fullmatch(r"[+-]?[0-9]+", text) or not low <= int(text) <= high:
        raise _invalid(option, text)
    return int(text) % 2**32 if option.kind is Kind.UNSIGNED else int(text)


def _read_float(option: Option, text: str) -> float:
    """Read a floating-point number without blanks."""
    if not re.fullmatch(r"[0-9a-zA-Z+.-]+", text):
        raise _invalid(option, text)
    try:
        return float(text)
    except ValueError:
        raise _invalid(option, text) from None


class _Parser:
    """One pass over a command line: names and values are told apart, none is read."""

    def __init__(self, options: list[Option], arguments: list[str]) -> None:
        self._by_name = {option.name: option for option in options}
        self._by_short = {option.short: option for option in options if option.short}
        self._rest = deque(arguments)

    def parse(self) -> list[tuple[Option, str]]:
        """Return the named options with their values, in the order given."""
        found: list[tuple[Option, str]] = []
        while self._rest:
            word = self._rest.popleft()
            if word == "--":
                break
            option, value = self._split(word)
            if option is not None:
                found.append((option, self._value(option, value)))
        return found

    def _split(self, token: str) -> tuple[Option | None, str | None]:
        """Return the option that a token names and a value glued to it; else a stray word."""
        if token.startswith("--"):
            return self._split_long(token)
        if token.startswith("-") and len(token) > 1:
            option = self._by_short.get(token[1])
            if option is None:
                message = f"unrecognised option '{token}'"
                raise ProgramError(message)
            return option, token[2:] or None
        return None, None

    def _split_long(self, token: str) -> tuple[Option, str | None]:
        """Split ``--name`` or ``--name=value``."""
        name, equals, value = token[2:].partition("=")
        option = self._named(name)
        if option is None:
            message = f"unrecognised option '{token}'"
            raise ProgramError(message)
        if equals and not value:
            message = f"the argument for option '--{option.name}' should follow immediately after the equal sign"
            raise ProgramError(message)
        return option, value or None

    def _named(self, name: str) -> Option | None:
        """Return the option of this name or of this beginning of a name."""
        if name in self._by_name:
            return self._by_name[name]
        matches = sorted(full for full in self._by_name if full.startswith(name))
        if len(matches) > 1:
            *others, last = (f"'--{match}'" for match in matches)
            message = f"option '--{name}' is ambiguous and matches {', '.join(others)}, and {last}"
            raise ProgramError(message)
        return self._by_name[matches[0]] if matches else None

    def _value(self, option: Option, glued: str | None) -> str:
        """Return the option's value: glued to it, the next token, or the implicit one."""
        if glued is not None:
            return glued
        if option.implicit is not None:
            # An optional value is the next word that does not look like an option.
            if self._rest and (self._rest[0] == "-" or self._rest[0][:1] != "-"):
                return self._rest.popleft()
            return option.implicit
        if not self._rest or self._names_an_option(self._rest[0]):
            message = f"the required argument for option '--{option.name}' is missing"
            raise ProgramError(message)
        return self._rest.popleft()

    def _names_an_option(self, token: str) -> bool:
        """Whether a token is a declared option ("-5" is not, and so is a value)."""
        if token.startswith("--"):
            return self._named(token[2:].partition("=")[0]) is not None
        return token[:1] == "-" and token[1:2] in self._by_short


def parse(options: list[Option], arguments: list[str]) -> Values:
    """Read a command line and the config file it may name.

    Raises ProgramError with boost's wording.
    """
    values = Values(options)
    for option, text in _Parser(options, arguments).parse():
        values.set(option, text)
    _read_config_file(options, values)
    return values


def _read_config_file(options: list[Option], values: Values) -> None:
    """Add options of the -c file that the command line did not give.

    A file that is not there is no error.
    """
    try:
        lines = Path(values.text("config")).read_text("utf-8").splitlines()
    except OSError:
        return
    by_name = {option.name: option for option in options}
    on_command_line = set(values.given)
    for line in (line.partition("#")[0].strip() for line in lines):
        name, equals, text = (part.strip() for part in line.partition("="))
        if not line:
            continue
        if not equals:
            message = f"the options configuration file contains an invalid line '{line}'"
            raise ProgramError(message)
        if name not in by_name:
            message = f"unrecognised option '{name}'"
            raise ProgramError(message)
        if name not in on_command_line:
            values.set(by_name[name], text)
