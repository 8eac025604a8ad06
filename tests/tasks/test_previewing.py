"""What a task would read is what it reads."""

import pytest

from assistant.context.bundle import Selected
from assistant.engine.base import Cancel
from assistant.prompt.conversation import Exchange
from assistant.solving.request import Said, TaskRequest
from assistant.tasks.ask import ask
from assistant.tasks.edit import edit
from assistant.tasks.previewing import preview

FILES = {f"part{n}.py": f"def job{n}(x):\n    return x + {n}\n\n\n" * 20 for n in range(12)}


@pytest.mark.parametrize("kind", ["ask", "edit"])
@pytest.mark.parametrize("selection", [(), (Selected("part3.py"),)])
def test_each_part_is_in_the_prompt_that_is_sent(make_world, kind, selection) -> None:
    world = make_world(lambda _: "```python\ndef job3(x):\n    return 0\n```", files=FILES)
    earlier = (Exchange("What is job4?", "A job."),)
    request = TaskRequest("What does job3 in part3.py return?", selection, said=Said(earlier))
    found = preview(world.workspace, request, kind)
    assert not world.engine.requests
    list({"ask": ask, "edit": edit}[kind](world.workspace, request, Cancel()))
    sent = "\n".join(each.content for each in world.engine.requests[0].messages)
    files = [part for part in found.parts if part.path]
    assert files
    for part in files:
        assert part.text in sent
    assert ("earlier question" in {part.name for part in found.parts}) is (kind == "ask")


def test_a_plan_from_evidence_reads_no_code(make_world) -> None:
    world = make_world(lambda _: "", files=FILES)
    request = TaskRequest("Let job3 return nothing")
    names = [part.name for part in preview(world.workspace, request, "plan").parts]
    assert names == ["instructions", "task"]
    chosen = TaskRequest(request.task, (Selected("part3.py"),))
    assert "part3.py" in [part.name for part in preview(world.workspace, chosen, "plan").parts]


def test_without_a_task_the_selection_is_shown(make_world) -> None:
    world = make_world(lambda _: "", files=FILES)
    for selection, files in (((), []), ((Selected("part3.py"),), ["part3.py"])):
        found = preview(world.workspace, TaskRequest("", selection), "edit")
        assert [part.path for part in found.parts if part.path] == files
        assert found.budget > 0


def test_a_key_in_what_the_program_chooses_is_hidden_and_one_in_what_is_selected_is_not(
    make_world,
) -> None:
    key = "ghp_" + "a1B2c3D4e5F6g7H8i9J0" * 2
    key = key[:40]
    world = make_world(lambda _: "", files={"pay.py": f'def pay():\n    return "{key}"\n'})
    task = "What does pay() in pay.py return?"
    for selection, there in (((), False), ((Selected("pay.py"),), True)):
        found = preview(world.workspace, TaskRequest(task, selection), "ask")
        (part,) = (part for part in found.parts if part.path)
        assert (key in part.text) is there
        assert ("REDACTED_GITHUB_TOKEN" in part.text) is not there
