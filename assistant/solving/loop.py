"""Solves a request: draws from sources by a policy, splices, judges, and stops by one rule."""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace

from assistant.checks.names import check_names
from assistant.checks.results import Status
from assistant.engine.base import Cancel
from assistant.errors import ProposalError
from assistant.solving import registry
from assistant.solving.events import (
    CandidateDiscarded,
    CandidateReady,
    CheckFinished,
    Event,
    PhaseStarted,
)
from assistant.solving.policies import FIRST_OF_SEVERAL, Draw, Policy, without
from assistant.solving.pool import Pool
from assistant.solving.registry import SOURCES, Judge
from assistant.solving.splicing import candidate_of, spliced, tokens_of
from assistant.solving.state import Job, State
from assistant.solving.values import Candidate, Draft, Earlier, Proposal, Target


class Solver:
    """One request from its targets to a ranked proposal."""

    def __init__(
        self, job: Job, targets: Sequence[Target], policy: Policy, pool: Pool | None = None
    ) -> None:
        """`pool` has what was drawn for other targets of the same request."""
        registry.load()
        left_out = job.workspace.without
        kinds = [each for each in registry.JUDGES.values() if each.name not in left_out]
        self._judges: list[Judge] = [kind() for kind in sorted(kinds, key=lambda each: each.order)]
        self._policy = without(policy, left_out)
        pool = pool or Pool(tuple(each.name for each in self._judges))
        self.state = State(job, tuple(targets), targets[-1], pool, Cancel(job.cancel))

    def run(self) -> Iterator[Event]:
        """Draws candidates for the targets in turn; the pool holds them afterwards.

        Raises Cancelled, and what the engine raises.
        """
        state = self.state
        for judge in self._judges:
            yield from judge.prepare(state)
        for number in sorted({draw.round for draw in self._policy}):
            for target in state.targets:
                if self._is_ruled_out(target):
                    continue
                state.target = target
                for draw in self._policy:
                    if draw.round == number:
                        yield from self._take(draw)
        state.target = self._best_target()
        for judge in self._judges:
            yield from judge.conclude(state)

    def write_first(self, targets: Sequence[Target]) -> Generator[Event, None, tuple[Target, ...]]:
        """Writes targets that belong to the same change; later candidates carry what came of it.

        Takes one draft each: the first without undefined names, else the first that can be spliced.
        Only the whole change can be judged. Returns the targets of which no draft could be spliced.
        """
        last, missed = self.state.target, []
        for target in targets:
            self.state.target = target
            for draw in FIRST_OF_SEVERAL:
                found = yield from self._first(draw)
                if found is not None:
                    self.state.earlier = found
                    break
            else:
                missed.append(target)
        self.state.target = last
        return tuple(missed)

    def assess(self, candidate: Candidate) -> Iterator[Event]:
        """Judges a candidate that no source drew, with what judges do before and after a draw."""
        for judge in self._judges:
            yield from judge.prepare(self.state)
        yield from self.judge(candidate)
        for judge in self._judges:
            yield from judge.conclude(self.state)

    def judge_earlier(self) -> Iterator[Event]:
        """Makes a candidate of the earlier targets alone."""
        earlier = self.state.earlier
        tokens = tokens_of(earlier.written, earlier.changes)
        number = self.state.pool.new_id()
        candidate = Candidate(number, earlier.changes, "rewrite", self.state.target, tokens)
        yield from self.judge(candidate)

    def proposal(self, title: str, reason: str) -> Proposal:
        """The ranked proposal. Raises ProposalError when there is no candidate."""
        pool = self.state.pool
        if not pool.candidates:
            raise ProposalError(
                f"No usable answer: {pool.why_discarded}.",
                hint="Say the task in other words, select less, or try another seed or model.",
            )
        return Proposal(
            title, pool.ranked(), reason, tuple(pool.attempts), pool.judges, self.state.fixing
        )

    def _take(self, draw: Draw) -> Iterator[Event]:
        """Draws one row of the policy, as long as it applies and more could help."""
        state, source = self.state, SOURCES[draw.source]
        if self._is_done(draw) or not (draw.when(state) and source.applies(state)):
            return
        limit = left = draw.limit(state)
        if limit < 1:
            return
        yield PhaseStarted(source.phase, state.target.label)
        for event in self._drawn(source.name, limit):
            if isinstance(event, Draft):
                left = max(0, left - 1)
                yield from self._add(draw, event)
                if self._is_enough(draw, left):
                    return
                continue
            if isinstance(event, CandidateDiscarded):
                left = max(0, left - 1)
            yield self._noted(source.name, event)
            if state.pool.candidates and state.job.budget.spent:
                return  # even in the middle of a draft

    def _drawn(self, source: str, limit: int) -> Iterator[Event | Draft]:
        """What a source draws; stops the engine when it is closed early."""
        state = self.state
        state.drawing = Cancel(state.job.cancel)
        drawn = SOURCES[source].draw(state, limit)
        try:
            yield from drawn
        finally:
            state.drawing.set()
            close = getattr(drawn, "close", None)
            if close is not None:
                close()  # an engine reads one request at a time

    def _is_done(self, draw: Draw) -> bool:
        spent = self.state.job.budget.spent
        return (spent and bool(self.state.pool.attempts)) or (
            self.state.is_proved and not draw.after_proof
        )

    def _is_enough(self, draw: Draw, left: int) -> bool:
        if draw.until is not None and draw.until(self.state):
            return True
        return self.state.job.budget.spent if draw.after_proof else self.state.is_settled(left)

    def _add(self, draw: Draw, draft: Draft) -> Iterator[Event]:
        """Splices a draft and judges it; one that cannot be spliced is discarded."""
        state, source = self.state, draw.source
        number = draft.id or state.pool.new_id()
        job = state.job
        try:
            change = spliced(job.workspace, draft, state.earlier, job.intent, tidy=state.tidies)
            if job.again is not None:
                change = job.again.kept(change)
        except ProposalError as error:
            discarded = CandidateDiscarded(number, error.message)
            yield self._noted(source, discarded)
            return
        candidate = candidate_of(draft, change, state.earlier, source=source, number=number)
        if draw.proved_only:
            yield from self._judge_quietly(candidate)
        else:
            yield from self.judge(candidate)

    def judge(self, candidate: Candidate) -> Iterator[Event]:
        """Adds a candidate with its evidence; what was judged before is not run again."""
        yield CandidateReady(candidate)
        twin = self.state.pool.twin(candidate)
        if twin is not None:
            self.state.pool.add(replace(candidate, evidence=twin.evidence))
            return
        for judge in self._judges:
            found = judge.judge(self.state, candidate)
            if found is not None:
                candidate = replace(candidate, evidence=(*candidate.evidence, found))
                yield CheckFinished(candidate.id, found)
        self.state.pool.add(candidate)

    def _judge_quietly(self, candidate: Candidate) -> Iterator[Event]:
        for judge in self._judges:
            found = judge.judge(self.state, candidate)
            if found is not None:
                candidate = replace(candidate, evidence=(*candidate.evidence, found))
                if found.status is Status.FAILED:
                    break
        if candidate.passes:
            yield CandidateReady(candidate)
            self.state.pool.add(candidate)
        else:
            label = candidate.target.label if candidate.target else ""
            self.state.pool.discard(candidate.id, candidate.source, label, "not proved")

    def _first(self, draw: Draw) -> Generator[Event, None, Earlier | None]:
        """The earlier changes with a draft of one more target; None if no draft can be spliced."""
        state, job = self.state, self.state.job
        if not SOURCES[draw.source].applies(state):
            return None
        yield PhaseStarted(SOURCES[draw.source].phase, state.target.label)
        found: Earlier | None = None
        for event in self._drawn(draw.source, draw.limit(state)):
            if not isinstance(event, Draft):
                yield self._noted(draw.source, event)
                continue
            try:
                change = spliced(job.workspace, event, state.earlier, job.intent, tidy=state.tidies)
            except ProposalError as error:
                yield self._noted(draw.source, CandidateDiscarded(event.id, error.message))
                continue
            found = found or state.earlier.then(change, event)
            if check_names(change.path, change.new or b"", change.old).status is not Status.FAILED:
                return state.earlier.then(change, event)
        return found

    def _noted(self, source: str, event: Event) -> Event:
        """The event, after a discard was written down."""
        if isinstance(event, CandidateDiscarded):
            pool = self.state.pool
            pool.discard(event.candidate, source, self.state.target.label, event.reason)
        return event

    @property
    def found(self) -> bool:
        """Whether a candidate passes the check."""
        return self.state.is_proved or self.state.is_mended

    @property
    def tried(self) -> tuple[Target, ...]:
        """The target that was right, or all that were tried."""
        if self.found:
            return (self._best_target(),)
        return self.state.targets

    def _is_ruled_out(self, target: Target) -> bool:
        """Whether a candidate for another target passes the check."""
        return self.found and target.label != self._best_target().label

    def _best_target(self) -> Target:
        best = self.state.best()
        return best.target if best is not None and best.target else self.state.target
