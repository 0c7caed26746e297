"""The endpoint that answers from labels: a simulation of a language model, for tests, benchmarks, the demo and `doctor`."""
