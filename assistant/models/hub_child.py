"""Child process for hub requests: `list REPO`, or `download REPO REVISION FOLDER FILE...`.

Prints one JSON object on stdout: the response, or {"failed": reason}. Exits when stdin closes, so
a download never outlives its parent. Run by `hub`, never imported.
"""

import json
import os
import sys
import threading
from pathlib import Path
from typing import Any


def main(arguments: list[str]) -> dict[str, Any]:
    """The response to one request. Raises whatever huggingface_hub raises."""
    match arguments:
        case ["list", repo]:
            return _list(repo)
        case ["download", repo, revision, folder, *files]:
            return _download(repo, revision, Path(folder), files)
        case _:
            return {"failed": f"unknown request {arguments}"}


def _list(repo: str) -> dict[str, Any]:
    from huggingface_hub import HfApi

    info = HfApi().model_info(repo, files_metadata=True, timeout=5)
    files = [
        {
            "name": sibling.rfilename,
            "bytes": sibling.size or 0,
            "sha256": sibling.lfs.sha256 if sibling.lfs else "",
        }
        for sibling in info.siblings or ()
    ]
    return {"revision": info.sha or "main", "files": files}


def _download(repo: str, revision: str, folder: Path, files: list[str]) -> dict[str, Any]:
    from huggingface_hub import hf_hub_download

    for file in files:
        hf_hub_download(repo, file, revision=revision, local_dir=folder)
    return {"files": files}


def _reason(error: Exception) -> str:
    """The error's type and the first line of its message."""
    message = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


def _end_with_parent() -> None:
    while os.read(0, 1024):  # unbuffered, so no buffer lock is held at interpreter exit
        pass
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        response = main(sys.argv[1:])
    except Exception as error:  # noqa: BLE001 - process boundary: report every error
        response = {"failed": _reason(error)}
    print(json.dumps(response))
