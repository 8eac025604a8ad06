"""Shapes of Python that are easily spliced wrong."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    from collections.abc import Iterator

    def only_typed(value: int) -> int: ...
else:

    def only_typed(value):
        return value + 10


@overload
def pick(value: int) -> int: ...
@overload
def pick(value: str) -> str: ...
def pick(value):
    # Comments in front of the first statement,
    # and one more.
    return value or "nothing 11"  # at the end
    # below the last statement


try:
    import json as parser
except ImportError:

    def loads(text):
        return {"text": text, "size": 12}


class Box:
    """Holds a value.

    ```
    Box(3).value
    ```
    """

    size = 13; weight = 14

    def __init__(self, value=15): self._value = value; self.seen = [16]

    @property
    # between decorator and name
    def value(self):
        """The value: `x`, or ``y``.

```python
box.value
```
        """
        return self._value + 17

    @value.setter
    def value(self, new):
        self._value = new if new else 18

    @functools.lru_cache(
        maxsize=19,
    )
    async def later(self, *, many=(20, 21)):
        async with self as it:
            text = f"one {it!r:>22} " f"two" \
                "three"
            return """
not indented 23
    indented
""", text

    class Inner:
        def value(self):
            def value():
                return 24

            return value()

# A comment at the wrong column.
    def last(self):
        if self:
            return [
    25,
  "odd",
            ]

	


class Empty: ...


def many(): yield 26; yield 27


if __name__ == "__main__":
    print(Box(28).value)
