"""Parts that are made when they are first needed, once for all threads."""

from functools import cached_property
from threading import RLock
from typing import Self, TypeVar, overload

PartT = TypeVar("PartT")


class made_once(cached_property[PartT]):  # noqa: N801  used as a decorator, like its base
    """A cached property that threads make once between them; its base does so until 3.11 only."""

    _making = RLock()

    @overload
    def __get__(self, instance: None, owner: type | None = None) -> Self: ...

    @overload
    def __get__(self, instance: object, owner: type | None = None) -> PartT: ...

    def __get__(self, instance: object | None, owner: type | None = None) -> Self | PartT:
        with self._making:
            return super().__get__(instance, owner)
