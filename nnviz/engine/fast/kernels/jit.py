"""numba in one place: how a kernel is compiled, and what numpy cannot say.

Every kernel releases the interpreter lock and divides as IEEE arithmetic does. Sums may be taken in another order and a
product and a sum may be rounded once, but what is not finite stays so: a run finds a divergence by it.

What writes machine code (``_write_…``, ``generate``) is called by numba with values of its own, which have no types.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar, cast, overload

import numba
import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]  # llvmlite has no types
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.extending import overload as _overload

from nnviz.engine.fast.codes import WIDTH

F = TypeVar("F", bound=Callable[..., object])
N = TypeVar("N")


class _Type(Protocol):
    """The type of an array's numbers, which rounds a number to it."""

    def type(self, number: float, /) -> float:
        """The number in this type."""
        ...


class Row(Protocol[N]):
    """A stretch of numbers, as kernels see it."""

    itemsize: int
    dtype: _Type

    def __len__(self) -> int: ...

    @overload
    def __getitem__(self, place: int, /) -> N: ...
    @overload
    def __getitem__(self, places: slice, /) -> Row[N]: ...
    def __setitem__(self, place: int | slice, number: float, /) -> None: ...


class Grid(Protocol[N]):
    """Rows of numbers, one behind another."""

    shape: tuple[int, int]

    def __len__(self) -> int: ...

    @overload
    def __getitem__(self, row: int, /) -> Row[N]: ...
    @overload
    def __getitem__(self, place: tuple[int, int], /) -> N: ...
    def __setitem__(self, place: tuple[int, int], number: float, /) -> None: ...


Vector = Row[float]
Words = Row[int]
Matrix = Grid[float]
Pairs = Grid[int]

# numpy's types as kernels call them: a number in, the same number in that type out.
f32, f64 = cast(Callable[[float], float], np.float32), cast(Callable[[float], float], np.float64)
i32, i64, u64 = (cast(Callable[[float], int], each) for each in (np.int32, np.int64, np.uint64))


njit = cast(Callable[..., Callable[[F], F]], numba.njit)
_overload_for = cast(Callable[..., Callable[[F], F]], _overload)
_function = cast(Callable[..., ir.Function], cgutils.get_or_insert_function)
_room = cast(Callable[..., ir.Value], cgutils.alloca_once)
pointer_to = cast(Callable[[types.Type], types.Type], types.CPointer)
_LOOSE = ("contract", "reassoc", "nsz")
OPTIONS = {
    "nogil": True,
    "error_model": "numpy",
    "fastmath": set(_LOOSE),
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
}
_WORD = ir.IntType(64)


def compiled(function: F) -> F:
    """A function that kernels call; it becomes a part of each of them."""
    return njit(**OPTIONS)(function)


def in_order(function: F) -> F:
    """The same with its terms in the order they are written in: in another, digits would be lost where some cancel."""
    return njit(**OPTIONS | {"fastmath": {"contract"}, "forceinline": True})(function)


Line = Callable[..., float]
"""What Python and other kernels call: it takes pointers to a line of the table, P, D, V, G, then ld, n, and whether it
is training, and gives a number.
"""


_MANY = 1 << 40
"""A length for what is known by its address only."""


carray = cast(Callable[[N, int], N], vars(numba)["carray"])
grid = cast(Callable[[Row[N], tuple[int, int]], Grid[N]], carray)


@compiled
def flat(pointer: N) -> N:
    """What stands at an address."""
    return carray(pointer, _MANY)


@compiled
def words_of(line: Words, place: int) -> Words:
    """Whole numbers that a line tells of by address and count, in the ``place`` of so many."""
    return carray(word_pointer(line[3 * place]), line[3 * place + 1])


@compiled
def unsigned_of(line: Words, place: int) -> Words:
    """Whole numbers without a sign."""
    return carray(unsigned_pointer(line[3 * place]), line[3 * place + 1])


@compiled
def pairs_of(line: Words, place: int) -> Pairs:
    """Pairs of whole numbers."""
    return grid(word_pointer(line[3 * place]), (line[3 * place + 1], 2))


@compiled
def doubles_of(line: Words, place: int) -> Vector:
    """Numbers in float64, whatever the kernel works in."""
    return carray(double_pointer(line[3 * place]), line[3 * place + 1])


@compiled
def double_pairs_of(line: Words, place: int) -> Matrix:
    """Pairs of them."""
    return grid(double_pointer(line[3 * place]), (line[3 * place + 1], 2))


@compiled
def numbers_of(line: Words, place: int, like: Vector) -> Vector:
    """Numbers of the type at the address ``like``."""
    return carray(pointer_like(line[3 * place], like), line[3 * place + 1])


@compiled
def matrix_of(line: Words, place: int, like: Vector) -> Matrix:
    """Rows of them."""
    return grid(pointer_like(line[3 * place], like), (line[3 * place + 1], line[3 * place + 2]))


@compiled
def rows(pointer: Vector, row: int, count: int, ld: int) -> Vector:
    """Some rows, ``ld`` numbers each, of what stands at an address."""
    return flat(pointer)[row * ld : (row + count) * ld]


@compiled
def copy(source: Vector, target: Vector) -> None:
    """Copy as many numbers as the target holds; an assignment of slices would bring code for its errors along."""
    for place in range(len(target)):
        target[place] = source[place]


@compiled
def constant(line: Words, column: int) -> float:
    """A number that stands in a table of whole numbers, by its bits."""
    return double_of(line[column])


@compiled
def double_of(bits: int) -> float:
    """The float64 that has these bits."""
    return np.int64(bits).view(np.float64)


@compiled
def single_of(bits: int) -> float:
    """The float32 that has these bits."""
    return np.int32(bits).view(np.float32)  # type: ignore[return-value]  # numpy has a scalar here


@compiled
def bits_of(number: float) -> int:
    """The bits of a float64."""
    return np.float64(number).view(np.int64)  # type: ignore[return-value]  # numpy has a scalar here


def of_type(function: Callable[..., object]) -> Callable[[F], F]:
    """Gives a stub its code for the type of number it is called with, as :func:`numba.extending.overload` does."""

    def decorate(choose: F) -> F:
        # Terms keep their order here: the steps of a range reduction cancel on purpose.
        options = {"error_model": "numpy", "fastmath": {"contract"}, "forceinline": True}
        return _overload_for(function, jit_options=options)(choose)

    return decorate


def instruction(function: F) -> F:
    """A function that writes LLVM instructions."""
    return cast(F, intrinsic(function))


def _pointer_of(kind: types.Type) -> Callable[[int], Row[N]]:
    @instruction
    def write(typing, address):  # type: ignore[no-untyped-def]  # numba calls it, with values of its own
        def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]  # numba calls it, with values of its own
            return builder.inttoptr(args[0], context.get_value_type(signature.return_type))

        return pointer_to(kind)(types.int64), generate

    return cast(Callable[[int], Row[N]], write)


word_pointer: Callable[[int], Words] = _pointer_of(types.int64)
unsigned_pointer: Callable[[int], Words] = _pointer_of(types.uint64)
double_pointer: Callable[[int], Vector] = _pointer_of(types.float64)


@instruction
def _write_pointer_like(typing, address, like):  # type: ignore[no-untyped-def]  # numba calls it, with values of its own
    """An address as a pointer to what ``like`` points to."""

    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]  # numba calls it, with values of its own
        return builder.inttoptr(args[0], context.get_value_type(signature.return_type))

    return like(types.int64, like), generate


pointer_like = cast(Callable[[int, Vector], Vector], _write_pointer_like)


def is_single(number: object) -> bool:
    """Whether a type of number, or of an array of them, is float32."""
    return getattr(number, "dtype", number) == types.float32


def _lanes(element: ir.Type) -> int:
    """Numbers in 64 bytes: one register of AVX-512, two of AVX2."""
    return 8 if isinstance(element, ir.DoubleType) else 16


def _vector(element: ir.Type) -> ir.Type:
    return ir.VectorType(element, _lanes(element))


def _data(context: ir.Type, builder: ir.IRBuilder, kind: types.Type, array: ir.Value) -> ir.Value:
    return context.make_array(kind)(context, builder, array).data


class _Code:
    """Writes the loads, stores and sums of one kernel over vectors of numbers."""

    def __init__(self, builder: ir.IRBuilder, element: ir.Type) -> None:
        self.builder, self.element, self.lanes = builder, element, _lanes(element)
        self.zero = ir.Constant(_vector(element), [0.0] * self.lanes)
        self._align = 64 // self.lanes

    def number(self, value: int) -> ir.Value:
        return ir.Constant(_WORD, value)

    def place(self, start: ir.Value, stride: ir.Value, count: int, extra: int = 0) -> ir.Value:
        """start + count · stride + extra."""
        moved = self.builder.add(start, self.builder.mul(stride, self.number(count)))
        return self.builder.add(moved, self.number(extra))

    def load(self, data: ir.Value, place: ir.Value) -> ir.Value:
        return self.builder.load(self._pointer(data, place), align=self._align)

    def store(self, value: ir.Value, data: ir.Value, place: ir.Value) -> None:
        self.builder.store(value, self._pointer(data, place), align=self._align)

    def spread(self, data: ir.Value, place: ir.Value) -> ir.Value:
        """One number in all lanes."""
        kind = _vector(self.element)
        nothing = ir.Constant(kind, ir.Undefined)
        scalar = self.builder.load(self.builder.gep(data, [place]))
        first = self.builder.insert_element(nothing, scalar, ir.Constant(ir.IntType(32), 0))
        lanes = ir.Constant(ir.VectorType(ir.IntType(32), self.lanes), [0] * self.lanes)
        return self.builder.shuffle_vector(first, nothing, lanes)

    def plus(self, total: ir.Value, one: ir.Value, other: ir.Value) -> ir.Value:
        """total + one · other."""
        return self.builder.fadd(total, self.builder.fmul(one, other, flags=_LOOSE), flags=_LOOSE)

    def sum(self, vector: ir.Value, start: ir.Value) -> ir.Value:
        """Start + the sum of all lanes."""
        bits = 64 if self.lanes == 8 else 32
        kind = ir.FunctionType(self.element, [self.element, _vector(self.element)])
        name = f"llvm.vector.reduce.fadd.v{self.lanes}f{bits}"
        function = _function(self.builder.module, kind, name)
        return self.builder.call(function, [start, vector], fastmath=_LOOSE)

    def _pointer(self, data: ir.Value, place: ir.Value) -> ir.Value:
        kind = _vector(self.element).as_pointer()
        return self.builder.bitcast(self.builder.gep(data, [place]), kind)


class _Loop:
    """``for count in range(0, stop, step)`` with running sums that stay in registers."""

    def __init__(self, code: _Code, stop: ir.Value, step: int, keys: Iterable[tuple[int, int]]) -> None:
        builder = self.builder = code.builder
        self._step = ir.Constant(_WORD, step)
        before = builder.basic_block
        self._head, self._body, self._done = (builder.append_basic_block(name) for name in ("head", "body", "done"))
        builder.branch(self._head)
        builder.position_at_end(self._head)
        self.count = builder.phi(_WORD)
        self.count.add_incoming(ir.Constant(_WORD, 0), before)
        self.sums = {key: builder.phi(_vector(code.element)) for key in keys}
        for total in self.sums.values():
            total.add_incoming(code.zero, before)
        builder.cbranch(builder.icmp_signed("<", self.count, stop), self._body, self._done)
        builder.position_at_end(self._body)

    def end(self, after: dict[tuple[int, int], ir.Value]) -> None:
        """Close the body; what follows stands behind the loop."""
        for key, total in self.sums.items():
            total.add_incoming(after[key], self._body)
        self.count.add_incoming(self.builder.add(self.count, self._step), self._body)
        self.builder.branch(self._head)
        self.builder.position_at_end(self._done)


def panel(rows: int, vectors: int) -> Callable[..., None]:
    """Z[r, c] = (kept · Z[r, c] +) Σₜ W[r, t] X[t, c] for some rows r and vectors of columns c, all in registers.

    The function that is made takes W and the place of W[0, 0], the strides of r and t in it, X, the place of X[0, 0]
    and the stride of its rows, Z likewise, the number of t, and whether Z is kept.
    """

    @instruction
    def write(typing, W, w0, by_row, by_term, X, x0, ldx, Z, z0, ldz, count, kept):  # type: ignore[no-untyped-def]  # numba calls it, with values of its own
        word = types.int64
        signature = types.void(W, word, word, word, X, word, word, Z, word, word, word, word)

        def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]  # numba calls it, with values of its own
            w, x, z = (_data(context, builder, signature.args[place], args[place]) for place in (0, 4, 7))
            _, w0, by_row, by_term, _, x0, ldx, _, z0, ldz, count, kept = args
            code = _Code(builder, context.get_data_type(signature.args[0].dtype))
            cells = [(row, each) for row in range(rows) for each in range(vectors)]
            loop = _Loop(code, count, 1, cells)
            across = builder.add(x0, builder.mul(loop.count, ldx))
            columns = [code.load(x, builder.add(across, code.number(each * code.lanes))) for each in range(vectors)]
            along = builder.add(w0, builder.mul(loop.count, by_term))
            weights = [code.spread(w, code.place(along, by_row, row)) for row in range(rows)]
            loop.end({(r, c): code.plus(loop.sums[r, c], weights[r], columns[c]) for r, c in cells})
            places = {(r, c): code.place(z0, ldz, r, c * code.lanes) for r, c in cells}
            with builder.if_else(builder.icmp_signed("!=", kept, code.number(0))) as (add, put):
                with add:
                    for cell in cells:
                        total = builder.fadd(code.load(z, places[cell]), loop.sums[cell], flags=_LOOSE)
                        code.store(total, z, places[cell])
                with put:
                    for cell in cells:
                        code.store(loop.sums[cell], z, places[cell])
            return context.get_dummy_value()

        return signature, generate

    return cast(Callable[..., None], write)


def dots(rows: int, columns: int) -> Callable[..., None]:
    """D[r, c] = (kept · D[r, c] +) Σₜ Z[r, t] X[c, t] for some rows of Z and of X, all in registers.

    The function that is made takes Z, the place of Z[0, 0] and the stride of its rows, X likewise, the number of t
    (whole vectors), D likewise, and whether D is kept.
    """

    @instruction
    def write(typing, Z, z0, ldz, X, x0, ldx, count, D, d0, by_row, kept):  # type: ignore[no-untyped-def]  # numba calls it, with values of its own
        word = types.int64
        signature = types.void(Z, word, word, X, word, word, word, D, word, word, word)

        def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]  # numba calls it, with values of its own
            z, x, d = (_data(context, builder, signature.args[place], args[place]) for place in (0, 3, 7))
            _, z0, ldz, _, x0, ldx, count, _, d0, by_row, kept = args
            code = _Code(builder, context.get_data_type(signature.args[0].dtype))
            cells = [(row, column) for row in range(rows) for column in range(columns)]
            loop = _Loop(code, count, code.lanes, cells)
            upper = [code.load(z, code.place(builder.add(z0, loop.count), ldz, row)) for row in range(rows)]
            after: dict[tuple[int, int], ir.Value] = {}
            for column in range(columns):
                lower = code.load(x, code.place(builder.add(x0, loop.count), ldx, column))
                after |= {(row, column): code.plus(loop.sums[row, column], upper[row], lower) for row in range(rows)}
            loop.end(after)
            keep = builder.icmp_signed("!=", kept, code.number(0))
            for (row, column), total in loop.sums.items():
                pointer = builder.gep(d, [code.place(d0, by_row, row, column)])
                start = builder.select(keep, builder.load(pointer), ir.Constant(code.element, 0.0))
                builder.store(code.sum(total, start), pointer)
            return context.get_dummy_value()

        return signature, generate

    return cast(Callable[..., None], write)


@instruction
def _write_high_word(typing, one, other):  # type: ignore[no-untyped-def]  # numba calls it, with values of its own
    """The upper 64 bits of the product of two unsigned words."""
    signature = types.uint64(types.uint64, types.uint64)

    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]  # numba calls it, with values of its own
        long = ir.IntType(128)
        product = builder.mul(builder.zext(args[0], long), builder.zext(args[1], long))
        return builder.trunc(builder.lshr(product, ir.Constant(long, 64)), _WORD)

    return signature, generate


@instruction
def _write_gemm(typing, address, turn_a, turn_b, m, n, k, A, a0, lda, B, b0, ldb, kept, C, c0, ldc):  # type: ignore[no-untyped-def]  # numba calls it, with values of its own
    """C = op(A) op(B) (+ C), column-major, by the BLAS routine at ``address``; places and sizes in numbers."""
    word = types.int64
    signature = types.void(word, word, word, word, word, word, A, word, word, B, word, word, word, C, word, word)

    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]  # numba calls it, with values of its own
        kind = context.get_data_type(signature.args[6].dtype)
        letter, whole = ir.IntType(8), ir.IntType(32)

        def kept_in(value: ir.Value, as_type: ir.Type) -> ir.Value:
            place = _room(builder, as_type)
            builder.store(value, place)
            return place

        def turned(flag: ir.Value) -> ir.Value:
            is_turned = builder.icmp_signed("!=", flag, ir.Constant(_WORD, 0))
            return kept_in(
                builder.select(is_turned, ir.Constant(letter, ord("T")), ir.Constant(letter, ord("N"))), letter
            )

        def size(value: ir.Value) -> ir.Value:
            return kept_in(builder.trunc(value, whole), whole)

        address, turn_a, turn_b, m, n, k, _, a0, lda, _, b0, ldb, kept, _, c0, ldc = args
        a, b, c = (
            builder.gep(_data(context, builder, signature.args[place], args[place]), [start])
            for place, start in ((6, a0), (9, b0), (13, c0))
        )
        keep = builder.icmp_signed("!=", kept, ir.Constant(_WORD, 0))
        one, zero = ir.Constant(kind, 1.0), ir.Constant(kind, 0.0)
        alpha, beta = kept_in(one, kind), kept_in(builder.select(keep, one, zero), kind)
        given = [turned(turn_a), turned(turn_b), size(m), size(n), size(k), alpha, a, size(lda), b, size(ldb)]
        given += [beta, c, size(ldc)]
        routine = ir.FunctionType(ir.VoidType(), [each.type for each in given])
        builder.call(builder.inttoptr(address, routine.as_pointer()), given)
        return context.get_dummy_value()

    return signature, generate


@instruction
def _write_line(typing, address, code, line, P, D, V, G, ld, n, training):  # type: ignore[no-untyped-def]  # numba calls it, with values of its own
    """Call the kernel at ``address`` for one line of the table."""
    word = types.int64
    signature = types.float64(word, code, word, P, D, V, G, word, word, word)

    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]  # numba calls it, with values of its own
        places = [_data(context, builder, signature.args[k], args[k]) for k in (1, 3, 4, 5, 6)]
        places[0] = builder.gep(places[0], [builder.mul(args[2], ir.Constant(_WORD, WIDTH))])
        passed = [*places, *args[7:]]
        routine = ir.FunctionType(ir.DoubleType(), [each.type for each in passed])
        return builder.call(builder.inttoptr(args[0], routine.as_pointer()), passed)

    return signature, generate


high_word = cast(Callable[[int, int], int], _write_high_word)
call_gemm = cast(Callable[..., None], _write_gemm)
call_line = cast(Callable[..., float], _write_line)
