"""Asking a language model: questions, the wire, what it costs. Only `endpoint` knows a vendor."""
