"""Ten ways in which a server fails: each gives an error with a hint, and the next request works."""

import socket
import ssl
import threading
from typing import Any

import pytest

from assistant.engine.base import Cancel, Finish, Message, Request, Sampling, Token
from assistant.engine.server.address import Address
from assistant.engine.server.connection import Connection
from assistant.engine.server.engine import ServerEngine
from assistant.engine.server.probing import probe
from assistant.errors import EngineError, EngineUnreachable, ModelError
from tests.engine.server.certificate import CERTIFICATE
from tests.engine.server.fake import Fake, Handler

ASKED = Request((Message("user", "Say fine."),), samplings=(Sampling(max_tokens=20),))


def text_of(engine: ServerEngine, request: Request = ASKED) -> str:
    events = engine.stream(request, Cancel())
    return "".join(event.text for event in events if isinstance(event, Token))


def fails(engine: ServerEngine, fake: Fake, fault: Any) -> EngineError:
    """The error of a request that the server answers with `fault`; the next one works."""
    fake.replies += [fault, "fine"]
    with pytest.raises(EngineError) as caught:
        text_of(engine)
    assert text_of(engine) == "fine"
    assert caught.value.hint
    return caught.value


def refuse(status: int, message: str, **headers: str) -> Any:
    def answer(handler: Handler, body: dict[str, Any]) -> None:
        handler.json({"error": {"message": message}}, status, **headers)

    return answer


def test_nothing_listens(fake):
    engine = fake.engine()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = Address("http", "127.0.0.1", free.getsockname()[1])
    with pytest.raises(EngineUnreachable, match="connection was refused") as caught:
        probe(Connection(address))
    assert "Start the server" in caught.value.hint
    fake.replies.append("fine")
    assert text_of(engine) == "fine"


def test_a_key_is_wanted(fake):
    error = fails(fake.engine(), fake, refuse(401, "invalid api key"))
    assert "wants a key" in error.message
    assert "ASSISTANT_ENGINE_KEY" in error.hint


def test_the_model_is_not_there(fake):
    error = fails(fake.engine(), fake, refuse(404, "model 'coder' not found"))
    assert "model 'coder' not found" in error.message
    assert "assistant doctor --engine" in error.hint
    with pytest.raises(ModelError, match="no model 'other'") as caught:
        probe(fake.connection(), "other")
    assert "coder" in caught.value.hint


def test_too_many_requests(fake):
    error = fails(fake.engine(), fake, refuse(429, "slow down", Retry_After="17"))
    assert "limits requests (429): slow down" in error.message
    assert error.hint == "Try again in 17 seconds."


def test_it_fails_in_the_middle(fake):
    def fault(handler: Handler, body: dict[str, Any]) -> None:
        handler.begin_stream()
        handler.delta("fi")
        handler.data({"error": {"code": 500, "message": "out of memory"}})

    error = fails(fake.engine(), fake, fault)
    assert "failed while it wrote: out of memory" in error.message


def test_it_fails_at_once(fake):
    error = fails(fake.engine(), fake, refuse(500, "no memory left"))
    assert "failed (500): no memory left" in error.message
    assert "log" in error.hint


def test_it_hangs_until_the_user_cancels(fake):
    reached, released = threading.Event(), threading.Event()

    def fault(handler: Handler, body: dict[str, Any]) -> None:
        handler.begin_stream()
        reached.set()
        released.wait(30)

    engine, cancel = fake.engine(), Cancel()
    fake.replies += [fault, "fine"]
    events = []

    def run() -> None:
        events.extend(engine.stream(ASKED, cancel))

    thread = threading.Thread(target=run)
    thread.start()
    assert reached.wait(30)
    assert thread.is_alive()
    cancel.set()
    thread.join(30)
    released.set()
    assert not thread.is_alive()
    assert isinstance(events[-1], Finish)
    assert events[-1].reason == "cancelled"
    assert text_of(engine) == "fine"


def test_a_cancel_closes_the_connection_so_that_the_server_can_stop(fake):
    closed = threading.Event()

    def endless(handler: Handler, body: dict[str, Any]) -> None:
        handler.begin_stream()
        try:
            while not closed.wait(0.01):
                handler.delta("x")
        except OSError:
            closed.set()

    cancel = Cancel()
    fake.replies.append(endless)
    for event in fake.engine().stream(ASKED, cancel):
        if isinstance(event, Token):
            cancel.set()
    assert closed.wait(30)


def test_the_answer_breaks_off(fake):
    def fault(handler: Handler, body: dict[str, Any]) -> None:
        handler.begin_stream()
        handler.delta("fi")

    error = fails(fake.engine(), fake, fault)
    assert "ended before it was complete" in error.message


def reset(handler: Handler, body: dict[str, Any]) -> None:
    handler.close_connection = True


def test_a_request_that_is_reset_before_an_answer_is_made_once_more(fake):
    fake.replies += [reset, "fine"]
    assert text_of(fake.engine()) == "fine"
    assert len(fake.asked) == 2


def test_the_connection_is_reset_again_and_again(fake):
    fake.replies.append(reset)
    assert "ended before it was complete" in fails(fake.engine(), fake, reset).message


def test_a_question_that_is_reset_is_asked_once_more(fake):
    answers = [reset, lambda handler, body: handler.json({"it": "is"})]
    fake.routes["/it"] = lambda handler, body: answers.pop(0)(handler, body)
    assert fake.connection().get("/it") == {"it": "is"}


@pytest.mark.parametrize(
    "line",
    ["data: {broken", 'data: {"choices": 3}', 'data: {"choices": [{"delta": 7}]}', "<html>hello"],
)
def test_the_answer_is_not_json_or_not_of_the_api(fake, line):
    def fault(handler: Handler, body: dict[str, Any]) -> None:
        handler.begin_stream()
        handler.line(line)

    error = fails(fake.engine(), fake, fault)
    assert "not the answer of a model server" in error.message


def test_the_address_is_not_a_model_server(fake):
    fake.routes = {"/v1/models": lambda handler, body: handler.raw(b"<html>A web page.</html>")}
    with pytest.raises(EngineError, match="not the answer of a model server") as caught:
        probe(fake.connection())
    assert "another program" in caught.value.hint


def test_the_context_is_too_small(fake):
    fault = refuse(400, "This model's maximum context length is 512 tokens.")
    error = fails(fake.engine(), fake, fault)
    assert "does not fit the context" in error.message
    assert "Select less" in error.hint


def test_what_cannot_fit_is_never_sent(fake):
    engine = fake.engine(context_tokens=40)
    with pytest.raises(EngineError, match="more than the context of 40 tokens"):
        text_of(engine, Request((Message("user", "word " * 60),)))
    assert fake.asked == []


def test_the_certificate_is_not_trusted(tmp_path):
    file = tmp_path / "server.pem"
    file.write_text(CERTIFICATE)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = Address("https", "127.0.0.1", listening.getsockname()[1])

        def serve() -> None:
            with context.wrap_socket(listening, server_side=True) as secure:
                try:
                    secure.accept()
                except OSError:
                    return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        with pytest.raises(EngineError, match=r"certificate of .* is not trusted") as caught:
            probe(Connection(address))
        thread.join(30)
    assert "SSL_CERT_FILE" in caught.value.hint


def test_plain_http_where_a_secure_connection_is_wanted(fake):
    address = Address("https", "127.0.0.1", Address.parse(fake.url).port)
    with pytest.raises(EngineError, match="No secure connection") as caught:
        probe(Connection(address))
    assert "http://" in caught.value.hint


def test_a_host_that_is_not_known():
    with pytest.raises(EngineError, match="is not known"):
        probe(Connection(Address.parse("http://no-such-host.invalid")))
