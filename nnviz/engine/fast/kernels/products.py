"""Matrix products and lists of edges: small ones in registers, large ones by BLAS.

Rows of V (values) and G (their gradients) are ``ld`` numbers apart, whole registers, of which the first ``n`` are
examples. W is (units, count) in the parameters at ``place``, unit by unit.
"""

from __future__ import annotations

from nnviz.engine.fast.codes import LARGE
from nnviz.engine.fast.kernels.jit import Vector, Words, call_gemm, compiled, dots, panel

_four_two, _four_one = panel(4, 2), panel(4, 1)
_one_two, _one_one = panel(1, 2), panel(1, 1)
_two_by_four, _two_by_one = dots(2, 4), dots(2, 1)
_one_by_four, _one_by_one = dots(1, 4), dots(1, 1)


@compiled
def tiled(
    W: Vector, w0: int, by_row: int, by_term: int, X: Vector, x0: int, ldx: int, Z: Vector, z0: int, ldz: int,
    rows: int, columns: int, count: int, kept: int,
) -> None:  # fmt: skip
    """Z (rows, columns) = (kept · Z +) W (rows, count) X (count, columns), panel by panel."""
    lanes = 64 // X.itemsize
    row = 0
    while row < rows:
        many = row + 4 <= rows
        w, z = w0 + row * by_row, z0 + row * ldz
        column = 0
        while column < columns:
            wide = column + 2 * lanes <= columns
            if many and wide:
                _four_two(W, w, by_row, by_term, X, x0 + column, ldx, Z, z + column, ldz, count, kept)
            elif many:
                _four_one(W, w, by_row, by_term, X, x0 + column, ldx, Z, z + column, ldz, count, kept)
            elif wide:
                _one_two(W, w, by_row, by_term, X, x0 + column, ldx, Z, z + column, ldz, count, kept)
            else:
                _one_one(W, w, by_row, by_term, X, x0 + column, ldx, Z, z + column, ldz, count, kept)
            column += 2 * lanes if wide else lanes
        row += 4 if many else 1


@compiled
def tiled_dots(
    Z: Vector, z0: int, ldz: int, X: Vector, x0: int, ldx: int, D: Vector, d0: int, rows: int, columns: int,
    count: int, kept: int,
) -> None:  # fmt: skip
    """D (rows, columns) = (kept · D +) Z (rows, count) Xᵀ (count, columns)."""
    row = 0
    while row < rows:
        two = row + 2 <= rows
        z, d = z0 + row * ldz, d0 + row * columns
        column = 0
        while column < columns:
            four = column + 4 <= columns
            x = x0 + column * ldx
            if two and four:
                _two_by_four(Z, z, ldz, X, x, ldx, count, D, d + column, columns, kept)
            elif two:
                _two_by_one(Z, z, ldz, X, x, ldx, count, D, d + column, columns, kept)
            elif four:
                _one_by_four(Z, z, ldz, X, x, ldx, count, D, d + column, columns, kept)
            else:
                _one_by_one(Z, z, ldz, X, x, ldx, count, D, d + column, columns, kept)
            column += 4 if four else 1
        row += 2 if two else 1


@compiled
def product(
    gemm: int, P: Vector, place: int, V: Vector, first: int, count: int, out: int, units: int, ld: int, kept: int
) -> None:
    """Z = (kept · Z +) W X."""
    if gemm and units * count * ld >= LARGE:
        call_gemm(gemm, 0, 0, ld, units, count, V, first * ld, ld, P, place, count, kept, V, out * ld, ld)
    else:
        tiled(P, place, count, 1, V, first * ld, ld, V, out * ld, ld, units, ld, count, kept)


@compiled
def product_to_source(
    gemm: int, P: Vector, place: int, count: int, G: Vector, first: int, length: int, out: int, units: int, ld: int,
    kept: int,
) -> None:  # fmt: skip
    """∂J/∂X (length, ld) = (kept · ∂J/∂X +) Wᵀ δ; a last column of biases is left out."""
    if gemm and units * length * ld >= LARGE:
        call_gemm(gemm, 0, 1, ld, length, units, G, out * ld, ld, P, place, count, kept, G, first * ld, ld)
    else:
        tiled(P, place, 1, count, G, out * ld, ld, G, first * ld, ld, length, ld, units, kept)


@compiled
def product_to_weights(
    gemm: int, D: Vector, place: int, V: Vector, G: Vector, first: int, count: int, out: int, units: int, ld: int,
    n: int, kept: int,
) -> None:  # fmt: skip
    """∂J/∂W (units, count) = (kept · ∂J/∂W +) δ Xᵀ, over the examples."""
    if gemm and units * count * ld >= LARGE:
        call_gemm(gemm, 1, 0, count, units, n, V, first * ld, ld, G, out * ld, ld, kept, D, place, count)
    else:
        tiled_dots(G, out * ld, ld, V, first * ld, ld, D, place, units, count, ld, kept)


@compiled
def add_bias(P: Vector, place: int, V: Vector, out: int, units: int, ld: int) -> None:
    """Z = Z + b."""
    for unit in range(units):
        bias = P[place + unit]
        z = V[(out + unit) * ld : (out + unit + 1) * ld]
        for column in range(ld):
            z[column] += bias


@compiled
def sum_of_rows(D: Vector, place: int, G: Vector, out: int, units: int, ld: int) -> None:
    """∂J/∂b = ∂J/∂b + the sum of δ over the examples."""
    for unit in range(units):
        g = G[(out + unit) * ld : (out + unit + 1) * ld]
        total = G.dtype.type(0.0)
        for column in range(ld):
            total += g[column]
        D[place + unit] += total


@compiled
def edges(P: Vector, V: Vector, lists: Words, place: int, units: int, ld: int) -> None:
    """Z of each target = Σ w x over its edges. At ``place`` stand row, first edge and end of each target."""
    for target in range(place, place + 3 * units, 3):
        z = V[lists[target] * ld : (lists[target] + 1) * ld]
        z[:] = 0
        for edge in range(lists[target + 1], lists[target + 2], 3):
            weight = P[lists[edge + 1]]
            x = V[lists[edge] * ld : (lists[edge] + 1) * ld]
            for column in range(ld):
                z[column] += weight * x[column]


@compiled
def edges_back(P: Vector, D: Vector, V: Vector, G: Vector, lists: Words, place: int, units: int, ld: int) -> None:
    """∂J/∂w = ∂J/∂w + Σ δ x of each edge, and ∂J/∂x = ∂J/∂x + δ w of its source."""
    for target in range(place, place + 3 * units, 3):
        g = G[lists[target] * ld : (lists[target] + 1) * ld]
        for edge in range(lists[target + 1], lists[target + 2], 3):
            row, parameter = lists[edge], lists[edge + 1]
            x = V[row * ld : (row + 1) * ld]
            total = G.dtype.type(0.0)
            for column in range(ld):
                total += g[column] * x[column]
            D[parameter] += total
            if lists[edge + 2]:
                weight = P[parameter]
                back = G[row * ld : (row + 1) * ld]
                for column in range(ld):
                    back[column] += weight * g[column]
