"""Runs llama.cpp's server in a process of its own, which a test can kill.

    python llama_child.py FILE.gguf CONTEXT SLOTS THREADS

Prints the address on a line of its own, then serves until stdin closes.
"""

import sys


def main(file: str, context: str, slots: str, threads: str) -> None:
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = file
    parameters.n_ctx, parameters.n_parallel = int(context), int(slots)
    parameters.hostnames, parameters.port = ["127.0.0.1"], 0
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = int(threads)
    parameters.endpoint_slots = True
    parameters.verbosity = -1
    server = xllamacpp.Server(parameters)
    print(f"\nserving {server.listening_address}", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
