"""What has arrived of a request's events, so that it can go on after the line dropped."""

from dataclasses import replace

from assistant.engine.base import EngineEvent, Finish, Prefill, Request, Thought, Token


class Received:
    """The events of one request, over any number of connections, each passed on once."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._finished = 0
        self._first = 0
        """Which of the candidates is the first of the running request."""
        self._ids: list[int] = []
        self._again = 0
        """Tokens that will be sent although they have arrived."""
        self._thoughts = 0
        self._thought_again = 0
        self._read = False
        """The prompt was read to its end."""

    @property
    def complete(self) -> bool:
        return self._finished == len(self._request.samplings)

    def rest(self) -> Request:
        """What is still to be asked for: the candidate that was cut goes on where it was."""
        self._first, self._again = self._finished, len(self._ids)
        self._thought_again = self._thoughts
        samplings = self._request.samplings[self._finished :]
        return replace(self._request, samplings=samplings, resumed=tuple(self._ids))

    def take(self, event: EngineEvent) -> EngineEvent | None:
        """The event as the caller sees it; None if it has had it."""
        match event:
            case Prefill():
                known, self._read = self._read, self._read or event.done == event.total
                return None if known else event
            case Thought():
                if self._thought_again:
                    self._thought_again -= 1
                    return None
                self._thoughts += 1
                return event
            case Token():
                if self._again:
                    self._again -= 1
                    return None
                self._ids.append(event.id)
            case Finish():
                self._finished += 1
                self._ids = []
        return replace(event, candidate=event.candidate + self._first)

    def cancelled(self) -> list[Finish]:
        """The ends of the candidates that are missing."""
        missing = range(self._finished, len(self._request.samplings))
        return [Finish(each, "cancelled", 0, 0, 0.0) for each in missing]
