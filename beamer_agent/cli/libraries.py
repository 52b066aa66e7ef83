"""The libraries that load much more than is used here, loaded without it.

`eth_keyfile` can write keystores of BLS keys, for which `py_ecc` prepares its pairings whenever it
is loaded; `eth_utils` can name every chain there is; `structlog` can draw tracebacks with `rich`.
Together that is a third of the time from the start of the process to its first fill. While such a
library is loaded, stand-ins take the places of those modules; what is used of them after all is
loaded then.
"""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any, Final

Parts = Mapping[str, tuple[str, ...]]
"""Modules, each with names in it that are at most called, or asked for attributes."""

LATER: Final[Mapping[str, Parts]] = {
    "structlog": {
        "rich.console": ("Console",),
        "rich.pretty": (),
        "rich.traceback": ("Traceback",),
    },
    "eth_account": {
        "py_ecc.bls": ("G2ProofOfPossession",),
        "py_ecc.bls12_381.bls12_381_pairing": ("final_exponentiate", "pairing"),
        "eth_typing.networks": ("URI", "ChainId"),
        "eth_utils.network": (
            "Network",
            "name_from_chain_id",
            "network_from_chain_id",
            "short_name_from_chain_id",
        ),
    },
}
"""What each library takes from modules that are loaded when they are needed.

Should a version of it take something else from them, they are loaded at once, as ever.
"""


def load_libraries() -> None:
    """Load the libraries of `LATER` that are not loaded yet."""
    limit = sys.getrecursionlimit()
    for library, parts in LATER.items():
        with stand_ins(parts):
            import_module(library)
    # py_ecc raises the limit on loading; an endpoint's nested JSON would overflow the stack.
    sys.setrecursionlimit(limit)


@contextmanager
def stand_ins(parts: Parts) -> Iterator[None]:
    """Inside, whoever imports these modules gets something that loads them when it is used."""
    absent = {name: StandIn(name, parts[name]) for name in parts if name not in sys.modules}
    sys.modules.update(absent)
    try:
        yield
    finally:
        for name, stand_in in absent.items():
            if sys.modules.get(name) is stand_in:
                del sys.modules[name]
                _put_into_package(stand_in)


class StandIn(ModuleType):
    """Has what is only called for later; anything else is the real module's."""

    def __init__(self, name: str, parts: tuple[str, ...]) -> None:
        super().__init__(name)
        self.__dict__.update({part: Part(name, part) for part in parts})

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)  # the import system asks what kind of module it is
        return getattr(_loaded(self.__name__), name)


class Part:
    """Stands in for a function or a class."""

    def __init__(self, module: str, name: str) -> None:
        self._place = module, name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Load it and call it."""
        return self._real()(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real(), name)

    def _real(self) -> Any:
        module, name = self._place
        return getattr(_loaded(module), name)


def _loaded(name: str) -> ModuleType:
    if isinstance(sys.modules.get(name), StandIn):
        del sys.modules[name]
    return import_module(name)


def _put_into_package(stand_in: StandIn) -> None:
    # As importing does: `import rich.pretty` is followed by `rich.pretty.traverse`.
    package, _, name = stand_in.__name__.rpartition(".")
    if package in sys.modules:
        setattr(sys.modules[package], name, stand_in)
