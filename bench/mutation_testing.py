"""Do the tests notice a wrong condition or sum? One operator or constant is changed at a time, and the tests are run.

    python bench/mutation_testing.py extractor/equations.py:tests/test_equations.py,tests/test_solve.py [--sample 50] [--seed 1]

Changed are comparisons, + - * // % and their assignments, and/or, not, conditions of if and while, and integers (one more;
not those that are named at the top of a module: limits of work are chosen, not right or wrong). A mutant is killed if a
test fails, or does not end within the time allowed (--seconds, of processor time). Those that survive are printed with their
line. Tests run in a forked child with the changed module in place of the real one; no file is written.
"""

from __future__ import annotations

import argparse
import ast
import copy
import importlib.abc
import importlib.machinery
import os
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parents[1]
_COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_COMPUTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}


class _Mutated(importlib.abc.Loader, importlib.abc.MetaPathFinder):
    """Puts a changed module in the place of the real one."""

    def __init__(self, name: str, path: Path, tree: ast.Module) -> None:
        self.name, self.path, self.tree = name, path, tree

    def find_spec(self, name: str, *_: object) -> importlib.machinery.ModuleSpec | None:
        return importlib.machinery.ModuleSpec(name, self, origin=str(self.path)) if name == self.name else None

    def exec_module(self, module: object) -> None:
        exec(compile(self.tree, str(self.path), "exec"), vars(module))  # noqa: S102 - the mutated module is our own


def changes(node: ast.AST) -> Iterator[ast.AST]:
    """What `node` may be replaced by."""
    if isinstance(node, ast.Compare):
        for at, operator in enumerate(node.ops):
            for other in _COMPARED[type(operator)]:
                yield ast.Compare(node.left, [*node.ops[:at], other(), *node.ops[at + 1 :]], node.comparators)
    elif isinstance(node, ast.BinOp) and type(node.op) in _COMPUTED:
        yield ast.BinOp(node.left, _COMPUTED[type(node.op)](), node.right)
    elif isinstance(node, ast.AugAssign) and type(node.op) in _COMPUTED:
        yield ast.AugAssign(node.target, _COMPUTED[type(node.op)](), node.value)
    elif isinstance(node, ast.BoolOp):
        yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        yield node.operand
    elif isinstance(node, ast.Constant) and type(node.value) is int:
        yield ast.Constant(node.value + 1)
    elif isinstance(node, ast.If | ast.While | ast.IfExp):
        changed = copy.copy(node)
        changed.test = ast.UnaryOp(ast.Not(), node.test)
        yield changed


def _places(parent: ast.AST) -> Iterator[tuple[ast.AST, str, int | None, ast.AST]]:
    """(parent, field, index in it, node) of all nodes below `parent`, annotations left out."""
    for name, value in ast.iter_fields(parent):
        if name in ("annotation", "returns"):
            continue
        for at, node in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(node, ast.AST):
                yield parent, name, at if isinstance(value, list) else None, node
                yield from _places(node)


def mutants(tree: ast.Module) -> Iterator[tuple[int, str, str]]:
    """(line, before, after) of every change; `tree` is the changed one while it is looked at, and restored after."""
    statements = [statement for statement in tree.body if not _is_number(statement)]
    for parent, name, at, node in [place for statement in statements for place in _places(statement)]:
        for new in changes(node):
            ast.copy_location(new, node)
            _put(parent, name, at, new)
            ast.fix_missing_locations(tree)
            yield node.lineno, _first_line(node), _first_line(new)
            _put(parent, name, at, node)


def _is_number(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant)


def _put(parent: ast.AST, name: str, at: int | None, node: ast.AST) -> None:
    if at is None:
        setattr(parent, name, node)
    else:
        getattr(parent, name)[at] = node


def _first_line(node: ast.AST) -> str:
    return ast.unparse(node).splitlines()[0]


def survives(path: Path, tree: ast.Module, tests: list[str], seconds: int) -> bool:
    """Whether all `tests` pass with the changed module."""
    child = os.fork()
    if not child:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        sys.meta_path.insert(0, _Mutated(name, path, tree))
        sys.path.insert(0, str(ROOT))
        hypothesis.settings.register_profile("mutants", derandomize=True, database=None, phases=(hypothesis.Phase.generate,))
        hypothesis.settings.load_profile("mutants")
        ours = ["-x", "-q", "-W", "ignore::pytest.PytestAssertRewriteWarning"]  # hypothesis is already imported
        os._exit(int(pytest.main([*ours, *tests])))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="+", help="module:test file,test file …")
    parser.add_argument("--sample", type=int, default=10**9, help="mutants a module")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=int, default=60)
    arguments = parser.parse_args()
    for module in arguments.modules:
        file, _, tests = module.partition(":")
        path = ROOT / file
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if not survives(path, tree, tests.split(","), arguments.seconds):
            sys.exit(f"{file}: the tests fail without any change")
        numbers = range(sum(1 for _ in mutants(tree)))
        chosen = set(Random(arguments.seed).sample(numbers, min(arguments.sample, len(numbers))))
        alive = 0
        started = time.monotonic()
        for number, (line, before, after) in enumerate(mutants(tree)):
            if number in chosen and survives(path, tree, tests.split(","), arguments.seconds):
                alive += 1
                print(f"{file}:{line}: {before}  →  {after}", flush=True)
        killed = len(chosen) - alive
        took = time.monotonic() - started
        print(f"{file}: {killed} of {len(chosen)} killed ({killed / len(chosen):.1%}), {len(numbers)} in all, {took:.0f} s")


if __name__ == "__main__":
    main()
